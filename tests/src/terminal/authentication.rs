//! A terminal that authenticates itself: certificates, signature, and the chip's own proof.

use cvc::{CvCertificate, SigningKey};
use iso7816::{CommandApdu, ResponseApdu, StatusWord, tlv};
use secure_channel::auxiliary_data::AuxiliaryData;
use secure_channel::chip_authentication::ChipAuthenticationProtocol;
use secure_channel::chip_authentication::terminal::{
    EphemeralKey, set_authentication_template, start_version_2,
};
use secure_channel::terminal_authentication::terminal::{self, CommittedKey};
use secure_channel::{Curve, EcPublicKey, SymmetricCipher};

use super::Terminal;

const AES_128: ChipAuthenticationProtocol = ChipAuthenticationProtocol {
    cipher: SymmetricCipher::Aes128,
};

/// The identifier of the batch's key (docs/chip-profile.md, EF.CardAccess).
const GENERATION_KEY: u8 = 12;

impl Terminal<'_> {
    /// Terminal Authentication in the session that the last PACE opened: the chain, and a signature with
    /// the terminal's key. The error is the status word that ended it.
    pub fn authenticate(
        &mut self,
        chain: &[CvCertificate],
        key: &SigningKey,
    ) -> Result<CommittedKey, StatusWord> {
        self.authenticate_asking(chain, key, AuxiliaryData::none())
    }

    /// The same, with auxiliary data: what the chip shall compare later.
    pub fn authenticate_asking(
        &mut self,
        chain: &[CvCertificate],
        key: &SigningKey,
        asked: AuxiliaryData,
    ) -> Result<CommittedKey, StatusWord> {
        for certificate in chain {
            let name = tlv::encode(tlv::Tag(0x83), certificate.authority().as_bytes());
            let select = CommandApdu::new(0x00, 0x22, 0x81, 0xB6).with_data(name);
            self.accepted(&select)?;
            let verify = CommandApdu::new(0x00, 0x2A, 0x00, 0xBE).with_data(certificate.to_value());
            self.accepted(&verify)?;
        }
        let id_picc = self.id_picc.clone().expect("a session");
        let name = chain.last().expect("a chain").holder();
        let protocol = key.verifying_key().algorithm().protocol();
        let protocol = protocol.expect("an algorithm of terminals");
        let ephemeral = EphemeralKey::generate(Curve::P256, &mut self.rng).expect("a key");
        let started = terminal::start(protocol, name.as_bytes(), &id_picc, ephemeral, asked);
        let (waiting, command) = started.expect("a name");
        let answer = self.accepted(&command)?;
        let (waiting, command) = waiting.request_challenge(&answer).expect("accepted");
        let answer = self.accepted(&command)?;
        let waiting = waiting.receive(&answer).expect("a challenge");
        let signed = waiting
            .signed_data()
            .sign(protocol, key.private_key(), &mut self.rng);
        let authenticated = waiting.authenticate(&signed.expect("a signature"));
        let (waiting, command) = authenticated.expect("a signature");
        let answer = self.accepted(&command)?;
        Ok(waiting.finish(&answer).expect("accepted"))
    }

    /// Chip Authentication 2 with the key to which the terminal committed, and the channel after it.
    pub fn let_the_chip_prove_itself(
        &mut self,
        committed: CommittedKey,
        chip: EcPublicKey,
    ) -> Result<(), StatusWord> {
        self.accepted(&set_authentication_template(
            AES_128,
            Some(&[GENERATION_KEY]),
        ))?;
        let (waiting, command) = start_version_2(AES_128, chip, committed).expect("one curve");
        let answer: ResponseApdu = self.accepted(&command)?;
        let (keys, _) = waiting.finish(&answer).expect("the chip's own key");
        let channel = self.channel.take().expect("a session");
        self.channel = Some(
            channel
                .rekey(keys)
                .map_err(|(error, _)| error)
                .expect("idle"),
        );
        Ok(())
    }
}
