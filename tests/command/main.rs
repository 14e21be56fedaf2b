//! The program `alog`, run on files that the library wrote.

mod cat;
mod follow;
mod others;
mod run;
mod verify;
