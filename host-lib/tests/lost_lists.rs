//! Lists of lost documents that stay on the disk: they refuse what a whole list refuses, and where nobody can look any more
//! nobody is let through.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use host_lib::{AccessCode, Card, CheckName, ErrorCode, Groups, LostList, Outcome, Verifier};
use issuer::specimen::{self, IssuedSpecimen};
use pki::RevocationIndexError;
use tempfile::TempDir;

struct Desk {
    folder: TempDir,
    specimen: IssuedSpecimen,
}

impl Desk {
    /// With the list that goes with the specimen in a file.
    fn with(specimen: IssuedSpecimen) -> Self {
        let folder = TempDir::new().unwrap();
        let list = specimen.trust.lost_cards.as_der();
        fs::write(folder.path().join("lost-cards.crl"), list).unwrap();
        Self { folder, specimen }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Result<LostList, RevocationIndexError> {
        let trust = &self.specimen.trust;
        let (list, index) = (self.file("lost-cards.crl"), self.file("index"));
        LostList::open(&list, &index, &trust.lost_card_anchors, trust.time)
    }

    /// What the report says about the list, and why the document is refused.
    fn verify(self, list: &LostList) -> (Option<Outcome>, Option<ErrorCode>) {
        let IssuedSpecimen {
            card, trust, codes, ..
        } = self.specimen;
        let verifier = Verifier::new(&trust.anchors, trust.time)
            .revocation_lists(&trust.revocation_lists)
            .lost_documents(list);
        let mut card = Card::open(card).unwrap();
        let mut session = card.pace(AccessCode::can(codes.can()).unwrap()).unwrap();
        let verdict = session.read(Groups::public()).unwrap().verify(&verifier);
        let outcome = verdict.report().outcome(CheckName::LostList);
        (outcome, verdict.accept().err().map(|error| error.code()))
    }
}

#[test]
fn a_lost_document_is_found_through_an_index_and_another_is_not() {
    let desk = Desk::with(specimen::lost());
    let list = desk.open().unwrap();
    assert_eq!((list.len(), list.is_empty()), (1, false));
    let lost = ErrorCode::CardReportedLost;
    assert_eq!(
        desk.verify(&list),
        (Some(Outcome::Failed(lost)), Some(lost))
    );
    let desk = Desk::with(specimen::valid());
    let list = desk.open().unwrap();
    assert_eq!(desk.verify(&list), (Some(Outcome::Passed), None));
}

#[test]
fn an_index_that_is_gone_lets_nobody_through() {
    let desk = Desk::with(specimen::valid());
    let list = desk.open().unwrap();
    let index = OpenOptions::new()
        .write(true)
        .open(desk.file("index"))
        .unwrap();
    index.set_len(10).unwrap();
    let unknown = ErrorCode::RevocationListInvalid;
    assert_eq!(
        desk.verify(&list),
        (Some(Outcome::Failed(unknown)), Some(unknown))
    );
}

#[test]
fn a_list_of_revoked_signers_is_no_list_of_lost_documents() {
    let desk = Desk::with(specimen::valid());
    let other = desk.specimen.trust.revocation_lists[0].as_der();
    fs::write(desk.file("lost-cards.crl"), other).unwrap();
    assert!(matches!(
        desk.open(),
        Err(RevocationIndexError::List(pki::Error::RevocationListIssuer))
    ));
    assert!(!desk.file("index").exists());
}
