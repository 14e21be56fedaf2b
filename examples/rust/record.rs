//! Fields, templates, derived loggers, hooks: `cargo run --example record`.

use alog::{Config, Error, HookRecord, Level, Logger};
use std::net::Ipv4Addr;
use std::sync::Arc;

fn main() -> Result<(), Error> {
    let mut config = Config::new();
    config.set("name", "shop")?;
    config.set("level", "debug+")?;
    config.field("version", env!("CARGO_PKG_VERSION"))?;
    config.add_sink("console:?pattern={level|<6} {logger} {message} [{fields}] {source}")?;
    config.add_sink("file:shop.json?format=json&level=notice")?;
    config.add_pre_hook("request-id", Arc::new(add_request_id))?;
    let log = Logger::new(&config)?;

    fields(&log)?;
    macros(&log);
    children(&log)?;
    levels(&log)?;
    log.stop(None)
}

/// Runs on the thread that logs: here it could look into a thread-local.
fn add_request_id(record: &mut HookRecord<'_>) -> std::io::Result<()> {
    Ok(record.set("request_id", 4711)?)
}

fn fields(log: &Logger) -> Result<(), Error> {
    log.event(Level::Info, "user {user} bought {cart.count} things")
        .field("user", 5)
        .group("cart", |cart| cart.field("count", 3).field("total", 59.97))
        .send()
}

fn macros(log: &Logger) {
    let (user, address) = (5, Ipv4Addr::LOCALHOST);
    alog::info!(log, "user {user} logged in", user, from = %address);
    if let Err(error) = "many".parse::<u32>() {
        alog::error!(log, "no such number: {given}", given = "many", ?error);
    }
    alog::trace!(log, "never computed, for trace is off", sum = (0..u64::MAX).sum::<u64>());
}

fn children(log: &Logger) -> Result<(), Error> {
    let mut config = Config::new();
    config.set("name", "db")?;
    config.field("shard", 3)?;
    let db = log.child(&config)?; // "shop.db", with version=... shard=3
    alog::notice!(db, "reconnected", attempts = 2);
    Ok(())
}

fn levels(log: &Logger) -> Result<(), Error> {
    log.set_levels("debug|warn+")?;
    assert!(!log.is_enabled(Level::Info));
    log.set_levels("info+")
}
