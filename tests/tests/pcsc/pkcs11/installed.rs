//! `make install`, without its build.

use std::process::Command;

use applet_sim::{CertRead, KeyKind};
use libtest_mimic::Trial;

use super::desk::{Desk, module};
use crate::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials!(installed: what_is_installed_is_found_and_loads)
}

fn what_is_installed_is_found_and_loads() {
    let desk = Desk::with(KeyKind::P256, CertRead::AfterPace);
    let built = desk.path("built");
    std::fs::create_dir(&built).expect("a folder");
    std::fs::copy(module(), built.join("libneweid_pkcs11.so")).expect("the module");
    let program = crate::program::program();
    std::fs::copy(program, built.join("neweid")).expect("the program");
    let prefix = desk.path("usr");
    let install = |prefix: &std::path::Path| {
        let mut install = Command::new("scripts/install");
        install.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        install
            .arg(prefix)
            .arg("")
            .arg(&built)
            .output()
            .expect("scripts/install")
    };
    let relative = install("usr".as_ref());
    assert_eq!(relative.status.code(), Some(2), "{relative:?}");
    let done = install(&prefix);
    assert!(done.status.success(), "{done:?}");
    let described = String::from_utf8(desk.read("usr/share/p11-kit/modules/neweid.module"));
    let described = described.expect("text");
    let path = described
        .lines()
        .find_map(|line| line.strip_prefix("module: "));
    let tool = ["--module", path.expect("a path"), "--list-objects"];
    assert!(
        desk.says("pkcs11-tool", &tool)
            .contains("Certificate Object")
    );
    let neweid = prefix.join("bin/neweid");
    desk.says(neweid.to_str().expect("a path"), &["--version"]);

    // p11-kit, where the system's modules are; in this machine of the tests they are these alone.
    assert!(crate::sandbox::is_private(), "nothing is mounted elsewhere");
    let modules = desk.path("usr/share/p11-kit/modules");
    let modules = modules.to_str().expect("a path");
    let system = "/usr/share/p11-kit/modules";
    desk.says("mount", &["--bind", modules, system]);
    let (listed, list) = desk.outcome("p11-kit", &["list-modules"]);
    desk.says("umount", &[system]);
    assert!(
        listed && list.contains("New eID certificate module"),
        "{list}"
    );
    assert!(list.contains("user-pin-initialized"), "{list}");
}
