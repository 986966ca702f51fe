//! Where a right was lost.

use crate::error::Lang;

/// Who would have had to grant something, from the top down (TR-03110-3, 2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrantLevel {
    /// The ministry: the CVCA's certificate does not hold it.
    Ministry,
    /// The document verifier, through which the agency gets its certificate.
    DocumentVerifier,
    /// The agency's own certificate.
    AgencyCertificate,
}

impl GrantLevel {
    /// Its name for people.
    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Ministry, Lang::En) => "the ministry (CVCA)",
            (Self::Ministry, Lang::ZhTw) => "內政部（CVCA）",
            (Self::DocumentVerifier, Lang::En) => "the document verifier (DV)",
            (Self::DocumentVerifier, Lang::ZhTw) => "文件驗證者（DV）",
            (Self::AgencyCertificate, Lang::En) => "the agency's certificate",
            (Self::AgencyCertificate, Lang::ZhTw) => "機關憑證",
        }
    }
}
