//! `neweid decrypt`: a message that somebody encrypted for the holder.

use std::path::{Path, PathBuf};

use signing::{EnvelopedData, RejectionSecret};

use crate::Manner;
use crate::arguments::certificates::Decrypt;
use crate::certificates::unlock;
use crate::commands::issue::system_randomness;
use crate::document::Outcome;
use crate::document::certificates::Decrypted;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::message_file;
use rand_core::Rng;

pub(crate) fn run(arguments: &Decrypt, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let path = &arguments.message;
    let existing = Existing::by_force(arguments.force);
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => without_ending(path)?,
    };
    files::must_be_free(&out, existing)?;
    let message = EnvelopedData::parse(&message_file::read(path)?)?;
    let mut random = [0; 32];
    system_randomness().fill_bytes(&mut random);
    let secret = RejectionSecret::new(random);
    let mut desk = arguments.holder.desk(manner, false)?;
    let (opened, place) = desk.open_with_pin2(|application, codes| {
        let mut unlocked = unlock(application, codes)?;
        let mut key = unlocked.decipher_key()?;
        Ok(message.decrypt(&mut key, &secret)?)
    })?;
    files::write(&out, &opened.content, existing)?;
    let outcome = Decrypted {
        place,
        message: path.display().to_string(),
        file: out.display().to_string(),
        bytes: opened.content.len(),
        authenticated: opened.authenticated,
    };
    Ok((Outcome::Decrypted(outcome), Exit::Success))
}

fn without_ending(path: &Path) -> Result<PathBuf, Failure> {
    match path.extension() {
        Some(extension) if extension == "p7m" => Ok(path.with_extension("")),
        _ => Err(Failure::Usage {
            zh: "請以 --out 指定輸出檔：訊息檔名不以 .p7m 結尾。".to_owned(),
            en: "Name the file to write with --out: the message's name does not end in .p7m."
                .to_owned(),
        }),
    }
}
