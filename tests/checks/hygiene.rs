//! File lengths, paths, sleeps, `unsafe`.

use crate::tree::{code, files, none, parts, read, root};

/// The longest source file.
const MAX_LINES: usize = 600;
const SOURCES: &[&str] = &[".rs", ".c", ".h", ".hpp", ".py", ".go"];

fn number_of(path: &str, number: usize, line: &str) -> String {
    format!("{path}:{}: {}", number + 1, line.trim())
}

#[test]
fn no_source_file_is_long() {
    let sources = files("", SOURCES).into_iter().filter(|path| path != "include/alog.h");
    let lengths = sources.map(|path| (read(&path).lines().count(), path));
    let long = lengths.filter(|(lines, _)| *lines > MAX_LINES);
    none(long.map(|(lines, path)| format!("{path} has {lines} lines")).collect());
}

#[test]
fn no_file_names_a_path_of_somebodys_machine() {
    let text = [".md", ".toml", ".sh", ".tsv", ".txt", ".mod", ".in", ".cmake", ".yml", "Makefile"];
    let mut problems = Vec::new();
    for path in files("", &[SOURCES, &text].concat()) {
        for (number, line) in read(&path).lines().enumerate() {
            let folders = ["work", "root", "home", "Users", "farm"].map(|name| format!("/{name}/"));
            let begins =
                |at: usize| !line[..at].ends_with(|ch: char| ch.is_alphanumeric() || ch == '.');
            let named = folders.iter().any(|folder| line.find(folder).is_some_and(begins));
            problems.extend(named.then(|| number_of(&path, number, line)));
        }
    }
    none(problems);
}

#[test]
fn no_test_sleeps() {
    let words = ["leep(", "leep_ms(", "leep_until("].map(|rest| format!("s{rest}"));
    let folders = ["tests", "bindings", "src"];
    // A benchmark sleeps because it measures what happens then.
    let all = folders.into_iter().flat_map(|folder| files(folder, SOURCES));
    let mut problems = Vec::new();
    let shipped = ["tests/bench/", "bindings/python/src/"];
    for path in all.filter(|path| !shipped.iter().any(|folder| path.starts_with(folder))) {
        let text = read(&path);
        let tests = if path.starts_with("src/") { parts(&path, &text).1 } else { &text };
        let lines = tests.lines().filter(|line| {
            let line = line.to_lowercase();
            words.iter().any(|word| line.contains(word))
        });
        problems.extend(lines.map(|line| format!("{path}: {}", line.trim())));
    }
    none(problems);
}

/// Whether a Rust file declares that it is unsafe: as a whole, or at least in some place.
fn declares(path: &str, whole: bool) -> bool {
    let attribute = if whole { "#![expect(" } else { "expect(" };
    let text = read(path);
    text.split(attribute).skip(1).any(|rest| rest.trim_start().starts_with("unsafe_code"))
}

/// The `mod.rs` above a file.
fn above(path: &str) -> Option<String> {
    let module = format!("{}/mod.rs", path.rsplit_once('/')?.0);
    (module != path && root().join(&module).exists()).then_some(module)
}

/// The lines of a Rust file that are unsafe in one of these ways.
fn unsafe_lines<'a>(text: &'a str, ways: &'a [&str]) -> impl Iterator<Item = (usize, &'a str)> {
    let found = |line: &str| ways.iter().any(|way| line.contains(&format!("unsafe{way}")));
    text.lines().enumerate().filter(move |(_, line)| found(code(line)))
}

#[test]
fn nothing_is_unsafe_where_it_is_not_declared() {
    let mut problems = Vec::new();
    for path in files("", &[".rs"]) {
        if declares(&path, false) || above(&path).is_some_and(|module| declares(&module, true)) {
            continue;
        }
        let text = read(&path);
        let lines = unsafe_lines(&text, &[" {", " fn ", " impl ", " extern ", "("]);
        problems.extend(lines.map(|(number, line)| number_of(&path, number, line)));
    }
    none(problems);
}

#[test]
fn whatever_is_unsafe_says_why_it_is_right() {
    let mut problems = Vec::new();
    for path in files("", &[".rs"]) {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in unsafe_lines(&text, &[" {", " impl "]) {
            // Up to the end of the statement before.
            let is_end = |line: &&&str| !line.starts_with("//") && line.ends_with([';', '{', '}']);
            let mut above = lines[..number].iter().rev().take_while(|line| !is_end(line));
            if !above.any(|line| line.starts_with("// SAFETY: ")) {
                problems.push(number_of(&path, number, line));
            }
        }
    }
    none(problems);
}

#[test]
fn the_architecture_names_the_unsafe_modules() {
    let text = read("ARCHITECTURE.md");
    let (_, told) = text.split_once("`unsafe` lives in ").expect("where it lives");
    let told = told.split_once(". ").expect("a sentence").0;
    let mut named: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
    named.sort_unstable();
    let declaring = files("src", &[".rs"]).into_iter().filter(|path| declares(path, true));
    let modules = declaring.map(|path| {
        let path = path.trim_start_matches("src/").trim_end_matches(".rs");
        path.trim_end_matches("/mod").replace('/', "::")
    });
    let mut modules: Vec<String> = modules.collect();
    modules.sort_unstable();
    assert_eq!(named, modules);
}
