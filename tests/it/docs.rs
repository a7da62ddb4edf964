//! The documents: the README stays short, every link and picture leads somewhere, and every page says whom it is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and the pages below `docs/`.
fn pages() -> Vec<PathBuf> {
    let in_folder = |folder: &str| root().join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path());
    let below = in_folder("docs").chain(in_folder("docs/operations"));
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    std::iter::once(root().join("README.md")).chain(below.filter(is_page)).collect()
}

/// The text of a page without its blocks of code, in which nothing is a link or a heading.
fn prose(page: &Path) -> String {
    let text = std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let mut in_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    assert!(!in_code, "{}: a block of code does not end", page.display());
    prose
}

/// `text` without its code spans, in which brackets are no links.
fn without_code(text: &str) -> String {
    text.lines().map(|line| line.split('`').step_by(2).collect::<Vec<_>>().join("`") + "\n").collect()
}

/// What links and pictures point at, those to other sites left out.
fn targets(text: &str) -> Vec<String> {
    let text = without_code(text);
    let links = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    let pictures = ["src=\"", "srcset=\""]
        .into_iter()
        .flat_map(|attribute| text.split(attribute).skip(1))
        .filter_map(|rest| Some(rest.split_once('"')?.0));
    links.chain(pictures).filter(|target| !target.contains("://")).map(str::to_owned).collect()
}

/// The anchors that GitHub gives to the headings of a page.
fn anchors(page: &Path) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(page).lines() {
        let Some((hashes, title)) = line.split_once(' ') else { continue };
        if hashes.is_empty() || !hashes.bytes().all(|byte| byte == b'#') {
            continue;
        }
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
        // A heading that comes twice gets a number.
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

#[test]
fn the_readme_fits_a_few_screens() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.len() <= 8_000, "README.md has {} bytes: move details to docs/", text.len());
    for command in ["cargo run --release -- dev", "./test.sh", "./test.sh --quick"] {
        assert!(text.contains(&format!("`{command}`")), "README.md does not say `{command}`");
    }
}

#[test]
fn every_link_and_picture_leads_somewhere() {
    let mut missing = Vec::new();
    let mut checked = 0;
    for page in pages() {
        for target in targets(&prose(&page)) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            if !file.exists() || (!anchor.is_empty() && !anchors(&file).contains(anchor)) {
                missing.push(format!("{}: {target}", page.display()));
            }
            checked += 1;
        }
    }
    assert!(missing.is_empty(), "these lead nowhere:\n{}", missing.join("\n"));
    assert!(checked > 50, "{checked}");
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let linked: Vec<PathBuf> = targets(&prose(&root().join("README.md")))
        .iter()
        .map(|target| root().join(target.split('#').next().unwrap_or_default()))
        .collect();
    let operations = root().join("docs/operations");
    // What belongs to one page is reached from that page.
    for page in pages().iter().skip(1).filter(|page| !page.starts_with(&operations)) {
        assert!(linked.contains(page), "README.md has no link to {}", page.display());
    }
}

#[test]
fn every_page_says_first_whom_it_is_for() {
    for page in pages().iter().skip(1) {
        let text = prose(page);
        let first = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
        assert!(first.starts_with("For "), "{}: begins with {first:?}", page.display());
    }
}
