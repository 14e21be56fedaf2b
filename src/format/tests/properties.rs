//! What holds for every line, whatever the event.

use super::cases::{Case, Owned, Random, Run};
use super::{looks, many};
use crate::config::Format;
use crate::field::Fields;
use crate::format::Formatter;
use crate::level::Level;
use crate::record::{Event, Layers, Thread};
use serde_json::Value as Json;

/// Bytes as a line of JSON shows them: what is not UTF-8 as `\xNN`.
fn shown(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks().map(|chunk| {
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        format!("{}{}", chunk.valid(), invalid.collect::<String>())
    });
    chunks.collect()
}

/// Whether a value was read back as it was.
fn is_same(value: &Owned, json: &Json) -> bool {
    match value {
        Owned::Null => json.is_null(),
        Owned::Bool(value) => json.as_bool() == Some(*value),
        Owned::I64(value) => json.as_i64() == Some(*value),
        Owned::U64(value) => json.as_u64() == Some(*value),
        Owned::F64(value) if value.is_nan() => json.as_str() == Some("NaN"),
        Owned::F64(value) if value.is_infinite() => {
            json.as_str() == Some(if *value > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Owned::F64(value) => {
            json.is_f64() && json.as_f64().map(f64::to_bits) == Some(value.to_bits())
        }
        Owned::Str(value) | Owned::Bytes(value) => json.as_str() == Some(&*shown(value)),
        Owned::Group(run) => json.as_object().is_some_and(|object| holds(run, object, &[])),
    }
}

/// Whether an object has exactly the last fields of each name, and `others`.
fn holds(run: &Run, object: &serde_json::Map<String, Json>, others: &[&str]) -> bool {
    let mut names: Vec<String> = others.iter().map(|&name| name.to_owned()).collect();
    for (at, (key, value)) in run.iter().enumerate() {
        let is_last = run[at + 1..].iter().all(|(later, _)| later != key);
        let name = shown(key);
        if !is_last || others.contains(&&*name) {
            continue;
        }
        // Two keys that differ only in what is not UTF-8 may be shown alike: then any of them will do.
        let alike = run.iter().filter(|(other, _)| shown(other) == name).count() > 1;
        if !object.get(&name).is_some_and(|json| alike || is_same(value, json)) {
            return false;
        }
        names.push(name);
    }
    names.sort();
    names.dedup();
    object.len() == names.len()
}

#[test]
fn a_line_of_json_reads_back_to_message_level_and_fields() {
    let json = looks().into_iter().filter(|(look, ..)| look.format == Format::Json);
    for (look, colored, _) in json {
        let keys = look.keys.clone();
        many(7, 3000, &look, colored, |case, line| {
            let text = std::str::from_utf8(&line).expect("UTF-8");
            let Ok(Json::Object(object)) = serde_json::from_str(text) else { panic!("{text}") };
            if !keys.level.is_empty() {
                assert_eq!(object[&keys.level], case.level.name());
            }
            if !keys.message.is_empty() && !case.is_template {
                let message = case.message.strip_suffix(b"\n").unwrap_or(&case.message);
                assert_eq!(object[&keys.message], shown(message));
            }
            let shown = [
                (&keys.time, true),
                (&keys.level, true),
                (&keys.message, true),
                (&keys.pid, true),
                (&keys.logger, !case.logger.is_empty()),
                (&keys.source, case.source.is_some()),
                (&keys.thread, !case.thread.name.is_empty() || case.thread.id != 0),
                (&keys.seq, case.seq != 0),
            ];
            let shown = shown.into_iter().filter(|(key, shown)| *shown && !key.is_empty());
            let names: Vec<&str> = shown.map(|(key, _)| &**key).collect();
            let run = [&case.base[..], &case.own, &case.post].concat();
            assert!(holds(&run, &object, &names), "{case:?}\n{text}");
        });
    }
}

#[test]
fn no_line_but_a_raw_one_has_a_control_character_beside_its_end() {
    for (look, colored, pattern) in
        looks().into_iter().filter(|(look, ..)| look.format != Format::Raw)
    {
        many(11, 1000, &look, colored, |case, line| {
            let text = String::from_utf8(line).expect("UTF-8");
            let mut text = text.strip_suffix('\n').expect("a newline").to_owned();
            if colored {
                let colors =
                    ["\x1b[90m", "\x1b[32m", "\x1b[36m", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"];
                colors.into_iter().chain(["\x1b[0m"]).for_each(|own| text = text.replace(own, ""));
            }
            let tabs = pattern.matches('\t').count();
            assert_eq!(text.matches('\t').count(), tabs, "{text:?}");
            let is_bad =
                |ch: char| ch.is_control() && ch != '\t' || ch == '\u{2028}' || ch == '\u{2029}';
            assert!(!text.contains(is_bad), "{case:?}\n{text:?}");
        });
    }
}

#[test]
fn a_line_of_logfmt_can_be_taken_apart() {
    for (look, colored, _) in looks().into_iter().filter(|(look, ..)| look.format == Format::Logfmt)
    {
        many(13, 2000, &look, colored, |case, line| {
            let text = String::from_utf8(line).expect("UTF-8");
            let mut rest = text.strip_suffix('\n').expect("a newline");
            while !rest.is_empty() {
                let (key, behind) = rest.split_once('=').expect("a key");
                assert!(!key.is_empty() && !key.contains([' ', '"', '\\']), "{case:?}\n{text}");
                let end = match behind.strip_prefix('"') {
                    None => behind.find(' ').unwrap_or(behind.len()),
                    Some(quoted) => {
                        let mut escaped = false;
                        let end = quoted.find(|ch| {
                            let is_end = ch == '"' && !escaped;
                            escaped = ch == '\\' && !escaped;
                            is_end
                        });
                        end.expect("a quote at the end") + 2
                    }
                };
                let (value, behind) = behind.split_at(end);
                assert!(!value.is_empty(), "{text}");
                rest = behind.strip_prefix(' ').unwrap_or(behind);
                assert!(behind.is_empty() || behind.starts_with(' '), "{text}");
            }
        });
    }
}

#[test]
fn fields_that_are_no_fields_do_no_harm() {
    let mut random = Random(17);
    for (look, colored, _) in looks() {
        let mut formatter = Formatter::new(&look, colored);
        for id in 0..500 {
            let mut run: Vec<u8> = Vec::new();
            for _ in 0..random.below(12) {
                run.extend([random.below(10) as u8, random.below(8).saturating_sub(6) as u8]);
                run.extend((random.below(4) as u16).to_ne_bytes());
                run.extend((random.below(9) as u32).to_ne_bytes());
                run.extend(random.bytes());
            }
            let fields = Fields::new(&run);
            let layers = Layers { base: fields, base_id: id, own: fields, post: fields };
            let event = Event {
                unix_ns: i64::MAX - id as i64,
                level: Level::Info,
                message: b"{a} {b} {g.a}",
                is_template: id % 2 == 0,
                fields: layers,
                logger: "",
                source: None,
                thread: &Thread::default(),
                seq: 0,
            };
            let mut out = Vec::new();
            let room = formatter.prepare(&event).unwrap();
            formatter.line(&event, &mut out);
            assert!(out.len() <= room && out.ends_with(b"\n"));
        }
    }
}

#[test]
fn groups_without_end_and_deeper_than_allowed_do_no_harm() {
    let open = [7u8, 0, 1, 0, 0, 0, 0, 0, b'g'];
    let run = open.repeat(2_000);
    let name = format!("{{{}g}}", "g.".repeat(100));
    for (look, colored, _) in looks() {
        let mut formatter = Formatter::new(&look, colored);
        let thread = Thread::default();
        let layers = Layers { own: Fields::new(&run), ..Layers::default() };
        let event = Event {
            unix_ns: 0,
            level: Level::Info,
            message: name.as_bytes(),
            is_template: true,
            fields: layers,
            logger: "",
            source: None,
            thread: &thread,
            seq: 0,
        };
        let room = formatter.prepare(&event).unwrap();
        let mut out = Vec::new();
        formatter.line(&event, &mut out);
        assert!(out.len() <= room);
    }
}

#[test]
fn the_shortest_text_of_a_number_reads_back_as_the_number() {
    let mut random = Random(19);
    let look = looks().into_iter().find(|(look, ..)| look.format == Format::Logfmt).unwrap().0;
    let mut formatter = Formatter::new(&look, false);
    for _ in 0..20_000 {
        let bits = (random.below(1 << 31) as u64) << 33 ^ (random.below(1 << 31) as u64) << 16;
        let number = f64::from_bits(bits);
        let case = Case { own: vec![(b"n".to_vec(), Owned::F64(number))], ..Case::default() };
        let line = String::from_utf8(super::line(&mut formatter, &case)).unwrap();
        let text = line.trim_end().rsplit_once(" n=").unwrap().1;
        if number.is_finite() {
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            assert!(text.contains(['.', 'e']), "{text} looks like an integer");
        } else {
            assert!(["NaN", "Infinity", "-Infinity"].contains(&text), "{text}");
        }
    }
}
