//! The files of a set: built-in ones, and those of the user's directory in their place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use super::TemplateError;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The parts that every mail has.
pub(super) const PARTS: [&str; 3] = ["subject.txt.hbs", "body.html.hbs", "body.txt.hbs"];

/// The deepest folder is `email/<slug>/`.
const DEEPEST: usize = 3;

/// Source texts by their path inside the templates folder, with `/` between its parts.
#[derive(Debug, Default)]
pub(super) struct Sources(BTreeMap<String, Cow<'static, str>>);

/// Which registry a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Values are escaped.
    Html,
    /// Values stand as they are: subjects, text bodies, SMS.
    Text,
}

impl Sources {
    /// Every file: path, what `{{> …}}` calls it (a partial's name, else the path), syntax, source.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, Syntax, &str)> {
        self.0.iter().map(|(path, source)| {
            let (name, syntax) = match path.strip_suffix(".html.hbs") {
                Some(name) => (name, Syntax::Html),
                None => (path.trim_end_matches(".txt.hbs"), Syntax::Text),
            };
            (path.as_str(), name.strip_prefix("email/partials/").unwrap_or(path), syntax, source.as_ref())
        })
    }

    /// Slugs of mails, each with the names of the parts that are there.
    pub(super) fn mails(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut mails: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let paths = self.0.keys().filter_map(|path| path.strip_prefix("email/")?.split_once('/'));
        for (slug, part) in paths.filter(|(slug, _)| *slug != "partials") {
            mails.entry(slug).or_default().push(part);
        }
        mails
    }

    /// Slugs of text messages, each with its path.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .keys()
            .filter_map(|path| Some((path.strip_prefix("sms/")?.strip_suffix(".txt.hbs")?, path.as_str())))
    }
}

/// Reads both; a directory that does not exist holds nothing.
pub(super) fn collect(dir: Option<&Path>) -> Result<Sources, Vec<TemplateError>> {
    let mut sources = Sources::default();
    embedded(&BUILT_IN, &mut sources);
    let mut faults = Vec::new();
    if let Some(dir) = dir.filter(|dir| dir.exists()) {
        read(dir, "", 0, &mut sources, &mut faults);
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

/// The built-in files, as they are.
pub(super) fn built_in() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    let mut folders = vec![&BUILT_IN];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        files.extend(folder.files().map(|file| (file.path(), file.contents())));
        folders.extend(folder.dirs());
    }
    files.into_iter()
}

fn embedded(dir: &Dir<'static>, sources: &mut Sources) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => embedded(dir, sources),
            DirEntry::File(file) => {
                if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                    sources.0.insert(path.to_owned(), Cow::Borrowed(text));
                }
            }
        }
    }
}

fn read(dir: &Path, at: &str, depth: usize, sources: &mut Sources, faults: &mut Vec<TemplateError>) {
    let entries = match dir.read_dir() {
        Ok(entries) => entries,
        Err(error) => return faults.push(unreadable(at, &error)),
    };
    for entry in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let path = if at.is_empty() { name.into_owned() } else { format!("{at}/{name}") };
        if entry.is_dir() {
            if depth < DEEPEST {
                read(&entry, &path, depth + 1, sources, faults);
            }
        } else if entry.extension().is_some_and(|extension| extension == "hbs") {
            match read_file(&entry, &path) {
                Ok(text) => drop(sources.0.insert(path, Cow::Owned(text))),
                Err(fault) => faults.push(fault),
            }
        }
    }
}

fn read_file(file: &Path, path: &str) -> Result<String, TemplateError> {
    if is_known(path) {
        return std::fs::read_to_string(file).map_err(|error| unreadable(path, &error));
    }
    let reason = format!(
        "belongs to no template: files are email/<slug>/{{{}}}, sms/<slug>.txt.hbs and \
         email/partials/<name>{{.html,.txt}}.hbs",
        PARTS.join(",")
    );
    Err(TemplateError::new(path, reason))
}

fn unreadable(path: &str, error: &io::Error) -> TemplateError {
    TemplateError::new(path, format!("cannot be read: {}", error.kind()))
}

fn is_known(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["email", "partials", name] => name.ends_with(".html.hbs") || name.ends_with(".txt.hbs"),
        ["email", _, part] => PARTS.contains(part),
        ["sms", name] => name.ends_with(".txt.hbs"),
        _ => false,
    }
}
