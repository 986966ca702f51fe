//! Where a driver waits, by name.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// The address of a slot whose driver waits on this host: a name or an address, without
/// brackets. The first address that the name has, IPv4 before IPv6, since the driver listens on
/// IPv4.
///
/// # Errors
/// Whatever the operating system says about a name that it does not know.
pub fn resolve(host: &str, port: u16) -> io::Result<SocketAddr> {
    let mut addresses: std::vec::Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
        .into_iter()
        .next()
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_address_is_itself_and_the_machine_is_found_by_name() {
        assert_eq!(
            resolve("127.0.0.1", 35963).unwrap(),
            super::super::FIRST_SLOT
        );
        assert_eq!(resolve("::1", 1).unwrap().to_string(), "[::1]:1");
        assert!(resolve("localhost", 1).unwrap().ip().is_loopback());
        assert!(resolve("no such host", 1).is_err());
    }
}
