//! The agencies of the demonstration: one that may read spouse and parents, and one that may not.

use cvc::{
    CertificateDescription, Date, SignatureAlgorithm, SigningKey, TermsOfUsage, TrustPoints,
};
use host_lib::{AccessRequest, Card, Error, Group, Permission, SoftwareKey, TerminalCertificates};
use issuer::{AgencyPki, Grant, Validity};
use rand_core::CryptoRng;
use secure_channel::{Curve, EcPrivateKey, Hash};

use crate::agency::{self, visit::Visitor};
use crate::card_file::Transport;
use crate::codes::CodeReader;
use crate::failure::Failure;
use crate::trust::Grounds;
use crate::walk::{self, Walk};

/// The agencies of the demonstration.
pub(super) struct Story {
    ministry: AgencyPki,
    today: Date,
}

/// One agency before the card.
pub(super) struct Visit {
    visitor: Visitor,
    /// What its holder keeps to himself.
    withheld: Option<Group>,
    /// What it asks for beyond what it may.
    presumed: Option<Group>,
}

impl Story {
    pub(super) fn begin(rng: &mut dyn CryptoRng) -> Result<Self, Failure> {
        let today = agency::today()?;
        let ministry = AgencyPki::create(rng, today).map_err(agency::refused)?;
        Ok(Self { ministry, today })
    }

    /// What the card is personalised with.
    pub(super) fn trust_points(&self) -> Result<TrustPoints, Failure> {
        self.ministry.trust_points().map_err(agency::refused)
    }

    /// The agencies, in the order in which they come.
    pub(super) fn visits(&mut self, rng: &mut dyn CryptoRng) -> Result<[Visit; 2], Failure> {
        let family = Grant::read([3, 6, 7]);
        let pensions = self.agency(
            "PENSIONS",
            ("勞動部勞工保險局", "遺屬年金之申請"),
            family,
            rng,
        )?;
        let library = Grant::read([11]);
        let library = self.agency("LIBRARY", ("市立圖書館", "辦理借閱證"), library, rng)?;
        Ok([
            Visit {
                visitor: pensions,
                withheld: Some(Group::Dg3),
                presumed: None,
            },
            Visit {
                visitor: library,
                withheld: None,
                presumed: Some(Group::Dg3),
            },
        ])
    }

    /// An agency, as the ministry lets it read.
    fn agency(
        &mut self,
        mnemonic: &str,
        (name, purpose): (&str, &str),
        grant: Grant,
        rng: &mut dyn CryptoRng,
    ) -> Result<Visitor, Failure> {
        let failed = |error: cvc::Error| agency::refused(error.into());
        let key = EcPrivateKey::generate(Curve::P256, rng);
        let key = key.map_err(|error| agency::refused(error.into()))?;
        let key = SigningKey::new(SignatureAlgorithm::EcdsaSha256, key).map_err(failed)?;
        let purpose = TermsOfUsage::Plain(purpose.to_owned());
        let description = CertificateDescription::new("內政部", name, purpose);
        let hash = description.extension(Hash::Sha256).map_err(failed)?;
        let validity = Validity::terminal(self.today).map_err(agency::refused)?;
        let dv = AgencyPki::DOMESTIC;
        let (grant, public) = (grant.with_extension(hash), key.verifying_key());
        let terminal = self
            .ministry
            .terminal(dv, mnemonic, &grant, public, validity, rng)
            .map_err(agency::refused)?;
        let chain = self
            .ministry
            .chain_for(&terminal)
            .map_err(agency::refused)?;
        let certificates = TerminalCertificates::new(chain)
            .and_then(|certificates| certificates.with_description(&description.to_bytes()))
            .map_err(Error::from)?;
        Ok(Visitor {
            certificates,
            key: SoftwareKey::new(key),
        })
    }
}

impl Visit {
    /// What happens when it stands before the card.
    pub(super) fn run(
        mut self,
        card: &mut Card<Transport>,
        codes: &mut CodeReader,
        grounds: &Grounds,
    ) -> Result<Walk, Failure> {
        let request = AccessRequest::new(self.visitor.certificates.clone());
        let withheld = self.withheld.map(Permission::Read);
        let given: Vec<_> = request
            .permissions()
            .filter(|permission| Some(*permission) != withheld)
            .collect();
        let consent = request.agree(given);
        walk::read_as_agency(
            card,
            &mut self.visitor,
            consent,
            self.presumed,
            codes,
            grounds,
        )
    }
}
