//! Simulated cards, a new one for every case.

use cvc::TrustPoints;
use issuer::specimen;
use transport::TransportError;

use crate::{Authorities, Codes, Sample, Samples};

/// Simulated specimen cards that trust these authorities.
#[derive(Debug)]
pub struct Specimens {
    trust_points: TrustPoints,
}

impl Specimens {
    /// Cards that trust these authorities.
    ///
    /// # Errors
    /// [`cvc::Error`]; none in practice.
    pub fn new(authorities: &Authorities) -> Result<Self, cvc::Error> {
        Ok(Self {
            trust_points: authorities.trust_points()?,
        })
    }
}

impl Samples for Specimens {
    fn next(&mut self) -> Result<Sample<'_>, TransportError> {
        let specimen = specimen::accepting(&self.trust_points);
        let codes = Codes {
            can: specimen.codes.can().to_owned().into(),
            pin: specimen.codes.pin1().to_owned().into(),
            puk: specimen.codes.puk().to_owned().into(),
            mrz: specimen.mrz.as_ref().map(|mrz| {
                let fields = [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()];
                fields.map(|field| field.to_owned().into())
            }),
        };
        Ok(Sample {
            card: Box::new(specimen.card),
            codes,
        })
    }

    fn are_fresh(&self) -> bool {
        true
    }
}
