//! `clerk-courier completions` and `clerk-courier manual`: what shells and `man` know of the command line, made from its
//! own description.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

use super::failure::Failure;
use super::terminal::say;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Print the script for this shell
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// Write the pages to this directory, which is made if it does not exist
    dir: PathBuf,
}

/// Prints the script that completes commands and options.
pub(super) fn completions(mut command: Command, arguments: &Completions) {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    say(String::from_utf8_lossy(&script).trim_end());
}

/// Writes one page for the program and one for each command, in the format of `man`.
pub(super) fn manual(command: Command, arguments: &Manual) -> Result<(), Failure> {
    let dir = &arguments.dir;
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(command, dir)
    };
    write().with_context(|| format!("the pages can't be written to {}", dir.display()))?;
    Ok(())
}
