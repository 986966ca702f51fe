//! What all cards of a batch have in common.
//!
//! Whoever talks to a card before PACE must not learn which one it is. So the files that can be read
//! then are the same on all cards of a batch, EF.CardSecurity is signed once for all of them, and
//! all their chips have the same key for PACE with chip authentication mapping.

use std::path::{Path, PathBuf};

use iso7816::Aid;
use iso7816::historical::{CardCapabilities, CardServiceData};
use lds::cryptographic_information::APPLICATION_ID as CERTIFICATE_AID;
use lds::{EfAtrInfo, EfCardAccess, EfDir, ExtendedLengthInformation, SecurityInfos};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use pki::SignedData;
use pki::builder::SignedDataBuilder;
use rand_core::CryptoRng;
use secure_channel::pace::PaceSuite;
use secure_channel::{Curve, EcPrivateKey, EcPublicKey};

use applet_sim::{Chip, MasterFile, MemoryStore};

use crate::error::Error;
use crate::profile::{ChipOptions, Profile};
use crate::security_infos;
use crate::test_pki::{Authority, directory};

/// AID of the ICAO application (Doc 9303-10 §3.7).
pub(crate) const ICAO_AID: Aid = Aid::from_array([0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01]);

/// The options that are the same on all cards of a batch, because a card shows them to everybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchOptions {
    icao: bool,
    certificate: bool,
    pace: Vec<PaceSuite>,
}

impl BatchOptions {
    /// The options of the batch that this profile's card belongs to.
    pub fn of(profile: &Profile) -> Self {
        let ChipOptions {
            icao,
            certificate,
            pace,
            ..
        } = profile.chip();
        Self {
            icao: *icao,
            certificate: *certificate,
            pace: pace.clone(),
        }
    }

    /// A name for the options, the same for the same options: `icao-certificate-aes256-15`.
    fn name(&self) -> String {
        let mut name = String::from(if self.icao { "icao" } else { "no-icao" });
        if self.certificate {
            name += "-certificate";
        }
        for suite in &self.pace {
            let bits = suite.protocol.cipher.key_size() * 8;
            name += &format!("-aes{bits}-{}", suite.curve.parameter_id());
        }
        name
    }
}

/// What all cards of a batch have in common: options, the files that everybody may read,
/// EF.CardSecurity and the generation key.
#[derive(Debug)]
pub struct Batch {
    options: BatchOptions,
    card_access: SecurityInfos,
    generation_key: EcPrivateKey,
    card_security: Vec<u8>,
}

impl Batch {
    /// A new batch, whose EF.CardSecurity `signer` signs.
    pub(crate) fn new(
        options: BatchOptions,
        signer: &Authority,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        let card_access = security_infos::card_access(&security_infos::suites(&options.pace))?;
        let generation_key = EcPrivateKey::generate(Curve::P256, rng)?;
        let public_key = generation_key.public_key()?;
        let infos = security_infos::card_security(&card_access, &public_key)?;
        let card_security = sign_security_infos(&infos, signer, rng)?;
        Ok(Self {
            options,
            card_access,
            generation_key,
            card_security,
        })
    }

    /// Loads the batch with these options from `directory`, or starts one there. What an earlier version of this
    /// crate wrote into EF.CardSecurity stays on the cards of its batch; a card with other contents would stand
    /// out among them, so the next one begins a batch of its own.
    pub(crate) fn load_or_create(
        directory: &Path,
        options: BatchOptions,
        signer: &Authority,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Error> {
        let mut number: u32 = 1;
        loop {
            let files = BatchFiles::new(directory, &options, number);
            if !files.card_security.exists() {
                let batch = Self::new(options, signer, rng)?;
                directory::make_directory(directory)?;
                files.write(&batch)?;
                return Ok(batch);
            }
            if let Some(batch) = files.load(&options)? {
                return Ok(batch);
            }
            number += 1;
        }
    }

    /// The options of the batch.
    pub fn options(&self) -> &BatchOptions {
        &self.options
    }

    /// EF.CardSecurity: the same bytes on every card of the batch.
    pub fn card_security(&self) -> &[u8] {
        &self.card_security
    }

    /// The public half of the generation key.
    ///
    /// # Errors
    /// None in practice.
    pub fn generation_public_key(&self) -> Result<EcPublicKey, Error> {
        Ok(self.generation_key.public_key()?)
    }

    pub(crate) fn card_access(&self) -> &SecurityInfos {
        &self.card_access
    }

    pub(crate) fn generation_key(&self) -> Result<EcPrivateKey, Error> {
        let key = &self.generation_key;
        Ok(EcPrivateKey::from_bytes(key.curve(), key.expose_secret())?)
    }

    pub(crate) fn suites(&self) -> Vec<PaceSuite> {
        security_infos::suites(&self.options.pace)
    }

    /// The files of the master file that are the same on every card; the others are empty.
    pub(crate) fn master_file(&self) -> Result<MasterFile, Error> {
        let icao = self.options.icao.then_some(ICAO_AID);
        let certificate = self.options.certificate.then_some(CERTIFICATE_AID);
        let applications = [lds::eid::APPLICATION_ID].into_iter().chain(icao);
        Ok(MasterFile {
            atr_info: atr_info().to_bytes(),
            dir: EfDir::new(applications.chain(certificate))?.to_bytes(),
            card_access: EfCardAccess::new(self.card_access.clone()).to_bytes()?,
            card_security: self.card_security.clone(),
            chip_security: None,
            gdo: Vec::new(),
        })
    }
}

/// Where a batch is kept.
struct BatchFiles {
    key: PathBuf,
    /// Written last: where it is, the batch is complete.
    card_security: PathBuf,
}

impl BatchFiles {
    /// The first batch of these options, or a later one.
    fn new(directory: &Path, options: &BatchOptions, number: u32) -> Self {
        let mut stem = format!("batch-{}", options.name());
        if number > 1 {
            stem += &format!("-{number}");
        }
        Self {
            key: directory.join(format!("{stem}.key.pem")),
            card_security: directory.join(format!("{stem}.card-security")),
        }
    }

    fn write(&self, batch: &Batch) -> Result<(), Error> {
        let key = p256::SecretKey::from_slice(batch.generation_key.expose_secret())
            .map_err(|_| Error::DamagedBatch)?;
        let pem = key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| Error::DamagedBatch)?;
        directory::write_secret(&self.key, pem.as_bytes())?;
        directory::write_public(&self.card_security, &batch.card_security)
    }

    /// The batch; `None` if it is whole and its EF.CardSecurity not what this version writes.
    fn load(&self, options: &BatchOptions) -> Result<Option<Batch>, Error> {
        let pem = directory::read_secret(&self.key)?;
        let key = p256::SecretKey::from_pkcs8_pem(&pem).map_err(|_| Error::DamagedBatch)?;
        let scalar = zeroize::Zeroizing::new(key.to_bytes());
        let generation_key = EcPrivateKey::from_bytes(Curve::P256, &scalar)?;
        let public_key = generation_key.public_key()?;
        let card_security = directory::read(&self.card_security)?;
        let signed = SignedData::parse(&card_security)?;
        let content = signed.verify(pki::oid::SECURITY_OBJECT)?.content;
        let found = SecurityInfos::parse(content)?;
        // The two files must belong together.
        let mut keys = found
            .chip_authentication_public_key_infos()
            .map(|info| info.chip_authentication_public_key.public_key());
        if !keys.any(|key| key.is_ok_and(|key| key == public_key.as_uncompressed())) {
            return Err(Error::DamagedBatch);
        }
        let card_access = security_infos::card_access(&security_infos::suites(&options.pace))?;
        let expected = security_infos::card_security(&card_access, &public_key)?;
        Ok((content == expected.to_der()?).then(|| Batch {
            options: options.clone(),
            card_access,
            generation_key,
            card_security,
        }))
    }
}

/// SecurityInfos as a signed file: EF.CardSecurity or EF.ChipSecurity (TR-03110-3 annex A.1.2.5).
pub(crate) fn sign_security_infos(
    infos: &SecurityInfos,
    signer: &Authority,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let content = infos.to_der()?;
    let object = SignedDataBuilder::new(pki::oid::SECURITY_OBJECT, &content);
    Ok(object.sign(signer.certificate(), signer.key(), rng)?)
}

/// EF.ATR/INFO, which says what the ATR of the chip says, and how long APDUs may be.
fn atr_info() -> EfAtrInfo {
    type AnyChip = Chip<MemoryStore>;
    EfAtrInfo {
        card_service_data: Some(CardServiceData(
            CardServiceData::SELECT_BY_FULL_DF_NAME
                | CardServiceData::OBJECTS_IN_EF_DIR
                | CardServiceData::OBJECTS_IN_EF_ATR_INFO
                | CardServiceData::READ_BINARY,
        )),
        card_capabilities: Some(CardCapabilities {
            selection: CardCapabilities::BY_FULL_DF_NAME | CardCapabilities::SHORT_FILE_ID,
            data_coding: CardCapabilities::DATA_UNIT_BYTE,
            commands: CardCapabilities::COMMAND_CHAINING
                | CardCapabilities::EXTENDED_LENGTH
                | CardCapabilities::EXTENDED_LENGTH_INFORMATION,
        }),
        extended_length: Some(ExtendedLengthInformation {
            max_command: AnyChip::MAX_COMMAND as u32,
            max_response: AnyChip::MAX_RESPONSE as u32,
        }),
    }
}
