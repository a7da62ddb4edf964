//! `clerk-courier init`

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{Failure, say};
use crate::{config, template};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to write
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// Writes what is not there yet; what is there stays as it is.
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
            say(&format!("kept  {} (it is there already)", path.display()));
            kept += 1;
        }
    }
    say(&format!(
        "Files written: {written}, kept: {kept}. Next: edit config.toml, then `clerk-courier check`."
    ));
    say("A template that you do not edit can be deleted: the built-in one takes its place.");
    Ok(())
}

fn create(path: &Path, content: &[u8]) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, content).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
