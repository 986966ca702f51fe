//! `neweid verify-signature`: whose signature it is, and whether to rely on it. Needs no card.

use std::fs::File;

use pki::{Certificate, PathReport};
use signing::{Error, MessageDigest, SignedData, Verifier};

use crate::arguments::certificates::VerifySignature;
use crate::authorities::Authorities;
use crate::document::certificates::CheckedSignature;
use crate::document::{Outcome, Refusal, Text};
use crate::exit::Exit;
use crate::failure::{Failure, SigningFault};
use crate::files::{self, Existing};
use crate::language::Language;
use crate::message_file;
use crate::path_report;

/// What a message turned out to be.
#[derive(Default)]
struct Finding {
    signer: Option<Certificate>,
    signing_time: Option<String>,
    cades_baseline: bool,
    path: Option<PathReport>,
}

pub(crate) fn run(arguments: &VerifySignature) -> Result<(Outcome, Exit), Failure> {
    let existing = Existing::by_force(arguments.force);
    if let Some(out) = &arguments.content_out {
        files::must_be_free(out, existing)?;
    }
    let authorities = Authorities::read(&arguments.trust)?;
    let message = message_file::read(&arguments.signature)?;
    let mut finding = Finding::default();
    let verdict = check(arguments, &message, &authorities, &mut finding)?;
    let mut content_file = None;
    let fault = match verdict {
        Ok(content) => {
            if let Some(out) = &arguments.content_out {
                let content = content.ok_or_else(detached_has_no_content)?;
                files::write(out, &content, existing)?;
                content_file = Some(out.display().to_string());
            }
            None
        }
        Err(error) => Some(SigningFault(error)),
    };
    let exit = match &fault {
        None => Exit::Success,
        Some(_) => Exit::NotVerified,
    };
    let refusal = fault.map(|fault| Refusal {
        code: fault.code(),
        reason: Text {
            zh: fault.what(Language::ZhTw),
            en: fault.what(Language::En),
        },
    });
    let outcome = CheckedSignature {
        signature: arguments.signature.display().to_string(),
        document: arguments
            .document
            .as_ref()
            .map(|path| path.display().to_string()),
        content_file,
        signer: finding.signer.as_ref().map(Into::into),
        signing_time: finding.signing_time,
        cades_baseline: finding.cades_baseline,
        checks: finding
            .path
            .as_ref()
            .map(path_report::checks)
            .unwrap_or_default(),
        verified: refusal.is_none(),
        refusal,
    };
    Ok((Outcome::CheckedSignature(outcome), exit))
}

/// The content, if it is in the message and everything is right; what is wrong otherwise. Fails where nothing could be checked.
fn check(
    arguments: &VerifySignature,
    message: &[u8],
    authorities: &Authorities,
    finding: &mut Finding,
) -> Result<Result<Option<Vec<u8>>, Error>, Failure> {
    let signed = match SignedData::parse(message) {
        Ok(signed) => signed,
        Err(error) => return Ok(Err(error)),
    };
    let validator = authorities.validator();
    let time = authorities.time()?;
    if let Ok(signer) = signed.signer_certificate() {
        finding.signer = Some(signer.clone());
        finding.path = Some(validator.report(signer, signed.certificates(), time));
    }
    let verifier = Verifier::new(&validator, time);
    let digest = match (&arguments.document, signed.is_detached()) {
        (Some(path), true) => {
            let file = |error| Failure::file(path, error);
            let mut document = File::open(path).map_err(file)?;
            let digest = MessageDigest::read(signed.digest_algorithm(), &mut document);
            Some(digest.map_err(file)?)
        }
        (None, true) => return Err(document_is_missing()),
        (Some(_), false) => return Err(document_is_inside()),
        (None, false) => None,
    };
    let verdict = match &digest {
        Some(digest) => verifier
            .detached(&signed, digest)
            .map(|signature| (None, signature)),
        None => verifier
            .attached(&signed)
            .map(|signed| (Some(signed.content.to_vec()), signed.signature)),
    };
    Ok(verdict.map(|(content, signature)| {
        finding.signing_time = signature.signing_time.map(|time| time.to_string());
        finding.cades_baseline = signature.is_cades_baseline();
        content
    }))
}

fn document_is_missing() -> Failure {
    Failure::Usage {
        zh: "此簽章不含文件：請在其後指定所簽的文件。".to_owned(),
        en: "The signature does not contain what was signed: name the document behind it."
            .to_owned(),
    }
}

fn document_is_inside() -> Failure {
    Failure::Usage {
        zh: "此訊息已含所簽的文件，不得另外指定；可用 --content-out 取出。".to_owned(),
        en: "The message contains what was signed, so none can be named beside it; --content-out takes it out."
            .to_owned(),
    }
}

fn detached_has_no_content() -> Failure {
    Failure::Usage {
        zh: "此簽章不含文件，無從取出。".to_owned(),
        en: "The signature does not contain what was signed, so nothing can be taken out."
            .to_owned(),
    }
}
