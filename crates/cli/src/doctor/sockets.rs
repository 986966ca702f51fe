//! Who listens on this machine, from Linux's /proc/net/tcp and /proc/net/tcp6.

use std::fs;

/// A port that somebody listens at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listener {
    pub(super) port: u16,
    /// Whether only programs of this machine can reach it.
    pub(super) is_local: bool,
}

/// Every listener; `None` where the system does not say.
pub(super) fn listeners() -> Option<Vec<Listener>> {
    let mut found = parse(&fs::read_to_string("/proc/net/tcp").ok()?);
    // A kernel without IPv6 has no such file.
    if let Ok(text) = fs::read_to_string("/proc/net/tcp6") {
        found.extend(parse(&text));
    }
    Some(found)
}

/// The state of a socket that listens (`TCP_LISTEN`).
const LISTENS: &str = "0A";

/// One socket a line: `sl local_address rem_address st …`, the address as hexadecimal words of the machine's own byte order,
/// a colon and the port.
fn parse(table: &str) -> Vec<Listener> {
    let socket = |line: &str| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (address, port) = fields.next()?.split_once(':')?;
        let state = fields.nth(1)?;
        let port = u16::from_str_radix(port, 16).ok()?;
        (state == LISTENS).then_some(Listener {
            port,
            is_local: is_loopback(address),
        })
    };
    // The first line has the names of the columns, and no colon where an address should be.
    table.lines().filter_map(socket).collect()
}

/// 127.0.0.0/8, ::1, or the former written as the latter.
fn is_loopback(address: &str) -> bool {
    const MAPPED: [&str; 2] = ["0000000000000000FFFF0000", "00000000000000000000FFFF"];
    const ONE: [&str; 2] = [
        "00000000000000000000000001000000",
        "00000000000000000000000000000001",
    ];
    if ONE.contains(&address) {
        return true;
    }
    let four = MAPPED
        .iter()
        .find_map(|prefix| address.strip_prefix(prefix))
        .unwrap_or(address);
    let first_byte = if cfg!(target_endian = "little") {
        four.get(6..)
    } else {
        four.get(..2)
    };
    four.len() == 8 && first_byte == Some("7F")
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    /// As Linux 6 prints it on a machine of little-endian words.
    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:8C7B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41911 1 0000000000000000 100 0 0 10 0
   1: 0100007F:8C7C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41912 1 0000000000000000 100 0 0 10 0
   2: 0100007F:8C7B 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 41913 1 0000000000000000 20 4 30 10 -1
   3: 0A01A8C0:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41914 1 0000000000000000 100 0 0 10 0
";

    const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:8C7B 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000000000000000000001000000:8C7C 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0000000000000000FFFF00000100007F:8C7D 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1
";

    fn listener(port: u16, is_local: bool) -> Listener {
        Listener { port, is_local }
    }

    #[test]
    fn listeners_are_told_from_connections_and_local_ones_from_open_ones() {
        assert_eq!(
            parse(TCP),
            [
                listener(35963, false),
                listener(35964, true),
                listener(22, false)
            ]
        );
        assert_eq!(
            parse(TCP6),
            [
                listener(35963, false),
                listener(35964, true),
                listener(35965, true)
            ]
        );
    }

    #[test]
    fn what_is_no_table_has_no_listener() {
        for text in [
            "",
            "\n\n",
            "0:",
            "a b c d",
            "0: 0:8C7B 0:0 0A",
            "0: 00:ZZZZ 0:0 0A",
        ] {
            assert!(
                parse(text).iter().all(|listener| !listener.is_local),
                "{text}"
            );
        }
        assert_eq!(parse("  0: 0100007F:8C7B 00000000:0000"), []);
    }
}
