//! The backend of the `log` crate.
//!
//! A record's arguments become the message, as they stand; its key-value pairs become fields; its target
//! becomes the field `target`; file, line and module become the source. Levels are those of the logger, also when
//! they change while it runs: [`install`] sets the facade's own limit to the most talkative one.
//!
//! ```
//! use alog::{Config, Logger};
//!
//! # let mut config = Config::new();
//! # config.add_sink("file:/dev/null")?;
//! let logger: &'static Logger = alog::adapter::log::install(Logger::new(&config)?).unwrap();
//! log::info!(user = 5; "logged in"); // ... INFO - logged in target=app user=5
//! logger.stop(None)?;
//! # Ok::<(), alog::Error>(())
//! ```

use super::{TARGET_KEY, place};
use crate::field::{Run, Value};
use crate::level::Level;
use crate::logger::{Logger, source_number};
use ::log::kv::{self, Key, VisitSource, VisitValue};
use ::log::{LevelFilter, Log, Metadata, Record, SetLoggerError};
use std::fmt;

/// A logger as the backend of the `log` crate.
#[derive(Debug)]
pub struct Backend {
    logger: Logger,
    target_key: String,
}

/// Makes `logger` the backend of the `log` crate for the life of the process, and gives it back for
/// [`stop`](Logger::stop), [`set_levels`](Logger::set_levels) and the rest.
///
/// # Errors
/// If there is a backend already. The logger is stopped then.
pub fn install(logger: Logger) -> Result<&'static Logger, SetLoggerError> {
    install_backend(Backend::new(logger))
}

/// The same for a backend that was told more.
///
/// # Errors
/// As for [`install`].
pub fn install_backend(backend: Backend) -> Result<&'static Logger, SetLoggerError> {
    let backend = Box::leak(Box::new(backend));
    if let Err(error) = ::log::set_logger(backend) {
        // What was accepted is written; then nothing of it is left but memory.
        let _ = backend.logger.stop(None);
        return Err(error);
    }
    ::log::set_max_level(LevelFilter::Trace);
    Ok(&backend.logger)
}

impl Backend {
    /// Hands records over to `logger`.
    pub fn new(logger: Logger) -> Self {
        Self { logger, target_key: TARGET_KEY.into() }
    }

    /// The key of the field that holds the target; an empty one leaves it out.
    pub fn target_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.target_key);
        self
    }

    /// The logger.
    pub fn logger(&self) -> &Logger {
        &self.logger
    }
}

impl Log for Backend {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.is_enabled(level(metadata.level()))
    }

    fn log(&self, record: &Record<'_>) {
        let level = level(record.level());
        if !self.logger.is_enabled(level) {
            return;
        }
        let mut fields = Run::default();
        if !self.target_key.is_empty() {
            fields.add(self.target_key.as_bytes(), record.target().into());
        }
        // It fails only if the program's own code does: what it has shown stays.
        let _ = record.key_values().visit(&mut Pairs(&mut fields));
        let mut formatted = String::new();
        let message = match record.args().as_str() {
            Some(message) => message,
            None => {
                // As above; `to_string` would panic.
                let _ = fmt::Write::write_fmt(&mut formatted, *record.args());
                &formatted
            }
        };
        let event = self.logger.event(level, message).verbatim().with_run(fields);
        // Counted, polled and told in the log: the facade has no word for it.
        let _ = event.source(source(record)).try_send();
    }

    fn flush(&self) {
        // Refused only where waiting would never end.
        let _ = self.logger.flush(None);
    }
}

fn level(level: ::log::Level) -> Level {
    match level {
        ::log::Level::Error => Level::Error,
        ::log::Level::Warn => Level::Warn,
        ::log::Level::Info => Level::Info,
        ::log::Level::Debug => Level::Debug,
        ::log::Level::Trace => Level::Trace,
    }
}

/// The number of the place that a record comes from; 0 if it is unknown.
fn source(record: &Record<'_>) -> u32 {
    let module = record.module_path().unwrap_or_default();
    let line = record.line().unwrap_or(0);
    match (record.file_static(), record.file()) {
        (Some(file), _) => place(file, line, module),
        (None, Some(file)) => source_number(file.as_bytes(), line, module.as_bytes()).unwrap_or(0),
        (None, None) => 0,
    }
}

/// Takes pairs in.
struct Pairs<'a>(&'a mut Run);

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        value.visit(Pair { run: self.0, key: key.as_str() })
    }
}

/// Takes the value of one pair in.
struct Pair<'a> {
    run: &'a mut Run,
    key: &'a str,
}

impl Pair<'_> {
    fn add(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        self.run.add(self.key.as_bytes(), value);
        Ok(())
    }
}

impl<'v> VisitValue<'v> for Pair<'_> {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        self.run.add_text(self.key.as_bytes(), format_args!("{value}"));
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.add(Value::Null)
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.add(value.into())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.add(value.into())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.add(value.into())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.add(value.into())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.add(value.into())
    }
}
