//! Imports point downward.

use crate::tree::{cells, code, files, identifiers, none, parts, read};
use std::collections::BTreeMap;

/// Floors whose modules may use their neighbours.
const NEIGHBOURLY: [usize; 2] = [0, 1];

/// Floor and modules of each row of a table of floors.
fn table(path: &str) -> Vec<(usize, Vec<String>)> {
    let rows = read(path);
    let rows = rows.lines().filter_map(cells).filter_map(|cells| {
        let floor = cells[0].parse().ok()?;
        let modules = cells[1].split_whitespace().map(|name| name.trim_matches('`').to_owned());
        Some((floor, modules.collect()))
    });
    rows.collect()
}

fn floors() -> BTreeMap<String, usize> {
    let rows = table("src/lib.rs").into_iter();
    rows.flat_map(|(floor, modules)| modules.into_iter().map(move |module| (module, floor)))
        .collect()
}

/// The module of the crate that a source file belongs to, and how deep in the tree its own module is.
fn module(path: &str) -> (String, usize) {
    let path = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")).expect(path);
    let parts: Vec<&str> = path.split('/').filter(|&part| part != "mod").collect();
    (parts[0].to_owned(), parts.len())
}

/// The module that a name at the root of the crate comes from.
fn exported() -> BTreeMap<String, String> {
    let library = read("src/lib.rs");
    let uses = library.lines().filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix(';'));
    let names = uses.flat_map(|path| {
        let (module, names) = path.split_once("::").expect("a path");
        let names = names.trim_matches(['{', '}']).split(',').map(str::trim);
        names.map(|name| (name.to_owned(), module.to_owned())).collect::<Vec<_>>()
    });
    names.collect()
}

fn sources() -> impl Iterator<Item = String> {
    files("src", &[".rs"]).into_iter().filter(|path| path != "src/lib.rs")
}

#[test]
fn the_two_tables_of_floors_are_one() {
    assert!(table("src/lib.rs").len() > 5);
    assert_eq!(table("src/lib.rs"), table("ARCHITECTURE.md"));
}

#[test]
fn every_module_has_a_floor_and_every_floor_its_modules() {
    let mut modules: Vec<String> = sources().map(|path| module(&path).0).collect();
    modules.dedup();
    modules.sort();
    assert_eq!(modules, floors().into_keys().collect::<Vec<_>>());
}

#[test]
fn a_module_uses_only_what_is_below_it() {
    let (floors, exported) = (floors(), exported());
    let mut problems = Vec::new();
    for path in sources() {
        let (here, _) = module(&path);
        for (number, line) in read(&path).lines().enumerate() {
            for word in identifiers(code(line), "crate") {
                let Some(rest) = word.after.strip_prefix("::").filter(|_| word.name == "crate")
                else {
                    continue;
                };
                let name = rest.split(|ch: char| !(ch.is_alphanumeric() || ch == '_')).next();
                let name = name.unwrap_or_default();
                let is_macro = rest[name.len()..].starts_with(['!', '`']) || name.starts_with("__");
                if is_macro {
                    continue; // it has no place in the tree
                }
                let there = exported.get(name).map_or(name, |module| module);
                let Some(floor) = floors.get(there) else {
                    problems.push(format!("{path}:{}: what is crate::{name}?", number + 1));
                    continue;
                };
                let own = floors[&here];
                let neighbour = *floor == own && NEIGHBOURLY.contains(&own);
                if there != here && *floor >= own && !neighbour {
                    let what = format!("`{here}` (floor {own}) uses `{there}` (floor {floor})");
                    problems.push(format!("{path}:{}: {what}", number + 1));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn no_module_reaches_another_one_through_super() {
    let mut problems = Vec::new();
    for path in sources() {
        let (_, mut depth) = module(&path);
        for (number, line) in read(&path).lines().enumerate() {
            // A module inside of the file: what follows lies one deeper.
            depth += usize::from(line.trim_start().starts_with("mod ") && line.ends_with('{'));
            if code(line).matches("super::").count() >= depth {
                problems.push(format!("{path}:{}: beyond its module", number + 1));
            }
        }
    }
    none(problems);
}

/// What is the business of few: text, and the beginnings of the paths that may have it.
const RESERVED: [(&str, &[&str]); 7] = [
    ("libc::", &["src/os.rs", "src/os/", "src/command/"]),
    ("std::fs", &["src/sink/", "src/crash/", "src/os.rs", "src/os/", "src/command/"]),
    ("SystemTime", &["src/clock.rs"]),
    ("thread::Builder", &[]),
    ("thread::spawn", &["src/command/"]),
    ("c_char", &["src/ffi/"]),
    (
        "extern \"C\"",
        &["src/ffi/", "src/os.rs", "src/os/thread.rs", "src/fork.rs", "src/logger/exit.rs"],
    ),
];

#[test]
fn files_clocks_threads_and_c_are_each_the_business_of_one_place() {
    let mut problems = Vec::new();
    for path in sources() {
        let text = read(&path);
        let (shipped, _) = parts(&path, &text);
        for (word, places) in RESERVED {
            let reserved = shipped.lines().any(|line| code(line).contains(word));
            if reserved && !places.iter().any(|place| path.starts_with(place)) {
                problems.push(format!("{path}: `{word}` belongs into {}", places.join(", ")));
            }
        }
    }
    none(problems);
}
