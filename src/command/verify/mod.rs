//! `alog verify`
