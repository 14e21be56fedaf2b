//! The program `alog`, run on files that the library wrote.

mod cat;
mod follow;
mod others;
mod recover;
mod run;
mod terminal;
mod tree;
mod verdict;
mod verify;
