//! Keeps what comes from the program on one line, so that it can be restored and cannot forge another line
//! (CWE-117).
//!
//! In text: `\n` `\r` `\t` `\\` for the common ones; `\xNN` for other control bytes and for bytes that are not
//! UTF-8; `\uNNNN` for the control characters U+0080 to U+009F and the separators U+2028 and U+2029.
//! Every escape begins with a backslash and every backslash is escaped: the way back is unambiguous.
//! In quotes also `\"`, in structured data also `\"` and `\]`. In JSON its own escapes; a byte that is not UTF-8 becomes the text `\xNN`.

use crate::field::Out;

/// What a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Quotes,
    Structured,
    Json,
}

/// Puts `bytes` behind `out`, escaped as text.
#[inline]
pub fn text(bytes: &[u8], out: &mut impl Out) {
    if all(bytes, |byte| is_printable(byte) & (byte != b'\\')) {
        out.put(bytes);
    } else {
        escape(bytes, Place::Text, out);
    }
}

/// Puts a value of logfmt: as it is, or in quotes if it is empty or has a blank, `"`, `=` or anything that
/// text escapes.
#[inline]
pub fn value(bytes: &[u8], out: &mut impl Out) {
    if bytes.is_empty() || !all(bytes, stands) {
        quote(bytes, out);
    } else {
        out.put(bytes);
    }
}

fn quote(bytes: &[u8], out: &mut impl Out) {
    if !all(bytes, |byte| is_printable(byte) & (byte != b'\\') & (byte != b'"')) {
        quote_escaped(bytes, out);
    } else {
        out.put(b"\"");
        out.put(bytes);
        out.put(b"\"");
    }
}

#[cold]
fn quote_escaped(bytes: &[u8], out: &mut impl Out) {
    let is_plain = std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.contains(|ch| matches!(ch, '"' | '=' | ' ') || is_escaped(ch)));
    if is_plain {
        out.put(bytes);
    } else {
        out.put(b"\"");
        escape(bytes, Place::Quotes, out);
        out.put(b"\"");
    }
}

/// Puts what stands between the quotes of a value of structured data (RFC 5424).
pub fn structured(bytes: &[u8], out: &mut impl Out) {
    let stands = |byte| is_printable(byte) & (byte != b'\\') & (byte != b'"') & (byte != b']');
    if all(bytes, stands) {
        out.put(bytes);
    } else {
        escape(bytes, Place::Structured, out);
    }
}

/// ASCII that stands for itself in a value of logfmt without quotes, and in a key.
#[inline(always)]
fn stands(byte: u8) -> bool {
    is_printable(byte) & (byte != b'\\') & (byte != b'"') & (byte != b'=') & (byte != b' ')
}

/// Puts a string of JSON, with its quotes.
#[inline]
pub fn json(bytes: &[u8], out: &mut impl Out) {
    out.put(b"\"");
    in_json(bytes, out);
    out.put(b"\"");
}

/// Puts what stands between the quotes of a string of JSON.
#[inline]
pub fn in_json(bytes: &[u8], out: &mut impl Out) {
    if all(bytes, |byte| is_printable(byte) & (byte != b'\\') & (byte != b'"')) {
        out.put(bytes);
    } else {
        escape(bytes, Place::Json, out);
    }
}

/// Puts a key of logfmt: each byte that a key cannot have becomes `_`, and so does an empty key. A backslash is
/// one of them: in a line it only begins escapes.
#[inline]
pub fn key(bytes: &[u8], out: &mut impl Out) {
    if !bytes.is_empty() && all(bytes, stands) {
        out.put(bytes);
    } else {
        replace(bytes, out);
    }
}

#[cold]
fn replace(bytes: &[u8], out: &mut impl Out) {
    if bytes.is_empty() {
        out.put(b"_");
    }
    for chunk in bytes.utf8_chunks() {
        for ch in chunk.valid().chars() {
            if matches!(ch, '"' | '=' | ' ') || is_escaped(ch) {
                out.put(&b"___"[..ch.len_utf8()]); // what is escaped is at most U+2029
            } else {
                out.put(ch.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        chunk.invalid().iter().for_each(|_| out.put(b"_"));
    }
}

/// Whether all bytes are so. Written so that the compiler tests many bytes at once.
#[inline(always)]
fn all(bytes: &[u8], is_so: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |so_far, &byte| so_far & is_so(byte))
}

/// ASCII that is no control character.
#[inline(always)]
fn is_printable(byte: u8) -> bool {
    byte.wrapping_sub(0x20) < 0x5f
}

/// What stands for itself in no line.
fn is_escaped(ch: char) -> bool {
    ch.is_control() || matches!(ch, '\\' | '\u{2028}' | '\u{2029}')
}

#[cold]
fn escape(bytes: &[u8], place: Place, out: &mut impl Out) {
    let is_escaped = |ch| {
        is_escaped(ch)
            || (ch == '"' && place != Place::Text)
            || (ch == ']' && place == Place::Structured)
    };
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        let mut done = 0;
        for (at, ch) in valid.char_indices().filter(|&(_, ch)| is_escaped(ch)) {
            out.put(&valid.as_bytes()[done..at]);
            escape_char(ch, place, out);
            done = at + ch.len_utf8();
        }
        out.put(&valid.as_bytes()[done..]);
        for &byte in chunk.invalid() {
            out.put(if place == Place::Json { b"\\" } else { b"" });
            escape_byte(byte, out);
        }
    }
}

fn escape_char(ch: char, place: Place, out: &mut impl Out) {
    match ch {
        '\n' => out.put(b"\\n"),
        '\r' => out.put(b"\\r"),
        '\t' => out.put(b"\\t"),
        '\\' => out.put(b"\\\\"),
        '"' => out.put(b"\\\""),
        ']' => out.put(b"\\]"),
        '\u{8}' if place == Place::Json => out.put(b"\\b"),
        '\u{c}' if place == Place::Json => out.put(b"\\f"),
        _ if ch.is_ascii() && place != Place::Json => escape_byte(ch as u8, out),
        _ => {
            let code = ch as u32; // at most U+2029: four digits
            out.put(b"\\u");
            out.put(&[12, 8, 4, 0].map(|shift| digit((code >> shift) as u8)));
        }
    }
}

fn escape_byte(byte: u8, out: &mut impl Out) {
    out.put(&[b'\\', b'x', digit(byte >> 4), digit(byte)]);
}

/// The low four bits in hexadecimal.
fn digit(nibble: u8) -> u8 {
    b"0123456789abcdef"[nibble as usize & 15]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(message: &[u8]) -> String {
        let mut out = Vec::new();
        text(message, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// The way back, as a reader of the log would go it.
    fn restored(line: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = line.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            if first != b'\\' {
                bytes.push(first);
                continue;
            }
            let (&kind, tail) = rest.split_first().unwrap();
            let digits = match kind {
                b'x' => 2,
                b'u' => 4,
                _ => 0,
            };
            let number = std::str::from_utf8(&tail[..digits]).unwrap();
            let number = u32::from_str_radix(number, 16).unwrap_or_default();
            rest = &tail[digits..];
            match kind {
                b'n' => bytes.push(b'\n'),
                b'r' => bytes.push(b'\r'),
                b't' => bytes.push(b'\t'),
                b'\\' => bytes.push(b'\\'),
                b'x' => bytes.push(number as u8),
                b'u' => bytes.extend(char::from_u32(number).unwrap().to_string().into_bytes()),
                _ => panic!("no escape: {kind}"),
            }
        }
        bytes
    }

    #[test]
    fn what_needs_no_escape_stands_for_itself() {
        for message in ["", "plain", "with \"quotes\" and 100%", "grüße", "日本語", "🦀", "%n%s"]
        {
            assert_eq!(escaped(message.as_bytes()), message);
        }
    }

    #[test]
    fn each_kind_has_its_escape() {
        assert_eq!(escaped(b"a\nb\rc\td\\e"), r"a\nb\rc\td\\e");
        assert_eq!(escaped(b"\0\x1b[31m\x7f"), r"\x00\x1b[31m\x7f");
        assert_eq!(escaped(b"\xff\xc3"), r"\xff\xc3");
        assert_eq!(escaped("\u{85}\u{2028}\u{2029}".as_bytes()), r"\u0085\u2028\u2029");
    }

    fn put(how: fn(&[u8], &mut Vec<u8>), bytes: &[u8]) -> String {
        let mut out = Vec::new();
        how(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_quoted_only_if_it_could_be_misread() {
        for plain in ["a", "a-b/c:d{}[],;'", "grüße", "null", "-5"] {
            assert_eq!(put(value, plain.as_bytes()), plain);
        }
        assert_eq!(put(value, b""), r#""""#);
        assert_eq!(put(value, b"a b"), r#""a b""#);
        assert_eq!(put(value, b"a=b"), r#""a=b""#);
        assert_eq!(put(value, b"a\"b"), r#""a\"b""#);
        assert_eq!(put(value, b"a\\"), r#""a\\""#);
        assert_eq!(put(value, b"\n\x01\xff"), r#""\n\x01\xff""#);
        assert_eq!(put(value, "ä ö\u{85}".as_bytes()), r#""ä ö\u0085""#);
    }

    #[test]
    fn a_string_of_json_has_its_escapes() {
        assert_eq!(put(json, b"a b"), r#""a b""#);
        assert_eq!(put(json, b"\"\\/"), r#""\"\\/""#);
        assert_eq!(put(json, b"\x08\x0c\n\r\t\0\x1b\x7f"), r#""\b\f\n\r\t\u0000\u001b\u007f""#);
        assert_eq!(put(json, "\u{85}\u{2028}ä🦀".as_bytes()), r#""\u0085\u2028ä🦀""#);
        assert_eq!(put(json, b"\xff\xc3"), r#""\\xff\\xc3""#);
    }

    #[test]
    fn a_key_has_nothing_that_ends_it() {
        assert_eq!(put(key, b"a.b-c/d"), "a.b-c/d");
        assert_eq!(put(key, "größe".as_bytes()), "größe");
        assert_eq!(put(key, b""), "_");
        assert_eq!(put(key, b"a b=c\"d\\e\n"), "a_b_c_d_e_");
        assert_eq!(put(key, "\u{85}\u{2029}".as_bytes()), "_____");
        assert_eq!(put(key, b"\xff\xe2\x82"), "___");
    }

    #[test]
    fn every_message_can_be_restored_from_its_line() {
        let mut seed = 1u64;
        for _ in 0..20_000 {
            let message: Vec<u8> = (0..seed % 40)
                .map(|_| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    let pool = b"\\\\xnu0085\n\r\t\0\x1b\x7f\xc2\x85\xe2\x80\xa8\xff a";
                    pool[(seed >> 33) as usize % pool.len()]
                })
                .collect();
            seed = seed.wrapping_add(1);
            let line = escaped(&message);
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert_eq!(restored(&line), message, "{line:?}");
        }
    }
}
