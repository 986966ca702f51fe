//! Before PACE all cards of a batch answer alike, error answers included.

use applet_sim::{CardImage, Chip, LifeCycle, ReferenceData};
use iso7816::{Atr, CommandApdu, historical::HistoricalBytes};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use secure_channel::{
    Curve, EcPrivateKey, Password,
    auxiliary_data::Kind,
    restricted_identification::{
        RestrictedIdentificationProtocol, terminal::set_authentication_template,
    },
};
use transport::{CardDevice, Interface};

use crate::{
    card,
    reader::{CAM, EID, GM, ICAO, Reader},
};

/// Another card of the same batch: another holder, other passwords and keys, fewer groups, the same
/// batch files.
fn sibling() -> CardImage {
    let mut image = card::image();
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    image.master_file.gdo = card::contents("another EF.GDO", 25);
    image.master_file.chip_security = None;
    image.eid.groups = [2, 3, 11, 12, 13]
        .map(|n| (n, card::contents("another", 900)))
        .into();
    image.eid.sod = card::contents("another EF.SOD", 2500);
    let icao = image.icao.as_mut().unwrap();
    icao.dg1 = card::contents("another DG1", 95);
    icao.dg15 = None;
    image.passwords.can = Password::can("654321").unwrap();
    image.passwords.pin1 = Password::pin("13579").unwrap();
    image.passwords.puk = Password::puk("11111111").unwrap();
    image.passwords.pin2 = Some(b"1234567890".to_vec().into());
    image.keys.chip_individual.as_mut().unwrap().key =
        EcPrivateKey::generate(Curve::P256, &mut rng).unwrap();
    image.keys.active_authentication = None;
    image.keys.revocation = None;
    image.keys.pseudonym = EcPrivateKey::generate(Curve::P256, &mut rng).ok();
    image.eid.reference_data = ReferenceData::default();
    image
}

/// Every plain command with an effect before PACE, and many without.
fn commands() -> Vec<Vec<u8>> {
    let mut commands = Vec::new();
    for name in [&[][..], EID, ICAO, &[0xA0, 0x00, 0x00, 0x00, 0x63]] {
        let p1 = if name.is_empty() { 0x00 } else { 0x04 };
        for p2 in [0x00, 0x04, 0x0C] {
            commands.push(
                CommandApdu::new(0x00, 0xA4, p1, p2)
                    .with_data(name)
                    .with_ne(256)
                    .to_bytes(),
            );
            for p1 in [0x00, 0x02, 0x08, 0x09] {
                for id in (0x0100..=0x0120).chain([0x2F00, 0x2F01, 0x2F02, 0x3F00, 0x5031]) {
                    commands.push(
                        CommandApdu::new(0x00, 0xA4, p1, p2)
                            .with_data(u16::to_be_bytes(id))
                            .with_ne(256)
                            .to_bytes(),
                    );
                    commands.push(vec![0x00, 0xB0, 0x00, 0x00, 0x00]);
                }
            }
            for short_id in 0x00..=0x1F {
                for offset in [0x00, 0xFF] {
                    commands.push(vec![0x00, 0xB0, 0x80 | short_id, offset, 0x00]);
                }
                commands.push(vec![
                    0x00, 0xB1, 0x00, short_id, 0x03, 0x54, 0x01, 0x00, 0x00,
                ]);
            }
        }
    }
    for suite in [GM, CAM] {
        for reference in 0..=5 {
            let mut data = vec![0x80, 0x0A];
            data.extend_from_slice(&suite.protocol.oid());
            data.extend_from_slice(&[0x83, 0x01, reference]);
            commands.push(
                CommandApdu::new(0x00, 0x22, 0xC1, 0xA4)
                    .with_data(data.clone())
                    .to_bytes(),
            );
            data.extend_from_slice(&[0x84, 0x01, 0x0D]);
            commands.push(
                CommandApdu::new(0x00, 0x22, 0xC1, 0xA4)
                    .with_data(data)
                    .to_bytes(),
            );
        }
    }
    for key_id in 0..=3 {
        let protocol = RestrictedIdentificationProtocol::EcdhSha256;
        commands.push(set_authentication_template(protocol, Some(&[key_id])).to_bytes());
    }
    for kind in Kind::ALL {
        commands.extend([kind.verify(), kind.compare()].map(|command| command.to_bytes()));
    }
    for ins in 0x00..=0xFF {
        for (p1, p2) in [
            (0x00, 0x00),
            (0x02, 0x03),
            (0x03, 0x03),
            (0x10, 0x03),
            (0x41, 0xA4),
            (0x00, 0x81),
        ] {
            commands.push(vec![0x00, ins, p1, p2]);
            commands.push(vec![0x00, ins, p1, p2, 0x00]);
            commands.push(vec![0x00, ins, p1, p2, 0x02, 0x7C, 0x00]);
        }
    }
    commands
}

#[test]
fn two_cards_of_a_batch_cannot_be_told_apart_before_pace() {
    let (mut one, mut other) = (Reader::new(&card::image()), Reader::new(&sibling()));
    for interface in [Interface::Contact, Interface::Contactless] {
        assert_eq!(one.chip.power_on(interface), other.chip.power_on(interface));
    }
    for command in commands() {
        // Both chips draw the same randomness here, and nonces are encrypted under the password.
        let is_nonce = command[1] == 0x86;
        let (a, b) = (one.raw(&command), other.raw(&command));
        assert_eq!(a.status, b.status, "{command:02X?}");
        assert_eq!(a.data.len(), b.data.len());
        assert!(is_nonce || a.data == b.data, "{command:02X?}");
    }
}

#[test]
fn the_answer_to_reset_is_our_own_and_says_what_the_card_can() {
    let mut reader = Reader::new(&card::image());
    let historical = b"\x80\x31\xB8\x73\x84\x01\xE0\x56NeweID";
    let contact = reader.chip.power_on(Interface::Contact);
    assert_eq!(contact[..7], [0x3B, 0x9E, 0x96, 0x80, 0x31, 0xFE, 0x45]);
    assert_eq!(contact[7..21], *historical);
    let contactless = reader.chip.power_on(Interface::Contactless);
    assert_eq!(contactless[..4], [0x3B, 0x8E, 0x80, 0x01]);
    let contact = Atr::parse(&contact).unwrap();
    assert!(contact.protocols().eq([0, 1]));
    let contactless = Atr::parse(&contactless).unwrap();
    assert_eq!(contact.historical_bytes(), contactless.historical_bytes());
    let capabilities = HistoricalBytes::parse(contact.historical_bytes())
        .unwrap()
        .card_capabilities()
        .unwrap();
    assert!(capabilities.command_chaining() && capabilities.extended_length());

    let mut image = card::image();
    image.options.extended_length = false;
    let atr = Reader::new(&image).chip.power_on(Interface::Contact);
    let atr = Atr::parse(&atr).unwrap();
    assert!(
        !HistoricalBytes::parse(atr.historical_bytes())
            .unwrap()
            .card_capabilities()
            .unwrap()
            .extended_length()
    );
}

#[test]
fn the_uid_is_random_at_each_activation() {
    let mut reader = Reader::new(&card::image());
    let mut seen = Vec::new();
    for _ in 0..8 {
        reader.reset();
        let uid = reader.chip.uid();
        assert_eq!(uid[0], 0x08, "the mark of a random UID");
        assert!(!seen.contains(&uid));
        seen.push(uid);
    }
}

#[test]
fn a_chip_without_power_is_mute_and_wakes_up_without_a_session() {
    let mut reader = Reader::new(&card::image());
    reader.pace(GM, &card::can());
    reader.chip.power_off();
    assert!(reader.chip.process(&[0x00, 0xA4, 0x00, 0x0C]).is_empty());
    reader.chip.power_on(Interface::Contact);
    let wrapped = reader
        .channel
        .as_mut()
        .unwrap()
        .wrap(&CommandApdu::new(0x00, 0xB0, 0x9D, 0x00).with_ne(1))
        .unwrap();
    assert_eq!(
        reader.plain(&wrapped).status,
        iso7816::StatusWord::SM_OBJECTS_INCORRECT
    );
}

#[test]
fn a_freshly_opened_chip_waits_for_power() {
    let environment = applet_sim::Environment::system();
    let mut chip = Chip::open(crate::reader::memory(&card::image()), environment).unwrap();
    assert!(chip.process(&[0x00, 0xA4, 0x00, 0x0C]).is_empty());
    chip.reset();
    assert_eq!(chip.process(&[0x00, 0xA4, 0x00, 0x0C]), [0x90, 0x00]);
}

#[test]
fn only_password_states_and_life_cycle_show_before_pace() {
    let mut used = card::image();
    used.passwords.pin1_tries = 2;
    let mut terminated = card::image();
    terminated.options.life_cycle = LifeCycle::Terminated;
    let differing = |image: &CardImage| {
        let (mut one, mut other) = (Reader::new(&card::image()), Reader::new(image));
        commands()
            .into_iter()
            .filter(|command| one.raw(command) != other.raw(command))
            .collect::<Vec<_>>()
    };
    let used = differing(&used);
    assert!(!used.is_empty());
    assert!(
        used.iter().all(|command| command[1] == 0x22),
        "only MSE:Set AT tells the state of a password"
    );
    assert!(!differing(&terminated).is_empty());
}
