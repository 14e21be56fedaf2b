//! Time zones by name. The environment may say which zone is local (`TZ`), and where the zones are (`TZDIR`): to a program
//! with more rights than its user it says nothing, for there it is somebody else's.

use super::format::Zone;
use super::parse::same_name;
use crate::os;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::env;
use std::path::Path;
use std::sync::LazyLock;

/// Where systems have their zones.
const ZONES: &str = "/usr/share/zoneinfo";
/// What says which one is local: a link to one of those, or a copy of it.
const LOCAL: &str = "/etc/localtime";
/// The largest zone that is read, in bytes: ten times what any has.
const MOST: usize = 64 << 10;

/// The zones of the system whatever the environment says; without any, those of the library.
static OF_SYSTEM: LazyLock<TimeZoneDatabase> = LazyLock::new(|| {
    let installed = TimeZoneDatabase::from_dir(ZONES).ok();
    installed.filter(|it| !it.is_definitively_empty()).unwrap_or_else(TimeZoneDatabase::bundled)
});

/// `utc`, `local` (what the system says now) or an IANA name.
pub fn parse_zone(value: &str) -> Option<Zone> {
    if same_name(value, "utc") {
        return Some(Zone::Utc);
    }
    let is_local = same_name(value, "local");
    let zone = match (os::is_privileged(), is_local) {
        (true, true) => local_of_system(),
        (true, false) => OF_SYSTEM.get(value).ok()?,
        (false, true) => local(),
        (false, false) => TimeZone::get(value).ok()?,
    };
    Some(Zone::Other(zone))
}

/// What the environment says, or the system. One that is not to be found is shown as UTC.
fn local() -> TimeZone {
    let named = env::var_os("TZ").unwrap_or_default();
    let named = named.to_str().map_or("", |it| it.strip_prefix(':').unwrap_or(it));
    // A pipe would be waited for, and a device may have no end.
    match Path::new(named).metadata() {
        Ok(it) if !it.is_file() && !it.is_dir() => TimeZone::unknown(),
        _ => TimeZone::system(),
    }
}

/// What the system says.
fn local_of_system() -> TimeZone {
    let target = Path::new(LOCAL).read_link().unwrap_or_default();
    let name = target.to_str().and_then(|it| it.split_once("zoneinfo/")).map(|it| it.1);
    let read = || TimeZone::tzif("local", &os::read_regular(Path::new(LOCAL), MOST).ok()?).ok();
    let named = name.and_then(|name| OF_SYSTEM.get(name).ok());
    named.or_else(read).unwrap_or_else(TimeZone::unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_iana_names_wherever_this_runs() {
        assert_eq!(parse_zone("UTC"), Some(Zone::Utc));
        assert!(matches!(parse_zone("local"), Some(Zone::Other(_))));
        for name in ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"] {
            let Some(Zone::Other(zone)) = parse_zone(name) else { panic!("{name}") };
            assert_eq!(zone.iana_name(), Some(name));
        }
        for bad in ["", "Mars/Olympus", "+01:00", "../etc/passwd"] {
            assert_eq!(parse_zone(bad), None, "{bad:?}");
        }
    }
}
