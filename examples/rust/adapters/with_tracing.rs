//! alog behind `tracing`: `cargo run --features tracing --example with_tracing`.

use alog::adapter::tracing::Layer;
use alog::{Config, Error, Logger};
use std::sync::Arc;
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Error> {
    let logger = Arc::new(Logger::new(&Config::new())?);
    let subscriber = tracing_subscriber::registry().with(Layer::new(Arc::clone(&logger)));
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");

    let request = tracing::info_span!("request", id = 7).entered();
    tracing::info!(status = 200, "done");
    drop(request);

    logger.stop(None) // writes everything that was accepted
}
