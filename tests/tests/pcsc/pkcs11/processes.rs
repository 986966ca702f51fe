//! Fork, two applications at once, cards that are pulled or reset in the middle.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use applet_sim::{CertRead, KeyKind};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::{PIN2, card};
use transport::Interface;

use super::clients::load;
use super::desk::{DATA, Desk, module};
use crate::slot::Slot;
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        processes:
        two_applications_use_one_card_by_turns,
        a_card_that_is_pulled_and_put_back_asks_for_pin2_again,
        a_card_that_a_stranger_resets_goes_on,
        cards_in_two_readers_are_told_apart,
    )
}

fn login(session: &Session) {
    let pin = AuthPin::new(PIN2.into());
    session.login(UserType::User, Some(&pin)).expect("a login");
}

fn authentication_key(session: &Session) -> ObjectHandle {
    let template = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Id(vec![0x82]),
    ];
    session.find_objects(&template).expect("objects")[0]
}

fn two_applications_use_one_card_by_turns() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let (context, slot) = load(&desk);
    let session = context.open_ro_session(slot).expect("a session");
    login(&session);
    let key = authentication_key(&session);
    let module = module();
    let arguments = [
        "--module",
        module.to_str().expect("a path"),
        "--sign",
        "--login",
        "--pin",
        PIN2,
        "--id",
        "82",
        "-m",
        "ECDSA-SHA256",
        "-i",
        "data",
        "-o",
        "signed",
    ];
    // Others sign while this one goes on: none loses its login.
    let others: Vec<_> = (0..3)
        .map(|_| {
            let mut command = desk.command("pkcs11-tool", &arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("pkcs11-tool")
        })
        .collect();
    for turn in 0..8 {
        let signed = session.sign(&Mechanism::EcdsaSha256, key, DATA);
        assert_eq!(signed.expect("a signature").len(), 64, "{turn}");
        thread::sleep(Duration::from_millis(400));
    }
    for other in others {
        let output = other.wait_with_output().expect("an end");
        let said = super::desk::text(&output);
        assert!(output.status.success(), "{said}\n{}", desk.log());
    }
    let signed = session.sign(&Mechanism::EcdsaSha256, key, DATA);
    assert!(signed.is_ok());
    drop(session);
    context.finalize().expect("C_Finalize");
}

fn a_card_that_is_pulled_and_put_back_asks_for_pin2_again() {
    let mut desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let (context, slot) = load(&desk);
    let session = context.open_ro_session(slot).expect("a session");
    login(&session);
    let key = authentication_key(&session);
    session
        .sign_init(&Mechanism::EcdsaSha256, key)
        .expect("an operation");
    session.sign_update(DATA).expect("data");
    drop(desk.card.take());
    let again = card(KeyKind::P256, CertRead::AfterPin2);
    desk.card = Some(Slot::FIRST.insert_image(again.image(), Interface::Contactless));
    let gone = session.sign_final();
    assert!(
        matches!(
            gone,
            Err(Error::Pkcs11(
                RvError::SessionHandleInvalid | RvError::DeviceRemoved,
                _
            ))
        ),
        "{gone:?}"
    );
    drop(session);
    let session = context.open_ro_session(slot).expect("a session");
    let private = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
    assert!(session.find_objects(&private).expect("objects").is_empty());
    login(&session);
    let key = authentication_key(&session);
    assert!(session.sign(&Mechanism::EcdsaSha256, key, DATA).is_ok());
    drop(session);
    context.finalize().expect("C_Finalize");
}

fn a_card_that_a_stranger_resets_goes_on() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let (context, slot) = load(&desk);
    let session = context.open_ro_session(slot).expect("a session");
    login(&session);
    let key = authentication_key(&session);
    for _ in 0..3 {
        let reader = Slot::FIRST.reader();
        desk.says("opensc-tool", &["--reader", &reader, "--reset=cold"]);
        let signed = session.sign(&Mechanism::EcdsaSha256, key, DATA);
        assert!(signed.is_ok(), "{signed:?}\n{}", desk.log());
    }
    drop(session);
    context.finalize().expect("C_Finalize");
}

fn cards_in_two_readers_are_told_apart() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let second = card(KeyKind::Rsa2048, CertRead::AfterPin2);
    let inserted = Slot::SECOND.insert_image(second.image(), Interface::Contact);
    desk.use_configuration();
    let context = super::clients::initialised();
    let slots = context.get_slots_with_token().expect("slots");
    assert_eq!(slots.len(), 2);
    let serials = slots.iter().map(|slot| {
        let token = context.get_token_info(*slot).expect("a token");
        token.serial_number().to_owned()
    });
    let serials: Vec<_> = serials.collect();
    assert_ne!(serials[0], serials[1]);
    let sessions: Vec<_> = slots
        .iter()
        .map(|slot| context.open_ro_session(*slot).expect("a session"))
        .collect();
    login(&sessions[0]);
    let private = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
    let count = |session: &Session| session.find_objects(&private).expect("objects").len();
    assert_eq!((count(&sessions[0]), count(&sessions[1])), (3, 0));
    drop(sessions);
    context.finalize().expect("C_Finalize");
    drop(inserted);
}
