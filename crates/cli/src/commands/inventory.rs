//! `neweid inventory`: every file of the holder's own card, and what he may see of it (晶片資料清單).

use host_lib::{DenialReason, Directory, FileAccess, InventoryEntry, Lang};

use crate::Manner;
use crate::arguments::Inventory;
use crate::codes::CodeName;
use crate::commands::read::reading_codes;
use crate::document::inventory::{Access, Listed, ListedFile};
use crate::document::{Outcome, Text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session;

pub(crate) fn run(arguments: &Inventory, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let mut codes = reading_codes(arguments.codes, manner);
    session::ask_ahead(&arguments.card, &[CodeName::Pin], &mut codes)?;
    // The ICAO application opens to the MRZ alone; its files are listed as closed unless the MRZ was given.
    let with_mrz = !codes.would_ask(CodeName::Mrz);
    let (mut card, place) = arguments.card.open(manner)?;
    let mut entries = session::with_pin(&mut card, &mut codes)?.inventory()?;
    if with_mrz {
        let inside = session::with_mrz(&mut card, &mut codes)?.inventory()?;
        entries.retain(|entry| entry.directory != Directory::Icao);
        entries.extend(
            inside
                .into_iter()
                .filter(|entry| entry.directory == Directory::Icao),
        );
    }
    let files = entries.iter().map(listed).collect();
    let listed = Listed { place, files };
    Ok((Outcome::Inventory(listed), Exit::Success))
}

fn listed(entry: &InventoryEntry) -> ListedFile {
    let both = |say: &dyn Fn(Lang) -> String| Text {
        zh: say(Lang::ZhTw),
        en: say(Lang::En),
    };
    let (access, bytes, reason) = match entry.access {
        FileAccess::Readable(bytes) => (Access::Readable, bytes, None),
        FileAccess::Refused(reason) => (
            match reason {
                DenialReason::NeedsAgency => Access::Agency,
                DenialReason::NeedsPrivilegedAgency => Access::PrivilegedAgency,
                DenialReason::NeedsMrz => Access::Mrz,
                _ => Access::Refused,
            },
            None,
            Some(both(&|lang| reason.describe(lang))),
        ),
        // A later library knows more kinds; none of them is readable.
        _ => (Access::Refused, None, None),
    };
    ListedFile {
        directory: match entry.directory {
            Directory::MasterFile => "master_file",
            Directory::Eid => "eid",
            _ => "icao",
        },
        directory_label: both(&|lang| entry.directory.label(lang).to_owned()),
        id: format!("{:04X}", entry.id.0),
        name: entry.name(),
        label: both(&|lang| entry.label(lang).to_owned()),
        access,
        bytes,
        reason,
        signed: entry.signed,
    }
}
