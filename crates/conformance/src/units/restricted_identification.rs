//! Unit `EAC2_ISO7816_R`: Restricted Identification (TR-03105-3.3, 3.13), with every key of the card.

use cvc::TerminalType::AuthenticationTerminal;
use iso7816::{CommandApdu, ResponseApdu, tlv};
use secure_channel::PasswordId;
use secure_channel::restricted_identification::{
    RestrictedIdentificationProtocol, Sector, SectorIdentifier, SectorPublicKey, terminal,
};

use crate::bench::{EID, chat, unrestricted};
use crate::{Answer, Bench, CHECKING_ERROR, Case, OK, Stop, status};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "EAC2_ISO7816_R_1",
            "a terminal gets an identifier in its sector",
            OFFICIAL,
            Right::Confirmed,
            |bench, key| identifies(bench, key, OFFICIAL),
        ),
        case(
            "EAC2_ISO7816_R_3",
            "without the right there are identifiers from keys for everybody alone",
            OFFICIAL,
            Right::Withheld,
            r_3,
        ),
        case(
            "EAC2_ISO7816_R_5",
            "a protocol that is none is refused",
            OFFICIAL,
            Right::Confirmed,
            r_5,
        ),
        case(
            "EAC2_ISO7816_R_6",
            "a sector that the certificate does not name is refused",
            OFFICIAL,
            Right::Confirmed,
            r_6,
        ),
        case(
            "EAC2_ISO7816_R_8",
            "a non-official terminal gets an identifier in its sector as well",
            NON_OFFICIAL,
            Right::Confirmed,
            |bench, key| identifies(bench, key, NON_OFFICIAL),
        ),
        case(
            "EAC2_ISO7816_R_10",
            "a sector gets the same identifier every time",
            TWO_SECTORS,
            Right::Confirmed,
            r_10,
        ),
        case(
            "EAC2_ISO7816_R_12",
            "two sectors of one terminal get two identifiers",
            TWO_SECTORS,
            Right::Confirmed,
            r_12,
        ),
    ]
}

/// Document verifier and terminal.
type ChainNames = [&'static str; 2];

const OFFICIAL: ChainNames = ["DV_CERT_17", "AT_CERT_17c"];
const NON_OFFICIAL: ChainNames = ["DV_CERT_18", "AT_CERT_18c"];
const TWO_SECTORS: ChainNames = ["DV_CERT_24", "AT_CERT_24"];

/// Whether the holder confirms in PACE that the terminal may use Restricted Identification.
#[derive(Clone, Copy)]
enum Right {
    Confirmed,
    Withheld,
}

/// A key of the card, by RestrictedIdentificationInfo.
struct Key {
    protocol: RestrictedIdentificationProtocol,
    reference: Vec<u8>,
    authorized_only: bool,
}

fn case(
    id: &'static str,
    title: &str,
    chain: ChainNames,
    right: Right,
    steps: fn(&mut Bench<'_>, &Key) -> Result<(), Stop>,
) -> Case {
    Case::new(id, title, move |bench| {
        prepare(bench, chain, right)?;
        for (index, key) in keys(bench)?.iter().enumerate() {
            if index > 0 {
                bench.activate()?;
                prepare(bench, chain, right)?;
            }
            steps(bench, key)?;
        }
        Ok(())
    })
}

fn prepare(bench: &mut Bench<'_>, chain: ChainNames, right: Right) -> Result<(), Stop> {
    bench.preparing("precondition");
    let confirmed = match right {
        Right::Confirmed => unrestricted(AuthenticationTerminal),
        Right::Withheld => chat(AuthenticationTerminal, &[0x3E, 0x1F, 0xFF, 0xFF, 0xF3]),
    };
    bench.pace(PasswordId::Pin, &confirmed)?;
    bench.terminal_authentication(&chain)?;
    bench.authenticate_chip()?;
    bench.select_application(EID)?.expect(OK).map(drop)
}

/// The keys that EF.CardSecurity announces.
fn keys(bench: &mut Bench<'_>) -> Result<Vec<Key>, Stop> {
    let infos = bench.card_security()?;
    let keys = infos.restricted_identification_infos().map(|info| {
        let protocol = RestrictedIdentificationProtocol::from_oid(info.protocol.as_bytes());
        let protocol = protocol.ok_or_else(|| bench.cannot("a protocol that is not known here"))?;
        let id = info.params.key_id.to_be_bytes();
        let zeros = id.iter().take(7).take_while(|byte| **byte == 0).count();
        Ok(Key {
            protocol,
            reference: id.into_iter().skip(zeros).collect(),
            authorized_only: info.params.authorized_only,
        })
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let announced = !keys.is_empty();
    bench.demand(announced, "RestrictedIdentificationInfo in EF.CardSecurity")?;
    Ok(keys)
}

fn select(bench: &mut Bench<'_>, key: &Key) -> Result<Answer, Stop> {
    bench.send(&terminal::set_authentication_template(
        key.protocol,
        Some(&key.reference),
    ))
}

/// The sector of this certificate.
fn sector(
    bench: &Bench<'_>,
    key: &Key,
    chain: ChainNames,
    which: Sector,
) -> Result<SectorPublicKey, Stop> {
    let [_, terminal] = chain;
    let sector = bench.authorities().sector(terminal, which)?;
    if sector.protocol() == key.protocol {
        Ok(sector)
    } else {
        Err(bench.cannot("the authorities' sector keys are not for the card's protocol"))
    }
}

/// GENERAL AUTHENTICATE with this sector, which has to give an identifier.
fn identifier(
    bench: &mut Bench<'_>,
    key: &Key,
    which: Sector,
    sector: &SectorPublicKey,
) -> Result<SectorIdentifier, Stop> {
    let (waiting, command) = terminal::start(key.protocol, which, sector);
    let data = bench.send(&command)?.expect(OK)?;
    waiting
        .finish(&ResponseApdu::ok(data))
        .map_err(|error| bench.unexpected("an identifier of the sector", error))
}

/// Both commands, as steps with these numbers.
fn identify(
    bench: &mut Bench<'_>,
    key: &Key,
    chain: ChainNames,
    which: Sector,
    [first, second]: [u8; 2],
) -> Result<SectorIdentifier, Stop> {
    let sector = sector(bench, key, chain, which)?;
    bench.step(first);
    select(bench, key)?.expect(OK)?;
    bench.step(second);
    identifier(bench, key, which, &sector)
}

fn identifies(bench: &mut Bench<'_>, key: &Key, chain: ChainNames) -> Result<(), Stop> {
    identify(bench, key, chain, Sector::First, [1, 2]).map(drop)
}

fn r_3(bench: &mut Bench<'_>, key: &Key) -> Result<(), Stop> {
    if !key.authorized_only {
        return identifies(bench, key, OFFICIAL);
    }
    let sector = sector(bench, key, OFFICIAL, Sector::First)?;
    bench.step(1);
    select(bench, key)?.expect(OK)?;
    bench.step(2);
    let (_, command) = terminal::start(key.protocol, Sector::First, &sector);
    bench.send(&command)?.expect(0x6982).map(drop)
}

fn r_5(bench: &mut Bench<'_>, key: &Key) -> Result<(), Stop> {
    // 0.4.0.127.0.7.2.2.2.5.1
    const NO_PROTOCOL: &[u8] = &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, 0x05, 0x01];
    let mut data = tlv::encode(tlv::Tag(0x80), NO_PROTOCOL);
    tlv::push(&mut data, tlv::Tag(0x84), &key.reference);
    bench.step(1);
    let command = CommandApdu::new(0x00, 0x22, 0x41, 0xA4).with_data(data);
    bench.send(&command)?.expect(CHECKING_ERROR).map(drop)
}

fn r_6(bench: &mut Bench<'_>, key: &Key) -> Result<(), Stop> {
    // The certificate has no second sector, so this key is nobody's there.
    let foreign = sector(bench, key, OFFICIAL, Sector::Second)?;
    bench.step(1);
    select(bench, key)?.expect(OK)?;
    bench.step(2);
    let (_, command) = terminal::start(key.protocol, Sector::First, &foreign);
    let refused = status(0x6300).or(0x6A80);
    bench.send(&command)?.expect(refused).map(drop)
}

fn r_10(bench: &mut Bench<'_>, key: &Key) -> Result<(), Stop> {
    let first = identify(bench, key, TWO_SECTORS, Sector::First, [1, 2])?;
    bench.step(4);
    bench.activate()?;
    prepare(bench, TWO_SECTORS, Right::Confirmed)?;
    let again = identify(bench, key, TWO_SECTORS, Sector::First, [5, 6])?;
    bench.step(7);
    bench.demand(first == again, "the same identifier as before the reset")
}

fn r_12(bench: &mut Bench<'_>, key: &Key) -> Result<(), Stop> {
    let first = identify(bench, key, TWO_SECTORS, Sector::First, [1, 2])?;
    let second = identify(bench, key, TWO_SECTORS, Sector::Second, [4, 5])?;
    bench.step(6);
    bench.demand(first != second, "another identifier in the second sector")
}
