//! Destinations behind sockets: how each reads its place, and what it starts from.

use super::SinkConfig;
use super::flow::Hold;
use super::kind::{KindSet, OTLP, Target};
use crate::config::format::Format;
use crate::config::syslog::{Framing, Rfc, Syslog};
use crate::config::zone::parse_zone;
use crate::config::{GIB, KIB};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Connections to a host, one line behind the other.
pub const TCP: KindSet = 1 << 16;
/// Datagrams to a host.
pub const UDP: KindSet = 1 << 17;
/// Connections to a socket of this machine.
pub const UNIX: KindSet = 1 << 18;
/// Datagrams to a socket of this machine.
pub const UNIXGRAM: KindSet = 1 << 19;
/// The syslog daemon of this machine.
pub const SYSLOG: KindSet = 1 << 20;
/// Syslog over connections.
pub const SYSLOG_TCP: KindSet = 1 << 21;
/// Syslog over datagrams.
pub const SYSLOG_UDP: KindSet = 1 << 22;
/// The journal of this machine.
pub const JOURNALD: KindSet = 1 << 23;
/// All that speak syslog.
pub const ANY_SYSLOG: KindSet = SYSLOG | SYSLOG_TCP | SYSLOG_UDP;
/// All that send datagrams whose length somebody must bound.
pub const BOUNDED: KindSet = UDP | UNIXGRAM | SYSLOG | SYSLOG_UDP;
/// All that have a connection to make.
pub const CONNECTED: KindSet = TCP | UNIX | SYSLOG | SYSLOG_TCP;
/// All whose lines look as their protocol says.
pub const OWN_FORMAT: KindSet = ANY_SYSLOG | JOURNALD;
/// All of them.
pub const NETWORK: KindSet = TCP | UDP | UNIX | UNIXGRAM | OWN_FORMAT;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A host that takes connections.
    Tcp(Address),
    /// A host that takes datagrams.
    Udp(Address),
    /// A socket that takes connections.
    Unix(PathBuf),
    /// A socket that takes datagrams.
    Unixgram(PathBuf),
    /// A socket of either kind.
    Local(PathBuf),
    /// A journal's socket.
    Journal(PathBuf),
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its name, or its number without brackets.
    pub host: String,
    /// Where it listens.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// A destination behind a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Who is at the other end.
    pub peer: Peer,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the other side may take nothing.
    pub write_timeout: Duration,
    /// The longest datagram.
    pub max_datagram: usize,
    /// A datagram ends in the newline of its line.
    pub keeps_newline: bool,
    /// The directory for what cannot be sent yet.
    pub spool: Option<PathBuf>,
    /// How much may wait there.
    pub spool_bytes: usize,
}

/// What syslog daemons take by default: rsyslog cuts what is longer. An Ethernet carries it in six pieces.
const MAX_DATAGRAM: usize = 8 * KIB;

impl Network {
    fn target(peer: Peer, keeps_newline: bool) -> Target {
        Target::Network(Self {
            peer,
            connect_timeout: Duration::from_secs(2),
            write_timeout: Duration::from_secs(5),
            max_datagram: MAX_DATAGRAM,
            keeps_newline,
            spool: None,
            spool_bytes: GIB,
        })
    }
}

/// `//HOST:PORT`, `//[::1]:PORT`; without a port if there is a usual one.
fn address(place: &str, usual: Option<u16>) -> Option<Address> {
    let place = place.strip_prefix("//")?;
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None if port.is_empty() => usual?,
        None => return None,
    };
    let is_host = !host.is_empty() && !host.contains(['/', ' ', '[', ']', '@']);
    (is_host && port > 0).then(|| Address { host: host.to_owned(), port })
}

/// A path, or the usual one.
fn path(place: &str, usual: &str) -> Option<PathBuf> {
    let path = if place.is_empty() { usual } else { place };
    (!path.is_empty()).then(|| path.into())
}

/// Reads the place of `tcp:`.
pub fn tcp(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Tcp(address(place, None)?), true))
}

/// Reads the place of `udp:`.
pub fn udp(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Udp(address(place, None)?), true))
}

/// Reads the place of `unix:`.
pub fn unix(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Unix(path(place, "")?), true))
}

/// Reads the place of `unixgram:`.
pub fn unixgram(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Unixgram(path(place, "")?), true))
}

/// Reads the place of `syslog:`.
pub fn syslog(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Local(path(place, "/dev/log")?), false))
}

/// Reads the place of `syslog+tcp:`.
pub fn syslog_tcp(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Tcp(address(place, Some(601))?), false))
}

/// Reads the place of `syslog+udp:`.
pub fn syslog_udp(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Udp(address(place, Some(514))?), false))
}

/// Reads the place of `journald:`.
pub fn journald(place: &str) -> Option<Target> {
    Some(Network::target(Peer::Journal(path(place, "/run/systemd/journal/socket")?), true))
}

/// What a sink starts from, before its parameters: lines as its peer reads them, and patience.
pub fn begin(sink: &mut SinkConfig, kind: KindSet) {
    if kind & (NETWORK | OTLP) != 0 {
        sink.flow.hold = Hold::Forever;
    }
    if kind & NETWORK == 0 {
        return;
    }
    let syslog = |rfc, framing| Arc::new(Syslog::new(rfc, framing));
    let format = match kind {
        // No daemon takes the new form from its own machine unless it is told to.
        SYSLOG => Format::Syslog(syslog(Rfc::Rfc3164 { has_host: false }, Framing::Newline)),
        SYSLOG_TCP => Format::Syslog(syslog(Rfc::Rfc5424, Framing::Octets)),
        SYSLOG_UDP => Format::Syslog(syslog(Rfc::Rfc5424, Framing::Newline)),
        JOURNALD => Format::Journald(syslog(Rfc::Rfc5424, Framing::Newline)),
        _ => Format::Json,
    };
    sink.look.format = Some(format);
}

/// What depends on several parameters: the old form shows local time, for it has no zone.
pub fn finish(sink: &mut SinkConfig) {
    if let Some(Format::Syslog(syslog)) = &sink.look.format {
        if syslog.rfc != Rfc::Rfc5424 && sink.look.zone.is_none() {
            sink.look.zone = parse_zone("local");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(spec: &str) -> Network {
        match SinkConfig::parse(spec).unwrap().target {
            Target::Network(network) => network,
            _ => panic!("{spec} is no network"),
        }
    }

    #[test]
    fn a_host_and_a_port_are_told_apart_also_where_the_host_has_colons() {
        let of = |host: &str, port| Peer::Tcp(Address { host: host.into(), port });
        assert_eq!(network("tcp://logs.example:9000?level=warn").peer, of("logs.example", 9000));
        assert_eq!(network("tcp://[::1]:514").peer, of("::1", 514));
        assert_eq!(network("syslog+tcp://127.0.0.1").peer, of("127.0.0.1", 601));
        assert_eq!(network("syslog+tcp://[::1]").peer, of("::1", 601));
        assert_eq!(network("syslog:").peer, Peer::Local("/dev/log".into()));
        assert_eq!(network("unix:/run/x.sock").peer, Peer::Unix("/run/x.sock".into()));
        let bad = ["host:1", "//host", "//:1", "//host:", "//host:0", "//host:65536", "//host:+1"];
        let worse = ["//::1:514", "//[::1]514", "//[x]:1", "//a/b:1", "//h:1/", "", "//u@h:1"];
        for bad in bad.into_iter().chain(worse) {
            assert!(SinkConfig::parse(&format!("tcp:{bad}")).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_a_kind_starts_from_is_its_own() {
        let sink = SinkConfig::parse("tcp://h:1").unwrap();
        assert_eq!((sink.flow.hold, sink.look.format), (Hold::Forever, Some(Format::Json)));
        let sink = SinkConfig::parse("tcp://h:1?hold=3s&format=logfmt").unwrap();
        assert_eq!(sink.flow.hold, Hold::For(Duration::from_secs(3)));
        assert_eq!(sink.look.format, Some(Format::Logfmt));
        assert!(SinkConfig::parse("syslog:?format=json").is_err());
        assert!(SinkConfig::parse("file:x?spool=y").is_err());
    }

    #[test]
    fn parameters_set_what_syslog_says() {
        let spec =
            "syslog+tcp://h?facility=local3&app_name=shop&msg_id=ORDER&framing=newline&rfc=3164";
        let sink = SinkConfig::parse(spec).unwrap();
        let Some(Format::Syslog(it)) = sink.look.format else { panic!() };
        assert_eq!((it.facility, &*it.app_name, &*it.msg_id), (19, "shop", "ORDER"));
        assert_eq!((it.framing, it.rfc), (Framing::Newline, Rfc::Rfc3164 { has_host: true }));
        assert!(sink.look.zone.is_some());
    }
}
