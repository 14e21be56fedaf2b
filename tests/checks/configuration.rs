//! The reference of the configuration and the example file are what the code takes.

use crate::tree::{cells, none, read};
use alog::Config;

/// The rows of a table of the reference: name and default, both without backticks; those whose heading ends so.
fn rows(heading: &str) -> Vec<(String, String)> {
    let text = read("CONFIGURATION.md");
    let (_, section) = text.split_once(&format!("{heading}\n")).expect(heading);
    let rows = section.lines().skip(1).skip_while(|line| !line.starts_with('|')).skip(2);
    let plain = |cell: &str| cell.trim_matches('`').to_owned();
    rows.map_while(|line| cells(&line.replace("\\|", "/")))
        .map(|cells| (plain(&cells[0]), plain(&cells[2])))
        .collect()
}

/// The settings of the example, each with its table: key, value, and whether it is switched off.
fn settings() -> Vec<(String, String, String, bool)> {
    let mut table = String::new();
    let mut settings = Vec::new();
    for line in read("examples/alog.toml").lines() {
        if line.starts_with('[') {
            table = line.split_whitespace().next().unwrap_or_default().to_owned();
        }
        let Some((key, rest)) = line.split_once(" = ") else { continue };
        if key.starts_with("# ") || key.starts_with(' ') {
            continue; // prose
        }
        let value = match rest.strip_prefix('"') {
            Some(text) => text.split('"').next(),
            None => rest.split_whitespace().next(),
        };
        let name = key.trim_start_matches('#').to_owned();
        let value = value.unwrap_or_default().to_owned();
        settings.push((table.clone(), name, value, key.starts_with('#')));
    }
    settings
}

#[test]
fn the_reference_is_what_the_code_says() {
    let same = read("CONFIGURATION.md") == Config::reference();
    assert!(
        same,
        "CONFIGURATION.md is not what src/config says: run `make reference` and commit it"
    );
}

#[test]
fn the_example_file_loads_as_it_is_and_with_everything_switched_on() {
    let text = read("examples/alog.toml");
    let switched_on = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|ch: char| ch.is_ascii_lowercase()) => format!("{rest}\n"),
        _ => format!("{line}\n"),
    });
    let switched_on: String = switched_on.collect();
    assert!(switched_on != text);
    for text in [text, switched_on] {
        let mut config = Config::new();
        config.load(&text).unwrap_or_else(|error| panic!("{error}"));
        config.validate().unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn the_example_file_shows_every_key_and_every_parameter_that_all_sinks_have() {
    let shown = settings();
    let is_shown = |table: &str, key: &str| shown.iter().any(|it| it.0 == table && it.1 == key);
    let keys = rows("\n## Keys").into_iter().filter(|(key, _)| key != "replace"); // of derived loggers
    let keys = keys.map(|(key, _)| (String::new(), key));
    let parameters = rows("\n### Of every sink").into_iter();
    let parameters = parameters.map(|(key, _)| ("[[sink]]".to_owned(), key));
    let missing = keys.chain(parameters).filter(|(table, key)| !is_shown(table, key));
    none(missing.map(|(table, key)| format!("examples/alog.toml: {table} {key}")).collect());
}

#[test]
fn what_the_example_file_shows_as_a_default_is_one() {
    let (keys, parameters) = (rows("\n## Keys"), rows("\n### Of every sink"));
    assert!(keys.len() > 20 && parameters.len() > 5);
    let mut problems = Vec::new();
    for (table, key, value, is_off) in settings() {
        let known = if table.is_empty() { &keys } else { &parameters };
        let Some((_, default)) = known.iter().find(|known| known.0 == key).filter(|_| is_off)
        else {
            continue;
        };
        let is_example = ["none", "the logger's"].contains(&default.as_str());
        let is_default = value == *default || (value.is_empty() && default == "empty");
        if !is_example && !is_default {
            problems.push(format!("examples/alog.toml: {key} is {value}, by default {default}"));
        }
    }
    none(problems);
}
