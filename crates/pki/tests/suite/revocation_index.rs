//! Lists that stay on the disk: what the whole list answers, the index answers; what is refused whole, is refused here.

use std::fs;
use std::path::PathBuf;

use const_oid::db::rfc5280::{ID_CE_CERTIFICATE_ISSUER, ID_CE_DELTA_CRL_INDICATOR};
use der::asn1::OctetString;
use der::{Decode, Encode};
use pki::builder::RevocationListBuilder;
use pki::{
    Error, RevocationIndex, RevocationIndexError, RevocationList, RevocationReason, SerialNumber,
    Time,
};
use tempfile::TempDir;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;

use crate::country::{Country, day, list_builder, now, p256};

/// More than two sorted runs.
const MANY: u64 = 40_000;

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_be_bytes(&number.to_be_bytes())
}

/// So many serial numbers, in an order that is none, and of several lengths.
fn scattered(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (8 * (n % 5)))
}

fn long_list() -> RevocationListBuilder {
    scattered(MANY)
        .enumerate()
        .fold(list_builder(), |list, (at, number)| {
            let reason = RevocationReason::ALL[at % RevocationReason::ALL.len()];
            let date = Time::from_unix_seconds(1_700_000_000 + at as u64).unwrap();
            list.revoke(serial(number), date, reason)
        })
}

struct Desk {
    folder: TempDir,
    country: Country,
}

impl Desk {
    fn with(der: &[u8]) -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
            country: Country::new(),
        };
        fs::write(desk.list(), der).unwrap();
        desk
    }

    fn signed(builder: &RevocationListBuilder) -> Self {
        Self::with(Country::new().csca.list(builder).as_der())
    }

    fn list(&self) -> PathBuf {
        self.folder.path().join("a.crl")
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("a.crl.index")
    }

    fn open_at(&self, time: Time) -> Result<RevocationIndex, RevocationIndexError> {
        RevocationIndex::open(&self.list(), &self.index(), &self.country.trust, time)
    }

    fn open(&self) -> RevocationIndex {
        self.open_at(now()).unwrap()
    }

    fn refusal(&self) -> Error {
        match self.open_at(now()) {
            Err(RevocationIndexError::List(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

#[test]
fn the_index_answers_as_the_whole_list_does() {
    let list = Country::new().csca.list(&long_list());
    let desk = Desk::with(list.as_der());
    let index = desk.open();
    assert!(index.was_built());
    assert_eq!(index.len(), list.len() as u64);
    assert_eq!(index.list().number(), list.number());
    assert_eq!(index.list().next_update(), list.next_update());
    for (serial, revocation) in list.iter() {
        assert_eq!(index.is_revoked(&serial).unwrap(), Some(revocation));
    }
    for number in scattered(1000).map(|number| number ^ 0x5555) {
        let serial = serial(number);
        assert_eq!(index.is_revoked(&serial).unwrap(), list.is_revoked(&serial));
    }
    // Nothing but list and index stays behind.
    assert_eq!(desk.files(), 2);
}

#[test]
fn numbers_of_which_one_begins_as_the_other_are_told_apart() {
    let name = |text: &str| SerialNumber::from_be_bytes(text.as_bytes());
    let reason = RevocationReason::CertificateHold;
    let list = ["AB1", "AB", "AB12"]
        .into_iter()
        .fold(list_builder(), |list, number| {
            list.revoke(name(number), day(2026, 11, 1), reason)
        });
    let index = Desk::signed(&list).open();
    for (number, listed) in [
        ("AB", true),
        ("AB1", true),
        ("AB12", true),
        ("A", false),
        ("AB\0", false),
        ("AB123", false),
        ("AB10", false),
    ] {
        assert_eq!(
            index.is_revoked(&name(number)).unwrap().is_some(),
            listed,
            "{number:?}"
        );
    }
    let long = SerialNumber::from_be_bytes(&[1; 40]);
    assert_eq!(index.is_revoked(&long).unwrap(), None);
}

#[test]
fn an_empty_list_has_an_empty_index() {
    let desk = Desk::signed(&list_builder());
    let index = desk.open();
    assert!(index.is_empty());
    assert_eq!(index.is_revoked(&serial(1)).unwrap(), None);
}

#[test]
fn an_index_is_made_once_and_used_again() {
    let desk = Desk::signed(&long_list());
    desk.open();
    let before = fs::read(desk.index()).unwrap();
    assert!(!desk.open().was_built());
    assert_eq!(fs::read(desk.index()).unwrap(), before);
}

#[test]
fn an_index_that_is_damaged_cut_off_or_of_another_list_is_made_anew() {
    let desk = Desk::signed(&long_list());
    desk.open();
    let good = fs::read(desk.index()).unwrap();
    let flipped = |at: usize| {
        let mut bad = good.clone();
        bad[at] ^= 1;
        bad
    };
    let mut longer = good.clone();
    longer.extend([0; 32]);
    for bad in [
        flipped(0),
        flipped(25),
        flipped(59),
        flipped(70),
        flipped(good.len() / 2),
        flipped(good.len() - 1),
        good[..good.len() - 32].to_vec(),
        good[..good.len() - 1].to_vec(),
        good[..50].to_vec(),
        Vec::new(),
        longer,
    ] {
        fs::write(desk.index(), &bad).unwrap();
        assert!(desk.open().was_built());
        assert_eq!(fs::read(desk.index()).unwrap(), good);
    }
    // The next list, with one entry more.
    let next = long_list().revoke(serial(77), day(2026, 11, 2), RevocationReason::Superseded);
    fs::write(desk.list(), desk.country.csca.list(&next).as_der()).unwrap();
    let index = desk.open();
    assert!(index.was_built() && index.is_revoked(&serial(77)).unwrap().is_some());
}

#[test]
fn an_index_that_is_cut_off_while_it_is_in_use_answers_nothing() {
    let desk = Desk::signed(&long_list());
    let index = desk.open();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(desk.index())
        .unwrap();
    file.set_len(100).unwrap();
    assert!(matches!(
        index.is_revoked(&serial(5)),
        Err(RevocationIndexError::Io(_))
    ));
}

#[test]
fn a_stale_list_and_one_from_the_future_are_refused_even_with_an_index() {
    let desk = Desk::signed(&list_builder());
    desk.open();
    let at = |time| match desk.open_at(time) {
        Err(RevocationIndexError::List(error)) => error,
        other => panic!("{other:?}"),
    };
    let (this_update, next_update) = (day(2026, 11, 1), day(2027, 1, 30));
    assert_eq!(
        at(day(2027, 1, 31)),
        Error::RevocationListStale { next_update }
    );
    assert_eq!(
        at(day(2026, 10, 31)),
        Error::RevocationListNotYetValid { this_update }
    );
    desk.open_at(next_update).unwrap();
}

#[test]
fn a_list_of_another_signer_is_refused_and_leaves_no_index() {
    let other = Country::with_keys(p256(11), p256(12));
    let desk = Desk::with(other.csca.list(&long_list()).as_der());
    assert_eq!(desk.refusal(), Error::RevocationListIssuer);
    assert_eq!(desk.files(), 1);
}

#[test]
fn one_bit_of_an_entry_breaks_the_signature() {
    let list = Country::new().csca.list(&long_list());
    let mut der = list.as_der().to_vec();
    let serial = list.iter().next().unwrap().0;
    let at = der
        .windows(serial.as_bytes().len())
        .rposition(|window| window == serial.as_bytes());
    der[at.unwrap()] ^= 1;
    let desk = Desk::with(&der);
    assert_eq!(desk.refusal(), Error::RevocationListSignature);
    // Not even where an index of the genuine list is there.
    fs::write(desk.list(), list.as_der()).unwrap();
    desk.open();
    fs::write(desk.list(), der).unwrap();
    assert_eq!(desk.refusal(), Error::RevocationListSignature);
}

#[test]
fn a_list_that_is_cut_off_or_has_bytes_behind_it_is_refused() {
    let list = Country::new().csca.list(&long_list());
    let der = list.as_der();
    for bad in [
        &der[..der.len() - 1],
        &der[..100],
        &der[..1],
        &[],
        &[der, &[0]].concat(),
    ] {
        let desk = Desk::with(bad);
        assert!(
            matches!(desk.refusal(), Error::Malformed { .. }),
            "{}",
            bad.len()
        );
        assert!(RevocationList::from_der(bad).is_err());
    }
}

#[test]
fn what_restricts_a_list_or_an_entry_is_refused() {
    let delta = list_builder().extension(ID_CE_DELTA_CRL_INDICATOR, true, &[2, 1, 1]);
    assert_eq!(
        Desk::signed(&delta).refusal(),
        Error::RevocationListCriticalExtension(ID_CE_DELTA_CRL_INDICATOR)
    );
    // An indirect list says in an entry whose certificate it is.
    let other = Extension {
        extn_id: ID_CE_CERTIFICATE_ISSUER,
        critical: true,
        extn_value: OctetString::new([0x30, 0x00]).unwrap(),
    };
    let desk = Desk::with(&changed(|list| {
        let entries = list.tbs_cert_list.revoked_certificates.as_mut().unwrap();
        entries[0]
            .crl_entry_extensions
            .get_or_insert_default()
            .push(other);
    }));
    assert_eq!(
        desk.refusal(),
        Error::RevocationListCriticalExtension(ID_CE_CERTIFICATE_ISSUER)
    );
    assert_eq!(desk.files(), 1);
}

#[test]
fn a_list_that_names_a_number_twice_is_refused() {
    let desk = Desk::with(&changed(|list| {
        let entries = list.tbs_cert_list.revoked_certificates.as_mut().unwrap();
        entries.push(entries[0].clone());
    }));
    let Error::RevocationListDuplicate(_) = desk.refusal() else {
        panic!("refused otherwise");
    };
    assert_eq!(desk.files(), 1);
}

/// The long list with something else in it, signed again.
fn changed(change: impl FnOnce(&mut CertificateList)) -> Vec<u8> {
    let country = Country::new();
    let list = country.csca.list(&long_list());
    let mut list = CertificateList::from_der(list.as_der()).unwrap();
    change(&mut list);
    let signed = list.tbs_cert_list.to_der().unwrap();
    let signature = country
        .csca
        .key
        .sign(&signed, &mut crate::country::rng(1))
        .unwrap();
    list.signature = der::asn1::BitString::from_bytes(&signature).unwrap();
    list.to_der().unwrap()
}

/// The two readers of lists share their rules, not their loops.
#[test]
fn one_bit_anywhere_or_a_list_cut_off_anywhere_is_refused_both_ways() {
    let list = list_builder().revoke(serial(7), day(2026, 11, 1), RevocationReason::Superseded);
    let desk = Desk::signed(&list);
    let good = fs::read(desk.list()).unwrap();
    desk.open();
    let flipped = (0..good.len()).map(|at| {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        bad
    });
    let cut = (0..good.len()).map(|end| good[..end].to_vec());
    for bad in flipped.chain(cut) {
        let whole = RevocationList::from_der(&bad).and_then(|list| {
            list.check_validity(now())?;
            desk.country.trust.authenticate_list(&list, now())
        });
        assert!(whole.is_err());
        fs::write(desk.list(), &bad).unwrap();
        let _refused: Error = desk.refusal();
    }
}
