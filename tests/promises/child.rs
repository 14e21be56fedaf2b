//! Tests that need a process of their own: the test runs itself again, alone.

use crate::setup::Scratch;
use crate::{figures, sys};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output, exit};
use std::{any, env};

/// Where the child finds its directory. Its presence tells it that it is one.
const VARIABLE: &str = "ALOG_PROMISES_CHILD";

/// What became of a child, and the directory that it wrote to.
pub struct Done {
    /// What it left behind.
    pub scratch: Scratch,
    /// What it said.
    pub output: Output,
}

/// What is different for a child.
#[derive(Default)]
pub struct Setting {
    /// The program that runs it, with its arguments; none: it runs by itself.
    pub under: Vec<OsString>,
    /// What its environment has beside the parent's.
    pub variables: Vec<(&'static str, OsString)>,
}

/// Runs `body` in a process of its own, in which nothing else runs, and ends that process as a program
/// does that returns from `main`. `body` must be a closure written in the test itself.
pub fn run<F: FnOnce(&Path)>(body: F) -> Done {
    run_in(|_| Setting::default(), body)
}

/// The same in another setting, which is made for the child's directory.
pub fn run_in<F: FnOnce(&Path)>(setting: impl FnOnce(&Path) -> Setting, body: F) -> Done {
    run_for::<F>(setting, body)
}

/// The same for a helper: the closure that is written in the test itself is of the type `T`.
pub fn run_for<T>(setting: impl FnOnce(&Path) -> Setting, body: impl FnOnce(&Path)) -> Done {
    let done = run_to_any_end_in::<T>(setting, body);
    let said = String::from_utf8_lossy(&done.output.stderr);
    assert!(done.output.status.success(), "the child ended with {}: {said}", done.output.status);
    done
}

/// The same for a `body` that may end the process otherwise.
pub fn run_to_any_end<F: FnOnce(&Path)>(body: F) -> Done {
    run_to_any_end_in::<F>(|_| Setting::default(), body)
}

fn run_to_any_end_in<T>(setting: impl FnOnce(&Path) -> Setting, body: impl FnOnce(&Path)) -> Done {
    if let Some(directory) = env::var_os(VARIABLE) {
        sys::set_alarm();
        body(Path::new(&directory));
        exit(0);
    }
    let scratch = Scratch::new();
    let name = any::type_name::<T>().split_once("::").expect("a path").1;
    let name = name.strip_suffix("::{{closure}}").expect("a closure");
    let Setting { under, variables } = setting(scratch.path());
    let this = env::current_exe().expect("this program").into();
    let mut words = under.into_iter().chain([this]);
    let output = Command::new(words.next().expect("a program"))
        .args(words)
        .args(["--exact", name, "--test-threads=1", "--nocapture", "--include-ignored"])
        .env(VARIABLE, scratch.path())
        .envs(variables)
        .output()
        .expect("a child");
    figures::pass_on(&output.stdout);
    Done { scratch, output }
}
