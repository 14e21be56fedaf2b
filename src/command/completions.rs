//! `alog completions`: what a shell needs to complete arguments; and the pages of the manual.

use super::outlet::Outlet;
use super::{Failure, Outcome, Subcommand};
use clap_complete::Shell;
use clap_complete::aot::generate;
use std::path::PathBuf;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// For bash
    Bash,
    /// For zsh
    Zsh,
    /// For fish
    Fish,
    /// The pages of the manual, into the directory `--to`
    Man,
}

/// Prints what a shell needs to complete arguments
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  alog completions bash >~/.local/share/bash-completion/completions/alog
  alog completions man --to ~/.local/share/man/man1

Exit status: 0 it is printed, 2 an argument is wrong or it cannot be written.")]
pub struct Arguments {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    kind: Kind,
    /// The directory for pages of the manual
    #[arg(long, value_name = "DIR", required_if_eq("kind", "man"))]
    to: Option<PathBuf>,
}

impl Subcommand for Arguments {
    fn run(self) -> Outcome {
        let mut command = super::command();
        let shell = match self.kind {
            Kind::Bash => Shell::Bash,
            Kind::Zsh => Shell::Zsh,
            Kind::Fish => Shell::Fish,
            Kind::Man => {
                let to = self.to.unwrap_or_default();
                let made = clap_mangen::generate_to(command.disable_help_subcommand(true), &to);
                return made.map(|()| 0).map_err(|error| {
                    Failure::Other(format!("cannot write into \"{}\": {error}", to.display()))
                });
            }
        };
        let mut out = Outlet::new();
        out.put(|out| generate(shell, &mut command, "alog", out))?;
        out.flush()?;
        Ok(0)
    }
}
