//! An agency reads a card: what it may, what the holder gives, and what is said where something is missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use cvc::{CvCertificate, Right, SignatureAlgorithm, SigningKey};
use host_lib::{
    AccessCode, AccessRequest, AgencyFault, AgencySession, Card, CardTransport,
    CertificatesProblem, CheckName, ChipProof, Consent, DenialReason, Error, ErrorCode, File,
    GrantLevel, Group, Groups, Identity, Lang, Misuse, Outcome, Permission, Result,
    SignatureRequest, SignatureResponse, Skipped, SoftwareKey, TerminalCertificates, TerminalKey,
    TerminalKeyError, Unverified, Verifier,
};
use issuer::specimen::{self, SpecimenAgency, SpecimenTrust};
use issuer::{AgencyPki, Grant, Validity};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::{Curve, EcPrivateKey};

fn family() -> Grant {
    Grant::read([3, 6, 7, 11])
}

fn agency(grant: &Grant) -> SpecimenAgency {
    specimen::agency("PENSIONS", grant)
}

fn certificates(agency: &SpecimenAgency) -> TerminalCertificates {
    TerminalCertificates::parse(&agency.certificates).unwrap()
}

fn everything(agency: &SpecimenAgency) -> Consent {
    AccessRequest::new(certificates(agency)).agree_to_everything()
}

fn verifier(trust: &SpecimenTrust) -> Verifier<'_> {
    Verifier::new(&trust.anchors, trust.time).revocation_lists(&trust.revocation_lists)
}

/// What the agency does with a specimen card and its PIN1.
fn with_session<R>(
    agency: SpecimenAgency,
    consent: Consent,
    work: impl FnOnce(&mut AgencySession<'_, Box<dyn CardTransport>>) -> R,
) -> R {
    let specimen = specimen::valid();
    let mut card = Card::open(Box::new(specimen.card) as Box<dyn CardTransport>).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let mut session = session
        .authenticate(&mut SoftwareKey::new(agency.key))
        .unwrap();
    work(&mut session)
}

fn denial(result: Result<Unverified<Identity>>) -> (File, DenialReason) {
    match result {
        Err(Error::AccessDenied { file, reason }) => (file, reason),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was read"),
    }
}

#[test]
fn an_agency_reads_what_it_may_and_the_holder_gives_and_the_chip_has_proven_itself() {
    let agency = agency(&family());
    let consent = everything(&agency);
    let trust = specimen::trust();
    with_session(agency, consent, |session| {
        let read = session.read_everything_given().unwrap();
        let verdict = read.verify(&verifier(&trust));
        for proof in [ChipProof::PaceCam, ChipProof::ChipAuthentication] {
            let outcome = verdict.report().outcome(CheckName::Chip(proof));
            assert_eq!(outcome, Some(Outcome::Passed), "{}", verdict.report());
        }
        let identity = verdict.accept().unwrap();
        assert_eq!(identity.groups().to_string(), "DG3, DG6, DG7, DG11");
        assert_eq!(
            identity.national_id(),
            Some(&issuer::Profile::default_specimen().holder().national_id)
        );
    });
}

#[test]
fn each_refusal_says_where_the_right_was_lost() {
    let bank = agency(&family());
    let request = AccessRequest::new(certificates(&bank))
        .only_groups(Groups::only(Group::Dg3).and(Group::Dg6).and(Group::Dg11));
    let given = [Permission::Read(Group::Dg6), Permission::Read(Group::Dg11)];
    let consent = request.agree(given);
    let holder = certificates(&bank).holder();
    with_session(bank, consent, |session| {
        let not_granted = DenialReason::NotGranted {
            level: GrantLevel::AgencyCertificate,
            holder,
        };
        for (group, reason) in [
            (Group::Dg3, DenialReason::WithheldByHolder),
            (Group::Dg7, DenialReason::NotAskedFor),
            (Group::Dg8, not_granted),
            (Group::Dg12, not_granted),
        ] {
            assert_eq!(denial(session.read(group)), (File::Eid(group), reason));
            assert_eq!(session.why_denied(Permission::Read(group)), Some(reason));
        }
        assert_eq!(session.why_denied(Permission::Read(Group::Dg6)), None);
        assert!(session.read(Group::Dg6).is_ok(), "a refusal ends nothing");
        // No group, no EF.SOD, no bare status word.
        for (group, code) in [
            (Group::Dg8, ErrorCode::NotGranted),
            (Group::Dg3, ErrorCode::NotAgreed),
        ] {
            assert_eq!(session.read(group).unwrap_err().code(), code);
        }
        let error = session.read(Group::Dg8).unwrap_err();
        for lang in [Lang::En, Lang::ZhTw] {
            let message = error.message(lang);
            assert!(
                message.contains("TWPENSIONS00001") && !message.contains("6982"),
                "{message}"
            );
        }
    });
}

#[test]
fn a_right_that_the_document_verifier_never_had_is_said_to_be_lost_there() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let mut pki = specimen::agencies();
    let since = specimen::agencies_since();
    let parents = Grant::read([6, 7]);
    pki.document_verifier(
        "CITYDV",
        issuer::DocumentVerifierKind::OfficialDomestic,
        &parents,
        Validity::document_verifier(since).unwrap(),
        &mut rng,
    )
    .unwrap();
    let key = new_key(&mut rng);
    let terminal = pki
        .terminal(
            "CITYDV",
            "CITY",
            &parents,
            key.verifying_key(),
            Validity::terminal(since).unwrap(),
            &mut rng,
        )
        .unwrap();
    let certificates = TerminalCertificates::new(pki.chain_for(&terminal).unwrap()).unwrap();
    let lost = certificates.lost_at(Permission::Read(Group::Dg3));
    let (level, holder) = lost.unwrap();
    assert_eq!(level, GrantLevel::DocumentVerifier);
    assert_eq!(holder.to_string(), "TWCITYDV00001");
    assert_eq!(certificates.lost_at(Permission::Read(Group::Dg6)), None);
}

#[test]
fn the_holders_own_session_opens_no_protected_group_and_says_who_could() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let mut session = card.pace(code).unwrap();
    for group in Groups::protected().iter() {
        let expected = (File::Eid(group), DenialReason::NeedsAgency);
        assert_eq!(denial(session.read(group)), expected);
    }
}

#[test]
fn the_access_code_opens_the_card_for_an_agency_that_may_use_it_and_for_no_other() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let without = agency(&family());
    let before = card.traffic();
    let can = || AccessCode::can(specimen.codes.can()).unwrap();
    let refused = card
        .pace_as_terminal(can(), everything(&without))
        .unwrap_err();
    assert!(matches!(
        refused,
        Error::AccessDenied {
            reason: DenialReason::NeedsPin1,
            ..
        }
    ));
    assert_eq!(card.traffic(), before, "nothing was sent");

    let police = agency(&family().with(Right::CanAllowed));
    let consent = everything(&police);
    let session = card.pace_as_terminal(can(), consent).unwrap();
    let mut session = session
        .authenticate(&mut SoftwareKey::new(police.key))
        .unwrap();
    let read = session.read(Group::Dg3).unwrap();
    assert!(read.verify(&verifier(&specimen.trust)).accept().is_ok());
}

#[test]
fn codes_with_which_no_agency_opens_a_card_are_not_sent() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let agency = agency(&family());
    let before = card.traffic();
    for code in [
        AccessCode::puk(specimen.codes.puk()).unwrap(),
        AccessCode::transport_pin("12345").unwrap(),
        AccessCode::mrz("AB1234567", "900512", "310514").unwrap(),
    ] {
        let error = card
            .pace_as_terminal(code, everything(&agency))
            .unwrap_err();
        assert!(matches!(error, Error::ApiMisuse(Misuse::TerminalPassword)));
    }
    assert_eq!(card.traffic(), before);
}

fn new_key(rng: &mut ChaCha20Rng) -> SigningKey {
    let key = EcPrivateKey::generate(Curve::P256, rng).unwrap();
    SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).unwrap()
}

#[test]
fn another_key_than_the_certified_one_is_refused_and_the_card_goes_on() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let agency = agency(&family());
    let pin = || AccessCode::pin(specimen.codes.pin1()).unwrap();
    let stranger = new_key(&mut ChaCha20Rng::from_seed([2; 32]));
    let session = card.pace_as_terminal(pin(), everything(&agency)).unwrap();
    let error = session
        .authenticate(&mut SoftwareKey::new(stranger))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::TerminalSignature);
    assert!(error.to_string().contains("TWPENSIONS00001"));

    let consent = everything(&agency);
    let session = card.pace_as_terminal(pin(), consent).unwrap();
    let session = session.authenticate(&mut SoftwareKey::new(agency.key));
    assert!(session.is_ok());
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    struct Unplugged;
    impl TerminalKey for Unplugged {
        fn sign(&mut self, _: &SignatureRequest) -> Result<Vec<u8>, TerminalKeyError> {
            Err(TerminalKeyError::new("the security module is not there"))
        }
    }
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card
        .pace_as_terminal(code, everything(&agency(&family())))
        .unwrap();
    let error = session.authenticate(&mut Unplugged).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TerminalKey);
    assert!(
        error
            .to_string()
            .contains("the security module is not there")
    );
}

#[test]
fn an_expired_certificate_is_refused_by_the_card_under_its_name() {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let mut pki = specimen::agencies();
    let since = specimen::agencies_since();
    let key = new_key(&mut rng);
    let one_day = Validity::days(since, 1).unwrap();
    let mut terminal = |pki: &mut AgencyPki, name: &str, validity| {
        let key = key.verifying_key();
        pki.terminal(
            AgencyPki::DOMESTIC,
            name,
            &family(),
            key,
            validity,
            &mut rng,
        )
        .unwrap()
    };
    let old = terminal(&mut pki, "OLD", one_day);
    let later = cvc::Date::new(2026, 6, 1).unwrap();
    let new = terminal(&mut pki, "NEW", Validity::days(later, 10).unwrap());

    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let mut attempt = |certificate: &CvCertificate| {
        let chain = pki.chain_for(certificate).unwrap();
        let certificates = TerminalCertificates::new(chain).unwrap();
        let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
        let consent = AccessRequest::new(certificates).agree_to_everything();
        let session = card.pace_as_terminal(code, consent).unwrap();
        session.request_signature().map(|_| ())
    };
    // The card has no clock: it learns the date from what it is shown.
    assert!(attempt(&old).is_ok());
    assert!(attempt(&new).is_ok());
    let error = attempt(&old).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TerminalRefused);
    assert!(error.to_string().contains("TWOLD00001"), "{error}");
}

#[test]
fn certificates_of_a_ministry_that_the_card_does_not_know_are_not_presented() {
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    let since = specimen::agencies_since();
    let later = cvc::Date::new(2026, 6, 1).unwrap();
    let mut pki = AgencyPki::create(&mut rng, since).unwrap();
    pki.link(later, &mut rng).unwrap();
    pki.renew_document_verifier(AgencyPki::DOMESTIC, later, &mut rng)
        .unwrap();
    let key = new_key(&mut rng);
    let validity = Validity::terminal(later).unwrap();
    let key = key.verifying_key();
    let terminal = pki
        .terminal(
            AgencyPki::DOMESTIC,
            "FOREIGN",
            &family(),
            key,
            validity,
            &mut rng,
        )
        .unwrap();
    // Without the link certificate, from the second key only.
    let chain = pki.chain_for(&terminal).unwrap();
    let certificates = TerminalCertificates::new(chain).unwrap();
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let consent = AccessRequest::new(certificates).agree_to_everything();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let error = session.request_signature().unwrap_err();
    assert_eq!(error.code(), ErrorCode::TerminalUnknown);
    let text = error.to_string();
    assert!(
        text.contains("TWMOICVCA00002") && text.contains("TWMOICVCA00001"),
        "{text}"
    );
}

#[test]
fn two_steps_over_messages_lead_to_the_same_session() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let agency = agency(&family());
    let consent = everything(&agency);
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card.pace_as_terminal(code, consent).unwrap();
    let pending = session.request_signature().unwrap();
    let sent = pending.request().to_bytes();

    // At the server.
    let request = SignatureRequest::from_bytes(&sent).unwrap();
    assert_eq!(&request, pending.request());
    assert_eq!(request.holder().to_string(), "TWPENSIONS00001");
    let given: Vec<_> = request.given().map(|given| given.to_string()).collect();
    assert_eq!(given, ["read:3", "read:6", "read:7", "read:11"]);
    let signature = SoftwareKey::new(agency.key).sign(&request).unwrap();
    let answered = request.answer(signature).to_bytes();

    // At the reader.
    let response = SignatureResponse::from_bytes(&answered).unwrap();
    let mut session = pending.answer(&response).unwrap();
    let read = session.read(Group::Dg3).unwrap();

    // At the server again, without a card.
    let received = Unverified::<Identity>::from_bytes(&read.to_bytes().unwrap()).unwrap();
    let cautious = verifier(&specimen.trust);
    let verdict = received.verify(&cautious);
    assert_eq!(
        verdict
            .report()
            .outcome(CheckName::Chip(ChipProof::ChipAuthentication)),
        Some(Outcome::NotPerformed(Skipped::SeenByReader))
    );
    assert_eq!(
        verdict.accept().unwrap_err().code(),
        ErrorCode::ChipNotProven
    );
    let identity = received.verify(&cautious.trust_reader()).accept().unwrap();
    assert!(identity.spouse().is_some());
    assert_eq!(received.raw_group(3), read.raw_group(3));
    assert_eq!(received.security_object(), read.security_object());
}

#[test]
fn the_answer_to_another_session_is_not_sent_to_the_card() {
    let ask = |seed: u8| {
        let specimen = specimen::valid();
        let agency = agency(&family());
        let consent = everything(&agency);
        let _ = seed;
        let mut card = Card::open(specimen.card).unwrap();
        let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
        let session = card.pace_as_terminal(code, consent).unwrap();
        let pending = session.request_signature().unwrap();
        let request = SignatureRequest::from_bytes(&pending.request().to_bytes()).unwrap();
        request.answer(SoftwareKey::new(agency.key).sign(&request).unwrap())
    };
    let other = ask(1);
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card
        .pace_as_terminal(code, everything(&agency(&family())))
        .unwrap();
    let pending = session.request_signature().unwrap();
    assert_ne!(pending.request().handle(), other.handle());
    let error = pending.answer(&other).unwrap_err();
    assert!(matches!(error, Error::ApiMisuse(Misuse::AnotherSession)));
}

/// A server verifies everything again that can be verified: what a dishonest reader changes shows.
#[test]
fn a_server_finds_what_a_reader_changed_on_the_way() {
    let agency = agency(&family());
    let consent = everything(&agency);
    let trust = specimen::trust();
    let read = with_session(agency, consent, |session| session.read(Group::Dg6).unwrap());
    let bytes = read.to_bytes().unwrap();
    let verifier = verifier(&trust).trust_reader();
    let accept = |bytes: &[u8]| {
        Unverified::<Identity>::from_bytes(bytes)
            .map_err(Error::from)
            .and_then(|read| read.verify(&verifier).accept())
    };
    assert!(accept(&bytes).is_ok());
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
        }
        if accept(&changed).is_ok() {
            // A bit that the standard leaves unused, and that is not passed on.
            let read = Unverified::<Identity>::from_bytes(&changed).unwrap();
            assert_eq!(read.to_bytes().unwrap(), bytes, "byte {at}");
        }
    }
}

#[test]
fn a_server_refuses_what_came_without_a_proof_of_the_chip() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    card.prefer(host_lib::ChipProofPreference::ChipAuthentication);
    let mut session = card
        .pace(AccessCode::can(specimen.codes.can()).unwrap())
        .unwrap();
    let bytes = session.read(Group::Dg11).unwrap().to_bytes().unwrap();
    let read = Unverified::<Identity>::from_bytes(&bytes).unwrap();
    let verifier = verifier(&specimen.trust).trust_reader();
    let error = read.verify(&verifier).accept().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipNotProven);
}

#[test]
fn the_files_of_a_card_in_another_chip_open_nothing_to_an_agency() {
    let specimen = specimen::cloned();
    let mut card = Card::open(specimen.card).unwrap();
    let agency = agency(&family());
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card.pace_as_terminal(code, everything(&agency)).unwrap();
    let error = session
        .authenticate(&mut SoftwareKey::new(agency.key))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::ChipNotGenuine);
}

#[test]
fn the_ministrys_next_key_reaches_older_cards_by_its_link_certificate() {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut pki = specimen::agencies();
    let later = cvc::Date::new(2026, 6, 1).unwrap();
    pki.link(later, &mut rng).unwrap();
    pki.renew_document_verifier(AgencyPki::DOMESTIC, later, &mut rng)
        .unwrap();
    let key = new_key(&mut rng);
    let validity = Validity::terminal(later).unwrap();
    let public = key.verifying_key();
    let terminal = pki
        .terminal(
            AgencyPki::DOMESTIC,
            "PENSIONS",
            &family(),
            public,
            validity,
            &mut rng,
        )
        .unwrap();
    let chain = pki.chain_from_old_cvca(&terminal).unwrap();
    // In whatever order they come.
    let chain = chain.into_iter().rev();
    let certificates = TerminalCertificates::new(chain).unwrap();
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let mut key = SoftwareKey::new(key);
    // Twice: afterwards the card knows the next key itself.
    for _ in 0..2 {
        let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
        let consent = AccessRequest::new(certificates.clone()).agree_to_everything();
        let session = card.pace_as_terminal(code, consent).unwrap();
        let mut session = session.authenticate(&mut key).unwrap();
        assert!(session.read(Group::Dg6).is_ok());
    }
}

#[test]
fn what_is_wrong_with_certificates_is_said_before_there_is_a_card() {
    let agency = agency(&family());
    let whole = &agency.certificates;
    let mut parsed = Vec::new();
    let mut rest = whole.as_slice();
    while !rest.is_empty() {
        let mut reader = iso7816::tlv::TlvReader::new(rest);
        reader.read().unwrap();
        let (one, after) = rest.split_at(reader.offset());
        parsed.push(CvCertificate::parse(one).unwrap());
        rest = after;
    }
    let [cvca, dv, terminal] = <[_; 3]>::try_from(parsed).unwrap();
    let problem = |certificates: &[&CvCertificate]| {
        let certificates = certificates.iter().map(|one| (*one).clone());
        TerminalCertificates::new(certificates).unwrap_err()
    };
    assert_eq!(problem(&[&cvca, &dv]), CertificatesProblem::Terminals(0));
    assert_eq!(
        problem(&[&terminal, &dv, &terminal]),
        CertificatesProblem::Terminals(2)
    );
    assert_eq!(
        problem(&[&cvca, &terminal]),
        CertificatesProblem::Missing {
            authority: terminal.authority(),
            holder: terminal.holder()
        }
    );
    let stray = specimen::agencies();
    let stray = stray.document_verifiers().next().unwrap().certificate();
    assert_eq!(
        problem(&[&terminal, &dv, stray]),
        CertificatesProblem::Stray(stray.holder())
    );
    let mut cut = whole.clone();
    cut.pop();
    let error = TerminalCertificates::parse(&cut).unwrap_err();
    assert!(
        matches!(error, CertificatesProblem::Malformed { number: 3, .. }),
        "{error}"
    );
    // A terminal's certificate that another key signed under the same name.
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let forged = terminal.body().clone();
    let forged = forged.signed(&new_key(&mut rng), &mut rng).unwrap();
    let error = problem(&[&cvca, &dv, &forged]);
    assert!(
        matches!(error, CertificatesProblem::Signature { .. }),
        "{error}"
    );
    let error = Error::from(error);
    assert_eq!(error.code(), ErrorCode::TerminalCertificates);
    assert!(
        matches!(&error, Error::Agency(fault) if matches!(**fault, AgencyFault::Certificates(_)))
    );
}

#[test]
fn a_description_counts_only_with_the_certificate_that_holds_its_hash() {
    let pensions = agency(&family());
    let described = certificates(&pensions).with_description(&pensions.description);
    let request = AccessRequest::new(described.unwrap());
    for (lang, word) in [(Lang::En, "asks to"), (Lang::ZhTw, "要求")] {
        let text = request.describe(lang);
        assert!(text.contains("PENSIONS") && text.contains(word), "{text}");
        assert_eq!(
            text.lines().filter(|line| line.starts_with("  - ")).count(),
            4
        );
    }
    let other = specimen::agency("TAX", &family());
    let error = certificates(&pensions)
        .with_description(&other.description)
        .unwrap_err();
    assert!(matches!(
        error,
        CertificatesProblem::DescriptionOfAnother(_)
    ));
    let error = certificates(&pensions).with_description(b"?").unwrap_err();
    assert!(matches!(
        error,
        CertificatesProblem::DescriptionMalformed(_)
    ));
}

#[test]
fn a_message_with_a_changed_byte_is_another_request_or_none() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let agency = agency(&family());
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card.pace_as_terminal(code, everything(&agency)).unwrap();
    let pending = session.request_signature().unwrap();
    let bytes = pending.request().to_bytes();
    for at in 0..bytes.len() {
        for length in [at, bytes.len()] {
            let mut changed = bytes.get(..length).unwrap().to_vec();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 0x10;
            }
            if let Ok(request) = SignatureRequest::from_bytes(&changed) {
                assert_ne!(&request, pending.request(), "byte {at}");
                assert_eq!(request.to_bytes(), changed, "byte {at}");
            }
        }
    }
    let error = SignatureResponse::from_bytes(&bytes).unwrap_err();
    assert_eq!(error.message, "signature response");
}

#[test]
fn whoever_has_a_clock_does_not_present_what_is_not_valid() {
    let certificates = certificates(&agency(&family()));
    let day = |month, day| cvc::Date::new(2026, month, day).unwrap();
    for (on, valid) in [
        (day(5, 14), false),
        (day(5, 15), true),
        (day(6, 14), true),
        (day(6, 15), false),
    ] {
        let outcome = certificates.check_valid_on(on);
        assert_eq!(outcome.is_ok(), valid, "{on}");
        if let Err(problem) = outcome {
            // Before its time the document verifier's is the first that is not valid.
            assert!(matches!(
                problem,
                CertificatesProblem::OutsideValidity { .. }
            ));
        }
    }
}

#[test]
fn the_card_is_told_what_was_asked_for_and_given_and_nothing_else() {
    let office = agency(&Grant::read([6, 12]).and_update([12, 13]));
    let request = || {
        AccessRequest::new(certificates(&office)).only([
            Permission::Read(Group::Dg12),
            Permission::Update(Group::Dg12),
            Permission::Update(Group::Dg13),
        ])
    };
    // Agreeing to what nobody asked for gives nothing.
    let consent = request().agree([Permission::Read(Group::Dg6), Permission::Read(Group::Dg12)]);
    let given: Vec<_> = consent.given().collect();
    assert_eq!(given, [Permission::Read(Group::Dg12)]);
    let told = consent.authorization();
    assert!(told.allows(Right::ReadGroup(12)) && !told.allows(Right::ReadGroup(6)));
    assert!(
        !told.allows_update(12) && !told.allows_update(13),
        "updates were withheld"
    );

    let consent = request().agree([Permission::Update(Group::Dg12)]);
    let told = consent.authorization();
    assert!(told.allows_update(12) && !told.allows_update(13));
    assert!(!told.allows(Right::ReadGroup(12)));
    let withheld: Vec<_> = consent.withheld().collect();
    assert_eq!(
        withheld,
        [
            Permission::Read(Group::Dg12),
            Permission::Update(Group::Dg13)
        ]
    );
}

/// What is signed is one string of bytes: with parts of any length, one part's end could pass for another's beginning.
#[test]
fn the_parts_of_what_is_signed_cannot_be_shifted_against_each_other() {
    let specimen = specimen::valid();
    let mut card = Card::open(specimen.card).unwrap();
    let code = AccessCode::pin(specimen.codes.pin1()).unwrap();
    let session = card
        .pace_as_terminal(code, everything(&agency(&family())))
        .unwrap();
    let pending = session.request_signature().unwrap();
    let sent = pending.request().to_bytes();
    let mut reader = iso7816::tlv::TlvReader::new(&sent);
    let outer = reader.read().unwrap().unwrap();
    for (tag, field) in [(0x83, "key of the card"), (0x85, "key of the reader")] {
        let mut shifted = Vec::new();
        for object in outer.children() {
            let object = object.unwrap();
            let value = if object.tag.0 == tag {
                object.value.split_last().unwrap().1
            } else {
                object.value
            };
            iso7816::tlv::push(&mut shifted, object.tag, value);
        }
        let shifted = iso7816::tlv::encode(outer.tag, &shifted);
        let error = SignatureRequest::from_bytes(&shifted).unwrap_err();
        assert_eq!(error.field, field);
    }
}

/// Over a reader of short APDUs certificates go in parts. A part that the card cannot take is the card's fault, and no verdict on
/// the agency.
#[test]
fn a_part_of_a_long_command_that_fails_accuses_nobody() {
    use applet_sim::{Chip, Environment, MemoryStore, NoDelay};
    use host_lib::faults::{Fault, Script};
    use transport::{Capabilities, InProcess, Interface};
    let mut failed = 0;
    for at in 1..60 {
        let specimen = specimen::valid();
        let memory = specimen.card.remove().into_memory();
        let environment = Environment {
            rng: Box::new(ChaCha20Rng::from_seed([8; 32])),
            delay: Box::new(NoDelay),
        };
        let mut chip: Chip<MemoryStore> = Chip::open(memory, environment).unwrap();
        let fault = Fault::Protected(iso7816::StatusWord(0x6F00));
        chip.follow(&Script::new().at(at, fault)).unwrap();
        let reader = InProcess::with_capabilities(chip, Capabilities::short(Interface::Contact));
        let agency = agency(&family());
        let consent = everything(&agency);
        let outcome = Card::open(reader).and_then(|mut card| {
            let code = AccessCode::pin(specimen.codes.pin1())?;
            let session = card.pace_as_terminal(code, consent)?;
            let mut session = session.authenticate(&mut SoftwareKey::new(agency.key))?;
            session.read(Group::Dg3).map(drop)
        });
        if let Err(error) = outcome {
            failed += 1;
            let accused = [ErrorCode::TerminalRefused, ErrorCode::TerminalSignature];
            assert!(!accused.contains(&error.code()), "at {at}: {error}");
        }
    }
    assert!(failed > 20, "{failed} of the commands came to harm");
}
