//! What `alog cat` shows.

use crate::run::{Folder, log_some, prints, run, run_with, wait_until};
use alog::Level;
use serde_json::Value;

/// The same records in each format.
fn same_records(folder: &Folder) {
    let formats = ["text", "json", "logfmt"];
    let mut config = alog::Config::new();
    config.set("level", "trace").unwrap();
    config.set("name", "shop").unwrap();
    for format in formats {
        config
            .add_sink(&format!("file:{}/{format}.log?format={format}", folder.path().display()))
            .unwrap();
    }
    let log = alog::Logger::new(&config).unwrap();
    log_some(&log);
    log.stop(None).unwrap();
}

#[test]
fn text_of_json_and_of_logfmt_is_what_the_library_writes_as_text() {
    let folder = Folder::new();
    same_records(&folder);
    let text = folder.read("text.log");
    for format in ["text", "json", "logfmt"] {
        let shown = prints(folder.path(), &["cat", &format!("{format}.log")]);
        // What a template shows is left out of text, and of nothing else.
        assert_eq!(shown.replace(" user=\"Eve O'Neil\"", ""), text, "{format}");
    }
}

#[test]
fn logfmt_of_json_is_what_the_library_writes_as_logfmt() {
    let folder = Folder::new();
    same_records(&folder);
    assert_eq!(
        prints(folder.path(), &["cat", "-o", "logfmt", "json.log"]),
        folder.read("logfmt.log")
    );
}

#[test]
fn json_of_json_is_the_same_bytes() {
    let folder = Folder::new();
    same_records(&folder);
    assert_eq!(prints(folder.path(), &["cat", "-o", "json", "json.log"]), folder.read("json.log"));
}

#[test]
fn json_of_every_format_is_json_with_the_same_message() {
    let folder = Folder::new();
    same_records(&folder);
    let records = |text: &str| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    };
    let expected = records(&folder.read("json.log"));
    for format in ["text", "logfmt"] {
        let shown =
            records(&prints(folder.path(), &["cat", "-o", "json", &format!("{format}.log")]));
        assert_eq!(shown.len(), expected.len());
        for (one, other) in shown.iter().zip(&expected) {
            for key in ["message", "logger", "ms", "count", "empty", "text"] {
                assert_eq!(one[key], other[key], "{format}: {key}");
            }
            let level = |record: &Value| record["level"].as_str().unwrap().to_uppercase();
            assert_eq!(level(one), level(other));
        }
    }
}

#[test]
fn a_corpus_of_lines_looks_as_it_did() {
    let folder = Folder::new();
    folder.write("corpus.log", include_str!("corpus.log"));
    for (arguments, expected) in [
        (&["cat", "--color", "never"][..], include_str!("corpus.text")),
        (&["cat", "--color", "always"], include_str!("corpus.color")),
        (&["cat", "-o", "json"], include_str!("corpus.json")),
        (&["cat", "-o", "logfmt"], include_str!("corpus.logfmt")),
    ] {
        let shown = prints(folder.path(), &[arguments, &["corpus.log"][..]].concat());
        assert_eq!(shown, expected, "{arguments:?}");
    }
}

#[test]
fn colours_are_for_a_terminal_or_on_demand() {
    let folder = Folder::new();
    folder.logger("a.log", &[("format", "json")]).write(Level::Warn, "careful").unwrap();
    assert!(!prints(folder.path(), &["cat", "a.log"]).contains('\x1b'));
    assert!(
        prints(folder.path(), &["cat", "--color=always", "a.log"]).contains("\x1b[33mWARN\x1b[0m")
    );
}

#[test]
fn levels_are_filtered_by_the_librarys_sets() {
    let folder = Folder::new();
    same_records(&folder);
    let count =
        |level: &str| prints(folder.path(), &["cat", "-l", level, "json.log"]).lines().count();
    assert_eq!(
        ["all", "off", "warn", "warn|fatal", "info-", "debug|error+"].map(count),
        [5, 0, 3, 2, 2, 3]
    );
    let said = run(folder.path(), &["cat", "-l", "wran", "json.log"]);
    assert_eq!(said.status, Some(2));
    for part in ["--level", "wran", "is it \"warn\"?"] {
        assert!(said.errors.contains(part), "{}", said.errors);
    }
}

#[test]
fn fields_are_filtered_by_value_and_text_in_groups_too() {
    let folder = Folder::new();
    same_records(&folder);
    for format in ["json", "logfmt", "text"] {
        let count = |arguments: &[&str]| {
            let file = format!("{format}.log");
            prints(folder.path(), &[&["cat"], arguments, &[&file]].concat()).lines().count()
        };
        assert_eq!(count(&["-w", "req.method=GET"]), 1, "{format}");
        assert_eq!(count(&["-w", "req.method!=GET"]), 4, "{format}");
        assert_eq!(count(&["-w", "ms~1."]), 1, "{format}");
        assert_eq!(count(&["-w", "logger=shop", "-w", "count=7"]), 1, "{format}");
        assert_eq!(count(&["-g", "O'Neil"]), 1, "{format}");
        assert_eq!(count(&["-g", "nothing of that"]), 0, "{format}");
    }
}

#[test]
fn times_are_a_range_that_ends_before_its_end() {
    let folder = Folder::new();
    let line = |second: u32| {
        format!(
            "{{\"time\":\"2026-01-01T00:00:{second:02}Z\",\"level\":\"INFO\",\"message\":\"{second}\"}}\n"
        )
    };
    folder.write("a.log", (0..10).map(line).collect::<String>());
    let shown = |arguments: &[&str]| {
        prints(folder.path(), &[&["cat", "a.log"], arguments].concat()).lines().count()
    };
    assert_eq!(shown(&["--since", "2026-01-01T00:00:03Z", "--until", "2026-01-01T00:00:07Z"]), 4);
    assert_eq!(shown(&["--since", "2026-01-01T01:00:08+01:00"]), 2);
    assert_eq!(shown(&["--since", "2026-01-01"]), 10);
    assert_eq!(shown(&["--since", "10m"]), 0);
    assert_eq!(shown(&["--until", "1d ago"]), 10);
    let said = run(folder.path(), &["cat", "--since", "yesterday", "a.log"]);
    assert_eq!(said.status, Some(2));
    assert!(
        said.errors.contains("--since")
            && said.errors.contains("yesterday")
            && said.errors.contains("10m")
    );
}

#[test]
fn a_line_that_is_no_record_goes_with_the_one_in_front_of_it() {
    let folder = Folder::new();
    folder.write(
        "a.log",
        "before\nlevel=info message=one\n  at a\nlevel=error message=two\n  at b\n  at c\n",
    );
    assert_eq!(
        prints(folder.path(), &["cat", "-l", "error", "-o", "logfmt", "a.log"]),
        "level=error message=two\nmessage=\"  at b\"\nmessage=\"  at c\"\n"
    );
    assert_eq!(prints(folder.path(), &["cat", "a.log"]).lines().count(), 6);
}

#[test]
fn several_files_are_merged_by_time_and_ties_stay_in_order() {
    let folder = Folder::new();
    let line = |second: u32, name: &str| {
        format!("time=2026-01-01T00:00:{second:02}Z level=info message={name}\n")
    };
    folder.write(
        "a.log",
        [line(1, "a1"), line(3, "a3"), "  and more\n".into(), line(5, "a5")].concat(),
    );
    folder.write("b.log", [line(1, "b1"), line(2, "b2"), line(5, "b5")].concat());
    let shown = prints(folder.path(), &["cat", "-o", "json", "a.log", "b.log"]);
    let messages: Vec<String> = shown
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().trim().into()
        })
        .collect();
    assert_eq!(messages, ["a1", "b1", "b2", "a3", "and more", "a5", "b5"]);
}

#[test]
fn compressed_files_are_read_as_they_are() {
    let folder = Folder::new();
    for (packing, suffix) in [("gzip", "gz"), ("zstd", "zst")] {
        let log = folder.logger(&format!("{packing}.log?compress={packing}&format=json"), &[]);
        log_some(&log);
        log.flush(None).unwrap();
        let plain = folder.read(&format!("{packing}.log"));
        log.rotate().unwrap();
        let name = format!("{packing}.log.1.{suffix}");
        wait_until("it is compressed", || folder.file(&name).exists());
        assert_eq!(prints(folder.path(), &["cat", "-o", "json", &name]), plain);
        // Frames behind each other, and one that is cut.
        let packed = std::fs::read(folder.file(&name)).unwrap();
        folder.write("twice", [&packed[..], &packed].concat());
        assert_eq!(prints(folder.path(), &["cat", "-o", "json", "twice"]), plain.repeat(2));
        folder.write("cut", &packed[..packed.len() / 2]);
        let said = run(folder.path(), &["cat", "cut"]);
        assert_eq!(said.status, Some(2));
        assert!(said.errors.contains("cannot read \"cut\""), "{}", said.errors);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_others_are_shown() {
    let folder = Folder::new();
    folder.write("a.log", "level=info message=here\n");
    let said = run(folder.path(), &["cat", "gone.log", "a.log", "."]);
    assert_eq!((said.out.as_str(), said.status), ("INFO - here\n", Some(2)));
    assert!(
        said.errors.contains("cannot read \"gone.log\"")
            && said.errors.contains("cannot read \".\"")
    );
}

#[test]
fn levels_are_the_same_in_any_case_and_groups_without_members_are_shown() {
    let folder = Folder::new();
    folder.write(
        "a.log",
        "{\"level\":\"ERROR\",\"message\":\"one\",\"o\":{},\"p\":{\"q\":{}}}\n\
         level=error message=two\n{\"level\":\"INFO\",\"message\":\"three\"}\n",
    );
    let cat =
        |arguments: &[&str]| prints(folder.path(), &[&["cat"], arguments, &["a.log"]].concat());
    for level in ["error", "ERROR", "Error"] {
        assert_eq!(cat(&["-w", &format!("level={level}")]).lines().count(), 2, "{level}");
        assert_eq!(cat(&["-w", &format!("level!={level}")]).lines().count(), 1, "{level}");
    }
    let text = "ERROR - one o={} p.q={}\nERROR - two\nINFO - three\n";
    assert_eq!(cat(&[]), text);
    assert!(cat(&["-o", "logfmt"]).starts_with("level=error message=one o={} p.q={}\n"));
}

#[test]
fn a_time_without_a_zone_is_local() {
    let folder = Folder::new();
    let line = |second: u32| format!("time=2026-11-28T09:17:{second:02}Z level=info message=x\n");
    folder.write("a.log", (20..30).map(line).collect::<String>());
    for (zone, time, lines) in [
        ("UTC", "2026-11-28 09:17:23", 7),
        ("Europe/Berlin", "2026-11-28T10:17:24", 6),
        ("America/New_York", "2026-11-28 04:17:24.5", 5),
    ] {
        let mut command = crate::run::alog(folder.path(), &["cat", "--since", time, "a.log"]);
        let output = command.env("TZ", zone).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), lines, "{zone}");
    }
}

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[test]
fn no_bytes_make_it_fail() {
    let folder = Folder::new();
    let parts: [&[u8]; 24] = [
        b"{",
        b"}",
        b"\"",
        b"\\",
        b"\\u",
        b"d83d",
        b":",
        b",",
        b"[",
        b"]",
        b"=",
        b" ",
        b"\n",
        b"\r",
        b"\xff",
        b"\0",
        b"time",
        b"level",
        b"INFO",
        b"1e999",
        b"2026-01-01T00:00:00Z",
        b"[2026-01-01 00:00:00Z] INFO - ",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..40 {
        let count = random.next() % 200;
        let input: Vec<u8> =
            (0..count).flat_map(|_| parts[random.next() as usize % parts.len()].to_vec()).collect();
        for output in ["text", "json", "logfmt"] {
            let said = run_with(
                folder.path(),
                &["cat", "-o", output, "-l", "info|warn", "-w", "a.b~c", "-"],
                &input,
            );
            assert!(matches!(said.status, Some(0 | 2)), "{round} {output}: {}", said.errors);
            let said =
                run_with(folder.path(), &["cat", "-o", output, "--color=always", "-"], &input);
            assert!(matches!(said.status, Some(0 | 2)), "{round} {output}: {}", said.errors);
            if output == "json" && said.status == Some(0) {
                for line in said.out.lines() {
                    serde_json::from_str::<Value>(line)
                        .unwrap_or_else(|error| panic!("{error}: {line}"));
                }
            }
        }
    }
}

#[test]
fn deeply_nested_and_very_long_lines_are_lines() {
    let folder = Folder::new();
    let deep = format!(
        "{{\"level\":\"INFO\",\"x\":{}1{}}}\n",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    assert_eq!(run_with(folder.path(), &["cat", "-"], deep.as_bytes()).out, deep, "no record");
    let pairs = format!("[2026-01-01 00:00:00Z] INFO - {}x\n", "a=\"b\" ".repeat(300_000));
    assert_eq!(run_with(folder.path(), &["cat", "-w", "a!=c", "-"], pairs.as_bytes()).out, pairs);
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let folder = Folder::new();
    folder.write("a.log", "level=info message=again\n".repeat(100_000));
    let mut command = crate::run::alog(folder.path(), &["cat", "a.log"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]));
}
