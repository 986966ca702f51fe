//! Updates for a card in use: what is new, what is carried over, and what is refused.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use std::collections::BTreeMap;

use issuer::{Error, IssuedCard, Issuer, Profile, Signer, TestPki};
use lds::eid::{Group, GroupNumber};
use lds::{DigestAlgorithm, LdsSecurityObject, LdsVersionInfo};
use pki::builder::{SignedDataBuilder, ef_sod};
use pki::{AuthenticSecurityObject, PassiveAuthentication, Time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use GroupNumber::{Dg2, Dg3, Dg4, Dg5, Dg6, Dg7, Dg8, Dg9, Dg11, Dg12, Dg13};

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn pki() -> TestPki {
    TestPki::create(&mut rng(1)).unwrap()
}

/// 王小明, after he has moved, with another card number in the profile to be ignored.
fn moved() -> Profile {
    let toml = include_str!("../profiles/wang-xiaoming.toml");
    let toml = toml.replace("測試路一段1號", "測試路二段2號");
    Profile::from_toml(&toml.replace("TST123456", "XYZ123456")).unwrap()
}

fn verified(pki: &TestPki, sod: &[u8], groups: &[(u8, &[u8])]) -> Option<AuthenticSecurityObject> {
    let trust = pki.trust_store().unwrap();
    let now = Time::utc(2026, 6, 1, 4, 0, 0).unwrap();
    let passive =
        PassiveAuthentication::new(&trust, now).with_revocation_lists(pki.revocation_lists());
    passive.security_object(sod, groups).into_result().ok()
}

fn card(pki: &TestPki) -> IssuedCard {
    let issuer = Issuer::new(pki);
    issuer
        .issue_single(&Profile::default_specimen(), &mut rng(2))
        .unwrap()
}

#[test]
fn an_updated_card_is_authentic_and_says_what_the_new_profile_says() {
    let pki = pki();
    let card = card(&pki);
    let eid = &card.image().eid;
    let present = verified(&pki, &eid.sod, &[]).unwrap();
    let update = Issuer::new(&pki)
        .update(
            &moved(),
            card.card_number(),
            &[Dg13, Dg11, Dg12],
            &present,
            &mut rng(3),
        )
        .unwrap();
    let changed: Vec<_> = update.groups().map(|(group, _)| group).collect();
    assert_eq!(changed, [Dg11, Dg12, Dg13]);

    let mut groups: BTreeMap<u8, &[u8]> = eid.groups.iter().map(|(n, it)| (*n, &it[..])).collect();
    for (group, contents) in update.groups() {
        assert_ne!(
            groups[&group.number()],
            contents,
            "{group} has a fresh salt"
        );
        groups.insert(group.number(), contents);
    }
    let all: Vec<_> = groups.iter().map(|(n, it)| (*n, *it)).collect();
    let after = verified(&pki, update.sod(), &all).expect("every group has its hash");
    assert_eq!(after.hashes().count(), all.len(), "and no other");
    for (number, old) in present.hashes() {
        let same = after.hash(number) == Some(old);
        assert_eq!(same, ![11, 12, 13].contains(&number), "DG{number}");
    }

    let Group::Dg12(dg12) = Group::decode(Dg12, groups[&12]).unwrap() else {
        panic!("DG12");
    };
    let address = dg12.household_address.unwrap();
    assert_eq!(address.as_str(), "臺北市中正區樣本里1鄰測試路二段2號");
    let Group::Dg11(dg11) = Group::decode(Dg11, groups[&11]).unwrap() else {
        panic!("DG11");
    };
    assert_eq!(dg11.document_number.as_str(), "TST123456", "the card's own");
}

#[test]
fn groups_that_never_change_and_groups_that_are_not_there_are_refused_by_name() {
    let pki = pki();
    let card = card(&pki);
    let present = verified(&pki, &card.image().eid.sod, &[]).unwrap();
    let issuer = Issuer::new(&pki);
    let update = |present: &AuthenticSecurityObject, groups: &[GroupNumber]| {
        issuer.update(&moved(), card.card_number(), groups, present, &mut rng(4))
    };
    for group in [Dg2, Dg4, Dg5, Dg8, Dg9] {
        let error = update(&present, &[Dg12, group]).unwrap_err();
        assert!(
            matches!(error, Error::NeverChanges(it) if it == group),
            "{error}"
        );
    }
    for group in [Dg3, Dg6, Dg7, Dg11, Dg12, Dg13] {
        assert!(update(&present, &[group]).is_ok(), "{group}");
    }
    let hash = (12, vec![0x5A; 32]);
    let few = LdsSecurityObject::new(DigestAlgorithm::Sha256, [hash]).unwrap();
    let few = verified(&pki, &sign(&pki, &few), &[]).unwrap();
    let error = update(&few, &[Dg12, Dg13]).unwrap_err();
    assert!(matches!(error, Error::NotOnTheCard(Dg13)), "{error}");
}

/// An EF.SOD over these hashes by the document signer in use.
fn sign(pki: &TestPki, object: &LdsSecurityObject) -> Vec<u8> {
    let signer = pki.signer(Signer::Current);
    let content = object.to_der().unwrap();
    let signed = SignedDataBuilder::new(pki::oid::LDS_SECURITY_OBJECT, &content)
        .sign(signer.certificate(), signer.key(), &mut rng(5))
        .unwrap();
    ef_sod(&signed).unwrap()
}

#[test]
fn the_hash_function_and_the_versions_stay_those_of_the_card() {
    let pki = pki();
    let card = card(&pki);
    let sha_512 = pki::DigestAlgorithm::Sha512;
    let groups = card.image().eid.groups.iter();
    let hashes = groups.map(|(n, contents)| (*n, sha_512.digest(contents)));
    let versions = LdsVersionInfo {
        lds_version: "0108".into(),
        unicode_version: "040000".into(),
    };
    let object = LdsSecurityObject::new(DigestAlgorithm::Sha512, hashes).unwrap();
    let object = object.with_version_info(versions.clone()).unwrap();
    let present = verified(&pki, &sign(&pki, &object), &[]).unwrap();
    let issuer = Issuer::new(&pki);
    let update = issuer
        .update(&moved(), card.card_number(), &[Dg12], &present, &mut rng(6))
        .unwrap();
    let (_, new) = update.groups().next().unwrap();
    let portrait = &card.image().eid.groups[&2];
    let after = verified(&pki, update.sod(), &[(12, new), (2, portrait)]).unwrap();
    assert_eq!(after.digest_algorithm(), DigestAlgorithm::Sha512);
    assert_eq!(after.version_info(), Some(&versions));
}

#[test]
fn nothing_of_the_holder_is_shown_by_accident() {
    let pki = pki();
    let card = card(&pki);
    let present = verified(&pki, &card.image().eid.sod, &[]).unwrap();
    let issuer = Issuer::new(&pki);
    let update = issuer
        .update(&moved(), card.card_number(), &[Dg12], &present, &mut rng(7))
        .unwrap();
    assert_eq!(format!("{update:?}"), "Update([Dg12])");
}
