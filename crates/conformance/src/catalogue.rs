//! Every identifier of the documents, in their order.

use std::sync::OnceLock;

use crate::Part;
use crate::profile::Requirement;

/// An identifier of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The identifier. No two parts have the same.
    pub id: &'static str,
    /// Of which document it is.
    pub part: Part,
    /// The profile line, or since when there is none.
    pub profile: &'static str,
    /// What it supposes of the card, or the document's word that the case is no more.
    pub standing: Standing,
}

/// Whether there is anything to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The case is carried out where the card meets this.
    InForce(Vec<Requirement>),
    /// The document has taken it back; since when, or to where it went.
    Withdrawn(&'static str),
}

impl Entry {
    /// The unit of the document to which an identifier belongs: all before its last number.
    #[must_use]
    pub fn unit(id: &str) -> &str {
        id.rsplit_once('_').map_or(id, |(unit, _)| unit)
    }
}

/// Every identifier of TR-03105-3.2 version 1.5.1 and of TR-03105-3.3 version 1.1, each in the order of its document, from
/// `data/tr-03105-3.2.txt` and `data/tr-03105-3.3.txt`, which say what was made of tables and of units that went elsewhere.
/// Rows of a table are identifiers of their own; the template above them is none.
#[must_use]
#[expect(
    clippy::panic,
    reason = "the list is part of this crate, and a test reads it"
)]
pub fn catalogue() -> &'static [Entry] {
    static LIST: OnceLock<Vec<Entry>> = OnceLock::new();
    LIST.get_or_init(|| {
        let lines = Part::ALL
            .into_iter()
            .flat_map(|part| part.identifiers().lines().map(move |line| (part, line)));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(part, line)| {
                entry(part, line).unwrap_or_else(|reason| panic!("{line}: {reason}"))
            })
            .collect()
    })
}

fn entry(part: Part, line: &'static str) -> Result<Entry, String> {
    let (id, rest) = line.split_once('|').ok_or("no profile line")?;
    let rest = rest.trim();
    let standing = match rest.strip_prefix("withdrawn:") {
        Some(words) => Standing::Withdrawn(words.trim()),
        None => Standing::InForce(
            rest.split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(str::parse)
                .collect::<Result<_, _>>()?,
        ),
    };
    Ok(Entry {
        id: id.trim(),
        part,
        profile: rest,
        standing,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The numbers of the documents' tables of contents, with the rows of their tables. `ISO7816_I` and `ISO7816_II` are those of
    /// version 1.4.1; what version 1.5.1 itself has are 149.
    #[test]
    fn the_catalogue_has_every_identifier_of_the_documents_once() {
        let ids: BTreeSet<_> = catalogue().iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), catalogue().len());
        for (part, count, gone) in [(Part::Eac1, 181, 15), (Part::Eac2, 608, 40)] {
            let entries = catalogue().iter().filter(|entry| entry.part == part);
            let withdrawn = |entry: &&Entry| matches!(entry.standing, Standing::Withdrawn(_));
            let found = (entries.clone().count(), entries.filter(withdrawn).count());
            assert_eq!(found, (count, gone), "{part}");
        }
        for (unit, count) in [
            ("ISO7816_H_", 16),
            ("ISO7816_I_", 17),
            ("ISO7816_II_", 15),
            ("ISO7816_J_", 56),
            ("ISO7816_K_", 21),
            ("ISO7816_L_", 16),
            ("ISO7816_M_", 6),
            ("ISO7816_N_", 1),
            ("LDS_E_", 5),
            ("LDS_F_", 1),
            ("LDS_G_", 11),
            ("LDS_H_", 11),
            ("LDS_L_", 5),
            ("EAC2_ISO7816_H_", 52),
            ("EAC2_ISO7816_I_", 17),
            ("EAC2_ISO7816_J_", 52),
            ("EAC2_ISO7816_K_", 16),
            ("EAC2_ISO7816_L_", 89),
            ("EAC2_ISO7816_M_", 8),
            ("EAC2_ISO7816_N_", 2),
            ("EAC2_ISO7816_O_", 64),
            ("EAC2_ISO7816_P_", 21),
            ("EAC2_ISO7816_Q_", 22),
            ("EAC2_ISO7816_R_", 12),
            ("EAC2_ISO7816_T_", 5),
            ("EAC2_ISO7816_U_", 182),
            ("EAC2_ISO7816_V_", 12),
            ("EAC2_DATA_A_", 10),
            ("EAC2_DATA_B_", 11),
            ("EAC2_DATA_C_", 12),
            ("EAC2_EIDDATA_B_", 21),
        ] {
            let found = ids.iter().filter(|id| id.starts_with(unit)).count();
            assert_eq!(found, count, "{unit}");
        }
    }

    #[test]
    fn every_executable_case_is_in_the_catalogue_and_in_force_and_once() {
        let mut seen = BTreeSet::new();
        for case in crate::cases() {
            let entry = catalogue().iter().find(|entry| entry.id == case.id());
            let in_force = entry.map(|entry| matches!(entry.standing, Standing::InForce(_)));
            assert_eq!(in_force, Some(true), "{}", case.id());
            assert!(seen.insert(case.id()), "{} twice", case.id());
            assert!(!case.title().is_empty(), "{}", case.id());
        }
    }
}
