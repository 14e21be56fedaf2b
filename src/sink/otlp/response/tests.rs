//! Answers as servers give them, and as nobody should.

use super::*;

/// Hands out so many bytes at once.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.1.min(buffer.len());
        let count = self.0.len().min(len);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// The same however it is cut to pieces.
fn read_all(answer: &str) -> io::Result<Response> {
    let whole = read(answer.as_bytes());
    for step in [1, 2, 3, 7] {
        let pieces = read(Trickle(answer.as_bytes(), step));
        match (&whole, &pieces) {
            (Ok(whole), Ok(pieces)) => assert_eq!(whole, pieces, "{answer:?}"),
            (Err(_), Err(_)) => {}
            _ => panic!("{answer:?}: {whole:?}, {pieces:?}"),
        }
    }
    whole
}

fn body(answer: &str) -> (String, bool) {
    let response = read_all(answer).unwrap();
    (String::from_utf8(response.body).unwrap(), response.keeps_alive)
}

#[test]
fn an_answer_ends_where_it_says() {
    let body = |answer| {
        let (body, keeps_alive) = body(answer);
        format!("{body} {keeps_alive}")
    };
    assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc true");
    assert_eq!(body("HTTP/1.1 200\r\ncontent-length:0\r\n\r\n"), " true");
    assert_eq!(body("HTTP/1.1 204 No\r\n\r\n"), " true");
    assert_eq!(body("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"), "abc false");
    assert_eq!(
        body("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na"),
        "a false"
    );
    assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nup to the end"), "up to the end false");
    assert_eq!(
        body(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
        ),
        "abc0123456789 true"
    );
    assert_eq!(
        body(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n"
        ),
        "a true"
    );
    assert_eq!(
        body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
        "a true"
    );
}

#[test]
fn what_is_no_answer_is_an_error() {
    for bad in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "\0\0\u{12}\u{4}\0\0\0\0\0",
    ] {
        assert!(read_all(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn whatever_comes_little_of_it_is_kept() {
    let length = format!("Content-Length: {}", u64::MAX);
    for headers in [length.as_str(), "X: y", "Transfer-Encoding: chunked"] {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\nfffffff\r\n");
        let response = read(head.as_bytes().chain(io::repeat(b'x'))).unwrap();
        assert_eq!((response.body.len(), response.keeps_alive), (MAX_BODY, false));
    }
    let one_by_one = b"1;xxxxxxxxxxxxxxxx\r\nx\r\n".repeat(100_000);
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert!(read(head.chain(&*one_by_one)).is_err());
    assert!(read(io::repeat(b'x')).is_err());
    assert!(read(b"HTTP/1.1 200 OK\r\nx: ".chain(io::repeat(b'x'))).is_err());
    let preliminary = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100_000);
    assert!(read(&*preliminary).is_err());
}

#[test]
fn a_pause_is_said_in_seconds_or_by_a_date_that_is_compared_with_the_answers_own_or_the_clock() {
    let pause = |headers: &str| {
        let answer = format!("HTTP/1.1 503 Busy\r\n{headers}\r\nContent-Length: 0\r\n\r\n");
        read_all(&answer).unwrap().retry_after.map(|pause| pause.as_secs())
    };
    const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(pause("Retry-After: 7"), Some(7));
    assert_eq!(pause("Retry-After: 18446744073709551615"), Some(3600));
    assert_eq!(pause(&format!("{DATE}\r\nRetry-After: Sun, 06 Nov 1994 08:50:00 GMT")), Some(23));
    assert_eq!(pause(&format!("{DATE}\r\nRetry-After: Sun, 06 Nov 1994 08:00:00 GMT")), Some(0));
    for date in ["X: y", "Date: today"] {
        let by_the_clock = |said: &str| pause(&format!("{date}\r\nRetry-After: {said}"));
        assert_eq!(by_the_clock("Sun, 06 Nov 1994 08:50:00 GMT"), Some(0));
        assert_eq!(by_the_clock("Wed, 06 Nov 2999 08:50:00 GMT"), Some(3600));
    }
    for bad in ["X: y", "Retry-After: soon", "Retry-After: -1"] {
        assert_eq!(pause(bad), None, "{bad}");
    }
}

#[test]
fn a_body_is_what_its_type_says_without_parameters() {
    let answer =
        "HTTP/1.1 400 Bad\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 0\r\n\r\n";
    let response = read_all(answer).unwrap();
    assert_eq!((response.status, response.content_type.as_str()), (400, "text/plain"));
}
