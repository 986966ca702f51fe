//! The certificates of TR-03105-3.3, 2.4, under the document's names: regular ones, and those that break a rule.

mod authentication;
mod day;
mod draft;
mod extensions;
mod inspection;
mod row;
mod short;
mod template;

pub(crate) use day::{after, before};
pub(crate) use extensions::{SECTORS, eid_access};

use cvc::{SignatureAlgorithm, SigningKey, TerminalType};
use secure_channel::{Curve, EcPrivateKey};

use self::draft::Draft;
use self::short::ShortKey;
use crate::authorities::Authority;
use crate::{Authorities, Stop};

/// A certificate as it is sent. Its parts may be anything.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Its Certification Authority Reference, for MSE:Set DST.
    pub authority: Vec<u8>,
    /// Its Certificate Holder Reference.
    pub holder: Vec<u8>,
    /// DO 7F4E, whole.
    pub body: Vec<u8>,
    /// DO 5F37, whole.
    pub signature: Vec<u8>,
    /// The document's name of the certified key pair.
    pub key: &'static str,
}

impl Certificate {
    /// What PSO:VERIFY CERTIFICATE takes.
    #[must_use]
    pub fn to_value(&self) -> Vec<u8> {
        [&self.body[..], &self.signature].concat()
    }
}

impl Authorities {
    /// The certificate that the document calls so.
    ///
    /// # Errors
    /// [`Stop::Bench`] for a name that the document has not.
    pub fn certificate(&self, name: &str) -> Result<Certificate, Stop> {
        let mut rows = inspection::ROWS.iter().chain(authentication::ROWS);
        let row = rows.find(|row| row.name == name);
        let draft = row.map(|row| Draft::new(self, row)).or_else(|| {
            let mut templates = authentication::TEMPLATES.iter();
            templates.find_map(|template| template.draft(self, name))
        });
        let draft = draft.ok_or_else(|| Stop::Bench {
            at: name.into(),
            reason: "there is no certificate of this name".into(),
        })?;
        draft?.signed(self)
    }

    /// The key pair that the document calls so (2.3), the same every time. It has the algorithm and the curve of the authority
    /// whom the card trusts; those of set 13, which leads to other ones, have others.
    ///
    /// # Errors
    /// [`Stop::Bench`] for the two key pairs of set 14 that are too short to be used.
    pub fn key(&self, name: &str) -> Result<SigningKey, Stop> {
        if ShortKey::find(self, name).is_some() {
            return Err(Stop::Bench {
                at: name.into(),
                reason: "it is too short to be used".into(),
            });
        }
        let (algorithm, key) = match self.root_of(name) {
            Some(root) => {
                let scalar = root.key.private_key().expose_secret();
                let curve = root.key.private_key().curve();
                (
                    root.key.verifying_key().algorithm(),
                    EcPrivateKey::from_bytes(curve, scalar),
                )
            }
            None => {
                let (algorithm, curve) = self.suite(name);
                let key = EcPrivateKey::generate(curve, &mut self.rng(name));
                (algorithm, key)
            }
        };
        let key = key.map_err(|reason| cvc::Error::InvalidKey { reason });
        let key = key.and_then(|key| SigningKey::new(algorithm, key));
        key.map_err(|error| Stop::Bench {
            at: name.into(),
            reason: error.to_string(),
        })
    }

    /// The authority whom the card trusts, if the key pair is one of theirs.
    fn root_of(&self, key: &str) -> Option<&Authority> {
        match key {
            "CVCA_KEY_00" => Some(self.root(TerminalType::InspectionSystem)),
            "CVCA_KEY_17" => Some(self.root(TerminalType::AuthenticationTerminal)),
            _ => None,
        }
    }

    /// Algorithm and curve of a key pair that is no such authority's.
    fn suite(&self, key: &str) -> (SignatureAlgorithm, Curve) {
        let set = key.bytes().filter(u8::is_ascii_digit);
        let set = set.fold(0u8, |set, digit| {
            set.saturating_mul(10).saturating_add(digit - b'0')
        });
        let root = match set {
            13 => return MIGRATED,
            ..17 => self.root(TerminalType::InspectionSystem),
            _ => self.root(TerminalType::AuthenticationTerminal),
        };
        let key = root.key.verifying_key();
        (key.algorithm(), key.curve())
    }
}

/// What link certificate 13 leads to.
const MIGRATED: (SignatureAlgorithm, Curve) = (SignatureAlgorithm::EcdsaSha384, Curve::P384);
