//! Syslog and the journal, read back by parsers that take nothing but what their specifications say.

use super::cases::{Case, Owned, Run};
use super::{line, many};
use crate::Level;
use crate::config::{Format, Framing, Keys, Look, Redact, Rfc, Syslog, parse_zone};
use crate::format::Formatter;
use crate::record::{Source, Thread};
use std::sync::Arc;

fn syslog(rfc: Rfc, framing: Framing) -> Arc<Syslog> {
    let (app_name, host_name) = ("shop".into(), "web1.example".into());
    Arc::new(Syslog { app_name, host_name, ..Syslog::new(rfc, framing) })
}

fn look(format: Format) -> Look {
    Look { format, ..Look::default() }
}

fn run(fields: &[(&str, Owned)]) -> Run {
    fields.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.clone())).collect()
}

fn str(text: &str) -> Owned {
    Owned::Str(text.into())
}

fn whole() -> Case {
    Case {
        level: Level::Warn,
        message: b"late\n\\o/".to_vec(),
        base_id: 1,
        base: run(&[("app", str("shop")), ("zone", str("eu"))]),
        own: run(&[
            ("quote", str("a \"b\" [c] \\d\n")),
            ("req", Owned::Group(run(&[("method", str("GET")), ("ms", Owned::F64(1.5))]))),
            ("zone", Owned::Null),
            ("a key=with ]\" too many characters for it", Owned::I64(-7)),
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

/// A message of RFC 5424, taken apart.
#[derive(Debug)]
struct Message {
    priority: u32,
    names: [String; 4],
    data: Vec<(String, String)>,
    message: String,
}

/// Reads one message by the grammar of RFC 5424, section 6.
fn parse(text: &str) -> Option<Message> {
    let (priority, rest) = text.strip_prefix('<')?.split_once('>')?;
    let priority: u32 = priority.parse().ok().filter(|it| *it < 192)?;
    let mut rest = rest.strip_prefix("1 ")?;
    let (time, after) = rest.split_once(' ')?;
    time.parse::<jiff::Timestamp>().ok()?;
    rest = after;
    let mut names: [String; 4] = Default::default();
    for (name, max) in names.iter_mut().zip([255, 48, 128, 32]) {
        let (word, after) = rest.split_once(' ')?;
        let is_name =
            (1..=max).contains(&word.len()) && word.bytes().all(|it| it.is_ascii_graphic());
        *name = is_name.then(|| word.to_owned())?;
        rest = after;
    }
    let mut data = Vec::new();
    if let Some(after) = rest.strip_prefix('-') {
        rest = after;
    } else {
        rest = rest.strip_prefix("[alog@32473")?;
        while let Some(parameter) = rest.strip_prefix(' ') {
            let (name, value) = parameter.split_once("=\"")?;
            let is_name = |it: u8| it.is_ascii_graphic() && !b"=]\"".contains(&it);
            if !(1..=32).contains(&name.len()) || !name.bytes().all(is_name) {
                return None;
            }
            let (value, after) = parse_value(value)?;
            data.push((name.to_owned(), value));
            rest = after;
        }
        rest = rest.strip_prefix(']').filter(|_| !data.is_empty())?;
    }
    let message = match rest {
        "" => "",
        rest => rest.strip_prefix(' ')?,
    };
    Some(Message { priority, names, data, message: message.to_owned() })
}

/// A value up to its quote, with its escapes undone; a backslash before anything else is one.
fn parse_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, ch)) = chars.next() {
        match ch {
            '"' => return Some((value, &text[at + 1..])),
            ']' => return None,
            '\\' if text[at + 1..].starts_with(['"', '\\', ']']) => value.push(chars.next()?.1),
            ch => value.push(ch),
        }
    }
    None
}

#[test]
fn a_message_of_rfc_5424_has_names_structured_data_and_text() {
    let look = look(Format::Syslog(syslog(Rfc::Rfc5424, Framing::Newline)));
    let text = String::from_utf8(line(&mut Formatter::new(&look, false), &whole())).unwrap();
    let pid = std::process::id();
    let expected = format!(
        "<12>1 2026-10-14T17:46:40.123456Z web1.example shop {pid} db [alog@32473 logger=\"db\" \
         source=\"main.c:12\" app=\"shop\" quote=\"a \\\"b\\\" [c\\] \\\\d\\n\" req.method=\"GET\" \
         req.ms=\"1.5\" zone=\"null\" a_key_with____too_many_character=\"-7\"] late\\n\\\\o/\n"
    );
    assert_eq!(text, expected);
    let message = parse(text.trim_end_matches('\n')).unwrap();
    assert_eq!(message.data[3], ("quote".into(), "a \"b\" [c] \\d\\n".into()));
    let plain = line(&mut Formatter::new(&look, false), &Case::default());
    let plain = String::from_utf8(plain).unwrap();
    assert!(plain.ends_with(&format!(" shop {pid} - - it is late\n")), "{plain}");
}

#[test]
fn each_level_has_its_severity() {
    let look = look(Format::Syslog(syslog(Rfc::Rfc5424, Framing::Newline)));
    let severities = Level::ALL.map(|level| {
        let text = line(&mut Formatter::new(&look, false), &Case { level, ..Case::default() });
        parse(std::str::from_utf8(&text).unwrap().trim_end()).unwrap().priority - 8
    });
    assert_eq!(severities, [7, 7, 6, 5, 4, 3, 2]);
}

#[test]
fn a_strict_parser_reads_every_message_of_rfc_5424() {
    let zones = ["utc", "America/St_Johns"].map(|zone| parse_zone(zone).unwrap());
    for (seed, zone) in zones.into_iter().enumerate() {
        let format = Format::Syslog(syslog(Rfc::Rfc5424, Framing::Octets));
        let keys = Arc::new(Keys { thread: "thread".into(), ..Keys::default() });
        let look = Look { format, zone, keys, ..Look::default() };
        many(seed as u64, 1500, &look, false, |case, line| {
            let text = String::from_utf8(line).expect("UTF-8");
            let (len, text) = text.split_once(' ').expect("a length");
            assert_eq!(len.parse(), Ok(text.len()));
            assert!(!text.contains(char::is_control), "{text:?}");
            let message = parse(text).unwrap_or_else(|| panic!("{case:?}\n{text}"));
            assert_eq!(message.names[1], "shop");
            if let (true, Ok(said)) = (!case.is_template, std::str::from_utf8(&case.message)) {
                let said = said.strip_suffix('\n').unwrap_or(said);
                let is_plain =
                    !said.contains(|ch: char| ch.is_control() || "\\\u{2028}\u{2029}".contains(ch));
                assert!(!is_plain || message.message == said, "{text}");
            }
        });
    }
}

#[test]
fn the_old_form_shows_fields_as_text() {
    let shown = |has_host| {
        let look = look(Format::Syslog(syslog(Rfc::Rfc3164 { has_host }, Framing::Newline)));
        String::from_utf8(line(&mut Formatter::new(&look, false), &whole())).unwrap()
    };
    let said = format!(
        "shop[{}]: late\\n\\\\o/ logger=db source=main.c:12 app=shop quote=\"a \\\"b\\\" [c] \\\\d\\n\" \
         req.method=GET req.ms=1.5 zone=null a_key_with_]__too_many_characters_for_it=-7\n",
        std::process::id()
    );
    assert_eq!(shown(true), format!("<12>Oct 14 17:46:40 web1.example {said}"));
    assert_eq!(shown(false), format!("<12>Oct 14 17:46:40 {said}"));
}

/// Reads the entries of a record by the journal's native protocol.
fn entries(mut rest: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (head, after) = (&rest[..end], &rest[end + 1..]);
        let (name, value, after) = match head.iter().position(|byte| *byte == b'=') {
            Some(at) => (&head[..at], &head[at + 1..], after),
            None => {
                let (len, after) = after.split_first_chunk::<8>()?;
                let (value, after) = after.split_at_checked(u64::from_le_bytes(*len) as usize)?;
                (head, value, after.strip_prefix(b"\n")?)
            }
        };
        let is_name = |it: &u8| matches!(it, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        let begins_well = name.first().is_some_and(u8::is_ascii_uppercase);
        if !begins_well || name.len() > 64 || !name.iter().all(is_name) {
            return None;
        }
        entries.push((String::from_utf8(name.to_vec()).ok()?, value.to_vec()));
        rest = after;
    }
    Some(entries)
}

#[test]
fn an_entry_of_the_journal_has_the_message_as_it_is() {
    let look = look(Format::Journald(syslog(Rfc::Rfc5424, Framing::Newline)));
    let line = line(&mut Formatter::new(&look, false), &whole());
    let entries = entries(&line).unwrap();
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, value)| (&**name, std::str::from_utf8(value).unwrap()))
        .collect();
    let pid = std::process::id().to_string();
    let expected = [
        ("PRIORITY", "4"),
        ("SYSLOG_FACILITY", "1"),
        ("SYSLOG_IDENTIFIER", "shop"),
        ("SYSLOG_PID", &pid),
        ("TIME", "2026-10-14T17:46:40.123456Z"),
        ("LEVEL", "WARN"),
        ("LOGGER", "db"),
        ("CODE_FILE", "src/main.c"),
        ("CODE_LINE", "12"),
        ("CODE_FUNC", "run"),
        ("MESSAGE", "late\n\\o/"),
        ("APP", "shop"),
        ("QUOTE", "a \"b\" [c] \\d\n"),
        ("REQ_METHOD", "GET"),
        ("REQ_MS", "1.5"),
        ("ZONE", "null"),
        ("A_KEY_WITH____TOO_MANY_CHARACTERS_FOR_IT", "-7"),
    ];
    assert_eq!(entries, expected);
}

#[test]
fn an_element_does_not_say_what_the_journal_has_a_meaning_for() {
    let [level, logger] = ["priority", "message"].map(Into::into);
    let [time, thread] = ["code_line".into(), format!("syslog_{}", "x".repeat(57))];
    let keys = Keys { time, level, logger, thread, message: "msg".into(), ..Keys::default() };
    let format = Format::Journald(syslog(Rfc::Rfc5424, Framing::Newline));
    let look = Look { keys: Arc::new(keys), ..look(format) };
    let line = line(&mut Formatter::new(&look, false), &whole());
    let entries = entries(&line).expect("names that the journal takes");
    let values = |name: &str| {
        let entries = entries.iter().filter(|entry| entry.0 == name);
        entries.map(|entry| String::from_utf8_lossy(&entry.1)).collect::<Vec<_>>()
    };
    for (name, taken, own) in [
        ("PRIORITY", "4", "WARN"),
        ("MESSAGE", "late\n\\o/", "db"),
        ("CODE_LINE", "12", "2026-10-14T17:46:40.123456Z"),
    ] {
        assert_eq!(values(name), [taken]);
        assert_eq!(values(&format!("F_{name}")), [own]);
    }
    assert_eq!(values(&format!("F_SYSLOG_{}", "X".repeat(55))), ["worker-1"]);
}

#[test]
fn a_strict_parser_reads_every_entry_of_the_journal_and_gets_the_message_back() {
    let look = look(Format::Journald(syslog(Rfc::Rfc5424, Framing::Newline)));
    many(3, 3000, &look, false, |case, line| {
        let entries = entries(&line).unwrap_or_else(|| panic!("{case:?}\n{line:?}"));
        let messages: Vec<_> = entries.iter().filter(|entry| entry.0 == "MESSAGE").collect();
        assert_eq!(messages.len(), 1);
        if !case.is_template {
            let said = case.message.strip_suffix(b"\n").unwrap_or(&case.message);
            assert_eq!(messages[0].1, said);
        }
    });
}

#[test]
fn no_protocol_shows_a_value_that_is_hidden() {
    let framing = Framing::Newline;
    let formats = [
        Format::Syslog(syslog(Rfc::Rfc5424, framing)),
        Format::Syslog(syslog(Rfc::Rfc3164 { has_host: true }, framing)),
        Format::Journald(syslog(Rfc::Rfc5424, framing)),
        Format::Otlp,
    ];
    let contains = |line: &[u8], text: &[u8]| line.windows(text.len()).any(|it| it == text);
    for format in formats {
        let look = Look { redact: Redact::parse("quote,req.METHOD").unwrap(), ..look(format) };
        let line = line(&mut Formatter::new(&look, false), &whole());
        let shown = String::from_utf8_lossy(&line);
        assert!(!contains(&line, b"[c") && !contains(&line, b"GET"), "{shown}");
        assert!(contains(&line, b"***") && contains(&line, b"shop"), "{shown}");
    }
}
