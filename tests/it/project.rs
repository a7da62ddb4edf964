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
                    && (group < before || (group == before) != (number == at + 1))
                {
                    wrong.push(format!("{}:{}: {}", source.file, number + 1, line.trim()));
                }
                open = Some((indent, group));
            } else if open.is_none() && !line.is_empty() {
                last = None;
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

/// `./test.sh --quick`, like a plain `cargo test`, needs nothing but Rust and the shell. A test that needs more says so,
/// and `cargo test` repeats it beside the test's name.
#[test]
fn what_needs_an_installed_program_says_so() {
    let foreign =
        Regex::new(r#"Command::new\("(\w+)"\)|Browser::start|python\("|"/usr/\w+/|target/(mail|python)"#)
            .unwrap();
    let everywhere = ["sh", "bash", "kill", "prlimit"];
    let function = Regex::new(r"(?m)^ *(pub\S* )?(async )?fn (\w+)").unwrap();
    let mut wrong = Vec::new();
    for (file, text) in files("tests/it", &["rs"]) {
        if file.contains("/support/") || file == "tests/it/project.rs" {
            continue;
        }
        // Each function with its body, up to the attributes of the next one: what it needs, or has from others in the file.
        let starts: Vec<_> =
            function.captures_iter(&text).map(|at| (at[3].to_owned(), at.get(0).unwrap().start())).collect();
        let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]);
        let functions: Vec<_> = starts
            .iter()
            .zip(ends)
            .map(|((name, start), end)| (name.as_str(), *start, &text[*start..end]))
            .collect();
        let needy = |body: &str| {
            let names: Vec<_> =
                foreign.captures_iter(body).map(|found| found.get(1).map(|name| name.as_str())).collect();
            names.iter().any(|name| name.is_none_or(|name| !everywhere.contains(&name)))
        };
        let mut found: BTreeSet<&str> =
            functions.iter().filter(|(.., body)| needy(body)).map(|(name, ..)| *name).collect();
        let mut before = 0;
        while found.len() > before {
            before = found.len();
            let calls = |body: &str| found.iter().any(|name| body.contains(&format!("{name}(")));
            let more: Vec<_> =
                functions.iter().filter(|(.., body)| calls(body)).map(|(name, ..)| *name).collect();
            found.extend(more);
        }
        for (name, start, _) in functions.iter().filter(|(name, ..)| found.contains(name)) {
            let above = text[..*start].trim_end().lines().rev().take_while(|line| line.starts_with("#["));
            let attributes: Vec<_> = above.collect();
            let is_test = attributes.iter().any(|line| line.contains("test"));
            if is_test && !attributes.iter().any(|line| line.starts_with("#[ignore = \"needs ")) {
                wrong.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these need an installed program: mark them with #[ignore = \"needs <program>\"], and ./test.sh still runs them:\n{}",
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
