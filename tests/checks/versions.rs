//! A version is the same wherever it stands.

use crate::header;
use crate::tree::read;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What stands between two texts in a file.
fn between(path: &str, before: &str, after: &str) -> String {
    let text = read(path);
    let rest = text.split_once(before).unwrap_or_else(|| panic!("{path}: no {before:?}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("{path}: no {after:?}")).0.to_owned()
}

#[test]
fn the_version_is_the_same_everywhere() {
    assert_eq!(between("Cargo.toml", "\nversion = \"", "\""), VERSION);
    assert_eq!(between("Cargo.lock", "name = \"alog\"\nversion = \"", "\""), VERSION);
    assert_eq!(between("CHANGELOG.md", "\n## [", "]"), VERSION, "the newest heading");
    let python = between("bindings/python/src/alog/_version.py", "VERSION: Final = \"", "\"");
    assert_eq!(python, VERSION);
}

#[test]
fn the_version_of_the_abi_is_the_same_everywhere() {
    let abi = env!("ALOG_ABI_MAJOR");
    assert_eq!(header::constants()["ALOG_ABI_VERSION"].to_string(), abi);
    assert_eq!(alog::ffi::status::alog_abi_version().to_string(), abi);
    assert_eq!(between("bindings/python/src/alog/_loading.py", "ABI_VERSION: Final = ", "\n"), abi);
    assert_eq!(between("bindings/go/logger.go", "#if ALOG_ABI_VERSION != ", "\n").trim(), abi);
    assert_eq!(between("CHANGELOG.md", "\nABI version ", ".\n"), abi);
}

#[test]
fn the_oldest_versions_that_work_are_the_same_everywhere() {
    let rust = between("Cargo.toml", "\nrust-version = \"", "\"");
    let python = between("bindings/python/pyproject.toml", "\nrequires-python = \">=", "\"");
    let go = between("bindings/go/go.mod", "\ngo ", "\n");
    let said = format!("Rust {rust}, Python {python} and Go {go} are the oldest");
    assert!(read("README.md").contains(&said), "README.md should say: {said}");
}

#[test]
fn no_function_is_from_a_version_to_come() {
    let number = |version: &str| -> Vec<u32> {
        version.split('.').map(|part| part.parse().expect(version)).collect()
    };
    for line in header::text().lines().filter_map(|line| line.strip_prefix(" * Since ")) {
        assert!(number(line.trim_end_matches('.')) <= number(VERSION), "{line}");
    }
}
