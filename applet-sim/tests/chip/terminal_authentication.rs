//! Terminal Authentication 2 and Chip Authentication 2, and what they open.

use applet_sim::Tear;
use cvc::{CertificateHolderReference, Chat, CvCertificate, Extensions, Right, Role};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use secure_channel::{
    CompressedPublicKey, Curve, EcPrivateKey, Password, SecureMessaging, SymmetricCipher,
    auxiliary_data::AuxiliaryData,
    chip_authentication::{
        ChipAuthenticationProtocol,
        terminal::{EphemeralKey, set_authentication_template, start_version_2},
    },
    terminal_authentication::{TerminalAuthenticationProtocol, terminal},
};
use transport::CardDevice;

use crate::{
    agency::{Authority, Says, day, everything, ministry, ministry_for, only},
    card,
    reader::{CAM, EID, GM, Reader},
};

const OK: StatusWord = StatusWord::OK;
const DENIED: StatusWord = StatusWord::SECURITY_STATUS_NOT_SATISFIED;
const FAILED: StatusWord = StatusWord::AUTHENTICATION_FAILED;
const CONDITIONS: StatusWord = StatusWord::CONDITIONS_NOT_SATISFIED;
const GROUPS: [u8; 11] = [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13];
const SHA_256: TerminalAuthenticationProtocol = TerminalAuthenticationProtocol::EcdsaSha256;
const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};

/// A card that trusts the ministry, a document verifier and a terminal.
pub(crate) struct Office {
    pub(crate) image: applet_sim::CardImage,
    pub(crate) ministry: Authority,
    pub(crate) verifier: Authority,
    pub(crate) terminal: Authority,
}

/// The terminal's certificate has these rights.
pub(crate) fn office(rights: Chat) -> Office {
    office_with(rights, Extensions::default())
}

/// And these extensions.
pub(crate) fn office_with(rights: Chat, extensions: Extensions) -> Office {
    let ministry = ministry_for(rights.terminal_type());
    let verifier = ministry.document_verifier();
    let terminal = verifier.terminal_with(rights, extensions);
    let mut image = card::image();
    image.eid.trust_points = Some(ministry.trust_points());
    Office {
        image,
        ministry,
        verifier,
        terminal,
    }
}

pub(crate) fn set_dst(name: CertificateHolderReference) -> CommandApdu {
    let data = tlv::encode(tlv::Tag(0x83), name.as_bytes());
    CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(data)
}

pub(crate) fn verify_certificate(certificate: &CvCertificate) -> CommandApdu {
    CommandApdu::new(0x00, 0x2A, 0x00, 0xBE).with_data(certificate.to_value())
}

/// PACE with a CHAT; the chip's compressed key and the authorities that it names.
pub(crate) fn pace(
    reader: &mut Reader,
    password: &Password,
    confirmed: Chat,
) -> (CompressedPublicKey, Vec<Vec<u8>>) {
    let selected = reader.set_at(GM, password, &confirmed.to_bytes());
    assert!(!selected.is_error(), "{selected}");
    let established = reader.run_pace(GM, password).unwrap();
    reader.channel = Some(SecureMessaging::new(established.session_keys));
    (
        established.id_picc,
        established.certification_authority_references,
    )
}

impl Office {
    /// The chain, certificate by certificate; the status word of the first that is refused.
    pub(crate) fn chain(&self, reader: &mut Reader) -> StatusWord {
        self.certificates(
            reader,
            &[&self.verifier.certificate, &self.terminal.certificate],
        )
    }

    fn certificates(&self, reader: &mut Reader, chain: &[&CvCertificate]) -> StatusWord {
        for certificate in chain {
            let by = CertificateHolderReference::parse(certificate.authority().as_bytes());
            for command in [set_dst(by.unwrap()), verify_certificate(certificate)] {
                let status = reader.send(&command).status;
                if !status.is_ok() {
                    return status;
                }
            }
        }
        OK
    }

    /// Terminal Authentication after the chain, with what the signature is over changed by `sign`.
    pub(crate) fn authenticate(
        &self,
        reader: &mut Reader,
        id_picc: &CompressedPublicKey,
        sign: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Result<terminal::CommittedKey, StatusWord> {
        self.authenticate_asking(reader, id_picc, AuxiliaryData::none(), sign)
    }

    /// The same, with auxiliary data.
    pub(crate) fn authenticate_asking(
        &self,
        reader: &mut Reader,
        id_picc: &CompressedPublicKey,
        asked: AuxiliaryData,
        sign: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Result<terminal::CommittedKey, StatusWord> {
        let ephemeral = EphemeralKey::generate(Curve::P256, &mut reader.rng).unwrap();
        let name = self.terminal.certificate.holder();
        let started = terminal::start(SHA_256, name.as_bytes(), id_picc, ephemeral, asked);
        let (state, command) = started.unwrap();
        let (state, command) = state
            .request_challenge(&accepted(reader.send(&command))?)
            .unwrap();
        let state = state.receive(&accepted(reader.send(&command))?).unwrap();
        let signature =
            state
                .signed_data()
                .sign(SHA_256, self.terminal.key.private_key(), &mut reader.rng);
        let (state, command) = state.authenticate(&sign(signature.unwrap())).unwrap();
        let response = accepted(reader.send(&command))?;
        Ok(state.finish(&response).unwrap())
    }

    /// Chip Authentication 2 and its new channel.
    pub(crate) fn prove_chip(
        &self,
        reader: &mut Reader,
        committed: terminal::CommittedKey,
    ) -> Result<(), StatusWord> {
        accepted(reader.send(&set_authentication_template(AES_128, Some(&[12]))))?;
        let key = self.image.keys.generation.public_key().unwrap();
        let (state, command) = start_version_2(AES_128, key, committed).unwrap();
        let response = accepted(reader.send(&command))?;
        let (keys, _) = state.finish(&response).unwrap();
        let channel = reader.channel.take().unwrap();
        reader.channel = Some(channel.rekey(keys).map_err(|(error, _)| error).unwrap());
        Ok(())
    }

    /// The ministry's next key, with the link certificate that leads to it.
    fn next_ministry(&self) -> Authority {
        let says = Says {
            name: b"TWMOICVCA00002",
            chat: everything(Role::Cvca),
            from: day(2026, 2, 15),
            until: day(2030, 1, 1),
        };
        self.ministry.certify(&says, 400)
    }

    /// Everything, up to the terminal's rights.
    pub(crate) fn open(&self, reader: &mut Reader, password: &Password, confirmed: Chat) {
        self.open_asking(reader, password, confirmed, AuxiliaryData::none());
    }

    /// The same, with auxiliary data.
    pub(crate) fn open_asking(
        &self,
        reader: &mut Reader,
        password: &Password,
        confirmed: Chat,
        asked: AuxiliaryData,
    ) {
        let (id_picc, _) = pace(reader, password, confirmed);
        assert_eq!(self.chain(reader), OK);
        let committed = self
            .authenticate_asking(reader, &id_picc, asked, |signature| signature)
            .unwrap();
        self.prove_chip(reader, committed).unwrap();
    }
}

fn accepted(response: ResponseApdu) -> Result<ResponseApdu, StatusWord> {
    if response.status.is_ok() {
        Ok(response)
    } else {
        Err(response.status)
    }
}

/// The groups that can be read, and whether EF.SOD can. What is refused is refused with 6982.
pub(crate) fn readable(reader: &mut Reader, office: &Office) -> (Vec<u8>, bool) {
    assert_eq!(reader.select_application(EID), OK);
    let mut groups = Vec::new();
    for group in GROUPS {
        match reader.read_file(group) {
            Ok(contents) => {
                assert_eq!(contents, office.image.eid.groups[&group], "DG{group}");
                groups.push(group);
            }
            Err(status) => assert_eq!(status, DENIED, "DG{group}"),
        }
    }
    let sod = match reader.read_file(0x1D) {
        Ok(contents) => contents == office.image.eid.sod,
        Err(status) => {
            assert_eq!(status, DENIED);
            false
        }
    };
    (groups, sod)
}

#[test]
fn a_terminal_reads_exactly_what_chain_and_holder_allow() {
    let read = |groups: &[u8]| -> Vec<Right> {
        groups
            .iter()
            .map(|group| Right::ReadGroup(*group))
            .collect()
    };
    for (certified, confirmed, groups) in [
        (vec![3, 4, 11], vec![3, 4, 11], vec![3, 4, 11]),
        (vec![3, 4, 11], vec![3, 5, 12], vec![3]),
        (vec![3], vec![], vec![]),
        (vec![], vec![3], vec![]),
        (GROUPS.to_vec(), GROUPS.to_vec(), GROUPS.to_vec()),
    ] {
        let office = office(only(&read(&certified)));
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::pin1(), only(&read(&confirmed)));
        let has_sod = !groups.is_empty();
        assert_eq!(readable(&mut reader, &office), (groups, has_sod));
    }
}

#[test]
fn before_chip_authentication_a_terminal_reads_nothing() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    let nothing = (vec![], false);
    let (id_picc, references) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(references, [b"TWMOICVCA00001".to_vec()], "DO 87");
    assert_eq!(readable(&mut reader, &office), nothing, "after PACE");
    assert_eq!(office.chain(&mut reader), OK);
    assert_eq!(readable(&mut reader, &office), nothing, "after the chain");
    let committed = office
        .authenticate(&mut reader, &id_picc, |signature| signature)
        .unwrap();
    assert_eq!(
        readable(&mut reader, &office),
        nothing,
        "after Terminal Authentication"
    );
    office.prove_chip(&mut reader, committed).unwrap();
    assert_eq!(readable(&mut reader, &office), (GROUPS.to_vec(), true));
}

#[test]
fn the_can_opens_for_a_terminal_that_may_use_it_and_for_no_other() {
    let with_can = only(&[Right::ReadGroup(4), Right::CanAllowed]);
    for (certified, groups) in [
        (with_can, vec![4]),
        // It said in PACE that it may, and its certificate does not.
        (with_can.without(Right::CanAllowed), vec![]),
    ] {
        let office = office(certified);
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::can(), with_can);
        assert_eq!(readable(&mut reader, &office).0, groups);
    }
}

#[test]
fn privileged_terminals_read_the_files_of_this_very_card() {
    for (rights, expected) in [
        (only(&[Right::PrivilegedTerminal]), Ok(())),
        (only(&[Right::ReadGroup(3)]), Err(DENIED)),
    ] {
        let office = office(rights);
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::pin1(), rights);
        let master_file = CommandApdu::new(0x00, 0xA4, 0x00, 0x0C);
        assert_eq!(reader.send(&master_file).status, OK);
        assert_eq!(
            reader.read_file(0x1B).map(|_| ()),
            expected,
            "EF.ChipSecurity"
        );
        let gdo = reader.select_file(0x2F02);
        assert_eq!(gdo.is_ok(), expected.is_ok(), "EF.GDO: {gdo}");
    }
}

#[test]
fn a_terminal_that_manages_pins_unblocks_changes_and_switches_pin1() {
    let change = CommandApdu::new(0x00, 0x2C, 0x02, 0x03).with_data(*b"975310");
    let unblock = CommandApdu::new(0x00, 0x2C, 0x03, 0x03);
    let deactivate = CommandApdu::new(0x00, 0x04, 0x10, 0x03);
    let activate = CommandApdu::new(0x00, 0x44, 0x10, 0x03);
    let manager = only(&[Right::PinManagement, Right::CanAllowed]);
    let reading = only(&[Right::ReadGroup(3), Right::CanAllowed]);
    for (rights, expected) in [(manager, OK), (reading, DENIED)] {
        let mut office = office(rights);
        office.image.passwords.pin1_tries = 0;
        let mut reader = Reader::new(&office.image);
        office.open(&mut reader, &card::can(), rights);
        for command in [&unblock, &change, &deactivate, &activate] {
            assert_eq!(reader.send(command).status, expected, "{command:?}");
        }
        let change_can = CommandApdu::new(0x00, 0x2C, 0x02, 0x02).with_data(*b"975310");
        assert_eq!(reader.send(&change_can).status, DENIED, "the access code");
        reader.reset();
        let new = Password::pin("975310").unwrap();
        assert_eq!(reader.try_pace(CAM, &new, &[]).is_ok(), expected == OK);
    }
}

#[test]
fn nothing_of_it_works_outside_a_terminal_session() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    let name = office.ministry.certificate.holder();
    let commands = [
        set_dst(name),
        verify_certificate(&office.verifier.certificate),
        CommandApdu::new(0x00, 0x22, 0x81, 0xA4).with_data([0x80, 0x00]),
        terminal::get_challenge(),
        CommandApdu::new(0x00, 0x82, 0x00, 0x00).with_data([0; 64]),
    ];
    for command in &commands {
        assert_eq!(reader.send(command).status, DENIED, "in plain: {command:?}");
    }
    reader.pace(CAM, &card::pin1());
    for command in &commands {
        assert_eq!(
            reader.send(command).status,
            DENIED,
            "in a local session: {command:?}"
        );
    }
}

#[test]
fn rights_that_are_wider_below_are_no_rights() {
    let ministry = ministry();
    let narrow = Says {
        name: b"TWTESTDV00001",
        chat: everything(Role::DvDomestic).without(Right::ReadGroup(3)),
        from: day(2026, 2, 1),
        until: day(2026, 12, 1),
    };
    let verifier = ministry.certify(&narrow, 102);
    let terminal = verifier.terminal(everything(Role::Terminal));
    let mut image = card::image();
    image.eid.trust_points = Some(ministry.trust_points());
    let office = Office {
        image,
        ministry,
        verifier,
        terminal,
    };
    let mut reader = Reader::new(&office.image);
    office.open(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(
        readable(&mut reader, &office).0,
        [2, 4, 5, 6, 7, 8, 9, 11, 12, 13]
    );
}

#[test]
fn a_wrong_signature_opens_nothing_and_may_be_tried_again() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), OK);
    let mut seen = Vec::new();
    let wrong = office.authenticate(&mut reader, &id_picc, |mut signature| {
        seen.clone_from(&signature);
        *signature.last_mut().unwrap() ^= 1;
        signature
    });
    assert_eq!(wrong.err(), Some(FAILED));
    // A good one over an earlier challenge.
    let replayed = office.authenticate(&mut reader, &id_picc, |_| seen);
    assert_eq!(replayed.err(), Some(FAILED));
    // Over another PACE session.
    let other = EcPrivateKey::generate(Curve::P256, &mut reader.rng).unwrap();
    let other = other.public_key().unwrap().compress();
    let elsewhere = office.authenticate(&mut reader, &other, |it| it);
    assert_eq!(elsewhere.err(), Some(FAILED));
    // Without a challenge, there is nothing to have signed.
    let bare = CommandApdu::new(0x00, 0x82, 0x00, 0x00).with_data([7; 64]);
    assert_eq!(reader.send(&bare).status, CONDITIONS);
    assert!(readable(&mut reader, &office).0.is_empty());
    let committed = office.authenticate(&mut reader, &id_picc, |it| it).unwrap();
    // Once is enough.
    let again = office.authenticate(&mut reader, &id_picc, |it| it);
    assert_eq!(again.err(), Some(CONDITIONS));
    office.prove_chip(&mut reader, committed).unwrap();
}

/// More certificates may follow the signature. They are nobody's who signed.
#[test]
fn who_has_signed_keeps_what_it_signed_for_whatever_certificates_follow() {
    let office = office(only(&[Right::ReadGroup(3)]));
    let wider = office.verifier.terminal(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), OK);
    let committed = office.authenticate(&mut reader, &id_picc, |it| it).unwrap();
    let chain = [&office.verifier.certificate, &wider.certificate];
    assert_eq!(office.certificates(&mut reader, &chain), OK);
    let again = office.authenticate(&mut reader, &id_picc, |it| it);
    assert_eq!(again.err(), Some(CONDITIONS));
    let signature = CommandApdu::new(0x00, 0x82, 0x00, 0x00).with_data([7; 64]);
    for command in [terminal::get_challenge(), signature] {
        assert_eq!(reader.send(&command).status, CONDITIONS, "{command:?}");
    }
    office.prove_chip(&mut reader, committed).unwrap();
    assert_eq!(readable(&mut reader, &office).0, [3]);
    let name = office.ministry.certificate.holder();
    assert_eq!(
        reader.send(&set_dst(name)).status,
        CONDITIONS,
        "with rights"
    );
}

#[test]
fn chip_authentication_needs_the_key_to_which_the_terminal_committed() {
    let office = office(everything(Role::Terminal));
    let select = set_authentication_template(AES_128, Some(&[12]));
    let mut reader = Reader::new(&office.image);
    let (id_picc, _) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(
        reader.send(&select).status,
        CONDITIONS,
        "before Terminal Authentication"
    );
    assert_eq!(office.chain(&mut reader), OK);
    let _committed = office.authenticate(&mut reader, &id_picc, |it| it).unwrap();
    let other_key = set_authentication_template(AES_128, Some(&[13]));
    assert_eq!(
        reader.send(&other_key).status,
        StatusWord::REFERENCE_NOT_FOUND
    );
    assert_eq!(reader.send(&select).status, OK);
    let other = EcPrivateKey::generate(Curve::P256, &mut reader.rng).unwrap();
    let point = other.public_key().unwrap();
    let data = tlv::encode(
        tlv::Tag(0x7C),
        &tlv::encode(tlv::Tag(0x80), point.as_uncompressed()),
    );
    let swapped = CommandApdu::new(0x00, 0x86, 0x00, 0x00)
        .with_data(data)
        .with_ne(256);
    assert_eq!(reader.send(&swapped).status, FAILED);
    assert!(readable(&mut reader, &office).0.is_empty());
}

#[test]
fn the_date_moves_with_certificates_and_survives_a_loss_of_power() {
    let office = office(everything(Role::Terminal));
    let later = Says {
        name: b"TWTESTDV00002",
        chat: everything(Role::DvDomestic),
        from: day(2026, 6, 1),
        until: day(2027, 1, 1),
    };
    let later = office.ministry.certify(&later, 300);
    let mut reader = Reader::new(&office.image);
    pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.certificates(&mut reader, &[&later.certificate]), OK);
    // The agency's certificate ended in April.
    reader.reset();
    pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), FAILED);
    let memory = reader.chip.into_memory();
    let mut reader = Reader::with_memory(memory).unwrap();
    pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), FAILED);
}

#[test]
fn a_link_certificate_leads_to_the_ministrys_next_key_for_good() {
    let office = office(everything(Role::Terminal));
    let next = office.next_ministry();
    let verifier = next.document_verifier();
    let terminal = verifier.terminal(only(&[Right::ReadGroup(8)]));
    let office = Office {
        verifier,
        terminal,
        ..office
    };
    let mut reader = Reader::new(&office.image);
    pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(office.chain(&mut reader), StatusWord::REFERENCE_NOT_FOUND);
    assert_eq!(office.certificates(&mut reader, &[&next.certificate]), OK);
    reader.reset();
    let (_, references) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(
        references,
        [b"TWMOICVCA00002".to_vec(), b"TWMOICVCA00001".to_vec()]
    );
    reader.reset();
    office.open(&mut reader, &card::pin1(), everything(Role::Terminal));
    assert_eq!(readable(&mut reader, &office).0, [8]);
}

/// A link certificate, with the power cut at every storage operation of its verification.
#[test]
fn trust_points_are_the_old_or_the_new_ones_wherever_the_power_goes() {
    let office = office(everything(Role::Terminal));
    let next = office.next_ministry().certificate;
    let verify = |cut: Option<(u64, Tear)>| {
        let mut reader = Reader::new(&office.image);
        pace(&mut reader, &card::pin1(), everything(Role::Terminal));
        let name = office.ministry.certificate.holder();
        assert_eq!(reader.send(&set_dst(name)).status, OK);
        let command = reader.protected(&verify_certificate(&next));
        let before = reader.chip.memory().operations();
        if let Some((after, tear)) = cut {
            reader.chip.memory_mut().cut_power_after(after, tear);
        }
        let answered = !reader.chip.process(&command.to_bytes()).is_empty();
        let mut memory = reader.chip.into_memory();
        let operations = memory.operations() - before;
        memory.restore_power();
        let mut reader = Reader::with_memory(memory).unwrap();
        let (_, references) = pace(&mut reader, &card::pin1(), everything(Role::Terminal));
        (operations, answered, references)
    };
    let old = vec![b"TWMOICVCA00001".to_vec()];
    let new = vec![b"TWMOICVCA00002".to_vec(), b"TWMOICVCA00001".to_vec()];
    let (operations, answered, references) = verify(None);
    assert!(answered && references == new && operations > 0);
    let mut seen = [false; 2];
    for after in 0..operations {
        for tear in Tear::ALL {
            let (_, answered, references) = verify(Some((after, tear)));
            assert!(!answered, "{after} {tear:?}");
            assert!(references == old || references == new, "{after} {tear:?}");
            seen[usize::from(references == new)] = true;
        }
    }
    assert_eq!(seen, [true, true], "both come up");
}

#[test]
fn malformed_commands_are_refused_by_their_form() {
    let office = office(everything(Role::Terminal));
    let mut reader = Reader::new(&office.image);
    pace(&mut reader, &card::pin1(), everything(Role::Terminal));
    let apdu = |ins, p1, p2| CommandApdu::new(0x00, ins, p1, p2);
    let name = tlv::encode(tlv::Tag(0x83), b"TWMOICVCA00001");
    for (command, expected) in [
        (apdu(0x22, 0x81, 0xB6), StatusWord::INCORRECT_DATA),
        (
            apdu(0x22, 0x81, 0xB6).with_data([&name[..], &name].concat()),
            StatusWord::INCORRECT_DATA,
        ),
        (
            apdu(0x22, 0x81, 0xB6).with_data([0x83, 0x01, 0x41]),
            StatusWord::REFERENCE_NOT_FOUND,
        ),
        (
            apdu(0x2A, 0x00, 0xBE).with_data([0x7F, 0x4E, 0x00]),
            CONDITIONS,
        ),
        (
            apdu(0x2A, 0x9E, 0x9B).with_data([0; 32]),
            StatusWord::INCORRECT_P1_P2,
        ),
        (apdu(0x84, 0x00, 0x00), StatusWord::WRONG_LENGTH),
        (apdu(0x84, 0x00, 0x00).with_ne(16), StatusWord::WRONG_LENGTH),
        (
            apdu(0x84, 0x00, 0x01).with_ne(8),
            StatusWord::INCORRECT_P1_P2,
        ),
        (apdu(0x82, 0x00, 0x00), StatusWord::WRONG_LENGTH),
        (
            apdu(0x82, 0x00, 0x01).with_data([0; 64]),
            StatusWord::INCORRECT_P1_P2,
        ),
        (
            apdu(0x22, 0x81, 0xA4).with_data([0x80, 0x00]),
            StatusWord::REFERENCE_NOT_FOUND,
        ),
    ] {
        assert_eq!(reader.send(&command).status, expected, "{command:?}");
    }
    // A key is selected, and what comes is no certificate.
    assert_eq!(
        reader
            .send(&set_dst(office.ministry.certificate.holder()))
            .status,
        OK
    );
    let garbage = apdu(0x2A, 0x00, 0xBE).with_data([0x7F, 0x4E, 0x00]);
    assert_eq!(reader.send(&garbage).status, StatusWord::INCORRECT_DATA);
}
