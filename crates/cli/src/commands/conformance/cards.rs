//! The cards that are tested: specimens, copies of a card file, or the one in a reader.

use std::time::Duration;

use applet_sim::{Chip, Environment, MemoryStore};
use conformance::{Authorities, Codes, Sample, Samples, Specimens};
use host_lib::TransportError;
use lds::Mrz;
use zeroize::Zeroizing;

use crate::Manner;
use crate::arguments::conformance::Conformance;
use crate::card_file::{self, Transport};
use crate::codes::{CodeName, CodeReader};
use crate::document::CardPlace;
use crate::failure::Failure;
use crate::interrupt;
use crate::reader::{self, Route};

/// Where the cards of the cases come from.
pub(super) enum Cards {
    Specimens(Specimens),
    Copies {
        file: Zeroizing<Vec<u8>>,
        codes: Codes,
    },
    Reader {
        card: Transport,
        codes: Codes,
    },
}

impl Cards {
    pub(super) fn open(
        arguments: &Conformance,
        authorities: &Authorities,
        manner: Manner,
    ) -> Result<(Self, CardPlace), Failure> {
        if let Some(path) = &arguments.card {
            // Whether it is a card is found out here, once, and the file is nobody else's meanwhile.
            let memory = card_file::load(path)?.into_memory();
            let file = std::fs::read(path).map_err(|error| Failure::file(path, error))?;
            drop(memory);
            let cards = Self::Copies {
                file: Zeroizing::new(file),
                codes: codes(arguments, manner)?,
            };
            return Ok((cards, CardPlace::file(path)));
        }
        let Some(wanted) = &arguments.reader else {
            let specimens =
                Specimens::new(authorities).map_err(|error| Failure::Issuing(error.into()))?;
            return Ok((Self::Specimens(specimens), CardPlace::memory()));
        };
        let codes = codes(arguments, manner)?;
        let route = Route {
            wanted,
            wait: Duration::ZERO,
            short_apdus: arguments.short_apdus,
        };
        let (card, name) = reader::open(&route, &interrupt::armed())?;
        Ok((Self::Reader { card, codes }, CardPlace::reader(name)))
    }
}

impl Samples for Cards {
    fn next(&mut self) -> Result<Sample<'_>, TransportError> {
        match self {
            Self::Specimens(specimens) => specimens.next(),
            Self::Copies { file, codes } => {
                let memory = MemoryStore::from_bytes(file.to_vec());
                let chip = Chip::open(memory, Environment::system())
                    .map_err(|error| TransportError::Other(error.to_string()))?;
                Ok(Sample {
                    card: card_file::on_a_reader(chip),
                    codes: codes.clone(),
                })
            }
            Self::Reader { card, codes } => Ok(Sample {
                card: Box::new(card),
                codes: codes.clone(),
            }),
        }
    }

    fn are_fresh(&self) -> bool {
        !matches!(self, Self::Reader { .. })
    }
}

fn codes(arguments: &Conformance, manner: Manner) -> Result<Codes, Failure> {
    let flags = arguments.codes;
    let mut reader = CodeReader::new(
        manner.language,
        &[
            (CodeName::Can, flags.can_stdin),
            (CodeName::Pin, flags.pin_stdin),
            (CodeName::Puk, flags.puk_stdin),
            (CodeName::Mrz, flags.mrz_stdin),
        ],
    );
    let can = reader.obtain(CodeName::Can)?;
    let pin = reader.obtain(CodeName::Pin)?;
    let puk = reader.obtain(CodeName::Puk)?;
    // A card without ICAO application has no zone; nobody is asked for one.
    let mrz = match reader.would_ask(CodeName::Mrz) {
        true => None,
        false => Some(zone(&reader.obtain(CodeName::Mrz)?)?),
    };
    Ok(Codes { can, pin, puk, mrz })
}

/// Document number, birth date and expiry date, from these or from the whole zone.
fn zone(text: &str) -> Result<[Zeroizing<String>; 3], Failure> {
    let mut parts = text
        .split(',')
        .map(|part| Zeroizing::new(part.trim().to_owned()));
    if let (Some(number), Some(birth), Some(expiry), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    {
        return Ok([number, birth, expiry]);
    }
    let mrz = Mrz::parse(text).map_err(|_| Failure::CodeUnreadable {
        name: CodeName::Mrz,
    })?;
    let fields = [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()];
    Ok(fields.map(|field| Zeroizing::new(field.to_owned())))
}
