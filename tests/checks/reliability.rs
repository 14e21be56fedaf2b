//! The tables of `RELIABILITY.md` and `SECURITY.md`: every fault has a row, and every test that they name exists.

use crate::tree::{cells, files, none, read};
use std::collections::BTreeSet;

/// How many faults there are.
const FAULTS: u32 = 28;

/// The names in backquotes of a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether a test of that name is there: `module::name` of tests/promises, `contract_x` or `contract_x: name` of tests/c,
/// `test_x.py: name` of Python, `TestName` of Go, `src/x.rs: name` of the library itself.
fn is_there(name: &str) -> bool {
    if let Some((module, test)) = name.split_once("::") {
        let path = format!("tests/promises/{module}.rs");
        let own = files("tests/promises", &[".rs"]).contains(&path);
        return own && read(&path).contains(&format!("\nfn {test}()"));
    }
    let (place, test) = name.split_once(": ").unwrap_or((name, ""));
    let holds = |path: String, wanted: String| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        files(folder, &[""]).contains(&path) && read(&path).contains(&wanted)
    };
    if place.starts_with("src/") {
        return holds(place.to_owned(), format!("fn {test}() {{"));
    }
    if place.starts_with("contract_") {
        let wanted = if test.is_empty() { "int main(".to_owned() } else { format!("RUN({test})") };
        let ends = [".c", ".cpp"];
        return ends.iter().any(|end| holds(format!("tests/c/{place}{end}"), wanted.clone()));
    }
    if place.ends_with(".py") {
        return holds(format!("bindings/python/tests/{place}"), format!("def {test}("));
    }
    let go = files("bindings/go", &["_test.go"]);
    name.starts_with("Test") && go.iter().any(|path| read(path).contains(&format!("func {name}(")))
}

/// Whether a word is the name of a test.
fn is_test(word: &str) -> bool {
    let is_path = word.contains("::") && !word.contains(' ') && !word.ends_with("::");
    let is_file = word.starts_with("src/") && !word.contains(": ");
    is_path
        || !is_file
            && ["contract_", "test_", "Test", "src/"].iter().any(|begin| word.starts_with(begin))
}

#[test]
fn every_test_that_the_documents_of_faults_and_attacks_name_exists() {
    let mut missing = Vec::new();
    for path in ["RELIABILITY.md", "SECURITY.md"] {
        let text = read(path);
        let named: BTreeSet<&str> =
            text.lines().flat_map(quoted).filter(|word| is_test(word)).collect();
        assert!(named.len() > 10, "{path} names tests");
        missing.extend(
            named.into_iter().filter(|name| !is_there(name)).map(|name| format!("{path}: {name}")),
        );
    }
    none(missing);
}

#[test]
fn every_fault_has_a_row_with_a_test() {
    let text = read("RELIABILITY.md");
    let rows: Vec<Vec<String>> = text.lines().filter_map(cells).collect();
    let has_row = |number: &u32| {
        let is_it =
            |row: &&Vec<String>| row.first().is_some_and(|cell| *cell == number.to_string());
        let mut rows = rows.iter().filter(is_it);
        rows.any(|row| row.iter().any(|cell| quoted(cell).any(is_there)))
    };
    none((1..=FAULTS).filter(|number| !has_row(number)).map(|n| format!("fault {n}")).collect());
}
