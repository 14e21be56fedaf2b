//! What `alog verify` reads, and with which status it ends.

use crate::run::{Folder, alog, run};
use crate::verify::{change, log_of, verified};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Command;

#[test]
fn pipes_are_sorted_among_files_and_read_from_their_beginning() {
    let folder = Folder::new();
    log_of(&folder, "all.log", 5000);
    let all = folder.read("all.log");
    let middle = all[..all.len() / 2].rfind('\n').unwrap() + 1;
    folder.write("a.log", &all[..middle]);
    folder.write("b.log", &all[middle..]);
    for arguments in
        ["/dev/fd/3 b.log 3<pipe", "b.log /dev/fd/3 3<pipe", "b.log - <pipe", "- b.log <pipe"]
    {
        let script = format!(
            "mkfifo pipe; cat a.log >pipe & \"$0\" verify {arguments}; status=$?; rm pipe; exit $status"
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_alog")]).current_dir(folder.path());
        let output = shell.output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {out}");
        assert!(out.contains("lines       5000\n") && out.ends_with("\ncomplete\n"), "{out}");
    }
}

#[test]
fn the_verdict_is_the_exit_status_also_if_nobody_reads_the_report() {
    let folder = Folder::new();
    log_of(&folder, "a.log", 10);
    change(&folder, "a.log", |lines| drop(lines.remove(5)));
    for (name, status) in [("a.log", 0), ("changed.log", 1)] {
        let (nobody, out) = UnixStream::pair().unwrap();
        drop(nobody);
        let mut command = alog(folder.path(), &["verify", name]);
        let output = command.stdout(OwnedFd::from(out)).output().unwrap();
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(status), &b""[..]));
    }
}

#[test]
fn numbers_that_were_asked_for_and_a_log_without_lines_are_no_complete_log() {
    let folder = Folder::new();
    log_of(&folder, "a.log", 3);
    folder.write("empty.log", "");
    for (arguments, verdict, why) in [
        (&["--seq-key", "sqe", "a.log"][..], "the log tells of no loss", "a number \"sqe\""),
        (&["--seq-after", "#", "a.log"], "the log tells of no loss", "a number behind \"#\""),
        (&["empty.log"], "no lines: what there was cannot be known", ""),
        (&["--seq-key", "seq", "empty.log"], "no lines: what there was cannot be known", "\"seq\""),
    ] {
        let said = run(folder.path(), &[&["verify"], arguments].concat());
        assert_eq!(said.status, Some(2), "{arguments:?}");
        assert!(said.out.ends_with(&format!("\n{verdict}\n")), "{}", said.out);
        assert!(said.errors.contains(why) && said.errors.is_empty() == why.is_empty());
    }
    assert!(verified(&folder, &["--seq-key", "seq", "a.log", "empty.log"]).1);
}

#[test]
fn a_record_of_seventy_mebibytes_is_one() {
    let folder = Folder::new();
    let long = "x".repeat(70 << 20);
    let lines = ["1", &long, "3"].into_iter().enumerate();
    let line = |(place, text)| format!("{{\"seq\":{},\"message\":\"{text}\"}}\n", place + 1);
    folder.write("a.log", lines.map(line).collect::<String>());
    assert_eq!(verified(&folder, &["a.log"]), ("lines 3; numbers 1 to 3; complete".into(), true));
}
