//! Files with a CMS message: DER, the textual encoding (RFC 7468), or S/MIME as mail carries it.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::language::Bilingual;

/// The longest message that is read, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The labels under which programs write a CMS message.
const LABELS: [&str; 2] = ["CMS", "PKCS7"];

/// The message in a file, as DER or BER.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = |error| Failure::file(path, error);
    let not_usable = |zh, en| Failure::NotUsable {
        path: path.to_owned(),
        why: Bilingual::new(zh, en),
    };
    if fs::metadata(path).map_err(file)?.len() > LARGEST {
        return Err(not_usable("檔案過大。", "too large."));
    }
    let contents = fs::read(path).map_err(file)?;
    let text = std::str::from_utf8(&contents).ok();
    let decoded = match text.map(|text| (Form::of(text), text)) {
        Some((Some(Form::Textual), text)) => textual(text),
        Some((Some(Form::Mail), text)) => mail(text),
        _ => return Ok(contents),
    };
    decoded.ok_or_else(|| {
        not_usable(
            "不是 CMS 訊息：須為 DER、PEM 或 S/MIME（application/pkcs7-mime）。",
            "not a CMS message in DER, PEM or S/MIME (application/pkcs7-mime).",
        )
    })
}

enum Form {
    Textual,
    Mail,
}

impl Form {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim_start();
        if text.starts_with("-----BEGIN") {
            return Some(Self::Textual);
        }
        let first = text.lines().next()?;
        let name = first.split_once(':')?.0;
        let header = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (!name.is_empty() && name.bytes().all(header)).then_some(Self::Mail)
    }
}

fn textual(text: &str) -> Option<Vec<u8>> {
    let (label, message) = pem_rfc7468::decode_vec(text.trim().as_bytes()).ok()?;
    LABELS.contains(&label).then_some(message)
}

/// What stands behind the header of an S/MIME message (RFC 8551 §3.2), which is base64 as in the textual encoding.
fn mail(text: &str) -> Option<Vec<u8>> {
    let text = text.replace("\r\n", "\n");
    let (header, body) = text.split_once("\n\n")?;
    header
        .to_ascii_lowercase()
        .contains("pkcs7-mime")
        .then_some(())?;
    let [label, _] = LABELS;
    let body = body.trim();
    textual(&format!(
        "-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &[u8]) -> Option<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("message");
        fs::write(&path, text).unwrap();
        read(&path).ok()
    }

    #[test]
    fn the_three_forms_of_a_message_are_the_same_message() {
        let der = [0x30, 0x03, 0x02, 0x01, 0x05];
        let mail = "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\nMAMCAQU=\r\n\r\n";
        for form in [
            &der[..],
            b"-----BEGIN CMS-----\nMAMCAQU=\n-----END CMS-----\n",
            b"-----BEGIN PKCS7-----\nMAMCAQU=\n-----END PKCS7-----\n",
            mail.as_bytes(),
        ] {
            assert_eq!(read_text(form).unwrap(), der);
        }
    }

    #[test]
    fn text_that_is_no_message_is_refused() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n",
            "-----BEGIN CMS-----\nMAMC!QU=\n-----END CMS-----\n",
            "Content-Type: multipart/signed; boundary=x\n\nMAMCAQU=\n",
            "MIME-Version: 1.0\nContent-Type: application/pkcs7-mime",
        ] {
            assert!(read_text(text.as_bytes()).is_none(), "{text}");
        }
    }
}
