//! The files of a set: the built-in ones, and those of the user's directory in place of those of the same name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};
use unic_langid::LanguageIdentifier;

use super::offer::{self, Offer};
use crate::message::Channel;
use crate::suggest::nearest_within;
use crate::template::error::TemplateError;
use crate::template::proof::sample;

/// The built-in set, embedded in the program.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The names that a mail's HTML body may have, of which a mail has one.
pub(super) const BODIES: [&str; 2] = ["body.mjml.hbs", "body.html.hbs"];
/// The file with a mail's subject.
pub(super) const SUBJECT: &str = "subject.txt.hbs";
/// The file with a mail's text body.
pub(super) const TEXT: &str = "body.txt.hbs";

/// How deep folders are read. The deepest that is needed is `email/<slug>/`; one more is read to report what lies there.
const DEEPEST: usize = 3;

/// The size of the largest file that is read, in bytes. Gmail cuts a mail off above 102 kB, so a file that is larger than
/// this was put here by mistake.
const LARGEST: u64 = 512 * 1024;

/// A folder whose name differs from a slug by at most this many characters was meant for that slug. One that differs by
/// more is taken to be for a slug of Clerk's that we don't know.
const TYPING_ERROR: usize = 2;

/// The folder with the frame for mails in Clerk's own words, which consists of a body alone.
pub(super) const FRAME: &str = "clerk";

/// Folders in `email/` that do not belong to a slug.
const NO_SLUGS: [&str; 2] = ["partials", FRAME];

/// One file of a set.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path inside the templates folder, with `/` between the names.
    pub(super) path: String,
    /// Its name in errors: the path as its author knows it, or `built-in` and [`Self::path`].
    pub(super) shown: String,
    /// Whether it is a file of the user's: a built-in one is proven already.
    pub(super) is_own: bool,
    /// What the file holds, without a byte order mark and with `\n` at the ends of its lines.
    pub(super) text: Cow<'static, str>,
}

/// The syntax around the Handlebars elements of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// MJML, which becomes HTML when it is loaded.
    Mjml,
    /// HTML, in which values are escaped.
    Html,
    /// Text, in which values stand as they are: subjects, text bodies and SMS.
    Text,
}

/// Every file of a set.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Templates and partials, by their paths.
    templates: BTreeMap<String, Source>,
    /// Locale files. A language may have two: the built-in one, then the user's, whose messages win.
    locales: Vec<Source>,
    /// What Clerk offers and demands, by the folder of a mail or the file of an SMS without its ending.
    offers: BTreeMap<String, Offer>,
}

impl Source {
    /// The syntax that the file's name says.
    pub(super) fn syntax(&self) -> Syntax {
        if self.path.ends_with(".mjml.hbs") {
            Syntax::Mjml
        } else if self.path.ends_with(".html.hbs") {
            Syntax::Html
        } else {
            Syntax::Text
        }
    }

    /// The name by which `{{> name}}` calls it; `None` if it is not a partial.
    pub(super) fn partial(&self) -> Option<&str> {
        let name = self.path.strip_prefix("email/partials/")?;
        [".mjml.hbs", ".html.hbs", ".txt.hbs"].iter().find_map(|end| name.strip_suffix(end))
    }

    /// The slug whose message it is a part of; `None` for a partial and a locale file.
    pub(super) fn slug(&self) -> Option<&str> {
        match self.path.split('/').collect::<Vec<_>>().as_slice() {
            ["email", "partials", _] => None,
            ["email", slug, _] => Some(slug),
            ["sms", name] => name.strip_suffix(".txt.hbs"),
            _ => None,
        }
    }

    /// The language of a locale file (BCP 47), as its name says.
    pub(super) fn locale(&self) -> &str {
        self.path.trim_start_matches("locales/").trim_end_matches(".ftl")
    }
}

impl Sources {
    /// Every template and partial, in the order of their paths.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Source> {
        self.templates.values()
    }

    /// What Clerk offers to the template of a slug, if a file says it.
    pub(super) fn offer(&self, channel: Channel, slug: &str) -> Option<&Offer> {
        self.offers.get(&format!("{}/{slug}", channel.as_str()))
    }

    /// The slugs of which a file says what Clerk offers.
    pub(super) fn offered(&self) -> impl Iterator<Item = (Channel, String)> {
        self.offers.keys().filter_map(|owner| {
            let (channel, slug) = owner.split_once('/')?;
            let channel = if channel == Channel::Sms.as_str() { Channel::Sms } else { Channel::Email };
            Some((channel, slug.to_owned()))
        })
    }

    /// Every locale file, built-in ones first.
    pub(super) fn locales(&self) -> &[Source] {
        &self.locales
    }

    /// The slugs of mails, each with the file names of the parts that exist.
    pub(super) fn mails(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut mails: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let paths = self.templates.keys().filter_map(|path| path.strip_prefix("email/")?.split_once('/'));
        for (slug, part) in paths.filter(|(slug, _)| !NO_SLUGS.contains(slug)) {
            mails.entry(slug).or_default().push(part);
        }
        mails
    }

    /// The template or partial of this path.
    pub(super) fn get(&self, path: &str) -> Option<&Source> {
        self.templates.get(path)
    }

    /// Adds a file of a user's, in place of the template of the same path, and of the mail's body in its other form.
    fn replace(&mut self, source: Source) -> Result<(), TemplateError> {
        if let Some(owner) = offer::belongs_to(&source.path) {
            let offer =
                offer::parse(&source.text).map_err(|reason| TemplateError::new(&source.shown, reason))?;
            self.offers.insert(owner, offer);
            return Ok(());
        }
        // A user's body in HTML has to take the place of the built-in one in MJML too, though their names differ.
        self.templates.retain(|path, _| !is_other_body(path, &source.path));
        self.add(source);
        Ok(())
    }

    /// Adds a file, in place of a template of the same path.
    fn add(&mut self, source: Source) {
        if source.path.starts_with("locales/") {
            self.locales.push(source);
        } else {
            self.templates.insert(source.path.clone(), source);
        }
    }
}

/// Collects the built-in files, those of `dir`, and `more` files as if they were there too: paths inside the templates folder
/// with their contents. A directory that does not exist holds no files.
///
/// # Errors
/// Every file of `dir` that can't be read, or can't be part of a set by its name.
pub(super) fn collect(dir: Option<&Path>, more: &[(String, String)]) -> Result<Sources, Vec<TemplateError>> {
    let mut sources = Sources::default();
    for (path, content) in built_in() {
        if let (Some(path), Ok(text)) = (path.to_str(), std::str::from_utf8(content)) {
            let path = path.to_owned();
            let shown = format!("built-in {path}");
            sources.add(Source { shown, path, is_own: false, text: Cow::Borrowed(text) });
        }
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    // A link to nothing counts as there: whoever made it has templates, and must be told that they are not found.
    let is_there = |dir: &&Path| {
        dir.symlink_metadata().map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
    };
    // A directory that exists and can't be read is a fault: with the built-in words alone, users would get mails that
    // nobody asked for.
    if let Some(dir) = dir.filter(is_there) {
        read(dir, "", 0, &mut found, &mut faults);
    }
    // The names of a folder are sorted, so that the two forms of a body come one after the other.
    for pair in found.windows(2) {
        if let [html, mjml] = pair
            && is_other_body(&html.path, &mjml.path)
        {
            let reason =
                format!("stands beside {}: delete one of them, since a mail has one body", html.shown);
            faults.push(TemplateError::new(&mjml.shown, reason));
        }
    }
    let brought = more.iter().map(|(path, text)| Source {
        path: path.clone(),
        shown: path.clone(),
        is_own: true,
        text: Cow::Owned(text.clone()),
    });
    for source in found.into_iter().chain(brought) {
        if let Err(reason) = check_place(&source.path) {
            faults.push(TemplateError::new(&source.shown, reason));
        } else if let Err(fault) = sources.replace(source) {
            faults.push(fault);
        }
    }
    if faults.is_empty() { Ok(sources) } else { Err(faults) }
}

/// Whether two paths are the two forms of the same mail's body.
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

/// Reads the files of one directory and its subdirectories. `at` is the path of the directory inside the templates folder.
fn read(dir: &Path, at: &str, depth: usize, found: &mut Vec<Source>, faults: &mut Vec<TemplateError>) {
    let entries = match dir.read_dir() {
        Ok(entries) => entries,
        Err(error) => return faults.push(unreadable(dir, &error)),
    };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    // Each file system has an order of its own; faults and tests want the same one everywhere.
    entries.sort_unstable();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let path = if at.is_empty() { name.clone().into_owned() } else { format!("{at}/{name}") };
        if entry.is_dir() {
            if depth < DEEPEST && !name.starts_with('.') {
                read(&entry, &path, depth + 1, found, faults);
            }
        } else if is_meant_for_us(&name) || offer::belongs_to(&path).is_some() {
            match read_file(&entry, &path) {
                Ok(text) => {
                    let shown = entry.display().to_string();
                    found.push(Source { path, shown, is_own: true, text: Cow::Owned(text) });
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
}

/// Whether a file of this name is read. A note, an editor's backup and whatever else lies around in a directory is not.
fn is_meant_for_us(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    let known = extension.is_some_and(|it| ["hbs", "ftl", "mjml", "html", "txt"].contains(&it));
    known && !name.starts_with(['.', '#'])
}

/// The text of a file that may be read: one with a known path, not a device or a socket, and not too large.
fn read_file(file: &Path, path: &str) -> Result<String, TemplateError> {
    let refused = |reason: String| TemplateError::new(&file.display().to_string(), reason);
    check_place(path).map_err(refused)?;
    // Before it is read: a named pipe would hold up the start for ever, and a device may have no end.
    let found = file.metadata().map_err(|error| unreadable(file, &error))?;
    if !found.is_file() {
        return Err(refused("is not a file: delete it, or put a file in its place".to_owned()));
    }
    if found.len() > LARGEST {
        return Err(refused(format!("has {} bytes: shorten it to at most {LARGEST}", found.len())));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    Ok(as_unix_has_it(&text))
}

/// The text without what editors on Windows add to it: a byte order mark, with which a subject would begin, and carriage
/// returns.
fn as_unix_has_it(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
}

/// The fault of a file or directory that the system does not let us read.
fn unreadable(file: &Path, error: &io::Error) -> TemplateError {
    let reason = match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8 text: save it in that encoding".to_owned(),
        kind => format!("can't be read: {kind}"),
    };
    TemplateError::new(&file.display().to_string(), reason)
}

/// Checks that a file of this path can be part of a set, and says why if it can't.
fn check_place(path: &str) -> Result<(), String> {
    let is_partial =
        |name: &str| [".mjml.hbs", ".html.hbs", ".txt.hbs"].iter().any(|end| name.ends_with(end));
    match path.split('/').collect::<Vec<_>>().as_slice() {
        _ if offer::belongs_to(path).is_some() => Ok(()),
        ["email", "partials", name] if is_partial(name) => Ok(()),
        ["email", slug, part] if *part == SUBJECT || *part == TEXT || BODIES.contains(part) => {
            check_slug(Channel::Email, slug)
        }
        ["sms", name] if name.ends_with(".txt.hbs") => {
            check_slug(Channel::Sms, name.trim_end_matches(".txt.hbs"))
        }
        ["locales", name] => match name.strip_suffix(".ftl") {
            Some(tag) => check_locale(tag),
            None => Err("is not a locale file: name it locales/<language>.ftl".to_owned()),
        },
        parts => Err(match meant_place(parts) {
            Some(meant) => format!("does not belong to a template: did you mean `{meant}`?"),
            None => format!(
                "does not belong to a template: name it email/<slug>/{{{SUBJECT},{},{TEXT}}}, sms/<slug>.txt.hbs, \
                 email/partials/<name>{{.mjml,.html,.txt}}.hbs or locales/<language>.ftl",
                BODIES.join(" or ")
            ),
        }),
    }
}

/// The path that a file was probably meant to have, by the parts of the one that it has; `None` if that can't be told.
fn meant_place(parts: &[&str]) -> Option<String> {
    let of_mail = |slug: &str, name: &str| {
        let known = || [SUBJECT, TEXT].into_iter().chain(BODIES);
        let stem = name.split('.').next().unwrap_or_default();
        let begin = || known().filter(|it| it.split('.').next() == Some(stem));
        let meant = known()
            .find(|it| *it == format!("{name}.hbs") || it.ends_with(&format!(".{name}")))
            .or_else(|| begin().next().filter(|_| begin().count() == 1));
        Some(format!("email/{slug}/{}", meant?))
    };
    match parts {
        ["email", "partials", name] | ["partials", name] => {
            let (stem, end) = name.split_once('.').unwrap_or((name, ""));
            let end = ["mjml", "html", "txt"].into_iter().find(|it| end.starts_with(it)).unwrap_or("mjml");
            Some(format!("email/partials/{stem}.{end}.hbs"))
        }
        ["email", slug, name] => of_mail(slug, name),
        ["email", name] => {
            let (slug, name) = name.split_once('.')?;
            of_mail(slug, name)
        }
        ["sms", name] => Some(format!("sms/{}.txt.hbs", name.split('.').next()?)),
        ["sms", slug, _] => Some(format!("sms/{slug}.txt.hbs")),
        [.., name] => name.strip_suffix(".ftl").map(|tag| format!("locales/{tag}.ftl")),
        [] => None,
    }
}

/// Checks that a slug has the form of Clerk's and is not one of Clerk's, misspelt.
fn check_slug(channel: Channel, slug: &str) -> Result<(), String> {
    let well_formed = slug.starts_with(|c: char| c.is_ascii_lowercase())
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    match meant_slug(channel, slug) {
        Some(meant) => Err(format!("Clerk has no slug `{slug}`: did you mean `{meant}`?")),
        None if well_formed => Ok(()),
        None => Err(format!("`{slug}` is not a slug: write it with a-z, 0-9 and _")),
    }
}

/// The slug of Clerk's that is misspelt here; `None` if it is spelt right, or is like none that we know.
pub(crate) fn meant_slug(channel: Channel, slug: &str) -> Option<&'static str> {
    let known = sample::slugs(channel);
    if known.contains(&slug) { None } else { nearest_within(TYPING_ERROR, slug, known) }
}

/// A language's tag as it is written in BCP 47; `None` for what is not the tag of a language.
#[must_use]
pub fn canonical_tag(tag: &str) -> Option<String> {
    let (public, private) = match tag.split_once("-x-") {
        Some((public, private)) => (public, Some(private)),
        None => (tag, None),
    };
    // Five to eight letters are well-formed in BCP 47, but no language has a tag that long: `german` is a mistake for `de`.
    let parsed = public.parse::<LanguageIdentifier>().ok().filter(|it| it.language.as_str().len() <= 3)?;
    let is_subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match private {
        Some(private) if private.split('-').all(is_subtag) => {
            Some(format!("{parsed}-x-{}", private.to_ascii_lowercase()))
        }
        Some(_) => None,
        None => Some(parsed.to_string()),
    }
}

/// Checks that a tag is a language's, written as in BCP 47.
fn check_locale(tag: &str) -> Result<(), String> {
    match canonical_tag(tag) {
        Some(canonical) if canonical == tag => Ok(()),
        Some(canonical) => {
            Err(format!("`{tag}` is not written as in BCP 47: name the file `{canonical}.ftl`"))
        }
        None => Err(format!("`{tag}` is not a language: write it as in BCP 47, such as `de` or `pt-BR`")),
    }
}
