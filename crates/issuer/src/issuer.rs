//! From a profile to a personalised card.

use std::collections::BTreeMap;
use std::path::Path;

use applet_sim::{
    CardImage, ChipAuthenticationKey, CryptographicInformationApplication, EidApplication, KeyKind,
    Keys, Options, Passwords, ReferenceData,
};
use cvc::TrustPoints;
use lds::Mrz;
use rand_core::CryptoRng;
use secure_channel::auxiliary_data;
use secure_channel::{Curve, EcPrivateKey, Password, SymmetricCipher};
use zeroize::Zeroizing;

use crate::batch::{Batch, BatchOptions, sign_security_infos};
use crate::codes::{self, Codes};
use crate::error::Error;
use crate::icao::IcaoKeys;
use crate::profile::{CardNumber, Profile};
use crate::security_infos::INDIVIDUAL_KEY_ID;
use crate::test_pki::{Authority, Signer, TestPki};
use crate::{eid_groups, icao, security_infos, sod};

/// Issues cards that one document signer of a test PKI signs.
///
/// ```
/// use issuer::{Issuer, Profile, TestPki};
/// use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
///
/// let mut rng = ChaCha20Rng::from_seed([7; 32]);
/// let pki = TestPki::create(&mut rng)?;
/// let card = Issuer::new(&pki).issue_single(&Profile::default_specimen(), &mut rng)?;
/// assert_eq!(card.codes().can(), "123456");
///
/// // What the chip is made of: write it into a memory, and there is a card.
/// let memory = card.image().personalise(applet_sim::MemoryStore::default())?;
/// let chip = applet_sim::Chip::open(memory, applet_sim::Environment::system())?;
/// # drop(chip);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    pub(crate) signer: &'a Authority,
    trust_points: Option<&'a TrustPoints>,
}

impl<'a> Issuer<'a> {
    /// An issuer whose cards the document signer in use signs.
    pub fn new(pki: &'a TestPki) -> Self {
        Self::with_signer(pki, Signer::Current)
    }

    /// An issuer whose cards another document signer signs, for cards that a verifier must refuse.
    pub fn with_signer(pki: &'a TestPki, signer: Signer) -> Self {
        Self {
            signer: pki.signer(signer),
            trust_points: None,
        }
    }

    /// Gives its cards these trust-points: the authorities whose terminals they accept, as
    /// [`AgencyPki::trust_points`](crate::AgencyPki::trust_points) has them. Without, a card accepts no
    /// terminal.
    #[must_use]
    pub fn accepting(mut self, trust_points: &'a TrustPoints) -> Self {
        self.trust_points = Some(trust_points);
        self
    }

    /// Starts a batch.
    ///
    /// # Errors
    /// None in practice.
    pub fn batch(&self, options: BatchOptions, rng: &mut dyn CryptoRng) -> Result<Batch, Error> {
        Batch::new(options, self.signer, rng)
    }

    /// Goes on with the batch of these options that is kept in `directory`, or starts one there.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::DamagedBatch`] if the files are damaged or do not belong together.
    pub fn load_or_create_batch(
        &self,
        directory: &Path,
        options: BatchOptions,
        rng: &mut dyn CryptoRng,
    ) -> Result<Batch, Error> {
        Batch::load_or_create(directory, options, self.signer, rng)
    }

    /// Issues one card of a batch: draws the codes that the profile leaves open, the salts and the
    /// chip's own keys, fills the files and signs them.
    ///
    /// # Errors
    /// [`Error::OtherBatch`] if the profile's options are not those of the batch.
    pub fn issue(
        &self,
        profile: &Profile,
        batch: &Batch,
        rng: &mut dyn CryptoRng,
    ) -> Result<IssuedCard, Error> {
        if *batch.options() != BatchOptions::of(profile) {
            return Err(Error::OtherBatch);
        }
        let chip = profile.chip();
        let card_number = codes::card_number(profile.document(), profile.codes(), rng)
            .ok_or(Error::Internal("a card number"))?;
        let codes = Codes::draw(profile.codes(), &card_number, chip.certificate, rng);
        let individual = EcPrivateKey::generate(Curve::P256, rng)?;
        let individual_public = individual.public_key()?;

        let mut master_file = batch.master_file()?;
        master_file.gdo = global_data_objects(&card_number, rng);
        let infos = security_infos::chip_security(
            batch.card_access(),
            &batch.generation_public_key()?,
            &individual_public,
        )?;
        master_file.chip_security = Some(sign_security_infos(&infos, self.signer, rng)?);

        let eid = self.eid_application(profile, &card_number, rng)?;
        let mut active_authentication = None;
        let mut mrz = None;
        let mut icao_application = None;
        if chip.icao {
            if chip.active_authentication {
                active_authentication = Some(EcPrivateKey::generate(Curve::P256, rng)?);
            }
            let active_public = active_authentication.as_ref().map(EcPrivateKey::public_key);
            let active_public = active_public.transpose()?;
            let keys = IcaoKeys {
                individual: &individual_public,
                active_authentication: active_public.as_ref(),
            };
            let zone = icao::mrz(profile, &card_number)?;
            icao_application = Some(icao::application(
                profile,
                &zone,
                batch,
                &keys,
                self.signer,
                rng,
            )?);
            mrz = Some(zone);
        }

        let revocation = EcPrivateKey::generate(Curve::P256, rng)?;
        let pseudonym = EcPrivateKey::generate(Curve::P256, rng)?;

        let image = CardImage {
            master_file,
            eid,
            icao: icao_application,
            // Without keys until the card is certified.
            cia: chip
                .certificate
                .then(CryptographicInformationApplication::default),
            passwords: passwords(&codes, mrz.as_ref())?,
            keys: Keys {
                generation: batch.generation_key()?,
                chip_individual: chip.icao.then_some(ChipAuthenticationKey {
                    key_id: Some(INDIVIDUAL_KEY_ID),
                    cipher: SymmetricCipher::Aes128,
                    key: individual,
                }),
                active_authentication,
                revocation: Some(revocation),
                pseudonym: Some(pseudonym),
            },
            options: Options {
                icao_can: chip.icao_can,
                lockout: chip.lockout,
                cert_read: chip.cert_read,
                suites: batch.suites(),
                ..Options::default()
            },
        };
        Ok(IssuedCard {
            image,
            codes,
            card_number,
            mrz,
            certificate_keys: chip.certificate_keys,
        })
    }

    /// Issues a card that is the only one of its batch.
    ///
    /// # Errors
    /// None in practice.
    pub fn issue_single(
        &self,
        profile: &Profile,
        rng: &mut dyn CryptoRng,
    ) -> Result<IssuedCard, Error> {
        let batch = self.batch(BatchOptions::of(profile), rng)?;
        self.issue(profile, &batch, rng)
    }

    fn eid_application(
        &self,
        profile: &Profile,
        card_number: &CardNumber,
        rng: &mut dyn CryptoRng,
    ) -> Result<EidApplication, Error> {
        let groups: BTreeMap<u8, Vec<u8>> = eid_groups::groups(profile, card_number, rng)?
            .iter()
            .map(|group| (group.number().number(), group.encode()))
            .collect();
        let contents: Vec<(u8, &[u8])> = groups
            .iter()
            .map(|(number, contents)| (*number, contents.as_slice()))
            .collect();
        let sod = sod::sign(&contents, self.signer, rng)?;
        Ok(EidApplication {
            groups,
            sod,
            trust_points: self.trust_points.cloned(),
            reference_data: reference_data(profile)?,
        })
    }
}

/// A card as it leaves the issuer: the image of its chip, and what belongs into the PIN letter.
#[derive(Debug)]
pub struct IssuedCard {
    pub(crate) image: CardImage,
    pub(crate) codes: Codes,
    pub(crate) card_number: CardNumber,
    pub(crate) mrz: Option<Mrz>,
    pub(crate) certificate_keys: KeyKind,
}

impl IssuedCard {
    /// What the chip is made of.
    pub fn image(&self) -> &CardImage {
        &self.image
    }

    /// What the chip is made of, to be changed: for cards with which something is wrong.
    pub fn image_mut(&mut self) -> &mut CardImage {
        &mut self.image
    }

    /// The codes.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// 證件號碼.
    pub fn card_number(&self) -> &CardNumber {
        &self.card_number
    }

    /// The machine-readable zone; `None` on a card without ICAO application.
    pub fn mrz(&self) -> Option<&Mrz> {
        self.mrz.as_ref()
    }
}

/// What the card answers questions with: the latest date of birth that the profile allows for, 應換領日期,
/// and 戶籍地區 to the village as DG13 has it.
fn reference_data(profile: &Profile) -> Result<ReferenceData, Error> {
    let (holder, document) = (profile.holder(), profile.document());
    let date = |date: lds::Date| auxiliary_data::Date::parse(&date.to_yyyymmdd());
    Ok(ReferenceData {
        date_of_birth: holder.birth_date.latest_possible().map(date).transpose()?,
        date_of_expiry: Some(date(document.renewal_date)?),
        municipality_id: Some(holder.address.area().into_bytes()),
    })
}

fn passwords(codes: &Codes, mrz: Option<&Mrz>) -> Result<Passwords, Error> {
    let mut passwords = Passwords::new(
        Password::can(codes.can())?,
        Password::pin(codes.pin1())?,
        Password::puk(codes.puk())?,
    );
    passwords.mrz = mrz.map(|mrz| Password::mrz_information(&mrz.mrz_information()));
    passwords.pin2 = codes
        .pin2()
        .map(|pin2| Zeroizing::new(pin2.as_bytes().to_vec()));
    Ok(passwords)
}

/// EF.GDO: the card's serial number (ISO/IEC 7816-6, tag 5A), twenty digits in ten bytes. As
/// ISO/IEC 7812-1 has it they begin with 80 (reserved for national use, here as health cards use
/// it) and 158, the numeric code of Taiwan; then a fictional issuer, four random digits, and at the
/// end the access code, which is "the last six digits of the card's serial number".
fn global_data_objects(card_number: &CardNumber, rng: &mut dyn CryptoRng) -> Vec<u8> {
    let random = codes::digits(4, rng);
    let digits = Zeroizing::new(["8015800000", &random, card_number.can()].concat());
    let mut file = vec![0x5A, 0x0A];
    let nibbles: Vec<u8> = digits.bytes().map(|digit| digit & 0x0F).collect();
    file.extend(
        nibbles
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)),
    );
    file
}
