//! CSCA master lists (ICAO Doc 9303-12, 8th edition, §9): one country's list of the country signing CAs that it has come
//! to trust, signed by itself.

use der::asn1::AnyRef;
use der::{Decode, Tag, Tagged};

use crate::certificate::Certificate;
use crate::signed_data::elements;
use crate::trust::check_validity;
use crate::{Error, Role, SignedData, Time, TrustStore, oid};

/// A master list that was read, not verified. [`TrustStore::import_master_list`] verifies it.
#[derive(Clone, Debug)]
pub struct MasterList {
    signed_data: SignedData,
}

/// What became of the certificates in a master list.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MasterListImport {
    /// How many anchors were added.
    pub anchors: usize,
    /// How many link certificates were added.
    pub links: usize,
    /// Why the others were not, with their positions in the list.
    pub refused: Vec<(usize, Error)>,
}

impl MasterList {
    /// Reads a master list.
    ///
    /// # Errors
    /// As [`SignedData::parse`].
    pub fn parse(encoded: &[u8]) -> Result<Self, Error> {
        SignedData::parse(encoded).map(|signed_data| Self { signed_data })
    }

    /// The certificates of the country signing CAs in the list, whose signature nobody has verified yet.
    ///
    /// # Errors
    /// [`Error::SignedContent`] if it is no list of certificates; each certificate has its own result.
    fn certificates(content: &[u8]) -> Result<Vec<Result<Certificate, Error>>, Error> {
        let malformed = |_| Error::SignedContent {
            what: "CscaMasterList",
        };
        let list = AnyRef::from_der(content).map_err(malformed)?;
        let set = list
            .sequence(|reader| -> der::Result<_> {
                let version = u8::decode(reader)?;
                if version != 0 {
                    return Err(reader.error(Tag::Integer.value_error()));
                }
                let set = AnyRef::decode(reader)?;
                set.tag().assert_eq(Tag::Set)?;
                elements(set.value())
            })
            .map_err(malformed)?;
        Ok(set.iter().map(|der| Certificate::from_der(der)).collect())
    }
}

impl TrustStore {
    /// Trusts every country signing CA in a master list, if an anchor that is trusted already issued the certificate of the
    /// list's signer.
    ///
    /// Certificates that cannot be trusted here (SHA-1, curves that are not supported, outside the profile) are left out,
    /// and the import says which and why.
    ///
    /// # Errors
    /// Why the list as a whole is not trusted.
    pub fn import_master_list(
        &mut self,
        list: &MasterList,
        time: Time,
    ) -> Result<MasterListImport, Error> {
        let role = Role::MasterListSigner;
        let content = list.signed_data.verify(oid::CSCA_MASTER_LIST)?;
        self.check_signer(content.signer, role)?;
        check_validity(content.signer, role, time)?;
        self.path(content.signer, role, Some(time))?
            .check_validity(time)?;

        let mut import = MasterListImport::default();
        let mut links = Vec::new();
        for (position, certificate) in MasterList::certificates(content.content)?
            .into_iter()
            .enumerate()
        {
            let added =
                certificate.and_then(|certificate| match self.add_anchor(certificate.clone()) {
                    Err(Error::NotSelfSigned) => {
                        links.push((position, certificate));
                        Ok(0)
                    }
                    added => added.map(|()| 1),
                });
            match added {
                Ok(added) => import.anchors += added,
                Err(error) => import.refused.push((position, error)),
            }
        }
        // A link may come before the link that it builds on: repeat while something is learnt.
        loop {
            let before = links.len();
            links.retain(|(_, link)| self.add_link(link.clone()).is_err());
            import.links += before - links.len();
            if links.len() == before {
                break;
            }
        }
        for (position, link) in links {
            if let Err(error) = self.add_link(link) {
                import.refused.push((position, error));
            }
        }
        import.refused.sort_by_key(|(position, _)| *position);
        Ok(import)
    }
}
