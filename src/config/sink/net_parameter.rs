//! The parameters of destinations behind sockets.

use super::SinkConfig;
use super::kind::Target;
use super::net::{ANY_SYSLOG, BOUNDED, CONNECTED, JOURNALD, NETWORK, Network, Peer, SYSLOG_TCP};
use super::parameter::Parameter;
use crate::config::format::Format;
use crate::config::syslog::{self, Framing, Rfc, Syslog};
use crate::config::{GIB, KIB, parse};
use std::sync::Arc;
use std::time::Duration;

/// What RFC 5424 wants every receiver to take.
const MIN_DATAGRAM: usize = 480;
/// What fits into one datagram of UDP.
const MAX_DATAGRAM: usize = 65_507;

fn network(sink: &mut SinkConfig) -> Option<&mut Network> {
    match &mut sink.target {
        Target::Network(network) => Some(network),
        _ => None,
    }
}

fn syslog(sink: &mut SinkConfig) -> Option<&mut Syslog> {
    match &mut sink.look.format {
        Some(Format::Syslog(syslog) | Format::Journald(syslog)) => Some(Arc::make_mut(syslog)),
        _ => None,
    }
}

/// A time that is not 0.
fn timeout(value: &str) -> Option<Duration> {
    parse::duration(value).filter(|time| !time.is_zero())
}

/// What these destinations take.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "connect_timeout",
        kinds: CONNECTED,
        takes: "a time such as 500ms or 2s",
        default: "2s",
        about: "How long looking up the peer's name and connecting may take together; then it counts as down \
                and is tried again later. While the logger stops, 500ms at most.",
        set: |sink, value| {
            network(sink)?.connect_timeout = timeout(value)?;
            Some(())
        },
    },
    Parameter {
        name: "write_timeout",
        kinds: NETWORK,
        takes: "a time such as 500ms or 5s",
        default: "5s",
        about: "How long the peer may take nothing before this counts as an error; what it has not taken is kept \
                and goes on later, on the same connection. While the logger stops, 500ms at most.",
        set: |sink, value| {
            network(sink)?.write_timeout = timeout(value)?;
            Some(())
        },
    },
    Parameter {
        name: "max_datagram",
        kinds: BOUNDED,
        takes: "a size from 480 to 65507",
        default: "8KiB",
        about: "The longest line that is sent as a datagram, in bytes; a longer one counts as failed, since \
                receivers would cut it or lose it.",
        set: |sink, value| {
            let bytes = parse::size(value, MIN_DATAGRAM, MAX_DATAGRAM)?;
            network(sink)?.max_datagram = bytes;
            Some(())
        },
    },
    Parameter {
        name: "spool",
        kinds: NETWORK,
        takes: "the path of a directory, which is made if it is missing",
        default: "none",
        about: "Where lines go while the peer is down, to be sent in order when it is back, also by a later \
                logger with that spool. A line in the spool counts as written: it survives the process, not a \
                power cut. One logger at a time can use a spool.",
        set: |sink, value| {
            let is_path = !value.is_empty() && !value.contains('\0');
            network(sink)?.spool = Some(is_path.then(|| value.into())?);
            Some(())
        },
    },
    Parameter {
        name: "spool_size",
        kinds: NETWORK,
        takes: "a size from 1MiB to 1024GiB",
        default: "1GiB",
        about: "How much the spool may take on the disk; what comes when it is full counts as failed.",
        set: |sink, value| {
            let bytes = parse::size(value, 1024 * KIB, 1024 * GIB)?;
            network(sink)?.spool_bytes = bytes;
            Some(())
        },
    },
    Parameter {
        name: "rfc",
        kinds: ANY_SYSLOG,
        takes: "5424, 3164",
        default: "5424; for the daemon of this machine 3164",
        about: "The form of a message: with structured data, or the old one, with fields as text and local time \
                to the second. The socket of this machine's daemon takes the old one unless the daemon was \
                told otherwise.",
        set: |sink, value| {
            let has_host = !matches!(network(sink)?.peer, Peer::Local(_));
            syslog(sink)?.rfc = match parse::choice(value, "5424", "3164")? {
                false => Rfc::Rfc5424,
                true => Rfc::Rfc3164 { has_host },
            };
            Some(())
        },
    },
    Parameter {
        name: "framing",
        kinds: SYSLOG_TCP,
        takes: "octet, newline",
        default: "octet",
        about: "How messages are told apart on the connection (RFC 6587): by a length in front, or by a newline \
                behind.",
        set: |sink, value| {
            let is_newline = parse::choice(value, "octet", "newline")?;
            let framing = if is_newline { Framing::Newline } else { Framing::Octets };
            syslog(sink)?.framing = framing;
            Some(())
        },
    },
    Parameter {
        name: "facility",
        kinds: ANY_SYSLOG | JOURNALD,
        takes: syslog::FACILITIES,
        default: "user",
        about: "The facility of every message, by which daemons sort.",
        set: |sink, value| {
            syslog(sink)?.facility = syslog::parse_facility(value)?;
            Some(())
        },
    },
    Parameter {
        name: "app_name",
        kinds: ANY_SYSLOG | JOURNALD,
        takes: "1 to 48 printable ASCII characters without blanks",
        default: "the program's name",
        about: "What messages say they come from: APP-NAME, the tag, SYSLOG_IDENTIFIER.",
        set: |sink, value| {
            let name = syslog::parse_name(value, syslog::MAX_APP_NAME)?;
            syslog(sink)?.app_name = name;
            Some(())
        },
    },
    Parameter {
        name: "host_name",
        kinds: ANY_SYSLOG,
        takes: "1 to 255 printable ASCII characters without blanks",
        default: "the machine's name",
        about: "The machine that messages say they come from.",
        set: |sink, value| {
            let name = syslog::parse_name(value, syslog::MAX_HOST_NAME)?;
            syslog(sink)?.host_name = name;
            Some(())
        },
    },
    Parameter {
        name: "msg_id",
        kinds: ANY_SYSLOG,
        takes: "1 to 32 printable ASCII characters without blanks",
        default: "the logger's name, or - without one",
        about: "The kind of message, MSGID of RFC 5424.",
        set: |sink, value| {
            let name = syslog::parse_name(value, syslog::MAX_NAME)?;
            syslog(sink)?.msg_id = name;
            Some(())
        },
    },
    Parameter {
        name: "sd_id",
        kinds: ANY_SYSLOG,
        takes: "1 to 32 printable ASCII characters without blanks, =, ] and \"",
        default: "alog@32473",
        about: "The name that fields stand under as structured data of RFC 5424: NAME@ENTERPRISE-NUMBER.",
        set: |sink, value| {
            syslog(sink)?.sd_id = syslog::parse_sd_id(value)?;
            Some(())
        },
    },
];
