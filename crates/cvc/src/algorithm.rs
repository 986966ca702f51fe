//! The signature algorithms of Terminal Authentication.

use core::fmt;

use secure_channel::{Hash, terminal_authentication::TerminalAuthenticationProtocol};

use crate::oid::{ID_TA, Oid};
use crate::{Error, Field};

macro_rules! algorithms {
    ($($(#[$doc:meta])* $name:ident = $scheme:literal, $number:literal, $text:literal;)*) => {
        /// A signature algorithm of TR-03110-3 A.7.3 and A.7.4. All can be named, those with ECDSA and SHA-256, SHA-384
        /// or SHA-512 can be used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SignatureAlgorithm {
            $($(#[$doc])* $name,)*
        }

        impl SignatureAlgorithm {
            /// Every algorithm.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The last two numbers of the object identifier, below id-TA.
            const fn numbers(self) -> [u8; 2] {
                match self {
                    $(Self::$name => [$scheme, $number],)*
                }
            }

            /// The standard's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

algorithms! {
    /// RSA PKCS#1 v1.5 with SHA-1.
    RsaV15Sha1 = 1, 1, "id-TA-RSA-v1-5-SHA-1";
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaV15Sha256 = 1, 2, "id-TA-RSA-v1-5-SHA-256";
    /// RSA-PSS with SHA-1.
    RsaPssSha1 = 1, 3, "id-TA-RSA-PSS-SHA-1";
    /// RSA-PSS with SHA-256.
    RsaPssSha256 = 1, 4, "id-TA-RSA-PSS-SHA-256";
    /// RSA PKCS#1 v1.5 with SHA-512.
    RsaV15Sha512 = 1, 5, "id-TA-RSA-v1-5-SHA-512";
    /// RSA-PSS with SHA-512.
    RsaPssSha512 = 1, 6, "id-TA-RSA-PSS-SHA-512";
    /// ECDSA with SHA-1.
    EcdsaSha1 = 2, 1, "id-TA-ECDSA-SHA-1";
    /// ECDSA with SHA-224.
    EcdsaSha224 = 2, 2, "id-TA-ECDSA-SHA-224";
    /// ECDSA with SHA-256: what this project's agencies use.
    EcdsaSha256 = 2, 3, "id-TA-ECDSA-SHA-256";
    /// ECDSA with SHA-384.
    EcdsaSha384 = 2, 4, "id-TA-ECDSA-SHA-384";
    /// ECDSA with SHA-512.
    EcdsaSha512 = 2, 5, "id-TA-ECDSA-SHA-512";
}

impl SignatureAlgorithm {
    /// Reads the DO 06 of a public key, or the mechanism reference of MSE:Set AT for Terminal Authentication.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is none of these algorithms.
    pub fn parse(oid: &[u8]) -> Result<Self, Error> {
        let field = Field::PublicKeyAlgorithm;
        let oid = Oid::parse(field, oid)?;
        Self::ALL
            .iter()
            .copied()
            .find(|known| oid.as_bytes().strip_prefix(ID_TA) == Some(&known.numbers()))
            .ok_or(Error::malformed(
                field,
                "not an algorithm of Terminal Authentication",
            ))
    }

    /// The object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        Oid::constant(ID_TA, &self.numbers())
    }

    /// Whether a key of this algorithm is an elliptic-curve key.
    #[must_use]
    pub const fn is_ecdsa(self) -> bool {
        self.numbers()[0] == 2
    }

    /// The protocol that a terminal with a key of this algorithm runs (A.7.4.1).
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] as [`SignatureAlgorithm::hash`].
    pub const fn protocol(self) -> Result<TerminalAuthenticationProtocol, Error> {
        match self {
            Self::EcdsaSha256 => Ok(TerminalAuthenticationProtocol::EcdsaSha256),
            Self::EcdsaSha384 => Ok(TerminalAuthenticationProtocol::EcdsaSha384),
            Self::EcdsaSha512 => Ok(TerminalAuthenticationProtocol::EcdsaSha512),
            _ => Err(Error::UnsupportedAlgorithm {
                field: Field::PublicKeyAlgorithm,
                algorithm: self,
            }),
        }
    }

    /// The hash, for a signature, the certificate description and the terminal sectors.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for RSA, SHA-1 and SHA-224.
    pub const fn hash(self) -> Result<Hash, Error> {
        match self {
            Self::EcdsaSha256 => Ok(Hash::Sha256),
            Self::EcdsaSha384 => Ok(Hash::Sha384),
            Self::EcdsaSha512 => Ok(Hash::Sha512),
            _ => Err(Error::UnsupportedAlgorithm {
                field: Field::PublicKeyAlgorithm,
                algorithm: self,
            }),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn every_algorithm_has_its_identifier_and_three_can_be_used() {
        for algorithm in SignatureAlgorithm::ALL {
            let oid = algorithm.oid();
            assert_eq!(SignatureAlgorithm::parse(oid.as_bytes()), Ok(*algorithm));
        }
        let ecdsa = SignatureAlgorithm::EcdsaSha256.oid();
        assert_eq!(ecdsa.to_string(), "0.4.0.127.0.7.2.2.2.2.3");
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(algorithm.protocol().is_ok(), algorithm.hash().is_ok());
        }
        let usable = SignatureAlgorithm::ALL.iter().filter(|a| a.hash().is_ok());
        assert_eq!(usable.count(), 3);
        assert!(SignatureAlgorithm::parse(ID_TA).is_err());
    }
}
