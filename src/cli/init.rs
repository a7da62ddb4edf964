//! `clerk-courier init`: writes an example configuration and all templates, for editing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::failure::Failure;
use super::terminal::say;
use crate::{config, template};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Write to this directory
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// Writes the files that don't exist yet, and leaves the others as they are.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (mut written, mut kept) = (0, 0);
    let files = template::built_in().map(|(path, content)| (Path::new("templates").join(path), content));
    for (path, content) in
        std::iter::once((PathBuf::from("config.toml"), config::EXAMPLE.as_bytes())).chain(files)
    {
        let path = arguments.dir.join(path);
        if create(&path, content).with_context(|| format!("{}", path.display()))? {
            say(&format!("wrote {}", path.display()));
            written += 1;
        } else {
            say(&format!("kept  {} (it exists already)", path.display()));
            kept += 1;
        }
    }
    say(&format!(
        "Files written: {written}, kept: {kept}. Next: edit config.toml, then `clerk-courier check`."
    ));
    say("You can delete the templates that you don't change: the built-in ones are used in their place.");
    Ok(())
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
