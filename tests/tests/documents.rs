//! Holds what the documents say against what is there: links lead somewhere, code in the READMEs is code of the examples, and
//! the two READMEs show the same commands and codes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test file: a panic is a failure"
)]

use std::fs;
use std::path::{Path, PathBuf};

use transport::faults::Script;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("tests/ lies in the workspace")
        .to_path_buf()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Markdown files that a reader starts from, and those in docs/.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [root(), root().join("docs")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The targets of all links `[text](target)` that are not addresses on a network.
fn local_links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .collect()
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// Lines without their indentation, without empty ones and without comments at their ends.
fn plain(code: &str) -> Vec<&str> {
    code.lines()
        .map(|line| {
            line.split(" # ")
                .next()
                .unwrap_or(line)
                .split("    #")
                .next()
                .unwrap_or(line)
                .trim()
        })
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut broken = Vec::new();
    let mut links = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for target in local_links(&text) {
            links += 1;
            let path = target.split('#').next().unwrap_or(target);
            let folder = document.parent().expect("a folder");
            if !folder.join(path).exists() {
                broken.push(format!("{} → {target}", document.display()));
            }
        }
    }
    assert!(links > 20, "only {links} links were seen");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn rust_in_the_readmes_is_code_of_the_examples() {
    let mut examples = String::new();
    for entry in fs::read_dir(root().join("host-lib/examples")).expect("examples") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("an example");
        examples.push_str(&plain(&text).join("\n"));
        examples.push('\n');
    }
    for readme in ["README.md", "README.zh-TW.md"] {
        let text = read(readme);
        let blocks = blocks(&text, "rust");
        assert!(!blocks.is_empty(), "{readme} shows no Rust");
        for block in blocks {
            let block = plain(block).join("\n");
            assert!(
                examples.contains(&block),
                "{readme} shows code that is in no example:\n{block}"
            );
        }
    }
}

#[test]
fn both_readmes_show_the_same_commands_and_codes() {
    let (english, chinese) = (read("README.md"), read("README.zh-TW.md"));
    let commands = |text: &str| -> Vec<String> {
        blocks(text, "sh")
            .into_iter()
            .flat_map(plain)
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(commands(&english), commands(&chinese));
    assert!(
        commands(&english).iter().any(|line| line == "make demo"),
        "{:?}",
        commands(&english)
    );
    let specimen = issuer::specimen::valid();
    let mrz = specimen.mrz.expect("the specimen has an ICAO application");
    let fields = [mrz.document_number(), mrz.birth_date(), mrz.expiry_date()].join(",");
    let codes = [
        specimen.codes.can(),
        specimen.codes.pin1(),
        specimen.codes.puk(),
        &fields,
    ];
    for text in [&english, &chinese] {
        for code in codes {
            assert!(text.contains(&format!("| `{code}` |")), "{code}");
        }
    }
}

#[test]
fn every_fault_of_the_documents_can_be_written_in_a_script() {
    let text = read("docs/faults.md");
    let what = text.split("## What").nth(1).expect("the table of faults");
    let mut lines: Vec<&str> = what
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(lines.len(), 16, "{lines:?}");
    lines.extend(blocks(&text, "faults"));
    for line in lines {
        let script = line.parse::<Script>();
        let script = script.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(!script.is_empty(), "{line}");
    }
    let example = read("host-lib/examples/ci_with_faults.rs");
    let example = plain(&example).join("\n");
    for block in blocks(&text, "rust") {
        assert!(example.contains(&plain(block).join("\n")), "{block}");
    }
}

#[test]
fn it_is_said_where_a_reader_looks_that_this_is_no_certified_product() {
    for document in ["README.md", "README.zh-TW.md", "SECURITY.md"] {
        let text = read(document);
        let beginning: String = text.chars().take(1200).collect();
        for words in ["Common Criteria", "FIPS"] {
            assert!(
                beginning.contains(words),
                "{document} does not say {words} near its beginning"
            );
        }
    }
}
