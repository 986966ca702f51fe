//! The fictional holders of `profiles/`, who stress the data.

use crate::profile::Profile;

/// A fictional holder: a name for the case and the profile's text.
#[derive(Clone, Copy, Debug)]
pub struct SpecimenHolder {
    /// What is special about the holder, in the file name's words.
    pub case: &'static str,
    /// The profile as it stands in `profiles/`.
    pub toml: &'static str,
}

impl SpecimenHolder {
    /// The profile, read and checked.
    #[expect(
        clippy::expect_used,
        reason = "the text is part of this crate, and a test reads it"
    )]
    pub fn profile(&self) -> Profile {
        Profile::from_toml(self.toml).expect("a specimen's profile is valid")
    }
}

const HOLDERS: [SpecimenHolder; 10] = [
    SpecimenHolder {
        case: "wang-xiaoming",
        toml: Profile::EXAMPLE,
    },
    SpecimenHolder {
        case: "long-romanized-name",
        toml: include_str!("../../profiles/long-romanized-name.toml"),
    },
    SpecimenHolder {
        case: "rare-ideographs",
        toml: include_str!("../../profiles/rare-ideographs.toml"),
    },
    SpecimenHolder {
        case: "unmarried",
        toml: include_str!("../../profiles/unmarried.toml"),
    },
    SpecimenHolder {
        case: "parents-labels",
        toml: include_str!("../../profiles/parents-labels.toml"),
    },
    SpecimenHolder {
        case: "resident-number",
        toml: include_str!("../../profiles/resident-number.toml"),
    },
    SpecimenHolder {
        case: "unknown-birth-date",
        toml: include_str!("../../profiles/unknown-birth-date.toml"),
    },
    SpecimenHolder {
        case: "no-portrait",
        toml: include_str!("../../profiles/no-portrait.toml"),
    },
    SpecimenHolder {
        case: "under-fourteen",
        toml: include_str!("../../profiles/under-fourteen.toml"),
    },
    SpecimenHolder {
        case: "no-certificate",
        toml: include_str!("../../profiles/no-certificate.toml"),
    },
];

/// The holders, the default specimen first.
///
/// ```
/// let cases: Vec<_> = issuer::specimen::holders().iter().map(|holder| holder.case).collect();
/// assert!(cases.contains(&"under-fourteen"));
/// ```
pub fn holders() -> &'static [SpecimenHolder] {
    &HOLDERS
}

pub(crate) fn default_holder() -> Profile {
    let [first, ..] = &HOLDERS;
    first.profile()
}
