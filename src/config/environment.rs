//! The environment: variables by name, and `${NAME}`, `${file:/path}` and `${credential:name}` inside strings. `$${` is a
//! literal `${`. Only the configuration's own text is searched: a `${…}` in the value of a variable or in a file stays as it
//! is, so that a password may contain one.

use std::path::{Path, PathBuf};

use super::process::Variables;

/// The variables that a configuration is read with. Outside tests they are those of [`super::Process`].
pub type Env<'a> = &'a dyn Variables;

/// A string whose `${…}` are filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The string with the values in it.
    pub(super) text: String,
    /// Whether a part of it came from a variable or a file. Such a string may hold a secret, and is never shown.
    pub(super) from_variable: bool,
    /// The files that parts of it came from, but for systemd's credentials, which are protected already.
    pub(super) files: Vec<PathBuf>,
}

/// Why a `${…}` can't be filled in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ExpandError {
    /// No environment variable of this name is set. An empty one is set.
    #[error("environment variable {0} is not set")]
    Unset(String),
    /// The file of a `${file:…}` can't be read, or is not UTF-8.
    #[error("file {path} can't be read: {}", super::mistake::reason(*reason))]
    File {
        /// The path as it was written.
        path: String,
        /// What the operating system said.
        reason: std::io::ErrorKind,
    },
    /// The file of a `${credential:…}` can't be read, or is not UTF-8.
    #[error("credential {name} can't be read: {}", super::mistake::reason(*reason))]
    Credential {
        /// The credential's name.
        name: String,
        /// What the operating system said.
        reason: std::io::ErrorKind,
    },
    /// There is a `${credential:…}`, but systemd gave this process no credentials.
    #[error("credential {0} can't be read: CREDENTIALS_DIRECTORY is not set")]
    NoCredentials(String),
    /// A `${` is not followed by a name and `}`.
    #[error("\"${{\" is not followed by a name and \"}}\"")]
    Syntax,
}

impl ExpandError {
    /// What to do about the error.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Unset(_) => "set it in the environment, or write the value here".to_owned(),
            Self::File { .. } => {
                "check that the file exists, contains text, and may be read by this user".to_owned()
            }
            Self::Credential { name, .. } => {
                format!("add to the unit: LoadCredential={name}:/path/of/the/file")
            }
            Self::NoCredentials(name) => {
                format!("systemd sets it for a unit that has LoadCredential={name}:/path/of/the/file")
            }
            Self::Syntax => {
                "write ${NAME}, ${file:/path} or ${credential:name}; write $${ for a literal ${".to_owned()
            }
        }
    }
}

/// Fills in every `${…}` of `text`. Relative paths of files start at `dir`.
///
/// # Errors
/// The first `${…}` that can't be filled in.
pub(super) fn expand(text: &str, env: Env<'_>, dir: &Path) -> Result<Expanded, ExpandError> {
    let mut expanded =
        Expanded { text: String::with_capacity(text.len()), from_variable: false, files: Vec::new() };
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
        let (value, file) = value_of(name, env, dir)?;
        expanded.text.push_str(&value);
        expanded.files.extend(file);
        expanded.from_variable = true;
        rest = tail;
    }
    expanded.text.push_str(rest);
    Ok(expanded)
}

/// The value of `${name}`, and the file that it came from, if any: a file if the name begins with `file:`, a credential of
/// systemd if it begins with `credential:`, else an environment variable.
fn value_of(name: &str, env: Env<'_>, dir: &Path) -> Result<(String, Option<PathBuf>), ExpandError> {
    if let Some(path) = name.strip_prefix("file:").filter(|path| !path.is_empty()) {
        let file = dir.join(path);
        return match read(&file) {
            Ok(text) => Ok((text, Some(file))),
            Err(reason) => Err(ExpandError::File { path: path.to_owned(), reason }),
        };
    }
    if let Some(name) = name.strip_prefix("credential:") {
        return Ok((credential(name, env)?, None));
    }
    // What is not a name may be a part of a password, so the error does not repeat it.
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        env.get(name).map(|value| (value, None)).ok_or_else(|| ExpandError::Unset(name.to_owned()))
    } else {
        Err(ExpandError::Syntax)
    }
}

/// A credential that systemd put into a file for this process (systemd.exec, `LoadCredential=`).
fn credential(name: &str, env: Env<'_>) -> Result<String, ExpandError> {
    // The name is that of a file, and a path would leave the directory.
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\0']) {
        return Err(ExpandError::Syntax);
    }
    let dir = env.get("CREDENTIALS_DIRECTORY").filter(|dir| !dir.is_empty());
    let dir = dir.ok_or_else(|| ExpandError::NoCredentials(name.to_owned()))?;
    read(&Path::new(&dir).join(name))
        .map_err(|reason| ExpandError::Credential { name: name.to_owned(), reason })
}

/// The text of a file, without the line ending at its end.
fn read(file: &Path) -> Result<String, std::io::ErrorKind> {
    let mut text = std::fs::read_to_string(file).map_err(|error| error.kind())?;
    // Editors and `echo` end a file with one line break. Any other is a part of the value.
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
            let expected = Expanded { text: expected.to_owned(), from_variable, files: Vec::new() };
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
            ("${credential:}", ExpandError::Syntax),
            ("${credential:../key}", ExpandError::Syntax),
            ("${credential:key}", ExpandError::NoCredentials("key".to_owned())),
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

    #[test]
    fn a_credential_is_a_file_of_the_directory_that_systemd_names() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("smtp"), "p/w\n").unwrap();
        let named = dir.path().display().to_string();
        let env = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| named.clone());
        let expanded = expand("${credential:smtp}", &env, Path::new("elsewhere")).unwrap();
        assert_eq!((expanded.text.as_str(), expanded.from_variable), ("p/w", true));
        let missing = expand("${credential:none}", &env, Path::new("")).unwrap_err();
        assert_eq!(missing.to_string(), "credential none can't be read: there is no such file");
        assert_eq!(missing.hint(), "add to the unit: LoadCredential=none:/path/of/the/file");
    }
}
