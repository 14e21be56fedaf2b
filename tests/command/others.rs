//! `alog check`, `alog completions`, help, and what is wrong on a command line.

use crate::run::{Folder, prints, run, run_with};

#[test]
fn a_configuration_that_is_right_is_passed_over_in_silence() {
    let folder = Folder::new();
    folder.write("a.toml", include_str!("../../examples/alog.toml"));
    assert_eq!(prints(folder.path(), &["check", "a.toml"]), "");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_was_meant() {
    let folder = Folder::new();
    folder.write("a.toml", "level = 'info'\n[[sink]]\nto = 'file:app.log'\nlevle = 'warn'\n");
    let said = run(folder.path(), &["check", "a.toml"]);
    assert_eq!((said.out.as_str(), said.status), ("", Some(1)));
    assert_eq!(
        said.errors,
        "alog check: a.toml:4:1: file:app.log has no parameter \"levle\"; is it \"level\"?\n"
    );
    folder.write("b.toml", "writer = 'caller'\nworkers = 3\n");
    let said = run(folder.path(), &["check", "b.toml"]);
    assert_eq!(said.status, Some(1), "the whole does not fit");
    assert!(said.errors.starts_with("alog check: b.toml: writer=caller "), "{}", said.errors);
    let said = run(folder.path(), &["check", "gone.toml", "a.toml"]);
    assert_eq!(said.status, Some(2));
    assert!(said.errors.contains("gone.toml") && said.errors.contains("a.toml:4:1"));
}

#[test]
fn a_configuration_may_come_from_standard_input() {
    let folder = Folder::new();
    for (text, status, errors) in [
        ("level = 'info'\n", 0, ""),
        ("\nlevel = 'loud'\n", 1, "alog check: -:2:9: level does not take \"loud\""),
        ("writer = 'caller'\nworkers = 3\n", 1, "alog check: -: writer=caller "),
        ("level = '\u{0}", 1, "alog check: -:1:"),
    ] {
        let said = run_with(folder.path(), &["check", "-"], text.as_bytes());
        assert_eq!(said.status, Some(status), "{}", said.errors);
        assert!(said.errors.starts_with(errors) && said.errors.is_empty() == errors.is_empty());
    }
    let said = run_with(folder.path(), &["check", "-v", "-"], b"level = 'warn'\n");
    assert!(said.out.starts_with("level = warn\n    "), "{}", said.out);
}

#[test]
fn verbose_tells_what_each_key_means() {
    let folder = Folder::new();
    let text =
        "Queue-Bytes = '4MiB'\n[fields]\napp = 'shop'\n[[sink]]\nlevel = 'error'\nto = 'stderr:'\n";
    folder.write("a.toml", text);
    let said = prints(folder.path(), &["check", "-v", "a.toml"]);
    for part in [
        "queue_bytes = 4MiB\n    The queue of each thread",
        "fields app\n",
        "sink stderr:\n    level = error\n        ",
        "defaults: color=auto ",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("queue_bytes=1MiB"), "{said}");
}

#[test]
fn shells_and_the_manual_know_every_subcommand() {
    let folder = Folder::new();
    let help = prints(folder.path(), &["help"]);
    for command in ["cat", "verify", "recover", "check", "completions"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let usage = prints(folder.path(), &["help", command]);
        for part in ["Examples:", "Exit status:", "Usage: alog "] {
            assert!(usage.contains(part), "{command}: {part}");
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        let text = prints(folder.path(), &["completions", shell]);
        assert!(text.contains("verify") && text.contains("seq-key"), "{shell}");
    }
    prints(folder.path(), &["completions", "man", "--to", "."]);
    for page in ["alog.1", "alog-cat.1", "alog-verify.1", "alog-check.1", "alog-completions.1"] {
        assert!(folder.read(page).starts_with(".ie"), "{page}");
    }
    assert_eq!(
        prints(folder.path(), &["--version"]),
        format!("alog {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_wrong_argument_is_named_with_its_value_and_the_nearest_right_one() {
    let folder = Folder::new();
    for (arguments, parts) in [
        (&["ctat"][..], &["ctat", "'cat'"][..]),
        (&["cta", "a"], &["'cta'", "'cat'"]),
        (&["chekc"], &["'check'"]),
        (&["cat", "--levl", "warn", "a"], &["--levl", "--level"]),
        (&["cat", "-o", "jsn", "a"], &["--output", "jsn", "json"]),
        (&["cat", "-w", "novalue", "a"], &["--where", "novalue", "key=value"]),
        (&["cat", "--tree", "id", "a"], &["--tree", "ID_KEY,PARENT_KEY"]),
        (&["cat"], &["FILE"]),
        (&["completions", "bahs"], &["bahs", "bash"]),
    ] {
        let said = run(folder.path(), arguments);
        assert_eq!((said.out.as_str(), said.status), ("", Some(2)), "{arguments:?}");
        for part in parts {
            assert!(said.errors.contains(part), "{part}\n{}", said.errors);
        }
    }
}

#[test]
fn the_commands_of_the_readme_run() {
    let folder = Folder::new();
    for name in ["app.log", "app.log.1", "web.log", "db.log"] {
        folder.write(name, "time=2026-01-01T00:00:00Z level=error message=x span=1\n");
    }
    folder.write("app.toml", "level = 'info'\n");
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("### Reading logs").unwrap();
    let (_, block) = section.split_once("```console\n").unwrap();
    let mut commands = 0;
    for line in block.lines().take_while(|line| *line != "```") {
        let command = line.strip_prefix("$ alog ").expect(line).split('#').next().unwrap();
        let words = command.split_whitespace().map(|word| word.trim_matches('\''));
        // One that follows a file has no end of its own.
        let words: Vec<&str> = words.filter(|word| *word != "-f").collect();
        prints(folder.path(), &words);
        commands += 1;
    }
    assert_eq!(commands, 5);
}
