//! What a reader sees: a line of each kind.

use super::cases::{Case, Owned, Run};
use super::line;
use crate::Level;
use crate::config::{Format, Keys, Look, Pattern, parse_zone};
use crate::format::Formatter;
use crate::format::template::MAX_INSERTED;
use crate::record::{Source, Thread};
use std::sync::Arc;

fn look(format: Format) -> Look {
    Look { format, ..Look::default() }
}

fn text_of(look: &Look, colored: bool, case: &Case) -> String {
    String::from_utf8(line(&mut Formatter::new(look, colored), case)).unwrap()
}

fn pattern(text: &str, colored: bool, case: &Case) -> String {
    text_of(&look(Format::Pattern(Arc::new(Pattern::parse(text).unwrap()))), colored, case)
}

fn str(text: &str) -> Owned {
    Owned::Str(text.into())
}

fn run(fields: &[(&str, Owned)]) -> Run {
    fields.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.clone())).collect()
}

fn whole() -> Case {
    Case {
        level: Level::Warn,
        message: b"{user} is late".to_vec(),
        is_template: true,
        base_id: 1,
        base: run(&[("app", str("shop")), ("zone", str("eu"))]),
        own: run(&[
            ("user", str("Eve")),
            ("req", Owned::Group(run(&[("method", str("GET")), ("ms", Owned::F64(1.5))]))),
            ("zone", Owned::Null),
        ]),
        logger: "db".into(),
        source: Some(Source {
            file: "src/main.c".into(),
            line: 12,
            function: "run".into(),
            form: None,
        }),
        thread: Thread { id: 7, name: "worker-1".into() },
        ..Case::default()
    }
}

#[test]
fn a_plain_text_line_is_time_level_and_message() {
    let case = Case { level: Level::Warn, ..Case::default() };
    let line = text_of(&look(Format::Text), false, &case);
    assert_eq!(line, "[2026-10-14 17:46:40.123456Z] WARN - it is late\n");
}

#[test]
fn every_format_shows_a_whole_record() {
    let case = whole();
    let shown = |format| text_of(&look(format), false, &case);
    assert_eq!(
        shown(Format::Text),
        "[2026-10-14 17:46:40.123456Z] WARN db - Eve is late app=shop req.method=GET req.ms=1.5 \
         zone=null\n"
    );
    assert_eq!(shown(Format::Raw), "Eve is late\n");
    assert_eq!(
        shown(Format::Json),
        "{\"time\":\"2026-10-14T17:46:40.123456Z\",\"level\":\"WARN\",\"logger\":\"db\",\
         \"source\":\"main.c:12\",\"message\":\"Eve is late\",\"app\":\"shop\",\"user\":\"Eve\",\
         \"req\":{\"method\":\"GET\",\"ms\":1.5},\"zone\":null}\n"
    );
    assert_eq!(
        shown(Format::Logfmt),
        "time=2026-10-14T17:46:40.123456Z level=warn logger=db source=main.c:12 \
         message=\"Eve is late\" app=shop user=Eve req.method=GET req.ms=1.5 zone=null\n"
    );
    assert_eq!(
        pattern("{time:%T%.3f} {level|>6} {message|<13}| {fields} ({field:zone})", false, &case),
        "17:46:40.123   WARN Eve is late  | app=shop req.method=GET req.ms=1.5 zone=null (null)\n"
    );
}

#[test]
fn thread_and_process_are_shown_if_they_have_names() {
    let keys =
        Keys { thread: "thread".into(), pid: "pid".into(), time: String::new(), ..Keys::default() };
    let keys = Arc::new(Keys { source: String::new(), ..keys });
    let case = Case { thread: whole().thread, ..Case::default() };
    let pid = std::process::id();
    let json = Look { keys: Arc::clone(&keys), ..look(Format::Json) };
    assert_eq!(
        text_of(&json, false, &case),
        format!(
            "{{\"level\":\"INFO\",\"thread\":\"worker-1\",\"pid\":{pid},\"message\":\"it is late\"}}\n"
        )
    );
    let logfmt = Look { keys, ..look(Format::Logfmt) };
    assert_eq!(
        text_of(&logfmt, false, &case),
        format!("level=info thread=worker-1 pid={pid} message=\"it is late\"\n")
    );
}

#[test]
fn a_number_stands_behind_the_message_and_hides_a_field_of_its_name() {
    let keys = Arc::new(Keys { seq: "seq".into(), time: String::new(), ..Keys::default() });
    let case = Case { seq: 17, own: run(&[("seq", str("x")), ("a", str("b"))]), ..Case::default() };
    let own = Case { seq: 0, ..case.clone() };
    let json = Look { keys: Arc::clone(&keys), ..look(Format::Json) };
    assert_eq!(
        text_of(&json, false, &case),
        "{\"level\":\"INFO\",\"message\":\"it is late\",\"seq\":17,\"a\":\"b\"}\n"
    );
    let logfmt = Look { keys, ..look(Format::Logfmt) };
    assert_eq!(text_of(&logfmt, false, &case), "level=info message=\"it is late\" seq=17 a=b\n");
    assert_eq!(
        text_of(&logfmt, false, &own),
        "level=info message=\"it is late\" seq=x a=b\n",
        "a line of the logger's own has none"
    );
    assert_eq!(pattern("{seq|>4}#{seq} {message}", false, &case), "  17#17 it is late\n");
}

#[test]
fn text_colors_the_level_alone() {
    let case = Case { level: Level::Fatal, logger: "db".into(), ..Case::default() };
    assert_eq!(
        text_of(&look(Format::Text), true, &case),
        "[2026-10-14 17:46:40.123456Z] \x1b[1;31mFATAL\x1b[0m db - it is late\n"
    );
    assert_eq!(
        pattern("{color}{level:short}{reset} {message}", true, &case),
        "\x1b[1;31mF\x1b[0m it is late\n"
    );
    assert_eq!(pattern("{color}{level:short}{reset} {message}", false, &case), "F it is late\n");
}

#[test]
fn a_line_ends_in_exactly_one_newline() {
    let shown = |format, message: &[u8]| {
        text_of(&look(format), false, &Case { message: message.to_vec(), ..Case::default() })
    };
    assert_eq!(shown(Format::Raw, b"a\n"), "a\n");
    assert_eq!(shown(Format::Raw, b"a"), "a\n");
    assert_eq!(shown(Format::Raw, b"a\n\n"), "a\n\n");
    assert!(shown(Format::Text, b"a\n").ends_with("- a\n"));
    assert!(shown(Format::Text, b"a\n\n").ends_with("- a\\n\n"));
    assert!(shown(Format::Json, b"a\n").ends_with(":\"a\"}\n"));
    assert!(shown(Format::Logfmt, b"a\n").ends_with("message=a\n"));
}

#[test]
fn another_zone_shows_its_offset() {
    let zone = parse_zone("Asia/Kathmandu").unwrap();
    let look = Look { zone, ..look(Format::Text) };
    let line = text_of(&look, false, &Case::default());
    assert_eq!(line, "[2026-10-14 23:31:40.123456+05:45] INFO - it is late\n");
}

#[test]
fn what_fields_add_to_a_message_is_bounded() {
    let half = "x".repeat(MAX_INSERTED / 2);
    let group = Owned::Group(run(&[("half", str(&half))]));
    let case = Case {
        message: b"{half}{half}{one}{group}{none}".to_vec(),
        is_template: true,
        own: run(&[("half", str(&half)), ("one", str("1")), ("none", str("")), ("group", group)]),
        ..Case::default()
    };
    let shown = text_of(&look(Format::Raw), false, &case);
    assert_eq!(shown, format!("{half}{half}{{one}}{{group}}\n"));
    let text = text_of(&look(Format::Text), false, &case);
    assert!(text.contains("{one}{group} one=1 group.half=xxx"), "what stays out is a field");
}

#[test]
fn long_names_around_many_fields_make_no_line_out_of_proportion() {
    let inner: Run = (0..1000).map(|n| (format!("k{n}").into_bytes(), Owned::Null)).collect();
    let name = "n".repeat(60_000);
    let group = Owned::Group(run(&[(&name, Owned::Group(inner))]));
    let case = Case { own: run(&[(&name, group)]), ..Case::default() };
    let text = text_of(&look(Format::Text), false, &case);
    assert!(text.len() < 300 * 1000);
    let path = format!(" {}.k999=null\n", "n".repeat(255));
    assert!(text.ends_with(&path), "{}", &text[text.len() - 300..]);
}

#[test]
fn fields_of_a_logger_are_rendered_anew_where_one_is_overridden_or_used() {
    let mut formatter = Formatter::new(&look(Format::Text), false);
    let mut shown = |message: &str, own: &[(&str, Owned)]| {
        let case =
            Case { message: message.into(), own: run(own), logger: String::new(), ..whole() };
        let line = String::from_utf8(line(&mut formatter, &case)).unwrap();
        line.split_once(" - ").unwrap().1.to_owned()
    };
    for _ in 0..2 {
        assert_eq!(shown("a", &[("x", Owned::Null)]), "a app=shop zone=eu x=null\n");
        assert_eq!(shown("a", &[("app", str("mail"))]), "a zone=eu app=mail\n");
        assert_eq!(shown("{zone}", &[("x", Owned::Null)]), "eu app=shop x=null\n");
        assert_eq!(shown("a", &[]), "a app=shop zone=eu\n");
    }
}
