//! The first log lines: `cargo run --example first`.

use alog::{Config, Error, Level, Logger};

fn main() -> Result<(), Error> {
    let mut config = Config::new();
    config.set("level", "debug")?;
    config.add_sink("console:")?;
    config.add_sink("stderr:?level=error&format=raw")?;

    let log = Logger::new(&config)?;
    log.write(Level::Info, "service started")?;
    log.write(Level::Error, "cannot reach \"db1\":\nconnection refused")?; // stays one line
    log.stop(None)?; // writes everything that was accepted

    while let Some(error) = log.poll_error() {
        eprintln!("the log itself failed: {error}");
    }
    println!("{} messages are written", log.stats().written);
    Ok(())
}
