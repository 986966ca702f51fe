//! Cards to run the flows on, and what is true about each.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support for tests: a panic is a failure"
)]

pub mod agency;
pub mod authorities;
pub mod holder;
pub mod natural_person;

use std::sync::OnceLock;

use applet_sim::{CardImage, Chip, Environment, MemoryStore, NoDelay};
use host_lib::{LostList, Time, TrustStore, Verifier};
use issuer::specimen::{self, SpecimenHolder};
use issuer::{
    Batch, BatchOptions, CitizenPki, Desk, IssuedCard, Issuer, OperatorLog, Profile, Publication,
    Signer, Subject, SubjectSerialNumber, TestPki,
};
use pki::RevocationList;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use transport::{InProcess, Interface};

pub use agency::{Agency, Ministry};
pub use holder::Holder;

/// A simulated card in a reader of this process.
pub type Inserted = InProcess<Chip<MemoryStore>>;

/// What a verifier has to be given.
#[derive(Debug)]
pub struct Trust {
    /// Country signing CAs.
    pub anchors: TrustStore,
    /// Their revocation lists.
    pub lists: Vec<RevocationList>,
    /// Lost cards: none is on it.
    pub lost: LostList,
    /// The moment of the verification.
    pub now: Time,
    /// The agencies whose terminals the cards accept.
    pub ministry: Ministry,
}

impl Trust {
    /// A verifier that is given all of it.
    pub fn verifier(&self) -> Verifier<'_> {
        Verifier::new(&self.anchors, self.now)
            .revocation_lists(&self.lists)
            .lost_documents(&self.lost)
    }
}

/// The test PKI of these tests, made once in a process.
pub fn pki() -> &'static TestPki {
    static PKI: OnceLock<TestPki> = OnceLock::new();
    PKI.get_or_init(|| TestPki::create(&mut rng(0)).expect("a test PKI"))
}

/// What the verifier of a genuine card is given.
pub fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    TRUST.get_or_init(|| {
        let now = Time::utc(2026, 6, 1, 4, 0, 0).expect("a time");
        let list = pki().lost_card_list([], &mut rng(1)).expect("a list");
        let register = pki().lost_card_trust_store().expect("a store");
        Trust {
            anchors: pki().trust_store().expect("a store"),
            lists: pki().revocation_lists().to_vec(),
            lost: LostList::new(list, &register, now).expect("a list"),
            now,
            ministry: Ministry::Specimens,
        }
    })
}

/// A generator of the same numbers for the same seed.
pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A card, the holder it was issued to, and what is written on and in it.
#[derive(Debug)]
pub struct TestCard {
    /// What the profile's text says.
    pub holder: Holder,
    /// Chip image, codes and machine-readable zone.
    pub issued: IssuedCard,
}

impl TestCard {
    /// The card of a specimen holder.
    pub fn of(holder: &SpecimenHolder) -> Self {
        Self::from_toml(holder.toml)
    }

    /// The card of the specimen holder of this case.
    pub fn of_case(case: &str) -> Self {
        Self::from_toml(specimen_toml(case))
    }

    /// 王小明's card, with the codes that stand in the README.
    pub fn default_specimen() -> Self {
        Self::of_case("wang-xiaoming")
    }

    /// The default specimen with lines of its profile replaced.
    pub fn with_lines(replacements: &[(&str, &str)]) -> Self {
        let mut toml = specimen_toml("wang-xiaoming").to_owned();
        for (line, replacement) in replacements {
            assert!(toml.contains(line), "the profile has no line {line}");
            toml = toml.replace(line, replacement);
        }
        Self::from_toml(&toml)
    }

    /// A card for any profile.
    pub fn from_toml(toml: &str) -> Self {
        Self::signed_by(toml, Signer::Current)
    }

    /// A card for any profile, signed by this document signer.
    pub fn signed_by(toml: &str, signer: Signer) -> Self {
        let profile = Profile::from_toml(toml).expect("a valid profile");
        let agencies = specimen::agencies().trust_points().expect("a CVCA");
        let issuer = Issuer::with_signer(pki(), signer).accepting(&agencies);
        let issued = issuer.issue_single(&profile, &mut rng(2));
        Self {
            holder: Holder::new(toml),
            issued: issued.expect("a card"),
        }
    }

    /// Another card of a batch.
    pub fn of_batch(toml: &str, batch: &Batch, seed: u64) -> Self {
        let profile = Profile::from_toml(toml).expect("a valid profile");
        let agencies = specimen::agencies().trust_points().expect("a CVCA");
        let issuer = Issuer::new(pki()).accepting(&agencies);
        let issued = issuer.issue(&profile, batch, &mut rng(seed));
        Self {
            holder: Holder::new(toml),
            issued: issued.expect("a card"),
        }
    }

    /// Gives the card keys and certificates, of an authority that nobody keeps.
    pub fn certify(&mut self) {
        let folder = tempfile::tempdir().expect("a folder");
        let rng = &mut rng(3);
        let mut log = OperatorLog::open(&folder.path().join("log"), rng).expect("a log");
        let now = trust().now;
        let mut desk = Desk {
            log: &mut log,
            now,
            rng,
        };
        let publication = Publication::at("http://citizen-pki.invalid/").expect("a place");
        let path = folder.path().join("citizens");
        let pki = CitizenPki::open_or_create(&path, &publication, &mut desk);
        let number = SubjectSerialNumber::random(desk.rng);
        let subject = Subject::new("王小明", number, "6789").expect("a person");
        let certified = self
            .issued
            .certify(&mut pki.expect("an authority"), &subject, &mut desk);
        certified.expect("three certificates");
    }

    /// What is in the chip.
    pub fn image(&self) -> &CardImage {
        self.issued.image()
    }

    /// The same card with another image.
    #[must_use]
    pub fn changed(mut self, change: impl FnOnce(&mut CardImage)) -> Self {
        change(self.issued.image_mut());
        self
    }

    /// The card in a reader.
    pub fn insert(&self) -> Inserted {
        insert(self.image())
    }
}

/// The profile of a specimen holder.
pub fn specimen_toml(case: &str) -> &'static str {
    let mut holders = specimen::holders().iter();
    let found = holders.find(|holder| holder.case == case);
    found.expect("a specimen holder of this case").toml
}

/// A batch for the cards of this profile.
pub fn batch_for(toml: &str) -> Batch {
    let profile = Profile::from_toml(toml).expect("a valid profile");
    let options = BatchOptions::of(&profile);
    let batch = Issuer::new(pki()).batch(options, &mut rng(3));
    batch.expect("a batch")
}

/// Personalises a chip and puts it into a reader.
pub fn insert(image: &CardImage) -> Inserted {
    let memory = image.personalise(MemoryStore::default()).expect("a card");
    let chip = Chip::open(memory, environment(4)).expect("a chip");
    InProcess::new(chip, Interface::Contactless)
}

/// Numbers from a seed, and delays that take no time.
pub fn environment(seed: u64) -> Environment {
    Environment {
        rng: Box::new(rng(seed)),
        delay: Box::new(NoDelay),
    }
}
