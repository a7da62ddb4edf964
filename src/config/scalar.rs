//! A string of the configuration on its way through a rule, and how it is shown if the rule refuses it.

use super::mistake::listed;
use super::rule::Wrong;
use super::source::Source;
use crate::suggest::nearest;

/// A string with its `${…}` filled in, together with its place in the file.
pub(super) struct Scalar<'r> {
    /// The file that the string stands in.
    pub(super) source: &'r Source<'r>,
    /// The path of the key, such as `email.providers[0]`.
    pub(super) path: String,
    /// Where the value starts: a byte offset into the file's text.
    pub(super) at: usize,
    /// The string, which a mistake may repeat only if `shown` says so.
    pub(super) content: String,
    /// Whether a mistake may repeat the string: it came from the file itself, and its key holds no credential.
    pub(super) shown: bool,
}

impl Scalar<'_> {
    /// The string, as it was written or as its variables made it.
    pub(super) fn as_str(&self) -> &str {
        &self.content
    }

    /// Whether nothing is left of the string. For many keys `""` means "none".
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// What `rule` makes of the string; `None`, and a mistake, where the rule refuses it.
    pub(super) fn parse<T>(&self, rule: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        match rule(&self.content) {
            Ok(value) => Some(value),
            Err(Wrong { problem, allowed }) => {
                self.mistake(problem, allowed);
                None
            }
        }
    }

    /// Reports a mistake. `problem` continues a sentence that begins with the string: `is not a duration`.
    pub(super) fn mistake(&self, problem: &str, hint: impl Into<String>) {
        self.source.report(Some(self.at), &self.path, format!("{} {problem}", self.quoted()), hint);
    }

    /// Reports that the string is not one of the `known` names: suggests the nearest of them, and lists all of them after
    /// `lead`.
    pub(super) fn unknown<'k>(
        &self,
        problem: &str,
        known: impl Iterator<Item = &'k str> + Clone,
        lead: &str,
    ) {
        let suggestion = did_you_mean(nearest(&self.content, known.clone()));
        self.mistake(&format!("{problem}{suggestion}"), format!("{lead}{}", listed(known)));
    }

    /// The beginning of a sentence about the string: the string in quotes, cut to a length that a terminal can show, or
    /// `the value` where it must not be shown.
    fn quoted(&self) -> String {
        const LONGEST: usize = 40;
        if !self.shown {
            return "the value".to_owned();
        }
        match self.content.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{:?}", format!("{}…", self.content.get(..end).unwrap_or_default())),
            None => format!("{:?}", self.content),
        }
    }
}

/// The values of those `texts` that `rule` takes. Each of the others is reported as a mistake.
pub(super) fn each<T>(texts: &[Scalar<'_>], rule: impl Fn(&str) -> Result<T, Wrong>) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse(&rule)).collect()
}

/// The end of a sentence about an unknown name: `; did you mean "main"?`, or nothing where no known name is near.
pub(super) fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}
