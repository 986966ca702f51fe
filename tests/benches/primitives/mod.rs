//! The same cryptography without the card: RustCrypto's own calls, as many and as large as the standards demand of a walk.
//!
//! The counts stand in docs/performance.md with the clause that each comes from. None of this project's protocol code runs here.

use std::hint::black_box;

use aes::Aes128;
use cipher::{Block, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use cmac::{Cmac, Mac};
use p256::{
    ProjectivePoint, Scalar,
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
    elliptic_curve::{Generate, group::Group},
};
use rand_core::CryptoRng;

/// How often each primitive is needed, both roles together.
pub(crate) struct Counts {
    /// Multiplications of the curve's own generator.
    pub(crate) generator_multiplications: usize,
    /// Multiplications of any other point.
    pub(crate) point_multiplications: usize,
    /// Inversions of a scalar.
    pub(crate) scalar_inversions: usize,
    /// ECDSA verifications over P-256 with SHA-256.
    pub(crate) ecdsa_verifications: usize,
}

/// Keys, points and signatures prepared outside the measurement.
pub(crate) struct Primitives {
    scalar: Scalar,
    point: ProjectivePoint,
    verifying_key: VerifyingKey,
    message: [u8; 128],
    signature: Signature,
    key: [u8; 16],
}

impl Primitives {
    pub(crate) fn new(rng: &mut impl CryptoRng) -> Self {
        let signing_key = SigningKey::generate_from_rng(rng);
        let message = [0x5A; 128];
        Self {
            scalar: Scalar::generate_from_rng(rng),
            point: ProjectivePoint::mul_by_generator(&Scalar::generate_from_rng(rng)),
            verifying_key: *signing_key.verifying_key(),
            signature: signing_key.sign(&message),
            message,
            key: [0x42; 16],
        }
    }

    /// The public-key operations of one run.
    pub(crate) fn public_key_operations(&self, counts: &Counts) {
        for _ in 0..counts.generator_multiplications {
            black_box(ProjectivePoint::mul_by_generator(black_box(&self.scalar)).to_affine());
        }
        for _ in 0..counts.point_multiplications {
            black_box((black_box(self.point) * black_box(self.scalar)).to_affine());
        }
        for _ in 0..counts.scalar_inversions {
            black_box(black_box(self.scalar).invert());
        }
        for _ in 0..counts.ecdsa_verifications {
            black_box(
                self.verifying_key
                    .verify(black_box(&self.message), &self.signature),
            )
            .expect("the prepared signature is valid");
        }
    }

    /// One protected READ BINARY that yields `length` bytes, on both sides: the command is a header and an Le, the response is data and a
    /// status (Doc 9303-11 §9.8). Returns the ciphertext's length so that nothing is optimised away.
    pub(crate) fn protected_read(&self, length: usize) -> usize {
        // Send sequence counter, padded header, padded DO 97: made by the host, checked by the chip.
        let command = [0; 48];
        black_box(self.mac(&command));
        black_box(self.mac(&command));

        // The chip encrypts and authenticates, the host authenticates and decrypts; each derives the IV from its counter.
        let padded = (length / 16 + 1) * 16;
        let mut data = vec![0xA5; padded];
        let iv = self.initialisation_vector();
        encrypt(&self.key, &iv, &mut data);
        // Counter, DO 87 with its tag, length and padding indicator, DO 99, padding.
        let authenticated = vec![0; 16 + (padded + 4 + 1 + 4) / 16 * 16 + 16];
        black_box(self.mac(&authenticated));
        black_box(self.mac(&authenticated));
        let iv = self.initialisation_vector();
        decrypt(&self.key, &iv, &mut data);
        black_box(&data).len()
    }

    fn mac(&self, data: &[u8]) -> [u8; 16] {
        let mut mac = <Cmac<Aes128> as KeyInit>::new(&self.key.into());
        mac.update(black_box(data));
        mac.finalize().into_bytes().into()
    }

    fn initialisation_vector(&self) -> [u8; 16] {
        let mut block = Block::<Aes128>::from([1; 16]);
        Aes128::new(&self.key.into()).encrypt_block(&mut block);
        block.into()
    }
}

fn encrypt(key: &[u8; 16], iv: &[u8; 16], data: &mut [u8]) {
    let (blocks, _) = Block::<Aes128>::slice_as_chunks_mut(data);
    cbc::Encryptor::<Aes128>::new(key.into(), iv.into()).encrypt_blocks(blocks);
}

fn decrypt(key: &[u8; 16], iv: &[u8; 16], data: &mut [u8]) {
    let (blocks, _) = Block::<Aes128>::slice_as_chunks_mut(data);
    cbc::Decryptor::<Aes128>::new(key.into(), iv.into()).decrypt_blocks(blocks);
}
