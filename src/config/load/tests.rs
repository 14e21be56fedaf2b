use super::*;
use crate::config::{Color, Format, Overflow};
use crate::field::{Fields, Value};
use crate::level::{Level, LevelSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

fn loaded(text: &str) -> Config {
    let mut config = Config::new();
    config.load(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    config
}

/// The message for a text that is refused; the configuration must be as it was.
fn refused(text: &str) -> (Code, String) {
    let mut config = Config::new();
    let error = config.load(text).expect_err(text);
    assert_eq!((config.set, config.sinks.len(), config.profile.base.len()), (0, 0, 0), "{text}");
    assert_eq!(error.origin.as_str(), "config");
    (error.code, error.message.as_str().to_owned())
}

fn environment(variables: &[(&str, &str)]) -> Result<Config, Error> {
    let mut config = Config::new();
    config.add_sink("stderr:").unwrap();
    config.add_destination("one", Arc::new(Nowhere)).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    environment::apply(&mut config, "ALOG_", variables).map(|()| config)
}

struct Nowhere;

impl crate::Destination for Nowhere {
    fn write(&self, _: &[u8], _: u64) -> std::io::Result<()> {
        Ok(())
    }
}

fn names(config: &Config) -> Vec<&str> {
    config.sinks.iter().map(|sink| sink.name.as_str()).collect()
}

#[test]
fn a_plain_value_is_taken_as_the_text_that_it_stands_for() {
    let config =
        loaded("queue_bytes = 65_536\nworkers = 0x2\nLevel = 'warn'\nmax-message-bytes = \"2KiB\"");
    assert_eq!((config.queue_bytes, config.workers, config.max_message_bytes), (65536, 2, 2048));
    assert_eq!(config.levels, LevelSet::from_lowest(Level::Warn));
}

#[test]
fn a_sink_has_parameters_in_its_url_and_beside_it() {
    let config = loaded(
        "overflow = 'drop-newest'\n[[sink]]\nto = 'file:a&b.log?level=warn&format=json'\nlevel = 'error'\n\
         color = 'always'\npattern = '{level}?&%25 {message}'\n[[sink]]\nTo = \"console:\"\n",
    );
    assert_eq!(names(&config), ["file:a&b.log", "console:"]);
    assert_eq!(config.sinks[0].levels, LevelSet::from_lowest(Level::Error));
    let look = config.look_of(&config.sinks[0]);
    assert_eq!(look.color, Color::Always);
    let Format::Pattern(pattern) = look.format else { panic!("{:?}", look.format) };
    assert!(format!("{pattern:?}").contains("?&%25 "), "what is beside a URL needs no escapes");
    assert_eq!(config.overflow.of(Level::Info), Overflow::DropNewest);
}

#[test]
fn fields_keep_type_and_order_and_tables_are_groups() {
    let text = "[fields]\nz = 'text'\nn = -5\nbig = 18446744073709551615\nf = 1.5\nyes = true\n\
                day = 2026-01-31\n[fields.host]\nname = 'web1'\nrack.row = 3\n";
    let config = loaded(text);
    let fields = Fields::new(&config.profile.base);
    let keys: Vec<_> =
        fields.map(|field| String::from_utf8_lossy(field.key).into_owned()).collect();
    assert_eq!(keys, ["z", "n", "big", "f", "yes", "day", "host"]);
    let value = |name: &str| fields.find(name.as_bytes()).expect(name);
    assert_eq!(value("z"), Value::Str(b"text"));
    assert_eq!(value("n"), Value::I64(-5));
    assert_eq!(value("big"), Value::U64(u64::MAX));
    assert_eq!(value("f"), Value::F64(1.5));
    assert_eq!(value("yes"), Value::Bool(true));
    assert_eq!(value("day"), Value::Str(b"2026-01-31"));
    assert_eq!(value("host.name"), Value::Str(b"web1"));
    assert_eq!(value("host.rack.row"), Value::I64(3));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_was_meant() {
    for (text, code, message) in [
        ("\nlevle = 1", Code::Key, "2:1: no key \"levle\"; is it \"level\"?"),
        ("[sinks]", Code::Key, "1:2: no key \"sinks\"; is it \"sink\"?"),
        (
            "# ä\nformat = 'jsno' # ö",
            Code::Value,
            "2:10: format does not take \"jsno\"; is it \"json\"? it takes text, raw, json, logfmt",
        ),
        ("'é' = 1", Code::Key, "1:1: no key \"é\"; there are level, queue_bytes"),
        ("color = true", Code::Value, "1:9: color does not take \"true\"; it takes auto, always"),
        ("level = ['info']", Code::Value, "1:9: level takes no array: write a text"),
        ("level = {}", Code::Value, "1:9: level takes no table: write a text"),
        (
            "queue_bytes = -1",
            Code::Value,
            "1:15: queue_bytes does not take \"-1\"; it takes a size",
        ),
        ("queue-bytes = 0\nqueue_bytes = 0", Code::Key, "2:1: queue_bytes stands there twice"),
        ("level = 'info'\nlevel = 'warn'", Code::Syntax, "2:1: duplicate key"),
        ("level = info", Code::Syntax, "1:9: "),
        ("level = info # so", Code::Syntax, "1:9: text needs quotes: \"info\""),
        ("\nformat=text", Code::Syntax, "2:8: text needs quotes: \"text\""),
        ("queue_bytes = 1MiB", Code::Syntax, "1:15: text needs quotes: \"1MiB\""),
        (
            "[[sink]]\nto = 'file:a'\nmode = 0640",
            Code::Syntax,
            "3:8: text needs quotes: \"0640\"; mode takes permissions in octal such as 0640",
        ),
        (
            "redact = password,token",
            Code::Syntax,
            "1:18: unexpected key or value, expected newline, `#`; redact takes keys of fields",
        ),
        (
            "level =",
            Code::Syntax,
            "1:8: string values must be quoted, expected literal string; level",
        ),
        ("[fields]\nlevel = 01", Code::Syntax, "2:9: text needs quotes: \"01\"\n"),
        ("level = 'info", Code::Syntax, "1:14: invalid literal string, expected `'`"),
        ("[sink]\nto = 'stderr:'", Code::Key, "1:1: sinks are a list of tables: write [[sink]]"),
        ("sink = ['stderr:']", Code::Key, "1:9: sinks are a list of tables: write [[sink]]"),
        (
            "\n[[sink]]\nlevel = 'warn'",
            Code::Sink,
            "2:1: a sink needs \"to\", such as to = \"file:",
        ),
        ("[[sink]]\nto = 'Console:'", Code::Sink, "2:6: no sink \"Console:\"; is it \"console:\"?"),
        ("[[sink]]\nto = 'fiel:a'", Code::Sink, "2:6: no sink \"fiel:a\"; is it \"file:\"?"),
        (
            "[[sink]]\nlevel = 'warn'\n lvel = 'warn'\nto = 'file:a'",
            Code::Key,
            "3:2: file:a has no parameter \"lvel\"; is it \"level\"?",
        ),
        ("[[sink]]\nto='stderr:'\ncolor='no'", Code::Value, "3:7: color does not take \"no\"; it"),
        ("[[sink]]\nto='stderr:?color=no'\nlevel='all'", Code::Value, "2:4: color does not take"),
        ("[[sink]]\nto='fd:1'\nlevel=['all']", Code::Value, "3:7: level takes no array"),
        ("[[sink]]\nto='fd:1'\nTO='fd:2'", Code::Key, "3:1: TO stands there twice"),
        (
            "[[sink]]\nto='file:a'\ncompress='gz'",
            Code::Value,
            if cfg!(feature = "compress") {
                "3:10: compress does not take \"gz\"; is it \"gzip\"? it takes no, gzip, zstd"
            } else {
                "3:10: compress does not take \"gz\""
            },
        ),
        (
            "[[sink]]\nto='journald:'\nfacility='locl0'",
            Code::Value,
            "3:10: facility does not take \"locl0\"; is it \"local0\"? it takes kern, user",
        ),
        ("fields = 1", Code::Key, "1:10: fields are a table: write [fields] above them"),
        ("[fields]\na = [1]", Code::Field, "2:5: a field takes no array: write a text or a table"),
        (
            "[fields]\na = 99999999999999999999",
            Code::Field,
            "2:5: a field takes a number of at most",
        ),
    ] {
        let (actual, told) = refused(text);
        assert_eq!(actual, code, "{text}: {told}");
        assert!((told + "\n").starts_with(&format!("config:{message}")), "{text}");
    }
}

#[test]
fn what_nests_too_deep_is_refused() {
    let deep = |depth: usize| format!("[fields]\n{}x = 1", "a.".repeat(depth));
    assert!(Config::new().load(&deep(32)).is_ok());
    assert_eq!(refused(&deep(33)).0, Code::Field);
    assert_eq!(refused(&deep(1000)).0, Code::Syntax);
    assert_eq!(refused(&format!("a = {}", "[".repeat(100_000))).0, Code::Syntax);
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let text = "#".repeat(MOST);
    assert!(Config::new().load(&text).is_ok());
    assert_eq!(refused(&(text + "#")).1, "a configuration has at most 1048576 bytes");
}

#[test]
fn what_is_not_utf_8_is_refused_with_its_place() {
    let error =
        Config::new().load_bytes(b"level = 'warn'\nname = '\xc3\xa4\xff'", None).unwrap_err();
    assert_eq!(error.code, Code::Syntax);
    assert_eq!(error.message.as_str(), "config:2:10: this is not UTF-8");
}

#[test]
fn too_many_sinks_are_refused_where_the_first_of_them_stands() {
    let (code, told) = refused(&"[[sink]]\nto = 'fd:1'\n".repeat(65));
    assert_eq!((code, told.as_str()), (Code::Sink, "config:129:1: a logger has at most 64 sinks"));
}

#[test]
fn a_broken_text_is_an_error_and_never_a_panic() {
    let good = "level = \"debug|error+\" # x\nqueue_bytes = 1_0\n[fields]\na.b = {c = [1, 2.5e3], d = 1979-05-27}\n\
                s = '''\nx'''\n[[sink]]\nto = \"file:\\u00e9\"\n";
    // As random as it has to be, and the same each time.
    let mut state = 1u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for _ in 0..20_000 {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(3) {
                0 if bytes.len() > 1 => _ = bytes.remove(at),
                1 => bytes[at] = b"[]{}\"'=.,#\n\\0 \xc3"[next(15)],
                _ => bytes.truncate(1 + at),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = Config::new().load(&text) {
            assert!(error.message.as_str().starts_with("config:"), "{error}\n{text}");
        }
    }
}

#[test]
fn the_environment_sets_keys_and_replaces_the_sinks_that_have_urls() {
    let config = environment(&[
        ("ALOG_LEVEL", "debug"),
        ("ALOG_QUEUE_BYTES", "64KiB"),
        ("ALOG_SINKS", " file:a%3Bb.log?pattern={time} {message} ;;\nconsole:\n"),
        ("ALOG_FORMAT", ""),
        ("ALOG_LIBRARY", "/usr/lib"),
        ("LEVEL", "loud"),
    ])
    .unwrap();
    assert_eq!(config.levels, LevelSet::from_lowest(Level::Debug));
    assert_eq!(config.queue_bytes, 65536);
    assert_eq!(names(&config), ["callback:one", "file:a;b.log", "console:"]);
    assert_eq!(config.look.format, Format::Text);
}

#[test]
fn a_wrong_variable_is_told_by_name() {
    for (name, value, code, message) in [
        (
            "ALOG_LEVEL",
            "debgu",
            Code::Value,
            "ALOG_LEVEL: level does not take \"debgu\"; is it \"debug\"? it takes trace, debug",
        ),
        ("ALOG_LEVLE", "x", Code::Key, "no key has the variable ALOG_LEVLE; is it ALOG_LEVEL?"),
        ("ALOG_SINK", "x", Code::Key, "no key has the variable ALOG_SINK; is it ALOG_SINKS?"),
        ("ALOG_SINKS", "fd:1;x", Code::Sink, "ALOG_SINKS: no sink \"x\"; there are console:"),
    ] {
        let error = environment(&[(name, value)]).err().expect(name);
        assert_eq!(error.code, code);
        assert_eq!(error.origin.as_str(), "config:environment");
        assert!(error.message.as_str().starts_with(message), "{error}");
    }
}

#[test]
fn a_variable_that_is_no_text_is_refused() {
    let value = OsString::from_vec(b"\xff".to_vec());
    let variables = [("ALOG_LEVEL".into(), value)].into_iter();
    let error = environment::apply(&mut Config::new(), "ALOG_", variables).unwrap_err();
    assert_eq!(error.message.as_str(), "ALOG_LEVEL: its value is not UTF-8");
}

#[test]
fn what_two_texts_say_is_compared_and_not_how_they_say_it() {
    let text = "level = 'warn'\n[fields]\na = 1\nb = {c = true}\n[[sink]]\nto = 'stderr:'\nlevel = 'error'";
    let is_same = |other: &str| document::says_the_same(text.as_bytes(), other.as_bytes());
    for same in [
        text,
        "# why\nlevel=\"warn\" # so\n\n[fields]\na = 0x1\nb.c = true\n[[sink]]\nto = 'stderr:'\nlevel = 'error'\n",
        "level = 'warn'\nfields = {a = 1, b = {c = true}}\nsink = [{to = 'stderr:', level = 'error'}]",
    ] {
        assert!(is_same(same), "{same}");
    }
    for (from, to) in [
        ("warn", "info"),
        ("a = 1", "a = '1'"),
        ("a = 1", "a = 1.0"),
        ("a = 1\nb = {c = true}", "b = {c = true}\na = 1"),
        ("c = true", "c = false"),
        ("c = true", "c = true, d = 1"),
        ("\nlevel = 'error'", ""),
        ("[[sink]]\nto", "[[sink]]\nto = 'console:'\n[[sink]]\nto"),
        ("[fields]", "[fields"),
        (text, ""),
    ] {
        assert!(!is_same(&text.replace(from, to)), "{from} {to}");
    }
    assert!(
        !document::says_the_same(b"\xff", b"\xfe") && document::says_the_same(b"", b"# nothing")
    );
}
