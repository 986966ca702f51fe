//! How a card image is laid out in the [store](crate::store): one record for each thing that
//! changes or is read on its own.

use alloc::vec::Vec;
use secure_channel::{
    Curve, EcPrivateKey, PasswordId, SymmetricCipher,
    auxiliary_data::Kind,
    pace::{PaceProtocol, PaceSuite},
};
use zeroize::Zeroizing;

use super::{
    CardImage, CertRead, ChipAuthenticationKey, LifeCycle, Lockout, Options, PersonaliseError,
};
use crate::{
    access,
    objects::{Directory, FileRef, KeyRef, Slot},
    store::{RecordId, Transaction},
};

/// The issuer's options.
pub(crate) const OPTIONS: RecordId = RecordId(0x0100);
/// One byte: the life cycle status, coded as in the FCP.
pub(crate) const LIFE_CYCLE: RecordId = RecordId(0x0101);
/// One byte: 1 while PIN1 is activated.
pub(crate) const PIN1_ACTIVE: RecordId = RecordId(0x0102);
/// The trust-points and the date, as [`cvc::TrustPoints`] writes them.
pub(crate) const TRUST_POINTS: RecordId = RecordId(0x0103);
/// One byte: the state of the cryptographic information application, coded as in the FCP. A card without it has
/// no such application.
pub(crate) const CIA_STATE: RecordId = RecordId(0x0104);
/// The value of PIN2, in ASCII digits.
pub(crate) const PIN2_SECRET: RecordId = RecordId(0x0281);
/// One byte: tries left for PIN2.
pub(crate) const PIN2_TRIES_LEFT: RecordId = RecordId(0x0381);

/// The encoded value of a PACE password.
pub(crate) const fn secret(password: PasswordId) -> RecordId {
    RecordId(0x0200 | password.reference() as u32)
}

/// One byte: tries left (PIN1, PUK) or failures in a row (MRZ, CAN).
pub(crate) const fn counter(password: PasswordId) -> RecordId {
    RecordId(0x0300 | password.reference() as u32)
}

/// A private key.
pub(crate) fn key(key: KeyRef) -> RecordId {
    RecordId(match key {
        KeyRef::Generation => 0x0401,
        KeyRef::ChipIndividual => 0x0402,
        KeyRef::ActiveAuthentication => 0x0403,
        KeyRef::Revocation => 0x0404,
        KeyRef::Pseudonym => 0x0405,
        KeyRef::Holder(slot) => 0x0400 | u32::from(slot.reference()),
    })
}

/// What the chip compares with auxiliary data: a date in eight digits, or the municipality's bytes.
pub(crate) const fn reference_data(kind: Kind) -> RecordId {
    RecordId(match kind {
        Kind::DateOfBirth => 0x0501,
        Kind::DateOfExpiry => 0x0502,
        Kind::MunicipalityId => 0x0503,
    })
}

/// The bytes of a file.
pub(crate) fn file(file: FileRef) -> RecordId {
    let directory = match file.directory {
        Directory::MasterFile => 1,
        Directory::Eid => 2,
        Directory::Icao => 3,
        Directory::Cia => 4,
    };
    RecordId(directory << 16 | u32::from(file.id.0))
}

/// Life cycle status bytes (ISO/IEC 7816-4 §7.4.10).
impl LifeCycle {
    /// As in the FCP.
    pub(crate) const fn status_byte(self) -> u8 {
        match self {
            Self::Operational => 0x05,
            Self::Terminated => 0x0C,
        }
    }

    pub(crate) const fn from_status_byte(byte: u8) -> Option<Self> {
        match byte {
            0x05 => Some(Self::Operational),
            0x0C => Some(Self::Terminated),
            _ => None,
        }
    }
}

impl Options {
    /// One byte of flags, then eleven bytes a suite: the value of its protocol's object identifier
    /// and the parameter id.
    fn to_record(&self) -> Vec<u8> {
        let flag = |set: bool, bit: u8| u8::from(set) << bit;
        let mut record = Vec::from([flag(self.icao_can, 0)
            | flag(self.lockout == Lockout::Card, 1)
            | flag(self.extended_length, 2)
            | flag(self.cert_read == CertRead::AfterPace, 3)]);
        for suite in &self.suites {
            record.extend_from_slice(&suite.protocol.oid());
            record.push(suite.curve.parameter_id());
        }
        record
    }

    /// The inverse; `None` if the record makes no sense.
    pub(crate) fn from_record(record: &[u8], life_cycle: LifeCycle) -> Option<Self> {
        let (&flags, suites) = record.split_first()?;
        let mut options = Self {
            icao_can: flags & 1 != 0,
            lockout: if flags & 2 != 0 {
                Lockout::Card
            } else {
                Lockout::Password
            },
            suites: Vec::new(),
            extended_length: flags & 4 != 0,
            cert_read: if flags & 8 != 0 {
                CertRead::AfterPace
            } else {
                CertRead::AfterPin2
            },
            life_cycle,
        };
        for suite in suites.chunks(11) {
            let (&parameters, protocol) = suite.split_last()?;
            options.suites.push(PaceSuite {
                protocol: PaceProtocol::from_oid(protocol)?,
                curve: Curve::from_parameter_id(parameters)?,
            });
        }
        Some(options)
    }
}

/// The parameter id of the curve and the private scalar.
fn key_record(key: &EcPrivateKey) -> Zeroizing<Vec<u8>> {
    let mut record = Zeroizing::new(Vec::with_capacity(64));
    record.push(key.curve().parameter_id());
    record.extend_from_slice(key.expose_secret());
    record
}

/// The inverse of [`key_record`].
pub(crate) fn key_from_record(record: &[u8]) -> Option<EcPrivateKey> {
    let (&parameters, scalar) = record.split_first()?;
    EcPrivateKey::from_bytes(Curve::from_parameter_id(parameters)?, scalar).ok()
}

impl ChipAuthenticationKey {
    /// Two bytes for the key id (1 and it, or 0 and 0), the key length of the cipher in bytes, then
    /// the key.
    fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let key = key_record(&self.key);
        let mut record = Zeroizing::new(Vec::with_capacity(3 + key.len()));
        record.extend_from_slice(&[
            u8::from(self.key_id.is_some()),
            self.key_id.unwrap_or(0),
            u8::try_from(self.cipher.key_size()).unwrap_or(0),
        ]);
        record.extend_from_slice(&key);
        record
    }

    /// The inverse.
    pub(crate) fn from_record(record: &[u8]) -> Option<Self> {
        let (&[has_id, id, key_size], key) = record.split_first_chunk::<3>()?;
        Some(Self {
            key_id: (has_id == 1).then_some(id),
            cipher: SymmetricCipher::ALL
                .into_iter()
                .find(|c| c.key_size() == usize::from(key_size))?,
            key: key_from_record(key)?,
        })
    }
}

impl CardImage {
    /// Everything, as the first transaction of the card's life.
    pub(super) fn to_records(&self) -> Result<Transaction, PersonaliseError> {
        let mut records = Transaction::new();
        records.put(OPTIONS, self.options.to_record());
        records.put(LIFE_CYCLE, [self.options.life_cycle.status_byte()]);
        self.put_files(&mut records)?;
        self.put_passwords(&mut records);
        self.put_keys(&mut records);
        self.put_reference_data(&mut records);
        self.put_cryptographic_information(&mut records);
        if let Some(points) = &self.eid.trust_points {
            records.put(TRUST_POINTS, points.to_bytes());
        }
        Ok(records)
    }

    fn put_files(&self, records: &mut Transaction) -> Result<(), PersonaliseError> {
        let master = &self.master_file;
        let mut files = Vec::from([
            (FileRef::ATR_INFO, Some(&master.atr_info)),
            (FileRef::DIR, Some(&master.dir)),
            (FileRef::CARD_ACCESS, Some(&master.card_access)),
            (FileRef::CARD_SECURITY, Some(&master.card_security)),
            (FileRef::CHIP_SECURITY, master.chip_security.as_ref()),
            (FileRef::GDO, Some(&master.gdo)),
            (FileRef::EID_SOD, Some(&self.eid.sod)),
        ]);
        for (number, contents) in &self.eid.groups {
            let group = FileRef::group(*number);
            if group == FileRef::EID_SOD || !access::is_known(group) {
                return Err(PersonaliseError::UnknownGroup(*number));
            }
            files.push((group, Some(contents)));
        }
        if let Some(icao) = &self.icao {
            files.extend([
                (FileRef::ICAO_COM, Some(&icao.com)),
                (FileRef::ICAO_SOD, Some(&icao.sod)),
                (FileRef::ICAO_DG1, Some(&icao.dg1)),
                (FileRef::ICAO_DG2, Some(&icao.dg2)),
                (FileRef::ICAO_DG14, Some(&icao.dg14)),
                (FileRef::ICAO_DG15, icao.dg15.as_ref()),
            ]);
        }
        for (name, contents) in files {
            if let Some(contents) = contents {
                records.put(file(name), contents.as_slice());
            }
        }
        Ok(())
    }

    fn put_passwords(&self, records: &mut Transaction) {
        let passwords = &self.passwords;
        for password in [&passwords.can, &passwords.pin1, &passwords.puk]
            .into_iter()
            .chain(&passwords.mrz)
        {
            records.put(secret(password.id()), password.expose_secret());
        }
        records.put(counter(PasswordId::Can), [0]);
        records.put(counter(PasswordId::Mrz), [0]);
        records.put(counter(PasswordId::Pin), [passwords.pin1_tries]);
        records.put(counter(PasswordId::Puk), [passwords.puk_tries]);
        records.put(PIN1_ACTIVE, [u8::from(passwords.pin1_active)]);
        if let Some(pin2) = &passwords.pin2 {
            records.put(PIN2_SECRET, pin2.as_slice());
            records.put(PIN2_TRIES_LEFT, [passwords.pin2_tries]);
        }
    }

    fn put_keys(&self, records: &mut Transaction) {
        records.put(
            key(KeyRef::Generation),
            key_record(&self.keys.generation).as_slice(),
        );
        if let Some(individual) = &self.keys.chip_individual {
            records.put(
                key(KeyRef::ChipIndividual),
                individual.to_record().as_slice(),
            );
        }
        for (name, own) in [
            (
                KeyRef::ActiveAuthentication,
                &self.keys.active_authentication,
            ),
            (KeyRef::Revocation, &self.keys.revocation),
            (KeyRef::Pseudonym, &self.keys.pseudonym),
        ] {
            if let Some(own) = own {
                records.put(key(name), key_record(own).as_slice());
            }
        }
    }

    fn put_cryptographic_information(&self, records: &mut Transaction) {
        let Some(cia) = &self.cia else {
            return;
        };
        records.put(CIA_STATE, [cia.state.status_byte()]);
        for (slot, contents) in [
            (Slot::Signature, &cia.signature),
            (Slot::Authentication, &cia.authentication),
            (Slot::Decipherment, &cia.decipherment),
        ] {
            if let Some(own) = &contents.key {
                records.put(key(KeyRef::Holder(slot)), own.to_record().as_slice());
            }
            if let Some(certificate) = &contents.certificate {
                records.put(file(FileRef::certificate(slot)), certificate.as_slice());
            }
        }
    }

    fn put_reference_data(&self, records: &mut Transaction) {
        let data = &self.eid.reference_data;
        for (kind, date) in [
            (Kind::DateOfBirth, &data.date_of_birth),
            (Kind::DateOfExpiry, &data.date_of_expiry),
        ] {
            if let Some(date) = date {
                records.put(reference_data(kind), date.as_bytes().as_slice());
            }
        }
        if let Some(municipality) = &data.municipality_id {
            records.put(
                reference_data(Kind::MunicipalityId),
                municipality.as_slice(),
            );
        }
    }
}
