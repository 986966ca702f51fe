//! Every decoder: any bytes give a value or an error, never a panic; what was written is read back the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use lds::{
    Address, CardNumberDigits, Date, Dg1, Dg2, Dg14, Dg15, DigestAlgorithm, DocumentNumber,
    DomainParameters, EfAtrInfo, EfCardAccess, EfCom, EfDir, EfSod, ExtendedLengthInformation,
    FaceImage, Image, LdsSecurityObject, Mrz, MrzFields, MrzName, Name, NationalId, PartialDate,
    RomanizedName, SecurityInfo, SecurityInfos, Sex, StandardizedDomainParameters,
    SubjectPublicKeyInfo, Text,
    eid::{
        Dg2 as EidDg2, Dg3, Dg4, Dg5, Dg6, Dg7, Dg8, Dg9, Dg11, Dg12, Dg13, Group, GroupNumber,
        HouseholdArea, MarriageStatus, Salt,
    },
    oid,
    security_infos::{
        ActiveAuthenticationInfo, CardInfo, ChipAuthenticationDomainParameterInfo,
        ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo, ExtCardInfoData,
        OptionalCardInfoData, OptionalPwdData, PaceInfo, PasswordInfo, PasswordType,
        PrivilegedTerminalInfo, ProtocolParams, PwdFlags, RequiredPwdData,
        RestrictedIdentificationInfo, TerminalAuthenticationInfo,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};

fn date() -> impl Strategy<Value = Date> {
    (1u16..=9999, 1u8..=12, 1u8..=31)
        .prop_filter_map("not every month has 31 days", |(year, month, day)| {
            Date::new(year, month, day).ok()
        })
}

fn partial_date() -> impl Strategy<Value = PartialDate> {
    (date(), 0usize..4).prop_map(|(date, unknown)| {
        let known = [8, 6, 4, 0][unknown];
        format!("{:8}", &date.to_yyyymmdd()[..known])
            .parse()
            .unwrap()
    })
}

fn text<T>(
    alphabet: &'static str,
    new: impl Fn(String) -> Result<T, lds::ValueError> + Clone + 'static,
) -> impl Strategy<Value = T>
where
    T: std::fmt::Debug,
{
    let characters: Vec<char> = alphabet.chars().collect();
    vec(select(characters), 1..=50)
        .prop_map(move |characters| new(characters.into_iter().collect()).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    text("王小明𠮷𫝆󰀀·’Yu-", Name::new)
}

fn romanized() -> impl Strategy<Value = RomanizedName> {
    vec("[A-Za-z’'-]{1,7}", 1..=6).prop_map(|words| RomanizedName::new(words.join(" ")).unwrap())
}

fn address() -> impl Strategy<Value = Address> {
    text("臺北市中正區黎明里12鄰之-號樓", Address::new)
}

fn free_text() -> impl Strategy<Value = Text> {
    text("父母養監護人0123456789ABC役", Text::new)
}

fn national_id() -> impl Strategy<Value = NationalId> {
    ("[A-Z][1289A-D][0-9]{7}", 0..10u8)
        .prop_filter_map("one check digit in ten", |(start, digit)| {
            NationalId::new(&format!("{start}{digit}")).ok()
        })
}

fn image() -> impl Strategy<Value = Image> {
    let size = (1u16.., 1u16..);
    let rest = vec(any::<u8>(), 0..300);
    (0usize..3, size, rest).prop_map(|(kind, (width, height), rest)| {
        let bytes = match kind {
            0 => jpeg(width, height),
            1 => jp2(width, height),
            _ => codestream(width, height),
        };
        Image::new([bytes, rest].concat()).unwrap()
    })
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC0, 0, 11, 8];
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([1, 1, 0x11, 0, 0xFF, 0xDA]);
    bytes
}

fn jp2(width: u16, height: u16) -> Vec<u8> {
    let mut bytes =
        b"\0\0\0\x0CjP  \x0D\x0A\x87\x0A\0\0\0\x14ftypjp2 \0\0\0\0jp2 \0\0\0\x1Ejp2h\0\0\0\x16ihdr"
            .to_vec();
    bytes.extend(u32::from(height).to_be_bytes());
    bytes.extend(u32::from(width).to_be_bytes());
    bytes.extend([0, 3, 7, 7, 0, 0]);
    bytes
}

fn codestream(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
    for number in [width, height, 0, 0, width, height, 0, 0] {
        bytes.extend(u32::from(number).to_be_bytes());
    }
    bytes.extend([0, 1, 7, 1, 1]);
    bytes
}

fn salt() -> impl Strategy<Value = Salt> {
    any::<[u8; 16]>().prop_map(Salt)
}

fn sex() -> impl Strategy<Value = Sex> {
    select(vec![Sex::Male, Sex::Female, Sex::Unspecified])
}

fn parent() -> impl Strategy<Value = (Salt, Text, Option<Name>, Option<RomanizedName>)> {
    (
        salt(),
        free_text(),
        option::of(name()),
        option::of(romanized()),
    )
}

fn dg11() -> impl Strategy<Value = Dg11> {
    let names = (
        salt(),
        name(),
        option::of(romanized()),
        option::of(romanized()),
    );
    let marriage = option::of(select(vec![
        MarriageStatus::Married,
        MarriageStatus::Unmarried,
    ]));
    let document = (
        "[A-Z0-9]{1,22}",
        option::of(date()),
        option::of(date()),
        option::of(free_text()),
    );
    (names, national_id(), partial_date(), marriage, document).prop_map(
        |(names, national_id, birth_date, marriage_status, document)| Dg11 {
            salt: names.0,
            name: names.1,
            foreign_name: names.2,
            romanized_name: names.3,
            national_id,
            birth_date,
            marriage_status,
            document_number: DocumentNumber::new(document.0).unwrap(),
            renewal_date: document.1,
            manufacture_date: document.2,
            certification_info: document.3,
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    prop_oneof![
        (salt(), option::of(image())).prop_map(|(salt, portrait)| EidDg2 { salt, portrait }.into()),
        (salt(), option::of(name()), option::of(romanized())).prop_map(
            |(salt, spouse_name, spouse_romanized_name)| {
                Dg3 {
                    salt,
                    spouse_name,
                    spouse_romanized_name,
                }
                .into()
            }
        ),
        (salt(), sex()).prop_map(|(salt, sex)| Dg4 { salt, sex }.into()),
        (salt(), option::of(image())).prop_map(|(salt, portrait)| Dg5 { salt, portrait }.into()),
        parent().prop_map(|(salt, label, name, romanized_name)| Dg6 {
            salt,
            label,
            name,
            romanized_name
        }
        .into()),
        parent().prop_map(|(salt, label, name, romanized_name)| Dg7 {
            salt,
            label,
            name,
            romanized_name
        }
        .into()),
        (salt(), option::of(free_text()), option::of(free_text()))
            .prop_map(|(salt, code, name)| Dg8 { salt, code, name }.into()),
        (salt(), "[0-9]{6}").prop_map(|(salt, digits)| Dg9 {
            salt,
            digits: CardNumberDigits::new(&digits).unwrap()
        }
        .into()),
        dg11().prop_map(Group::from),
        (salt(), option::of(free_text()), option::of(address())).prop_map(
            |(salt, military_service, household_address)| {
                Dg12 {
                    salt,
                    military_service,
                    household_address,
                }
                .into()
            }
        ),
        (salt(), option::of((address(), option::of(free_text())))).prop_map(|(salt, area)| {
            let area = area.map(|(village, neighbourhood)| {
                HouseholdArea::new(village, neighbourhood).unwrap()
            });
            Dg13 { salt, area }.into()
        }),
    ]
}

fn curve() -> impl Strategy<Value = DomainParameters> {
    let curves = [
        (StandardizedDomainParameters::SECP256R1, oid::SECP256R1),
        (StandardizedDomainParameters::SECP384R1, oid::SECP384R1),
        (
            StandardizedDomainParameters::BRAINPOOLP256R1,
            oid::BRAINPOOLP256R1,
        ),
    ];
    (select(curves.to_vec()), 0..3).prop_map(|((id, oid), style)| match style {
        0 => DomainParameters::Standardized(id),
        1 => DomainParameters::NamedCurve(oid),
        _ => DomainParameters::Explicit(lds::EcParameters::of(id).unwrap()),
    })
}

fn public_key() -> impl Strategy<Value = SubjectPublicKeyInfo> {
    (curve(), vec(any::<u8>(), 0..100))
        .prop_map(|(curve, point)| SubjectPublicKeyInfo::ec(&curve, &point).unwrap())
}

fn simple_info() -> impl Strategy<Value = SecurityInfo> {
    let id = || option::of(any::<u64>());
    prop_oneof![
        (any::<u8>(), id()).prop_map(|(version, parameter_id)| SecurityInfo::Pace(PaceInfo {
            protocol: oid::ID_PACE_ECDH_CAM_AES_CBC_CMAC_128,
            version,
            parameter_id
        })),
        (any::<u8>(), id()).prop_map(|(version, key_id)| SecurityInfo::ChipAuthentication(
            ChipAuthenticationInfo {
                protocol: oid::ID_CA_ECDH_AES_CBC_CMAC_256,
                version,
                key_id
            }
        )),
        (curve(), id()).prop_map(
            |(curve, key_id)| SecurityInfo::ChipAuthenticationDomainParameter(
                ChipAuthenticationDomainParameterInfo {
                    protocol: oid::ID_CA_ECDH,
                    domain_parameter: curve.to_algorithm().unwrap(),
                    key_id
                }
            )
        ),
        (public_key(), id()).prop_map(|(key, key_id)| SecurityInfo::ChipAuthenticationPublicKey(
            ChipAuthenticationPublicKeyInfo {
                protocol: oid::ID_PK_ECDH,
                chip_authentication_public_key: key,
                key_id
            }
        )),
        any::<u8>().prop_map(|version| SecurityInfo::TerminalAuthentication(
            TerminalAuthenticationInfo {
                protocol: oid::ID_TA,
                version,
                ef_cvca: None
            }
        )),
        (any::<u64>(), any::<bool>(), option::of(any::<u32>())).prop_map(
            |(key_id, authorized_only, max_key_len)| {
                SecurityInfo::RestrictedIdentification(RestrictedIdentificationInfo {
                    protocol: oid::ID_RI_ECDH_SHA_256,
                    params: ProtocolParams {
                        version: 1,
                        key_id,
                        authorized_only,
                    },
                    max_key_len,
                })
            }
        ),
        Just(SecurityInfo::ActiveAuthentication(
            ActiveAuthenticationInfo {
                protocol: oid::ID_AA,
                version: 1,
                signature_algorithm: oid::ECDSA_PLAIN_SHA_256
            }
        )),
        (
            "[ -~]{0,40}",
            option::of((option::of(any::<u8>()), option::of(any::<bool>())))
        )
            .prop_map(|(url, more)| {
                SecurityInfo::Card(CardInfo {
                    protocol: oid::ID_CI,
                    url_card_info: der::asn1::Ia5String::new(&url).unwrap(),
                    optional_card_info_data: more.map(|(max_sc_no, env_info)| {
                        OptionalCardInfoData::ExtCardInfoData(ExtCardInfoData {
                            supported_tr_version: Some("Version 2.21".into()),
                            max_sc_no,
                            env_info,
                            ..ExtCardInfoData::default()
                        })
                    }),
                })
            }),
        (
            1u8..=4,
            vec(select(FLAGS.to_vec()), 0..12),
            option::of(any::<u8>())
        )
            .prop_map(|(pwd_id, flags, max_length)| {
                let pwd_flags = flags.into_iter().fold(PwdFlags::empty(), PwdFlags::union);
                SecurityInfo::Password(PasswordInfo {
                    protocol: [oid::ID_MRZ, oid::ID_CAN, oid::ID_PIN, oid::ID_PUK]
                        [usize::from(pwd_id) - 1],
                    required_pwd_data: RequiredPwdData { pwd_id },
                    optional_pwd_data: Some(OptionalPwdData {
                        pwd_flags,
                        resuming_pwds: Some(
                            [2].into_iter().collect::<Vec<u8>>().try_into().unwrap(),
                        ),
                        pwd_type: Some(PasswordType::AsciiNumeric),
                        max_length,
                        ..OptionalPwdData::default()
                    }),
                })
            }),
    ]
}

const FLAGS: [PwdFlags; 12] = [
    PwdFlags::LOCAL,
    PwdFlags::UNBLOCKS_OTHERS,
    PwdFlags::IS_BLOCKING,
    PwdFlags::IS_SUSPENDING,
    PwdFlags::LIMITED_RESET_UT,
    PwdFlags::UNBLOCK_ALLOWED_UT,
    PwdFlags::UNBLOCK_ALLOWED_AT,
    PwdFlags::CHANGE_ALLOWED_UT,
    PwdFlags::CHANGE_ALLOWED_AT,
    PwdFlags::ACTIVATION_ALLOWED_AT,
    PwdFlags::DEACTIVATION_ALLOWED_AT,
    PwdFlags::NEEDS_PADDING,
];

fn security_infos() -> impl Strategy<Value = SecurityInfos> {
    (
        vec(simple_info(), 0..8),
        option::of(vec(simple_info(), 0..3)),
    )
        .prop_map(|(infos, privileged)| {
            let privileged = privileged.map(|infos| {
                SecurityInfo::PrivilegedTerminal(PrivilegedTerminalInfo::new(SecurityInfos::new(
                    infos,
                )))
            });
            infos.into_iter().chain(privileged).collect()
        })
}

fn mrz() -> impl Strategy<Value = Mrz> {
    let names = (
        "[A-Z][a-z]{0,20}( [A-Z][a-z]{1,9}){0,3}",
        "[A-Z]?[a-z]{0,20}( [A-Z][a-z]{1,9}){0,3}",
    );
    let number = prop_oneof!["[A-Z0-9]{1,9}", "[A-Z0-9]{10,22}"];
    (
        names,
        number,
        partial_date(),
        sex(),
        date(),
        "[A-Z0-9]{0,11}",
    )
        .prop_map(
            |(
                (primary, secondary),
                document_number,
                birth_date,
                sex,
                expiry_date,
                optional_data_2,
            )| {
                Mrz::build(&MrzFields {
                    document_code: "I",
                    issuing_state: "TWN",
                    document_number: &document_number,
                    optional_data_1: "",
                    birth_date,
                    sex,
                    expiry_date,
                    nationality: "TWN",
                    optional_data_2: &optional_data_2,
                    name: &MrzName::new(&primary, &secondary).unwrap(),
                })
                .unwrap()
            },
        )
}

fn sort(infos: &SecurityInfos) -> Vec<Vec<u8>> {
    let mut elements: Vec<_> = infos.iter().map(|info| info.to_der().unwrap()).collect();
    elements.sort();
    elements
}

/// Runs every decoder; whatever comes out has survived.
fn decode_everything(bytes: &[u8]) {
    let _ = SecurityInfos::parse(bytes).map(|infos| infos.to_der());
    let _ = EfCardAccess::parse(bytes);
    let _ = EfDir::parse(bytes);
    let _ = EfCom::parse(bytes);
    let _ = EfAtrInfo::parse(bytes);
    let _ = LdsSecurityObject::parse(bytes).map(|object| object.to_der());
    let _ = EfSod::parse(bytes);
    let _ = Dg1::parse(bytes);
    let _ = Dg2::parse(bytes).map(|group| group.to_bytes());
    let _ = Dg14::parse(bytes);
    let _ = Dg15::parse(bytes).map(|group| group.public_key().domain_parameters());
    let _ = lds::EcParameters::from_der(bytes).map(|parameters| parameters.to_der());
    let _ = Image::new(bytes);
    for number in GroupNumber::ALL {
        if let Ok(group) = Group::decode(number, bytes) {
            // DER has one encoding: what is accepted is what would be written.
            assert_eq!(group.encode(), bytes);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Mrz::parse(text);
        let _ = MrzName::from_romanized(text).and_then(|name| name.to_line());
        let _ = (
            Name::new(text),
            Text::new(text),
            DocumentNumber::new(text),
            CardNumberDigits::new(text),
        );
        let _ = (
            NationalId::new(text),
            text.parse::<PartialDate>(),
            text.parse::<Date>(),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_group_is_read_back_as_it_was_written(group in group()) {
        let file = group.encode();
        prop_assert_eq!(file[0], group.number().tag());
        prop_assert_eq!(Group::decode(group.number(), &file).unwrap(), group.clone());
        prop_assert_eq!(group.fields().len(), group.number().fields().len());
        for other in GroupNumber::ALL {
            prop_assert!(other == group.number() || Group::decode(other, &file).is_err());
        }
    }

    #[test]
    fn security_infos_are_read_back_as_they_were_written(infos in security_infos()) {
        let der = infos.to_der().unwrap();
        let read = SecurityInfos::parse(&der).unwrap();
        prop_assert_eq!(sort(&read), sort(&infos));
        prop_assert_eq!(read.to_der().unwrap(), der.clone(), "canonical");
        prop_assert!(!read.iter().any(|info| matches!(info, SecurityInfo::Unrecognised(_))));
        let group = Dg14::new(read);
        prop_assert_eq!(Dg14::parse(&group.to_bytes().unwrap()).unwrap(), group);
    }

    #[test]
    fn the_order_of_a_set_does_not_matter_in_reading(infos in security_infos()) {
        let mut reversed: Vec<u8> = infos.iter().rev().flat_map(|info| info.to_der().unwrap()).collect();
        let mut file = vec![0x31];
        match reversed.len() {
            length @ 0..=0x7F => file.push(length as u8),
            length @ 0x80..=0xFF => file.extend([0x81, length as u8]),
            length => file.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        file.append(&mut reversed);
        prop_assert_eq!(SecurityInfos::parse(&file).unwrap().to_der().unwrap(), infos.to_der().unwrap());
    }

    #[test]
    fn a_public_key_keeps_its_style_and_its_curve(key in public_key()) {
        let read = SubjectPublicKeyInfo::from_der(&key.to_der().unwrap()).unwrap();
        prop_assert_eq!(&read, &key);
        prop_assert!(read.domain_parameters().unwrap().standardized().is_some());
        let group = Dg15::new(key);
        prop_assert_eq!(Dg15::parse(&group.to_bytes().unwrap()).unwrap(), group);
    }

    #[test]
    fn a_machine_readable_zone_is_read_back_as_it_was_built(mrz in mrz()) {
        prop_assert_eq!(&Mrz::parse(&mrz.to_string()).unwrap(), &mrz);
        prop_assert_eq!(&Mrz::parse(mrz.as_str()).unwrap(), &mrz);
        let group = Dg1::new(mrz);
        prop_assert_eq!(Dg1::parse(&group.to_bytes()).unwrap(), group);
    }

    #[test]
    fn one_wrong_character_under_a_check_digit_is_found(mrz in mrz(), place in 0usize..60, other in "[0-9A-Z<]") {
        // Columns under the composite check digit; a change by a multiple of ten in value goes unnoticed by design.
        let covered = (5..30).chain(30..37).chain(38..45).chain(48..60).collect::<Vec<_>>();
        let place = covered[place % covered.len()];
        let value = |character: u8| match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            _ => 0,
        };
        let mut wrong = mrz.as_str().to_owned();
        prop_assume!(value(other.as_bytes()[0]) % 10 != value(wrong.as_bytes()[place]) % 10);
        wrong.replace_range(place..=place, &other);
        prop_assert!(Mrz::parse(&wrong).is_err());
    }

    #[test]
    fn an_lds_security_object_is_read_back_as_it_was_written(
        numbers in prop::collection::btree_set(1u8..=16, 1..16),
        byte in any::<u8>(),
    ) {
        let hashes = numbers.iter().map(|number| (*number, vec![byte ^ number; 32]));
        let object = LdsSecurityObject::new(DigestAlgorithm::Sha256, hashes).unwrap();
        let read = LdsSecurityObject::parse(&object.to_der().unwrap()).unwrap();
        prop_assert!(read.hashes().map(|(number, _)| number).eq(numbers));
        prop_assert_eq!(read, object);
    }

    #[test]
    fn a_face_is_read_back_as_it_was_written(image in image(), sex in sex()) {
        let group = Dg2::new(FaceImage::new(image, sex));
        prop_assert_eq!(Dg2::parse(&group.to_bytes()).unwrap(), group);
    }

    #[test]
    fn ef_atr_info_and_ef_com_are_read_back_as_they_were_written(
        max_command in 5u32.., max_response in 3u32.., groups in vec(1u8..=16, 0..16),
    ) {
        let info = EfAtrInfo {
            extended_length: Some(ExtendedLengthInformation { max_command, max_response }),
            ..EfAtrInfo::default()
        };
        prop_assert_eq!(EfAtrInfo::parse(&info.to_bytes()).unwrap(), info);
        let com = EfCom::new(groups.clone()).unwrap();
        prop_assert!(EfCom::parse(&com.to_bytes()).unwrap().data_groups().eq(groups));
    }

    #[test]
    fn dates_survive_the_card_and_know_their_latest_day(date in partial_date()) {
        let stored = date.to_yyyymmdd();
        prop_assert_eq!(stored.parse::<PartialDate>().unwrap(), date);
        if let Some(latest) = date.latest_possible() {
            prop_assert_eq!(date.year(), Some(latest.year()));
            prop_assert!(date.month().is_none_or(|month| month == latest.month()));
            // and there is no later day that the date could be
            let next = Date::new(latest.year(), latest.month(), latest.day() + 1)
                .or_else(|_| Date::new(latest.year(), latest.month() + 1, 1));
            let fits = |day: Date| {
                date.year() == Some(day.year())
                    && date.month().is_none_or(|month| month == day.month())
                    && date.day().is_none_or(|of_month| of_month == day.day())
            };
            prop_assert!(fits(latest) && !next.is_ok_and(fits));
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused_without_panic(bytes in vec(any::<u8>(), 0..200)) {
        decode_everything(&bytes);
    }

    #[test]
    fn any_text_is_decoded_or_refused_without_panic(text in "\\PC{0,90}", line in "[A-Z0-9<]{88,92}") {
        decode_everything(text.as_bytes());
        decode_everything(line.as_bytes());
    }

    #[test]
    fn damaged_files_are_decoded_or_refused_without_panic(
        group in group(), infos in security_infos(), image in image(), place in any::<prop::sample::Index>(),
        byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let files = [
            group.encode(),
            Dg14::new(infos).to_bytes().unwrap(),
            Dg2::new(FaceImage::new(image, Sex::Male)).to_bytes(),
        ];
        for mut file in files {
            let place = place.index(file.len());
            file[place] = byte;
            decode_everything(&file);
            file.truncate(cut.index(file.len()));
            decode_everything(&file);
        }
    }
}
