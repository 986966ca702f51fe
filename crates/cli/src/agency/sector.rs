//! The sector in which an agency knows cards by pseudonyms, and the list of those that are revoked in it.

use std::fs;
use std::path::Path;

use host_lib::{
    CardTransport, Error, ErrorCode, Lang, LostList, ProvenAgencySession, SectorPublicKey, Skipped,
    Unsupported,
};
use secure_channel::Hash;

use super::visit::Visitor;
use crate::arguments::Trust;
use crate::document::{Check, CheckOutcome, Text};
use crate::failure::Failure;
use crate::language::Bilingual;
use crate::{pki_folder, trust};

/// What the file of a sector ends in.
pub(crate) const SECTOR: &str = ".sector";

/// An agency's own sector.
pub(crate) struct OwnSector {
    key: SectorPublicKey,
    revoked: Option<LostList>,
}

impl OwnSector {
    /// The sector beside the agency's chain, which its certificate names, and its list where a folder of `trust` has one.
    pub(crate) fn open(
        path: &Path,
        visitor: &Visitor,
        trust: &Trust,
        time: host_lib::Time,
    ) -> Result<Self, Failure> {
        let folder = match path.is_dir() {
            true => path,
            false => super::folder_of(path),
        };
        let mnemonic = visitor.certificates.holder().mnemonic();
        let file = folder.join(format!("{mnemonic}{SECTOR}"));
        let contents = fs::read(&file).map_err(|error| Failure::file(&file, error))?;
        let key = SectorPublicKey::parse(&contents).ok();
        let extensions = &visitor.certificates.terminal().body().extensions;
        let [named, _] = extensions.terminal_sector();
        let named = named.map(cvc::ExtensionHash::as_bytes);
        let key = key.filter(|key| named == Some(&key.digest(Hash::Sha256)));
        let why = Bilingual::new(
            "不是機關憑證所載的領域。",
            "not the sector that the agency's certificate names.",
        );
        let key = key.ok_or(Failure::NotUsable { path: file, why })?;
        let lists = trust.trust.iter();
        let lists = lists.map(|folder| folder.join(pki_folder::SECTORS).join(&mnemonic));
        let list = lists.into_iter().find(|list| list.is_dir());
        let revoked = list.map(|list| trust::lost_list(&list, trust.allow_test_anchors, time));
        Ok(Self {
            key,
            revoked: revoked.transpose()?,
        })
    }

    /// The holder's pseudonym in hexadecimal, and that it is not revoked.
    ///
    /// # Errors
    /// E-DOCUMENT-LOST for a card on the sector's list; it is looked up first, so that the agency learns no more of such a card.
    pub(crate) fn identify<T: CardTransport>(
        &self,
        session: &mut ProvenAgencySession<'_, '_, T>,
    ) -> Result<(String, Check), Failure> {
        let check = self.check_not_revoked(session)?;
        let pseudonym = session.pseudonym(&self.key)?;
        Ok((super::object::hex(pseudonym.as_bytes()), check))
    }

    fn check_not_revoked<T: CardTransport>(
        &self,
        session: &mut ProvenAgencySession<'_, '_, T>,
    ) -> Result<Check, Failure> {
        let Some(list) = &self.revoked else {
            return Ok(check(Err(Skipped::NoListGiven)));
        };
        let pseudonym = match session.revocation_pseudonym(&self.key) {
            Ok(pseudonym) => pseudonym,
            // A card from before there were keys for it.
            Err(Error::Unsupported(Unsupported::RestrictedIdentification)) => {
                return Ok(check(Err(Skipped::NotOnCard)));
            }
            Err(error) => return Err(error.into()),
        };
        let code = match list.contains_pseudonym(pseudonym.as_bytes()) {
            Ok(false) => return Ok(check(Ok(()))),
            Ok(true) => ErrorCode::CardReportedLost,
            // Its index cannot be read: nobody knows whether the pseudonym is on it.
            Err(_) => ErrorCode::RevocationListInvalid,
        };
        let check = host_lib::CheckName::LostList;
        Err(Error::Refused { check, code }.into())
    }
}

fn check(result: Result<(), Skipped>) -> Check {
    let label = Bilingual::new(
        "假名代碼未列入該領域的廢止名單",
        "pseudonym is not revoked in its sector",
    );
    Check {
        name: "pseudonym-list".to_owned(),
        label: label.into(),
        outcome: match result {
            Ok(()) => CheckOutcome::Passed,
            Err(_) => CheckOutcome::NotPerformed,
        },
        code: None,
        reason: result.err().map(|why| Text {
            zh: why.label(Lang::ZhTw).to_owned(),
            en: why.label(Lang::En).to_owned(),
        }),
    }
}
