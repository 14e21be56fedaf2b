//! `alog check`: whether a configuration is right.

use super::outlet::Outlet;
use super::{Failure, Outcome, Subcommand};
use alog::Config;

/// The exit status if the configuration is not right.
const WRONG: u8 = 1;

/// Checks a configuration: what the library would say to it
///
/// An error has line and column, the key, the value, what is allowed, and what was meant. Nothing is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog check app.toml
  alog check -v app.toml    and what it means

Exit status: 0 all are right, 1 one is not, 2 one cannot be read.")]
pub struct Arguments {
    /// TOML files
    #[arg(required = true, value_name = "CONFIG")]
    files: Vec<String>,
    /// Prints what each means
    #[arg(short, long)]
    verbose: bool,
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let mut out = Outlet::new();
        let mut status = 0;
        for name in &self.files {
            let mut config = Config::new();
            let loaded = config.load_file(name).and_then(|()| config.validate());
            match loaded {
                Ok(()) if self.verbose => out.put(|out| out.extend_from_slice(b""))?,
                Ok(()) => {}
                Err(error) => {
                    let is_unread = error.code == alog::Code::Open;
                    Failure::Other(error.message.as_str().to_owned()).show("check");
                    status = status.max(if is_unread { super::FAILED } else { WRONG });
                }
            }
        }
        out.flush()?;
        Ok(status)
    }
}
