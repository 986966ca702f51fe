//! Where virtual readers wait for their cards: `HOST:PORT`, one for each card.

use transport::vpcd;

use crate::failure::Failure;

/// A slot of a virtual reader.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) address: core::net::SocketAddr,
    /// As it was named.
    pub(crate) shown: String,
}

impl Slot {
    /// So many slots: those that are named, then the ports that follow the last of them.
    pub(crate) fn all<'t>(
        named: impl IntoIterator<Item = &'t str>,
        count: usize,
    ) -> Result<Vec<Self>, Failure> {
        places(named, count)?.iter().map(Self::resolve).collect()
    }

    fn resolve(place: &Place) -> Result<Self, Failure> {
        let shown = place.to_string();
        match vpcd::resolve(&place.host, place.port) {
            Ok(address) => Ok(Self { address, shown }),
            Err(error) => Err(Failure::Usage {
                zh: format!("找不到主機 {}：{error}。", place.host),
                en: format!("The host {} is not known: {error}.", place.host),
            }),
        }
    }
}

/// A host, without brackets, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

fn places<'t>(
    named: impl IntoIterator<Item = &'t str>,
    count: usize,
) -> Result<Vec<Place>, Failure> {
    let mut places = named
        .into_iter()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    if places.len() > count {
        return Err(Failure::Usage {
            zh: "--vpcd 比 --card 多。".to_owned(),
            en: "There are more --vpcd than --card.".to_owned(),
        });
    }
    while places.len() < count {
        let next = match places.last() {
            None => Place {
                host: vpcd::FIRST_SLOT.ip().to_string(),
                port: vpcd::FIRST_SLOT.port(),
            },
            Some(last) => Place {
                host: last.host.clone(),
                port: last.port.checked_add(1).ok_or_else(|| Failure::Usage {
                    zh: format!("{last} 之後沒有其他埠。"),
                    en: format!("No port follows {last}."),
                })?,
            },
        };
        places.push(next);
    }
    for (at, place) in places.iter().enumerate() {
        if places.iter().skip(at + 1).any(|other| other == place) {
            return Err(Failure::Usage {
                zh: format!("一個虛擬讀卡機只能放一張卡：{place}。"),
                en: format!("A virtual reader takes one card: {place} is named twice."),
            });
        }
    }
    Ok(places)
}

fn parse(text: &str) -> Result<Place, Failure> {
    let split = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => text
            .rsplit_once(':')
            .filter(|(host, _)| !host.contains(':')),
    };
    split
        .filter(|(host, _)| !host.is_empty())
        .and_then(|(host, port)| {
            let port = port.parse().ok().filter(|port| *port != 0)?;
            let host = host.to_owned();
            Some(Place { host, port })
        })
        .ok_or_else(|| Failure::Usage {
            zh: format!("「{text}」不是 主機:埠，例如 127.0.0.1:35963 或 [::1]:35963。"),
            en: format!("\"{text}\" is no HOST:PORT, such as 127.0.0.1:35963 or [::1]:35963."),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(named: &[&str], count: usize) -> Result<Vec<String>, String> {
        places(named.iter().copied(), count)
            .map(|places| places.iter().map(Place::to_string).collect())
            .map_err(|failure| failure.what(crate::language::Language::En))
    }

    #[test]
    fn cards_without_a_place_take_the_ports_that_follow() {
        assert_eq!(
            shown(&[], 2).unwrap(),
            ["127.0.0.1:35963", "127.0.0.1:35964"]
        );
        assert_eq!(
            shown(&["localhost:5000", "[::1]:7"], 3).unwrap(),
            ["localhost:5000", "[::1]:7", "[::1]:8"]
        );
    }

    #[test]
    fn what_is_no_host_and_port_is_quoted() {
        for wrong in [
            "",
            "35963",
            "localhost",
            "localhost:",
            ":35963",
            "::1:35963",
            "[::1]35963",
            "localhost:0",
            "localhost:65536",
            "localhost:x",
        ] {
            let error = shown(&[wrong], 1).unwrap_err();
            assert!(error.contains(&format!("\"{wrong}\"")), "{error}");
        }
    }

    #[test]
    fn a_slot_takes_one_card_and_a_card_one_slot() {
        assert!(
            shown(&["a:1", "b:1"], 1)
                .unwrap_err()
                .contains("more --vpcd")
        );
        assert!(shown(&["a:1", "a:1"], 2).unwrap_err().contains("a:1"));
        assert!(shown(&["a:65535"], 2).unwrap_err().contains("a:65535"));
    }
}
