//! Prints everything that can be configured, as Markdown: `make reference` writes CONFIGURATION.md with it.

fn main() {
    print!("{}", alog::Config::reference());
}
