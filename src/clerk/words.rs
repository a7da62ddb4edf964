//! Clerk's Handlebars, adapted to ours: partials that are not known here, `{{{…}}}`, and variables that may be missing.

use std::collections::BTreeSet;

/// Whether a text is HTML or MJML, or a text without markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Html,
    Text,
}

/// A text with its Handlebars adapted.
#[derive(Debug, Default)]
pub(super) struct Adapted {
    /// The text, ready for a template of ours.
    pub(super) text: String,
    /// The variables that it uses: dotted paths.
    pub(super) used: BTreeSet<String>,
    /// What was changed in a way that its author should know of: sentences.
    pub(super) notes: BTreeSet<String>,
}

/// Objects and variables that every message has, though perhaps empty ones. All others may be missing, and then a template
/// that does not ask with `{{#if}}` fails.
const ALWAYS: [&str; 11] = [
    "app",
    "theme",
    "user",
    "brand",
    "requested_at",
    "requested_by",
    "requested_from",
    "inviter",
    "inviter_name",
    "ttl_minutes",
    "current_year",
];

/// What a message is for. Without one of these, the message is not sent at all.
const POINTS: [&str; 3] = ["otp_code", "magic_link", "action_url"];

/// Clerk's helpers, which look like variables.
const HELPERS: [&str; 3] = ["clerk_url", "dashboard_url", "secured_by_clerk_logo_url"];

/// Clerk's partials that exist here for HTML.
const PARTIALS: [&str; 3] = ["app_logo", "org_logo", "copyright"];

/// A block that is open at some place of the text.
enum Block {
    /// `{{#if path}}`: inside, the variable is there.
    If(String),
    /// `{{#each}}` or `{{#with}}`: inside, names mean something else. True where an `{{#if}}` was put around it.
    Other(bool),
    /// A block in which names mean the same as outside, such as `{{#unless}}`.
    Same,
}

/// Adapts every `{{…}}` of a text.
pub(super) fn adapt(text: &str, kind: Kind) -> Adapted {
    let mut adapted = Adapted::default();
    let mut open = Vec::new();
    let mut rest = text;
    while let Some((before, tag, after)) = next(rest) {
        adapted.text.push_str(before);
        adapted.element(tag, kind, &mut open);
        rest = after;
    }
    adapted.text.push_str(rest);
    adapted
}

/// Splits at the next `{{…}}`: the text before it, the whole element with its braces, and the text after it.
pub(super) fn next(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("{{")?;
    let from = text.get(start..)?;
    let end = match from {
        _ if from.starts_with("{{!--") => "--}}",
        _ if from.starts_with("{{{") => "}}}",
        _ => "}}",
    };
    let length = from.find(end)? + end.len();
    Some((text.get(..start)?, from.get(..length)?, from.get(length..)?))
}

/// What stands between the braces of an element.
pub(super) fn inner(element: &str) -> &str {
    element.trim_matches(['{', '}']).trim_matches('~').trim()
}

impl Adapted {
    fn element(&mut self, element: &str, kind: Kind, open: &mut Vec<Block>) {
        let inside = inner(element);
        let names_are_ours = !open.iter().any(|block| matches!(block, Block::Other(_)));
        match inside.chars().next() {
            Some('!') | None => {}
            Some('>') => self.partial(inside.trim_start_matches('>').trim(), kind),
            Some('#') => {
                let block = self.block(inside.trim_start_matches('#').trim(), names_are_ours);
                open.push(block);
                self.text.push_str(element);
            }
            Some('/') => {
                self.text.push_str(element);
                if let Some(Block::Other(true)) = open.pop() {
                    self.text.push_str("{{/if}}");
                }
            }
            Some('^') => {
                open.push(Block::Same);
                self.text.push_str(element);
            }
            Some(_) if inside == "else" || inside.starts_with("else ") => {
                // In the other branch, the variable may be missing.
                if let Some(Block::If(path)) = open.last_mut() {
                    path.clear();
                }
                self.text.push_str(element);
            }
            Some(_) => {
                let path = inside.trim_start_matches('&').trim();
                if element.starts_with("{{{") || inside.starts_with('&') {
                    self.notes.insert(format!(
                        "{{{{{{{path}}}}}}} became {{{{{path}}}}}: values are escaped here, since end users could write markup"
                    ));
                }
                let is_asked = open.iter().any(|block| matches!(block, Block::If(asked) if asked == path));
                self.variable(path, names_are_ours, is_asked);
            }
        }
    }

    /// Adds a variable, asked for if it may be missing.
    fn variable(&mut self, path: &str, names_are_ours: bool, is_asked: bool) {
        let is_known = HELPERS.contains(&path) || !names_are_ours || !is_path(path);
        if !is_known {
            self.used.insert(path.to_owned());
        }
        if is_known || is_asked || is_always(path) {
            self.text.extend(["{{", path, "}}"]);
        } else {
            self.text.extend(["{{#if ", path, "}}{{", path, "}}{{/if}}"]);
        }
    }

    fn block(&mut self, call: &str, names_are_ours: bool) -> Block {
        let (name, parameter) = call.split_once(char::is_whitespace).unwrap_or((call, ""));
        let parameter = parameter.trim();
        if names_are_ours && is_path(parameter) {
            self.used.insert(parameter.to_owned());
        }
        match name {
            "if" => Block::If(parameter.to_owned()),
            "each" | "with" => {
                let guarded = names_are_ours && is_path(parameter) && !is_always(parameter);
                if guarded {
                    self.text.extend(["{{#if ", parameter, "}}"]);
                }
                Block::Other(guarded)
            }
            _ => Block::Same,
        }
    }

    fn partial(&mut self, call: &str, kind: Kind) {
        let name = call.split_whitespace().next().unwrap_or_default();
        // An older name of the same partial. Here `footer` is another one.
        let name = if name == "footer" { "copyright" } else { name };
        let words = match (kind, name) {
            (Kind::Html, name) if PARTIALS.contains(&name) => {
                self.text.extend(["{{> ", name, "}}"]);
                return;
            }
            (Kind::Text, "app_logo") => "{{app.name}}",
            (Kind::Text, "org_logo") => "{{#if org.name}}{{org.name}}{{/if}}",
            (Kind::Text, "copyright") => "© {{current_year}} {{app.name}}",
            _ => {
                self.notes.insert(format!("the partial {{{{> {name}}}}} is left out: it is not known here"));
                return;
            }
        };
        self.text.push_str(words);
    }
}

/// Whether a text is a dotted path, and not a call of a helper, a string or `this`.
fn is_path(text: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    text != "this" && text != "else" && text.split('.').all(is_name)
}

/// Whether every message has the variable.
fn is_always(path: &str) -> bool {
    let first = path.split('.').next().unwrap_or_default();
    // The application's own fields: nobody knows which of them a user has.
    let is_free = path.contains("public_metadata.");
    POINTS.contains(&path) || (ALWAYS.contains(&first) && !is_free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_missing_is_asked_for() {
        for (clerks, ours) in [
            ("{{otp_code}} is {{ app.name }}", "{{otp_code}} is {{app.name}}"),
            ("{{org.name}}!", "{{#if org.name}}{{org.name}}{{/if}}!"),
            ("{{#if org.name}}{{org.name}}{{/if}}", "{{#if org.name}}{{org.name}}{{/if}}"),
            ("{{#if a}}{{b}}{{/if}}", "{{#if a}}{{#if b}}{{b}}{{/if}}{{/if}}"),
            ("{{#if a}}{{a}}{{else}}{{a}}{{/if}}", "{{#if a}}{{a}}{{else}}{{#if a}}{{a}}{{/if}}{{/if}}"),
            ("{{#each items}}{{name}}{{/each}}", "{{#if items}}{{#each items}}{{name}}{{/each}}{{/if}}"),
            ("{{{org.name}}}", "{{#if org.name}}{{org.name}}{{/if}}"),
            ("{{> app_logo}}{{> footer}}{{> mystery}}", "{{> app_logo}}{{> copyright}}"),
            ("{{! a note }}{{!-- {{x}} --}}x", "x"),
            (
                "{{user.public_metadata.plan}}",
                "{{#if user.public_metadata.plan}}{{user.public_metadata.plan}}{{/if}}",
            ),
            ("{{clerk_url}} {{ broken", "{{clerk_url}} {{ broken"),
        ] {
            assert_eq!(adapt(clerks, Kind::Html).text, ours, "{clerks}");
        }
        let adapted = adapt("{{{x}}} {{> mystery}} {{#if y.z}}{{/if}} {{clerk_url}}", Kind::Html);
        assert_eq!(adapted.notes.len(), 2);
        assert_eq!(adapted.used.into_iter().collect::<Vec<_>>(), ["x", "y.z"]);
        assert_eq!(
            adapt("{{> app_logo}} {{> copyright}}", Kind::Text).text,
            "{{app.name}} © {{current_year}} {{app.name}}"
        );
    }
}
