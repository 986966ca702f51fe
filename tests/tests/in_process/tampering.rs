//! Documents with which something is wrong.

use std::collections::BTreeMap;

use applet_sim::CardImage;
use host_lib::{AccessCode, Card, Groups, Time};
use host_lib::{Certificate, ErrorCode, Group, LostList, RevocationList, TrustStore, Verifier};
use issuer::{Signer, TestPki};
use neweid_tests::cards::{TestCard, Trust, batch_for, pki, rng, specimen_toml, trust};
use neweid_tests::carriers::flipped;
use neweid_tests::flows::tampering::{self, the_walk_is_refused};
use neweid_tests::flows::walk::Walk;
use pki::RevocationReason;
use pki::builder::RevocationListBuilder;
use rand_core::Rng;
use secure_channel::EcPrivateKey;

/// With Active Authentication, so that there is a DG15.
fn subject() -> TestCard {
    TestCard::with_lines(&[(
        "active_authentication = false",
        "active_authentication = true",
    )])
}

/// `count` byte positions spread over a file, one random bit in each.
fn bits_all_over(length: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut random = rng(seed);
    let count = count.min(length);
    (0..count)
        .map(|n| n * length / count)
        .map(|byte| 8 * byte + random.next_u32() as usize % 8)
        .collect()
}

#[test]
fn a_changed_bit_anywhere_in_a_group_is_noticed() {
    const ROUNDS: usize = 64;
    let subject = subject();
    let groups = &subject.image().eid.groups;
    let positions: BTreeMap<u8, Vec<usize>> = groups
        .iter()
        .map(|(number, contents)| {
            (
                *number,
                bits_all_over(contents.len(), ROUNDS, (*number).into()),
            )
        })
        .collect();
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        // Every group is changed but one, which is its own proof that nothing else is noticed.
        let untouched = *groups.keys().nth(round % groups.len()).expect("a group");
        let mut changed = Vec::new();
        let card = self::subject().changed(|image| {
            for (number, contents) in &mut image.eid.groups {
                let bit = positions[number].get(round).copied();
                if let Some(bit) = bit.filter(|_| *number != untouched) {
                    *contents = flipped(contents, bit);
                    changed.push((*number, bit));
                }
            }
        });
        let mut inserted = card.insert();
        let mut host = Card::open(&mut inserted).expect("a card");
        let code = AccessCode::pin(&card.holder.pin1()).expect("six digits");
        let (consent, mut key) = trust().ministry.agency();
        let session = host.pace_as_terminal(code, consent).expect("PIN1");
        let mut session = session.authenticate(&mut key).expect("an agency");
        for (number, bit) in &changed {
            let group = Group::new(*number).expect("a group");
            let outcome = session.read(group);
            let outcome = outcome.and_then(|read| read.verify(&trust().verifier()).accept());
            let code = outcome.expect_err("a changed group").code();
            // A changed header makes the file another length, which may be noticed even before.
            let in_header = *bit < 8 * 5;
            let early = [ErrorCode::ChipTooLarge, ErrorCode::ChipMalformed];
            assert!(
                code == ErrorCode::DataAltered || (in_header && early.contains(&code)),
                "{group}, bit {bit}: {code}"
            );
            *refused.entry(code.as_str()).or_default() += 1;
        }
        let group = Group::new(untouched).expect("a group");
        let outcome = session.read(group).expect("the untouched group");
        outcome
            .verify(&trust().verifier())
            .accept()
            .expect("genuine");
    }
    println!("groups with one bit changed, by error: {refused:?}");
    assert!(refused[ErrorCode::DataAltered.as_str()] > 500);
}

/// A file of a card that a test changes, and how the card is walked then.
struct File {
    name: &'static str,
    walk: Walk,
    contents: fn(&mut CardImage) -> &mut Vec<u8>,
}

const EID_SOD: File = File {
    name: "eID EF.SOD",
    walk: Walk::AccessCode,
    contents: |image| &mut image.eid.sod,
};
const CARD_SECURITY: File = File {
    name: "EF.CardSecurity",
    walk: Walk::AccessCode,
    contents: |image| &mut image.master_file.card_security,
};
const ICAO_SOD: File = File {
    name: "ICAO EF.SOD",
    walk: Walk::MrzWithChipAuthentication,
    contents: |image| &mut image.icao.as_mut().expect("an application").sod,
};
const DG1: File = File {
    name: "ICAO DG1",
    walk: Walk::Mrz,
    contents: |image| &mut image.icao.as_mut().expect("an application").dg1,
};
const DG2: File = File {
    name: "ICAO DG2",
    walk: Walk::Mrz,
    contents: |image| &mut image.icao.as_mut().expect("an application").dg2,
};
const DG14: File = File {
    name: "ICAO DG14",
    walk: Walk::MrzWithChipAuthentication,
    contents: |image| &mut image.icao.as_mut().expect("an application").dg14,
};
const DG15: File = File {
    name: "ICAO DG15",
    walk: Walk::Mrz,
    contents: |image| {
        let icao = image.icao.as_mut().expect("an application");
        icao.dg15.as_mut().expect("Active Authentication")
    },
};

/// The error of a card of whose file these bits are inverted.
fn refusal(file: &File, bit: usize) -> ErrorCode {
    let card = subject().changed(|image| {
        let contents = (file.contents)(image);
        *contents = flipped(contents, bit);
    });
    let outcome = file.walk.run(&mut card.insert(), &card.holder, trust());
    match outcome {
        Ok(_) => panic!("{}, bit {bit} of byte {}: accepted", bit % 8, file.name),
        Err(error) => error.code(),
    }
}

#[test]
fn a_changed_bit_anywhere_in_a_file_of_the_icao_application_is_noticed() {
    for (file, count) in [(&DG1, 24), (&DG2, 24), (&DG14, 60), (&DG15, 24)] {
        let mut image = subject();
        let length = (file.contents)(image.issued.image_mut()).len();
        let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
        for bit in bits_all_over(length, count, 30) {
            let code = refusal(file, bit);
            let expected: &[ErrorCode] = match (file.name, bit) {
                (_, bit) if bit < 8 * 5 => &[
                    ErrorCode::DataAltered,
                    ErrorCode::ChipMalformed,
                    ErrorCode::ChipTooLarge,
                ],
                // Its PACEInfos are compared and its key is used before there is a verdict on it.
                ("ICAO DG14", _) => &[
                    ErrorCode::DataAltered,
                    ErrorCode::CardAccessDowngrade,
                    ErrorCode::ChipNotGenuine,
                ],
                _ => &[ErrorCode::DataAltered],
            };
            assert!(expected.contains(&code), "{}, bit {bit}: {code}", file.name);
            *refused.entry(code.as_str()).or_default() += 1;
        }
        println!("{} with one bit changed, by error: {refused:?}", file.name);
        assert!(refused.contains_key(ErrorCode::DataAltered.as_str()));
    }
}

/// Nothing rests on EF.COM, which nobody signs: the hashes say which groups there are.
#[test]
fn nothing_rests_on_ef_com() {
    let card = subject().changed(|image| {
        let com = &mut image.icao.as_mut().expect("an application").com;
        *com = flipped(com, 8 * com.len() - 1);
    });
    let outcome = Walk::Mrz.run(&mut card.insert(), &card.holder, trust());
    outcome.expect("a genuine card all the same");
}

#[test]
fn a_changed_bit_anywhere_in_a_signed_object_is_noticed() {
    for file in [&EID_SOD, &ICAO_SOD, &CARD_SECURITY] {
        let mut image = subject();
        let length = (file.contents)(image.issued.image_mut()).len();
        let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
        for bit in bits_all_over(length, 120, 31) {
            *refused.entry(refusal(file, bit).as_str()).or_default() += 1;
        }
        println!("{} with one bit changed, by error: {refused:?}", file.name);
    }
}

/// The parts of a signed object, each with the error for exactly that.
#[test]
fn each_part_of_a_signed_object_has_its_own_error() {
    let certificate = pki().signer(Signer::Current).certificate().as_der();
    for file in [&EID_SOD, &ICAO_SOD, &CARD_SECURITY] {
        let mut card = subject();
        let image = card.issued.image_mut();
        let dg11 = pki::DigestAlgorithm::Sha256.digest(&image.eid.groups[&11]);
        let dg14 = &image.icao.as_ref().expect("an application").dg14;
        let dg14 = pki::DigestAlgorithm::Sha256.digest(dg14);
        let signed = match file.name {
            "eID EF.SOD" => AsRef::<[u8]>::as_ref(&dg11).to_vec(),
            "ICAO EF.SOD" => AsRef::<[u8]>::as_ref(&dg14).to_vec(),
            // Of the infos: id-TA, 0.4.0.127.0.7.2.2.2.
            _ => vec![0x06, 0x08, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02],
        };
        let contents = (file.contents)(image).clone();
        let at = |part: &[u8]| {
            let found = contents
                .windows(part.len())
                .position(|window| window == part);
            found.unwrap_or_else(|| panic!("{} has this part", file.name))
        };
        let content = at(&signed);
        let certificate_end = at(certificate) + certificate.len();
        let end = contents.len();
        for (what, byte, code) in [
            (
                "first byte that is signed",
                content + 2,
                ErrorCode::SignatureInvalid,
            ),
            (
                "last byte that is signed",
                content + signed.len() - 1,
                ErrorCode::SignatureInvalid,
            ),
            ("signature", end - 1, ErrorCode::SignatureInvalid),
            ("signature", end - 40, ErrorCode::SignatureInvalid),
            (
                "signature of the certificate",
                certificate_end - 1,
                ErrorCode::UntrustedSigner,
            ),
            (
                "signature of the certificate",
                certificate_end - 40,
                ErrorCode::UntrustedSigner,
            ),
        ] {
            let found = refusal(file, 8 * byte + 7);
            assert_eq!(found, code, "{}: {what}", file.name);
        }
    }
}

/// One card for each thing that can be wrong with who signed what, and the error for it.
#[test]
fn each_wrong_signer_has_its_own_error() {
    let toml = specimen_toml("wang-xiaoming");
    let batch = batch_for(toml);
    for (signer, code) in [
        (Signer::Expired, ErrorCode::DocumentSignerExpired),
        (Signer::Revoked, ErrorCode::DocumentSignerRevoked),
        (Signer::Foreign, ErrorCode::UntrustedSigner),
    ] {
        // All that is signed.
        let card = TestCard::signed_by(toml, signer);
        for walk in Walk::ALL {
            let what = format!("everything by {signer:?}");
            the_walk_is_refused(walk, &mut card.insert(), &card.holder, trust(), code, &what);
        }
        // Each signed file alone, the others by the signer in use.
        let genuine = || TestCard::of_batch(toml, &batch, 40);
        let profile = issuer::Profile::from_toml(toml).expect("a profile");
        let agencies = issuer::specimen::agencies();
        let agencies = agencies.trust_points().expect("a CVCA");
        let other = issuer::Issuer::with_signer(pki(), signer).accepting(&agencies);
        let other = other.issue(&profile, &batch, &mut rng(40)).expect("a card");
        let swapped = |change: fn(&mut CardImage, &CardImage)| {
            genuine().changed(|image| change(image, other.image()))
        };
        let eid = swapped(|image, other| image.eid = other.eid.clone());
        let icao = swapped(|image, other| image.icao = other.icao.clone());
        let mut other_batch = issuer::Issuer::with_signer(pki(), signer)
            .issue_single(&profile, &mut rng(41))
            .expect("a card");
        let other_batch = other_batch.image_mut();
        let card_security = genuine().changed(|image| {
            core::mem::swap(&mut image.keys.generation, &mut other_batch.keys.generation);
            image.master_file.card_security = other_batch.master_file.card_security.clone();
        });
        for (what, card, affected) in [
            ("eID EF.SOD", eid, &[Walk::AccessCode, Walk::Agency][..]),
            (
                "ICAO EF.SOD",
                icao,
                &[Walk::Mrz, Walk::MrzWithChipAuthentication],
            ),
            (
                "EF.CardSecurity",
                card_security,
                &[Walk::AccessCode, Walk::Agency, Walk::Mrz],
            ),
        ] {
            let what = format!("{what} by {signer:?}");
            for walk in Walk::ALL {
                let mut inserted = card.insert();
                if affected.contains(&walk) {
                    the_walk_is_refused(walk, &mut inserted, &card.holder, trust(), code, &what);
                } else {
                    let outcome = walk.run(&mut inserted, &card.holder, trust());
                    outcome.unwrap_or_else(|error| panic!("{what}, {walk:?}: {error}"));
                }
            }
        }
    }
    let card = TestCard::signed_by(toml, Signer::AfterRollover);
    for walk in Walk::ALL {
        let outcome = walk.run(&mut card.insert(), &card.holder, trust());
        outcome.expect("the country's next key, reached by its link certificate");
    }
}

/// Files of one card in another: every signature is right, and they do not belong together.
#[test]
fn files_of_another_card_do_not_fit() {
    let toml = specimen_toml("wang-xiaoming");
    let batch = batch_for(toml);
    let genuine = || TestCard::of_batch(toml, &batch, 50);
    let sibling = TestCard::of_batch(specimen_toml("long-romanized-name"), &batch, 51);
    let other_batch = TestCard::of_case("under-fourteen");
    let (sibling, stranger) = (sibling.image(), other_batch.image());
    type Swap = fn(&mut CardImage, &CardImage);
    let swaps: [(&str, &CardImage, Swap, &[Walk], ErrorCode); 8] = [
        (
            "eID EF.SOD",
            sibling,
            |image, other| image.eid.sod = other.eid.sod.clone(),
            &[Walk::AccessCode, Walk::Agency],
            ErrorCode::DataAltered,
        ),
        (
            "DG11",
            sibling,
            |image, other| _ = image.eid.groups.insert(11, other.eid.groups[&11].clone()),
            &[Walk::AccessCode, Walk::Agency],
            ErrorCode::DataAltered,
        ),
        (
            "DG4",
            sibling,
            |image, other| _ = image.eid.groups.insert(4, other.eid.groups[&4].clone()),
            &[Walk::Agency],
            ErrorCode::DataAltered,
        ),
        (
            "DG2 in the place of DG5",
            sibling,
            |image, _| _ = image.eid.groups.insert(5, image.eid.groups[&2].clone()),
            &[Walk::Agency],
            ErrorCode::DataAltered,
        ),
        (
            "ICAO EF.SOD",
            sibling,
            |image, other| {
                let sod = other.icao.as_ref().expect("an application").sod.clone();
                image.icao.as_mut().expect("an application").sod = sod;
            },
            &[Walk::Mrz, Walk::MrzWithChipAuthentication],
            ErrorCode::DataAltered,
        ),
        (
            "ICAO DG2",
            sibling,
            |image, _| {
                let icao = image.icao.as_mut().expect("an application");
                icao.dg2.truncate(icao.dg2.len() - 1);
            },
            &[Walk::Mrz, Walk::MrzWithChipAuthentication],
            ErrorCode::DataAltered,
        ),
        (
            "ICAO DG14",
            sibling,
            |image, other| {
                let dg14 = other.icao.as_ref().expect("an application").dg14.clone();
                image.icao.as_mut().expect("an application").dg14 = dg14;
            },
            &[Walk::MrzWithChipAuthentication],
            ErrorCode::ChipNotGenuine,
        ),
        (
            "EF.CardSecurity of another batch",
            stranger,
            |image, other| {
                image.master_file.card_security = other.master_file.card_security.clone();
            },
            &[Walk::AccessCode, Walk::Agency, Walk::Mrz],
            ErrorCode::ChipNotGenuine,
        ),
    ];
    for (what, other, swap, walks, code) in swaps {
        let card = genuine().changed(|image| swap(image, other));
        for walk in walks {
            the_walk_is_refused(*walk, &mut card.insert(), &card.holder, trust(), code, what);
        }
    }
    let card = genuine();
    for walk in Walk::ALL {
        let outcome = walk.run(&mut card.insert(), &card.holder, trust());
        outcome.expect("a genuine card");
    }
}

/// All files of a genuine card, and not one of its keys.
#[test]
fn a_copy_without_the_keys_is_not_genuine() {
    let other_key =
        || EcPrivateKey::generate(secure_channel::Curve::P256, &mut rng(60)).expect("a key");
    let generation = subject().changed(|image| image.keys.generation = other_key());
    let individual = subject().changed(|image| {
        image.keys.chip_individual.as_mut().expect("a key").key = other_key();
    });
    let active = subject().changed(|image| {
        image.keys.active_authentication = Some(other_key());
    });
    let without_active_key = subject().changed(|image| image.keys.active_authentication = None);
    // DG15 is signed: hiding it does not help.
    let hidden = subject().changed(|image| {
        image.icao.as_mut().expect("an application").dg15 = None;
    });
    let code = ErrorCode::ChipNotGenuine;
    for (what, card, walks) in [
        (
            "generation key",
            generation,
            &[Walk::AccessCode, Walk::Agency, Walk::Mrz][..],
        ),
        (
            "individual key",
            individual,
            &[Walk::MrzWithChipAuthentication],
        ),
        (
            "key for Active Authentication",
            active,
            &[Walk::Mrz, Walk::MrzWithChipAuthentication],
        ),
        (
            "no key for Active Authentication",
            without_active_key,
            &[Walk::Mrz],
        ),
        (
            "DG15 hidden",
            hidden,
            &[Walk::Mrz, Walk::MrzWithChipAuthentication],
        ),
    ] {
        for walk in walks {
            the_walk_is_refused(*walk, &mut card.insert(), &card.holder, trust(), code, what);
        }
    }
}

/// The copy may drop from EF.CardAccess what it cannot do; EF.CardSecurity, which it cannot change, says
/// what was there.
#[test]
fn a_chip_that_hides_what_it_cannot_do_is_a_downgrade() {
    use lds::SecurityInfos;
    use lds::security_infos::SecurityInfo;
    let card = subject().changed(|image| {
        let infos = SecurityInfos::parse(&image.master_file.card_access).expect("infos");
        let cam = lds::oid::ID_PACE_ECDH_CAM_AES_CBC_CMAC_128;
        let kept = infos.iter().filter(|info| info.protocol() != cam).cloned();
        let kept: Vec<SecurityInfo> = kept.collect();
        assert!(kept.len() < infos.len());
        image.master_file.card_access = SecurityInfos::new(kept).to_der().expect("DER");
    });
    let code = ErrorCode::CardAccessDowngrade;
    for walk in Walk::ALL {
        the_walk_is_refused(
            walk,
            &mut card.insert(),
            &card.holder,
            trust(),
            code,
            "no CAM",
        );
    }
}

#[test]
fn a_card_access_that_was_changed_on_the_way_is_a_downgrade() {
    // The second card has stronger suites that somebody might remove.
    for case in ["wang-xiaoming", "resident-number"] {
        let subject = TestCard::of_case(case);
        tampering::a_card_access_that_was_changed_on_the_way_is_a_downgrade(
            &mut subject.insert(),
            &subject.holder,
            trust(),
            &subject.image().master_file.card_access,
        );
    }
}

/// A verifier that has other things than it should have.
fn given(anchors: TrustStore, lists: Vec<RevocationList>, now: Time) -> Trust {
    Trust {
        anchors,
        lists,
        lost: lost(),
        now,
        ministry: trust().ministry.clone(),
    }
}

fn lost() -> LostList {
    let list = pki().lost_card_list([], &mut rng(70)).expect("a list");
    let register = pki().lost_card_trust_store().expect("a store");
    LostList::new(list, &register, trust().now).expect("a list")
}

#[test]
fn what_the_verifier_lacks_or_has_wrong_has_its_own_error() {
    let card = TestCard::default_specimen();
    let now = trust().now;
    let anchors = || pki().trust_store().expect("a store");
    let lists = || pki().revocation_lists().to_vec();
    let stranger = TestPki::create(&mut rng(71)).expect("a PKI");
    let authority = pki().country_signing_ca();
    let day = |year| Time::utc(year, 1, 1, 0, 0, 0).expect("a time");
    let list = |from, until| {
        let list = RevocationListBuilder::new(2, day(from), day(until));
        let list = list.sign(authority.certificate(), authority.key(), &mut rng(72));
        vec![list.expect("a list")]
    };
    let forged_list = RevocationListBuilder::new(2, day(2026), day(2030)).sign(
        authority.certificate(),
        stranger.country_signing_ca().key(),
        &mut rng(73),
    );
    let revoking = RevocationListBuilder::new(3, day(2026), day(2030))
        .revoke(
            pki().signer(Signer::Current).certificate().serial_number(),
            day(2026),
            RevocationReason::KeyCompromise,
        )
        .sign(authority.certificate(), authority.key(), &mut rng(74));
    for (what, trust, code) in [
        (
            "no anchor",
            given(TrustStore::with_test_anchors(), lists(), now),
            ErrorCode::UntrustedSigner,
        ),
        (
            "the anchors of another PKI with the same names",
            given(stranger.trust_store().expect("a store"), lists(), now),
            ErrorCode::UntrustedSigner,
        ),
        (
            "no list",
            given(anchors(), vec![], now),
            ErrorCode::RevocationListMissing,
        ),
        (
            "the list of another PKI with the same names",
            given(anchors(), stranger.revocation_lists().to_vec(), now),
            ErrorCode::RevocationListInvalid,
        ),
        (
            "an old list",
            given(anchors(), list(2025, 2026), now),
            ErrorCode::RevocationListStale,
        ),
        (
            "a list from the future",
            given(anchors(), list(2027, 2028), now),
            ErrorCode::RevocationListStale,
        ),
        (
            "a list with a forged signature",
            given(anchors(), vec![forged_list.expect("a list")], now),
            ErrorCode::RevocationListInvalid,
        ),
        (
            "a list that revokes the signer",
            given(anchors(), vec![revoking.expect("a list")], now),
            ErrorCode::DocumentSignerRevoked,
        ),
        (
            "a clock before the certificates",
            given(anchors(), lists(), day(2014)),
            ErrorCode::DocumentSignerExpired,
        ),
    ] {
        for walk in [Walk::AccessCode, Walk::MrzWithChipAuthentication] {
            the_walk_is_refused(walk, &mut card.insert(), &card.holder, &trust, code, what);
        }
    }
    for walk in [Walk::AccessCode, Walk::MrzWithChipAuthentication] {
        // Among lists that do not help, the one that does.
        let strangers = stranger.revocation_lists().iter().cloned();
        let all = list(2025, 2026)
            .into_iter()
            .chain(strangers)
            .chain(list(2026, 2030));
        let right = given(anchors(), all.collect(), now);
        let outcome = walk.run(&mut card.insert(), &card.holder, &right);
        outcome.expect("an own, current list");
    }
}

#[test]
fn a_changed_bit_anywhere_in_a_revocation_list_is_noticed() {
    let card = TestCard::default_specimen();
    let anchors = pki().trust_store().expect("a store");
    let [list, _] = pki().revocation_lists() else {
        panic!("two lists");
    };
    // One reading; many verifications.
    let mut inserted = card.insert();
    let mut host = Card::open(&mut inserted).expect("a card");
    let mut session = host
        .pace(Walk::AccessCode.code(&card.holder))
        .expect("the access code");
    let unverified = session.read(Groups::only(Group::Dg11)).expect("a group");
    let accept = |lists: &[RevocationList]| {
        let verifier = Verifier::new(&anchors, trust().now).revocation_lists(lists);
        unverified.verify(&verifier).accept().map(drop)
    };
    accept(std::slice::from_ref(list)).expect("the list as it was signed");
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for bit in (0..list.as_der().len()).map(|byte| 8 * byte + byte % 8) {
        let code = match RevocationList::from_der(&flipped(list.as_der(), bit)) {
            Err(_) => "does not parse",
            Ok(list) => {
                let error = accept(&[list]).expect_err("a changed list");
                let code = error.code();
                let expected = [
                    ErrorCode::RevocationListInvalid,
                    // Its issuer's key identifier is what makes it the list of this CA.
                    ErrorCode::RevocationListMissing,
                    ErrorCode::RevocationListStale,
                ];
                assert!(expected.contains(&code), "bit {bit}: {error}");
                code.as_str()
            }
        };
        *refused.entry(code).or_default() += 1;
    }
    println!("revocation list with one bit changed, by error: {refused:?}");
    assert!(refused.contains_key(ErrorCode::RevocationListInvalid.as_str()));
}

#[test]
fn a_changed_bit_anywhere_in_an_anchor_is_noticed() {
    let anchor = pki().country_signing_ca().certificate().as_der();
    let add = |der: &[u8]| {
        let certificate = Certificate::from_der(der)?;
        TrustStore::with_test_anchors().add_anchor(certificate)
    };
    add(anchor).expect("the anchor as it was signed");
    for byte in 0..anchor.len() {
        let outcome = add(&flipped(anchor, 8 * byte + byte % 8));
        assert!(outcome.is_err(), "byte {byte} of the anchor");
    }
}

#[test]
fn test_anchors_are_refused_unless_they_are_asked_for_by_name() {
    let anchor = || pki().country_signing_ca().certificate().clone();
    let refused = TrustStore::new()
        .add_anchor(anchor())
        .expect_err("a test anchor");
    assert_eq!(ErrorCode::of(&refused), ErrorCode::TestAnchorRefused);
    TrustStore::with_test_anchors()
        .add_anchor(anchor())
        .expect("asked for by name");
}
