//! The configuration file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use neweid_pkcs11::Configuration;

fn read(text: &str, mode: u32) -> Result<Configuration, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pkcs11.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(folder.path().join("trust")).unwrap();
    fs::create_dir(folder.path().join("broken")).unwrap();
    fs::write(folder.path().join("broken/csca.cer"), "nothing").unwrap();
    Configuration::read(&path).map_err(|error| error.to_string())
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let text = "access_code = \"123456\"\n";
    assert!(read(text, 0o600).is_ok());
    assert!(read(text, 0o400).is_ok());
    for mode in [0o640, 0o604, 0o620, 0o666] {
        let error = read(text, mode).err().unwrap();
        assert!(error.contains("chmod 600"), "{error}");
    }
}

#[test]
fn what_is_wrong_is_named_and_the_code_is_not_shown() {
    let good = "access_code = \"123456\"\ntrust = [\"trust\"]\nlog = \"log\"\n\
        [[reader]]\nname = \"Virtual\"\naccess_code = \"654321\"\n";
    assert!(read(good, 0o600).is_ok());
    for (text, word) in [
        ("access_code = \"98765\"", "access_code"),
        ("access_code = 987654", "quotes"),
        ("acces_code = \"987654\"", "acces_code"),
        ("trust = [\"nowhere\"]", "nowhere"),
        ("trust = [\"broken\"]", "csca.cer"),
        ("on = \"2026-06-01\"", "allow_test_anchors"),
        ("allow_test_anchors = true\non = \"2026-02-30\"", "day"),
        ("access_code = \"987654", "string"),
    ] {
        let error = read(text, 0o600).err().unwrap();
        assert!(error.contains(word), "{text}: {error}");
        assert!(!error.contains("9876"), "{error}");
    }
}
