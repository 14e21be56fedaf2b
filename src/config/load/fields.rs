//! The table of base fields: each value keeps its type, a table is a group, a date or time is text as it stands there.

use super::document::{in_order, integer};
use super::place::Place;
use crate::config::{Config, parse};
use crate::error::{Code, Error};
use crate::field::{Run, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Adds the fields of a table.
pub fn add(
    config: &mut Config,
    value: &Spanned<DeValue<'_>>,
    place: &Place<'_>,
) -> Result<(), Error> {
    let refused = |error| place.error(value.span().start, error);
    let DeValue::Table(table) = value.get_ref() else {
        let why = format_args!("fields are a table: write [fields] above them");
        return Err(refused(parse::error(Code::Key, why)));
    };
    let mut run = Run::default();
    fill(&mut run, table, place)?;
    config.add_run(&run).map_err(refused)
}

fn fill(run: &mut Run, table: &DeTable<'_>, place: &Place<'_>) -> Result<(), Error> {
    for (key, value) in in_order(table) {
        let refused = |why: &str| {
            let error = parse::error(Code::Field, format_args!("{why}"));
            Err(place.error(value.span().start, error))
        };
        let name = key.get_ref().as_bytes();
        match value.get_ref() {
            DeValue::String(text) => run.add(name, Value::Str(text.as_bytes())),
            DeValue::Boolean(truth) => run.add(name, Value::Bool(*truth)),
            DeValue::Datetime(time) => run.add(name, Value::Str(time.to_string().as_bytes())),
            DeValue::Integer(number) => match integer(number) {
                Some(n) if i64::try_from(n).is_ok() => run.add(name, Value::I64(n as i64)),
                Some(n) if u64::try_from(n).is_ok() => run.add(name, Value::U64(n as u64)),
                _ => return refused("a field takes a number of at most 64 bits"),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => run.add(name, Value::F64(number)),
                Err(_) => return refused("a field takes a number of 64 bits"),
            },
            DeValue::Array(_) => return refused("a field takes no array: write a text or a table"),
            DeValue::Table(table) => {
                let mut filled = Ok(());
                run.add_group(name, |run| filled = fill(run, table, place));
                filled?;
            }
        }
        if run.as_bytes().is_none() {
            return refused(
                "a field has a key of at most 65535 bytes, and stands in at most 32 groups",
            );
        }
    }
    Ok(())
}
