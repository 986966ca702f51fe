//! The holder has married and moved, and the card is updated at the counter of a household office
//! (晶片內個人基本資料更新，免換證): read, verified, signed, written, and read again by the host library.

use applet_sim::{Chip, MemoryStore, Tear};
use cvc::{
    Chat, CvCertificate, Extensions, Right, Role, SignatureAlgorithm, SigningKey, TerminalType,
};
use host_lib::{Card, Group};
use iso7816::{CommandApdu, StatusWord, tlv};
use issuer::{AgencyPki, Grant, Issuer, Profile, Update, Validity, specimen};
use lds::eid::GroupNumber;
use neweid_tests::cards::{Holder, TestCard, environment, pki, rng, specimen_toml, trust};
use neweid_tests::flows::walk::Walk;
use neweid_tests::terminal::{CAM, EID, Terminal};
use pki::PassiveAuthentication;
use secure_channel::{Curve, EcPrivateKey, Password};
use transport::{CardTransport, InProcess, Interface};

const SOD: u8 = 0x1D;
const CHANGE: [GroupNumber; 6] = [
    GroupNumber::Dg3,
    GroupNumber::Dg6,
    GroupNumber::Dg7,
    GroupNumber::Dg11,
    GroupNumber::Dg12,
    GroupNumber::Dg13,
];

/// A household office: it may read EF.SOD and the address, and replace everything that changes.
struct Office {
    chain: [CvCertificate; 2],
    key: SigningKey,
    confirmed: Vec<u8>,
}

impl Office {
    fn open() -> Self {
        let key = EcPrivateKey::generate(Curve::P256, &mut rng(50)).expect("a key");
        let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).expect("P-256");
        let updates = CHANGE.map(GroupNumber::number);
        let grant = Grant::read([12])
            .with(Right::CanAllowed)
            .and_update(updates);
        let mut agencies = specimen::agencies();
        let terminal = agencies.terminal(
            AgencyPki::DOMESTIC,
            "HOUSEHOLD",
            &grant,
            key.verifying_key(),
            Validity::terminal(specimen::agencies_since()).expect("days"),
            &mut rng(51),
        );
        let chain = agencies.chain_for(&terminal.expect("a certificate"));
        let chat = Chat::new(TerminalType::AuthenticationTerminal, Role::Terminal)
            .with(Right::CanAllowed)
            .with(Right::ReadGroup(12));
        let extensions = Extensions::new([cvc::group_update(updates)]).expect("extensions");
        let mut confirmed = chat.to_bytes();
        tlv::push(&mut confirmed, tlv::Tag(0x65), &extensions.to_value());
        Self {
            chain: chain.expect("a chain"),
            key,
            confirmed,
        }
    }

    /// Everything up to the office's rights.
    fn session<'c>(&self, card: &'c mut dyn CardTransport, subject: &TestCard) -> Terminal<'c> {
        let mut terminal = Terminal::new(card);
        let can = Password::can(&subject.holder.access_code()).expect("digits");
        terminal.pace(CAM, &can, &self.confirmed).expect("the CAN");
        let committed = terminal.authenticate(&self.chain, &self.key);
        let chip = subject.image().keys.generation.public_key().expect("a key");
        terminal
            .let_the_chip_prove_itself(committed.expect("a terminal"), chip)
            .expect("the chip");
        assert_eq!(terminal.select_application(EID), StatusWord::OK);
        terminal
    }
}

/// What the document signer makes of the card's present EF.SOD and the holder's new life.
fn update(
    terminal: &mut Terminal<'_>,
    subject: &TestCard,
    new: &str,
    groups: &[GroupNumber],
) -> Update {
    assert_eq!(
        terminal.select_file(lds::eid::EF_SOD_FILE_ID),
        StatusWord::OK
    );
    let sod = terminal.read_whole().expect("EF.SOD");
    let trust = trust();
    let passive =
        PassiveAuthentication::new(&trust.anchors, trust.now).with_revocation_lists(&trust.lists);
    let present = passive.security_object(&sod, &[]).into_result();
    let profile = Profile::from_toml(new).expect("a valid profile");
    let number = subject.issued.card_number();
    Issuer::new(pki())
        .update(
            &profile,
            number,
            groups,
            &present.expect("an EF.SOD"),
            &mut rng(52),
        )
        .expect("an update")
}

fn update_binary(short_id: u8, offset: usize, part: &[u8]) -> CommandApdu {
    let offset = u32::try_from(offset).expect("a file fits");
    let mut objects = tlv::encode(tlv::Tag(0x54), &offset.to_be_bytes());
    tlv::push(&mut objects, tlv::Tag(0x53), part);
    CommandApdu::new(0x00, 0xD7, 0x00, short_id).with_data(objects)
}

/// Every command that writes this update, EF.SOD last.
fn commands(update: &Update) -> Vec<CommandApdu> {
    let groups = update
        .groups()
        .map(|(group, contents)| (group.number(), contents));
    groups
        .chain([(SOD, update.sod())])
        .flat_map(|(short_id, contents)| {
            let parts = contents.chunks(180).zip((0..).step_by(180));
            parts.map(move |(part, offset)| update_binary(short_id, offset, part))
        })
        .collect()
}

/// 王小明 before and after: small files, so that the card is copied quickly.
fn before_and_after() -> (String, String) {
    let before = specimen_toml("wang-xiaoming")
        .replace("= \"specimen\"", "= \"none\"")
        .replace("icao = true", "icao = false");
    let mut after = before.clone();
    for (line, replacement) in [
        ("林美麗", "陳怡君"),
        ("LIN, MEI-LI", "CHEN, YI-CHUN"),
        ("後備役", "除役"),
        ("樣本里", "試驗里"),
        ("測試路一段1號", "測試路二段2號"),
    ] {
        assert!(after.contains(line), "the profile has no {line}");
        after = after.replace(line, replacement);
    }
    (before, after)
}

/// What the host library makes of this card, everything verified; which of the two lives it shows.
fn shows(memory: MemoryStore, old: &Holder, new: &Holder) -> &'static str {
    let chip = Chip::open(memory, environment(53)).expect("a card that opens");
    let mut card = InProcess::new(chip, Interface::Contactless);
    let address = {
        let mut host = Card::open(&mut card).expect("a card");
        let mut session = host.pace(Walk::AccessCode.code(old)).expect("the CAN");
        let read = session.read(Group::Dg12).expect("DG12");
        let identity = read
            .verify(&trust().verifier())
            .accept()
            .expect("authentic");
        identity
            .household_address()
            .expect("an address")
            .to_string()
    };
    let (name, holder) = match address.contains("測試路二段2號") {
        true => ("the new one", new),
        false => ("the old one", old),
    };
    // Every group and field of it.
    let report = Walk::Agency.run(&mut card, holder, trust());
    report.unwrap_or_else(|error| panic!("{name}: {error}"));
    name
}

#[test]
fn after_a_marriage_and_a_move_the_card_says_so_and_is_authentic() {
    let (before, after) = before_and_after();
    let (subject, office) = (TestCard::from_toml(&before), Office::open());
    let (old, new) = (Holder::new(&before), Holder::new(&after));
    let mut card = subject.insert();
    let mut terminal = office.session(&mut card, &subject);
    let groups = [GroupNumber::Dg3, GroupNumber::Dg12, GroupNumber::Dg13];
    let update = update(&mut terminal, &subject, &after, &groups);
    for command in commands(&update) {
        assert_eq!(terminal.status(&command), StatusWord::OK, "{command:?}");
    }
    assert_eq!(
        shows(card.remove().into_memory(), &old, &new),
        "the new one"
    );
}

#[test]
fn the_cards_of_all_specimen_holders_take_all_that_changes() {
    let office = Office::open();
    for holder in specimen::holders() {
        let subject = TestCard::of(holder);
        let mut card = subject.insert();
        let mut terminal = office.session(&mut card, &subject);
        let update = update(&mut terminal, &subject, holder.toml, &CHANGE);
        for command in commands(&update) {
            assert_eq!(terminal.status(&command), StatusWord::OK, "{}", holder.case);
        }
        for (group, contents) in update.groups() {
            assert_ne!(
                contents,
                subject.image().eid.groups[&group.number()],
                "a fresh salt"
            );
        }
        let truth = &subject.holder;
        if Walk::Agency.suits(truth) {
            let report = Walk::Agency.run(&mut card, truth, trust());
            report.unwrap_or_else(|error| panic!("{}: {error}", holder.case));
        }
        let report = Walk::AccessCode.run(&mut card, truth, trust());
        report.unwrap_or_else(|error| panic!("{}: {error}", holder.case));
    }
}

/// The power cut at every storage operation of the write that completes EF.SOD. Those before it store nothing,
/// which the tests of the chip hold.
#[test]
fn after_a_power_cut_the_card_is_wholly_the_old_one_or_the_new_one_and_authentic() {
    let (before, after) = before_and_after();
    let (subject, office) = (TestCard::from_toml(&before), Office::open());
    let (old, new) = (Holder::new(&before), Holder::new(&after));
    let start = subject.image().personalise(MemoryStore::new(128 * 1024));
    let start = start.expect("a card");
    let groups = [GroupNumber::Dg3, GroupNumber::Dg12, GroupNumber::Dg13];

    // Up to the write that completes EF.SOD; that is sent, and the power cut, past the terminal.
    let visit = |cut: Option<(u64, Tear)>| {
        let chip = Chip::open(start.clone(), environment(54)).expect("a card that opens");
        let mut card = InProcess::new(chip, Interface::Contactless);
        let last = {
            let mut terminal = office.session(&mut card, &subject);
            let update = update(&mut terminal, &subject, &after, &groups);
            let mut commands = commands(&update);
            let last = commands.pop().expect("EF.SOD");
            for command in commands {
                assert_eq!(terminal.status(&command), StatusWord::OK);
            }
            terminal.protected(&last)
        };
        let memory = card.device_mut().memory_mut();
        let before = memory.operations();
        if let Some((after, tear)) = cut {
            memory.cut_power_after(after, tear);
        }
        let answered = card.transmit(&last).is_ok_and(|answer| !answer.is_empty());
        let mut memory = card.remove().into_memory();
        let operations = memory.operations() - before;
        memory.restore_power();
        (memory, operations, answered)
    };

    let (complete, operations, answered) = visit(None);
    assert!(answered && operations > 0);
    assert_eq!(shows(complete, &old, &new), "the new one");
    let mut seen = Vec::new();
    for cut in 0..operations {
        for tear in Tear::ALL {
            let (memory, _, answered) = visit(Some((cut, tear)));
            assert!(!answered, "cut at {cut}, {tear:?}: an answer without power");
            seen.push(shows(memory, &old, &new));
        }
    }
    assert!(seen.contains(&"the old one") && seen.contains(&"the new one"));
}
