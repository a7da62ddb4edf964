//! `clerk-courier init`: writes an example configuration, or copies built-in templates for editing. It overwrites nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;

use super::failure::Failure;
use super::terminal::say;
use crate::suggest::nearest;
use crate::{config, template};

/// What a repository must not hold: secrets, and what the service keeps.
const GIT_IGNORE: &str = "\
/.env
/clerk-courier.db*
/clerk-courier.spool*
/outbox/
";

/// The variables that the example configuration names.
const ENV_EXAMPLE: &str = "\
# The secrets that config.toml takes from variables. Copy this file to .env, and keep .env out of your repository.
# `clerk-courier dev` reads .env by itself. For all other commands: set -a; . ./.env; set +a

# The secret of your endpoint in Clerk's dashboard, whsec_…
CLERK_WEBHOOK_SIGNING_SECRET=
# The password of [providers.main]
SMTP_PASSWORD=
# The instance's secret key, sk_…, for `clerk-courier clerk` alone
#CLERK_SECRET_KEY=
";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Copy the built-in templates of these slugs of Clerk's for editing, in place of a configuration; `partials`: what all
    /// mails share
    #[arg(value_name = "SLUG")]
    slugs: Vec<String>,
    /// Write the file with a language's words; a language that is not built in begins with the English words as comments
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// Write the configuration, and copy all templates and languages
    #[arg(long)]
    all: bool,
    /// Write to this directory
    #[arg(long, default_value = ".", value_name = "DIRECTORY")]
    dir: PathBuf,
}

/// A file to be written: its path inside the directory, and its content.
type File = (PathBuf, Vec<u8>);

/// Writes the files that don't exist yet, and leaves the others as they are.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { slugs, language, all, dir } = arguments;
    // Everything is looked up before anything is written, so that a misspelt name writes nothing.
    let mut files: Vec<File> = Vec::new();
    let configures = *all || (slugs.is_empty() && language.is_empty());
    if configures {
        files.push(("config.toml".into(), config::EXAMPLE.into()));
        files.push((".gitignore".into(), GIT_IGNORE.into()));
        files.push((".env.example".into(), ENV_EXAMPLE.into()));
    }
    if *all {
        files.extend(built_in(|_| true));
    }
    for slug in slugs {
        files.extend(of_slug(slug)?);
    }
    for tag in language {
        files.push(of_language(tag)?);
    }
    let (mut written, mut kept) = (0, 0);
    for (path, content) in files {
        let path = dir.join(path);
        if create(&path, &content).map_err(|error| {
            let advice = "run `init` in a directory that this user may write, or name one: --dir DIRECTORY";
            anyhow!("{} can't be written: {error}\n    {advice}", path.display())
        })? {
            say(&format!("wrote {}", path.display()));
            written += 1;
        } else {
            say(&format!("kept  {} (it exists already)", path.display()));
            kept += 1;
        }
    }
    say(&format!("Files written: {written}, kept: {kept}."));
    if configures {
        let missing = not_ignored(&dir.join(".gitignore"));
        if !missing.is_empty() {
            say(&format!(
                "Your .gitignore does not name these, which hold secrets or messages: {}",
                missing.join(" ")
            ));
        }
        say("Next: edit config.toml, then `clerk-courier check`.");
    } else {
        say(
            "Next: edit what was written; `clerk-courier dev` shows it in the browser, and `clerk-courier check` proves it.",
        );
    }
    if *all || !slugs.is_empty() {
        say("You can delete the templates that you don't change: the built-in ones are used in their place.");
    }
    Ok(())
}

/// The built-in files whose path inside the templates folder is wanted.
fn built_in(wanted: impl Fn(&Path) -> bool) -> impl Iterator<Item = File> {
    template::built_in()
        .filter(move |(path, _)| wanted(path))
        .map(|(path, content)| (Path::new("templates").join(path), content.to_owned()))
}

/// The files of a template, of both channels.
fn of_slug(slug: &str) -> Result<Vec<File>, Failure> {
    let files: Vec<File> = built_in(|path| name(path).as_deref() == Some(slug)).collect();
    if !files.is_empty() {
        return Ok(files);
    }
    let known: BTreeSet<String> = template::built_in().filter_map(|(path, _)| name(path)).collect();
    let hint = match nearest(slug, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None if slug.contains(['/', '.', '\\']) => format!("to write to another directory, use --dir {slug}"),
        None => format!("the built-in ones are {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::Wrong(format!("there is no built-in template {slug:?}: {hint}")))
}

/// Whose a file in the templates folder is: a slug's, or all mails'. `None` for a language's.
fn name(path: &Path) -> Option<String> {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    match (parts.next()?.as_ref(), parts.next()?) {
        ("email", folder) => Some(folder.into_owned()),
        ("sms", file) => file.strip_suffix(".txt.hbs").map(str::to_owned),
        _ => None,
    }
}

/// The file of a language: the built-in one, or the English words to translate.
fn of_language(tag: &str) -> Result<File, Failure> {
    let file = |tag: &str| Path::new("templates/locales").join(format!("{tag}.ftl"));
    let built_in =
        |tag: &str| built_in(|_| true).find(|(path, _)| *path == file(tag)).map(|(_, content)| content);
    match template::canonical_tag(tag) {
        Some(canonical) if canonical == tag => {}
        Some(canonical) => {
            return Err(Failure::Wrong(format!("--language {tag}: write it as in BCP 47, {canonical}")));
        }
        None => {
            return Err(Failure::Wrong(format!(
                "--language {tag}: this is not a language: write its tag as in BCP 47, such as sv or pt-BR"
            )));
        }
    }
    let content = built_in(tag).unwrap_or_else(|| {
        let english = built_in("en").unwrap_or_default();
        to_translate(tag, &String::from_utf8_lossy(&english)).into_bytes()
    });
    Ok((file(tag), content))
}

/// The English words as comments, so that `check` counts each as missing until it is translated.
fn to_translate(tag: &str, english: &str) -> String {
    // What the file says of itself comes first; the guide to the form follows as a list.
    let guide = english.find("\n# - ").map_or(english, |at| english.get(at + 1..).unwrap_or_default());
    let mut text = format!(
        "### The words in `{tag}`. Remove the \"# \" before a message and its lines, and translate what stands after each `=`.\n\
         ### Lines with \"##\" explain. `clerk-courier check` lists what is missing, which is taken from another language.\n###\n"
    );
    for line in guide.lines() {
        match line.as_bytes() {
            [] => {}
            [b'#', b'#', ..] => text.push('\n'),
            [b'#', ..] => text.push('#'),
            _ => text.push_str("# "),
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The lines of [`GIT_IGNORE`] that a file lacks.
fn not_ignored(path: &Path) -> Vec<&'static str> {
    let text = fs::read_to_string(path).unwrap_or_default();
    // With and without the slashes it means the same here.
    let ignored: BTreeSet<&str> = text.lines().map(|line| line.trim().trim_matches('/')).collect();
    GIT_IGNORE.lines().filter(|line| !ignored.contains(line.trim_matches('/'))).collect()
}

/// Writes a file and the directories above it. Returns false, and writes nothing, if it exists.
fn create(path: &Path, content: &[u8]) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // `create_new` rather than a look beforehand: a file that appears in between is not overwritten either.
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, content).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
