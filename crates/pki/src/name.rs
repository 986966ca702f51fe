//! Distinguished names: comparing them, and reading the country.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::COUNTRY_NAME;
use der::asn1::{BmpString, Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Any, Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RelativeDistinguishedName};

/// Whether two names are the same, as RFC 5280 §7.1 compares them: attribute by attribute, in order, ignoring the kind of
/// string, upper and lower case, and the amount of white space. (Issuers write one name in two encodings.)
pub(crate) fn same_name(one: &Name, other: &Name) -> bool {
    one.iter_rdn().count() == other.iter_rdn().count()
        && one
            .iter_rdn()
            .zip(other.iter_rdn())
            .all(|(one, other)| same_rdn(one, other))
}

/// Whether `name` lies in the subtree of the directory below `base`, itself included (RFC 5280 §4.2.1.10).
pub(crate) fn is_below(name: &Name, base: &Name) -> bool {
    name.iter_rdn().count() >= base.iter_rdn().count()
        && name
            .iter_rdn()
            .zip(base.iter_rdn())
            .all(|(one, other)| same_rdn(one, other))
}

/// The text of each attribute of this type.
pub(crate) fn texts(name: &Name, oid: ObjectIdentifier) -> impl Iterator<Item = String> {
    let attributes = name.iter().filter(move |attribute| attribute.oid == oid);
    attributes.filter_map(|attribute| text(&attribute.value))
}

/// Whether two names have the same attributes, byte for byte, in whatever order: enough to say which of several
/// certificates is meant, never to say who issued one. (Malaysia orders a name differently in certificates and in EF.SOD.)
pub(crate) fn same_attributes(one: &Name, other: &Name) -> bool {
    let all_of = |one: &Name, other: &Name| {
        one.iter()
            .all(|attribute| other.iter().any(|it| it == attribute))
    };
    one.iter().count() == other.iter().count() && all_of(one, other) && all_of(other, one)
}

fn same_rdn(one: &RelativeDistinguishedName, other: &RelativeDistinguishedName) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|attribute| other.iter().any(|it| same_attribute(attribute, it)))
        && other
            .iter()
            .all(|attribute| one.iter().any(|it| same_attribute(attribute, it)))
}

fn same_attribute(one: &AttributeTypeAndValue, other: &AttributeTypeAndValue) -> bool {
    one.oid == other.oid
        && (one.value == other.value
            || match (text(&one.value), text(&other.value)) {
                (Some(one), Some(other)) => folded(&one) == folded(&other),
                _ => false,
            })
}

fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// The text of a DirectoryString or IA5String.
fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String => Some(value.decode_as::<Utf8StringRef<'_>>().ok()?.as_str().into()),
        Tag::PrintableString => {
            let text = value.decode_as::<PrintableStringRef<'_>>().ok()?;
            Some(text.as_str().into())
        }
        Tag::Ia5String => Some(value.decode_as::<Ia5StringRef<'_>>().ok()?.as_str().into()),
        Tag::TeletexString => {
            let text = value.decode_as::<TeletexStringRef<'_>>().ok()?;
            Some(text.as_str().into())
        }
        Tag::BmpString => Some(value.decode_as::<BmpString>().ok()?.to_string()),
        _ => None,
    }
}

/// The country code in upper case, if the name has exactly one.
pub(crate) fn country(name: &Name) -> Option<String> {
    let mut countries = name
        .iter()
        .filter(|attribute| attribute.oid == COUNTRY_NAME);
    match (countries.next(), countries.next()) {
        (Some(only), None) => text(&only.value).map(|code| code.trim().to_uppercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use core::str::FromStr;

    use super::*;

    #[test]
    fn case_space_and_kind_of_string_do_not_tell_names_apart() {
        let utf8 = Name::from_str("CN=Test  CSCA,O=Ministry,C=TW").unwrap();
        let other = Name::from_str("CN=test csca ,O=#13084d696e6973747279,C=tw").unwrap();
        assert_ne!(utf8, other);
        assert!(same_name(&utf8, &other));
    }

    #[test]
    fn order_number_and_text_of_attributes_tell_names_apart() {
        let name = Name::from_str("CN=CSCA,O=Ministry,C=TW").unwrap();
        for other in [
            "O=Ministry,CN=CSCA,C=TW",
            "CN=CSCA,C=TW",
            "CN=CSCA,O=Ministry,OU=x,C=TW",
            "CN=CSCB,O=Ministry,C=TW",
            "OU=CSCA,O=Ministry,C=TW",
        ] {
            assert!(
                !same_name(&name, &Name::from_str(other).unwrap()),
                "{other}"
            );
        }
    }

    #[test]
    fn the_country_is_read_in_upper_case() {
        let name = Name::from_str("CN=CSCA,C=tw").unwrap();
        assert_eq!(country(&name).as_deref(), Some("TW"));
        assert_eq!(country(&Name::from_str("CN=CSCA").unwrap()), None);
        assert_eq!(country(&Name::from_str("C=TW,C=DE").unwrap()), None);
    }
}
