//! Personalises simulated New eID cards, and keeps the test PKI that signs them.

pub mod specimen;

mod error;
mod profile;

pub use error::Error;
pub use profile::{
    Alphabet, BirthPlace, CardNumber, ChipOptions, Cipher, CodeChoices, Document, Holder,
    HouseholdAddress, Lockout, PaceCurve, PaceSuite, Parent, PersonName, Pin1Choice, Portraits,
    Problem, Profile, ProfileError, Reason, ValueType,
};
