//! Habits of the project that no tool of Rust's holds: the order of imports, what tests may need, what is depended on.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::support::source::{Source, files};

/// rustfmt sorts imports within a group, but checks the groups only on nightly (`group_imports`).
#[test]
fn imports_are_in_three_groups() {
    let mut wrong = Vec::new();
    for source in Source::all(&["src", "tests", "benches"]) {
        let mut last: Option<(usize, usize, u8)> = None; // The last line of an import, its indent, its group.
        let mut open = None;
        for (number, line) in source.text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            if let Some(used) = line.trim_start().strip_prefix("use ") {
                let first = used.split([':', ';', ' ']).next().unwrap();
                let group = match first {
                    "std" | "core" | "alloc" => 0,
                    "crate" | "super" | "self" => 2,
                    _ if source.text.contains(&format!("mod {first};")) => 2,
                    _ => 1,
                };
                if let Some((at, same, before)) = last
                    && same == indent
                    && (number - at <= 2)
                    && (group < before || (group == before) != (number == at + 1))
                {
                    wrong.push(format!("{}:{}: {}", source.file, number + 1, line.trim()));
                }
                open = Some((indent, group));
            }
            if let Some((indent, group)) = open
                && line.trim_end().ends_with(';')
            {
                last = Some((number, indent, group));
                open = None;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports stand in three groups, std, crates, crate and super, with an empty line between two groups and none within one:\n{}",
        wrong.join("\n")
    );
}

/// Every system that runs Rust has these; all else has to be installed.
const EVERYWHERE: &[&str] = &["sh", "bash", "kill", "prlimit"];

/// `./test.sh --quick`, like a plain `cargo test`, needs nothing but Rust. What needs more says so, and `cargo test`
/// repeats it beside the test's name.
#[test]
fn what_needs_an_installed_program_says_so() {
    let needs =
        Regex::new(r#"Command::new\("(\w+)"\)|Browser::start|python\("|"/usr/\w+/|target/(mail|python)"#)
            .unwrap();
    let mut wrong = Vec::new();
    for (file, text) in files("tests/it", &["rs"]) {
        let is_test = !file.contains("/support/") && file != "tests/it/project.rs";
        let foreign = needs
            .captures_iter(&text)
            .find(|found| found.get(1).is_none_or(|name| !EVERYWHERE.contains(&name.as_str())));
        if let Some(found) = foreign.filter(|_| is_test && !text.contains("#[ignore = \"needs ")) {
            wrong.push(format!("{file}: {}", &found[0]));
        }
    }
    assert!(
        wrong.is_empty(),
        "mark the tests that need this with #[ignore = \"needs <program>\"]; ./test.sh installs it and runs them:\n{}",
        wrong.join("\n")
    );
}

/// Licences that ask no more of a user than to keep the notices.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-3-Clause",
    "ISC",
    "0BSD",
    "Zlib",
    "Unicode-3.0",         // Unicode's data in ICU4X and unicode-ident
    "CDLA-Permissive-2.0", // Mozilla's list of authorities in webpki-roots
];

/// Crates that must not come in through others, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "rustls is the only TLS: one memory-safe implementation, no system library to match"),
    ("native-tls", "rustls is the only TLS, so that every platform behaves alike"),
    (
        "aws-lc-sys",
        "ring is the only cryptography provider of rustls: with two, rustls picks none and panics",
    ),
];

/// Of what is built on Linux, dependencies of the tests included.
#[test]
fn every_dependency_is_licensed_for_us_from_the_registry_and_wanted() {
    let target = ["--filter-platform", "x86_64-unknown-linux-gnu"];
    let arguments = ["metadata", "--locked", "--offline", "--format-version", "1"];
    let metadata = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(target)
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let built: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    let mut wrong = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, licence, source) = (text("name"), text("license").replace('/', " OR "), text("source"));
        if name == env!("CARGO_PKG_NAME") || !built.contains(text("id")) {
            continue;
        }
        // "(A OR B) AND C": of each part one choice has to be allowed.
        let allowed = |part: &str| {
            part.split(" OR ").any(|choice| LICENCES.contains(&choice.trim_matches(['(', ')', ' '])))
        };
        if !licence.split(" AND ").all(allowed) {
            wrong.insert(
                name,
                format!(
                    "its licence is {licence:?}: use another crate, or add it to LICENCES with its reason"
                ),
            );
        }
        if source != "registry+https://github.com/rust-lang/crates.io-index" {
            wrong.insert(name, format!("comes from {source:?}: depend on what crates.io has"));
        }
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            wrong.insert(
                name,
                format!("{reason}: turn off the feature that brings it (`cargo tree -i {name}`)"),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
