//! alog behind the `log` crate: `cargo run --features log --example with_log`.

use alog::{Config, Error, Logger};

fn main() -> Result<(), Error> {
    let mut config = Config::new();
    config.set("level", "debug")?;
    let logger = alog::adapter::log::install(Logger::new(&config)?).expect("the only backend");

    log::info!(user = 5, address = "::1"; "logged in");
    log::debug!(target: "db", "connected after {} ms", 12);

    logger.stop(None) // writes everything that was accepted
}
