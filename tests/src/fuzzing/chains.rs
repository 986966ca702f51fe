//! Chains of certificates, right ones and all others, as a chip without a clock verifies them.

use cvc::{Chain, CvCertificate, Right, Role, TrustPoints};
use iso7816::tlv::{self, Tag};

use super::Input;
use super::mutation::mutate;
use crate::cards::authorities::{Certified, Party, Rights};
use crate::cards::rng;

/// How far an input got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainRun {
    /// Certificates that could be read.
    pub read: u32,
    /// Certificates that were imported.
    pub imported: u32,
    /// Terminals among them.
    pub terminals: u32,
}

/// Most certificates in one input.
const MOST: u32 = 12;
const BODY: Tag = Tag(0x7F4E);
const SIGNATURE: Tag = Tag(0x5F37);

/// Presents certificates to a chip's chain: signed as they should be, changed before they are signed, or after. After each:
///
/// - one that is refused has changed nothing;
/// - one that is imported was signed as it is, by the key of whom the chain knew under the name;
/// - it has no rights that its issuer has not, and only a terminal ends the chain;
/// - the date does not go back, and what a chip has to store can be read again.
///
/// # Panics
///
/// If one of these does not hold, or the chain panics.
pub fn fuzz_chains(data: &[u8]) -> ChainRun {
    let mut input = Input(data);
    let mut run = ChainRun::default();
    let mut chain = Chain::new(Party::Ministry.trust_points());
    // What was signed: certificates that nobody signed must not come in.
    let mut made = Vec::new();
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let value = certificate(&mut input, &mut made);
        let Ok(certificate) = CvCertificate::parse_value(&value) else {
            continue;
        };
        run.read += 1;
        let before = chain.clone();
        match chain.import(&certificate) {
            Err(_) => assert_eq!(chain, before, "a refused certificate changed something"),
            Ok(next) => {
                assert!(made.contains(&value), "nobody signed {certificate:?}");
                run.imported += 1;
                run.terminals += u32::from(next.terminal().is_some());
                follows(&before, &certificate, &next);
                chain = next;
            }
        }
    }
    run
}

/// The data of PSO:VERIFY CERTIFICATE.
fn certificate(input: &mut Input<'_>, made: &mut Vec<Vec<u8>>) -> Vec<u8> {
    use Party::{
        Impostor, ImpostorVerifier, Ministry, NarrowVerifier, NextMinistry, Terminal, Verifier,
    };
    let (issuer, holder) = match input.byte() % 8 {
        0 | 1 => (Ministry, input.choose([Verifier, NarrowVerifier])),
        2 | 3 => (input.choose([Verifier, NarrowVerifier]), Terminal),
        4 => (Ministry, NextMinistry),
        5 => (NextMinistry, Verifier),
        6 => (Impostor, ImpostorVerifier),
        _ => (input.choose(Party::ALL), input.choose(Party::ALL)),
    };
    let groups = input.number();
    let may = (1..=13).filter(|group| groups & (1 << group) != 0);
    let certified = Certified {
        issuer,
        holder,
        rights: Rights {
            may: may.map(Right::ReadGroup).collect(),
            updates: [3].into_iter().filter(|_| groups & 1 != 0).collect(),
        },
        expired: input.byte().is_multiple_of(8),
    };
    let whole = certified.certificate().to_value();
    made.push(whole.clone());
    match input.byte() % 4 {
        // Changed, and then signed.
        0 => {
            let body = tlv::find(&whole, BODY).ok().flatten().expect("a body");
            let body = tlv::encode(BODY, &mutate(body, input));
            let signature = issuer.key().sign(&body, &mut rng(104));
            let signature = tlv::encode(SIGNATURE, &signature.expect("a signature"));
            let value = [body, signature].concat();
            made.push(value.clone());
            value
        }
        1 => mutate(&whole, input),
        _ => whole,
    }
}

/// Whether this state may come after that one by this certificate.
fn follows(before: &Chain, certificate: &CvCertificate, after: &Chain) {
    let stored = after.trust_points();
    assert!(stored.current().date() >= before.trust_points().current().date());
    assert_eq!(
        TrustPoints::parse(&stored.to_bytes()).as_ref(),
        Ok(stored),
        "what a chip stores"
    );
    if certificate.role() == Role::Cvca {
        assert_eq!(after.imported(), None, "a new CVCA is no DV");
        return;
    }
    let holder = after.imported().expect("a DV or a terminal");
    let name = certificate.authority();
    let above = match before.trust_points().find(&name) {
        Some(point) => {
            assert!(holder.role().is_document_verifier());
            point.authorization()
        }
        None => {
            assert_eq!(holder.role(), Role::Terminal);
            let issuer = before.imported().expect("somebody of this name");
            assert!(issuer.role().is_document_verifier());
            issuer.authorization()
        }
    };
    let granted = holder.authorization();
    assert!(granted.is_within(above), "more than the issuer has");
    assert!(
        granted.is_within(&certificate.body().authorization()),
        "more than the certificate says"
    );
}
