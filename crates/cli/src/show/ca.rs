//! Certificates and lists of the natural-person PKI as text for people.

use std::io::{self, Write};

use super::{Rows, heading};
use crate::document::ca::{CitizenCa, CitizenCaDone};
use crate::language::{Bilingual, Language};

pub(super) fn print(ca: &CitizenCa, language: Language, out: &mut impl Write) -> io::Result<()> {
    let done = match ca.done {
        CitizenCaDone::GenerationBegun => {
            Bilingual::new("已啟用新一代金鑰", "A generation has begun")
        }
        CitizenCaDone::Certified => Bilingual::new("已簽發憑證", "Certified"),
        CitizenCaDone::Renewed => Bilingual::new("已換發憑證", "Renewed"),
        CitizenCaDone::Revoked => Bilingual::new("已廢止或停用", "Revoked or suspended"),
        CitizenCaDone::Released => Bilingual::new("已復用", "Released"),
        CitizenCaDone::ListsPublished => {
            Bilingual::new("已簽發並公布廢止清冊", "Lists signed and published")
        }
    };
    heading(out, language, done)?;
    let mut rows = Rows::new(language);
    if let Some(generation) = ca.generation {
        rows.row("世代", "Generation", &generation.to_string());
    }
    if let Some(serial) = &ca.serial {
        rows.row("憑證序號", "Serial number", serial);
    }
    if let Some(certificate) = &ca.certificate {
        rows.row("憑證檔", "Certificate", &certificate.file);
        rows.row("金鑰用途", "Use of the key", certificate.use_of_key);
        rows.row(
            "持有人識別碼",
            "The person's characters",
            &certificate.subject_number,
        );
        rows.row("有效期自", "Valid from", &certificate.valid_from);
        rows.row("有效期至", "Valid until", &certificate.valid_until);
    }
    for list in &ca.lists {
        rows.row("廢止清冊", "List", &list.file);
        rows.row("清冊編號", "List number", &list.list_number.to_string());
        rows.row("筆數", "Certificates on it", &list.entries.to_string());
        rows.row("下次更新期限", "Next list due", &list.next_update);
    }
    rows.table.print(out)?;
    if matches!(ca.done, CitizenCaDone::Revoked | CitizenCaDone::Released) {
        let note = Bilingual::new(
            "下一份清冊始生效：請執行 neweid ca publish。",
            "Nobody knows before the next list: run neweid ca publish.",
        );
        writeln!(out, "\n  {}", note.say(language))?;
    }
    Ok(())
}
