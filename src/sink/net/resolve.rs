//! The addresses of a host, looked up anew for each connection: within a time, though the system's resolver knows
//! none.

use crate::config::Address;
use crate::os::thread::Thread;
use crate::sync::{Bell, Mutex, lock};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Found = io::Result<Vec<SocketAddr>>;

/// Looks one host up.
#[derive(Default)]
pub struct Resolver {
    /// A look-up that took longer than somebody wanted to wait. There is never more than one: a resolver that
    /// hangs must not cost a thread for each attempt.
    pending: Option<Arc<Answer>>,
}

/// What a look-up comes to.
#[derive(Default)]
struct Answer {
    found: Mutex<Option<Found>>,
    given: Bell,
}

impl Resolver {
    /// The addresses of a host, of which there is at least one.
    pub fn addresses(&mut self, address: &Address, limit: Duration) -> Found {
        if let Ok(ip) = address.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, address.port)]);
        }
        let answer = match self.pending.take() {
            Some(pending) => pending,
            None => start(address)?,
        };
        match answer.wait(limit) {
            Some(Ok(found)) if found.is_empty() => Err(ErrorKind::NotFound.into()),
            Some(found) => found,
            None => {
                self.pending = Some(answer);
                Err(io::Error::new(ErrorKind::TimedOut, "its name was not resolved in time"))
            }
        }
    }
}

impl Answer {
    /// `None`: it took longer.
    fn wait(&self, limit: Duration) -> Option<Found> {
        let begin = Instant::now();
        loop {
            let found = lock(&self.found).take();
            let left = limit.saturating_sub(begin.elapsed());
            if found.is_some() || left.is_zero() {
                return found;
            }
            self.given.wait(Some(left));
        }
    }
}

/// Begins to look up, on a thread that ends with the answer.
fn start(address: &Address) -> io::Result<Arc<Answer>> {
    let (host, port) = (address.host.clone(), address.port);
    let answer = Arc::<Answer>::default();
    let given = Arc::clone(&answer);
    Thread::start("alog-resolver", move || {
        let found = catch_unwind(|| (host.as_str(), port).to_socket_addrs().map(Iterator::collect));
        let found = found.unwrap_or_else(|_| Err(io::Error::other("its name was not resolved")));
        *lock(&given.found) = Some(found);
        given.given.ring();
    })?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(host: &str) -> Found {
        let address = Address { host: host.into(), port: 9 };
        Resolver::default().addresses(&address, Duration::from_secs(60))
    }

    #[test]
    fn numbers_are_addresses_and_names_are_looked_up() {
        assert_eq!(look_up("::1").unwrap(), ["[::1]:9".parse().unwrap()]);
        assert_eq!(look_up("127.0.0.1").unwrap(), ["127.0.0.1:9".parse().unwrap()]);
        assert!(look_up("localhost").unwrap().iter().all(|found| found.ip().is_loopback()));
    }
}
