//! The floor under this project, checked by machine: what is written twice agrees, and what the
//! documents say of the code is so. A test's name is the sentence that it checks.
//!
//! | module | what it compares |
//! |---|---|
//! | `layers` | the imports with the floors in `ARCHITECTURE.md` and `src/lib.rs` |
//! | `header` | `include/alog.h` with what is generated, its names with those in the documents |
//! | `symbols` | the exports of the built library with the header and the ledger |
//! | `layouts` | structs and constants with the ledger, as Rust and as C see them |
//! | `docs` | the documentation of every export with the order that it must have |
//! | `snippets` | code in documents with what compiles and what runs |
//! | `versions` | every place that names a version |
//! | `bindings` | the statuses of Python and Go with the header |
//! | `configuration` | the reference and the example file with what is taken |
//! | `reliability` | the faults and attacks of the documents with the tests that there are |
//! | `hygiene` | file lengths, paths, sleeps, `unsafe` |
//!
//! A ledger (`tests/ledger`) is what was promised to programs that exist: what it lists is never changed,
//! only added to.

mod compiler;
mod tree;

mod bindings;
mod configuration;
mod docs;
mod header;
mod hygiene;
mod layers;
mod layouts;
mod reliability;
mod snippets;
mod symbols;
mod versions;
