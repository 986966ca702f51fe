//! Access rules: which object may be used for what, and under which condition.
//!
//! [`RULES`] is the whole policy. Everything else in this file applies it: [`grant`] looks an
//! action up, holds its condition against the [`SecurityStatus`], and hands out an [`AccessGrant`]
//! for that one action. The card's contents ([`Persistent`](crate::persistent::Persistent)) give
//! out nothing without one, and nothing but this module can make one.

mod action;

use cvc::{Right, TerminalType};
use secure_channel::{PasswordId, auxiliary_data::Kind};

use crate::{
    objects::{Directory, FileRef, KeyRef, Slot},
    security_status::{Pin2Status, Rights, SecurityStatus, SessionKind, VerifiedPassword},
};
use AccessCondition::{Always, And, Is, Never, Not, Or};
use Fact::{
    AuthenticationTerminal, CanOpensIcao, CardLocked, CertificatesAfterPace, LocalSession,
    Operational, Pin2ForSignature, Pin2Verified, Secured, TerminalMay, TerminalReads,
    TerminalUpdates, Verified,
};
pub(crate) use action::{
    Action, ChangePin1, ChangePin2, Compare, Enter, GenerateKey, Read, ReadPublicKey, SelectKey,
    SwitchApplication, SwitchPin1, UnblockPin1, UnblockPin2, Update, Use, Verify, VerifyPin2,
};

/// A condition over the security status (ISO/IEC 7816-4, security attributes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessCondition {
    Always,
    Never,
    Is(Fact),
    And(&'static [AccessCondition]),
    Or(&'static [AccessCondition]),
    Not(&'static AccessCondition),
}

/// What a condition can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The card is in operational use.
    Operational,
    /// The whole card is locked because PIN1 is exhausted.
    CardLocked,
    /// The issuer lets the CAN open the ICAO application.
    CanOpensIcao,
    /// The issuer lets certificates be read without PIN2.
    CertificatesAfterPace,
    /// The command came through a secure channel.
    Secured,
    /// The channel was set up without a CHAT.
    LocalSession,
    /// PACE verified this password.
    Verified(VerifiedPassword),
    /// PIN2 was verified since the application was selected.
    Pin2Verified,
    /// Likewise, and no signature has used that up.
    Pin2ForSignature,
    /// Terminal and chip have authenticated themselves to each other, and this right is effective.
    TerminalMay(Right),
    /// Likewise, and the right to read some group is.
    TerminalReads,
    /// Likewise, and the right to replace this group is.
    TerminalUpdates(u8),
    /// Likewise, and it is an authentication terminal, with whatever rights.
    AuthenticationTerminal,
}

/// An object of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Directory(Directory),
    File(FileRef),
    Password(PasswordId),
    /// PIN2, which is no password of PACE.
    Pin2,
    Key(KeyRef),
    /// What the chip compares with a terminal's auxiliary data.
    ReferenceData(Kind),
}

/// What can be done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Make a directory the current one, or a key the one that the protocol uses.
    Select,
    /// Learn that a file exists, its size and its bytes.
    Read,
    /// Give a file new contents.
    Update,
    /// Run PACE with a password, or have PIN2 compared.
    Verify,
    /// Use a private key.
    Use,
    /// Replace a key by one that the chip draws.
    Generate,
    /// Learn whether it agrees with what the terminal has named.
    Compare,
    /// Give a password a new value.
    Change,
    /// Reset a password's retry counter.
    Unblock,
    /// Make a password or an application usable again.
    Activate,
    /// Make a password or an application unusable.
    Deactivate,
    /// Make an application unusable for ever.
    Terminate,
}

/// One line of the table.
struct AccessRule(Object, Operation, AccessCondition);

const OPEN_CARD: AccessCondition = And(&[Is(Operational), Not(&Is(CardLocked))]);
const LOCAL: AccessCondition = And(&[Is(LocalSession), OPEN_CARD]);
const CAN: AccessCondition = Is(Verified(VerifiedPassword::Can));
const MRZ: AccessCondition = Is(Verified(VerifiedPassword::Mrz));
const PIN1: AccessCondition = Is(Verified(VerifiedPassword::Pin1));
const TRANSPORT_PIN: AccessCondition = Is(Verified(VerifiedPassword::TransportPin));
const PUK: AccessCondition = Is(Verified(VerifiedPassword::Puk));

/// 公開區 and 戶籍地區, on the holder's own reader.
const PUBLIC_ZONE: AccessCondition = And(&[LOCAL, Or(&[CAN, PIN1])]);
/// An agency whose terminal is authenticated: with PIN1, or with the CAN where it may (TR-03110-4 §2.2.2).
const AGENCY: AccessCondition = And(&[
    OPEN_CARD,
    Or(&[PIN1, And(&[CAN, Is(TerminalMay(Right::CanAllowed))])]),
]);
/// Police and household offices among them.
const PRIVILEGED: AccessCondition = And(&[AGENCY, Is(TerminalMay(Right::PrivilegedTerminal))]);
/// Whoever manages PIN1 for the holder; a locked card does listen to him.
const PIN_MANAGER: AccessCondition = And(&[Is(Operational), Is(TerminalMay(Right::PinManagement))]);
/// Whoever may ask about this holder what needs no right of its own (TR-03110-4 §2.2.3.2).
const ANY_AGENCY: AccessCondition = And(&[AGENCY, Is(AuthenticationTerminal)]);
/// ICAO 區.
const ICAO_ZONE: AccessCondition = And(&[LOCAL, Or(&[MRZ, And(&[CAN, Is(CanOpensIcao)])])]);
/// The holder, by PIN1, on his own reader.
const HOLDER: AccessCondition = And(&[LOCAL, PIN1]);
/// The holder, by PUK; a locked card does listen to him.
const UNBLOCKING: AccessCondition = And(&[Is(Operational), Is(LocalSession), PUK]);

/// Whoever may enter the cryptographic information application: the holder, whoever unblocks PIN2 for him, and
/// a terminal that has its rights.
const CIA: AccessCondition = Or(&[
    PUBLIC_ZONE,
    UNBLOCKING,
    And(&[Is(Operational), Is(AuthenticationTerminal)]),
]);
/// Whoever may learn what is in it.
const CIA_CONTENTS: AccessCondition = Or(&[PUBLIC_ZONE, ANY_AGENCY]);
/// What the issuer puts behind PIN2, or behind PACE alone.
const CIA_CERTIFICATE: AccessCondition = And(&[
    CIA_CONTENTS,
    Or(&[Is(Pin2Verified), Is(CertificatesAfterPace)]),
]);
/// The holder with PIN2.
const CIA_HOLDER: AccessCondition = And(&[PUBLIC_ZONE, Is(Pin2Verified)]);
/// The holder with PIN2, for one signature.
const CIA_SIGNER: AccessCondition = And(&[PUBLIC_ZONE, Is(Pin2ForSignature)]);
/// Whoever may switch the application off and on: the holder, by PIN1 or by PIN2.
const CIA_SWITCH: AccessCondition = Or(&[HOLDER, And(&[CIA_CONTENTS, Is(Pin2Verified)])]);

/// A certification authority's terminal, and the holder's PIN2 in its session (TR-03110-4 §2.3.2).
macro_rules! installs {
    ($right:ident) => {
        And(&[ANY_AGENCY, Is(Pin2Verified), Is(TerminalMay(Right::$right))])
    };
}
/// A group of the public or household zone.
macro_rules! public {
    ($group:literal) => {
        Or(&[
            PUBLIC_ZONE,
            And(&[AGENCY, Is(TerminalMay(Right::ReadGroup($group)))]),
        ])
    };
}
/// A group of the protected zone 加密區: the holder by PIN1, and the agency by its authorisation. On the holder's own reader
/// nobody opens it.
macro_rules! protected {
    ($group:literal) => {
        And(&[AGENCY, Is(TerminalMay(Right::ReadGroup($group)))])
    };
}
/// A group that changes in the life of a card. Another is never written, whatever a certificate says.
macro_rules! updatable {
    ($group:literal) => {
        And(&[AGENCY, Is(TerminalUpdates($group))])
    };
}

/// The access rules of the card. What is not in the table is never allowed.
#[rustfmt::skip]
static RULES: &[AccessRule] = &[
    // Before PACE, the same for every card of a batch.
    AccessRule(Object::Directory(Directory::MasterFile), Operation::Select,     Always),
    AccessRule(Object::File(FileRef::ATR_INFO),          Operation::Read,       Always),
    AccessRule(Object::File(FileRef::DIR),               Operation::Read,       Always),
    AccessRule(Object::File(FileRef::CARD_ACCESS),       Operation::Read,       Always),
    AccessRule(Object::Directory(Directory::Eid),        Operation::Select,     Is(Operational)),
    AccessRule(Object::Password(PasswordId::Mrz),        Operation::Verify,     Is(Operational)),
    AccessRule(Object::Password(PasswordId::Can),        Operation::Verify,     Is(Operational)),
    AccessRule(Object::Password(PasswordId::Pin),        Operation::Verify,     Is(Operational)),
    AccessRule(Object::Password(PasswordId::Puk),        Operation::Verify,     Is(Operational)),
    AccessRule(Object::Key(KeyRef::Generation),          Operation::Use,        Is(Operational)),

    // Files of the master file behind PACE.
    AccessRule(Object::File(FileRef::CARD_SECURITY),     Operation::Read,       And(&[Is(Operational), Is(Secured)])),
    AccessRule(Object::File(FileRef::CHIP_SECURITY),     Operation::Read,       PRIVILEGED),
    AccessRule(Object::File(FileRef::GDO),               Operation::Read,       Or(&[HOLDER, PRIVILEGED])),

    // The eID application.
    AccessRule(Object::File(FileRef::EID_SOD),           Operation::Read,       Or(&[PUBLIC_ZONE, And(&[AGENCY, Is(TerminalReads)])])),
    AccessRule(Object::File(FileRef::group(2)),          Operation::Read,       public!(2)),    // portrait, 300 dpi
    AccessRule(Object::File(FileRef::group(3)),          Operation::Read,       protected!(3)), // spouse
    AccessRule(Object::File(FileRef::group(4)),          Operation::Read,       protected!(4)), // sex
    AccessRule(Object::File(FileRef::group(5)),          Operation::Read,       protected!(5)), // portrait, 600 dpi
    AccessRule(Object::File(FileRef::group(6)),          Operation::Read,       protected!(6)), // father
    AccessRule(Object::File(FileRef::group(7)),          Operation::Read,       protected!(7)), // mother
    AccessRule(Object::File(FileRef::group(8)),          Operation::Read,       protected!(8)), // place of birth
    AccessRule(Object::File(FileRef::group(9)),          Operation::Read,       protected!(9)), // last digits of the card number
    AccessRule(Object::File(FileRef::group(11)),         Operation::Read,       public!(11)),   // name, number, dates
    AccessRule(Object::File(FileRef::group(12)),         Operation::Read,       public!(12)),   // military service, address
    AccessRule(Object::File(FileRef::group(13)),         Operation::Read,       public!(13)),   // household area

    // Updating it in the field, all or nothing.
    AccessRule(Object::File(FileRef::group(3)),          Operation::Update,     updatable!(3)),
    AccessRule(Object::File(FileRef::group(6)),          Operation::Update,     updatable!(6)),
    AccessRule(Object::File(FileRef::group(7)),          Operation::Update,     updatable!(7)),
    AccessRule(Object::File(FileRef::group(11)),         Operation::Update,     updatable!(11)),
    AccessRule(Object::File(FileRef::group(12)),         Operation::Update,     updatable!(12)),
    AccessRule(Object::File(FileRef::group(13)),         Operation::Update,     updatable!(13)),
    AccessRule(Object::File(FileRef::EID_SOD),           Operation::Update,     Or(&[updatable!(3), updatable!(6), updatable!(7), updatable!(11), updatable!(12), updatable!(13)])),

    // What a terminal gets instead of data (TR-03110-4 §2.2.3.2).
    AccessRule(Object::ReferenceData(Kind::DateOfBirth),    Operation::Compare, And(&[AGENCY, Is(TerminalMay(Right::AgeVerification))])),
    AccessRule(Object::ReferenceData(Kind::DateOfExpiry),   Operation::Compare, ANY_AGENCY),
    AccessRule(Object::ReferenceData(Kind::MunicipalityId), Operation::Compare, And(&[AGENCY, Is(TerminalMay(Right::CommunityVerification))])),
    AccessRule(Object::Key(KeyRef::Revocation),          Operation::Select,     ANY_AGENCY),
    AccessRule(Object::Key(KeyRef::Pseudonym),           Operation::Select,     ANY_AGENCY),
    AccessRule(Object::Key(KeyRef::Revocation),          Operation::Use,        ANY_AGENCY),
    AccessRule(Object::Key(KeyRef::Pseudonym),           Operation::Use,        And(&[AGENCY, Is(TerminalMay(Right::RestrictedIdentification))])),

    // The ICAO application.
    AccessRule(Object::Directory(Directory::Icao),       Operation::Select,     ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_COM),          Operation::Read,       ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_SOD),          Operation::Read,       ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_DG1),          Operation::Read,       ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_DG2),          Operation::Read,       ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_DG14),         Operation::Read,       ICAO_ZONE),
    AccessRule(Object::File(FileRef::ICAO_DG15),         Operation::Read,       ICAO_ZONE),
    AccessRule(Object::Key(KeyRef::ChipIndividual),      Operation::Use,        ICAO_ZONE),
    AccessRule(Object::Key(KeyRef::ActiveAuthentication),Operation::Use,        ICAO_ZONE),

    // The cryptographic information application (ISO/IEC 7816-15).
    AccessRule(Object::Directory(Directory::Cia),        Operation::Select,     CIA),
    AccessRule(Object::File(FileRef::CIA_OD),            Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::CIA_INFO),          Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::CIA_AOD),           Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::CIA_PRKD),          Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::CIA_PUKD),          Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::CIA_CD),            Operation::Read,       CIA_CONTENTS),
    AccessRule(Object::File(FileRef::certificate(Slot::Signature)),      Operation::Read,   CIA_CERTIFICATE),
    AccessRule(Object::File(FileRef::certificate(Slot::Authentication)), Operation::Read,   CIA_CERTIFICATE),
    AccessRule(Object::File(FileRef::certificate(Slot::Decipherment)),   Operation::Read,   CIA_CERTIFICATE),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Signature)),      Operation::Read,     CIA_CONTENTS), // the public half
    AccessRule(Object::Key(KeyRef::Holder(Slot::Authentication)), Operation::Read,     CIA_CONTENTS),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Decipherment)),   Operation::Read,     CIA_CONTENTS),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Signature)),      Operation::Select,   PUBLIC_ZONE),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Authentication)), Operation::Select,   PUBLIC_ZONE),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Decipherment)),   Operation::Select,   PUBLIC_ZONE),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Signature)),      Operation::Use,      CIA_SIGNER),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Authentication)), Operation::Use,      CIA_HOLDER),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Decipherment)),   Operation::Use,      CIA_HOLDER),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Signature)),      Operation::Generate, installs!(InstallQualifiedCertificate)),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Authentication)), Operation::Generate, installs!(InstallCertificate)),
    AccessRule(Object::Key(KeyRef::Holder(Slot::Decipherment)),   Operation::Generate, installs!(InstallCertificate)),
    AccessRule(Object::File(FileRef::certificate(Slot::Signature)),      Operation::Update, installs!(InstallQualifiedCertificate)),
    AccessRule(Object::File(FileRef::certificate(Slot::Authentication)), Operation::Update, installs!(InstallCertificate)),
    AccessRule(Object::File(FileRef::certificate(Slot::Decipherment)),   Operation::Update, installs!(InstallCertificate)),
    AccessRule(Object::Pin2,                             Operation::Verify,     CIA),
    AccessRule(Object::Pin2,                             Operation::Change,     And(&[CIA, Is(Pin2Verified)])),
    AccessRule(Object::Pin2,                             Operation::Unblock,    UNBLOCKING),
    AccessRule(Object::Directory(Directory::Cia),        Operation::Deactivate, CIA_SWITCH),
    AccessRule(Object::Directory(Directory::Cia),        Operation::Activate,   CIA_SWITCH),
    AccessRule(Object::Directory(Directory::Cia),        Operation::Terminate,  PIN_MANAGER),

    // Managing the passwords (TR-03110-2 §2.4.1).
    AccessRule(Object::Password(PasswordId::Pin),        Operation::Change,     Or(&[And(&[LOCAL, Or(&[PIN1, TRANSPORT_PIN])]), PIN_MANAGER])),
    AccessRule(Object::Password(PasswordId::Pin),        Operation::Unblock,    Or(&[UNBLOCKING, PIN_MANAGER])),
    AccessRule(Object::Password(PasswordId::Pin),        Operation::Deactivate, Or(&[HOLDER, PIN_MANAGER])),
    AccessRule(Object::Password(PasswordId::Pin),        Operation::Activate,   Or(&[UNBLOCKING, PIN_MANAGER])),
];

impl AccessCondition {
    /// Whether the condition holds.
    fn holds(&self, status: &SecurityStatus) -> bool {
        match self {
            Always => true,
            Never => false,
            Is(fact) => fact.holds(status),
            And(all) => all.iter().all(|condition| condition.holds(status)),
            Or(any) => any.iter().any(|condition| condition.holds(status)),
            Not(condition) => !condition.holds(status),
        }
    }

    /// Permission for `action`, if the condition holds.
    fn check<A>(&self, status: &SecurityStatus, action: A) -> Result<AccessGrant<A>, Denied> {
        if self.holds(status) {
            Ok(AccessGrant { action })
        } else {
            Err(Denied)
        }
    }
}

impl Fact {
    fn holds(self, status: &SecurityStatus) -> bool {
        let session = status.session.as_ref();
        match self {
            Operational => status.card.operational,
            CardLocked => status.card.locked,
            CanOpensIcao => status.card.icao_can,
            CertificatesAfterPace => status.card.certificates_after_pace,
            Secured => session.is_some(),
            LocalSession => session.is_some_and(|session| session.kind == SessionKind::Local),
            Verified(password) => session.is_some_and(|session| session.password == Some(password)),
            Pin2Verified => session.is_some_and(|session| session.pin2 != Pin2Status::NotVerified),
            Pin2ForSignature => {
                session.is_some_and(|session| session.pin2 == Pin2Status::VerifiedForSignature)
            }
            TerminalMay(right) => session
                .and_then(|session| session.rights)
                .is_some_and(|rights| rights.allow(right)),
            TerminalReads => session
                .and_then(|session| session.rights)
                .is_some_and(Rights::allow_reading),
            TerminalUpdates(group) => session
                .and_then(|session| session.rights)
                .is_some_and(|rights| rights.allow_update(group)),
            AuthenticationTerminal => {
                session
                    .and_then(|session| session.rights)
                    .map(Rights::terminal_type)
                    == Some(TerminalType::AuthenticationTerminal)
            }
        }
    }
}

/// Permission for one action. Only [`grant`] makes one.
#[derive(Debug)]
#[must_use]
pub(crate) struct AccessGrant<A> {
    action: A,
}

impl<A: Action> AccessGrant<A> {
    /// What is permitted.
    pub(crate) fn action(&self) -> A {
        self.action
    }
}

/// The rules do not allow it: security status not satisfied, 6982.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denied;

/// Looks an action up in the table.
///
/// # Errors
/// [`Denied`] if its condition does not hold, or if the table does not know it.
pub(crate) fn grant<A: Action>(
    action: A,
    status: &SecurityStatus,
) -> Result<AccessGrant<A>, Denied> {
    let (object, operation) = action.rule();
    let rule = RULES
        .iter()
        .find(|AccessRule(o, p, _)| (*o, *p) == (object, operation));
    rule.map_or(&Never, |AccessRule(_, _, condition)| condition)
        .check(status, action)
}

/// Whether the card has a place for this file at all; its being there may still be a secret.
pub(crate) fn is_known(file: FileRef) -> bool {
    RULES
        .iter()
        .any(|AccessRule(object, ..)| *object == Object::File(file))
}

/// The files that have a place in a directory, each as often as it has rules.
pub(crate) fn files_of(directory: Directory) -> impl Iterator<Item = FileRef> {
    RULES
        .iter()
        .filter_map(move |AccessRule(object, ..)| match object {
            Object::File(file) if file.directory == directory => Some(*file),
            _ => None,
        })
}
