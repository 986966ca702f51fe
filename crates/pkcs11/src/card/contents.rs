//! What is on a card: the keys that its directory files name.

use host_lib::{
    CardTransport, CertificateApplication, Error, FunctionState, KeySlot, PrivateKeyObject,
};
use pki::{DigestAlgorithm, PublicKey};

/// What was found on a card without PIN2.
#[derive(Debug)]
pub(crate) struct Contents {
    /// Whether the natural-person certificate can be used.
    pub(crate) state: FunctionState,
    /// The keys.
    pub(crate) entries: Vec<Entry>,
}

/// A key.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its place.
    pub(crate) slot: KeySlot,
    /// What EF.PrKDF says of it.
    pub(crate) key: PrivateKeyObject,
    /// Its public half.
    pub(crate) public_key: PublicKey,
    /// Its certificate in DER, on a card that gives it without PIN2.
    pub(crate) certificate: Option<Vec<u8>>,
    /// The label of the certificate, if EF.CDF names one.
    pub(crate) certificate_label: Option<String>,
}

impl Contents {
    /// Reads them.
    pub(super) fn read<T: CardTransport>(
        application: &mut CertificateApplication<'_, '_, T>,
    ) -> Result<Self, Error> {
        let mut entries = Vec::new();
        for found in application.slots().collect::<Vec<_>>() {
            let slot = found.slot;
            let Some(key) = application.private_key(slot).cloned() else {
                continue;
            };
            let public_key = application.public_key(slot)?;
            let certificate = match application.certificate(slot) {
                Ok(certificate) => Some(certificate.as_der().to_vec()),
                Err(Error::AccessDenied { .. } | Error::Unsupported(_)) => None,
                Err(error) => return Err(error),
            };
            let object = application.certificate_object(slot);
            let certificate_label = object.map(|object| object.label.clone().unwrap_or_default());
            entries.push(Entry {
                slot,
                key,
                public_key,
                certificate,
                certificate_label,
            });
        }
        Ok(Self {
            state: application.state(),
            entries,
        })
    }

    /// Whether this is still the card, with the same keys, that they were read from.
    pub(super) fn are_those_of<T: CardTransport>(
        &self,
        application: &mut CertificateApplication<'_, '_, T>,
    ) -> Result<bool, Error> {
        if self.state != application.state() {
            return Ok(false);
        }
        let there: Vec<_> = application
            .slots()
            .map(|it| (it.slot, it.has_certificate))
            .collect();
        let known: Vec<_> = self
            .entries
            .iter()
            .map(|it| (it.slot, it.certificate_label.is_some()))
            .collect();
        if there != known {
            return Ok(false);
        }
        // One key tells two cards apart.
        match self.entries.first() {
            Some(entry) => Ok(application.public_key(entry.slot)? == entry.public_key),
            None => Ok(true),
        }
    }

    /// A number for the card: sixteen hexadecimal digits that follow from its public keys.
    #[must_use]
    pub(crate) fn serial_number(&self) -> String {
        let keys = self.entries.iter();
        let keys: Vec<u8> = keys
            .filter_map(|entry| entry.public_key.to_der().ok())
            .flatten()
            .collect();
        let hash = DigestAlgorithm::Sha256.digest(&keys);
        hash.iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
