//! Specimen holders and specimen cards, for tests and demonstrations.
//!
//! Each function gives one simulated card in a reader, ready to be opened, with its codes and with
//! what a verifier has to be given:
//!
//! | card | what is wrong with it | error code of the host library |
//! |---|---|---|
//! | [`valid`] | nothing | none |
//! | [`overdue`] | 應換領日期 has passed | `DocumentOverdue`, E-DOCUMENT-OVERDUE |
//! | [`revoked`] | its document signer is on the revocation list | `DocumentSignerRevoked`, E-SIGNER-REVOKED |
//! | [`wrong_signer`] | an unknown country signing CA of the same name signed it | `UntrustedSigner`, E-SIGNER-UNTRUSTED |
//! | [`pin_suspended`] | one try is left for PIN1 | `PinSuspended`, E-PIN1-SUSPENDED |
//! | [`pin_blocked`] | no try is left for PIN1 | `PinBlocked`, E-PIN1-BLOCKED |
//! | [`deactivated`] | the holder has locked it (鎖卡) | `PinDeactivated`, E-PIN1-DEACTIVATED |
//! | [`lost`] | it is on the list of lost cards (掛失) | `CardReportedLost`, E-DOCUMENT-LOST |
//! | [`cloned`] | the files of a genuine card in another chip | `ChipNotGenuine`, E-CHIP-NOT-GENUINE |
//! | [`tampered`] | one group was changed after signing | `DataAltered`, E-DATA-ALTERED |
//!
//! The chip knows nothing of all this: it is always the same program, with another image.
//!
//! All keys, nonces and codes come from fixed seeds. Every run is the same run, and **everybody has
//! these keys**: nothing here may ever meet a real person's data.
//!
//! ```
//! use issuer::specimen;
//! use transport::CardTransport;
//!
//! let mut specimen = specimen::pin_blocked();
//! // MSE:Set AT for PACE with PIN1 tells the state of the password: no try left.
//! let answer = specimen.card.transmit(&[
//!     0x00, 0x22, 0xC1, 0xA4, 0x0F, 0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04,
//!     0x02, 0x02, 0x83, 0x01, 0x03,
//! ])?;
//! assert_eq!(answer, [0x63, 0xC0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All of them accept the terminals of [`agencies`].

use core::fmt;
use std::sync::OnceLock;

use applet_sim::{CardImage, Chip, Environment, MemoryStore, NoDelay};
use cvc::TrustPoints;
use lds::eid::{DataGroup, Dg11, GroupNumber};
use lds::{Date, Mrz, Name};
use pki::{RevocationList, Time, TrustStore};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::{Curve, EcPrivateKey};
use transport::{InProcess, Interface};

use crate::codes::Codes;
use crate::error::Error;
use crate::issuer::{IssuedCard, Issuer};
use crate::profile::{CardNumber, Profile};
use crate::test_pki::{Signer, TestPki};

mod agency;
mod holders;

pub use agency::{SpecimenAgency, agencies, agencies_since, agency};
pub(crate) use holders::default_holder;
pub use holders::{SpecimenHolder, holders};

/// The placeholder portrait, 300 dpi, JPEG. It shows nobody (`assets/README.md`).
pub const PORTRAIT_300_DPI: &[u8] = include_bytes!("../assets/specimen-300dpi.jpg");
/// The placeholder portrait, 600 dpi, JPEG.
pub const PORTRAIT_600_DPI: &[u8] = include_bytes!("../assets/specimen-600dpi.jpg");
/// The placeholder portrait, 300 dpi, JPEG 2000.
pub const PORTRAIT_300_DPI_JPEG_2000: &[u8] = include_bytes!("../assets/specimen-300dpi.jp2");
/// The placeholder portrait, 600 dpi, JPEG 2000.
pub const PORTRAIT_600_DPI_JPEG_2000: &[u8] = include_bytes!("../assets/specimen-600dpi.jp2");

/// Number of the card that the list of lost cards names.
const LOST_CARD_NUMBER: &str = "LST123456";

/// A simulated card in a reader, with its codes and what a verifier has to be given.
///
/// An agency's own test, with the host library:
///
/// ```
/// use host_lib::{AccessCode, Card, ErrorCode, Groups, Verifier};
/// use issuer::specimen;
///
/// let specimen = specimen::overdue();
/// let trust = &specimen.trust;
/// let verifier =
///     Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists);
/// let mut card = Card::open(specimen.card)?;
/// let mut session = card.pace(AccessCode::can(specimen.codes.can())?)?;
/// let verdict = session.read(Groups::public())?.verify(&verifier);
/// let refused = verdict.accept().expect_err("the card is overdue");
/// assert_eq!(refused.code(), ErrorCode::DocumentOverdue);
/// # Ok::<(), host_lib::Error>(())
/// ```
#[non_exhaustive]
pub struct IssuedSpecimen {
    /// The card, in a contactless reader in this process. [`InProcess::remove`] takes it out, for
    /// another interface or another carrier.
    pub card: InProcess<Chip<MemoryStore>>,
    /// The codes of the PIN letter.
    pub codes: Codes,
    /// 證件號碼.
    pub card_number: CardNumber,
    /// The machine-readable zone; `None` on a card without ICAO application.
    pub mrz: Option<Mrz>,
    /// What a verifier has to be given.
    pub trust: SpecimenTrust,
}

impl fmt::Debug for IssuedSpecimen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedSpecimen").finish_non_exhaustive()
    }
}

/// What a verifier of specimen cards has to be given. It is the same for all of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpecimenTrust {
    /// The test country signing CA; test anchors are allowed in this store.
    pub anchors: TrustStore,
    /// Its revocation lists.
    pub revocation_lists: Vec<RevocationList>,
    /// The list of lost cards.
    pub lost_cards: RevocationList,
    /// The register that signs the list of lost cards.
    pub lost_card_anchors: TrustStore,
    /// A moment at which the valid card is valid and the others are what they are.
    pub time: Time,
}

/// What a verifier of specimen cards has to be given.
pub fn trust() -> SpecimenTrust {
    must(Office::open()).trust.clone()
}

/// A card with which nothing is wrong: 王小明's, access code 123456, PIN1 135790, PUK 24681357, PIN2
/// 86427531.
pub fn valid() -> IssuedSpecimen {
    specimen(1, Signer::Current, |_| Ok(()))
}

/// The card of [`valid`], which accepts other terminals than those of [`agencies`]: for programs that bring certification
/// authorities of their own.
pub fn accepting(trust_points: &TrustPoints) -> IssuedSpecimen {
    specimen(1, Signer::Current, |image| {
        image.eid.trust_points = Some(trust_points.clone());
        Ok(())
    })
}

/// A card whose holder should have fetched a new one (應換領日期 2025-05-31). Signatures, chip and codes
/// are in order.
///
/// The host library refuses it with `DocumentOverdue`.
pub fn overdue() -> IssuedSpecimen {
    let profile = Date::new(2015, 6, 1).and_then(|issue_date| {
        let mut profile = default_holder();
        profile.document_mut().issue_date = issue_date;
        profile.document_mut().renewal_date = Date::new(2025, 5, 31)?;
        Ok(profile)
    });
    let made = profile.map_err(Error::from);
    must(made.and_then(|profile| issue_changed(&profile, 2, Signer::Current, |_| Ok(()))))
}

/// A card whose document signer was revoked (key compromise): the revocation list names it.
///
/// The host library refuses it with `DocumentSignerRevoked`.
pub fn revoked() -> IssuedSpecimen {
    specimen(3, Signer::Revoked, |_| Ok(()))
}

/// A card that looks genuine, signed under a country signing CA that has the same name as the real
/// one and another key.
///
/// The host library refuses it with `UntrustedSigner`.
pub fn wrong_signer() -> IssuedSpecimen {
    specimen(4, Signer::Foreign, |_| Ok(()))
}

/// A card whose PIN1 was entered wrongly twice: one try is left, and the access code must be
/// entered first.
///
/// PIN1 alone is answered with 63C1 and then 6985; the host library says `PinSuspended`.
pub fn pin_suspended() -> IssuedSpecimen {
    specimen(5, Signer::Current, |image| {
        image.passwords.pin1_tries = 1;
        Ok(())
    })
}

/// A card whose PIN1 was entered wrongly three times. The PUK unblocks it.
///
/// PIN1 is answered with 63C0 and then 6983; the host library says `PinBlocked`.
pub fn pin_blocked() -> IssuedSpecimen {
    specimen(6, Signer::Current, |image| {
        image.passwords.pin1_tries = 0;
        Ok(())
    })
}

/// A card that its holder has locked (鎖卡), or whose PIN1 was never activated.
///
/// PIN1 is answered with 6283 and then 6984; the host library says `PinDeactivated`.
pub fn deactivated() -> IssuedSpecimen {
    specimen(7, Signer::Current, |image| {
        image.passwords.pin1_active = false;
        Ok(())
    })
}

/// A card that was reported lost (掛失): the list of lost cards names it. The card itself does not
/// know.
///
/// The host library refuses it with `CardReportedLost`, where it was given the list.
pub fn lost() -> IssuedSpecimen {
    let mut profile = default_holder();
    profile.document_mut().card_number = CardNumber::parse(LOST_CARD_NUMBER);
    must(issue_changed(&profile, 8, Signer::Current, |_| Ok(())))
}

/// The files of a genuine card in another chip: every signature is right, but the chip does not
/// have the private keys that were signed for.
///
/// The host library refuses it with `ChipNotGenuine`.
pub fn cloned() -> IssuedSpecimen {
    let mut rng = ChaCha20Rng::from_seed([109; 32]);
    specimen(9, Signer::Current, |image| {
        let keys = &mut image.keys;
        keys.generation = EcPrivateKey::generate(keys.generation.curve(), &mut rng)?;
        if let Some(individual) = &mut keys.chip_individual {
            individual.key = EcPrivateKey::generate(individual.key.curve(), &mut rng)?;
        }
        let own = [
            &mut keys.active_authentication,
            &mut keys.revocation,
            &mut keys.pseudonym,
        ];
        for key in own.into_iter().flatten() {
            *key = EcPrivateKey::generate(key.curve(), &mut rng)?;
        }
        Ok(())
    })
}

/// A card on which somebody wrote another name into DG11 after it was signed.
///
/// The host library refuses it with `DataAltered`.
pub fn tampered() -> IssuedSpecimen {
    specimen(10, Signer::Current, |image| {
        let number = GroupNumber::Dg11.number();
        let contents = image
            .eid
            .groups
            .get_mut(&number)
            .ok_or(Error::Internal("DG11"))?;
        let mut group = Dg11::decode(contents)?;
        group.name = Name::new("王大明")?;
        *contents = group.encode();
        Ok(())
    })
}

/// A card for any profile, signed by the specimens' document signer, so that [`trust`] fits.
///
/// # Errors
/// None in practice: a profile that exists can be issued.
///
/// ```
/// use issuer::specimen;
///
/// for holder in specimen::holders() {
///     let specimen = specimen::issue(&holder.profile())?;
///     assert_eq!(specimen.codes.can(), specimen.card_number.can());
/// }
/// # Ok::<(), issuer::Error>(())
/// ```
pub fn issue(profile: &Profile) -> Result<IssuedSpecimen, Error> {
    // From one seed all holders would have one pseudonym.
    let mut seed = [11; 32];
    for (byte, character) in seed
        .iter_mut()
        .zip(profile.holder().national_id.as_str().bytes())
    {
        *byte = character;
    }
    let mut rng = ChaCha20Rng::from_seed(seed);
    issue_changed(profile, 11, Signer::Current, |image| {
        image.keys.revocation = Some(EcPrivateKey::generate(Curve::P256, &mut rng)?);
        image.keys.pseudonym = Some(EcPrivateKey::generate(Curve::P256, &mut rng)?);
        Ok(())
    })
}

fn specimen(
    seed: u8,
    signer: Signer,
    change: impl FnOnce(&mut CardImage) -> Result<(), Error>,
) -> IssuedSpecimen {
    must(issue_changed(&default_holder(), seed, signer, change))
}

#[expect(
    clippy::expect_used,
    reason = "the input is fixed, and a test makes every specimen"
)]
fn must<T>(made: Result<T, Error>) -> T {
    made.expect("a specimen card can be made")
}

/// Issues a card, changes its image, and puts it into a reader.
fn issue_changed(
    profile: &Profile,
    seed: u8,
    signer: Signer,
    change: impl FnOnce(&mut CardImage) -> Result<(), Error>,
) -> Result<IssuedSpecimen, Error> {
    let office = Office::open()?;
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let issuer = Issuer::with_signer(&office.pki, signer).accepting(&office.trust_points);
    let mut issued = issuer.issue_single(profile, &mut rng)?;
    change(issued.image_mut())?;
    let memory = issued.image().personalise(MemoryStore::default())?;
    let environment = Environment {
        rng: Box::new(rng),
        delay: Box::new(NoDelay),
    };
    let chip = Chip::open(memory, environment)?;
    let IssuedCard {
        codes,
        card_number,
        mrz,
        ..
    } = issued;
    Ok(IssuedSpecimen {
        card: InProcess::new(chip, Interface::Contactless),
        codes,
        card_number,
        mrz,
        trust: office.trust.clone(),
    })
}

/// The PKI of the specimens, made once in a process.
struct Office {
    pki: TestPki,
    trust_points: TrustPoints,
    trust: SpecimenTrust,
}

impl Office {
    fn open() -> Result<&'static Self, Error> {
        static OFFICE: OnceLock<Office> = OnceLock::new();
        if let Some(office) = OFFICE.get() {
            return Ok(office);
        }
        // Two threads may both come here; they make the same thing.
        let office = Self::new()?;
        Ok(OFFICE.get_or_init(|| office))
    }

    fn new() -> Result<Self, Error> {
        let mut rng = ChaCha20Rng::from_seed([0; 32]);
        let pki = TestPki::create(&mut rng)?;
        let lost = CardNumber::parse(LOST_CARD_NUMBER).ok_or(Error::Internal("the lost card"))?;
        let trust = SpecimenTrust {
            anchors: pki.trust_store()?,
            revocation_lists: pki.revocation_lists().to_vec(),
            lost_cards: pki.lost_card_list([&lost], &mut rng)?,
            lost_card_anchors: pki.lost_card_trust_store()?,
            time: Time::utc(2026, 6, 1, 4, 0, 0)?,
        };
        Ok(Self {
            pki,
            trust_points: agency::new_agencies()?.trust_points()?,
            trust,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specimen_cards_accept_the_terminals_of_the_specimen_agencies() {
        let expected = agencies().trust_points();
        let mut found = None;
        let made = issue_changed(&default_holder(), 1, Signer::Current, |image| {
            found.clone_from(&image.eid.trust_points);
            Ok(())
        });
        assert!(made.is_ok());
        assert_eq!(found, expected.ok());
        assert!(found.is_some());
    }

    #[test]
    fn a_card_accepts_no_terminal_unless_its_issuer_says_so() {
        let office = must(Office::open());
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let issued = Issuer::new(&office.pki).issue_single(&default_holder(), &mut rng);
        assert!(must(issued).image().eid.trust_points.is_none());
    }
}
