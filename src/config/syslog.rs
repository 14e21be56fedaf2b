//! What syslog says of every message of a sink, and how its messages are told apart on a connection.

use super::parse::same_name;
use crate::os::socket;

/// What `facility` takes.
pub const FACILITIES: &str = "kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, \
     ntp, security, console, solaris-cron, local0 to local7";
/// The facilities, in the order of their numbers.
const FACILITY_NAMES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];
/// That of programs that say nothing else.
const USER: u8 = 1;

/// The longest names that RFC 5424 has room for.
pub const MAX_APP_NAME: usize = 48;
/// See [`MAX_APP_NAME`].
pub const MAX_HOST_NAME: usize = 255;
/// See [`MAX_APP_NAME`].
pub const MAX_NAME: usize = 32;

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rfc {
    /// With structured data.
    Rfc5424,
    /// The old one. `has_host`: it goes over a network.
    Rfc3164 {
        /// The local daemon knows its machine, and takes a name for a part of the message.
        has_host: bool,
    },
}

/// How messages are told apart on a connection (RFC 6587).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each has its length in front.
    Octets,
    /// Each ends in a newline.
    Newline,
}

/// What every message of a sink says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syslog {
    /// The form.
    pub rfc: Rfc,
    /// How they are told apart.
    pub framing: Framing,
    /// The number of the facility.
    pub facility: u8,
    /// The program.
    pub app_name: String,
    /// The machine.
    pub host_name: String,
    /// The kind of message; empty: the logger's name.
    pub msg_id: String,
    /// What the fields stand under.
    pub sd_id: String,
}

impl Syslog {
    /// With this program's and this machine's names.
    pub fn new(rfc: Rfc, framing: Framing) -> Self {
        Self {
            rfc,
            framing,
            facility: USER,
            app_name: cleaned(&socket::program_name(), MAX_APP_NAME),
            host_name: cleaned(&socket::host_name(), MAX_HOST_NAME),
            msg_id: String::new(),
            sd_id: "alog@32473".into(),
        }
    }
}

/// The number of a facility by its name.
pub fn parse_facility(value: &str) -> Option<u8> {
    let place = FACILITY_NAMES.iter().position(|name| same_name(name, value))?;
    u8::try_from(place).ok()
}

/// A name as syslog has it: some printable ASCII.
pub fn parse_name(value: &str, max: usize) -> Option<String> {
    let is_name = (1..=max).contains(&value.len()) && value.bytes().all(|it| it.is_ascii_graphic());
    is_name.then(|| value.to_owned())
}

/// The same for the name of structured data, which must not end itself.
pub fn parse_sd_id(value: &str) -> Option<String> {
    parse_name(value, MAX_NAME).filter(|name| !name.contains(['=', ']', '"']))
}

/// Whatever the system says, as a name; `-` for none.
fn cleaned(name: &str, max: usize) -> String {
    let bytes = name.bytes().take(max);
    let text: String =
        bytes.map(|byte| if byte.is_ascii_graphic() { byte as char } else { '_' }).collect();
    if text.is_empty() { "-".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_facility_has_its_number() {
        for (name, number) in
            [("kern", 0), ("USER", 1), ("daemon", 3), ("local0", 16), ("local7", 23)]
        {
            assert_eq!(parse_facility(name), Some(number));
        }
        assert_eq!(parse_facility("local8"), None);
        assert!(FACILITY_NAMES[..16].iter().all(|name| FACILITIES.contains(name)));
    }

    #[test]
    fn a_name_is_printable_ascii_of_some_length() {
        assert_eq!(parse_name("my-app", 48), Some("my-app".into()));
        for bad in ["", "my app", "ärger", "a\n", &"x".repeat(49)] {
            assert_eq!(parse_name(bad, 48), None, "{bad:?}");
        }
        for bad in ["a=b", "a]", "a\""] {
            assert_eq!(parse_sd_id(bad), None, "{bad:?}");
        }
        assert_eq!(cleaned("my app ü", 48), "my_app___");
        assert_eq!(cleaned("", 48), "-");
    }
}
