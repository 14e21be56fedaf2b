//! The C and the C++ compiler, as a user of the headers calls them.

use crate::tree::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiler that forgives nothing.
fn strict(is_cpp: bool) -> Command {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cargo_metadata(false).target(&target).host(&target).opt_level(0).cpp(is_cpp);
    let mut command = build.get_compiler().to_command();
    let standard = if is_cpp { "-std=c++11" } else { "-std=c99" };
    command.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    command.arg("-I").arg(root().join("include"));
    command
}

/// Puts a program into a file of its own in the build directory.
fn store(name: &str, source: &str, is_cpp: bool) -> PathBuf {
    let ending = if is_cpp { "cpp" } else { "c" };
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).with_extension(ending);
    fs::write(&path, source).expect("a file in the build directory");
    path
}

/// Checks that a program compiles, as C99 or as C++11; gives what the compiler says if it does not.
pub fn check(name: &str, source: &str, is_cpp: bool) -> Result<(), String> {
    let path = store(name, source, is_cpp);
    let output = strict(is_cpp).arg("-fsyntax-only").arg(path).output().expect("a compiler");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Compiles a program that needs the header only, runs it, and gives what it prints.
pub fn run(name: &str, source: &str) -> String {
    let path = store(name, source, false);
    let program = path.with_extension("out");
    let status = strict(false).arg(&path).arg("-o").arg(&program).status().expect("a compiler");
    assert!(status.success(), "{name} does not compile");
    let output = Command::new(&program).output().expect("the program");
    assert!(output.status.success(), "{name}: {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}
