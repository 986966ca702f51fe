//! A certificate as the document's table describes it.

use cvc::TerminalType;
use iso7816::tlv::Tag;
use secure_channel::restricted_identification::Sector;

use super::day::{Day, effective};

/// Whose certificate, or who certifies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder {
    /// The name; `None` for one of the authorities whom the card trusts, who have their own.
    pub(super) name: Option<&'static str>,
    /// The key pair.
    pub(super) key: &'static str,
}

/// The holder of this name with this key pair.
pub(super) const fn holder(name: &'static str, key: &'static str) -> Holder {
    Holder {
        name: Some(name),
        key,
    }
}

/// One of the authorities whom the card trusts.
pub(super) const fn root(key: &'static str) -> Holder {
    Holder { name: None, key }
}

/// A certificate, without domain parameters and from `CVCAeff` until a month later, unless something else is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) issuer: Holder,
    pub(super) holder: Holder,
    pub(super) terminal_type: TerminalType,
    /// The relative authorization, as the document prints it.
    pub(super) bits: &'static [u8],
    pub(super) effective: Day,
    pub(super) expiration: Day,
    pub(super) change: Option<Change>,
}

/// What makes a certificate another one than the regular one: an extension, or a defect.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A link certificate: with the domain parameters and with the extensions of the authority before it.
    Link,
    /// A hash of a sector public key, or two.
    Sectors(&'static [Sector]),
    /// The hash of a sector public key for pseudonymous signatures.
    PsSector,
    /// The relative authorization of the extension id-eIDAccess.
    EidAccess([u8; 6]),
    /// A field is missing.
    Without(Tag),
    /// A field has this value.
    Value(Tag, &'static [u8]),
    /// A date is the 32nd of the month of `CVCAeff`.
    NoSuchDay(Tag),
    /// The relative authorization stands under the object identifier of this type of terminal.
    AuthorizationOf(TerminalType),
    /// The public key's data object is wrong.
    Key(KeyDefect),
    /// Something around the fields is wrong.
    Sealing(Sealing),
}

/// What is wrong in DO 7F49.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyDefect {
    /// There is no object identifier.
    WithoutOid,
    /// The algorithm's object identifier, its last two numbers aside, is this.
    OtherProtocol(&'static [u8]),
    /// The object identifier is this.
    OtherOid(&'static [u8]),
    /// There is no public point.
    WithoutPoint,
    /// There is one more data object, 77, behind the others: whoever looks up what it knows does not see it.
    UnknownObject,
}

/// What is wrong in the two data objects that are sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sealing {
    /// The body has this tag.
    BodyTag(Tag),
    /// The body's length is one too small.
    BodyLength,
    /// The signature has this tag.
    SignatureTag(Tag),
    /// The signature's length is one too small.
    SignatureLength,
    /// The signature's last byte is one too large.
    LastByte,
    /// The signature's last byte is missing.
    ByteShort,
    /// The first half of the signature is zeros.
    ZeroR,
    /// The second half of the signature is zeros.
    ZeroS,
}

impl Row {
    /// A certificate in a chain of inspection systems.
    pub(super) const fn is(
        name: &'static str,
        issuer: Holder,
        holder: Holder,
        bits: &'static [u8; 1],
    ) -> Self {
        Self::new(name, issuer, holder, TerminalType::InspectionSystem, bits)
    }

    /// A certificate in a chain of authentication terminals.
    pub(super) const fn at(
        name: &'static str,
        issuer: Holder,
        holder: Holder,
        bits: &'static [u8; 5],
    ) -> Self {
        Self::new(
            name,
            issuer,
            holder,
            TerminalType::AuthenticationTerminal,
            bits,
        )
    }

    const fn new(
        name: &'static str,
        issuer: Holder,
        holder: Holder,
        terminal_type: TerminalType,
        bits: &'static [u8],
    ) -> Self {
        Self {
            name,
            issuer,
            holder,
            terminal_type,
            bits,
            effective: effective(0, 0),
            expiration: effective(1, 0),
            change: None,
        }
    }

    /// The same under another name.
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// From one day until another.
    pub(super) const fn valid(self, effective: Day, expiration: Day) -> Self {
        Self {
            effective,
            expiration,
            ..self
        }
    }

    /// Until another day than a month after `CVCAeff`.
    pub(super) const fn until(self, expiration: Day) -> Self {
        Self { expiration, ..self }
    }

    /// With this change.
    pub(super) const fn with(self, change: Change) -> Self {
        Self {
            change: Some(change),
            ..self
        }
    }

    /// As a link certificate.
    pub(super) const fn link(self) -> Self {
        self.with(Change::Link)
    }

    /// With this defect in the public key.
    pub(super) const fn key(self, defect: KeyDefect) -> Self {
        self.with(Change::Key(defect))
    }

    /// With this defect around the fields.
    pub(super) const fn sealing(self, sealing: Sealing) -> Self {
        self.with(Change::Sealing(sealing))
    }
}
