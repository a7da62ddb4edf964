//! `${NAME}` and `${file:/path}` inside strings. `$${` is a literal `${`. What a variable holds is taken as it is:
//! variables in it are not looked for.

use std::path::Path;

/// Where variables come from: a name to its value. [`super::process_env`] outside tests.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A string with its variables filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub(super) text: String,
    /// Some of it came from a variable, and must not be shown.
    pub(super) from_variable: bool,
}

/// Why a string has no value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpandError {
    #[error("variable {0} is not set")]
    Unset(String),
    #[error("file {path} cannot be read: {}", super::mistake::reason(*reason))]
    File { path: String, reason: std::io::ErrorKind },
    #[error("\"${{\" starts a variable, and no name and \"}}\" follow")]
    Syntax,
}

impl ExpandError {
    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Unset(_) => "set it in the environment, or write the value here",
            Self::File { .. } => "the file must exist, be readable for this user and hold text",
            Self::Syntax => "write ${NAME} or ${file:/path}, and $${ for a literal ${",
        }
    }
}

/// Fills in the variables of `text`; files are relative to `dir`.
pub(super) fn expand(text: &str, env: Env<'_>, dir: &Path) -> Result<Expanded, ExpandError> {
    let mut expanded = Expanded { text: String::with_capacity(text.len()), from_variable: false };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(literal) = before.strip_suffix('$') {
            expanded.text.push_str(literal);
            expanded.text.push_str("${");
            rest = after;
            continue;
        }
        let (name, tail) = after.split_once('}').ok_or(ExpandError::Syntax)?;
        expanded.text.push_str(before);
        expanded.text.push_str(&value_of(name, env, dir)?);
        expanded.from_variable = true;
        rest = tail;
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

fn value_of(name: &str, env: Env<'_>, dir: &Path) -> Result<String, ExpandError> {
    if let Some(path) = name.strip_prefix("file:").filter(|path| !path.is_empty()) {
        return read(path, dir);
    }
    // A name that is none may be part of a password: it is not repeated.
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        env(name).ok_or_else(|| ExpandError::Unset(name.to_owned()))
    } else {
        Err(ExpandError::Syntax)
    }
}

fn read(path: &str, dir: &Path) -> Result<String, ExpandError> {
    let mut text = std::fs::read_to_string(dir.join(path))
        .map_err(|error| ExpandError::File { path: path.to_owned(), reason: error.kind() })?;
    // One line ending is the editor's; more would be the value's own.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "A" => Some("x".to_owned()),
            "_B2" => Some("${A}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_filled_in_once() {
        let table = [
            ("plain $ {A} $A", "plain $ {A} $A", false),
            ("${A}", "x", true),
            ("a${A}b${A}", "axbx", true),
            ("${_B2}", "${A}", true),
            ("${EMPTY}", "", true),
            ("$${A}", "${A}", false),
            ("$${A} ${A}", "${A} x", true),
            ("{{app.name}}", "{{app.name}}", false),
        ];
        for (text, expected, from_variable) in table {
            let expected = Expanded { text: expected.to_owned(), from_variable };
            assert_eq!(expand(text, &env, Path::new("")), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_unset_or_no_variable_is_an_error() {
        let unset = |name: &str| ExpandError::Unset(name.to_owned());
        let table = [
            ("a ${NOPE}", unset("NOPE")),
            ("${A", ExpandError::Syntax),
            ("${}", ExpandError::Syntax),
            ("${1A}", ExpandError::Syntax),
            ("${A B}", ExpandError::Syntax),
            ("${file:}", ExpandError::Syntax),
        ];
        for (text, expected) in table {
            assert_eq!(expand(text, &env, Path::new("")), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_file_loses_its_last_line_ending_only() {
        let dir = tempfile::tempdir().unwrap();
        for (content, expected) in
            [("s", "s"), ("s\n", "s"), ("s\r\n", "s"), ("s\n\n", "s\n"), (" s ", " s ")]
        {
            std::fs::write(dir.path().join("secret"), content).unwrap();
            let absolute = format!("${{file:{}}}", dir.path().join("secret").display());
            for text in ["${file:secret}", &absolute] {
                assert_eq!(expand(text, &env, dir.path()).unwrap().text, expected);
            }
        }
        let missing = ExpandError::File { path: "none".to_owned(), reason: std::io::ErrorKind::NotFound };
        assert_eq!(expand("${file:none}", &env, dir.path()), Err(missing));
    }
}
