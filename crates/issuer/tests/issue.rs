//! Every specimen holder's card: the files re-parse, agree with each other and with the profile, and
//! their signatures verify, with `pki` and with the openssl program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop the test as the tests themselves do"
)]

use std::path::Path;
use std::process::Command;

use applet_sim::{CardImage, Chip, Environment, MemoryStore, NoDelay};
use iso7816::historical::HistoricalBytes;
use issuer::specimen::holders;
use issuer::{
    BatchOptions, GENERATION_KEY_ID, INDIVIDUAL_KEY_ID, IssuedCard, Issuer, PSEUDONYM_KEY_ID,
    Portraits, Profile, REVOCATION_KEY_ID, Signer, TestPki,
};
use lds::eid::{Group, GroupNumber};
use lds::security_infos::PwdFlags;
use lds::{
    Dg1, Dg2, Dg14, Dg15, DomainParameters, EfAtrInfo, EfCardAccess, EfCom, EfDir, SecurityInfo,
    SecurityInfos, StandardizedDomainParameters, oid,
};
use pki::{PassiveAuthentication, SignedData, Time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use secure_channel::{Curve, EcPublicKey, PasswordId, auxiliary_data};
use transport::{CardTransport, InProcess, Interface};

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn pki() -> TestPki {
    TestPki::create(&mut rng(1)).expect("the test PKI")
}

fn now() -> Time {
    Time::utc(2026, 11, 24, 12, 0, 0).expect("a date")
}

/// Every specimen holder with his card.
fn cards() -> Vec<(&'static str, Profile, IssuedCard)> {
    let (pki, mut rng) = (pki(), rng(2));
    let issuer = Issuer::new(&pki);
    holders()
        .iter()
        .map(|holder| {
            let profile = holder.profile();
            let card = issuer.issue_single(&profile, &mut rng).expect(holder.case);
            (holder.case, profile, card)
        })
        .collect()
}

fn groups(image: &CardImage) -> Vec<(u8, &[u8])> {
    image
        .eid
        .groups
        .iter()
        .map(|(number, group)| (*number, group.as_slice()))
        .collect()
}

fn icao_groups(image: &CardImage) -> Vec<(u8, &[u8])> {
    let icao = image.icao.as_ref().expect("an ICAO application");
    let mut groups = vec![(1, icao.dg1.as_slice()), (2, &icao.dg2), (14, &icao.dg14)];
    groups.extend(icao.dg15.iter().map(|dg15| (15, dg15.as_slice())));
    groups
}

#[test]
fn every_group_reads_back_as_the_profile_has_it() {
    for (case, profile, card) in cards() {
        let (holder, document) = (profile.holder(), profile.document());
        let (dpi_300, dpi_600) = match profile.portraits() {
            Portraits::None => (None, None),
            Portraits::Pictures { dpi_300, dpi_600 } => (Some(dpi_300), Some(dpi_600)),
        };
        let numbers: Vec<u8> = card.image().eid.groups.keys().copied().collect();
        assert_eq!(numbers, GroupNumber::ALL.map(GroupNumber::number), "{case}");
        for (number, contents) in groups(card.image()) {
            let number = GroupNumber::new(number).unwrap();
            match Group::decode(number, contents).expect(case) {
                Group::Dg2(group) => assert_eq!(group.portrait.as_ref(), dpi_300, "{case}"),
                Group::Dg3(group) => {
                    assert_eq!(group.spouse_name, holder.spouse.name, "{case}");
                    assert_eq!(group.spouse_romanized_name, holder.spouse.romanized_name);
                }
                Group::Dg4(group) => assert_eq!(group.sex, holder.sex, "{case}"),
                Group::Dg5(group) => assert_eq!(group.portrait.as_ref(), dpi_600, "{case}"),
                Group::Dg6(group) => {
                    assert_eq!(group.label, holder.father.label, "{case}");
                    assert_eq!(group.name, holder.father.person.name, "{case}");
                    assert_eq!(group.romanized_name, holder.father.person.romanized_name);
                }
                Group::Dg7(group) => {
                    assert_eq!(group.label, holder.mother.label, "{case}");
                    assert_eq!(group.name, holder.mother.person.name, "{case}");
                    assert_eq!(group.romanized_name, holder.mother.person.romanized_name);
                }
                Group::Dg8(group) => {
                    assert_eq!(group.code, holder.birth_place.code, "{case}");
                    assert_eq!(
                        group.name.as_ref(),
                        Some(&holder.birth_place.name),
                        "{case}"
                    );
                }
                Group::Dg9(group) => {
                    assert_eq!(group.digits.as_str(), card.codes().can(), "{case}");
                }
                Group::Dg11(group) => {
                    assert_eq!(group.name, holder.name, "{case}");
                    assert_eq!(group.romanized_name, holder.romanized_name, "{case}");
                    assert_eq!(group.foreign_name, holder.foreign_name, "{case}");
                    assert_eq!(group.national_id, holder.national_id, "{case}");
                    assert_eq!(group.birth_date, holder.birth_date, "{case}");
                    assert_eq!(
                        group.marriage_status,
                        Some(holder.marriage_status),
                        "{case}"
                    );
                    assert_eq!(group.document_number.as_str(), card.card_number().as_str());
                    assert_eq!(group.renewal_date, Some(document.renewal_date), "{case}");
                    assert_eq!(group.manufacture_date, Some(document.issue_date), "{case}");
                    assert_eq!(
                        group.certification_info, document.certification_info,
                        "{case}"
                    );
                }
                Group::Dg12(group) => {
                    assert_eq!(group.military_service, holder.military_service, "{case}");
                    let address = group.household_address.unwrap();
                    assert_eq!(address.as_str(), holder.address.full(), "{case}");
                }
                Group::Dg13(group) => {
                    let area = group.area.unwrap();
                    assert_eq!(area.village().as_str(), holder.address.area(), "{case}");
                    assert_eq!(area.neighbourhood(), holder.address.neighbourhood.as_ref());
                }
            }
        }
    }
}

/// What the card answers questions with is in no file, and says what the files say.
#[test]
fn the_reference_data_agree_with_the_groups() {
    for (case, profile, card) in cards() {
        let image = card.image();
        let group = |number| {
            Group::decode(
                GroupNumber::new(number).unwrap(),
                &image.eid.groups[&number],
            )
        };
        let data = &image.eid.reference_data;
        let Group::Dg11(dg11) = group(11).unwrap() else {
            panic!("{case}: DG11");
        };
        let born = match case {
            "unknown-birth-date" => "19311231".to_owned(),
            _ => dg11.birth_date.complete().expect(case).to_yyyymmdd(),
        };
        let expires = dg11.renewal_date.expect(case).to_yyyymmdd();
        let digits =
            |date: &Option<auxiliary_data::Date>| date.as_ref().unwrap().as_bytes().to_vec();
        assert_eq!(digits(&data.date_of_birth), born.as_bytes(), "{case}");
        assert_eq!(digits(&data.date_of_expiry), expires.as_bytes(), "{case}");
        let Group::Dg13(dg13) = group(13).unwrap() else {
            panic!("{case}: DG13");
        };
        let area = dg13.area.expect(case);
        assert_eq!(
            data.municipality_id.as_deref(),
            Some(area.village().as_str().as_bytes()),
            "{case}"
        );
        assert_eq!(area.village().as_str(), profile.holder().address.area());
    }
}

#[test]
fn the_parts_of_an_address_stand_in_their_order() {
    let address = Profile::default_specimen().holder().address.clone();
    assert_eq!(address.area(), "臺北市中正區樣本里");
    assert_eq!(address.full(), "臺北市中正區樣本里1鄰測試路一段1號");
}

#[test]
fn the_machine_readable_zone_is_the_one_of_the_default_specimen() {
    let (_, _, card) = cards().remove(0);
    let lines = card.mrz().expect("an MRZ").lines();
    assert!(lines[0].starts_with("I<TWNTST123456"), "{}", lines[0]);
    // As in passports, the 統一編號 is the optional data.
    assert!(lines[0].ends_with("A123456789<<<<<"), "{}", lines[0]);
    assert!(
        lines[1].starts_with("900512") && lines[1].contains("TWN"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "WANG<<HSIAO<MING<<<<<<<<<<<<<<");
}

#[test]
fn every_salt_is_fresh() {
    let mut salts = Vec::new();
    for (_, _, card) in cards() {
        for (number, contents) in groups(card.image()) {
            let group = Group::decode(GroupNumber::new(number).unwrap(), contents).unwrap();
            salts.push(group.salt().0);
        }
    }
    let count = salts.len();
    salts.sort_unstable();
    salts.dedup();
    assert_eq!((salts.len(), count), (110, 110));
}

#[test]
fn passive_authentication_accepts_every_file_of_every_card() {
    let pki = pki();
    let trust = pki.trust_store().unwrap();
    let passive = PassiveAuthentication::new(&trust, now())
        .with_revocation_lists(pki.revocation_lists())
        .for_document_type("I");
    for (case, _, card) in cards() {
        let image = card.image();
        let verdict = passive.security_object(&image.eid.sod, &groups(image));
        assert!(verdict.into_result().is_ok(), "{case}: EF.SOD");
        if let Some(icao) = &image.icao {
            let verdict = passive.security_object(&icao.sod, &icao_groups(image));
            assert!(
                verdict.into_result().is_ok(),
                "{case}: EF.SOD of the ICAO application"
            );
        }
        let chip_security = image.master_file.chip_security.as_ref().unwrap();
        for file in [&image.master_file.card_security, chip_security] {
            assert!(passive.security_infos(file).into_result().is_ok(), "{case}");
        }
    }
}

#[test]
fn every_signer_is_one_of_identity_cards_and_every_anchor_one_of_a_test() {
    let pki = pki();
    for signer in Signer::ALL {
        let certificate = pki.signer(signer).certificate();
        assert_eq!(certificate.document_types().unwrap(), ["I"], "{signer:?}");
        assert!(!certificate.is_test_anchor(), "{signer:?}");
    }
    for authority in [
        pki.country_signing_ca(),
        pki.successor(),
        pki.lost_card_register(),
    ] {
        assert!(authority.certificate().is_test_anchor());
    }
    assert!(pki.link_certificate().is_test_anchor());
}

#[test]
fn the_wrong_signers_are_refused_each_for_its_own_reason() {
    let pki = pki();
    let trust = pki.trust_store().unwrap();
    let passive =
        PassiveAuthentication::new(&trust, now()).with_revocation_lists(pki.revocation_lists());
    let refusal = |signer| {
        let issuer = Issuer::with_signer(&pki, signer);
        let card = issuer
            .issue_single(&Profile::default_specimen(), &mut rng(3))
            .unwrap();
        let verdict = passive.security_object(&card.image().eid.sod, &groups(card.image()));
        let errors: Vec<_> = verdict.report().errors().cloned().collect();
        (verdict.into_result().is_ok(), errors)
    };
    for signer in [Signer::Current, Signer::AfterRollover] {
        assert_eq!(refusal(signer), (true, Vec::new()), "{signer:?}");
    }
    let (_, errors) = refusal(Signer::Expired);
    assert!(
        matches!(errors[..], [pki::Error::Expired { .. }]),
        "{errors:?}"
    );
    let (_, errors) = refusal(Signer::Revoked);
    assert!(
        matches!(errors[..], [pki::Error::Revoked { .. }]),
        "{errors:?}"
    );
    let (_, errors) = refusal(Signer::Foreign);
    assert!(
        matches!(errors[..], [pki::Error::UntrustedIssuer { .. }]),
        "{errors:?}"
    );
}

#[test]
fn one_bit_in_any_group_is_noticed() {
    let pki = pki();
    let trust = pki.trust_store().unwrap();
    let passive =
        PassiveAuthentication::new(&trust, now()).with_revocation_lists(pki.revocation_lists());
    let (_, _, card) = cards().remove(0);
    for number in GroupNumber::ALL.map(GroupNumber::number) {
        let mut contents = card.image().eid.groups[&number].clone();
        let last = contents.last_mut().unwrap();
        *last ^= 1;
        let verdict = passive.security_object(&card.image().eid.sod, &[(number, &contents)]);
        assert_eq!(
            verdict.report().errors().next(),
            Some(&pki::Error::GroupHash(number))
        );
    }
}

#[test]
fn ef_card_access_stands_signed_in_ef_card_security_and_dg14() {
    for (case, profile, card) in cards() {
        let image = card.image();
        let access = EfCardAccess::parse(&image.master_file.card_access).unwrap();
        let security = SignedData::parse(&image.master_file.card_security).unwrap();
        let security = security
            .verify(pki::oid::SECURITY_OBJECT)
            .unwrap()
            .content
            .to_vec();
        let security = SecurityInfos::parse(&security).unwrap();
        for info in access.security_infos().iter() {
            assert!(security.contains(info), "{case}: {info:?}");
            if let Some(icao) = &image.icao {
                let dg14 = Dg14::parse(&icao.dg14).unwrap();
                assert!(dg14.security_infos().contains(info), "{case}: {info:?}");
            }
        }
        assert_eq!(
            access.security_infos().pace_infos().count(),
            2 + profile.chip().pace.len()
        );
        assert_eq!(access.security_infos().password_infos().count(), 2);
        assert_eq!(
            access
                .security_infos()
                .terminal_authentication_infos()
                .count(),
            1
        );
        assert!(access.security_infos().card_info().is_some());
    }
}

/// The keys as a reader finds them.
fn public_keys(infos: &SecurityInfos) -> Vec<(Option<u64>, DomainParameters, EcPublicKey)> {
    let infos = infos.chip_authentication_public_key_infos();
    infos
        .map(|info| {
            let key = &info.chip_authentication_public_key;
            let parameters = key.domain_parameters().unwrap();
            let curve = parameters.standardized().unwrap().id();
            let curve = Curve::from_parameter_id(curve).unwrap();
            let point = EcPublicKey::from_uncompressed(curve, key.public_key().unwrap()).unwrap();
            (info.key_id, parameters, point)
        })
        .collect()
}

#[test]
fn the_announced_keys_are_those_of_the_chip() {
    for (case, profile, card) in cards() {
        let image = card.image();
        let infos = |file: &[u8]| {
            let signed = SignedData::parse(file).unwrap();
            SecurityInfos::parse(signed.verify(pki::oid::SECURITY_OBJECT).unwrap().content).unwrap()
        };
        let security = infos(&image.master_file.card_security);
        let keys = public_keys(&security);
        let [(Some(id), DomainParameters::Standardized(_), generation)] = keys.as_slice() else {
            panic!("{case}: EF.CardSecurity must have exactly one key: {keys:?}");
        };
        assert_eq!(*id, u64::from(GENERATION_KEY_ID));
        assert_eq!(*generation, image.keys.generation.public_key().unwrap());
        let restricted: Vec<_> = security
            .restricted_identification_infos()
            .map(|info| {
                (
                    info.protocol,
                    info.params.key_id,
                    info.params.authorized_only,
                )
            })
            .collect();
        let protocol = oid::ID_RI_ECDH_SHA_256;
        assert_eq!(
            restricted,
            [
                (protocol, u64::from(REVOCATION_KEY_ID), false),
                (protocol, u64::from(PSEUDONYM_KEY_ID), true)
            ]
        );
        let parameters = security.iter().find_map(|info| match info {
            SecurityInfo::RestrictedIdentificationDomainParameter(info) => Some(info),
            _ => None,
        });
        let parameters = parameters.expect("the parameters of the key for revocation");
        assert_eq!(parameters.protocol, oid::ID_RI_ECDH);
        assert_eq!(
            DomainParameters::from_algorithm(&parameters.domain_parameter).unwrap(),
            DomainParameters::Standardized(StandardizedDomainParameters::SECP256R1)
        );
        for own in [&image.keys.revocation, &image.keys.pseudonym] {
            assert_eq!(own.as_ref().unwrap().curve(), Curve::P256);
        }

        let chip_security = infos(image.master_file.chip_security.as_ref().unwrap());
        let privileged = chip_security
            .privileged_terminal_infos()
            .expect("privileged terminals");
        let keys = public_keys(privileged);
        let [(Some(id), DomainParameters::Explicit(_), individual)] = keys.as_slice() else {
            panic!("{case}: EF.ChipSecurity: {keys:?}");
        };
        assert_eq!(*id, u64::from(INDIVIDUAL_KEY_ID));

        let Some(icao) = &image.icao else {
            assert!(!profile.chip().icao && image.keys.chip_individual.is_none());
            continue;
        };
        let dg14 = Dg14::parse(&icao.dg14).unwrap();
        let in_dg14 = public_keys(dg14.security_infos());
        assert_eq!(
            in_dg14, keys,
            "{case}: DG14 and EF.ChipSecurity have the same key"
        );
        let chip_key = image.keys.chip_individual.as_ref().unwrap();
        assert_eq!(*individual, chip_key.key.public_key().unwrap());
        assert_eq!(chip_key.key_id, Some(INDIVIDUAL_KEY_ID));
        assert_eq!(
            icao.dg15.is_some(),
            profile.chip().active_authentication,
            "{case}"
        );
        let active = dg14.security_infos().active_authentication_info();
        assert_eq!(active.is_some(), icao.dg15.is_some());
        if let (Some(dg15), Some(key)) = (&icao.dg15, &image.keys.active_authentication) {
            let dg15 = Dg15::parse(dg15).unwrap();
            let key = key.public_key().unwrap();
            assert_eq!(
                dg15.public_key().public_key().unwrap(),
                key.as_uncompressed()
            );
        }
    }
}

#[test]
fn the_icao_application_says_what_the_holder_is() {
    for (case, profile, card) in cards() {
        let Some(icao) = &card.image().icao else {
            assert!(
                card.mrz().is_none() && card.image().passwords.mrz.is_none(),
                "{case}"
            );
            continue;
        };
        let dg1 = Dg1::parse(&icao.dg1).expect(case);
        assert_eq!(Some(dg1.mrz()), card.mrz());
        assert_eq!(dg1.mrz().document_number(), card.card_number().as_str());
        assert_eq!(dg1.mrz().sex(), profile.holder().sex);
        assert_eq!(
            dg1.mrz().nationality(),
            profile.holder().nationality.as_str()
        );
        assert_eq!(
            dg1.mrz().birth_date(),
            profile.holder().birth_date.to_yymmdd()
        );
        assert_eq!(
            dg1.mrz().expiry_date(),
            profile.document().renewal_date.to_yymmdd()
        );
        let dg2 = Dg2::parse(&icao.dg2).expect(case);
        let Portraits::Pictures { dpi_300, .. } = profile.portraits() else {
            panic!("{case}")
        };
        assert_eq!(dg2.portrait(), dpi_300);
        let com = EfCom::parse(&icao.com).expect(case);
        let present: Vec<u8> = icao_groups(card.image())
            .iter()
            .map(|(number, _)| *number)
            .collect();
        assert_eq!(com.data_groups().collect::<Vec<_>>(), present);
        assert_eq!(
            card.image().passwords.mrz.as_ref().unwrap().id(),
            PasswordId::Mrz
        );
    }
}

#[test]
fn ef_dir_lists_exactly_the_applications_of_the_card() {
    for (case, profile, card) in cards() {
        let dir = EfDir::parse(&card.image().master_file.dir).unwrap();
        let icao = iso7816::Aid::new(&[0xA0, 0, 0, 2, 0x47, 0x10, 0x01]).unwrap();
        assert!(dir.contains(&lds::eid::APPLICATION_ID), "{case}");
        assert_eq!(dir.contains(&icao), profile.chip().icao, "{case}");
        let certificate = &lds::cryptographic_information::APPLICATION_ID;
        assert_eq!(
            dir.contains(certificate),
            profile.chip().certificate,
            "{case}"
        );
        let optional = [profile.chip().icao, profile.chip().certificate];
        let optional = optional.into_iter().filter(|there| *there).count();
        assert_eq!(dir.aids().len(), 1 + optional, "{case}");
        assert_eq!(
            card.image().cia.is_some(),
            profile.chip().certificate,
            "{case}"
        );
    }
}

#[test]
fn ef_gdo_holds_a_serial_number_that_ends_with_the_access_code() {
    for (case, _, card) in cards() {
        let gdo = &card.image().master_file.gdo;
        let [0x5A, 0x0A, digits @ ..] = gdo.as_slice() else {
            panic!("{case}: {gdo:02X?}")
        };
        let digits: String = digits.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(digits.len(), 20);
        assert!(
            digits.starts_with("80158") && digits.ends_with(card.codes().can()),
            "{case}"
        );
    }
}

#[test]
fn all_cards_of_a_batch_look_alike_and_their_secrets_differ() {
    let (pki, mut rng) = (pki(), rng(4));
    let issuer = Issuer::new(&pki);
    let profile = |case| {
        holders()
            .iter()
            .find(|holder| holder.case == case)
            .unwrap()
            .profile()
    };
    let (first, second) = (profile("wang-xiaoming"), profile("unmarried"));
    let batch = issuer.batch(BatchOptions::of(&first), &mut rng).unwrap();
    let one = issuer.issue(&first, &batch, &mut rng).unwrap();
    let other = issuer.issue(&second, &batch, &mut rng).unwrap();
    let (one, other) = (one.image(), other.image());
    assert_eq!(one.master_file.card_access, other.master_file.card_access);
    assert_eq!(
        one.master_file.card_security,
        other.master_file.card_security
    );
    assert_eq!(one.master_file.atr_info, other.master_file.atr_info);
    assert_eq!(one.master_file.dir, other.master_file.dir);
    assert_eq!(one.keys.generation, other.keys.generation);
    assert_ne!(one.master_file.gdo, other.master_file.gdo);
    assert_ne!(
        one.master_file.chip_security,
        other.master_file.chip_security
    );
    let individual = |image: &CardImage| {
        image
            .keys
            .chip_individual
            .as_ref()
            .unwrap()
            .key
            .public_key()
            .unwrap()
    };
    assert_ne!(individual(one), individual(other));
    // Not shared by the batch, and not by the two purposes.
    let identification = |image: &CardImage| {
        [&image.keys.revocation, &image.keys.pseudonym]
            .map(|key| key.as_ref().unwrap().public_key().unwrap())
    };
    let [one_revocation, one_pseudonym] = identification(one);
    let [other_revocation, other_pseudonym] = identification(other);
    assert_ne!(one_revocation, other_revocation);
    assert_ne!(one_pseudonym, other_pseudonym);
    assert_ne!(one_revocation, one_pseudonym);

    let outsider = profile("no-portrait");
    let refused = issuer.issue(&outsider, &batch, &mut rng);
    assert!(matches!(refused, Err(issuer::Error::OtherBatch)));
}

#[test]
fn the_same_seed_makes_the_same_card_and_another_seed_another_one() {
    let card = |seed| {
        let mut rng = rng(seed);
        let pki = TestPki::create(&mut rng).unwrap();
        let card = Issuer::new(&pki)
            .issue_single(&Profile::default_specimen(), &mut rng)
            .unwrap();
        card.image().eid.sod.clone()
    };
    assert_eq!(card(5), card(5));
    assert_ne!(card(5), card(6));
}

#[test]
fn what_the_profile_leaves_open_is_drawn() {
    let text = include_str!("../profiles/wang-xiaoming.toml");
    let open: String = text
        .lines()
        .filter(|line| {
            !["can =", "pin1 =", "puk =", "pin2 =", "card_number ="]
                .iter()
                .any(|start| line.starts_with(start))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let profile = Profile::from_toml(&open).unwrap();
    let (pki, mut rng) = (pki(), rng(7));
    let issue = |rng: &mut ChaCha20Rng| Issuer::new(&pki).issue_single(&profile, rng).unwrap();
    let (one, other) = (issue(&mut rng), issue(&mut rng));
    for card in [&one, &other] {
        let codes = card.codes();
        let lengths = [
            codes.can(),
            codes.pin1(),
            codes.puk(),
            codes.pin2().unwrap(),
        ]
        .map(str::len);
        assert_eq!(lengths, [6, 6, 8, 8]);
        assert_eq!(card.card_number().can(), codes.can());
    }
    assert_ne!(one.codes().can(), other.codes().can());
    assert_ne!(one.codes().pin1(), other.codes().pin1());
    assert_ne!(one.codes().puk(), other.codes().puk());

    let with_can = open.replace("[codes]", "[codes]\ncan = \"000777\"");
    let profile = Profile::from_toml(&with_can).unwrap();
    let card = Issuer::new(&pki).issue_single(&profile, &mut rng).unwrap();
    assert_eq!(
        (card.codes().can(), card.card_number().can()),
        ("000777", "000777")
    );
}

#[test]
fn no_debug_output_holds_a_code() {
    let (_, _, card) = cards().remove(0);
    let shown = format!("{card:?}");
    for secret in ["123456", "135790", "24681357", "86427531", "A123456789"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn every_card_runs_and_its_ef_atr_info_agrees_with_its_atr() {
    for (case, _, card) in cards() {
        let memory = card
            .image()
            .personalise(MemoryStore::default())
            .expect(case);
        let environment = Environment {
            rng: Box::new(rng(8)),
            delay: Box::new(NoDelay),
        };
        let chip = Chip::open(memory, environment).expect(case);
        let mut transport = InProcess::new(chip, Interface::Contactless);
        let atr = transport.atr().unwrap().to_vec();
        let mut read = |p1: u8| {
            let mut answer = transport
                .transmit(&[0x00, 0xB0, p1, 0x00, 0x00, 0x00, 0x00])
                .unwrap();
            let status = answer.split_off(answer.len() - 2);
            assert!(
                status == [0x90, 0x00] || status == [0x62, 0x82],
                "{case}: {status:02X?}"
            );
            answer
        };
        assert_eq!(read(0x9C), card.image().master_file.card_access, "{case}");
        let info = EfAtrInfo::parse(&read(0x81)).unwrap();
        let atr = iso7816::Atr::parse(&atr).unwrap();
        let historical = HistoricalBytes::parse(atr.historical_bytes()).unwrap();
        assert_eq!(historical.card_service_data(), info.card_service_data);
        assert_eq!(historical.card_capabilities(), info.card_capabilities);
    }
}

#[test]
fn a_saved_pki_loads_again_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("deep/inside");
    let made = TestPki::load_or_create(&directory, &mut rng(9)).unwrap();
    let loaded = TestPki::load_or_create(&directory, &mut rng(10)).unwrap();
    for signer in Signer::ALL {
        assert_eq!(
            made.signer(signer).certificate(),
            loaded.signer(signer).certificate()
        );
    }
    assert_eq!(made.link_certificate(), loaded.link_certificate());
    assert_eq!(loaded.revocation_lists().len(), 2);

    #[cfg(unix)]
    for entry in std::fs::read_dir(&directory).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let path = entry.unwrap().path();
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let secret = path.to_str().unwrap().ends_with(".key.pem");
        assert_eq!(mode & 0o077 == 0, secret, "{path:?} {mode:o}");
    }

    // A key that is not the certificate's.
    let key = directory.join("document-signer.key.pem");
    std::fs::copy(directory.join("csca-2.key.pem"), &key).unwrap();
    let refused = TestPki::load_or_create(&directory, &mut rng(11));
    assert!(matches!(
        refused,
        Err(issuer::Error::Pki(pki::Error::KeyMismatch))
    ));
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(
        TestPki::load(&directory),
        Err(issuer::Error::Io { .. })
    ));
}

#[test]
fn a_batch_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let (pki, mut rng) = (pki(), rng(12));
    let issuer = Issuer::new(&pki);
    let profile = Profile::default_specimen();
    let mut batch = || {
        let options = BatchOptions::of(&profile);
        issuer
            .load_or_create_batch(folder.path(), options, &mut rng)
            .unwrap()
    };
    let (first, second) = (batch(), batch());
    assert_eq!(first.card_security(), second.card_security());
    assert_eq!(
        first.generation_public_key().unwrap(),
        second.generation_public_key().unwrap()
    );
    let other = holders()
        .iter()
        .find(|holder| holder.case == "resident-number")
        .unwrap();
    let options = BatchOptions::of(&other.profile());
    let third = issuer
        .load_or_create_batch(folder.path(), options, &mut rng)
        .unwrap();
    assert_ne!(third.card_security(), first.card_security());
}

#[test]
fn the_files_of_two_batches_do_not_mix() {
    let (pki, mut rng) = (pki(), rng(13));
    let issuer = Issuer::new(&pki);
    let mut batch = |folder: &Path| {
        let options = BatchOptions::of(&Profile::default_specimen());
        issuer.load_or_create_batch(folder, options, &mut rng)
    };
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    batch(one.path()).unwrap();
    batch(other.path()).unwrap();
    let name = "batch-icao-certificate.key.pem";
    std::fs::copy(other.path().join(name), one.path().join(name)).unwrap();
    assert!(matches!(
        batch(one.path()),
        Err(issuer::Error::DamagedBatch)
    ));
    std::fs::write(one.path().join(name), "no key").unwrap();
    assert!(matches!(
        batch(one.path()),
        Err(issuer::Error::DamagedBatch)
    ));
}

#[test]
fn a_batch_of_an_earlier_version_stays_as_it_is_and_the_next_card_begins_another() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/card-files/pki/issuer");
    let folder = tempfile::tempdir().unwrap();
    let files = ["batch-no-icao.card-security", "batch-no-icao.key.pem"];
    let copied = files.map(|name| std::fs::read(kept.join(name)).unwrap());
    for (name, contents) in files.iter().zip(&copied) {
        std::fs::write(folder.path().join(name), contents).unwrap();
    }
    let (pki, mut rng) = (pki(), rng(14));
    let issuer = Issuer::new(&pki);
    let holder = holders().iter().find(|holder| holder.case == "no-portrait");
    let profile = holder.unwrap().profile();
    let mut batch = || {
        let options = BatchOptions::of(&profile);
        issuer
            .load_or_create_batch(folder.path(), options, &mut rng)
            .unwrap()
    };
    let (first, second) = (batch(), batch());
    assert_ne!(first.card_security(), copied[0]);
    assert_eq!(first.card_security(), second.card_security());
    for (name, contents) in files.iter().zip(&copied) {
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), *contents);
    }
}

#[test]
fn the_password_infos_say_what_the_chip_does() {
    let (_, _, card) = cards().remove(0);
    let access = EfCardAccess::parse(&card.image().master_file.card_access).unwrap();
    let info = |id: PasswordId| {
        let infos = access.security_infos();
        let mut found = infos
            .password_infos()
            .filter(|info| info.required_pwd_data.pwd_id == id.reference());
        found
            .next()
            .and_then(|info| info.optional_pwd_data.clone())
            .expect("a PasswordInfo")
    };
    let set = |set: &Option<der::asn1::SetOfVec<u8>>| -> Vec<u8> {
        set.iter().flat_map(|set| set.iter().copied()).collect()
    };
    let pin = info(PasswordId::Pin);
    for flag in [
        PwdFlags::IS_BLOCKING,
        PwdFlags::IS_SUSPENDING,
        PwdFlags::UNBLOCK_ALLOWED_UT,
        PwdFlags::CHANGE_ALLOWED_UT,
    ] {
        assert!(pin.pwd_flags.contains(flag), "{flag:?}");
    }
    assert!(
        !pin.pwd_flags.contains(PwdFlags::LIMITED_RESET_UT),
        "there is no reset counter"
    );
    assert_eq!(set(&pin.resuming_pwds), [2], "the CAN");
    assert_eq!(set(&pin.resetting_pwds), [4], "the PUK");
    assert_eq!(set(&pin.changing_pwds_ut), [3], "PIN1 itself");
    assert_eq!((pin.min_length, pin.max_length), (Some(6), Some(6)));
    let puk = info(PasswordId::Puk);
    assert!(
        puk.pwd_flags
            .contains(PwdFlags::UNBLOCKS_OTHERS | PwdFlags::IS_BLOCKING)
    );
    assert!(!puk.pwd_flags.contains(PwdFlags::CHANGE_ALLOWED_UT));
    assert_eq!(set(&puk.resuming_pwds), [2], "the CAN");
    assert_eq!((puk.min_length, puk.max_length), (Some(8), Some(8)));
}

/// Runs openssl and gives what it printed.
fn openssl(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(error)
    } else {
        Err(error)
    }
}

#[test]
fn the_openssl_program_verifies_every_signed_file() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki();
    let ca = pki.country_signing_ca().certificate().to_pem().unwrap();
    std::fs::write(folder.path().join("csca.pem"), ca).unwrap();
    let list = pki.revocation_lists()[0].as_der();
    std::fs::write(folder.path().join("csca.crl"), list).unwrap();
    let verified = openssl(
        folder.path(),
        &[
            "crl", "-inform", "DER", "-in", "csca.crl", "-CAfile", "csca.pem", "-noout",
        ],
    );
    assert!(
        verified
            .as_ref()
            .is_ok_and(|said| said.contains("verify OK")),
        "{verified:?}"
    );

    // The anchor's critical test extension is unknown to openssl, and it says so.
    let verify = |file: &str, extra: &[&str]| {
        let mut arguments = vec![
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-binary",
            "-in",
            file,
            "-CAfile",
            "csca.pem",
            "-purpose",
            "any",
            "-attime",
            "1795521600",
            "-out",
            "content",
        ];
        arguments.extend(extra);
        openssl(folder.path(), &arguments)
    };
    let (_, profile, card) = cards().remove(0);
    let image = card.image();
    let icao = image.icao.as_ref().unwrap();
    let sod = |file: &[u8]| file[4..].to_vec();
    for (name, signed) in [
        ("card-security", image.master_file.card_security.clone()),
        (
            "chip-security",
            image.master_file.chip_security.clone().unwrap(),
        ),
        ("eid-sod", sod(&image.eid.sod)),
        ("icao-sod", sod(&icao.sod)),
    ] {
        std::fs::write(folder.path().join(name), &signed).unwrap();
        let strict = verify(name, &[]).expect_err("a test anchor");
        assert!(
            strict.contains("unhandled critical extension"),
            "{name}: {strict}"
        );
        let lenient = verify(name, &["-ignore_critical"]);
        assert!(lenient.is_ok(), "{name}: {lenient:?}");
        let mut altered = signed;
        *altered.last_mut().unwrap() ^= 1;
        std::fs::write(folder.path().join("altered"), &altered).unwrap();
        assert!(verify("altered", &["-ignore_critical"]).is_err(), "{name}");
    }
    drop(profile);
}
