//! Holds the workspace against its own architecture (docs/ARCHITECTURE.md): which package may use which, where `unsafe`
//! may live, which packages must stay free of the standard library, and what may come in from outside.
//!
//! Every rule is a function from what it looks at to the violations it finds, and each has a twin test that feeds it
//! something broken: a rule that cannot fail protects nothing.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test file: a panic is a failure"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Who may use whom. A package of the workspace that is missing here is a violation too: new rooms are drawn first.
const ARROWS: &[(&str, &[&str])] = &[
    ("iso7816", &[]),
    ("lds", &["iso7816"]),
    ("secure-channel", &["iso7816"]),
    ("cvc", &["iso7816", "lds", "secure-channel"]),
    ("transport", &["iso7816"]),
    ("pki", &["iso7816", "lds", "secure-channel"]),
    ("signing", &["pki"]),
    (
        "applet-sim",
        &["iso7816", "lds", "secure-channel", "cvc", "transport"],
    ),
    (
        "host-lib",
        &[
            "iso7816",
            "lds",
            "secure-channel",
            "cvc",
            "transport",
            "pki",
            "signing",
        ],
    ),
    (
        "issuer",
        &[
            "iso7816",
            "lds",
            "secure-channel",
            "cvc",
            "transport",
            "pki",
            "applet-sim",
        ],
    ),
    (
        "conformance",
        &[
            "iso7816",
            "lds",
            "secure-channel",
            "cvc",
            "transport",
            "pki",
            "issuer",
        ],
    ),
    (
        "neweid",
        &[
            "iso7816",
            "lds",
            "secure-channel",
            "cvc",
            "transport",
            "pki",
            "applet-sim",
            "issuer",
            "host-lib",
            "conformance",
            "signing",
        ],
    ),
    ("pkcs11", &["transport", "pki", "signing", "host-lib"]),
    (
        "neweid-tests",
        &[
            "iso7816",
            "lds",
            "secure-channel",
            "cvc",
            "transport",
            "pki",
            "applet-sim",
            "issuer",
            "host-lib",
            "neweid",
            "signing",
            "pkcs11",
        ],
    ),
];

/// What tests, examples and doc examples may use on top of [`ARROWS`].
const DEV_ARROWS: &[(&str, &[&str])] = &[
    ("host-lib", &["applet-sim", "issuer"]),
    ("issuer", &["host-lib"]),
];

/// Packages that must build without the standard library (`make bare-metal` compiles them for a machine that has none).
const NO_STD: &[&str] = &[
    "iso7816",
    "lds",
    "secure-channel",
    "cvc",
    "transport",
    "applet-sim",
];

/// Packages at a foreign-function edge, the only ones that may contain `unsafe`.
const MAY_BE_UNSAFE: &[&str] = &["pkcs11"];

/// Packages that may open a socket: the virtual reader is reached over loopback, and nothing else speaks to a network.
const MAY_USE_SOCKETS: &[&str] = &["transport"];

/// The one place beside them: a demonstration whose server and client refuse every address but those of the machine itself.
const LOGIN_DEMO: &str = "crates/cli/src/commands/login_demo";

/// One arrow between two packages of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    dev: bool,
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("cargo metadata answers for this workspace")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the workspace")
        .to_path_buf()
}

fn arrows(metadata: &Metadata) -> BTreeSet<Arrow> {
    let members = member_names(metadata);
    let mut arrows = BTreeSet::new();
    for package in metadata.workspace_packages() {
        for dependency in &package.dependencies {
            if members.contains(&dependency.name) {
                arrows.insert(Arrow {
                    from: package.name.to_string(),
                    to: dependency.name.clone(),
                    dev: dependency.kind == DependencyKind::Development,
                });
            }
        }
    }
    arrows
}

fn member_names(metadata: &Metadata) -> BTreeSet<String> {
    metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect()
}

fn listed(table: &[(&str, &[&str])], from: &str, to: &str) -> bool {
    table
        .iter()
        .any(|(name, may_use)| *name == from && may_use.contains(&to))
}

fn forbidden_arrows(members: &BTreeSet<String>, arrows: &BTreeSet<Arrow>) -> Vec<String> {
    let mut violations = Vec::new();
    for member in members {
        if !ARROWS.iter().any(|(name, _)| name == member) {
            violations.push(format!("package {member} is not in the table of arrows"));
        }
    }
    for Arrow { from, to, dev } in arrows {
        let itself = from == to && *dev;
        let allowed = listed(ARROWS, from, to) || (*dev && listed(DEV_ARROWS, from, to)) || itself;
        if !allowed {
            let kind = if *dev { "dev-dependency" } else { "dependency" };
            violations.push(format!("{from} → {to} as {kind}"));
        }
    }
    violations
}

/// Reasons why a package's manifest does not hold the compiler to the workspace's lints.
fn lint_violations(name: &str, manifest: &str, workspace_manifest: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let manifest: toml::Table = manifest.parse().expect("manifest is TOML");
    let workspace: toml::Table = workspace_manifest
        .parse()
        .expect("workspace manifest is TOML");
    let inherits = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        .unwrap_or(false);
    let forbids = workspace
        .get("workspace")
        .and_then(|w| w.get("lints"))
        .and_then(|lints| lints.get("rust"))
        .and_then(|rust| rust.get("unsafe_code"))
        .and_then(toml::Value::as_str)
        == Some("forbid");
    if !forbids {
        violations.push("the workspace does not forbid unsafe_code".to_owned());
    }
    if !inherits && !MAY_BE_UNSAFE.contains(&name) {
        violations.push(format!(
            "{name} does not take over the workspace's lints, so unsafe is not forbidden in it"
        ));
    }
    violations
}

fn no_std_violations(name: &str, lib_rs: &str) -> Vec<String> {
    let declared = lib_rs.lines().any(|line| line.trim() == "#![no_std]");
    if NO_STD.contains(&name) && !declared {
        return vec![format!("{name} does not say #![no_std] unconditionally")];
    }
    Vec::new()
}

fn socket_violations(name: &str, file: &Path, text: &str) -> Vec<String> {
    let demonstration = file.with_extension("");
    let demonstration = demonstration.ends_with(LOGIN_DEMO)
        || demonstration
            .parent()
            .is_some_and(|it| it.ends_with(LOGIN_DEMO));
    if MAY_USE_SOCKETS.contains(&name) || demonstration {
        return Vec::new();
    }
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            let code = line.split("//").next().unwrap_or(line);
            [
                "std::net",
                "std::os::unix::net",
                "TcpStream",
                "UdpSocket",
                "UnixStream",
            ]
            .iter()
            .any(|word| code.contains(word))
        })
        .map(|(number, _)| format!("{name} opens a socket at {}:{}", file.display(), number + 1))
        .collect()
}

/// The lists of deny.toml that these tests hold without cargo-deny.
struct Policy {
    licences: BTreeSet<String>,
    banned: BTreeSet<String>,
}

impl Policy {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
        let table: toml::Table = text.parse().expect("deny.toml is TOML");
        let strings = |section: &str, key: &str, pick: fn(&toml::Value) -> Option<&str>| {
            let list = table[section][key].as_array().expect("a list");
            assert!(!list.is_empty(), "deny.toml: {section}.{key} is empty");
            list.iter()
                .map(|entry| pick(entry).expect("a name").to_owned())
                .collect()
        };
        Self {
            licences: strings("licenses", "allow", toml::Value::as_str),
            banned: strings("bans", "deny", |entry| entry.get("crate")?.as_str()),
        }
    }

    fn violations(&self, package: &ForeignPackage) -> Vec<String> {
        let mut violations = Vec::new();
        let ForeignPackage {
            name,
            licence,
            source,
        } = package;
        if self.banned.contains(name) {
            violations.push(format!("{name} is banned by deny.toml"));
        }
        if source.as_deref() != Some("registry+https://github.com/rust-lang/crates.io-index") {
            violations.push(format!("{name} comes from {source:?}, not from crates.io"));
        }
        let allowed = licence.as_deref().is_some_and(|text| {
            // Some older crates still separate alternatives with a slash.
            let expression = spdx::Expression::parse_mode(text, spdx::ParseMode::LAX);
            expression
                .is_ok_and(|e| e.evaluate(|wanted| self.licences.contains(&wanted.to_string())))
        });
        if !allowed {
            violations.push(format!(
                "{name} is licensed under {licence:?}, which deny.toml does not allow"
            ));
        }
        violations
    }
}

struct ForeignPackage {
    name: String,
    licence: Option<String>,
    source: Option<String>,
}

impl From<&Package> for ForeignPackage {
    fn from(package: &Package) -> Self {
        Self {
            name: package.name.to_string(),
            licence: package.license.clone(),
            source: package.source.as_ref().map(ToString::to_string),
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.expect("readable folder").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn assert_none(violations: &[String]) {
    assert!(
        violations.is_empty(),
        "the architecture is broken:\n  {}",
        violations.join("\n  ")
    );
}

#[test]
fn packages_depend_on_each_other_only_along_the_drawn_arrows() {
    let metadata = metadata();
    let arrows = arrows(&metadata);
    assert_none(&forbidden_arrows(&member_names(&metadata), &arrows));
}

#[test]
fn an_arrow_that_was_not_drawn_is_found() {
    let edge = |from: &str, to: &str, dev| Arrow {
        from: from.into(),
        to: to.into(),
        dev,
    };
    let members: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let broken = [
        edge("host-lib", "applet-sim", false),
        edge("host-lib", "issuer", false),
        edge("applet-sim", "host-lib", false),
        edge("applet-sim", "host-lib", true),
        edge("applet-sim", "pki", false),
        edge("iso7816", "transport", false),
        edge("lds", "transport", true),
        edge("secure-channel", "transport", false),
        edge("pki", "transport", false),
        edge("signing", "host-lib", true),
        edge("signing", "applet-sim", true),
        edge("signing", "transport", false),
        edge("pki", "signing", false),
        edge("transport", "host-lib", false),
    ];
    for arrow in broken {
        let found = forbidden_arrows(&members, &BTreeSet::from([arrow.clone()]));
        assert_eq!(found.len(), 1, "{arrow:?} should be refused");
    }
    let allowed = [
        edge("host-lib", "applet-sim", true),
        edge("host-lib", "pki", false),
        edge("neweid", "issuer", false),
    ];
    for arrow in allowed {
        assert_eq!(
            forbidden_arrows(&members, &BTreeSet::from([arrow])),
            Vec::<String>::new()
        );
    }
    let stranger = BTreeSet::from(["newcomer".to_owned()]);
    assert_eq!(forbidden_arrows(&stranger, &BTreeSet::new()).len(), 1);
}

#[test]
fn the_arrows_have_no_cycle() {
    let table: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for (start, _) in ARROWS {
        let mut open: Vec<&str> = table[start].to_vec();
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            assert_ne!(next, *start, "{start} reaches itself");
            if seen.insert(next) {
                open.extend(table[next]);
            }
        }
    }
}

#[test]
fn only_transport_may_reach_the_readers_of_the_machine() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let reaches = package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == "pcsc");
        assert!(
            !reaches || *package.name == "transport",
            "{} → pcsc",
            package.name
        );
    }
}

#[test]
fn unsafe_is_forbidden_everywhere_but_at_foreign_function_edges() {
    let metadata = metadata();
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let mut violations = Vec::new();
    for package in metadata.workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path).expect("manifest");
        violations.extend(lint_violations(&package.name, &manifest, &workspace));
    }
    assert_none(&violations);
}

#[test]
fn a_package_without_the_lints_is_found() {
    let forbids = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
    let only_warns = "[workspace.lints.rust]\nunsafe_code = \"warn\"\n";
    let inherits = "[lints]\nworkspace = true\n";
    assert_eq!(
        lint_violations("lds", inherits, forbids),
        Vec::<String>::new()
    );
    assert_eq!(lint_violations("lds", "[lints]\n", forbids).len(), 1);
    assert_eq!(lint_violations("lds", inherits, only_warns).len(), 1);
}

#[test]
fn format_and_protocol_packages_and_the_chip_say_no_std() {
    let metadata = metadata();
    let members = member_names(&metadata);
    let mut violations = Vec::new();
    for name in NO_STD {
        assert!(
            members.contains(*name),
            "{name} is not a package of the workspace"
        );
    }
    for package in metadata.workspace_packages() {
        let lib = package
            .manifest_path
            .parent()
            .expect("a folder")
            .join("src/lib.rs");
        let text = fs::read_to_string(lib).unwrap_or_default();
        violations.extend(no_std_violations(&package.name, &text));
    }
    assert_none(&violations);
}

#[test]
fn a_package_that_only_sometimes_says_no_std_is_found() {
    assert_eq!(
        no_std_violations("lds", "//! Files.\n#![no_std]\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        no_std_violations("lds", "#![cfg_attr(not(test), no_std)]\n").len(),
        1
    );
    assert_eq!(no_std_violations("lds", "// #![no_std]\n").len(), 1);
}

#[test]
fn no_package_but_transport_opens_a_socket() {
    let mut violations = Vec::new();
    let mut files = 0;
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().expect("a folder");
        for file in rust_files(folder.join("src").as_std_path()) {
            files += 1;
            let text = fs::read_to_string(&file).expect("source file");
            violations.extend(socket_violations(&package.name, &file, &text));
        }
    }
    assert!(files >= ARROWS.len(), "only {files} source files were seen");
    assert_none(&violations);
}

#[test]
fn a_socket_is_found_and_a_comment_about_one_is_not() {
    let file = Path::new("x.rs");
    assert_eq!(
        socket_violations("host-lib", file, "use std::net::TcpStream;\n").len(),
        1
    );
    assert_eq!(
        socket_violations("transport", file, "use std::net::TcpStream;\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        socket_violations("host-lib", file, "// never std::net\n"),
        Vec::<String>::new()
    );
}

#[test]
fn everything_from_outside_has_an_allowed_licence_and_comes_from_crates_io() {
    let metadata = metadata();
    let policy = Policy::read();
    let members: BTreeSet<_> = metadata.workspace_members.iter().collect();
    let mut violations = Vec::new();
    for package in metadata
        .packages
        .iter()
        .filter(|package| !members.contains(&package.id))
    {
        violations.extend(policy.violations(&ForeignPackage::from(package)));
    }
    assert_none(&violations);
}

#[test]
fn a_foreign_licence_source_or_banned_package_is_found() {
    let policy = Policy::read();
    let crates_io = Some("registry+https://github.com/rust-lang/crates.io-index".to_owned());
    let package = |name: &str, licence: &str, source: &Option<String>| ForeignPackage {
        name: name.to_owned(),
        licence: Some(licence.to_owned()),
        source: source.clone(),
    };
    let good = package("good", "MIT/Apache-2.0", &crates_io);
    assert_eq!(policy.violations(&good), Vec::<String>::new());
    let choice = package("choice", "GPL-3.0-only OR MIT", &crates_io);
    assert_eq!(policy.violations(&choice), Vec::<String>::new());
    assert_eq!(
        policy
            .violations(&package("copyleft", "GPL-3.0-only", &crates_io))
            .len(),
        1
    );
    assert_eq!(
        policy
            .violations(&package("both", "MIT AND GPL-3.0-only", &crates_io))
            .len(),
        1
    );
    assert_eq!(
        policy
            .violations(&package("reqwest", "MIT", &crates_io))
            .len(),
        1
    );
    assert_eq!(policy.violations(&package("forked", "MIT", &None)).len(), 1);
    let unlicensed = ForeignPackage {
        name: "x".into(),
        licence: None,
        source: crates_io.clone(),
    };
    assert_eq!(policy.violations(&unlicensed).len(), 1);
}
