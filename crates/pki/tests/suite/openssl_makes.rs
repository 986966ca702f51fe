//! What OpenSSL builds, we accept: every curve, both paddings of RSA, indefinite lengths; and not what proves nothing.

use pki::{
    Certificate, Curve, Error, PassiveAuthentication, RevocationList, RevocationReason, Role,
    SignedData, Time, TrustStore, oid,
};

use crate::country::{DG1, DG2, errors, security_object};
use crate::openssl_reads::OpenSsl;

const CONFIGURATION: &str = "\
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
[dn]
C = TW
CN = OpenSSL CSCA
[csca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[signer]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ca]
default_ca = csca_db
[csca_db]
database = index.txt
crlnumber = crlnumber
default_crl_days = 30
default_md = sha256
crl_extensions = list
[list]
authorityKeyIdentifier = keyid:always
";

/// A country that OpenSSL made: keys with `key`, signatures with `digest` and the options `sign`.
struct Made {
    openssl: OpenSsl,
    key: String,
    digest: String,
    sign: String,
}

impl Made {
    fn new(key: &str, digest: &str, sign: &str) -> Self {
        let made = Self {
            openssl: OpenSsl::new(),
            key: key.to_owned(),
            digest: digest.to_owned(),
            sign: sign.to_owned(),
        };
        let openssl = &made.openssl;
        openssl.write("openssl.cnf", CONFIGURATION);
        openssl.write("content", security_object());
        for name in ["csca", "signer"] {
            openssl.succeed(&format!("{} -out {name}.key", made.key));
        }
        let certificate = |request: &str| {
            let sigopt = made.sign.replace("-keyopt", "-sigopt");
            format!(
                "{request} -config openssl.cnf -{} {sigopt} -days 3650",
                made.digest
            )
        };
        openssl.succeed(&certificate(
            "req -x509 -new -key csca.key -extensions csca -out csca.pem",
        ));
        openssl.succeed(
            "req -new -config openssl.cnf -key signer.key -subj /C=TW/CN=OpenSSL-signer -out signer.csr",
        );
        let sigopt = made.sign.replace("-keyopt", "-sigopt");
        openssl.succeed(&format!(
            "x509 -req -in signer.csr -CA csca.pem -CAkey csca.key -set_serial 4660 -days 3650 -{} {sigopt} \
             -extfile openssl.cnf -extensions signer -out signer.pem",
            made.digest
        ));
        openssl.write("index.txt", "");
        openssl.write("crlnumber", "01\n");
        made
    }

    /// EF.SOD without its tag, as SignedData.
    fn sod(&self, options: &str) -> Vec<u8> {
        self.openssl.succeed(&format!(
            "cms -sign -binary -nodetach -nosmimecap -in content -econtent_type {} -signer signer.pem \
             -inkey signer.key -md {} {} -outform DER -out sod.der {options}",
            oid::LDS_SECURITY_OBJECT,
            self.digest,
            self.sign
        ));
        self.openssl.read("sod.der")
    }

    fn list(&self) -> RevocationList {
        self.openssl.succeed(
            "ca -gencrl -config openssl.cnf -keyfile csca.key -cert csca.pem -out list.pem",
        );
        let pem = String::from_utf8(self.openssl.read("list.pem")).unwrap();
        RevocationList::from_pem(&pem[pem.find("-----BEGIN").unwrap()..]).unwrap()
    }

    fn certificate(&self, name: &str) -> Certificate {
        let pem = String::from_utf8(self.openssl.read(name)).unwrap();
        Certificate::from_pem(&pem).unwrap()
    }

    fn verify(&self, ef_sod: &[u8], lists: &[RevocationList]) -> Vec<Error> {
        let mut trust = TrustStore::new();
        if let Err(error) = trust.add_anchor(self.certificate("csca.pem")) {
            return vec![error];
        }
        let passive = PassiveAuthentication::new(&trust, wall_clock()).with_revocation_lists(lists);
        errors(&passive.security_object(ef_sod, &[(1, DG1), (2, DG2)]))
    }
}

/// OpenSSL issues for today.
fn wall_clock() -> Time {
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    Time::try_from(now).unwrap()
}

fn accepted(made: &Made) {
    let lists = [made.list()];
    assert_eq!(made.verify(&made.sod(""), &lists), []);
    assert_eq!(made.verify(&made.sod("-keyid"), &lists), []);
}

/// `-stream` makes OpenSSL write indefinite lengths. (With RSASSA-PSS it fails over that itself.)
fn accepted_as_a_stream(made: &Made) {
    let streamed = made.sod("-stream -indef");
    assert_eq!(streamed[1], 0x80, "an indefinite length");
    assert_eq!(made.verify(&streamed, &[made.list()]), []);
}

#[test]
fn every_supported_curve_of_openssl_is_accepted() {
    for (name, digest, curve) in [
        ("P-256", "sha256", Curve::P256),
        ("P-384", "sha384", Curve::P384),
        ("P-521", "sha512", Curve::P521),
        ("brainpoolP256r1", "sha256", Curve::BrainpoolP256r1),
        ("brainpoolP384r1", "sha384", Curve::BrainpoolP384r1),
    ] {
        let key = format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{name}");
        let made = Made::new(&key, digest, "");
        accepted(&made);
        accepted_as_a_stream(&made);
        let public_key = made.certificate("signer.pem").public_key().unwrap();
        assert_eq!(public_key.curve(), Some(curve));

        let explicit = format!("{key} -pkeyopt ec_param_enc:explicit");
        let made = Made::new(&explicit, digest, "");
        let der = made.certificate("signer.pem").as_der().len();
        assert!(
            der > 500,
            "{der} bytes are too few for written-out parameters"
        );
        accepted(&made);
    }
}

#[test]
fn rsa_of_openssl_is_accepted_with_both_paddings() {
    let key = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048";
    let made = Made::new(key, "sha256", "");
    accepted(&made);
    accepted_as_a_stream(&made);
    accepted(&Made::new(
        key,
        "sha512",
        "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:64",
    ));
}

#[test]
fn a_curve_that_is_not_supported_is_refused_by_name() {
    let key = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1";
    let made = Made::new(key, "sha256", "");
    assert!(matches!(
        made.verify(&made.sod(""), &[]).as_slice(),
        [Error::UnsupportedCurve(_)]
    ));
}

#[test]
fn short_rsa_keys_and_sha_1_are_refused_by_name() {
    let made = Made::new(
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "sha256",
        "",
    );
    assert_eq!(
        made.verify(&made.sod(""), &[]),
        [Error::RsaKeySize { bits: 1024 }]
    );
    let key = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let made = Made::new(key, "sha1", "");
    assert!(matches!(
        made.verify(&made.sod(""), &[]).as_slice(),
        [Error::BrokenDigest(_)]
    ));
    let object = SignedData::parse(&made.sod("")).unwrap();
    assert!(matches!(
        object.verify(oid::LDS_SECURITY_OBJECT),
        Err(Error::BrokenDigest(_))
    ));
}

#[test]
fn a_certificate_that_openssl_revoked_is_revoked() {
    let key = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let made = Made::new(key, "sha256", "");
    let sod = made.sod("");
    made.openssl.succeed(
        "ca -config openssl.cnf -keyfile csca.key -cert csca.pem -revoke signer.pem -crl_reason keyCompromise",
    );
    let errors = made.verify(&sod, &[made.list()]);
    assert!(
        matches!(
            errors.as_slice(),
            [Error::Revoked {
                role: Role::DocumentSigner,
                reason: RevocationReason::KeyCompromise,
                ..
            }]
        ),
        "{errors:?}"
    );
}

#[test]
fn a_ca_that_may_not_sign_lists_signs_none() {
    let key = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let made = Made::new(key, "sha256", "");
    let (sod, lists) = (made.sod(""), [made.list()]);
    assert_eq!(made.verify(&sod, &lists), []);
    // The same key and name in a certificate without cRLSign.
    let configuration = CONFIGURATION.replace("keyCertSign,cRLSign", "keyCertSign");
    made.openssl.write("openssl.cnf", configuration);
    made.openssl.succeed(
        "req -x509 -new -key csca.key -extensions csca -out csca.pem -config openssl.cnf -days 3650",
    );
    assert_eq!(made.verify(&sod, &lists), [Error::RevocationListIssuer]);
}
