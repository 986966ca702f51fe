//! The walk: a card is opened with its code, read over an encrypted channel and proven genuine.

use host_lib::{
    AccessCode, Card, ChipProofPreference, DenialReason, Error, ErrorCode, Group, Groups, Identity,
    Options, Outcome, Report, Result, TravelDocument, TravelGroups, Unverified, Verified,
};
use lds::eid::FieldValue;
use transport::CardTransport;

use crate::cards::holder::Truth;
use crate::cards::{self, Holder, Trust};

/// With which code a walk opens the card, and what it reads then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// The access code: public and household zone of the eID application.
    AccessCode,
    /// PIN1, and an agency that may read everything: every zone of the eID application.
    Agency,
    /// The machine-readable zone: the ICAO application, the chip proven in PACE (CAM).
    Mrz,
    /// The same, the chip proven by Chip Authentication.
    MrzWithChipAuthentication,
}

impl Walk {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AccessCode,
        Self::Agency,
        Self::Mrz,
        Self::MrzWithChipAuthentication,
    ];

    /// Whether this holder's card can be walked so: there is an ICAO application, and a PIN1 that is
    /// no transport PIN.
    pub fn suits(self, holder: &Holder) -> bool {
        match self {
            Self::AccessCode => true,
            Self::Agency => holder.pin1().len() == 6,
            Self::Mrz | Self::MrzWithChipAuthentication => holder.has_icao_application(),
        }
    }

    /// The right code.
    pub fn code(self, holder: &Holder) -> AccessCode {
        let code = match self {
            Self::AccessCode => AccessCode::can(&holder.access_code()),
            Self::Agency => AccessCode::pin(&holder.pin1()),
            Self::Mrz | Self::MrzWithChipAuthentication => {
                let [number, birth, expiry] = holder.mrz_key();
                AccessCode::mrz(&number, &birth, &expiry)
            }
        };
        code.expect("a code of the right form")
    }

    /// Groups of the eID application that this walk reads.
    pub fn groups(self) -> Groups {
        match self {
            Self::AccessCode => Groups::public().and(Groups::household()),
            Self::Agency => Groups::all(),
            Self::Mrz | Self::MrzWithChipAuthentication => Groups::none(),
        }
    }

    /// The proof of the chip that this walk prefers.
    pub fn preference(self) -> ChipProofPreference {
        match self {
            Self::MrzWithChipAuthentication => ChipProofPreference::ChipAuthentication,
            _ => ChipProofPreference::PaceCam,
        }
    }

    /// Walks, and compares everything that is accepted with the truth. An error is whatever the host
    /// library says; data that are accepted and not true are a panic.
    ///
    /// # Errors
    /// The host library's.
    pub fn run(
        self,
        card: &mut dyn CardTransport,
        holder: &Holder,
        trust: &Trust,
    ) -> Result<Report> {
        self.run_with(Options::new(), card, holder, trust)
    }

    /// The same with options of the host library.
    ///
    /// # Errors
    /// The host library's.
    pub fn run_with(
        self,
        options: Options,
        card: &mut dyn CardTransport,
        holder: &Holder,
        trust: &Trust,
    ) -> Result<Report> {
        // From a seed, so that a walk that fails fails again.
        let options = options
            .prefer(self.preference())
            .randomness_for_replay(Box::new(cards::rng(6)));
        let mut card = Card::open_with(card, options)?;
        match self {
            Self::AccessCode | Self::Agency => {
                let unverified = match self {
                    Self::Agency => {
                        let (consent, mut key) = trust.ministry.agency();
                        let session = card.pace_as_terminal(self.code(holder), consent)?;
                        session.authenticate(&mut key)?.read(self.groups())?
                    }
                    _ => card.pace(self.code(holder))?.read(self.groups())?,
                };
                let identity = unverified.verify(&trust.verifier()).accept()?;
                the_identity_is_true(&identity, &unverified, holder, self.groups());
                Ok(identity.report().clone())
            }
            Self::Mrz | Self::MrzWithChipAuthentication => {
                let mut session = card.pace(self.code(holder))?;
                let unverified = session.read_travel_document(TravelGroups::mrz_and_face())?;
                let document = unverified.verify(&trust.verifier()).accept()?;
                the_document_is_true(&document, holder);
                Ok(document.report().clone())
            }
        }
    }

    /// Every check that a genuine card passes, by its stable name and in order.
    fn checks(self, holder: &Holder) -> Vec<(String, &'static str)> {
        const OBJECT: [&str; 5] = [
            "signature",
            "country-signing-ca",
            "document-signer",
            "validity",
            "revocation",
        ];
        let mut checks = vec![("card-access".to_owned(), "passed")];
        let mut object = |file: &str, of_a_type: bool| {
            for check in OBJECT {
                checks.push((format!("{check}:{file}"), "passed"));
            }
            if of_a_type {
                checks.push((format!("document-type:{file}"), "passed"));
            }
            checks.push((format!("content:{file}"), "passed"));
        };
        let is_icao = matches!(self, Self::Mrz | Self::MrzWithChipAuthentication);
        if self.preference() == ChipProofPreference::PaceCam {
            object("EF.CardSecurity", false);
        }
        object("EF.SOD", is_icao);
        let groups: Vec<u8> = if is_icao {
            let dg15 = holder.has_active_authentication().then_some(15);
            [1, 2, 14].into_iter().chain(dg15).collect()
        } else {
            self.groups().iter().map(Group::number).collect()
        };
        for group in groups {
            checks.push((format!("hash:DG{group}"), "passed"));
        }
        let mut chip = |proof: &str, outcome| checks.push((format!("chip:{proof}"), outcome));
        match self {
            Self::AccessCode => chip("pace-cam", "passed"),
            Self::Agency => {
                chip("pace-cam", "passed");
                chip("chip-authentication", "passed");
            }
            Self::Mrz => {
                chip("pace-cam", "passed");
                chip("chip-authentication", "NotNeeded");
            }
            Self::MrzWithChipAuthentication => {
                chip("pace-cam", "NotUsed");
                chip("chip-authentication", "passed");
            }
        }
        if is_icao {
            chip(
                "active-authentication",
                if holder.has_active_authentication() {
                    "passed"
                } else {
                    "NotOnCard"
                },
            );
        }
        checks.push(("renewal-date".to_owned(), "passed"));
        checks.push(("lost-list".to_owned(), "passed"));
        if is_icao {
            checks.push(("agreement:mrz".to_owned(), "passed"));
        }
        checks
    }
}

/// The whole walk in every way that the card offers, and every check by name.
pub fn every_check_passes_and_every_field_is_true(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    for walk in Walk::ALL {
        if !walk.suits(holder) {
            continue;
        }
        let report = walk.run(card, holder, trust);
        let report = report.unwrap_or_else(|error| panic!("{walk:?}: {error}"));
        assert_eq!(lines(&report), walk.checks(holder), "{walk:?}");
        assert!(report.chip_is_genuine(), "{walk:?}");
    }
}

fn lines(report: &Report) -> Vec<(String, &'static str)> {
    let outcome = |outcome| match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(code) => code.as_str(),
        Outcome::NotPerformed(why) => match why {
            host_lib::Skipped::NotUsed => "NotUsed",
            host_lib::Skipped::NotNeeded => "NotNeeded",
            host_lib::Skipped::NotOnCard => "NotOnCard",
            _ => "not performed",
        },
    };
    let checks = report.checks().iter();
    checks
        .map(|check| (check.name.id(), outcome(check.outcome)))
        .collect()
}

/// Every field of every group that was asked for is there with exactly the bytes that the issuer was
/// given, and no other group is.
pub fn the_identity_is_true(
    identity: &Verified<Identity>,
    unverified: &Unverified<Identity>,
    holder: &Holder,
    groups: Groups,
) {
    assert_eq!(identity.groups(), groups);
    let expected: Vec<(u8, &str, Truth)> = holder
        .fields()
        .into_iter()
        .filter(|(group, ..)| Group::new(*group).is_some_and(|group| groups.contains(group)))
        .collect();
    let found: Vec<(u8, &str, FieldValue<'_>)> = identity
        .fields()
        .map(|(group, name, value)| (group.number(), name.key(), value))
        .collect();
    let names = |(group, name): (u8, &'static str)| format!("DG{group} {name}");
    let found_names: Vec<String> = found.iter().map(|(g, n, _)| names((*g, n))).collect();
    let expected_names: Vec<String> = expected.iter().map(|(g, n, _)| names((*g, n))).collect();
    assert_eq!(found_names, expected_names);
    for ((group, name, value), (_, _, truth)) in found.iter().zip(&expected) {
        let bytes = truth_bytes(truth);
        let same = match (value, truth) {
            (FieldValue::Text(text), Truth::Text(truth)) => text.as_bytes() == truth.as_bytes(),
            (FieldValue::Date(date), Truth::Date(truth)) => date.to_yyyymmdd() == *truth,
            (FieldValue::Image(image), Truth::Image(truth)) => image.as_bytes() == *truth,
            (FieldValue::NoImage, Truth::Image(truth)) => truth.is_empty(),
            _ => false,
        };
        assert!(same, "DG{group} {name} is {truth:?}");
        // The typed value could agree by way of a decoder that repairs what the card garbles.
        let raw = unverified.raw_group(*group).expect("a group that was read");
        let is_there = raw
            .windows(bytes.len().max(1))
            .any(|window| window == bytes);
        assert!(bytes.is_empty() || is_there, "DG{group} {name} on the card");
    }
}

fn truth_bytes(truth: &Truth) -> &[u8] {
    match truth {
        Truth::Text(text) | Truth::Date(text) => text.as_bytes(),
        Truth::Image(bytes) => bytes,
    }
}

fn the_document_is_true(document: &Verified<TravelDocument>, holder: &Holder) {
    let zone = document.mrz().expect("DG1 was asked for");
    let mrz = zone.td1().expect("a card has a TD1 zone");
    let [number, birth, expiry] = holder.mrz_key();
    assert_eq!(
        [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()],
        [number.as_str(), birth.as_str(), expiry.as_str()]
    );
    assert_eq!(mrz.optional_data_1(), holder.national_id());
    assert_eq!(&zone.as_str()[37..38], holder.sex());
    assert_eq!(mrz.document_code(), "I");
    assert_eq!(mrz.issuing_state(), "TWN");
    let portrait = document.portrait().expect("DG2 was asked for");
    assert!(portrait.as_bytes() == holder.face(), "the portrait of DG2");
}

/// Only what was asked for leaves the card.
pub fn one_group_alone_is_read_and_verified(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let mut card = Card::open(card).expect("a card");
    let mut session = card
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    for group in Walk::AccessCode.groups().iter() {
        let before = session.traffic();
        let unverified = session.read(group).expect("a group");
        let received = session.traffic().received - before.received;
        let own = unverified
            .raw_group(group.number())
            .expect("the group")
            .len();
        let object = unverified.security_object().len();
        // EF.CardSecurity is read once, with the first group.
        assert!(
            received < own as u64 + object as u64 + 4096,
            "{group}: {received} bytes for a group of {own}"
        );
        let groups: Vec<u8> = unverified.group_numbers().collect();
        assert_eq!(groups, [group.number()]);
        let identity = unverified
            .verify(&trust.verifier())
            .accept()
            .expect("genuine");
        the_identity_is_true(&identity, &unverified, holder, Groups::only(group));
    }
}

/// What a code does not open is refused by its name, and the session goes on.
pub fn what_a_code_does_not_open_is_refused_and_the_session_goes_on(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let mut card = Card::open(card).expect("a card");
    let mut session = card
        .pace(Walk::AccessCode.code(holder))
        .expect("the access code");
    for group in Groups::protected().iter() {
        let refused = session.read(group).expect_err("a protected group");
        is_denied(&refused, DenialReason::NeedsPin1);
    }
    if holder.has_icao_application() {
        let travel = session.read_travel_document(TravelGroups::mrz());
        if holder.access_code_opens_icao() {
            let travel = travel.expect("the issuer lets the access code in");
            travel.verify(&trust.verifier()).accept().expect("genuine");
        } else {
            is_denied(&travel.expect_err("not the MRZ"), DenialReason::NeedsMrz);
        }
    }
    let public = session.read(Group::Dg11).expect("the session goes on");
    public.verify(&trust.verifier()).accept().expect("genuine");
    drop(session);

    if holder.has_icao_application() {
        let mut session = card.pace(Walk::Mrz.code(holder)).expect("the MRZ");
        let refused = session.read(Group::Dg11).expect_err("the public zone");
        is_denied(&refused, DenialReason::NeedsCan);
        drop(session);
    }
    let puk = AccessCode::puk(&holder.puk()).expect("eight digits");
    let mut session = card.pace(puk).expect("the PUK");
    for group in [Group::Dg11, Group::Dg3] {
        let refused = session.read(group).expect_err("any data");
        is_denied(&refused, DenialReason::OpensNoData);
    }
}

fn is_denied(error: &Error, reason: DenialReason) {
    let code = match reason {
        DenialReason::NeedsAgency => ErrorCode::AgencyNeeded,
        _ => ErrorCode::AccessDenied,
    };
    assert_eq!(error.code(), code);
    match error {
        Error::AccessDenied { reason: found, .. } => assert_eq!(*found, reason),
        other => panic!("{other}"),
    }
}

/// PIN1 alone opens no protected group: the holder's half of the two keys is not enough. And PACE with Generic Mapping proves
/// nothing about the chip, so nothing is accepted as a genuine card.
pub fn pin1_alone_opens_nothing_protected_and_an_unproven_chip_is_not_accepted(
    card: &mut dyn CardTransport,
    holder: &Holder,
    trust: &Trust,
) {
    let options = Options::new().prefer(ChipProofPreference::ChipAuthentication);
    let mut card = Card::open_with(card, options).expect("a card");
    let mut session = card.pace(Walk::Agency.code(holder)).expect("PIN1");
    for group in Groups::protected().iter() {
        let refused = session.read(group).expect_err("a protected group");
        is_denied(&refused, DenialReason::NeedsAgency);
    }
    let public = session.read(Group::Dg11).expect("a public group");
    let refused = public
        .verify(&trust.verifier())
        .accept()
        .expect_err("no proof");
    assert_eq!(refused.code(), ErrorCode::ChipNotProven);
    let accepted = public
        .verify(&trust.verifier().accept_unproven_chip())
        .accept();
    accepted.expect("the caller gave up the proof by name");
}
