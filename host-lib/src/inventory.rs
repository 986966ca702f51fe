//! What is on the card, file by file (晶片資料清單).

use iso7816::tlv::{self, Tag};
use iso7816::{CommandApdu, FileId, StatusWord, ins};
use transport::CardTransport;

use crate::error::{DenialReason, Error, File, Lang, Result, Step, Unsupported};
use crate::files::ReadOutcome;
use crate::groups::{Group, Zone};
use crate::read::SECURITY_OBJECT;
use crate::session::{Application, Opened, Session, fault};

/// A directory of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Directory {
    /// The master file.
    MasterFile,
    /// The eID application.
    Eid,
    /// The ICAO application.
    Icao,
}

impl Directory {
    /// Its name for people.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::MasterFile, Lang::En) => "master file",
            (Self::MasterFile, Lang::ZhTw) => "主檔案",
            (Self::Eid, Lang::En) => "eID application",
            (Self::Eid, Lang::ZhTw) => "eID 應用程式",
            (Self::Icao, Lang::En) => "ICAO application",
            (Self::Icao, Lang::ZhTw) => "ICAO 應用程式",
        }
    }
}

/// What the session that asked may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileAccess {
    /// It may be read; size in bytes, where the card says so.
    Readable(Option<u16>),
    /// It may not, and why. The card answers alike whether there is such a file or not.
    Refused(DenialReason),
}

/// One line of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InventoryEntry {
    /// Where it lies.
    pub directory: Directory,
    /// Its identifier.
    pub id: FileId,
    /// What this session may do with it.
    pub access: FileAccess,
    /// Whether the signed EF.SOD of the eID application lists it: for groups, and where EF.SOD could be read. A refused
    /// group that is listed is on the card.
    pub signed: Option<bool>,
}

/// The names of the files of docs/chip-profile.md outside the data groups.
const NAMES: &[(Directory, u16, &str, &str, &str)] = &[
    (
        Directory::MasterFile,
        0x011B,
        "EF.ChipSecurity",
        "this chip's own key",
        "晶片個別金鑰",
    ),
    (
        Directory::MasterFile,
        0x011C,
        "EF.CardAccess",
        "how to open the card",
        "開啟卡片的方式",
    ),
    (
        Directory::MasterFile,
        0x011D,
        "EF.CardSecurity",
        "the same and the batch's key, signed",
        "前項內容與批次金鑰（經簽署）",
    ),
    (
        Directory::MasterFile,
        0x2F00,
        "EF.DIR",
        "the applications",
        "應用程式清單",
    ),
    (
        Directory::MasterFile,
        0x2F01,
        "EF.ATR/INFO",
        "what the chip can do",
        "晶片功能",
    ),
    (
        Directory::MasterFile,
        0x2F02,
        "EF.GDO",
        "serial number of the card",
        "卡片序號",
    ),
    (
        Directory::Eid,
        0x011D,
        "EF.SOD",
        "hashes of the groups, signed",
        "各群組雜湊值（經簽署）",
    ),
    (
        Directory::Icao,
        0x0101,
        "DG1",
        "machine-readable zone",
        "機器可讀區",
    ),
    (Directory::Icao, 0x0102, "DG2", "face image", "相片"),
    (
        Directory::Icao,
        0x010E,
        "DG14",
        "keys for the proof of the chip",
        "晶片驗證金鑰",
    ),
    (
        Directory::Icao,
        0x010F,
        "DG15",
        "key for Active Authentication",
        "主動驗證金鑰",
    ),
    (
        Directory::Icao,
        0x011D,
        "EF.SOD",
        "hashes of the groups, signed",
        "各群組雜湊值（經簽署）",
    ),
    (
        Directory::Icao,
        0x011E,
        "EF.COM",
        "list of the groups",
        "群組清單",
    ),
];

impl InventoryEntry {
    /// Its name, such as `EF.SOD` or `DG3`; the identifier for a file that the card profile does not know.
    pub fn name(&self) -> String {
        match (self.group(), self.known()) {
            (Some(group), _) => group.to_string(),
            (None, Some((name, ..))) => (*name).to_owned(),
            (None, None) => format!("{:04X}", self.id.0),
        }
    }

    /// What is in it.
    pub fn label(&self, lang: Lang) -> &'static str {
        match (self.group(), self.known(), lang) {
            (Some(group), _, Lang::En) => group.label_en(),
            (Some(group), _, Lang::ZhTw) => group.label_zh(),
            (None, Some((_, label, _)), Lang::En) => label,
            (None, Some((_, _, label)), Lang::ZhTw) => label,
            (None, None, Lang::En) => "not in the card profile",
            (None, None, Lang::ZhTw) => "不在卡片規格內",
        }
    }

    /// The data group of the eID application, if it is one.
    pub fn group(&self) -> Option<Group> {
        let number = u8::try_from(self.id.0.checked_sub(0x0100)?).ok()?;
        let group = Group::new(number)?;
        (self.directory == Directory::Eid).then_some(group)
    }

    fn known(&self) -> Option<(&'static str, &'static str, &'static str)> {
        let mut names = NAMES.iter();
        let found =
            names.find(|(directory, id, ..)| (*directory, *id) == (self.directory, self.id.0));
        found.map(|(_, _, name, en, zh)| (*name, *en, *zh))
    }
}

impl<T: CardTransport> Session<'_, T> {
    /// Lists every file that this card shows or refuses to this session, without reading any but EF.SOD: for the holder who
    /// wants to know what his card holds, and who may see it.
    ///
    /// In each application every identifier is asked for that a short identifier can name (0101 to 011E), and in the
    /// master file besides those of ISO/IEC 7816-4, so that a file which nobody mentioned would show.
    ///
    /// ```
    /// use host_lib::{AccessCode, Card, FileAccess, Group, Lang};
    ///
    /// let mut card = Card::open(issuer::specimen::valid().card)?;
    /// let mut session = card.pace(AccessCode::pin("135790")?)?;
    /// for entry in session.inventory()? {
    ///     println!("{}: {}", entry.name(), entry.label(Lang::ZhTw));
    ///     if entry.group() == Some(Group::Dg3) {
    ///         assert!(matches!(entry.access, FileAccess::Refused(_)), "the spouse is for agencies");
    ///         assert_eq!(entry.signed, Some(true), "and is there");
    ///     }
    /// }
    /// # Ok::<(), host_lib::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::ChipMisbehaved`].
    pub fn inventory(&mut self) -> Result<Vec<InventoryEntry>> {
        self.card.link.begin();
        let mut entries = Vec::new();
        self.select(Application::MasterFile)?;
        self.list(Directory::MasterFile, None, &mut entries)?;
        match self.select(Application::Eid) {
            Ok(()) => {
                let signed = self.signed_groups()?;
                self.list(Directory::Eid, signed.as_deref(), &mut entries)?;
            }
            Err(Error::Unsupported(Unsupported::EidApplication) | Error::AccessDenied { .. }) => {}
            Err(error) => return Err(error),
        }
        match self.select(Application::Icao) {
            Ok(()) => self.list(Directory::Icao, None, &mut entries)?,
            Err(Error::AccessDenied { reason, .. }) => {
                // It does not even open; what it holds is known from the standard.
                let closed = NAMES
                    .iter()
                    .filter(|(directory, ..)| *directory == Directory::Icao);
                entries.extend(closed.map(|(directory, id, ..)| InventoryEntry {
                    directory: *directory,
                    id: FileId(*id),
                    access: FileAccess::Refused(reason),
                    signed: None,
                }));
            }
            Err(Error::Unsupported(Unsupported::IcaoApplication)) => {}
            Err(error) => return Err(error),
        }
        Ok(entries)
    }

    fn list(
        &mut self,
        directory: Directory,
        signed: Option<&[u8]>,
        entries: &mut Vec<InventoryEntry>,
    ) -> Result<()> {
        let own: &[u16] = match directory {
            Directory::MasterFile => &[0x2F00, 0x2F01, 0x2F02],
            Directory::Eid | Directory::Icao => &[],
        };
        for id in (0x0101..=0x011E).chain(own.iter().copied()) {
            let select = CommandApdu::new(0x00, ins::SELECT, 0x02, 0x04);
            let select = select.with_data(u16::to_be_bytes(id)).with_ne(256);
            let answer = self.card.link.send(&select, Step::Select)?;
            let mut entry = InventoryEntry {
                directory,
                id: FileId(id),
                access: FileAccess::Readable(None),
                signed: None,
            };
            entry.access = match answer.status {
                StatusWord::OK => FileAccess::Readable(size(&answer.data)),
                StatusWord::FILE_NOT_FOUND => continue,
                StatusWord::SECURITY_STATUS_NOT_SATISFIED => {
                    FileAccess::Refused(self.refusal(&entry, answer.status))
                }
                status => return Err(fault(Step::Select, status)),
            };
            if let (Some(group), Some(signed)) = (entry.group(), signed) {
                entry.signed = Some(signed.contains(&group.number()));
            }
            entries.push(entry);
        }
        Ok(())
    }

    fn refusal(&self, entry: &InventoryEntry, status: StatusWord) -> DenialReason {
        let is = |id| entry.directory == Directory::MasterFile && entry.id.0 == id;
        match (entry.group(), &self.opened) {
            (Some(group), Opened::Can(_) | Opened::Pin) if group.zone() == Zone::Protected => {
                DenialReason::NeedsAgency
            }
            _ if is(0x011B) => DenialReason::NeedsPrivilegedAgency,
            (None, Opened::Can(_)) if is(0x2F02) => DenialReason::NeedsPin1,
            _ => match self.denied(File::Sod, status) {
                Error::AccessDenied { reason, .. } => reason,
                _ => DenialReason::NotAuthorised(status),
            },
        }
    }

    /// The groups that EF.SOD lists, if this session may read it. Its signature is not looked at.
    fn signed_groups(&mut self) -> Result<Option<Vec<u8>>> {
        let ReadOutcome::Contents(contents) = self.card.link.read_file(SECURITY_OBJECT)? else {
            return Ok(None);
        };
        Ok(listed(&contents))
    }
}

fn listed(security_object: &[u8]) -> Option<Vec<u8>> {
    let inside = tlv::find(security_object, Tag(0x77)).ok()??;
    let signed = pki::SignedData::parse(inside).ok()?;
    let content = signed.verify(pki::oid::LDS_SECURITY_OBJECT).ok()?;
    let object = lds::LdsSecurityObject::parse(content.content).ok()?;
    Some(object.hashes().map(|(number, _)| number).collect())
}

/// The size in bytes in file control parameters (ISO/IEC 7816-4:2020, 7.4.3).
fn size(answer: &[u8]) -> Option<u16> {
    let parameters = tlv::find(answer, Tag(0x62)).ok()??;
    let size = tlv::find(parameters, Tag(0x80)).ok()??;
    Some(u16::from_be_bytes(size.try_into().ok()?))
}
