//! BER-TLV data objects (ISO/IEC 7816-4:2020, 6.3; ITU-T X.690, 8.1).
//!
//! A card's data objects are BER with a definite length: one to three tag
//! bytes, one to five length bytes, then the value. [`TlvReader`] walks over a
//! string of them without copying or allocating; [`push`] and [`encode`] write
//! them with the shortest length field.
//!
//! ```
//! use iso7816::tlv::{self, Tag, TlvReader};
//!
//! // Dynamic authentication data with two data objects inside.
//! let mut objects = Vec::new();
//! tlv::push(&mut objects, Tag(0x85), &[0x01, 0x02]);
//! tlv::push(&mut objects, Tag(0x87), &[0xCA]);
//! let template = tlv::encode(Tag(0x7C), &objects);
//!
//! let mut reader = TlvReader::new(&template);
//! let mut inside = reader.expect(Tag(0x7C))?.children();
//! reader.finish()?;
//! assert_eq!(inside.expect(Tag(0x85))?.value, [0x01, 0x02]);
//! assert_eq!(inside.optional(Tag(0x86))?, None);
//! assert_eq!(inside.expect(Tag(0x87))?.value, [0xCA]);
//! inside.finish()?;
//! # Ok::<(), iso7816::tlv::TlvError>(())
//! ```

mod reader;
mod tag;
mod writer;

pub use reader::{Tlv, TlvReader, find};
pub use tag::{Tag, TagClass};
pub use writer::{encode, encoded_len, push, push_with};

/// Why bytes are no BER-TLV data object, or not the one expected. Offsets are
/// in bytes from the beginning of the outermost input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlvError {
    /// The input ends inside a tag or length field.
    #[error("data object ends inside its tag or length field at offset {offset}")]
    Truncated {
        /// Where a byte is missing.
        offset: usize,
    },
    /// The tag has more than three bytes, or is not coded as BER demands
    /// (ISO/IEC 7816-4:2020, 6.3: a first byte of 00 never begins a tag).
    #[error("invalid tag at offset {offset}")]
    InvalidTag {
        /// Where the tag begins.
        offset: usize,
    },
    /// The length is indefinite, which card data objects never are.
    #[error("indefinite length at offset {offset}")]
    IndefiniteLength {
        /// Where the length field begins.
        offset: usize,
    },
    /// The length field has more than four bytes after the first.
    #[error("length field at offset {offset} is too long")]
    LengthTooLong {
        /// Where the length field begins.
        offset: usize,
    },
    /// A shorter length field would do ([`TlvReader::strict`] only).
    #[error("length field at offset {offset} is not the shortest")]
    LengthNotMinimal {
        /// Where the length field begins.
        offset: usize,
    },
    /// The value is longer than what is there.
    #[error("value of {length} bytes at offset {offset}, only {available} are there")]
    ValueTruncated {
        /// Where the value begins.
        offset: usize,
        /// The bytes announced.
        length: usize,
        /// The bytes there.
        available: usize,
    },
    /// Another data object was expected here.
    #[error("data object {found} at offset {offset} where {expected} was expected")]
    UnexpectedTag {
        /// Where the data object begins.
        offset: usize,
        /// The tag that should be here.
        expected: Tag,
        /// The tag that is here.
        found: Tag,
    },
    /// The input ends where a data object was expected.
    #[error("data object {expected} missing at offset {offset}")]
    Missing {
        /// Where the input ends.
        offset: usize,
        /// The tag that should be here.
        expected: Tag,
    },
    /// A data object that can be there once is there twice.
    #[error("second data object {tag} at offset {offset}")]
    Duplicate {
        /// Where the second one begins.
        offset: usize,
        /// Its tag.
        tag: Tag,
    },
    /// Something follows the last data object.
    #[error("{extra} bytes too many at offset {offset}")]
    Trailing {
        /// Where the surplus begins.
        offset: usize,
        /// How many bytes there are.
        extra: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use std::{format, vec};

    #[derive(Clone, Debug, PartialEq)]
    enum Node {
        Leaf(Tag, Vec<u8>),
        Branch(Tag, Vec<Node>),
    }

    fn tag(constructed: bool) -> impl Strategy<Value = Tag> {
        let leading = (0u32..4).prop_map(move |class| class << 6 | u32::from(constructed) << 5);
        let number = prop_oneof![
            (1u32..=0x1E).prop_map(|n| (n, 0)),
            (0x1Fu32..=0x7F).prop_map(|n| (0x1F00 | n, 8)),
            (0x80u32..=0x3FFF).prop_map(|n| (0x1F_8000 | (n >> 7) << 8 | n & 0x7F, 16)),
        ];
        (leading, number).prop_map(|(leading, (number, shift))| Tag(leading << shift | number))
    }

    fn node() -> impl Strategy<Value = Node> {
        let value = prop_oneof![
            8 => prop::collection::vec(any::<u8>(), 0..140),
            1 => (250usize..260).prop_map(|length| vec![0x42; length]),
            1 => (65_530usize..65_540).prop_map(|length| vec![0x42; length]),
        ];
        let leaf = (tag(false), value).prop_map(|(tag, value)| Node::Leaf(tag, value));
        leaf.prop_recursive(4, 24, 5, |inner| {
            (tag(true), prop::collection::vec(inner, 0..5))
                .prop_map(|(tag, nodes)| Node::Branch(tag, nodes))
        })
    }

    fn write(out: &mut Vec<u8>, node: &Node) {
        match node {
            Node::Leaf(tag, value) => push(out, *tag, value),
            Node::Branch(tag, nodes) => {
                push_with(out, *tag, |out| {
                    nodes.iter().for_each(|node| write(out, node));
                });
            }
        }
    }

    fn read(reader: TlvReader<'_>) -> Result<Vec<Node>, TlvError> {
        reader
            .map(|tlv| {
                let tlv = tlv?;
                Ok(if tlv.tag.is_constructed() {
                    Node::Branch(tlv.tag, read(tlv.children())?)
                } else {
                    Node::Leaf(tlv.tag, tlv.value.to_vec())
                })
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn what_is_written_reads_back_the_same(nodes in prop::collection::vec(node(), 0..4)) {
            let mut bytes = Vec::new();
            nodes.iter().for_each(|node| write(&mut bytes, node));
            prop_assert_eq!(read(TlvReader::new(&bytes).strict()).unwrap(), nodes);
        }

        #[test]
        fn any_bytes_give_objects_inside_the_input_or_an_error_inside_it(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                prop::collection::vec(prop::sample::select(
                    &[0u8, 1, 2, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0xFF][..]
                ), 0..30),
            ],
        ) {
            let mut covered = 0;
            for item in TlvReader::new(&bytes) {
                match item {
                    Ok(tlv) => {
                        prop_assert_eq!(tlv.offset, covered);
                        prop_assert_eq!(
                            &bytes[tlv.value_offset..tlv.value_offset + tlv.value.len()],
                            tlv.value
                        );
                        prop_assert_eq!(&bytes[tlv.offset..tlv.end()], tlv.raw);
                        covered = tlv.end();
                    }
                    Err(error) => {
                        let text = format!("{error}");
                        prop_assert!(text.contains("offset"));
                        covered = bytes.len();
                    }
                }
            }
            prop_assert_eq!(covered, bytes.len());
        }

        #[test]
        fn strict_reading_accepts_exactly_what_the_writer_writes(
            bytes in prop::collection::vec(prop::sample::select(
                &[0u8, 1, 2, 0x04, 0x5F, 0x1F, 0x49, 0x80, 0x81, 0x82][..]
            ), 0..12),
        ) {
            let objects: Result<Vec<_>, _> = TlvReader::new(&bytes).strict().collect();
            if let Ok(objects) = objects {
                let mut again = Vec::new();
                objects.iter().for_each(|tlv| push(&mut again, tlv.tag, tlv.value));
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
