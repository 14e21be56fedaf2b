//! What the environment says: one variable for each key, and one for the sinks.

use super::place;
use crate::config::parse::{self, Shown, same_name};
use crate::config::sink::{SinkConfig, Target};
use crate::config::{Config, keys, near};
use crate::error::{Code, Error, Text};
use std::ffi::OsString;

/// The name of the variable that has the sinks, behind the prefix.
const SINKS: &str = "sinks";

/// Sets what the variables say whose names begin with the prefix. On an error, some of it may be set.
pub fn apply(
    config: &mut Config,
    prefix: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), Error> {
    // A name that is no UTF-8 is nobody's key.
    let named = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut ours: Vec<_> = named.filter(|(name, _)| name.starts_with(prefix)).collect();
    ours.sort(); // the same error each time
    for (name, value) in ours.iter().filter(|(_, value)| !value.is_empty()) {
        let Some(value) = value.to_str() else {
            let why = parse::error(Code::Value, format_args!("its value is not UTF-8"));
            return Err(behind(name, why));
        };
        set(config, prefix, name, value)?;
    }
    Ok(())
}

fn set(config: &mut Config, prefix: &str, name: &str, value: &str) -> Result<(), Error> {
    let key = &name[prefix.len()..];
    if same_name(key, SINKS) {
        return set_sinks(config, value).map_err(|error| behind(name, error));
    }
    if let Some((_, known)) = keys::find(key) {
        return config.set(known.name, value).map_err(|error| behind(name, error));
    }
    // Others may use the prefix, too: only what looks like a slip is one.
    let known = keys::all().map(|known| known.name).chain([SINKS]);
    let Some(near) = near::nearest(known, key) else { return Ok(()) };
    let (shown, near) = (Shown(name), near.to_uppercase());
    let error = parse::error(
        Code::Key,
        format_args!("no key has the variable {shown}; is it {prefix}{near}?"),
    );
    Err(Error { origin: place::origin(&"environment"), ..error })
}

/// Sinks with `;` or newlines between them, instead of those that are there. A function of the program has no
/// URL, so none can stand for it: it stays.
fn set_sinks(config: &mut Config, value: &str) -> Result<(), Error> {
    config.sinks.retain(|sink| matches!(sink.target, Target::Callback(_)));
    for spec in value.split([';', '\n']).map(str::trim).filter(|spec| !spec.is_empty()) {
        let spec = spec.replace("%3B", ";").replace("%3b", ";");
        config.push(SinkConfig::parse(&spec)?)?;
    }
    Ok(())
}

/// An error with its variable in front.
fn behind(name: &str, error: Error) -> Error {
    let message = Text::format(format_args!("{}: {}", Shown(name), error.message));
    Error { origin: place::origin(&"environment"), message, ..error }
}
