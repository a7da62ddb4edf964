//! The user's files as they were read last, and the problems in them.
//!
//! A request takes one [`Snapshot`] and keeps it until it is answered, so that no page mixes two states of the files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::app::BuildError;
use crate::compose::Composer;
use crate::config::{Config, Mistakes, Process, Variant};
use crate::decision::Policy;
use crate::decision::variant::PerVariant;
use crate::rehearsal::preview;
use crate::template::{TemplateError, built_in, remarks};

/// One state of the configuration and the templates.
#[derive(Clone)]
pub(super) struct Snapshot {
    /// Renders the previews.
    pub(super) composer: Arc<Composer>,
    /// Render the messages that arrive: the previews' composer among them.
    pub(super) composers: PerVariant<Arc<Composer>>,
    /// The variants of the configuration, in its order.
    pub(super) variants: Vec<OfVariant>,
    /// The policy for previews, by which slugs that are switched off are shown too.
    pub(super) policy: Policy,
    /// The directory of the user's templates, which need not exist.
    pub(super) dir: PathBuf,
    /// That directory, and those of all variants.
    pub(super) dirs: Vec<PathBuf>,
    /// Whether a message can be sent from the pages.
    pub(super) sending: Sending,
    /// Why the files can't be used as they are now; empty when the pages show them.
    pub(super) problems: Vec<Problem>,
    /// What is allowed in the files, and most likely not meant.
    pub(super) remarks: Vec<Problem>,
    /// What is shown until the problems are solved, as the end of a sentence.
    pub(super) instead: &'static str,
    /// How many times the files have been read since the start.
    pub(super) read: u64,
    /// The value of `read` when `composer` was made; smaller than `read` while there are problems.
    pub(super) composer_read: u64,
}

/// What is different for a variant, but for what renders its previews.
#[derive(Clone)]
pub(super) struct OfVariant {
    /// Its name.
    pub(super) name: String,
    /// As [`Snapshot::policy`].
    pub(super) policy: Policy,
    /// The directory of its templates, which need not exist.
    pub(super) dir: PathBuf,
}

impl OfVariant {
    fn new(variant: &Variant) -> Self {
        Self {
            name: variant.name.clone(),
            policy: preview::policy(variant.config.clone()),
            dir: variant.config.templates.dir.clone(),
        }
    }
}

/// The directories of all templates of a configuration, each once.
pub(super) fn dirs(config: &Config) -> Vec<PathBuf> {
    let mut dirs = vec![config.templates.dir.clone()];
    dirs.extend(config.variants.iter().map(|variant| variant.config.templates.dir.clone()));
    dirs.sort_unstable();
    dirs.dedup();
    dirs
}

/// Whether a message can be sent from the pages.
#[derive(Clone)]
pub(super) enum Sending {
    /// Yes, with this complete configuration, which has providers and secrets too.
    Configured(Box<Config>),
    /// Not yet, because there is no configuration. That is fine: nothing else in the workshop needs one.
    Unconfigured,
    /// No, because the configuration can't be used to send, for this reason.
    Unusable(String),
}

impl Sending {
    /// Reads the configuration once more, with everything that the previews leave out.
    fn new(file: &Path) -> Self {
        if !file.is_file() {
            return Self::Unconfigured;
        }
        match Config::load(file, &Process) {
            Ok(config) => Self::Configured(Box::new(config)),
            Err(faults) => Self::Unusable(faults.to_string()),
        }
    }
}

impl Snapshot {
    /// A snapshot of files without problems. `config` is what the previews need of `file`, with stand-ins for the rest.
    pub(super) fn new(composers: &PerVariant<Arc<Composer>>, config: Config, file: &Path) -> Self {
        let dirs = dirs(&config);
        let warnings = config.warnings.iter();
        let warnings = warnings.map(|it| Problem::unplaced(&file.display().to_string(), it.clone()));
        let of_dir = |dir: &PathBuf| -> Vec<Problem> {
            remarks(dir).iter().map(|remark| Problem::of_template(remark, dir)).collect()
        };
        let remarks: Vec<_> = warnings.chain(dirs.iter().flat_map(of_dir)).collect();
        Self {
            composer: Arc::clone(&composers.base),
            composers: composers.clone(),
            variants: config.variants.iter().map(OfVariant::new).collect(),
            dirs,
            remarks,
            dir: config.templates.dir.clone(),
            policy: preview::policy(config),
            sending: Sending::new(file),
            problems: Vec::new(),
            instead: "this page shows the last version that worked",
            read: 0,
            composer_read: 0,
        }
    }
}

/// Something that the user has to correct in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// The path of the file, or what else is at fault.
    file: String,
    /// The line, from 1; `None` when the problem is in no particular line.
    line: Option<usize>,
    /// The column in characters, from 1; `None` like `line`.
    column: Option<usize>,
    /// What is wrong and, where it is known, what to do.
    reason: String,
    /// The line itself; `None` when it can't or must not be shown.
    source: Option<SourceLine>,
}

/// A line of a file, cut around what is marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct SourceLine {
    before: String,
    at: String,
    after: String,
}

/// Lines with more bytes than this were not written by a person, and are not shown.
const LONGEST_LINE: usize = 400;

impl Problem {
    /// A problem in a template. A file in `dir`, the directory of the user's templates, is shown with its whole path.
    pub(super) fn of_template(error: &TemplateError, dir: &Path) -> Self {
        let (line, column) = error.line.unzip();
        let named = PathBuf::from(&error.file);
        let own = if named.is_file() { named } else { dir.join(&error.file) };
        let source = error.line.and_then(|(line, column)| {
            let text = std::fs::read_to_string(&own).ok().or_else(|| embedded(&error.file))?;
            // Positions are those without a byte order mark.
            SourceLine::cut(text.trim_start_matches('\u{feff}').lines().nth(line.checked_sub(1)?)?, column)
        });
        let file = if own.is_file() { own.display().to_string() } else { error.file.clone() };
        Self { file, line, column, reason: error.reason.clone(), source }
    }

    /// The problems in a configuration, without its lines, since they may hold passwords.
    pub(super) fn of_config(mistakes: &Mistakes) -> Vec<Self> {
        let file = mistakes.file.display().to_string();
        let one = |mistake: &crate::config::Mistake| {
            let (line, column) = mistake.position.unzip();
            let key = if mistake.key.is_empty() { String::new() } else { format!("{}: ", mistake.key) };
            let hint = if mistake.hint.is_empty() { String::new() } else { format!(" ({})", mistake.hint) };
            let reason = format!("{key}{}{hint}", mistake.problem);
            Self { file: file.clone(), line, column, reason, source: None }
        };
        mistakes.list.iter().map(one).collect()
    }

    /// The problems that kept the composer from being made. `file` is the path of the configuration.
    pub(super) fn of_build(error: &BuildError, dir: &Path, file: &Path) -> Vec<Self> {
        match error {
            BuildError::Templates(errors) => {
                errors.iter().map(|error| Self::of_template(error, dir)).collect()
            }
            other => vec![Self::unplaced(&file.display().to_string(), other.to_string())],
        }
    }

    /// A problem of a file as a whole.
    pub(super) fn unplaced(file: &str, reason: String) -> Self {
        Self { file: file.to_owned(), line: None, column: None, reason, source: None }
    }
}

impl SourceLine {
    /// Cuts a line around what stands at `column`, in characters from 1. `None` if the line is too long to show.
    fn cut(line: &str, column: usize) -> Option<Self> {
        let at = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        let (rest, after) = line.split_at_checked(end(line, at))?;
        let (before, at) = rest.split_at_checked(start(line, at))?;
        let [before, at, after] = [before, at, after].map(str::to_owned);
        (line.len() <= LONGEST_LINE).then_some(Self { before, at, after })
    }
}

/// The byte at which begins what stands at byte `at` of a line: a tag between braces, an element of HTML, or a word.
fn start(line: &str, at: usize) -> usize {
    let (before, rest) = line.split_at_checked(at).unwrap_or_default();
    if rest.starts_with("{{") || rest.starts_with('<') {
        return at;
    }
    // Inside of a tag, the whole tag is meant.
    let open = before.rfind("{{").filter(|open| before.rfind("}}").is_none_or(|close| close < *open));
    open.unwrap_or_else(|| before.trim_end_matches(is_of_word).len())
}

/// The byte at which ends what stands at byte `at` of a line.
fn end(line: &str, at: usize) -> usize {
    let from = start(line, at);
    let marked = line.get(from..).unwrap_or_default();
    let until = |close: &str| marked.find(close).map_or(marked.len(), |found| found + close.len());
    let length = if marked.starts_with("{{{") {
        until("}}}")
    } else if marked.starts_with("{{") {
        until("}}")
    } else if marked.starts_with('<') {
        until(">")
    } else {
        let word = marked.len() - marked.trim_start_matches(is_of_word).len();
        word.max(marked.chars().next().map_or(0, char::len_utf8))
    };
    from + length
}

/// Whether a word may hold this character: a variable, a key of a locale file, an attribute.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$')
}

/// The text of a built-in template, by its name in errors: `built-in sms/verification_code.txt.hbs`.
fn embedded(file: &str) -> Option<String> {
    let path = Path::new(file.strip_prefix("built-in ")?);
    let (_, text) = built_in().find(|(known, _)| *known == path)?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_and_points_at_its_column() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sms")).unwrap();
        std::fs::write(dir.path().join("sms/x.txt.hbs"), "one\né{{#if}}\n").unwrap();
        let at = |line| TemplateError { file: "sms/x.txt.hbs".into(), line, reason: "no".into() };
        let fault = Problem::of_template(&at(Some((2, 2))), dir.path());
        assert!(fault.file.ends_with("/sms/x.txt.hbs"), "{fault:?}");
        assert_eq!((fault.line, fault.column), (Some(2), Some(2)));
        let whole = TemplateError { file: fault.file.clone(), ..at(Some((2, 2))) };
        assert_eq!(Problem::of_template(&whole, dir.path()), fault, "named as its author knows it already");
        let source = fault.source.unwrap();
        assert_eq!((&*source.before, &*source.at, &*source.after), ("é", "{{#if}}", ""));
        for beyond in [Some((9, 1)), Some((0, 0)), None] {
            assert_eq!(Problem::of_template(&at(beyond), dir.path()).source, None, "{beyond:?}");
        }
        assert_eq!(SourceLine::cut(&"x".repeat(401), 1), None);
    }

    #[test]
    fn the_mark_covers_the_tag_the_element_or_the_word() {
        for (line, column, marked) in [
            ("é {{otp_cod}} b", 3, "{{otp_cod}}"),
            ("{{a}} {{t .lead}} b", 11, "{{t .lead}}"),
            ("{{{raw}}} b", 1, "{{{raw}}}"),
            ("a {{otp_code b", 3, "{{otp_code b"),
            ("<p><mj-text colour=\"red\">x</mj-text>", 4, "<mj-text colour=\"red\">"),
            ("<mj-text colour=\"red\">", 10, "colour"),
            ("    .lead = Code für { $ap-name }:", 25, "$ap-name"),
            ("verification_cod =", 1, "verification_cod"),
            ("Grüße, sagt er", 3, "Grüße"),
            ("{{a}}, b", 6, ","),
            ("ab", 9, "ab"),
            ("", 1, ""),
        ] {
            let cut = SourceLine::cut(line, column).unwrap();
            assert_eq!(cut.at, marked, "{line}");
            assert_eq!([cut.before, cut.at, cut.after].concat(), line);
        }
    }

    #[test]
    fn a_fault_in_a_built_in_file_shows_its_line_too() {
        let fault = TemplateError {
            file: "built-in sms/verification_code.txt.hbs".into(),
            line: Some((1, 1)),
            reason: "no".into(),
        };
        let fault = Problem::of_template(&fault, Path::new("/nowhere"));
        assert_eq!(fault.file, "built-in sms/verification_code.txt.hbs");
        assert!(fault.source.is_some());
    }

    #[test]
    fn a_line_of_a_configuration_is_not_shown() {
        let text = "[providers.main]\npassword = hunter2\n";
        let faults = Config::parse(text, Path::new("c.toml"), &|_: &str| None).unwrap_err();
        let faults = Problem::of_config(&faults);
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.source.is_none()));
        assert!(!serde_json::to_string(&faults).unwrap().contains("hunter2"));
    }
}
