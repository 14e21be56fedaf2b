//! A layer of `tracing-subscriber`.
//!
//! An event becomes a record: its `message` is the message, as it stands, or the text of what it is, and its other
//! values are fields with their types. Its target becomes the field `target`; file, line and module become the source.
//!
//! The spans that an event stands in become, from the outermost on, one group each: named like the span, with
//! the span's fields in it, so that `{request.id}` in a pattern's `field:` and json both find them; of spans
//! of one name the innermost counts. A span without fields has no group. The field `spans` has the names of
//! all of them, with `:` between them. An event's own fields count more than these.
//!
//! Levels are those of the logger, also when they change while it runs. The layer switches off nothing for the
//! other layers; a program that wants the facade itself to pass over what is off gives it a filter of its own.
//!
//! ```
//! use alog::adapter::tracing::Layer;
//! use alog::{Config, Logger};
//! use std::sync::Arc;
//! use tracing_subscriber::prelude::*;
//!
//! # let mut config = Config::new();
//! # config.add_sink("file:/dev/null")?;
//! let logger = Arc::new(Logger::new(&config)?);
//! let subscriber = tracing_subscriber::registry().with(Layer::new(logger.clone()));
//! tracing::subscriber::with_default(subscriber, || {
//!     let _span = tracing::info_span!("request", id = 7).entered();
//!     tracing::info!(status = 200, "done");
//!     // ... INFO - done target=app spans=request request.id=7 status=200
//! });
//! # Ok::<(), alog::Error>(())
//! ```

use super::{TARGET_KEY, place};
use crate::field::{Run, Value};
use crate::level::Level;
use crate::logger::Logger;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The name of the field with the names of the spans.
const SPANS_KEY: &str = "spans";
/// The name that `tracing` has for the message of an event.
const MESSAGE: &str = "message";

/// A logger as a layer.
#[derive(Clone, Debug)]
pub struct Layer {
    logger: Arc<Logger>,
    target_key: String,
    spans_key: String,
}

impl Layer {
    /// Hands events over to `logger`.
    pub fn new(logger: Arc<Logger>) -> Self {
        Self { logger, target_key: TARGET_KEY.into(), spans_key: SPANS_KEY.into() }
    }

    /// The key of the field that holds the target; an empty one leaves it out.
    pub fn target_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.target_key);
        self
    }

    /// The key of the field that holds the names of the spans; an empty one leaves it out.
    pub fn spans_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.spans_key);
        self
    }

    /// Adds what the spans say that the event stands in.
    fn add_spans<S>(&self, event: &Event<'_>, context: &Context<'_, S>, fields: &mut Run)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(scope) = context.event_scope(event) else { return };
        let spans: Vec<_> = scope.from_root().collect();
        if !self.spans_key.is_empty() {
            let names: Vec<&str> = spans.iter().map(|span| span.name()).collect();
            fields.add(self.spans_key.as_bytes(), Value::from(&names.join(":")));
        }
        for span in spans {
            let extensions = span.extensions();
            if let Some(SpanFields(run)) =
                extensions.get().filter(|it: &&SpanFields| !it.0.is_empty())
            {
                fields.add_group(span.name().as_bytes(), |group| group.append(run));
            }
        }
    }
}

/// What a span carries for its events.
struct SpanFields(Run);

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Run::default();
        attributes.record(&mut Values { fields: &mut fields, message: None });
        span.extensions_mut().replace(SpanFields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Before the lock: a value's own code may log in this span, or panic.
        let mut added = Run::default();
        values.record(&mut Values { fields: &mut added, message: None });
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            fields.append(&added);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let level = level(*metadata.level());
        if !self.logger.is_enabled(level) {
            return;
        }
        let mut fields = Run::default();
        if !self.target_key.is_empty() {
            fields.add(self.target_key.as_bytes(), metadata.target().into());
        }
        self.add_spans(event, &context, &mut fields);
        let mut message = String::new();
        event.record(&mut Values { fields: &mut fields, message: Some(&mut message) });
        let event = self.logger.event(level, &message).verbatim().with_run(fields);
        // Counted, polled and told in the log: the facade has no word for it.
        let _ = event.source(source(metadata)).try_send();
    }
}

fn level(level: tracing_core::Level) -> Level {
    match level {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::DEBUG => Level::Debug,
        _ => Level::Trace,
    }
}

/// The number of the place that a callsite is at; 0 if it is unknown.
fn source(metadata: &'static Metadata<'static>) -> u32 {
    let module = metadata.module_path().unwrap_or_default();
    let line = metadata.line().unwrap_or(0);
    metadata.file().map_or(0, |file| place(file, line, module))
}

/// Takes the values of a span or an event in.
struct Values<'a> {
    fields: &'a mut Run,
    /// Where the message goes; a span has none.
    message: Option<&'a mut String>,
}

impl Values<'_> {
    fn add<T>(&mut self, field: &Field, value: T)
    where
        T: Copy + fmt::Debug + Into<Value<'static>>,
    {
        if self.message.is_some() && field.name() == MESSAGE {
            self.add_text(field, format_args!("{value:?}"));
        } else {
            self.fields.add(field.name().as_bytes(), value.into());
        }
    }

    fn add_text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        match &mut self.message {
            Some(message) if field.name() == MESSAGE => {
                // Fails only if the value's own code says so: what it has shown stays.
                let _ = fmt::Write::write_fmt(message, text);
            }
            _ => self.fields.add_text(field.name().as_bytes(), text),
        }
    }
}

impl Visit for Values<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add_text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add_text(field, format_args!("{value:?}"));
    }
}
