//! What a server checks before it believes who somebody is.

use pki::{Certificate, Time};

use super::{LoginChallenge, Nonce, Origin};
use crate::{Error, Failure, KeyPurpose, Oid, PathValidator, SignedData, Verifier};

/// The challenges that a server has given out and that wait for an answer.
pub trait ChallengeStore {
    /// Takes the challenge with this nonce out, as it was given out, in DER. `None` if there is none: never given out, or taken before.
    ///
    /// Looking and taking out are one step: of two answers that come at once, one finds nothing.
    ///
    /// # Errors
    /// Why the store could not be used.
    fn take(&mut self, nonce: &Nonce) -> Result<Option<Vec<u8>>, Failure>;
}

/// Verifies the answers to challenges of one origin.
#[derive(Clone, Copy)]
pub struct LoginVerifier<'v> {
    origin: &'v Origin,
    path: &'v dyn PathValidator,
}

/// Somebody has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// Who it is: the certificate, trusted, of the key that signed the challenge.
    pub certificate: Certificate,
    /// What was signed.
    pub challenge: LoginChallenge,
}

impl<'v> LoginVerifier<'v> {
    /// A verifier of the server at `origin`, which trusts whom `path` trusts.
    #[must_use]
    pub fn new(origin: &'v Origin, path: &'v dyn PathValidator) -> Self {
        Self { origin, path }
    }

    /// Verifies an answer that arrived `now`.
    ///
    /// The challenge is taken out of the store last, when everything else is right: whoever sends garbage with a nonce that he has seen takes nothing
    /// from its owner.
    ///
    /// # Errors
    /// Those of [`Verifier::attached`], with [`Error::KeyUsage`] for a key that is not for authentication alone; [`Error::Unsigned`];
    /// [`Error::Origin`], [`Error::ChallengeNotYetValid`], [`Error::ChallengeExpired`], [`Error::NotOpen`], [`Error::ChallengeChanged`];
    /// [`Error::Store`].
    pub fn verify(
        &self,
        answer: &[u8],
        now: Time,
        open: &mut dyn ChallengeStore,
    ) -> Result<Login, Error> {
        let signed = SignedData::parse(answer)?;
        let verified = Verifier::new(self.path, now)
            .content_type(Oid::LOGIN_CHALLENGE)
            .purpose(KeyPurpose::Authentication)
            .strict(&signed)?;
        let challenge = LoginChallenge::from_der(verified.content)?;
        if challenge.origin() != self.origin {
            return Err(Error::Origin);
        }
        let (issued_at, expires_at) = (challenge.issued_at(), challenge.expires_at());
        if now < issued_at {
            return Err(Error::ChallengeNotYetValid { issued_at });
        }
        if now > expires_at {
            return Err(Error::ChallengeExpired { expires_at });
        }
        let given_out = open.take(challenge.nonce()).map_err(Error::Store)?;
        if given_out.ok_or(Error::NotOpen)? != verified.content {
            return Err(Error::ChallengeChanged);
        }
        Ok(Login {
            certificate: verified.signature.signer.clone(),
            challenge,
        })
    }
}
