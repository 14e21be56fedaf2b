//! What the program does where a terminal shows it: one that nobody sees.
#![expect(unsafe_code, reason = "a system call")]

use crate::run::{Folder, alog};
use std::fs::File;
use std::io::Read;
use std::os::fd::FromRawFd;
use std::process::Stdio;
use std::ptr;

/// A terminal: the end that shows, and that of programs.
fn terminal() -> (File, File) {
    let mut ends = [0; 2];
    let [shows, programs] = &mut ends;
    // SAFETY: two integers to write to; a name, settings and a size are not asked for.
    let made = unsafe {
        libc::openpty(shows, programs, ptr::null_mut(), ptr::null_mut(), ptr::null_mut())
    };
    assert_eq!(made, 0);
    // SAFETY: `openpty` opened both for this function alone.
    let [shows, programs] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    (shows, programs)
}

/// Which streams of it are the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Out,
    Errors,
    /// Errors, and what is printed goes into a file.
    ErrorsBesideAFile,
}

/// What a terminal is given by the program.
fn shown(folder: &Folder, arguments: &[&str], seen: Seen, variables: &[(&str, &str)]) -> String {
    let (mut shows, programs) = terminal();
    let mut command = alog(folder.path(), arguments);
    command.env("TERM", "xterm").envs(variables.iter().copied());
    match seen {
        Seen::Out => command.stdout(programs).stderr(Stdio::inherit()),
        Seen::Errors => command.stdout(Stdio::null()).stderr(programs),
        Seen::ErrorsBesideAFile => {
            let file = File::create(folder.file("out")).expect("a file");
            command.stdout(file).stderr(programs)
        }
    };
    let mut child = command.spawn().expect("the program runs");
    drop(command); // its end of the terminal
    let (mut text, mut bytes) = (Vec::new(), [0; 4096]);
    // The terminal ends with an error, when its last program has closed it.
    while let Ok(len @ 1..) = shows.read(&mut bytes) {
        text.extend_from_slice(&bytes[..len]);
    }
    assert!(child.wait().expect("its end").success());
    String::from_utf8_lossy(&text).replace("\r\n", "\n")
}

#[test]
fn colours_are_for_a_terminal_unless_it_has_none_or_they_are_not_wanted() {
    let folder = Folder::new();
    folder.write("a.log", "level=warn message=careful\n");
    let cat = |variables| shown(&folder, &["cat", "a.log"], Seen::Out, variables);
    assert_eq!(cat(&[]), "\x1b[33mWARN\x1b[0m - careful\n");
    assert_eq!(cat(&[("NO_COLOR", "1")]), "WARN - careful\n");
    assert_eq!(cat(&[("TERM", "dumb")]), "WARN - careful\n");
}

#[test]
fn nothing_that_a_line_has_is_obeyed_by_a_terminal() {
    let folder = Folder::new();
    let text = b"[2026-01-01 00:00:00Z] \x1b[33mWARN\x1b[0m - a\x1b[2J\n\
        no record \x1b]0;title\x07 \xc2\x9b2J \x9b2J\ttab \xc3\xa9\r\n\
        {\"level\":\"INFO\",\"message\":\"\xc2\x9b\x7f\"}\n";
    folder.write("a.log", text);
    let plain = [("NO_COLOR", "1")];
    assert_eq!(
        shown(&folder, &["cat", "a.log"], Seen::Out, &plain),
        "[2026-01-01 00:00:00Z] WARN - a\\x1b[2J\n\
         no record \\x1b]0;title\\x07 \\u009b2J \\x9b2J\ttab \u{e9}\\x0d\n\
         INFO - \\u009b\\x7f\n"
    );
    for arguments in [
        &["cat", "a.log"][..],
        &["cat", "-o", "json", "a.log"],
        &["cat", "-o", "logfmt", "a.log"],
        &["cat", "--tree", "a,b", "a.log"],
    ] {
        let shown = shown(&folder, arguments, Seen::Out, &plain);
        let is_obeyed = |ch: char| ch.is_control() && !matches!(ch, '\n' | '\t');
        assert!(!shown.contains(is_obeyed), "{arguments:?}: {shown:?}");
    }
    folder.write("b.log", b"{\"time\":\"\\u001b[2J\",\"seq\":1}\n");
    let shown = shown(&folder, &["verify", "b.log"], Seen::Out, &plain);
    assert!(shown.contains("first       \\x1b[2J\n"), "{shown:?}");
}

#[test]
fn a_bar_shows_how_far_it_got_where_a_file_is_large() {
    let folder = Folder::new();
    let line = format!("{{{}\n", "x".repeat(1 << 16)); // no record, as its second byte tells
    folder.write("large.log", line.repeat(1100));
    folder.write("small.log", line);
    for (command, seen) in [("verify", Seen::Errors), ("cat", Seen::ErrorsBesideAFile)] {
        let bar = shown(&folder, &[command, "large.log", "small.log"], seen, &[]);
        let percents: Vec<u64> = bar
            .split('\r')
            .filter_map(|step| step.split_once("] ")?.1.trim_end_matches(" %").trim().parse().ok())
            .collect();
        assert!(percents.len() > 50 && percents.is_sorted(), "{bar:?}");
        assert_eq!(percents.last(), Some(&100));
        assert!(bar.contains("\r[####################....................]  50 %"), "{bar:?}");
        assert!(bar.ends_with("\r\x1b[K"), "it is taken away: {bar:?}");
    }
    assert_eq!(shown(&folder, &["cat", "large.log"], Seen::Errors, &[]), "", "into no file");
    assert_eq!(shown(&folder, &["verify", "small.log"], Seen::Errors, &[]), "");
}
