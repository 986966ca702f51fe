//! What a server asks a client to sign.

use core::fmt;
use core::time::Duration;

use pki::Time;

use crate::asn1::{self, Elements};
use crate::signed_data::field;
use crate::{Error, text, time};

const WHAT: &str = "LoginChallenge";
const VERSION: u8 = 1;

/// The longest that a challenge waits for its answer: nobody needs more to enter a PIN.
pub const MAX_LIFETIME: Duration = Duration::from_secs(600);

const NONCE_LENGTH: core::ops::RangeInclusive<usize> = 16..=64;
const MAX_PURPOSE: usize = 200;

/// A web origin (RFC 6454 §6.2) with the scheme https, as browsers write it: lower case, no port if it is 443, nothing behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Takes an origin in its one form, so that two are the same if their characters are. Names outside of ASCII are written in their A-labels.
    ///
    /// # Errors
    /// [`Error::Field`].
    ///
    /// ```
    /// use signing::login::Origin;
    ///
    /// assert!(Origin::parse("https://tax.example.gov.tw:8443").is_ok());
    /// for wrong in ["http://a.tw", "https://A.tw", "https://a.tw/", "https://a.tw:443", "https://me@a.tw"] {
    ///     assert!(Origin::parse(wrong).is_err());
    /// }
    /// ```
    pub fn parse(origin: &str) -> Result<Self, Error> {
        let wrong = || field(WHAT, "origin");
        let authority = origin.strip_prefix("https://").ok_or_else(wrong)?;
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let label = |label: &str| {
            let allowed = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(allowed)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let canonical = |port: &str| {
            let number = port.parse::<u16>().ok();
            number.is_some_and(|it| it != 0 && it != 443 && it.to_string() == port)
        };
        if host.len() <= 253 && host.split('.').all(label) && port.is_none_or(canonical) {
            Ok(Self(origin.to_owned()))
        } else {
            Err(wrong())
        }
    }

    /// The origin as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Random bytes that make a challenge another one than every challenge before.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// From 16 to 64 random bytes.
    ///
    /// # Errors
    /// [`Error::Field`] if they are fewer or more.
    pub fn new(random: &[u8]) -> Result<Self, Error> {
        if NONCE_LENGTH.contains(&random.len()) {
            Ok(Self(random.to_vec()))
        } else {
            Err(field(WHAT, "nonce"))
        }
    }

    /// The bytes, under which a store files the challenge.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({} bytes)", self.0.len())
    }
}

/// What a server asks a client to sign: `LoginChallenge` of `docs/login.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginChallenge {
    origin: Origin,
    nonce: Nonce,
    issued_at: Time,
    expires_at: Time,
    purpose: String,
}

impl LoginChallenge {
    /// A challenge that is valid from `issued_at` on for `lifetime`. `purpose` is shown to the holder.
    ///
    /// # Errors
    /// [`Error::Field`] if it lives for less than a second or longer than [`MAX_LIFETIME`], or the purpose is not 1 to 200 characters that can be
    /// shown.
    pub fn new(
        origin: Origin,
        nonce: Nonce,
        issued_at: Time,
        lifetime: Duration,
        purpose: &str,
    ) -> Result<Self, Error> {
        let expires_at = issued_at.unix_seconds().saturating_add(lifetime.as_secs());
        let expires_at = Time::from_unix_seconds(expires_at);
        let challenge = Self {
            origin,
            nonce,
            issued_at,
            expires_at: expires_at.map_err(|_| field(WHAT, "expiresAt"))?,
            purpose: purpose.to_owned(),
        };
        challenge.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let lifetime = self
            .expires_at
            .unix_seconds()
            .checked_sub(self.issued_at.unix_seconds());
        if !lifetime.is_some_and(|seconds| (1..=MAX_LIFETIME.as_secs()).contains(&seconds)) {
            return Err(field(WHAT, "expiresAt"));
        }
        text::check(WHAT, "purpose", &self.purpose, MAX_PURPOSE)?;
        Ok(self)
    }

    /// Reads a challenge, in DER.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Version`] or [`Error::Field`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut fields = Elements::of_sequence(WHAT, der)?;
        let found = fields.decode::<u8>()?;
        if found != VERSION {
            return Err(Error::Version {
                what: WHAT,
                known: VERSION,
                found,
            });
        }
        let challenge = Self {
            origin: Origin::parse(fields.text()?)?,
            nonce: Nonce::new(fields.octets()?)?,
            issued_at: time::read_generalized_time(&mut fields)?,
            expires_at: time::read_generalized_time(&mut fields)?,
            purpose: fields.text()?.to_owned(),
        };
        fields.finish()?;
        challenge.checked()
    }

    /// The challenge in DER: what is sent, what is kept, and what is signed.
    ///
    /// # Errors
    /// [`Error::Malformed`], if a time cannot be written.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        Ok(asn1::sequence(&[
            &asn1::small_integer(VERSION),
            &asn1::utf8_string(self.origin.as_str()),
            &asn1::octet_string(self.nonce.as_bytes()),
            &time::generalized_time(self.issued_at)?,
            &time::generalized_time(self.expires_at)?,
            &asn1::utf8_string(&self.purpose),
        ]))
    }

    /// Who made it.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What makes it unique.
    #[must_use]
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// When it was made.
    #[must_use]
    pub fn issued_at(&self) -> Time {
        self.issued_at
    }

    /// The last moment at which an answer counts.
    #[must_use]
    pub fn expires_at(&self) -> Time {
        self.expires_at
    }

    /// What the holder logs in for, in the server's words.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }
}
