//! Logging in: a challenge of a server, signed with the key for authentication.
//!
//! The challenge names the origin that made it, so an answer is worth nothing anywhere else, and the client compares it with the origin that it
//! speaks to. Its content type is no document's, and the key is no key for signatures, so neither can be passed off as the other. The structure
//! and the duties of client and server are in `docs/login.md`.
//!
//! ```
//! # mod key { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/key.rs")); }
//! # use key::{SoftwareKey, certificate};
//! use core::time::Duration;
//! use pki::{Certificate, Time};
//! use signing::login::{ChallengeStore, LoginChallenge, LoginVerifier, Nonce, Origin};
//! use signing::{Error, Failure};
//!
//! /// The challenges that wait for an answer: a table in a database.
//! struct Table(Vec<(Nonce, Vec<u8>)>);
//!
//! impl ChallengeStore for Table {
//!     fn take(&mut self, nonce: &Nonce) -> Result<Option<Vec<u8>>, Failure> {
//!         let row = self.0.iter().position(|(known, _)| known == nonce);
//!         Ok(row.map(|row| self.0.remove(row).1))
//!     }
//! }
//! # let ca = certificate("ca");
//! # let path = |certificate: &Certificate, _: &[Certificate], _: Time| -> Result<(), Failure> {
//! #     Ok(certificate.verify_signature(&ca.public_key()?)?)
//! # };
//! # let random = [7; 32];
//! let now = Time::utc(2026, 11, 30, 9, 0, 0)?;
//!
//! // The server makes a challenge and keeps it.
//! let origin = Origin::parse("https://tax.example.gov.tw")?;
//! let nonce = Nonce::new(&random)?; // fresh from the operating system
//! let challenge = LoginChallenge::new(
//!     origin.clone(), nonce.clone(), now, Duration::from_secs(120), "登入報稅系統 / Log in to file taxes",
//! )?;
//! let mut open = Table(vec![(nonce, challenge.to_der()?)]);
//!
//! // The client answers it, if it comes from where the client is.
//! let mut key = SoftwareKey::authentication(); // a card's, behind the same trait
//! let answer = signing::login::answer(&challenge.to_der()?, &origin, &mut key)?;
//!
//! // The server learns who it is, once.
//! let verifier = LoginVerifier::new(&origin, &path);
//! let login = verifier.verify(&answer, now, &mut open)?;
//! let who = signing::subject_serial_number(&login.certificate);
//! assert_eq!(who.as_deref(), Some("0000000112345678"));
//! assert_eq!(verifier.verify(&answer, now, &mut open), Err(Error::NotOpen));
//! # Ok::<(), Error>(())
//! ```

mod challenge;
mod server;

pub use challenge::{LoginChallenge, MAX_LIFETIME, Nonce, Origin};
pub use server::{ChallengeStore, Login, LoginVerifier};

use crate::{Error, KeyPurpose, Oid, SignedDataBuilder, SigningKey};

/// Answers a challenge: signs it as it came, if it is for the origin that the client speaks to and the key is one for authentication.
///
/// The client shows the holder origin and purpose ([`LoginChallenge::from_der`]) before.
///
/// # Errors
/// Those of [`LoginChallenge::from_der`], [`Error::Origin`], [`Error::KeyUsage`], and those of [`SignedDataBuilder::detached`].
pub fn answer(
    challenge: &[u8],
    connected_to: &Origin,
    key: &mut dyn SigningKey,
) -> Result<Vec<u8>, Error> {
    if LoginChallenge::from_der(challenge)?.origin() != connected_to {
        return Err(Error::Origin);
    }
    let purpose = KeyPurpose::Authentication;
    if !purpose.is_allowed_by(key.certificate()) {
        return Err(Error::KeyUsage(purpose));
    }
    SignedDataBuilder::reserved(Oid::LOGIN_CHALLENGE).attached(challenge, key)
}
