//! A message can be restored from its line, whatever its bytes are.

use crate::random::Random;
use crate::setup::{Scratch, close, logger_at};
use alog::{Config, Level, Logger};

/// The way back, as a reader of the log goes it who knows the format only.
fn restore(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = line.chars();
    let hexadecimal = |chars: &mut std::str::Chars<'_>, digits: usize| {
        let text: String = chars.by_ref().take(digits).collect();
        assert_eq!(text.len(), digits, "{line:?}");
        u32::from_str_radix(&text, 16).expect(line)
    };
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            bytes.extend(ch.to_string().bytes());
            continue;
        }
        match chars.next().expect(line) {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '\\' => bytes.push(b'\\'),
            'x' => bytes.push(hexadecimal(&mut chars, 2) as u8),
            'u' => {
                let ch = char::from_u32(hexadecimal(&mut chars, 4)).expect(line);
                bytes.extend(ch.to_string().bytes());
            }
            other => panic!("no escape: {other}"),
        }
    }
    bytes
}

/// Any bytes; or pieces of UTF-8 and of escapes, whole and cut.
fn message(random: &mut Random) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"\\",
        b"\\n",
        b"\\x41",
        b"\\u0085",
        b"\n",
        b"\r\n",
        b"\t",
        b"\0",
        b"\x1b[0m",
        "\u{85}".as_bytes(),
        "\u{2028}".as_bytes(),
        "é".as_bytes(),
        "🦀".as_bytes(),
        b"\xe2\x80",
        b"\xff",
        b"plain",
    ];
    let length = random.below(40);
    if random.below(2) == 0 {
        (0..length * 4).map(|_| random.below(256) as u8).collect()
    } else {
        (0..length).flat_map(|_| PIECES[random.below(PIECES.len())]).copied().collect()
    }
}

/// The messages that stand in a log of the text format.
fn read(text: &str) -> Vec<Vec<u8>> {
    let message = |line: &str| {
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(!line.contains(['\u{2028}', '\u{2029}']), "{line:?}");
        restore(line.split_once("Z] INFO - ").expect("a record").1)
    };
    text.split_terminator('\n').map(message).collect()
}

#[test]
fn every_message_can_be_restored_from_its_line() {
    let scratch = Scratch::new();
    let log = logger_at("", &[&scratch.spec("log")]);
    let mut random = Random(1);
    let messages: Vec<Vec<u8>> = (0..20_000).map(|_| message(&mut random)).collect();
    messages.iter().for_each(|message| log.write(Level::Info, message).unwrap());
    assert_eq!(close(&log).written, 20_000);
    let restored = read(&scratch.text("log"));
    assert_eq!(restored.len(), messages.len());
    for (restored, message) in restored.iter().zip(&messages) {
        // The newline that ends a line may be the message's own.
        assert_eq!(restored, message.strip_suffix(b"\n").unwrap_or(message));
    }
}

#[test]
fn every_byte_and_every_character_can_be_restored() {
    let scratch = Scratch::new();
    let log = logger_at("", &[&scratch.spec("log")]);
    let characters: Vec<char> = ('\0'..=char::MAX).collect();
    let bytes = (0..=255u8).map(|byte| vec![b'a', byte, b'b']);
    let texts = characters.chunks(1000).map(|part| part.iter().collect::<String>().into_bytes());
    let messages: Vec<Vec<u8>> = bytes.chain(texts).collect();
    messages.iter().for_each(|message| log.write(Level::Info, message).unwrap());
    close(&log);
    assert_eq!(read(&scratch.text("log")), messages);
}

#[test]
fn what_ends_in_a_newline_can_be_written_back_line_by_line() {
    // As a host does that passes lines on which end in a newline already.
    let scratch = Scratch::new();
    let mut config = Config::new();
    config.add_sink(&format!("{}?format=raw", scratch.spec("log"))).unwrap();
    let log = Logger::new(&config).unwrap();
    let text = "one\n\ntwo\n";
    text.split_inclusive('\n').for_each(|line| log.write(Level::Info, line).unwrap());
    close(&log);
    assert_eq!(scratch.text("log"), text);
}
