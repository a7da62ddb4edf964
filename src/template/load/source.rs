//! The files of a set: built-in ones, and those of the user's directory in their place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};
use unic_langid::LanguageIdentifier;

use crate::message::Channel;
use crate::suggest::nearest_within;
use crate::template::error::TemplateError;
use crate::template::proof::sample;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The two forms of a mail's HTML body.
pub(super) const BODIES: [&str; 2] = ["body.mjml.hbs", "body.html.hbs"];
pub(super) const SUBJECT: &str = "subject.txt.hbs";
pub(super) const TEXT: &str = "body.txt.hbs";

/// The deepest folder is `email/<slug>/`.
const DEEPEST: usize = 3;

/// In bytes. A mail of 100 kB is cut off by its reader's client; what is larger than this was put here by mistake.
const LARGEST: u64 = 512 * 1024;

/// A folder whose name is this near to a slug was meant for that slug; one that is further away is for a slug that
/// Clerk has and we don't know.
const TYPING_ERROR: usize = 2;

/// The frame for mails in Clerk's words: a body alone.
pub(super) const FRAME: &str = "clerk";

/// Folders beside those of slugs.
const NO_SLUGS: [&str; 2] = ["partials", FRAME];

/// One file.
#[derive(Debug)]
pub(super) struct Source {
    /// Its name inside the templates folder, with `/` between the parts.
    pub(super) path: String,
    /// As the reader of an error knows it.
    pub(super) shown: String,
    pub(super) text: Cow<'static, str>,
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Becomes HTML when it is loaded.
    Mjml,
    /// Values are escaped.
    Html,
    /// Values stand as they are: subjects, text bodies, SMS.
    Text,
}

/// Every file of a set.
#[derive(Debug, Default)]
pub(super) struct Sources {
    templates: BTreeMap<String, Source>,
    /// A language may have two: the built-in one, then the user's, whose messages win.
    locales: Vec<Source>,
}

impl Source {
    pub(super) fn syntax(&self) -> Syntax {
        if self.path.ends_with(".mjml.hbs") {
            Syntax::Mjml
        } else if self.path.ends_with(".html.hbs") {
            Syntax::Html
        } else {
            Syntax::Text
        }
    }

    /// What `{{> …}}` calls it, where it is a partial.
    pub(super) fn partial(&self) -> Option<&str> {
        let name = self.path.strip_prefix("email/partials/")?;
        [".mjml.hbs", ".html.hbs", ".txt.hbs"].iter().find_map(|end| name.strip_suffix(end))
    }

    /// The slug that it is a part of, unless it is a partial.
    pub(super) fn slug(&self) -> Option<&str> {
        match self.path.split('/').collect::<Vec<_>>().as_slice() {
            ["email", "partials", _] => None,
            ["email", slug, _] => Some(slug),
            ["sms", name] => name.strip_suffix(".txt.hbs"),
            _ => None,
        }
    }

    /// The language of a locale file.
    pub(super) fn locale(&self) -> &str {
        self.path.trim_start_matches("locales/").trim_end_matches(".ftl")
    }
}

impl Sources {
    /// Every template and partial.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Source> {
        self.templates.values()
    }

    /// Every locale file.
    pub(super) fn locales(&self) -> &[Source] {
        &self.locales
    }

    /// Slugs of mails, each with the names of the parts that are there.
    pub(super) fn mails(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut mails: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let paths = self.templates.keys().filter_map(|path| path.strip_prefix("email/")?.split_once('/'));
        for (slug, part) in paths.filter(|(slug, _)| !NO_SLUGS.contains(slug)) {
            mails.entry(slug).or_default().push(part);
        }
        mails
    }

    pub(super) fn get(&self, path: &str) -> Option<&Source> {
        self.templates.get(path)
    }

    fn add(&mut self, source: Source) {
        if source.path.starts_with("locales/") {
            self.locales.push(source);
        } else {
            self.templates.insert(source.path.clone(), source);
        }
    }
}

/// Reads both; a directory that does not exist holds nothing.
pub(super) fn collect(dir: Option<&Path>) -> Result<Sources, Vec<TemplateError>> {
    let mut sources = Sources::default();
    for (path, content) in built_in() {
        if let (Some(path), Ok(text)) = (path.to_str(), std::str::from_utf8(content)) {
            let path = path.to_owned();
            sources.add(Source { shown: format!("built-in {path}"), path, text: Cow::Borrowed(text) });
        }
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let is_there = |dir: &&Path| {
        dir.symlink_metadata().map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
    };
    // One that is there and cannot be read is a fault: the built-in words are not what was asked for.
    if let Some(dir) = dir.filter(is_there) {
        read(dir, "", 0, &mut found, &mut faults);
    }
    for pair in found.windows(2) {
        if let [html, mjml] = pair
            && is_other_body(&html.path, &mjml.path)
        {
            let reason = format!("has {} beside it: a mail has one of the two", BODIES.join(" and "));
            faults.push(TemplateError::new(&mjml.shown, reason));
        }
    }
    for source in found {
        sources.templates.retain(|path, _| !is_other_body(path, &source.path));
        sources.add(source);
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

/// Whether these are the two forms of the same mail's body.
fn is_other_body(path: &str, other: &str) -> bool {
    let folder = |path: &str| BODIES.iter().find_map(|body| path.strip_suffix(body)).map(str::to_owned);
    path != other && folder(path).is_some_and(|it| folder(other).is_some_and(|other| it == other))
}

/// The built-in files, each with its path inside the templates folder: for copying them out.
pub fn built_in() -> impl Iterator<Item = (&'static Path, &'static [u8])> {
    let mut folders = vec![&BUILT_IN];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in folder.entries() {
            match entry {
                DirEntry::Dir(dir) => folders.push(dir),
                DirEntry::File(file) => files.push((file.path(), file.contents())),
            }
        }
    }
    files.sort_unstable();
    files.into_iter()
}

fn read(dir: &Path, at: &str, depth: usize, found: &mut Vec<Source>, faults: &mut Vec<TemplateError>) {
    let entries = match dir.read_dir() {
        Ok(entries) => entries,
        Err(error) => return faults.push(unreadable(dir, &error)),
    };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort_unstable();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let path = if at.is_empty() { name.clone().into_owned() } else { format!("{at}/{name}") };
        if entry.is_dir() {
            if depth < DEEPEST && !name.starts_with('.') {
                read(&entry, &path, depth + 1, found, faults);
            }
        } else if is_meant_for_us(&name) {
            match read_file(&entry, &path) {
                Ok(text) => {
                    let shown = entry.display().to_string();
                    found.push(Source { path, shown, text: Cow::Owned(text) });
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
}

/// Not a note, an editor's copy, or whatever else lies around in a directory.
fn is_meant_for_us(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    let known = extension.is_some_and(|it| ["hbs", "ftl", "mjml", "html", "txt"].contains(&it));
    known && !name.starts_with(['.', '#'])
}

fn read_file(file: &Path, path: &str) -> Result<String, TemplateError> {
    let refused = |reason: String| TemplateError::new(&file.display().to_string(), reason);
    check_place(path).map_err(refused)?;
    let found = file.metadata().map_err(|error| unreadable(file, &error))?;
    if !found.is_file() {
        return Err(refused("is no file".to_owned()));
    }
    if found.len() > LARGEST {
        return Err(refused(format!("has {} bytes: no more than {LARGEST} are read", found.len())));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    Ok(as_unix_has_it(&text))
}

/// Without what editors on Windows put there: a byte order mark, which would begin a subject, and carriage returns.
fn as_unix_has_it(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

fn unreadable(file: &Path, error: &io::Error) -> TemplateError {
    let reason = match error.kind() {
        io::ErrorKind::InvalidData => "is no UTF-8 text".to_owned(),
        kind => format!("cannot be read: {kind}"),
    };
    TemplateError::new(&file.display().to_string(), reason)
}

/// Whether a file of this name can be part of a set; why not, if not.
fn check_place(path: &str) -> Result<(), String> {
    let is_partial =
        |name: &str| [".mjml.hbs", ".html.hbs", ".txt.hbs"].iter().any(|end| name.ends_with(end));
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["email", "partials", name] if is_partial(name) => Ok(()),
        ["email", slug, part] if *part == SUBJECT || *part == TEXT || BODIES.contains(part) => {
            check_slug(Channel::Email, slug)
        }
        ["sms", name] if name.ends_with(".txt.hbs") => {
            check_slug(Channel::Sms, name.trim_end_matches(".txt.hbs"))
        }
        ["locales", name] => match name.strip_suffix(".ftl") {
            Some(tag) => check_locale(tag),
            None => Err("is no locale file: those are locales/<language>.ftl".to_owned()),
        },
        _ => Err(format!(
            "belongs to no template: files are email/<slug>/{{{SUBJECT},{},{TEXT}}}, sms/<slug>.txt.hbs, \
             email/partials/<name>{{.mjml,.html,.txt}}.hbs and locales/<language>.ftl",
            BODIES.join(" or ")
        )),
    }
}

fn check_slug(channel: Channel, slug: &str) -> Result<(), String> {
    let well_formed = slug.starts_with(|c: char| c.is_ascii_lowercase())
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    match meant_slug(channel, slug) {
        Some(meant) => Err(format!("`{slug}` is no slug of Clerk's: is `{meant}` meant?")),
        None if well_formed => Ok(()),
        None => Err(format!("`{slug}` is no slug: those are made of a-z, 0-9 and _")),
    }
}

/// The slug of Clerk's that is misspelt here; `None`: it is one, or one that we don't know.
pub(crate) fn meant_slug(channel: Channel, slug: &str) -> Option<&'static str> {
    let known = sample::slugs(channel);
    if known.contains(&slug) { None } else { nearest_within(TYPING_ERROR, slug, known) }
}

fn check_locale(tag: &str) -> Result<(), String> {
    let parsed = tag.parse::<LanguageIdentifier>().ok().filter(|it| it.language.as_str().len() <= 3);
    match parsed.map(|parsed| parsed.to_string()) {
        Some(canonical) if canonical == tag => Ok(()),
        Some(canonical) => Err(format!("a language is written as in BCP 47: `{canonical}.ftl`")),
        None => Err(format!("`{tag}` is no language: write it as in BCP 47, `de` or `pt-BR`")),
    }
}
