//! The C compiler, as a user of the header calls it.

use crate::tree::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiler for C99 that forgives nothing.
fn strict() -> Command {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cargo_metadata(false).target(&target).host(&target).opt_level(0);
    let mut command = build.get_compiler().to_command();
    command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    command.arg("-I").arg(root().join("include"));
    command
}

/// Puts a program into a file of its own in the build directory.
fn store(name: &str, source: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension("c");
    fs::write(&path, source).expect("a file in the build directory");
    path
}

/// Checks that a program compiles; gives what the compiler says if it does not.
pub fn check(name: &str, source: &str) -> Result<(), String> {
    let output =
        strict().arg("-fsyntax-only").arg(store(name, source)).output().expect("a compiler");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Compiles a program that needs the header only, runs it, and gives what it prints.
pub fn run(name: &str, source: &str) -> String {
    let path = store(name, source);
    let program = path.with_extension("out");
    let status = strict().arg(&path).arg("-o").arg(&program).status().expect("a compiler");
    assert!(status.success(), "{name} does not compile");
    let output = Command::new(&program).output().expect("the program");
    assert!(output.status.success(), "{name}: {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}
