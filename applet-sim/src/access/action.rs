//! What a grant can be for: each action names the object and the operation under which the table has its rule.

use secure_channel::{PasswordId, auxiliary_data::Kind};

use super::{Object, Operation};
use crate::objects::{Directory, FileRef, KeyRef, Slot};

/// Something that a rule can allow: what a grant is for.
pub(crate) trait Action: Copy {
    /// The object and the operation to look up.
    fn rule(self) -> (Object, Operation);
}

/// Making a directory the current one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enter(pub(crate) Directory);
/// Reading a file, and learning that it exists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read(pub(crate) FileRef);
/// Giving a file new contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update(pub(crate) FileRef);
/// Running PACE with a password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verify(pub(crate) PasswordId);
/// Naming a private key for a protocol that will use it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelectKey(pub(crate) KeyRef);
/// Using a private key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use(pub(crate) KeyRef);
/// Having reference data compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compare(pub(crate) Kind);
/// Giving PIN1 a new value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangePin1;
/// Resetting PIN1's retry counter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnblockPin1;
/// Having PIN2 compared, and learning how many tries are left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VerifyPin2;
/// Giving PIN2 a new value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangePin2;
/// Resetting PIN2's retry counter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnblockPin2;
/// Reading the public half of a holder's key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadPublicKey(pub(crate) Slot);
/// Replacing a holder's key by a new one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GenerateKey(pub(crate) Slot);
/// Moving the cryptographic information application through its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SwitchApplication {
    On,
    Off,
    OffForEver,
}
/// Making PIN1 usable or unusable.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SwitchPin1 {
    On,
    Off,
}

impl Action for Enter {
    fn rule(self) -> (Object, Operation) {
        (Object::Directory(self.0), Operation::Select)
    }
}

impl Action for Read {
    fn rule(self) -> (Object, Operation) {
        (Object::File(self.0), Operation::Read)
    }
}

impl Action for Update {
    fn rule(self) -> (Object, Operation) {
        (Object::File(self.0), Operation::Update)
    }
}

impl Action for Verify {
    fn rule(self) -> (Object, Operation) {
        (Object::Password(self.0), Operation::Verify)
    }
}

impl Action for SelectKey {
    fn rule(self) -> (Object, Operation) {
        (Object::Key(self.0), Operation::Select)
    }
}

impl Action for Use {
    fn rule(self) -> (Object, Operation) {
        (Object::Key(self.0), Operation::Use)
    }
}

impl Action for Compare {
    fn rule(self) -> (Object, Operation) {
        (Object::ReferenceData(self.0), Operation::Compare)
    }
}

impl Action for ChangePin1 {
    fn rule(self) -> (Object, Operation) {
        (Object::Password(PasswordId::Pin), Operation::Change)
    }
}

impl Action for UnblockPin1 {
    fn rule(self) -> (Object, Operation) {
        (Object::Password(PasswordId::Pin), Operation::Unblock)
    }
}

impl Action for SwitchPin1 {
    fn rule(self) -> (Object, Operation) {
        let operation = match self {
            Self::On => Operation::Activate,
            Self::Off => Operation::Deactivate,
        };
        (Object::Password(PasswordId::Pin), operation)
    }
}

impl Action for VerifyPin2 {
    fn rule(self) -> (Object, Operation) {
        (Object::Pin2, Operation::Verify)
    }
}

impl Action for ChangePin2 {
    fn rule(self) -> (Object, Operation) {
        (Object::Pin2, Operation::Change)
    }
}

impl Action for UnblockPin2 {
    fn rule(self) -> (Object, Operation) {
        (Object::Pin2, Operation::Unblock)
    }
}

impl Action for ReadPublicKey {
    fn rule(self) -> (Object, Operation) {
        (Object::Key(KeyRef::Holder(self.0)), Operation::Read)
    }
}

impl Action for GenerateKey {
    fn rule(self) -> (Object, Operation) {
        (Object::Key(KeyRef::Holder(self.0)), Operation::Generate)
    }
}

impl Action for SwitchApplication {
    fn rule(self) -> (Object, Operation) {
        let operation = match self {
            Self::On => Operation::Activate,
            Self::Off => Operation::Deactivate,
            Self::OffForEver => Operation::Terminate,
        };
        (Object::Directory(Directory::Cia), operation)
    }
}
