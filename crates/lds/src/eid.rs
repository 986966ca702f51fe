//! The data groups of the eID application of the New eID.
//!
//! Application `E80704007F00070302` (TR-03110-4 section 2.2) with the numbering and contents of the ministry's client
//! interface of 2020. Group n is the file 01nn; its contents are
//!
//! ```text
//! Group ::= [APPLICATION n] SEQUENCE {            -- EXPLICIT, as every tag below: 6n 30
//!     salt   OCTET STRING (SIZE (16)),             -- fresh at every update
//!     field0 [0] UTF8String,                       -- or NumericString (a date), or OCTET STRING (an image)
//!     field1 [1] …
//! }
//! ```
//!
//! Tags are EXPLICIT, as in TR-03110-4 itself: the type of each field stays visible, and any ASN.1 tool shows a group
//! without knowing this profile. DER only.
//!
//! * An empty field is present and empty. A missing one is an error that names the group and the field.
//! * What follows the last field is refused, not skipped: it would be signed personal data that no reader shows, the
//!   hidden annotation that this card must not have.
//! * The salt keeps the hash in EF.SOD from revealing fields that were not read: without it, there are two sexes to try.

mod codec;
mod group_number;
mod groups;
mod values;

use iso7816::{Aid, FileId, ShortFileId};

pub use codec::{FieldValue, MAX_GROUP_LEN, SALT_LEN, Salt};
pub use group_number::{FieldName, GroupNumber, Zone};
pub use groups::{DataGroup, Dg2, Dg3, Dg4, Dg5, Dg6, Dg7, Dg8, Dg9, Dg11, Dg12, Dg13, Group};
pub use values::{HouseholdArea, MarriageStatus};

/// Application identifier of the eID application, TR-03110-4 section 2.2.1.
pub const APPLICATION_ID: Aid =
    Aid::from_array([0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02]);

/// File identifier of EF.SOD in the eID application.
pub const EF_SOD_FILE_ID: FileId = FileId(0x011D);

/// Short file identifier of EF.SOD in the eID application.
pub const EF_SOD_SHORT_FILE_ID: ShortFileId = ShortFileId::new(0x1D);
