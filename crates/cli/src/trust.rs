//! Whom to trust, and until when: folders of certificates and revocation lists, and the day of the check.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use host_lib::{Certificate, LostList, RevocationList, Time, TrustStore, Verifier};

use pki::{AuthenticSecurityObject, PassiveAuthentication, RevocationIndexError};

use crate::arguments::Trust;
use crate::failure::Failure;
use crate::language::Bilingual;
use crate::pki_folder;

/// The largest file that is read from a trust folder. The largest revocation lists of national CAs have some twenty megabytes.
const LARGEST: u64 = 64 * 1024 * 1024;
/// The longest list of lost cards that is read as a whole, in bytes. A longer one is looked into through an index.
const WHOLE: u64 = 1024 * 1024;
/// What a list begins with that is not in the textual encoding.
const DER_SEQUENCE: u8 = 0x30;

/// What verification needs.
pub(crate) struct Grounds {
    pub(crate) store: TrustStore,
    pub(crate) revocation_lists: Vec<RevocationList>,
    pub(crate) lost: Option<LostList>,
    pub(crate) time: Time,
}

impl Grounds {
    /// Reads what the arguments name. Without any folder nobody is trusted.
    pub(crate) fn read(trust: &Trust) -> Result<Self, Failure> {
        let store = empty_store(trust.allow_test_anchors);
        let time = moment(trust.on.as_deref())?;
        let mut grounds = Self {
            store,
            revocation_lists: Vec::new(),
            lost: None,
            time,
        };
        for folder in &trust.trust {
            let (anchors, lists) = read_folder(folder)?;
            grounds.add_anchors(anchors)?;
            grounds
                .revocation_lists
                .extend(lists.into_iter().map(|(_, list)| list));
            let lost_cards = folder.join(pki_folder::LOST_CARDS);
            if lost_cards.is_dir() {
                grounds.lost = Some(lost_list(&lost_cards, trust.allow_test_anchors, time)?);
            }
        }
        Ok(grounds)
    }

    /// The library's verifier over these grounds.
    pub(crate) fn verifier(&self) -> Verifier<'_> {
        let verifier =
            Verifier::new(&self.store, self.time).revocation_lists(&self.revocation_lists);
        match &self.lost {
            Some(list) => verifier.lost_documents(list),
            None => verifier,
        }
    }

    /// An EF.SOD whose signature, signer and revocation pass.
    pub(crate) fn authenticate(
        &self,
        security_object: &[u8],
    ) -> Result<AuthenticSecurityObject, Failure> {
        let passive = PassiveAuthentication::new(&self.store, self.time)
            .with_revocation_lists(&self.revocation_lists);
        let verdict = passive.security_object(security_object, &[]);
        let failed = |report: pki::Report| match report.errors().next() {
            Some(error) => host_lib::Error::from(error.clone()).into(),
            // A check that was left out, and nothing asked for that.
            None => Failure::from(host_lib::Error::from(pki::Error::SignedContent {
                what: "LDS security object",
            })),
        };
        verdict.into_result().map_err(failed)
    }

    fn add_anchors(&mut self, certificates: Vec<(PathBuf, Certificate)>) -> Result<(), Failure> {
        // Links between an old and a new key of a country lead from an anchor, so anchors come first.
        let mut links = Vec::new();
        for (path, certificate) in certificates {
            match self.store.add_anchor(certificate.clone()) {
                Ok(()) => {}
                Err(pki::Error::NotSelfSigned) => links.push((path, certificate)),
                Err(error) => return Err(refused(&path, error)),
            }
        }
        for (path, certificate) in links {
            self.store
                .add_link(certificate)
                .map_err(|error| refused(&path, error))?;
        }
        Ok(())
    }
}

pub(crate) type Found<T> = Vec<(PathBuf, T)>;

/// The certificates and the revocation lists of a folder, without its subfolders.
pub(crate) fn read_folder(
    folder: &Path,
) -> Result<(Found<Certificate>, Found<RevocationList>), Failure> {
    let (certificates, lists) = files_of(folder)?;
    let lists = lists.into_iter().map(|path| {
        let list = read_list(&path)?;
        Ok((path, list))
    });
    Ok((certificates, lists.collect::<Result<_, Failure>>()?))
}

/// The certificates of a folder, and where its revocation lists lie.
fn files_of(folder: &Path) -> Result<(Found<Certificate>, Vec<PathBuf>), Failure> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Failure::file(folder, error))? {
        paths.push(entry.map_err(|error| Failure::file(folder, error))?.path());
    }
    paths.sort();
    let (mut certificates, mut lists) = (Vec::new(), Vec::new());
    for path in paths {
        let extension = path
            .extension()
            .map(|extension| extension.to_ascii_lowercase());
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("cer" | "crt" | "der" | "pem") => {
                let certificate = read_certificate(&path)?;
                certificates.push((path, certificate));
            }
            Some("crl") => lists.push(path),
            _ => {}
        }
    }
    Ok((certificates, lists))
}

/// A certificate.
pub(crate) fn read_certificate(path: &Path) -> Result<Certificate, Failure> {
    parse(path, Certificate::from_der, Certificate::from_pem)
}

/// A revocation list as a whole.
pub(crate) fn read_list(path: &Path) -> Result<RevocationList, Failure> {
    parse(path, RevocationList::from_der, RevocationList::from_pem)
}

/// The list of lost cards, or of a sector's revoked pseudonyms, which a register of its own signs: a country signing CA must
/// not, and the register signs no documents.
pub(crate) fn lost_list(
    folder: &Path,
    allow_test_anchors: bool,
    time: Time,
) -> Result<LostList, Failure> {
    let mut register = empty_store(allow_test_anchors);
    let (anchors, lists) = files_of(folder)?;
    for (path, anchor) in anchors {
        register
            .add_anchor(anchor)
            .map_err(|error| refused(&path, error))?;
    }
    let why = Bilingual::new(
        "須有一份且僅一份掛失或廢止清冊。",
        "exactly one list of lost cards or revoked pseudonyms is needed.",
    );
    let [path] = <[_; 1]>::try_from(lists).map_err(|_| Failure::NotUsable {
        path: folder.to_owned(),
        why,
    })?;
    if let Some(list) = indexed(&path, &register, time)? {
        return Ok(list);
    }
    Ok(LostList::new(read_list(&path)?, &register, time)?)
}

/// A list that is too long to be held in memory; `None` for one that is not, or that cannot have an index beside it.
fn indexed(path: &Path, register: &TrustStore, time: Time) -> Result<Option<LostList>, Failure> {
    let io = |error| Failure::file(path, error);
    let mut first = [0];
    let mut file = fs::File::open(path).map_err(io)?;
    let long = file.metadata().map_err(io)?.len() > WHOLE;
    if !long || file.read_exact(&mut first).is_err() || first != [DER_SEQUENCE] {
        return Ok(None);
    }
    let mut index = path.as_os_str().to_owned();
    index.push(".index");
    match LostList::open(path, Path::new(&index), register, time) {
        Ok(list) => Ok(Some(list)),
        Err(RevocationIndexError::List(error)) => Err(host_lib::Error::from(error).into()),
        // A folder that is not ours to write into.
        Err(_) => Ok(None),
    }
}

fn empty_store(allow_test_anchors: bool) -> TrustStore {
    if allow_test_anchors {
        TrustStore::with_test_anchors()
    } else {
        TrustStore::new()
    }
}

/// A certificate that is no anchor.
pub(crate) fn refused(path: &Path, error: pki::Error) -> Failure {
    match error {
        pki::Error::TestAnchor => Failure::TestAnchor {
            path: path.to_owned(),
        },
        error => Failure::Trust {
            path: path.to_owned(),
            error,
        },
    }
}

fn parse<T>(
    path: &Path,
    from_der: fn(&[u8]) -> Result<T, pki::Error>,
    from_pem: fn(&str) -> Result<T, pki::Error>,
) -> Result<T, Failure> {
    let size = fs::metadata(path)
        .map_err(|error| Failure::file(path, error))?
        .len();
    if size > LARGEST {
        let why = Bilingual::new(
            "檔案過大，不是憑證或廢止清冊。",
            "too large for a certificate or a revocation list.",
        );
        return Err(Failure::NotUsable {
            path: path.to_owned(),
            why,
        });
    }
    let contents = fs::read(path).map_err(|error| Failure::file(path, error))?;
    let parsed = match std::str::from_utf8(&contents) {
        Ok(text) if text.trim_start().starts_with("-----BEGIN") => from_pem(text),
        _ => from_der(&contents),
    };
    parsed.map_err(|error| Failure::Trust {
        path: path.to_owned(),
        error,
    })
}

/// Noon of this day, or now.
pub(crate) fn moment(on: Option<&str>) -> Result<Time, Failure> {
    on.map_or_else(now, noon)
}

pub(crate) fn now() -> Result<Time, Failure> {
    // A clock before 1970 is no clock; the first moment of the calendar makes every certificate not yet valid.
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs());
    Time::from_unix_seconds(seconds).map_err(|_| Failure::Date)
}

fn noon(day: &str) -> Result<Time, Failure> {
    let (year, month, day) = calendar_day(day)?;
    Time::utc(year, month, day, 12, 0, 0).map_err(|_| Failure::Date)
}

/// Year, month and day of a day as ISO 8601 writes it.
pub(crate) fn calendar_day(day: &str) -> Result<(u16, u8, u8), Failure> {
    let mut parts = day.split('-');
    let mut number = |digits: usize| {
        let part = parts
            .next()
            .filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<u16>().ok())
            .ok_or(Failure::Date)
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() {
        return Err(Failure::Date);
    }
    let small = |number: u16| u8::try_from(number).map_err(|_| Failure::Date);
    Ok((year, small(month)?, small(day)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_taken_as_iso_8601_writes_it_and_in_no_other_way() {
        assert_eq!(
            noon("2026-11-24").unwrap(),
            Time::utc(2026, 11, 24, 12, 0, 0).unwrap()
        );
        for wrong in [
            "2026-02-30",
            "2026-1-2",
            "26-01-02",
            "2026-01-02-03",
            "20260102",
            "",
            "2026-01-0x",
        ] {
            assert!(matches!(noon(wrong), Err(Failure::Date)), "{wrong}");
        }
    }
}
