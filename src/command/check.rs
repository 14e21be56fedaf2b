//! `alog check`: whether a configuration is right, and what it means.

use super::outlet::Outlet;
use super::{FAILED, Failure, Outcome, Subcommand};
use alog::{Code, Config};
use std::collections::BTreeMap;
use std::fmt::Write;
use toml::de::{DeTable, DeValue};

/// The exit status if the configuration is not right.
const WRONG: u8 = 1;

/// Checks a configuration: says what the library would say to it
///
/// An error has line and column, the key, the value, what is allowed, and what was meant. Nothing is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog check app.toml
  alog check -v app.toml    and what it means

Exit status: 0 all are right, 1 one is not, 2 one cannot be read.")]
pub struct Arguments {
    /// TOML files; `-` is standard input
    #[arg(required = true, value_name = "CONFIG")]
    files: Vec<String>,
    /// Prints what each key means, and the defaults of the others
    #[arg(short, long)]
    verbose: bool,
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let mut out = Outlet::new();
        let mut status = 0;
        for name in &self.files {
            match checked(name) {
                Ok(text) if self.verbose => {
                    out.put(|out| out.extend_from_slice(explained(&text).as_bytes()))?;
                }
                Ok(_) => {}
                Err((worse, why)) => {
                    status = status.max(worse);
                    Failure::Other(why).show("check");
                }
            }
        }
        out.flush()?;
        Ok(status)
    }
}

/// The text of a configuration that is right; otherwise the exit status, and what is wrong where.
fn checked(name: &str) -> Result<String, (u8, String)> {
    let mut config = Config::new();
    let unreadable = |error| (FAILED, format!("cannot read \"{name}\": {error}"));
    let text = if name == "-" {
        let text = std::io::read_to_string(std::io::stdin()).map_err(unreadable)?;
        config.load(&text).map_err(|error| {
            let message = error.message.as_str();
            (WRONG, format!("-:{}", message.strip_prefix("config:").unwrap_or(message)))
        })?;
        text
    } else {
        config.load_file(name).map_err(|error| {
            let status = if error.code == Code::Open { FAILED } else { WRONG };
            (status, error.message.to_string())
        })?;
        std::fs::read_to_string(name).map_err(unreadable)?
    };
    // That its parts do not fit together is wrong in no line of it.
    config.validate().map_err(|error| (WRONG, format!("{name}: {}", error.message)))?;
    Ok(text)
}

/// What the reference says of a key or a parameter: its default, and what it does.
struct Entry {
    default: String,
    about: String,
}

/// The tables of the reference: keys, which have a column more, and parameters.
fn reference() -> (BTreeMap<String, Entry>, BTreeMap<String, Entry>) {
    let (mut keys, mut parameters) = (BTreeMap::new(), BTreeMap::new());
    for line in Config::reference().lines() {
        let Some(row) = line.strip_prefix("| `").and_then(|row| row.strip_suffix(" |")) else {
            continue;
        };
        let row = row.replace("\\|", "\u{0}");
        let cells: Vec<String> = row.split(" | ").map(|cell| cell.replace('\u{0}', "|")).collect();
        let table = match cells.len() {
            5 => &mut keys,
            4 => &mut parameters,
            _ => continue,
        };
        let cell = |place: usize| cells[place].trim_matches('`').to_owned();
        let about = cells[cells.len() - 1].clone();
        table.entry(cell(0)).or_insert(Entry { default: cell(2), about });
    }
    (keys, parameters)
}

/// What a configuration that is right means.
fn explained(text: &str) -> String {
    let (mut keys, parameters) = reference();
    let mut out = String::new();
    let Ok(document) = DeTable::parse(text) else { return out };
    let mut entries: Vec<_> = document.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        match value.get_ref() {
            DeValue::Array(sinks) if named(key.get_ref(), "sink") => {
                for sink in sinks.iter() {
                    let DeValue::Table(sink) = sink.get_ref() else { continue };
                    let mut entries: Vec<_> = sink.iter().collect();
                    let is_other = |key: &str| !named(key, "to");
                    entries.sort_by_key(|(key, _)| (is_other(key.get_ref()), key.span().start));
                    for (key, value) in entries {
                        let (name, value) = (key.get_ref().as_ref(), shown(value.get_ref()));
                        if is_other(name) {
                            let about =
                                found(&parameters, name).map_or("", |(_, entry)| &entry.about);
                            // Writing to a `String` never fails.
                            let _ = writeln!(out, "    {name} = {value}\n        {about}");
                        } else {
                            let _ = writeln!(out, "sink {value}");
                        }
                    }
                }
            }
            DeValue::Table(fields) if named(key.get_ref(), "fields") => {
                let names: Vec<&str> =
                    fields.iter().map(|(key, _)| key.get_ref().as_ref()).collect();
                let _ = writeln!(out, "fields {}\n    Every record has them.", names.join(", "));
            }
            value => {
                let name = found(&keys, key.get_ref()).map(|(name, _)| name.clone());
                let entry = name.and_then(|name| keys.remove_entry(&name));
                if let Some((name, Entry { about, .. })) = entry {
                    let _ = writeln!(out, "{name} = {}\n    {about}", shown(value));
                }
            }
        }
    }
    let defaults: Vec<String> =
        keys.iter().map(|(name, entry)| format!("{name}={}", entry.default)).collect();
    let _ = writeln!(out, "defaults: {}", defaults.join(" "));
    out
}

/// An entry by its name, as the library takes names: in any case, with hyphens or underscores.
fn found<'a>(table: &'a BTreeMap<String, Entry>, key: &str) -> Option<(&'a String, &'a Entry)> {
    table.iter().find(|(name, _)| named(key, name))
}

fn named(key: &str, name: &str) -> bool {
    key.replace('-', "_").eq_ignore_ascii_case(name)
}

/// A value as the library takes it.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Array(list) => {
            list.iter().map(|it| shown(it.get_ref())).collect::<Vec<_>>().join(",")
        }
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Table(_) => String::new(),
    }
}
