//! Fields whose values nobody is to see: no format shows them, wherever they come from.

use crate::doubles::Recorder;
use crate::setup::*;
use alog::{Code, Config, Destination, HookRecord, Level, Logger};
use std::io;
use std::sync::Arc;

const SECRET: &str = "hunter2";

/// The lines of a record that is full of secrets, by sinks with these parameters.
fn lines(settings: &str, parameters: &[&str]) -> Vec<Vec<String>> {
    let recorders: Vec<_> = parameters.iter().map(|_| Recorder::good()).collect();
    let mut config = config(settings);
    config.field("password", SECRET).unwrap();
    config.group("host", |host| host.field("token", SECRET).field("name", "web1")).unwrap();
    let sets = |record: &mut HookRecord<'_>| -> io::Result<()> { Ok(record.set("pin", SECRET)?) };
    config.add_pre_hook("pre", Arc::new(sets)).unwrap();
    let sets = |record: &mut HookRecord<'_>| -> io::Result<()> { Ok(record.set("Token", SECRET)?) };
    config.add_post_hook("post", Arc::new(sets)).unwrap();
    for (recorder, parameters) in recorders.iter().zip(parameters) {
        config.add_destination(&format!("one?{parameters}"), recorder.clone()).unwrap();
    }
    let log = Logger::new(&config).unwrap();
    for _ in 0..2 {
        log.event(Level::Info, "as {user} with {password}, {auth.token} and {auth}")
            .field("user", "eve")
            .group("auth", |auth| {
                auth.field("PASSWORD", SECRET)
                    .field("token", 4_242_424_242_i64)
                    .group("deep", |deep| deep.field("pin", true).field("shown", 1))
            })
            .send()
            .unwrap();
    }
    log.event(Level::Info, "overridden").field("password", SECRET).send().unwrap();
    log.write(Level::Info, "plain").unwrap();
    close(&log);
    recorders.iter().map(|recorder| recorder.lines()).collect()
}

#[test]
fn no_format_shows_a_value_that_is_hidden() {
    let formats = ["text", "raw", "json", "logfmt"].map(|format| format!("format={format}"));
    let pattern = "pattern={message} {fields} {field:password} {field:auth.token}";
    let all_fields = "pattern={all_fields} {field:auth}";
    let sinks: Vec<_> = formats.iter().map(String::as_str).chain([pattern, all_fields]).collect();
    let settings = "redact=password,TOKEN,pin";
    for (sink, lines) in sinks.iter().zip(lines(settings, &sinks)) {
        assert_eq!(lines.len(), 4, "{sink}");
        for line in &lines {
            assert!(!line.contains(SECRET) && !line.contains("4242424242"), "{sink}: {line}");
        }
        assert!(lines[0].contains("***"), "{sink}: {}", lines[0]);
    }
}

#[test]
fn a_hidden_field_keeps_its_key_and_its_place() {
    let settings = "format=logfmt time_key= level_key= message_key=m redact=password,token,pin";
    let lines = lines(settings, &["", "format=json"]);
    let message = "as eve with ***, *** and {PASSWORD=*** token=*** deep={pin=*** shown=1}}";
    assert_eq!(
        lines[0][1],
        format!(
            "m=\"{message}\" password=*** host.token=*** host.name=web1 pin=*** user=eve \
             auth.PASSWORD=*** auth.token=*** auth.deep.pin=*** auth.deep.shown=1 Token=***"
        )
    );
    assert_eq!(
        lines[1][1],
        format!(
            "{{\"m\":\"{message}\",\"password\":\"***\",\"host\":{{\"token\":\"***\",\"name\":\"web1\"}},\
             \"pin\":\"***\",\"user\":\"eve\",\"auth\":{{\"PASSWORD\":\"***\",\"token\":\"***\",\
             \"deep\":{{\"pin\":\"***\",\"shown\":1}}}},\"Token\":\"***\"}}"
        )
    );
}

#[test]
fn a_sink_hides_what_it_names_beside_what_the_logger_does() {
    let settings = "format=logfmt time_key= level_key= message_key= redact=password";
    let lines = lines(settings, &["", "redact=auth,pin"]);
    assert!(lines[0][0].contains("password=*** host.token=hunter2 host.name=web1 pin=hunter2"));
    assert!(lines[1][0].contains("password=*** host.token=hunter2 host.name=web1 pin=***"));
    assert!(lines[1][0].contains(" auth=*** "), "{}", lines[1][0]);
}

#[test]
fn a_path_hides_the_field_of_that_group_only() {
    let settings = "format=logfmt time_key= level_key= message_key= redact=host.token";
    let lines = &lines(settings, &[""])[0];
    assert!(lines[0].contains("host.token=*** host.name=web1"), "{}", lines[0]);
    assert!(lines[0].contains("auth.token=42"), "{}", lines[0]);
}

#[test]
fn a_derived_loggers_sink_hides_what_its_root_hides() {
    let recorder = Recorder::good();
    let root = logger_to("format=logfmt redact=password", Recorder::good());
    let mut config = Config::new();
    config.add_destination("child?redact=pin", recorder.clone()).unwrap();
    config.field("password", SECRET).unwrap();
    let child = root.child(&config).unwrap();
    child.event(Level::Info, "m").field("pin", SECRET).send().unwrap();
    root.stop(Some(PATIENCE)).unwrap();
    assert!(recorder.lines()[0].ends_with(" password=*** pin=***"));
}

#[test]
fn an_empty_name_is_refused() {
    assert_eq!(Config::new().set("redact", "a,,b").unwrap_err().code, Code::Value);
    let none: Arc<dyn Destination> = Recorder::good();
    assert_eq!(Config::new().add_destination("x?redact=,", none).unwrap_err().code, Code::Value);
}
