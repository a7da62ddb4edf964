//! Templates.
pub mod context;
use std::path::Path;
use crate::message::Channel;
pub use context::Context;

/// What a template made of a context.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// One line; mail only.
    pub subject: String,
    /// The HTML body; mail only.
    pub html: Option<String>,
    /// The text body, or the SMS.
    pub text: Option<String>,
    /// `slug/locale`.
    pub template: String,
}

/// All templates of a running service, compiled.
#[derive(Debug)]
pub struct Templates {}

impl Templates {
    /// The built-in set, with the files of `dir` in place of those of the same name (`None`: built-ins alone).
    ///
    /// # Errors
    /// Every fault found: file, line, column and reason each.
    pub fn load(_dir: Option<&Path>, _default_locale: &str) -> Result<Self, Vec<TemplateError>> { unimplemented!() }
    /// Renders, or says that this slug is not ours (`None`): then Clerk's own words go out.
    ///
    /// # Errors
    /// The template fails with this context (a variable it needs is missing or empty, a link is not http(s)).
    pub fn render(&self, _channel: Channel, _slug: &str, _context: &Context) -> Option<Result<Rendered, TemplateError>> { unimplemented!() }
}

/// What is wrong with a template: never holds a rendered value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct TemplateError {
    /// Path inside the templates folder.
    pub file: String,
    /// Line and column, from 1.
    pub line: Option<(usize, usize)>,
    /// What is wrong and what to do about it.
    pub reason: String,
}
