//! What `check` can be asked for, in a file of its own, since the printing for people and the one for programs both read it.

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Also connect to each provider and log in, and fetch the brand's logos; no message is sent
    #[arg(long)]
    pub(super) connect: bool,
    /// Check the templates, languages and brand alone: no secret and no configuration is needed
    #[arg(long, conflicts_with = "connect")]
    pub(super) templates: bool,
    /// Print one JSON object in place of the tables
    #[arg(long)]
    pub(super) json: bool,
}
