//! Object identifiers, under the names their standards give them.
//!
//! BSI TR-03110-3 v2.21 annex A.1.1 (`bsi-de`), ICAO Doc 9303-11 8th edition section 9.2, Doc 9303-10 section 4.6.2.

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($name:ident = $arcs:literal, $asn1:literal;)*) => {
        $(
            #[doc = concat!("`", $asn1, "`, ", $arcs, ".")]
            pub const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($arcs);
        )*
        /// Every object identifier above with its ASN.1 name.
        const NAMES: &[(ObjectIdentifier, &str)] = &[$(($name, $asn1)),*];
    };
}

oids! {
    BSI_DE = "0.4.0.127.0.7", "bsi-de";

    ID_PK_DH = "0.4.0.127.0.7.2.2.1.1", "id-PK-DH";
    ID_PK_ECDH = "0.4.0.127.0.7.2.2.1.2", "id-PK-ECDH";

    ID_TA = "0.4.0.127.0.7.2.2.2", "id-TA";
    ID_TA_ECDSA_SHA_256 = "0.4.0.127.0.7.2.2.2.2.3", "id-TA-ECDSA-SHA-256";
    ID_TA_ECDSA_SHA_384 = "0.4.0.127.0.7.2.2.2.2.4", "id-TA-ECDSA-SHA-384";
    ID_TA_ECDSA_SHA_512 = "0.4.0.127.0.7.2.2.2.2.5", "id-TA-ECDSA-SHA-512";

    ID_CA = "0.4.0.127.0.7.2.2.3", "id-CA";
    ID_CA_DH = "0.4.0.127.0.7.2.2.3.1", "id-CA-DH";
    ID_CA_DH_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.3.1.1", "id-CA-DH-3DES-CBC-CBC";
    ID_CA_DH_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.3.1.2", "id-CA-DH-AES-CBC-CMAC-128";
    ID_CA_DH_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.3.1.3", "id-CA-DH-AES-CBC-CMAC-192";
    ID_CA_DH_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.3.1.4", "id-CA-DH-AES-CBC-CMAC-256";
    ID_CA_ECDH = "0.4.0.127.0.7.2.2.3.2", "id-CA-ECDH";
    ID_CA_ECDH_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.3.2.1", "id-CA-ECDH-3DES-CBC-CBC";
    ID_CA_ECDH_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.3.2.2", "id-CA-ECDH-AES-CBC-CMAC-128";
    ID_CA_ECDH_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.3.2.3", "id-CA-ECDH-AES-CBC-CMAC-192";
    ID_CA_ECDH_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.3.2.4", "id-CA-ECDH-AES-CBC-CMAC-256";

    ID_PACE = "0.4.0.127.0.7.2.2.4", "id-PACE";
    ID_PACE_DH_GM = "0.4.0.127.0.7.2.2.4.1", "id-PACE-DH-GM";
    ID_PACE_DH_GM_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.4.1.1", "id-PACE-DH-GM-3DES-CBC-CBC";
    ID_PACE_DH_GM_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.4.1.2", "id-PACE-DH-GM-AES-CBC-CMAC-128";
    ID_PACE_DH_GM_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.4.1.3", "id-PACE-DH-GM-AES-CBC-CMAC-192";
    ID_PACE_DH_GM_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.4.1.4", "id-PACE-DH-GM-AES-CBC-CMAC-256";
    ID_PACE_ECDH_GM = "0.4.0.127.0.7.2.2.4.2", "id-PACE-ECDH-GM";
    ID_PACE_ECDH_GM_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.4.2.1", "id-PACE-ECDH-GM-3DES-CBC-CBC";
    ID_PACE_ECDH_GM_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.4.2.2", "id-PACE-ECDH-GM-AES-CBC-CMAC-128";
    ID_PACE_ECDH_GM_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.4.2.3", "id-PACE-ECDH-GM-AES-CBC-CMAC-192";
    ID_PACE_ECDH_GM_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.4.2.4", "id-PACE-ECDH-GM-AES-CBC-CMAC-256";
    ID_PACE_DH_IM = "0.4.0.127.0.7.2.2.4.3", "id-PACE-DH-IM";
    ID_PACE_DH_IM_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.4.3.1", "id-PACE-DH-IM-3DES-CBC-CBC";
    ID_PACE_DH_IM_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.4.3.2", "id-PACE-DH-IM-AES-CBC-CMAC-128";
    ID_PACE_DH_IM_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.4.3.3", "id-PACE-DH-IM-AES-CBC-CMAC-192";
    ID_PACE_DH_IM_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.4.3.4", "id-PACE-DH-IM-AES-CBC-CMAC-256";
    ID_PACE_ECDH_IM = "0.4.0.127.0.7.2.2.4.4", "id-PACE-ECDH-IM";
    ID_PACE_ECDH_IM_3DES_CBC_CBC = "0.4.0.127.0.7.2.2.4.4.1", "id-PACE-ECDH-IM-3DES-CBC-CBC";
    ID_PACE_ECDH_IM_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.4.4.2", "id-PACE-ECDH-IM-AES-CBC-CMAC-128";
    ID_PACE_ECDH_IM_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.4.4.3", "id-PACE-ECDH-IM-AES-CBC-CMAC-192";
    ID_PACE_ECDH_IM_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.4.4.4", "id-PACE-ECDH-IM-AES-CBC-CMAC-256";
    ID_PACE_ECDH_CAM = "0.4.0.127.0.7.2.2.4.6", "id-PACE-ECDH-CAM";
    ID_PACE_ECDH_CAM_AES_CBC_CMAC_128 = "0.4.0.127.0.7.2.2.4.6.2", "id-PACE-ECDH-CAM-AES-CBC-CMAC-128";
    ID_PACE_ECDH_CAM_AES_CBC_CMAC_192 = "0.4.0.127.0.7.2.2.4.6.3", "id-PACE-ECDH-CAM-AES-CBC-CMAC-192";
    ID_PACE_ECDH_CAM_AES_CBC_CMAC_256 = "0.4.0.127.0.7.2.2.4.6.4", "id-PACE-ECDH-CAM-AES-CBC-CMAC-256";

    ID_RI = "0.4.0.127.0.7.2.2.5", "id-RI";
    ID_RI_DH = "0.4.0.127.0.7.2.2.5.1", "id-RI-DH";
    ID_RI_DH_SHA_1 = "0.4.0.127.0.7.2.2.5.1.1", "id-RI-DH-SHA-1";
    ID_RI_DH_SHA_224 = "0.4.0.127.0.7.2.2.5.1.2", "id-RI-DH-SHA-224";
    ID_RI_DH_SHA_256 = "0.4.0.127.0.7.2.2.5.1.3", "id-RI-DH-SHA-256";
    ID_RI_DH_SHA_384 = "0.4.0.127.0.7.2.2.5.1.4", "id-RI-DH-SHA-384";
    ID_RI_DH_SHA_512 = "0.4.0.127.0.7.2.2.5.1.5", "id-RI-DH-SHA-512";
    ID_RI_ECDH = "0.4.0.127.0.7.2.2.5.2", "id-RI-ECDH";
    ID_RI_ECDH_SHA_1 = "0.4.0.127.0.7.2.2.5.2.1", "id-RI-ECDH-SHA-1";
    ID_RI_ECDH_SHA_224 = "0.4.0.127.0.7.2.2.5.2.2", "id-RI-ECDH-SHA-224";
    ID_RI_ECDH_SHA_256 = "0.4.0.127.0.7.2.2.5.2.3", "id-RI-ECDH-SHA-256";
    ID_RI_ECDH_SHA_384 = "0.4.0.127.0.7.2.2.5.2.4", "id-RI-ECDH-SHA-384";
    ID_RI_ECDH_SHA_512 = "0.4.0.127.0.7.2.2.5.2.5", "id-RI-ECDH-SHA-512";

    ID_CI = "0.4.0.127.0.7.2.2.6", "id-CI";
    ID_EID_SECURITY = "0.4.0.127.0.7.2.2.7", "id-eIDSecurity";
    ID_PT = "0.4.0.127.0.7.2.2.8", "id-PT";

    ID_PASSWORD_TYPE = "0.4.0.127.0.7.2.2.12", "id-PasswordType";
    ID_MRZ = "0.4.0.127.0.7.2.2.12.1", "id-MRZ";
    ID_CAN = "0.4.0.127.0.7.2.2.12.2", "id-CAN";
    ID_PIN = "0.4.0.127.0.7.2.2.12.3", "id-PIN";
    ID_PUK = "0.4.0.127.0.7.2.2.12.4", "id-PUK";

    ID_SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1", "id-SecurityObject";

    STANDARDIZED_DOMAIN_PARAMETERS = "0.4.0.127.0.7.1.2", "standardizedDomainParameters";
    ECDSA_PLAIN_SHA_224 = "0.4.0.127.0.7.1.1.4.1.2", "ecdsa-plain-SHA224";
    ECDSA_PLAIN_SHA_256 = "0.4.0.127.0.7.1.1.4.1.3", "ecdsa-plain-SHA256";
    ECDSA_PLAIN_SHA_384 = "0.4.0.127.0.7.1.1.4.1.4", "ecdsa-plain-SHA384";
    ECDSA_PLAIN_SHA_512 = "0.4.0.127.0.7.1.1.4.1.5", "ecdsa-plain-SHA512";

    ID_SIGNED_DATA = "1.2.840.113549.1.7.2", "id-signedData";
    ID_ICAO_MRTD_SECURITY_LDS_SECURITY_OBJECT = "2.23.136.1.1.1", "id-icao-mrtd-security-ldsSecurityObject";
    ID_AA = "2.23.136.1.1.5", "id-icao-mrtd-security-aaProtocolObject";
    ID_EFDIR = "2.23.136.1.1.13", "id-EFDIR";

    ID_EC_PUBLIC_KEY = "1.2.840.10045.2.1", "id-ecPublicKey";
    PRIME_FIELD = "1.2.840.10045.1.1", "prime-field";
    DH_PUBLIC_NUMBER = "1.2.840.10046.2.1", "dhpublicnumber";
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1", "rsaEncryption";
    SECP256R1 = "1.2.840.10045.3.1.7", "secp256r1";
    SECP384R1 = "1.3.132.0.34", "secp384r1";
    BRAINPOOLP256R1 = "1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1";

    ID_SHA1 = "1.3.14.3.2.26", "id-sha1";
    ID_SHA224 = "2.16.840.1.101.3.4.2.4", "id-sha224";
    ID_SHA256 = "2.16.840.1.101.3.4.2.1", "id-sha256";
    ID_SHA384 = "2.16.840.1.101.3.4.2.2", "id-sha384";
    ID_SHA512 = "2.16.840.1.101.3.4.2.3", "id-sha512";
}

/// The ASN.1 name of an object identifier of this module, for reports.
///
/// ```
/// assert_eq!(lds::oid::name(&lds::oid::ID_TA), Some("id-TA"));
/// ```
pub fn name(oid: &ObjectIdentifier) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map(|(_, name)| *name)
}
