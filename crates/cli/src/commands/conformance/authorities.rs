//! The three authorities as a folder: for each type of terminal a certificate and a key.

use std::path::Path;

use conformance::{Authorities, Authority};
use cvc::{CvCertificate, TerminalType};
use issuer::{expose_signing_key_pem, signing_key_from_pem};
use zeroize::Zeroizing;

use crate::document::conformance::WrittenAuthorities;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::language::Bilingual;

/// What the files are called before the dot.
const NAMES: [(TerminalType, &str); 3] = [
    (TerminalType::InspectionSystem, "inspection-system"),
    (
        TerminalType::AuthenticationTerminal,
        "authentication-terminal",
    ),
    (TerminalType::SignatureTerminal, "signature-terminal"),
];

/// The authorities in this folder, or those that everybody knows.
pub(super) fn read(folder: Option<&Path>) -> Result<Authorities, Failure> {
    let Some(folder) = folder else {
        return known();
    };
    let mut roots = Vec::new();
    for (_, name) in NAMES {
        let path = folder.join(name).with_extension("cvcert");
        let bytes = std::fs::read(&path).map_err(|error| Failure::file(&path, error))?;
        let certificate = CvCertificate::parse(&bytes).map_err(|_| Failure::NotUsable {
            path,
            why: Bilingual::new("不是 CV 憑證", "is no card-verifiable certificate"),
        })?;
        let path = folder.join(name).with_extension("pem");
        let pem = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
        let key = signing_key_from_pem(&Zeroizing::new(pem)).map_err(|_| Failure::NotUsable {
            path,
            why: Bilingual::new("不是金鑰檔", "is no key file"),
        })?;
        roots.push(Authority { key, certificate });
    }
    let unusable = || Failure::NotUsable {
        path: folder.to_owned(),
        why: Bilingual::new(
            "憑證與金鑰不相符，或終端機類型有誤",
            "certificates and keys do not belong together, or are for another type of terminal",
        ),
    };
    let roots = roots.try_into().map_err(|_| unusable())?;
    Authorities::new(roots).map_err(|_| unusable())
}

/// Writes those that everybody knows.
pub(super) fn write(folder: &Path) -> Result<WrittenAuthorities, Failure> {
    let authorities = known()?;
    files::make_folder_if_named(folder)?;
    let mut written = Vec::new();
    for (terminal_type, name) in NAMES {
        let root = authorities.root(terminal_type);
        let path = folder.join(name).with_extension("cvcert");
        files::write_public(&path, &root.certificate.to_bytes())?;
        written.push(path.display().to_string());
        let path = folder.join(name).with_extension("pem");
        let pem = expose_signing_key_pem(&root.key).map_err(Failure::Issuing)?;
        files::write(&path, pem.as_bytes(), Existing::Keep)?;
        written.push(path.display().to_string());
    }
    Ok(WrittenAuthorities {
        authorities: folder.display().to_string(),
        files: written,
    })
}

fn known() -> Result<Authorities, Failure> {
    Authorities::specimen().map_err(|error| Failure::Issuing(error.into()))
}
