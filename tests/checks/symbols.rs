//! What the built library exports is what the header declares and the ledger remembers.

use crate::header;
use crate::tree::read;
use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The shared library that cargo built beside this test.
fn library() -> PathBuf {
    let here = env::current_exe().expect("this program");
    let path = here.with_file_name("libalog.so");
    assert!(path.exists(), "{path:?} is missing: run `cargo build` first");
    path
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).arg(library()).output().expect(program);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Each function of the ledger, with the version that brought it.
fn ledger() -> Vec<(String, String)> {
    let text = read("tests/ledger/symbols.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pair = |line: &str| {
        let (name, version) = line.split_once(' ').expect("name and version");
        (name.to_owned(), version.to_owned())
    };
    lines.map(pair).collect()
}

/// What is exported for the package of Python alone.
fn for_python() -> Vec<String> {
    let text = read("tests/ledger/python.txt");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn the_header_declares_what_the_ledger_lists() {
    let listed: Vec<String> = ledger().into_iter().map(|(name, _)| name).collect();
    assert_eq!(header::functions(), listed);
}

#[test]
fn the_header_says_which_version_brought_a_function() {
    let text = header::text();
    for (name, version) in ledger() {
        let call = format!("{name}(");
        let lines: Vec<&str> = text.lines().collect();
        let is_declared = |line: &&str| !line.starts_with(' ') && line.contains(&call);
        let at = lines.iter().position(is_declared).expect(&name);
        assert_eq!(lines[at - 2], format!(" * Since {version}."), "{name}");
    }
}

#[test]
fn the_library_exports_what_the_ledgers_list_and_nothing_else() {
    let symbols = output("nm", &["-D", "-P", "--defined-only"]);
    let mut exported: Vec<&str> =
        symbols.lines().filter_map(|line| line.split(' ').next()).collect();
    exported.sort_unstable();
    let mut listed: Vec<String> = ledger().into_iter().map(|(name, _)| name).collect();
    listed.extend(for_python());
    listed.sort_unstable();
    assert_eq!(exported, listed);
}

#[test]
fn the_library_has_its_soname_and_is_never_unmapped() {
    let dynamic = output("readelf", &["-d", "-W"]);
    let line = |what: &str| {
        let found = dynamic.lines().find(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("no {what} in {dynamic}"))
    };
    let soname = format!("[libalog.so.{}]", env!("ALOG_ABI_MAJOR"));
    assert!(line("(SONAME)").ends_with(&soname), "{dynamic}");
    assert!(line("(FLAGS_1)").contains("NODELETE"), "{dynamic}");
}

#[test]
fn what_each_thread_has_of_the_library_fits_where_the_c_library_has_it_without_allocating() {
    // What glibc sets aside for all libraries that are loaded while the program runs.
    const ROOM: u64 = 512;
    let headers = output("readelf", &["-l", "-W"]);
    let line = headers.lines().find(|line| line.trim_start().starts_with("TLS"));
    let size = line.and_then(|line| line.split_whitespace().nth(5)).expect("its size in memory");
    let size = u64::from_str_radix(size.trim_start_matches("0x"), 16).expect("a number");
    assert!(size <= ROOM, "{size} bytes of thread-local data");
}
