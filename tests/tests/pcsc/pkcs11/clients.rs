//! The `cryptoki` crate, and Python's PyKCS11.

use std::path::PathBuf;

use applet_sim::{CertRead, KeyKind};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot as Pkcs11Slot;
use cryptoki::types::AuthPin;
use libtest_mimic::Trial;
use neweid_tests::cards::natural_person::PIN2;
use pki::{DigestAlgorithm, SignatureAlgorithm, ecdsa_sig_value};

use super::desk::{DATA, Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(
        clients:
        the_cryptoki_crate_logs_in_signs_and_decrypts,
        pykcs11_logs_in_signs_and_decrypts,
    )
}

/// The module in this process.
pub(super) fn initialised() -> Pkcs11 {
    let context = Pkcs11::new(module()).expect("the module");
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    context.initialize(arguments).expect("C_Initialize");
    context
}

/// The module with this desk's card.
pub(super) fn load(desk: &Desk) -> (Pkcs11, Pkcs11Slot) {
    desk.use_configuration();
    let context = initialised();
    let slots = context.get_slots_with_token().expect("slots");
    assert_eq!(slots.len(), 1);
    (context, slots[0])
}

fn key(session: &Session, class: ObjectClass, id: u8) -> cryptoki::object::ObjectHandle {
    let template = [Attribute::Class(class), Attribute::Id(vec![id])];
    let found = session.find_objects(&template).expect("objects");
    assert_eq!(found.len(), 1);
    found[0]
}

fn the_cryptoki_crate_logs_in_signs_and_decrypts() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPin2);
    let (context, slot) = load(&desk);
    let token = context.get_token_info(slot).expect("a token");
    assert_eq!(token.label(), "New eID");
    assert!(!token.protected_authentication_path());
    let session = context.open_rw_session(slot).expect("a session");
    let pin = |digits: &str| AuthPin::new(digits.into());
    let wrong = session.login(UserType::User, Some(&pin("11111111")));
    assert!(
        matches!(wrong, Err(Error::Pkcs11(RvError::PinIncorrect, _))),
        "{wrong:?}"
    );
    let token = context.get_token_info(slot).expect("a token");
    assert!(token.user_pin_count_low() && !token.user_pin_final_try());
    session
        .login(UserType::User, Some(&pin(PIN2)))
        .expect("a login");

    let certificates = session.find_objects(&[Attribute::Class(ObjectClass::CERTIFICATE)]);
    assert_eq!(certificates.expect("objects").len(), 3);
    let authentication = key(&session, ObjectClass::PRIVATE_KEY, 0x82);
    let signature = session
        .sign(&Mechanism::EcdsaSha256, authentication, DATA)
        .expect("a signature");
    let certificate = &desk.certified.certificates[1];
    let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let public = certificate.public_key().expect("a key");
    let signature = ecdsa_sig_value(&signature).expect("a signature");
    public
        .verify(algorithm, DATA, &signature)
        .expect("verified");

    let signing = key(&session, ObjectClass::PRIVATE_KEY, 0x81);
    let refused = session.sign(&Mechanism::EcdsaSha256, signing, DATA);
    assert!(
        matches!(refused, Err(Error::Pkcs11(RvError::UserNotLoggedIn, _))),
        "{refused:?}"
    );
    session
        .sign_init(&Mechanism::EcdsaSha256, signing)
        .expect("an operation");
    session
        .login(UserType::ContextSpecific, Some(&pin(PIN2)))
        .expect("consent");
    session.sign_update(DATA).expect("data");
    let signature = session.sign_final().expect("a signature");
    let signature = ecdsa_sig_value(&signature).expect("a signature");
    let public = desk.certified.certificates[0].public_key().expect("a key");
    public
        .verify(algorithm, DATA, &signature)
        .expect("verified");

    let encrypt = [
        "pkeyutl",
        "-encrypt",
        "-certin",
        "-inkey",
        "decipherment.pem",
    ];
    desk.says(
        "openssl",
        &[&encrypt[..], &["-in", "data", "-out", "secret"]].concat(),
    );
    let deciphering = key(&session, ObjectClass::PRIVATE_KEY, 0x83);
    let opened = session.decrypt(&Mechanism::RsaPkcs, deciphering, &desk.read("secret"));
    assert_eq!(opened.expect("opened"), DATA);

    let modulus = session.get_attributes(deciphering, &[AttributeType::Modulus]);
    assert_eq!(modulus.expect("attributes").len(), 1);
    let random = session.generate_random_vec(32).expect("numbers");
    assert_ne!(random, [0; 32]);
    session
        .set_pin(&pin(PIN2), &pin("987654321"))
        .expect("a new PIN2");
    session.logout().expect("a logout");
    drop(session);
    context.finalize().expect("C_Finalize");
}

/// A virtual environment with the client, made once; pip fetches it from PyPI.
fn python() -> PathBuf {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pykcs11/bin/python3");
    let python = PathBuf::from(scripts);
    assert!(
        python.exists(),
        "{} is missing: `make setup` installs PyKCS11",
        python.display()
    );
    python
}

const SCRIPT: &str = r#"
import sys, hashlib
from PyKCS11 import *
lib = PyKCS11Lib()
lib.load(sys.argv[1])
slot = lib.getSlotList(tokenPresent=True)[0]
print(lib.getTokenInfo(slot).label.strip())
session = lib.openSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)
try:
    session.login("11111111")
except PyKCS11Error as error:
    print(error)
session.login(sys.argv[2])
def key(id):
    return session.findObjects([(CKA_CLASS, CKO_PRIVATE_KEY), (CKA_ID, (id,))])[0]
data = open("data", "rb").read()
open("signed", "wb").write(bytes(session.sign(key(0x82), data, Mechanism(CKM_SHA256_RSA_PKCS, None))))
pss = RSA_PSS_Mechanism(CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384, 48)
open("signed-pss", "wb").write(bytes(session.sign(key(0x82), data, pss)))
oaep = RSAOAEPMechanism(CKM_SHA256, CKG_MGF1_SHA256)
open("opened", "wb").write(bytes(session.decrypt(key(0x83), open("secret", "rb").read(), oaep)))
session.logout()
session.closeSession()
"#;

fn pykcs11_logs_in_signs_and_decrypts() {
    let python = python();
    let desk = Desk::with(KeyKind::Rsa2048, CertRead::AfterPin2);
    desk.write("client.py", SCRIPT.as_bytes());
    desk.says(
        "openssl",
        &[
            "pkeyutl",
            "-encrypt",
            "-certin",
            "-inkey",
            "decipherment.pem",
            "-in",
            "data",
            "-out",
            "secret",
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha256",
        ],
    );
    let module = module();
    let module = module.to_str().expect("a path");
    let said = desk.says(
        python.to_str().expect("a path"),
        &["client.py", module, PIN2],
    );
    assert!(
        said.contains("New eID") && said.contains("CKR_PIN_INCORRECT"),
        "{said}"
    );
    assert_eq!(desk.read("opened"), DATA);
    let public = desk.certified.certificates[1].public_key().expect("a key");
    let pkcs1 = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    public
        .verify(pkcs1, DATA, &desk.read("signed"))
        .expect("verified");
    let pss = SignatureAlgorithm::RsaPss {
        digest: DigestAlgorithm::Sha384,
        salt_len: 48,
    };
    public
        .verify(pss, DATA, &desk.read("signed-pss"))
        .expect("verified");
}
