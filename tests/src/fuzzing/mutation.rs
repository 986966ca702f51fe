//! Damaging something valid: a random input hardly ever has a signature or a
//! MAC right, so a fuzzer gets further with small changes to a good one.

use super::Input;

/// `original` with as many changes as the input says, often none.
pub(super) fn mutate(original: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..input.byte() % 4 {
        let position = usize::from(input.number()) % (bytes.len() + 1);
        let length = usize::from(input.byte() % 16).min(bytes.len() - position);
        match input.byte() % 7 {
            0 => {
                if let Some(byte) = bytes.get_mut(position) {
                    *byte ^= 1 << (length % 8);
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(position) {
                    *byte = input.byte();
                }
            }
            2 => drop(bytes.drain(position..position + length)),
            3 => bytes.truncate(position),
            4 => {
                let repeated = bytes[position..position + length].to_vec();
                bytes.splice(position..position, repeated);
            }
            5 => {
                let inserted = input.take(length + 1).to_vec();
                bytes.splice(position..position, inserted);
            }
            _ => bytes.extend_from_slice(input.take(length)),
        }
    }
    bytes
}
