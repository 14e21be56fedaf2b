//! Keeps one message on one line, so that it can be restored and cannot forge another line (CWE-117).
//!
//! `\n` `\r` `\t` `\\` for the common ones; `\xNN` for other control bytes and for bytes that are not
//! UTF-8; `\uNNNN` for the control characters U+0080 to U+009F and the separators U+2028 and U+2029.
//! Every escape begins with a backslash and every backslash is escaped: the way back is unambiguous.

/// Puts `message` behind `out`, escaped.
#[inline]
pub fn text(message: &[u8], out: &mut Vec<u8>) {
    if message.iter().fold(true, |plain, &byte| plain & is_plain(byte)) {
        out.extend_from_slice(message);
    } else {
        escape(message, out);
    }
}

/// ASCII that stands for itself. Written so that the compiler tests many bytes at once.
#[inline(always)]
fn is_plain(byte: u8) -> bool {
    (byte.wrapping_sub(0x20) < 0x5f) & (byte != b'\\')
}

#[cold]
fn escape(message: &[u8], out: &mut Vec<u8>) {
    for chunk in message.utf8_chunks() {
        let valid = chunk.valid();
        let mut done = 0;
        for (at, ch) in valid.char_indices().filter(|&(_, ch)| needs_escape(ch)) {
            out.extend_from_slice(&valid.as_bytes()[done..at]);
            escape_char(ch, out);
            done = at + ch.len_utf8();
        }
        out.extend_from_slice(&valid.as_bytes()[done..]);
        for &byte in chunk.invalid() {
            escape_byte(byte, out);
        }
    }
}

fn needs_escape(ch: char) -> bool {
    ch.is_control() || matches!(ch, '\\' | '\u{2028}' | '\u{2029}')
}

fn escape_char(ch: char, out: &mut Vec<u8>) {
    match ch {
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\\' => out.extend_from_slice(b"\\\\"),
        _ if ch.is_ascii() => escape_byte(ch as u8, out),
        _ => {
            let code = ch as u32; // at most U+2029: four digits
            out.extend_from_slice(b"\\u");
            out.extend([12, 8, 4, 0].map(|shift| digit((code >> shift) as u8)));
        }
    }
}

fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte)]);
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
