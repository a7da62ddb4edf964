//! The environment of this process, and what a `.env` file adds to it for the playground.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use super::mistake::reason;

/// Where variables come from: the environment of the process, or a function from a name to a value, as tests have it.
pub trait Variables {
    /// The value of a variable; `None` if it is not set, or is not UTF-8.
    fn get(&self, name: &str) -> Option<String>;

    /// The names of all variables. A function has none, so what it says is only found by name.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<F: Fn(&str) -> Option<String>> Variables for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// The environment of this process. Nothing else reads it.
#[derive(Debug, Clone, Copy)]
pub struct Process;

/// The variables of a `.env` file, once [`add_env_file`] has read one.
static ADDED: OnceLock<BTreeMap<String, String>> = OnceLock::new();

impl Variables for Process {
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment is read here and handed on as `Variables`"
    )]
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().or_else(|| ADDED.get()?.get(name).cloned())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the environment is read here and handed on as `Variables`"
    )]
    fn names(&self) -> Vec<String> {
        // None of our names has other characters than those of ASCII.
        let own = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let mut names: Vec<String> =
            own.chain(ADDED.get().into_iter().flat_map(|it| it.keys().cloned())).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The environment variable `name` of this process.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    Process.get(name)
}

/// Adds the variables of a `.env` file to those of this process, which win. Returns how many the file has, or `None` where
/// there is no such file. Only the first file counts.
///
/// # Errors
/// The file can't be read, or a line of it is not `NAME=value`. The error does not repeat the line, which may hold a secret.
pub fn add_env_file(file: &Path) -> Result<Option<usize>, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: can't be read: {}", file.display(), reason(error.kind()))),
    };
    let variables = parse(&text).map_err(|line| {
        format!(
            "{}:{line}: is not NAME=value\n    write one variable on each line; a comment begins with #",
            file.display()
        )
    })?;
    let count = variables.len();
    let _ = ADDED.set(variables);
    Ok(Some(count))
}

/// The variables of a `.env` file. A value may stand in single quotes, as it is, or in double quotes, where `\n`, `\"` and
/// `\\` are escapes. `export` before a name is ignored, and nothing is filled in: a `$` in a password is a `$`.
///
/// # Errors
/// The number of the first line that is not a variable, counted from 1.
fn parse(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let mut variables = BTreeMap::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let assignment = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = assignment.split_once('=').ok_or(at + 1)?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(at + 1);
        }
        variables.insert(name.to_owned(), value_of(value.trim()).ok_or(at + 1)?);
    }
    Ok(variables)
}

/// The value behind the `=`; `None` where a quote is not closed, or is followed by more than a comment.
fn value_of(text: &str) -> Option<String> {
    let is_comment = |rest: &str| rest.trim().is_empty() || rest.trim_start().starts_with('#');
    if let Some(rest) = text.strip_prefix('\'') {
        let (value, rest) = rest.split_once('\'')?;
        return is_comment(rest).then(|| value.to_owned());
    }
    let Some(quoted) = text.strip_prefix('"') else {
        // Only a `#` after a space begins a comment: passwords contain it too.
        let value = text.split_once(" #").map_or(text, |(value, _)| value);
        return Some(if text.starts_with('#') { String::new() } else { value.trim_end().to_owned() });
    };
    let (mut value, mut characters) = (String::new(), quoted.chars());
    while let Some(c) = characters.next() {
        match c {
            '"' => return is_comment(characters.as_str()).then_some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\' | '$') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_is_read_as_people_write_them() {
        let text = "\u{feff}# a comment\n\nA=1\r\n export B = two words # why\nC='$x #'\nD=\"a\\nb\\\"\" # more\nE=\nF=p#w$1\n";
        let variables = parse(text).unwrap();
        let expected =
            [("A", "1"), ("B", "two words"), ("C", "$x #"), ("D", "a\nb\""), ("E", ""), ("F", "p#w$1")];
        assert_eq!(variables, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn what_is_no_variable_is_reported_by_its_line() {
        for text in ["A=1\nB", "\nA B=1", "\n=1", "\nA='x", "\nA=\"x\" y"] {
            assert_eq!(parse(text), Err(2), "{text:?}");
        }
    }
}
