//! Templates: `{name}` in a message stands for a field, `{a.b}` for one in a group, `{{` and `}}` for braces.
//! Everything else stands for itself, also a name that no field has.

use super::draft::Draft;
use super::fields::{Marks, find};
use super::pairs::bare;
use crate::field::Field;

/// How many bytes fields add to a message at most. A value that would exceed it is not inserted.
pub const MAX_INSERTED: usize = 1024 * 1024;

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Stands for itself.
    Text(&'a [u8]),
    /// A name, in braces.
    Name(&'a [u8]),
}

/// The pieces of a template, in order.
struct Pieces<'a>(&'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.0;
        let first = *rest.first()?;
        let (piece, taken) = match first {
            b'{' | b'}' if rest.get(1) == Some(&first) => (Piece::Text(&rest[..1]), 2),
            b'{' => match name(&rest[1..]) {
                Some(name) => (Piece::Name(name), name.len() + 2),
                None => (Piece::Text(&rest[..1]), 1),
            },
            b'}' => (Piece::Text(&rest[..1]), 1),
            _ => {
                let end = rest.iter().position(|byte| matches!(byte, b'{' | b'}'));
                let end = end.unwrap_or(rest.len());
                (Piece::Text(&rest[..end]), end)
            }
        };
        self.0 = &rest[taken..];
        Some(piece)
    }
}

/// The name at the beginning of `text` that a brace follows.
fn name(text: &[u8]) -> Option<&[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let len = text.iter().position(|byte| !is_part(byte))?;
    (len > 0 && text[len] == b'}').then(|| &text[..len])
}

/// Renders a template into `out`, and marks the fields in it as used. `None` without memory.
///
/// Any of the event's `fields` can be named, also one that an element overrides: what a message says is the same
/// in every format.
pub fn render(
    template: &[u8],
    fields: &[Field<'_>],
    lost: &Marks,
    used: &mut Marks,
    out: &mut Draft,
) -> Option<()> {
    out.begin(usize::MAX);
    let mut left = MAX_INSERTED;
    for piece in Pieces(template) {
        let name = match piece {
            Piece::Text(text) => {
                out.put(text);
                continue;
            }
            Piece::Name(name) => name,
        };
        let start = out.len();
        if let Some(field) = find(fields.iter(), name) {
            out.limit_to(left);
            bare(field.value, lost, out);
            if out.is_whole() {
                left -= out.len() - start;
                used.add(field.key)?;
                out.limit_to(usize::MAX);
                continue;
            }
            out.take_back(start);
        }
        out.put(b"{");
        out.put(name);
        out.put(b"}");
    }
    used.sort();
    out.is_whole().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(template: &str) -> Vec<Piece<'_>> {
        Pieces(template.as_bytes()).collect()
    }

    #[test]
    fn a_name_in_braces_is_a_name_and_all_else_is_text() {
        use Piece::{Name, Text};
        assert_eq!(pieces("a {b-1_C.d} e"), [Text(b"a "), Name(b"b-1_C.d"), Text(b" e")]);
        assert_eq!(pieces("{{a}}"), [Text(b"{"), Text(b"a"), Text(b"}")]);
        assert_eq!(pieces("{{{a}}}"), [Text(b"{"), Name(b"a"), Text(b"}")]);
        assert_eq!(pieces("{}"), [Text(b"{"), Text(b"}")]);
        assert_eq!(pieces("{a"), [Text(b"{"), Text(b"a")]);
        assert_eq!(pieces("{a b}"), [Text(b"{"), Text(b"a b"), Text(b"}")]);
        assert_eq!(pieces("{a{b}"), [Text(b"{"), Text(b"a"), Name(b"b")]);
        assert_eq!(pieces("}{"), [Text(b"}"), Text(b"{")]);
        assert_eq!(pieces(""), []);
    }
}
