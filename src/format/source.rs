//! A place in the program, as `file:line`.

use super::draft::Draft;
use super::pairs::scalar;
use crate::field::Value;
use crate::record::Source;

/// The last component of the path.
pub fn file(source: &Source) -> &[u8] {
    let path = source.file.as_bytes();
    let slash = path.iter().rposition(|byte| *byte == b'/');
    &path[slash.map_or(0, |at| at + 1)..]
}

/// Puts `:12`, if the line is known.
pub fn put_line(source: &Source, out: &mut Draft) {
    if source.line > 0 {
        out.put(b":");
        scalar(Value::U64(source.line.into()), out);
    }
}

/// Puts `main.c:12`, not escaped.
pub fn put(source: &Source, out: &mut Draft) {
    out.put(file(source));
    put_line(source, out);
}
