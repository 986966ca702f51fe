//! Published files of real cards and worked examples: vectors/lds/README.md says where each is from.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use der::Encode;
use hex_literal::hex;
use lds::{
    Dg14, Dg15, DigestAlgorithm, DomainParameters, EcParameters, EfCardAccess, EfCom, EfDir, Error,
    LdsSecurityObject, Mrz, SecurityInfo, SecurityInfos, StandardizedDomainParameters, oid,
};

macro_rules! vector {
    ($name:literal) => {
        unhex(include_str!(concat!(
            "../../../vectors/lds/",
            $name,
            ".hex"
        )))
    };
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn elements(der: &[u8]) -> Vec<Vec<u8>> {
    let infos = SecurityInfos::parse(der).unwrap();
    let mut elements: Vec<_> = infos.iter().map(|info| info.to_der().unwrap()).collect();
    elements.sort();
    elements
}

#[test]
fn the_worked_example_of_tr_03110_offers_what_its_text_says() {
    let file = vector!("ef-cardaccess-worked-example-ecdh");
    let infos = EfCardAccess::parse(&file).unwrap().security_infos().clone();
    assert_eq!(infos.len(), 6);

    let pace: Vec<_> = infos.pace_infos().collect();
    assert_eq!(pace.len(), 1);
    assert_eq!(pace[0].protocol, oid::ID_PACE_ECDH_GM_AES_CBC_CMAC_128);
    assert_eq!((pace[0].version, pace[0].parameter_id), (2, Some(13)));

    let chip = infos.chip_authentication_infos().next().unwrap();
    assert_eq!(chip.protocol, oid::ID_CA_ECDH_AES_CBC_CMAC_128);
    assert_eq!((chip.version, chip.key_id), (2, Some(1)));
    let parameters = infos
        .chip_authentication_domain_parameter_infos()
        .next()
        .unwrap();
    assert_eq!(
        DomainParameters::from_algorithm(&parameters.domain_parameter).unwrap(),
        DomainParameters::Standardized(StandardizedDomainParameters::BRAINPOOLP256R1),
    );
    assert_eq!(
        infos
            .terminal_authentication_infos()
            .next()
            .unwrap()
            .version,
        2
    );
    assert_eq!(
        infos.card_info().unwrap().url_card_info.as_str(),
        "https://www.hjp-consulting.com/home"
    );

    let privileged = infos.privileged_terminal_infos().unwrap();
    assert_eq!(privileged.len(), 2);
    assert_eq!(
        privileged
            .chip_authentication_infos()
            .next()
            .unwrap()
            .key_id,
        Some(2)
    );

    let dh = vector!("ef-cardaccess-worked-example-dh");
    let dh = EfCardAccess::parse(&dh).unwrap();
    assert_eq!(
        dh.security_infos().pace_infos().next().unwrap().protocol,
        oid::ID_PACE_DH_GM_AES_CBC_CMAC_128
    );
    assert_eq!(
        dh.security_infos()
            .pace_infos()
            .next()
            .unwrap()
            .parameter_id,
        Some(0)
    );
}

#[test]
fn the_signed_security_infos_of_the_worked_example_hold_the_key_and_both_restricted_identification_keys()
 {
    let infos =
        SecurityInfos::parse(&vector!("ef-cardsecurity-worked-example-ecdh-content")).unwrap();
    let key = infos.chip_authentication_public_key_infos().next().unwrap();
    assert_eq!(key.key_id, Some(1));
    let public_key = &key.chip_authentication_public_key;
    assert_eq!(
        public_key.domain_parameters().unwrap().standardized(),
        Some(StandardizedDomainParameters::BRAINPOOLP256R1)
    );
    assert_eq!(public_key.public_key().unwrap().len(), 65);
    assert_eq!(public_key.public_key().unwrap()[0], 0x04);

    let restricted: Vec<_> = infos
        .restricted_identification_infos()
        .map(|info| info.params)
        .collect();
    assert_eq!(
        restricted
            .iter()
            .map(|params| params.key_id)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(
        restricted
            .iter()
            .map(|params| params.authorized_only)
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert!(
        infos.iter().any(|info| matches!(
            info,
            SecurityInfo::RestrictedIdentificationDomainParameter(_)
        )),
        "the parameters of the revocation key"
    );

    // Everything that EF.CardAccess announced without signature stands here again, byte for byte, except what is for
    // privileged terminals.
    let announced = vector!("ef-cardaccess-worked-example-ecdh");
    let announced = EfCardAccess::parse(&announced).unwrap();
    for info in announced.security_infos() {
        let privileged = matches!(info, SecurityInfo::PrivilegedTerminal(_));
        assert_eq!(
            infos.contains(info),
            !privileged,
            "{:?}",
            oid::name(&info.protocol())
        );
    }
}

#[test]
fn a_test_card_of_the_first_generation_is_read_with_its_missing_parameter_id_and_explicit_parameters()
 {
    let file = vector!("ef-cardaccess-german-test-card-1");
    let infos = EfCardAccess::parse(&file).unwrap().security_infos().clone();
    let pace = infos.pace_infos().next().unwrap();
    assert_eq!((pace.version, pace.parameter_id), (1, None));
    let parameters = &infos
        .pace_domain_parameter_infos()
        .next()
        .unwrap()
        .domain_parameter;
    // The algorithm identifier of that time is not one of the standards', and the numbers are those of brainpoolP256t1,
    // which shares its prime and its order with brainpoolP256r1 and is another curve nevertheless.
    assert!(DomainParameters::from_algorithm(parameters).is_err());
    let numbers = parameters.parameters.as_ref().unwrap().to_der().unwrap();
    assert_eq!(
        EcParameters::from_der(&numbers).unwrap().standardized(),
        None
    );
}

#[test]
fn what_follows_the_set_is_ignored_in_ef_cardaccess_and_refused_elsewhere() {
    for file in [
        vector!("ef-cardaccess-german-test-card-2"),
        vector!("ef-cardaccess-slovenian-card"),
    ] {
        assert!(EfCardAccess::parse(&file).is_ok());
        assert_eq!(
            SecurityInfos::parse(&file),
            Err(Error::Malformed {
                structure: "SecurityInfos",
                reason: "bytes follow the SET"
            })
        );
    }
}

#[test]
fn protocols_nobody_knows_stay_available_byte_for_byte() {
    let file = vector!("ef-cardaccess-slovenian-card");
    let infos = EfCardAccess::parse(&file).unwrap().security_infos().clone();
    let SecurityInfo::Unrecognised(unknown) = infos.iter().last().unwrap() else {
        panic!("the last entry is of ISO/IEC 24727-3");
    };
    assert_eq!(unknown.protocol().to_string(), "1.0.24727.3.0.9");
    assert_eq!(unknown.as_der(), &file[76..93]);
    assert_eq!(
        infos
            .terminal_authentication_infos()
            .next()
            .unwrap()
            .ef_cvca
            .as_ref()
            .unwrap()
            .fid
            .as_bytes(),
        hex!("011A")
    );

    let file = vector!("ef-cardaccess-german-id-card-ca3");
    let infos = SecurityInfos::parse(&file).unwrap();
    assert_eq!(infos.pace_infos().count(), 2);
    assert_eq!(
        infos
            .chip_authentication_infos()
            .map(|info| info.version)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(
        infos
            .iter()
            .filter(|info| matches!(info, SecurityInfo::Unrecognised(_)))
            .count(),
        1,
        "PSAInfo"
    );
}

#[test]
fn every_published_set_is_written_with_the_same_elements_and_in_canonical_order() {
    for file in [
        vector!("ef-cardaccess-worked-example-ecdh"),
        vector!("ef-cardaccess-worked-example-dh"),
        vector!("ef-cardaccess-german-id-card"),
        vector!("ef-cardaccess-german-id-card-ca3"),
        vector!("ef-cardaccess-german-test-card-1"),
        vector!("ef-cardsecurity-worked-example-ecdh-content"),
    ] {
        let written = SecurityInfos::parse(&file).unwrap().to_der().unwrap();
        assert_eq!(written.len(), file.len());
        assert_eq!(elements(&written), elements(&file));
        for (element, bytes) in SecurityInfos::parse(&written)
            .unwrap()
            .iter()
            .zip(elements(&written))
        {
            assert_eq!(element.to_der().unwrap(), bytes, "sorted");
        }
    }
}

#[test]
fn dg14_with_explicit_parameters_of_an_unsupported_curve_is_read_and_matches_no_known_one() {
    let file = vector!("dg14-brainpoolp384r1");
    let group = Dg14::parse(&file).unwrap();
    assert_eq!(group.to_bytes().unwrap().len(), file.len());
    let key = group
        .security_infos()
        .chip_authentication_public_key_infos()
        .next()
        .unwrap();
    let parameters = key
        .chip_authentication_public_key
        .domain_parameters()
        .unwrap();
    assert!(matches!(parameters, DomainParameters::Explicit(_)));
    assert_eq!(parameters.standardized(), None);
    assert_eq!(
        key.chip_authentication_public_key
            .public_key()
            .unwrap()
            .len(),
        97
    );
}

#[test]
fn dg15_with_an_rsa_key_comes_back_byte_for_byte() {
    let file = vector!("dg15-rsa");
    let group = Dg15::parse(&file).unwrap();
    assert_eq!(group.public_key().algorithm().oid, oid::RSA_ENCRYPTION);
    assert!(group.public_key().domain_parameters().is_err());
    assert_eq!(group.to_bytes().unwrap(), file);
}

#[test]
fn explicit_parameters_as_openssl_writes_them_are_recognised_in_every_form() {
    let cases = [
        (
            vector!("ecparameters-prime256v1"),
            vector!("ecparameters-prime256v1-compressed"),
            StandardizedDomainParameters::SECP256R1,
        ),
        (
            vector!("ecparameters-secp384r1"),
            vector!("ecparameters-secp384r1-compressed"),
            StandardizedDomainParameters::SECP384R1,
        ),
        (
            vector!("ecparameters-brainpoolp256r1"),
            vector!("ecparameters-brainpoolp256r1-compressed"),
            StandardizedDomainParameters::BRAINPOOLP256R1,
        ),
    ];
    for (uncompressed, compressed, curve) in cases {
        let parameters = EcParameters::from_der(&uncompressed).unwrap();
        assert_eq!(parameters.standardized(), Some(curve));
        assert_eq!(parameters, EcParameters::of(curve).unwrap());
        assert_eq!(
            EcParameters::from_der(&compressed).unwrap().standardized(),
            Some(curve)
        );
        // and one wrong bit anywhere makes it another curve, or no parameters at all
        let ours = parameters.to_der().unwrap();
        let version = ours
            .windows(3)
            .position(|bytes| bytes == [2, 1, 1])
            .unwrap()
            + 2;
        for bit in 0..8 * ours.len() {
            let mut wrong = ours.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let recognised = EcParameters::from_der(&wrong)
                .ok()
                .and_then(|parameters| parameters.standardized());
            // Versions 2 and 3 of ECParameters say more about the seed, and nothing else.
            let other_version = matches!(wrong[version], 2 | 3);
            assert!(recognised.is_none() || other_version, "bit {bit}");
        }
    }
}

#[test]
fn brainpool_parameters_are_written_as_openssl_writes_them() {
    let ours = EcParameters::of(StandardizedDomainParameters::BRAINPOOLP256R1).unwrap();
    assert_eq!(
        ours.to_der().unwrap(),
        vector!("ecparameters-brainpoolp256r1")
    );
}

#[test]
fn lds_security_objects_of_both_versions_are_read_as_openssl_made_them() {
    let file = vector!("lds-security-object-v0");
    let object = LdsSecurityObject::parse(&file).unwrap();
    assert_eq!(object.digest_algorithm(), DigestAlgorithm::Sha256);
    assert_eq!(
        object
            .hashes()
            .map(|(number, _)| number)
            .collect::<Vec<_>>(),
        [1, 2, 14]
    );
    assert_eq!(object.hash(14), Some(&[0xEE; 32][..]));
    assert_eq!((object.hash(3), object.version_info()), (None, None));

    let file = vector!("lds-security-object-v1");
    let object = LdsSecurityObject::parse(&file).unwrap();
    assert_eq!(object.digest_algorithm(), DigestAlgorithm::Sha384);
    assert_eq!(object.version_info().unwrap().lds_version, "0108");
    // Written again it differs in the order of the hashes alone.
    let written = object.to_der().unwrap();
    assert_eq!(written.len(), file.len());
    assert_eq!(LdsSecurityObject::parse(&written).unwrap(), object);
}

#[test]
fn the_examples_of_doc_9303_part_10_come_back_byte_for_byte() {
    let com = hex!("60145F0104303130365F36063034303030305C026175");
    assert_eq!(EfCom::parse(&com).unwrap().to_bytes(), com);
    let dir = hex!(
        "61094F07A000000247100161094F07A000000247200161094F07A000000247200261094F07A0000002472003"
    );
    let parsed = EfDir::parse(&dir).unwrap();
    assert_eq!(parsed.aids().len(), 4);
    assert_eq!(parsed.to_bytes(), dir);
}

#[test]
fn the_zones_of_doc_9303_are_read_and_give_the_published_mrz_information() {
    // Doc 9303-11 appendix D.2
    let short = Mrz::parse("I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<").unwrap();
    assert_eq!(short.mrz_information(), "D23145890774081221204159");
    let long = Mrz::parse("I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<").unwrap();
    assert_eq!(long.document_number(), "D23145890734");
    assert_eq!(long.mrz_information(), "D23145890734934071279507122");
}
