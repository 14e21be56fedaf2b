//! alog behind the facades that Rust libraries log through.
#![cfg(any(feature = "log", feature = "tracing"))]

use crate::doubles::Recorder;
use crate::setup::close;
use alog::Logger;
use std::sync::Arc;

/// A logger that shows everything but the time, and what it writes.
fn logger(settings: &str) -> (Arc<Recorder>, Logger) {
    let recorder = Recorder::good();
    let mut config = crate::setup::config(&format!("format=json time_key= {settings}"));
    config.add_destination("one", recorder.clone()).unwrap();
    (recorder, Logger::new(&config).unwrap())
}

#[cfg(feature = "log")]
mod log {
    use super::*;
    use crate::{child, setup};
    use ::log::kv::Value;
    use ::log::{Log, Record};
    use alog::Level;
    use alog::adapter::log::{Backend, install};
    use std::fmt;

    #[test]
    fn a_record_of_log_keeps_message_level_target_source_and_typed_pairs() {
        let (recorder, log) = logger("level=all");
        let backend = Backend::new(log);
        let list = [1, 2];
        let pairs: [(&str, Value<'_>); 8] = [
            ("i", Value::from(-5)),
            ("u", Value::from(u64::MAX)),
            ("f", Value::from(0.5)),
            ("b", Value::from(true)),
            ("s", Value::from("a \"b\"")),
            ("n", Value::null()),
            ("c", Value::from('x')),
            ("d", Value::from_debug(&list)),
        ];
        let file = Some("src/a.rs");
        for level in ::log::Level::iter() {
            let args = format_args!("{{i}} {}", 7);
            let mut record = Record::builder();
            record.level(level).target("app::db").args(args).key_values(&pairs);
            backend.log(&record.file_static(file).line(Some(12)).build());
            backend.log(&record.file(file).line(Some(12)).build());
        }
        backend.flush();
        let lines = recorder.lines();
        for (number, name) in ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].iter().enumerate() {
            let line = format!(
                r#"{{"level":"{name}","source":"a.rs:12","message":"{{i}} 7","target":"app::db","i":-5,"u":18446744073709551615,"f":0.5,"b":true,"s":"a \"b\"","n":null,"c":"x","d":"[1, 2]"}}"#
            );
            assert_eq!(lines[2 * number..][..2], [&*line, &*line]);
        }
        close(backend.logger());
    }

    /// Shows itself only if it is asked to.
    struct Precious;

    impl fmt::Display for Precious {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("it is shown although the level is off")
        }
    }

    #[test]
    fn levels_are_those_of_the_logger_also_when_they_change() {
        let (recorder, log) = logger("level=warn");
        let backend = Backend::new(log).target_key("");
        let write = |level| {
            let metadata = ::log::Metadata::builder().level(level).build();
            let mut record = Record::builder();
            record.metadata(metadata.clone());
            if backend.enabled(&metadata) {
                backend.log(&record.args(format_args!("{level}")).build());
            } else {
                backend.log(&record.args(format_args!("{Precious}")).build());
            }
        };
        write(::log::Level::Debug);
        write(::log::Level::Error);
        backend.logger().set_levels("debug").unwrap();
        write(::log::Level::Debug);
        close(backend.logger());
        let line = |level| format!(r#"{{"level":"{level}","message":"{level}"}}"#);
        assert_eq!(recorder.lines(), [line("ERROR"), line("DEBUG")]);
    }

    /// Fails in the middle of showing itself.
    struct Half;

    impl fmt::Display for Half {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }

    #[test]
    fn a_message_of_log_that_fails_to_show_itself_is_what_it_has_shown() {
        let (recorder, log) = logger("");
        let backend = Backend::new(log).target_key("");
        backend.log(&Record::builder().args(format_args!("a {Half} b")).build());
        close(backend.logger());
        assert_eq!(recorder.lines(), [r#"{"level":"INFO","message":"a half"}"#]);
    }

    #[test]
    fn a_stopped_logger_behind_log_does_no_harm() {
        let (recorder, log) = logger("");
        log.stop(None).unwrap();
        let backend = Backend::new(log);
        backend.log(&Record::builder().args(format_args!("late")).build());
        backend.flush();
        assert_eq!((backend.logger().stats().accepted, recorder.lines().len()), (0, 0));
    }

    #[test]
    fn an_installed_backend_takes_what_the_macros_of_log_say() {
        let done = child::run(|directory| {
            let at = |name| {
                let spec = setup::spec(&directory.join(name));
                setup::logger_at("format=logfmt time_key= source_key=", &[&spec])
            };
            let log = install(at("log")).unwrap();
            ::log::info!(user = 5, address:% = "a b"; "logged in");
            ::log::warn!(target: "db", "{} left", 3);
            ::log::debug!("off");
            let second = at("second");
            second.write(Level::Info, "before").unwrap();
            assert!(install(second).is_err(), "there is one already");
            ::log::logger().flush();
            assert_eq!(log.stats().written, 2);
        });
        assert_eq!(
            done.scratch.text("log").lines().collect::<Vec<_>>(),
            [
                r#"level=info message="logged in" target=promises::adapters::log user=5 address="a b""#,
                r#"level=warn message="3 left" target=db"#,
            ]
        );
        assert!(done.scratch.text("second").contains("before"));
    }
}

#[cfg(feature = "tracing")]
mod tracing {
    use super::*;
    use crate::{child, setup};
    use ::tracing::subscriber::with_default;
    use ::tracing::{Span, debug, error, event, field, info, info_span, trace, warn};
    use alog::adapter::tracing::Layer;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::{fmt, io};
    use tracing_subscriber::prelude::*;

    /// Runs `body` with a logger as the only layer; gives the lines.
    fn lines(settings: &str, with: fn(Layer) -> Layer, body: impl FnOnce(&Logger)) -> Vec<String> {
        let (recorder, log) = logger(settings);
        let log = Arc::new(log);
        let layer = with(Layer::new(Arc::clone(&log)));
        with_default(tracing_subscriber::registry().with(layer), || body(&log));
        close(&log);
        recorder.lines()
    }

    fn bare(layer: Layer) -> Layer {
        layer.target_key("").spans_key("")
    }

    #[test]
    fn an_event_keeps_message_level_target_source_and_typed_values() {
        let line = std::cell::Cell::new(0);
        let written = lines(
            "level=all",
            |layer| layer,
            |_| {
                let gone = io::Error::other("gone");
                let cause: &dyn std::error::Error = &gone;
                line.set(line!() + 1);
                error!(target: "db", i = -5, u = u64::MAX, f = 0.5, b = true, s = "a", error = cause, d = ?[1], "{} {{i}}", 7);
            },
        );
        let line = line.get();
        assert_eq!(
            written,
            [format!(
                r#"{{"level":"ERROR","source":"adapters.rs:{line}","message":"7 {{i}}","target":"db","i":-5,"u":18446744073709551615,"f":0.5,"b":true,"s":"a","error":"gone","d":"[1]"}}"#
            )]
        );
    }

    #[test]
    fn the_spans_of_an_event_are_groups_and_the_innermost_of_a_name_counts() {
        let written = lines(
            "source_key=",
            |layer| layer.target_key(""),
            |_| {
                let request = info_span!("request", id = 7, status = field::Empty).entered();
                info!("begun");
                info_span!("plain").in_scope(|| {
                    info_span!("request", id = 8).in_scope(|| info!(request.id = 9, "inner"));
                });
                request.record("status", 200);
                info!(id = 1, "done");
                drop(request);
                info!("outside");
                info!(parent: &info_span!("other", k = "v"), "of another");
            },
        );
        let line = |rest: &str| format!(r#"{{"level":"INFO","message":{rest}}}"#);
        let expected = [
            r#""begun","spans":"request","request":{"id":7}"#,
            r#""inner","spans":"request:plain:request","request":{"id":8},"request.id":9"#,
            r#""done","spans":"request","request":{"id":7,"status":200},"id":1"#,
            r#""outside""#,
            r#""of another","spans":"other","other":{"k":"v"}"#,
        ];
        assert_eq!(written, expected.map(line));
    }

    #[test]
    fn a_message_of_tracing_that_is_no_text_is_the_message() {
        let written = lines("source_key=", bare, |_| {
            info!(message = 5);
            info!(message = -5, k = 1);
            info!(message = u64::MAX);
            info!(message = 5.0);
            info!(message = true);
            info!(message = i128::MAX);
            info_span!("s", message = 5).in_scope(|| info!("of a span"));
        });
        let line = |rest: &str| format!(r#"{{"level":"INFO","message":{rest}}}"#);
        let expected = [
            r#""5""#,
            r#""-5","k":1"#,
            r#""18446744073709551615""#,
            r#""5.0""#,
            r#""true""#,
            r#""170141183460469231731687303715884105727""#,
            r#""of a span","s":{"message":5}"#,
        ];
        assert_eq!(written, expected.map(line));
    }

    /// Runs code of the program when it is shown.
    struct Shows<F>(F);

    impl<F: Fn()> fmt::Debug for Shows<F> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (self.0)();
            f.write_str("shown")
        }
    }

    #[test]
    fn a_value_that_logs_or_panics_while_a_span_takes_it_does_no_harm() {
        let done = child::run(|directory| {
            let log = setup::logger_at(
                "format=json time_key= source_key=",
                &[&setup::spec(&directory.join("log"))],
            );
            let log = Arc::new(log);
            let layer = bare(Layer::new(Arc::clone(&log)));
            with_default(tracing_subscriber::registry().with(layer), || {
                let span = info_span!("s", a = field::Empty, b = field::Empty).entered();
                span.record("a", field::debug(Shows(|| info!("within"))));
                let panicking = field::debug(Shows(|| panic!("no words")));
                let record = AssertUnwindSafe(|| _ = span.record("b", panicking));
                catch_unwind(record).unwrap_err();
                info!("after");
                span.record("b", 1);
                info!("later");
            });
            close(&log);
        });
        let line = |rest: &str| format!(r#"{{"level":"INFO","message":{rest}}}"#);
        let expected =
            [r#""within""#, r#""after","s":{"a":"shown"}"#, r#""later","s":{"a":"shown","b":1}"#];
        assert_eq!(done.scratch.text("log").lines().collect::<Vec<_>>(), expected.map(line));
    }

    #[test]
    fn levels_of_tracing_are_those_of_the_logger_also_when_they_change() {
        let written = lines("level=warn source_key=", bare, |log| {
            let all = || {
                trace!("m");
                debug!("m");
                info!("m");
                warn!("m");
                error!("m");
            };
            all();
            log.set_levels("trace|debug").unwrap();
            all();
        });
        let line = |level| format!(r#"{{"level":"{level}","message":"m"}}"#);
        assert_eq!(written, ["WARN", "ERROR", "TRACE", "DEBUG"].map(line));
    }

    #[test]
    fn two_layers_each_write_what_their_levels_say() {
        let (all, errors) = (logger("level=all source_key="), logger("level=error source_key="));
        let layers = [all.1, errors.1].map(Arc::new);
        let [first, second] = layers.each_ref().map(|log| bare(Layer::new(Arc::clone(log))));
        with_default(tracing_subscriber::registry().with(first).with(second), || {
            let _span = info_span!("s", k = 1).entered();
            event!(::tracing::Level::DEBUG, "d");
            Span::current().in_scope(|| error!("e"));
        });
        layers.iter().for_each(|log| _ = close(log));
        let line = |level, m| format!(r#"{{"level":"{level}","message":"{m}","s":{{"k":1}}}}"#);
        assert_eq!(all.0.lines(), [line("DEBUG", "d"), line("ERROR", "e")]);
        assert_eq!(errors.0.lines(), [line("ERROR", "e")]);
    }
}
