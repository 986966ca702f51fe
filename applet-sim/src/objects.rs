//! What is in the card: applications, files, secrets and keys, by name. Where they may be used is
//! in [`access`](crate::access).

use iso7816::{FileId, ShortFileId};

/// The master file and the applications under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directory {
    /// The master file, 3F00.
    MasterFile,
    /// The eID application (TR-03110-4 §2.2).
    Eid,
    /// The application of ICAO Doc 9303-10.
    Icao,
    /// The cryptographic information application, DF.CIA (ISO/IEC 7816-15 §7): the natural-person
    /// certificate.
    Cia,
}

impl Directory {
    /// Those with a DF name.
    pub(crate) const APPLICATIONS: [Self; 3] = [Self::Eid, Self::Icao, Self::Cia];

    /// The DF name; the master file has none.
    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Self::MasterFile => &[],
            Self::Eid => &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02],
            Self::Icao => &[0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01],
            Self::Cia => &[
                0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35,
            ],
        }
    }
}

/// An elementary file: the directory it is in, and its identifier there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileRef {
    pub(crate) directory: Directory,
    pub(crate) id: FileId,
}

impl FileRef {
    pub(crate) const ATR_INFO: Self = Self::new(Directory::MasterFile, 0x2F01);
    pub(crate) const DIR: Self = Self::new(Directory::MasterFile, 0x2F00);
    pub(crate) const CARD_ACCESS: Self = Self::new(Directory::MasterFile, 0x011C);
    pub(crate) const CARD_SECURITY: Self = Self::new(Directory::MasterFile, 0x011D);
    pub(crate) const CHIP_SECURITY: Self = Self::new(Directory::MasterFile, 0x011B);
    pub(crate) const GDO: Self = Self::new(Directory::MasterFile, 0x2F02);
    pub(crate) const EID_SOD: Self = Self::new(Directory::Eid, 0x011D);
    pub(crate) const ICAO_COM: Self = Self::new(Directory::Icao, 0x011E);
    pub(crate) const ICAO_SOD: Self = Self::new(Directory::Icao, 0x011D);
    pub(crate) const ICAO_DG1: Self = Self::new(Directory::Icao, 0x0101);
    pub(crate) const ICAO_DG2: Self = Self::new(Directory::Icao, 0x0102);
    pub(crate) const ICAO_DG14: Self = Self::new(Directory::Icao, 0x010E);
    pub(crate) const ICAO_DG15: Self = Self::new(Directory::Icao, 0x010F);

    pub(crate) const CIA_OD: Self = Self::new(Directory::Cia, 0x5031);
    pub(crate) const CIA_INFO: Self = Self::new(Directory::Cia, 0x5032);
    pub(crate) const CIA_AOD: Self = Self::new(Directory::Cia, 0x4401);
    pub(crate) const CIA_PRKD: Self = Self::new(Directory::Cia, 0x4402);
    pub(crate) const CIA_PUKD: Self = Self::new(Directory::Cia, 0x4403);
    pub(crate) const CIA_CD: Self = Self::new(Directory::Cia, 0x4404);

    const fn new(directory: Directory, id: u16) -> Self {
        Self {
            directory,
            id: FileId(id),
        }
    }

    /// Data group `number` of the eID application: file identifier 01nn (TR-03110-4 §2.2.3).
    pub(crate) const fn group(number: u8) -> Self {
        Self::new(Directory::Eid, 0x0100 | number as u16)
    }

    /// The certificate of a slot: 4331 to 4333.
    pub(crate) const fn certificate(slot: Slot) -> Self {
        let id = match slot {
            Slot::Signature => 0x4331,
            Slot::Authentication => 0x4332,
            Slot::Decipherment => 0x4333,
        };
        Self::new(Directory::Cia, id)
    }

    /// The slot whose certificate this is.
    pub(crate) fn slot(self) -> Option<Slot> {
        Slot::ALL
            .into_iter()
            .find(|slot| self == Self::certificate(*slot))
    }

    /// The short identifier: the low five bits of the identifiers 01xx, and what ISO/IEC 7816-4
    /// §7.4 and Doc 9303-10 §3 fix for EF.DIR and EF.ATR/INFO, ISO/IEC 7816-15 §7.5 for EF.OD and
    /// EF.CIAInfo. EF.GDO has none.
    pub(crate) fn short_id(self) -> Option<ShortFileId> {
        match self.id.0 {
            0x2F00 => Some(ShortFileId::new(0x1E)),
            0x2F01 => Some(ShortFileId::new(0x01)),
            0x5031 => Some(ShortFileId::new(0x11)),
            0x5032 => Some(ShortFileId::new(0x12)),
            id @ 0x4401..=0x4404 => ShortFileId::try_from((id & 0x07) as u8).ok(),
            id @ 0x4331..=0x4333 => ShortFileId::try_from((id & 0x03) as u8 + 0x0A).ok(),
            id @ 0x0101..=0x011E => ShortFileId::try_from((id & 0x1F) as u8).ok(),
            _ => None,
        }
    }
}

/// A private key of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRef {
    /// Shared by the batch, for PACE-CAM.
    Generation,
    /// This chip's own, for Chip Authentication version 1.
    ChipIndividual,
    /// For Active Authentication.
    ActiveAuthentication,
    /// This chip's own, for Restricted Identification: tells a service whether the card was revoked.
    Revocation,
    /// This chip's own, for Restricted Identification: gives a service a pseudonym.
    Pseudonym,
    /// The holder's, in the cryptographic information application.
    Holder(Slot),
}

/// A place for a key of the holder and its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// For signatures that bind the holder (non-repudiation).
    Signature,
    /// For authentication.
    Authentication,
    /// For key decipherment.
    Decipherment,
}

impl Slot {
    pub(crate) const ALL: [Self; 3] = [Self::Signature, Self::Authentication, Self::Decipherment];

    /// The key's reference, local to the application (ISO/IEC 7816-4 §10.2.1: the first bit set).
    pub(crate) const fn reference(self) -> u8 {
        match self {
            Self::Signature => 0x81,
            Self::Authentication => 0x82,
            Self::Decipherment => 0x83,
        }
    }

    /// The control reference template in which the key is named (ISO/IEC 7816-4 §10.3.1): B6 for
    /// digital signature, A4 for authentication, B8 for confidentiality.
    pub(crate) const fn template(self) -> u8 {
        match self {
            Self::Signature => 0xB6,
            Self::Authentication => 0xA4,
            Self::Decipherment => 0xB8,
        }
    }
}
