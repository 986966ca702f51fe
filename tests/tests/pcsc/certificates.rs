//! The natural-person certificate of a card in a reader, with contacts and without.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cvc::Right;
use host_lib::{
    AccessCode, AccessRequest, Card, Error, ErrorCode, FunctionState, Group, Groups, KeyKind,
    KeySlot, Pin2, ProvenAgencySession, ProvenSession, Result, SoftwareKey, TerminalCertificates,
};
use issuer::{Grant, specimen};
use libtest_mimic::Trial;
use neweid_tests::cards::{TestCard, trust};
use pki::DigestAlgorithm;
use signing::{Oid, SignedDataBuilder};
use transport::pcsc::{PcscCard, PcscOptions};
use transport::{CardTransport, Interface};

use crate::pulled::{Pulled, back};
use crate::slot::{Slot, chip};
use crate::trials;

const INTERFACES: [Interface; 2] = [Interface::Contactless, Interface::Contact];

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        certificates:
        what_a_card_in_a_reader_signs_openssl_accepts,
        pin2_is_blocked_by_wrong_ones_suspended_without_contacts_and_unblocked_by_the_puk,
        switched_off_on_and_ended_it_leaves_the_identity_as_it_was,
        a_card_pulled_while_it_makes_a_key_or_changes_its_state_is_before_or_after,
    )
}

/// A card with keys and certificates.
fn certified() -> TestCard {
    let mut subject = TestCard::of_case("no-portrait");
    subject.certify();
    subject
}

fn pin2(subject: &TestCard) -> Pin2 {
    let codes = subject.issued.codes();
    Pin2::parse(codes.pin2().expect("PIN2")).expect("digits")
}

fn can(subject: &TestCard) -> AccessCode {
    AccessCode::can(subject.issued.codes().can()).expect("digits")
}

fn pin1(subject: &TestCard) -> AccessCode {
    AccessCode::pin(subject.issued.codes().pin1()).expect("digits")
}

/// Runs `work` in a session of this code whose chip is proven.
fn with<R>(
    card: &mut dyn CardTransport,
    code: AccessCode,
    work: impl FnOnce(&mut ProvenSession<'_, '_, &mut dyn CardTransport>) -> Result<R>,
) -> Result<R> {
    let mut card = Card::open(card)?;
    let mut session = card.pace(code)?;
    work(&mut session.prove_chip(&trust().verifier())?)
}

/// The same for an office that may fill the slots and manage PINs.
fn as_office<R>(
    card: &mut dyn CardTransport,
    subject: &TestCard,
    work: impl FnOnce(&mut ProvenAgencySession<'_, '_, &mut dyn CardTransport>) -> Result<R>,
) -> Result<R> {
    let grant = Grant::default()
        .with(Right::InstallCertificate)
        .with(Right::PinManagement);
    let office = specimen::agency("OFFICE", &grant);
    let certificates = TerminalCertificates::parse(&office.certificates)?;
    let consent = AccessRequest::new(certificates).agree_to_everything();
    let mut card = Card::open(card)?;
    let session = card.pace_as_terminal(pin1(subject), consent)?;
    let mut session = session.authenticate(&mut SoftwareKey::new(office.key))?;
    work(&mut session.prove_chip(&trust().verifier())?)
}

fn state(card: &mut dyn CardTransport, subject: &TestCard) -> FunctionState {
    let state = with(card, can(subject), |proven| {
        Ok(proven.certificates()?.state())
    });
    state.expect("a state")
}

fn what_a_card_in_a_reader_signs_openssl_accepts() {
    let subject = certified();
    let folder = tempfile::tempdir().expect("a folder");
    let openssl = |arguments: &str| {
        let arguments = arguments.split(' ');
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(folder.path())
            .output();
        let output = output.expect("openssl is installed (make setup)");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), text)
    };
    for interface in INTERFACES {
        let inserted = Slot::FIRST.insert_image(subject.image(), interface);
        let mut card = Slot::FIRST.open(PcscOptions::new());
        let signed = with(&mut card, can(&subject), |proven| {
            let mut application = proven.certificates()?;
            let unlocked = application.verify_pin2(&pin2(&subject))?;
            let algorithm = unlocked.algorithm(KeySlot::Signature)?;
            let mut key = unlocked.signature_key(algorithm)?;
            let message = SignedDataBuilder::new(Oid::DATA).signing_time(trust().now);
            let message = message
                .attached(b"a letter", &mut key)
                .expect("a signature");
            let mut unlocked = application.verify_pin2(&pin2(&subject))?;
            // Logging in goes on for the session.
            let hash = DigestAlgorithm::Sha256.digest(b"a challenge");
            for _ in 0..2 {
                let algorithm = unlocked.algorithm(KeySlot::Authentication)?;
                unlocked.authenticate(algorithm, &hash)?;
            }
            Ok((message, unlocked.certificate(KeySlot::Signature)?))
        });
        let (message, certificate) = signed.expect("a signature");
        let write = |name: &str, contents: &[u8]| {
            std::fs::write(folder.path().join(name), contents).expect("a file");
        };
        write("signer.pem", certificate.to_pem().expect("PEM").as_bytes());
        let verify = "cms -verify -cades -inform DER -in message -CAfile signer.pem -partial_chain";
        let verify = format!("{verify} -attime {}", trust().now.unix_seconds());
        write("message", &message);
        let (accepted, text) = openssl(&verify);
        assert!(
            accepted && text.contains("a letter"),
            "{interface:?}: {text}"
        );
        let mut changed = message;
        let at = changed
            .windows(6)
            .position(|it| it == b"letter")
            .expect("the letter");
        changed[at] ^= 1;
        write("message", &changed);
        assert!(!openssl(&verify).0, "{interface:?}");
        drop((card, inserted));
    }
}

fn pin2_is_blocked_by_wrong_ones_suspended_without_contacts_and_unblocked_by_the_puk() {
    let subject = certified();
    let wrong = Pin2::parse("11111111").expect("digits");
    for interface in INTERFACES {
        let inserted = Slot::FIRST.insert_image(subject.image(), interface);
        let mut card = Slot::FIRST.open(PcscOptions::new());
        let verify = |card: &mut PcscCard, code, pin2: &Pin2| {
            let outcome = with(card, code, |proven| {
                proven.certificates()?.verify_pin2(pin2).map(drop)
            });
            outcome.map_err(|error| (error.code(), error.tries_left()))
        };
        for left in [2, 1] {
            let refused = verify(&mut card, can(&subject), &wrong);
            assert_eq!(refused, Err((ErrorCode::WrongPin2, Some(left))));
        }
        if interface == Interface::Contactless {
            // Nobody spends the last try of a card in somebody else's pocket.
            let refused = verify(&mut card, can(&subject), &wrong);
            assert_eq!(refused, Err((ErrorCode::Pin2Suspended, Some(1))));
            let refused = verify(&mut card, pin1(&subject), &wrong);
            assert_eq!(refused, Err((ErrorCode::WrongPin2, Some(0))));
        } else {
            let refused = verify(&mut card, can(&subject), &wrong);
            assert_eq!(refused, Err((ErrorCode::WrongPin2, Some(0))));
        }
        let refused = verify(&mut card, pin1(&subject), &pin2(&subject));
        assert!(
            matches!(refused, Err((ErrorCode::Pin2Blocked, _))),
            "{refused:?}"
        );
        {
            let puk = AccessCode::puk(subject.issued.codes().puk()).expect("digits");
            let mut opened = Card::open(&mut card).expect("a card");
            let mut session = opened.pace(puk).expect("the PUK");
            session.unblock_pin2().expect("unblocked");
        }
        assert_eq!(verify(&mut card, can(&subject), &pin2(&subject)), Ok(()));
        drop((card, inserted));
    }
}

/// Every group that the access code opens, byte for byte, and EF.SOD.
fn identity(card: &mut dyn CardTransport, subject: &TestCard) -> Vec<Vec<u8>> {
    let mut card = Card::open(card).expect("a card");
    let mut session = card.pace(can(subject)).expect("the access code");
    let groups = Groups::public().and(Group::Dg13);
    let read = session.read(groups).expect("the identity");
    let groups = read
        .group_numbers()
        .filter_map(|number| read.raw_group(number));
    let mut all: Vec<Vec<u8>> = groups.map(<[u8]>::to_vec).collect();
    assert!(all.len() > 3);
    all.push(read.security_object().to_vec());
    all
}

fn switched_off_on_and_ended_it_leaves_the_identity_as_it_was() {
    let subject = certified();
    let inserted = Slot::FIRST.insert_image(subject.image(), Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    let before = identity(&mut card, &subject);
    let switch = |card: &mut PcscCard, on: bool| {
        with(card, pin1(&subject), |proven| {
            let mut application = proven.certificates()?;
            match on {
                true => application.enable(),
                false => application.disable(),
            }
        })
    };
    switch(&mut card, false).expect("switched off");
    assert_eq!(state(&mut card, &subject), FunctionState::Deactivated);
    assert_eq!(identity(&mut card, &subject), before);
    let refused = with(&mut card, can(&subject), |proven| {
        let mut application = proven.certificates()?;
        let unlocked = application.verify_pin2(&pin2(&subject))?;
        let algorithm = unlocked.algorithm(KeySlot::Signature)?;
        unlocked.signature_key(algorithm).map(drop)
    });
    assert_eq!(
        refused.expect_err("it is off").code(),
        ErrorCode::CertificatesOff
    );
    switch(&mut card, true).expect("switched on");
    assert_eq!(state(&mut card, &subject), FunctionState::Activated);
    assert_eq!(identity(&mut card, &subject), before);

    let ended = as_office(&mut card, &subject, |proven| {
        proven.terminate_certificates()
    });
    ended.expect("ended");
    assert_eq!(state(&mut card, &subject), FunctionState::Terminated);
    assert_eq!(identity(&mut card, &subject), before);
    // 6285 to SELECT, and 6985 to everything.
    let refused = switch(&mut card, true).expect_err("it is ended");
    let Error::Card(fault) = &refused else {
        panic!("{refused}")
    };
    assert_eq!(
        fault.status.to_string(),
        "6985 conditions of use not satisfied"
    );
    let again = as_office(&mut card, &subject, |proven| {
        proven.terminate_certificates()
    });
    let again = again.expect_err("it is ended");
    assert_eq!(again.code(), ErrorCode::CertificatesOver);
    drop((card, inserted));
}

/// Over the one command that changes the card: before it has carried it out, and before its answer is out. It is one card, and goes on being used.
fn a_card_pulled_while_it_makes_a_key_or_changes_its_state_is_before_or_after() {
    type Step<'s> = &'s dyn Fn(&mut PcscCard, bool) -> Result<()>;
    const MANY: usize = 100_000;
    let subject = certified();
    let pin2 = pin2(&subject);
    // Everything up to what changes something, and that too if it is wanted; and how many commands that sends before the one that does it.
    let changes: [(&str, usize, Step<'_>); 4] = [
        ("a new key", 0, &|card, change| {
            as_office(card, &subject, |proven| {
                let mut desk = proven.certificate_desk(KeySlot::Authentication)?;
                let mut desk = desk.verify_pin2(&pin2)?;
                match change {
                    true => desk.generate_key(KeyKind::P256).map(drop),
                    false => Ok(()),
                }
            })
        }),
        ("switching off", 0, &|card, change| {
            with(card, pin1(&subject), |proven| {
                let mut application = proven.certificates()?;
                match change {
                    true => application.disable(),
                    false => Ok(()),
                }
            })
        }),
        ("switching on", 0, &|card, change| {
            with(card, pin1(&subject), |proven| {
                let mut application = proven.certificates()?;
                match change {
                    true => application.enable(),
                    false => Ok(()),
                }
            })
        }),
        ("ending", 1, &|card, change| {
            as_office(card, &subject, |proven| match change {
                true => proven.terminate_certificates(),
                false => Ok(()),
            })
        }),
    ];
    let look = |card: &mut PcscCard| {
        let seen = with(card, can(&subject), |proven| {
            let application = proven.certificates()?;
            let slots: Vec<_> = application.slots().collect();
            Ok((application.state(), slots))
        });
        seen.expect("the card as it is")
    };
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let before = Arc::new(AtomicBool::new(true));
    let device = Pulled {
        card: chip(subject.image()),
        left: Arc::clone(&left),
        before: Arc::clone(&before),
    };
    let inserted = Slot::FIRST.insert(device, Interface::Contactless);
    let mut card = Slot::FIRST.open(PcscOptions::new());
    let identity_before = identity(&mut card, &subject);
    let mut states = Vec::new();
    for (name, further, step) in changes {
        for unchanged in [true, false] {
            let present = look(&mut card);
            left.store(MANY, Ordering::SeqCst);
            step(&mut card, false).expect("undisturbed");
            let exchange = MANY - left.swap(usize::MAX, Ordering::SeqCst) + further;
            before.store(unchanged, Ordering::SeqCst);
            left.store(exchange, Ordering::SeqCst);
            let error = step(&mut card, true).expect_err("a card that was pulled");
            assert_eq!(error.code(), ErrorCode::CardRemoved, "{name}: {error}");
            back(&mut card);
            let now = look(&mut card);
            assert_eq!(now == present, unchanged, "{name}, pulled at {exchange}");
            states.push(now.0);
        }
    }
    use FunctionState::{Activated, Deactivated, Terminated};
    let expected = [
        [Activated, Activated],
        [Activated, Deactivated],
        [Deactivated, Activated],
        [Activated, Terminated],
    ];
    assert_eq!(states, expected.as_flattened());
    assert_eq!(identity(&mut card, &subject), identity_before);
    drop((card, inserted));
}
