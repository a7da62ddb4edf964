//! The project's own source, as text: for the tests that read it.

use std::fs;
use std::path::Path;

use regex::Regex;

/// A file of Rust.
pub(crate) struct Source {
    /// From the root of the repository: `src/ledger/sqlite.rs`.
    pub(crate) file: String,
    /// `ledger::sqlite`; of a file outside `src`, the same made of its path.
    pub(crate) module: String,
    pub(crate) text: String,
}

impl Source {
    /// The `.rs` files of these folders, sorted.
    pub(crate) fn all(folders: &[&str]) -> Vec<Self> {
        let mut files: Vec<_> = folders.iter().flat_map(|folder| files(folder, &["rs"])).collect();
        files.sort();
        let read = |(file, text): (String, String)| {
            let module = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
            Self { module: module.replace('/', "::"), file, text }
        };
        files.into_iter().map(read).collect()
    }

    /// The lines that are code, each with its number.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_code = |(_, line): &(usize, &str)| !line.trim_start().starts_with("//");
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(is_code)
    }

    /// Its comments, and its strings of more than one word, line by line, each with its number.
    pub(crate) fn prose(&self) -> Vec<(usize, String)> {
        let token = r##"(?s)//[^\n]*|r"[^"]*"|r#".*?"#|b?"(?:\\.|[^"\\])*"|'(?:\\[^\n]{1,8}?|[^\\'\n])'"##;
        let mut found: Vec<(usize, String)> = Vec::new();
        for token in Regex::new(token).unwrap().find_iter(&self.text) {
            let first = self.text[..token.start()].matches('\n').count() + 1;
            let text = token.as_str().trim_start_matches(['/', '!']);
            if !text.trim().contains(char::is_whitespace) && token.as_str() == text {
                continue;
            }
            found.extend(text.lines().enumerate().map(|(index, line)| (first + index, line.to_owned())));
        }
        found
    }

    /// What it names of this crate: each full path without `crate::`, with the number of its line.
    pub(crate) fn paths(&self) -> Vec<(usize, String)> {
        let start = Regex::new(r"\b(?:crate|clerk_courier|super(?:::super)*)::").unwrap();
        // `pub(in crate::template)` says who may know an item, and nothing about what the item knows.
        let visibility = Regex::new(r"pub\(in [\w:]+\)").unwrap();
        let mut found = Vec::new();
        let code_of = |line: &str| {
            if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") }
        };
        let code: String = self.text.lines().map(code_of).collect();
        let code = visibility.replace_all(&code, "pub");
        for at in start.find_iter(&code) {
            let levels = at.as_str().matches("super").count();
            let parents: Vec<_> = self.module.split("::").collect();
            let prefix = if levels == 0 {
                Vec::new()
            } else {
                parents[..parents.len().saturating_sub(levels)].to_vec()
            };
            let number = code[..at.start()].matches('\n').count() + 1;
            let mut paths = Vec::new();
            spread(&prefix.join("::"), &code[at.end()..], &mut paths);
            found.extend(paths.into_iter().map(|path| (number, path)));
        }
        found
    }
}

/// The paths that a tree such as `a::{b, c::{d, e}}` stands for. Gives how much of the text it took.
fn spread(prefix: &str, tree: &str, found: &mut Vec<String>) -> usize {
    let end =
        tree.find(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter))).unwrap_or(tree.len());
    let path = format!("{prefix}::{}", &tree[..end]);
    let path = path.trim_matches(':').trim_end_matches("::self");
    if !tree[end..].starts_with('{') {
        found.push(path.to_owned());
        return end;
    }
    let mut at = end + 1;
    while let Some(letter) = tree[at..].chars().next() {
        if letter == '}' {
            return at + 1;
        }
        at += if letter.is_alphanumeric() || letter == '_' {
            spread(path, &tree[at..], found)
        } else {
            letter.len_utf8()
        };
    }
    at
}

/// The sources of the program without their tests.
pub(crate) fn production() -> Vec<Source> {
    let mut sources = Source::all(&["src"]);
    sources.retain(|source| !source.module.split("::").any(|part| part == "tests"));
    for source in &mut sources {
        source.text = without_tests(&source.text);
    }
    sources
}

/// The text with empty lines for the items under `#[cfg(test)]`: as rustfmt indents, such an item ends with the first
/// line at its own indent that ends in `;`, `,` or `}`.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut indent_of_test = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim() == "#[cfg(test)]" {
            indent_of_test = Some(indent);
        } else if let Some(outer) = indent_of_test {
            let is_attribute = line.trim_start().starts_with("#[");
            if indent == outer && !is_attribute && line.ends_with([';', ',', '}']) {
                indent_of_test = None;
            }
        } else {
            code.push_str(line);
        }
        code.push('\n');
    }
    code
}

/// The files in a folder (or the file itself) whose names end so, from the root of the repository, with their text.
pub(crate) fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if path.is_file() {
        return vec![(folder.to_owned(), fs::read_to_string(path).unwrap())];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            found.extend(files(&name, extensions));
        } else if extensions.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            found.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}
