//! `clerk-courier clerk pull`: writes the templates of an instance to files.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::access::{self, CHANNELS, Instance};
use super::select;
use crate::clerk::{Form, Pulled, Template, forms, pull};
use crate::cli::failure::Failure;
use crate::cli::runtime::runtime;
use crate::cli::terminal::say;
use crate::config::TemplatesSection;
use crate::message::Channel;
use crate::template::{TemplateError, Templates};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Clerk's names of the templates [default: those that were edited at Clerk]
    #[arg(value_name = "SLUG")]
    slugs: Vec<String>,
    /// All templates of the instance, also those that have Clerk's own words
    #[arg(long, conflicts_with = "slugs")]
    all: bool,
    /// Only the templates of this channel
    #[arg(long, value_parser = CHANNELS)]
    channel: Option<String>,
    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
}

pub(super) fn run(instance: Instance<'_>, arguments: &Arguments) -> Result<(), Failure> {
    let config = instance.config()?;
    let client = instance.client(&config)?;
    let runtime = runtime(1)?;
    let channels = access::channels(arguments.channel.as_deref());
    let all = runtime.block_on(access::templates(&client, &channels))?;
    let mut named = select::named(all, &arguments.slugs)?;
    if arguments.slugs.is_empty() && !arguments.all {
        named.retain(|template| template.edited != Some(false));
    }
    if named.is_empty() {
        say("No template was edited at Clerk. `--all` brings Clerk's own words.");
        return Ok(());
    }
    let dir = &config.templates.dir;
    let mut pieces = Vec::new();
    let mut left_out = 0;
    for listed in &named {
        // A list may come without bodies.
        let template = runtime.block_on(client.template(listed.channel, &listed.slug)).map_err(|fault| {
            anyhow!("the template {} did not come: {fault} No file was written.", listed.slug)
        })?;
        match Piece::new(template, dir, arguments.force) {
            Ok(piece) => pieces.push(piece),
            Err(reason) => {
                left_out += 1;
                say(&format!("left out  {} {}: {reason}", listed.channel.as_str(), listed.slug));
            }
        }
    }
    left_out += prove(&mut pieces, &config.templates)?;
    let mut written = 0;
    for piece in &pieces {
        write(&piece.pulled, dir, arguments.force).with_context(|| {
            format!("{written} templates were written before this one: {}", piece.pulled.slug)
        })?;
        written += 1;
        describe(piece, dir);
    }
    say("");
    say(&format!("Templates written: {written}, left out: {left_out}."));
    if written > 0 {
        say(
            "They say the same in every language: put `{{t \"…\"}}` in place of words that have translations. Next: \
             `clerk-courier check`, and `clerk-courier dev` shows them.",
        );
    }
    Ok(())
}

/// A template on its way to files.
struct Piece {
    template: Template,
    /// Its files in the form that is tried now.
    pulled: Pulled,
    /// The forms that are tried if this one fails.
    further: Vec<Form>,
    /// Why a better form was given up, if one was.
    instead: Option<String>,
}

impl Piece {
    /// The template in its best form, or why it can't be had.
    fn new(template: Template, dir: &Path, force: bool) -> Result<Self, String> {
        if !is_file_name(&template.slug) {
            return Err("a file can't have its name".to_owned());
        }
        let mut further = forms(&template).into_iter();
        let pulled = further.by_ref().find_map(|form| pull(&template, form));
        let pulled = pulled.ok_or("Clerk does not show what is in it")?;
        if let Some(path) = existing(&template, dir).filter(|_| !force) {
            return Err(format!("{path} exists, and is kept: --force overwrites it"));
        }
        Ok(Self { pulled, further: further.collect(), instead: None, template })
    }

    /// Whether a fault is about one of its files.
    fn has(&self, fault: &TemplateError) -> bool {
        self.pulled.files.iter().any(|(path, _)| *path == fault.file)
            || fault.file.starts_with(&format!("email/{}/", self.pulled.slug))
                && self.pulled.channel == Channel::Email
    }
}

/// Loads all pieces together with the templates that are there, and gives up the form of each one that fails, or the piece
/// itself. Returns how many were given up.
fn prove(pieces: &mut Vec<Piece>, section: &TemplatesSection) -> Result<usize, Failure> {
    let mut left_out = 0;
    while !pieces.is_empty() {
        let files: Vec<_> = pieces.iter().flat_map(|piece| piece.pulled.files.clone()).collect();
        let Err(faults) = Templates::load_with(Some(&section.dir), &files, &section.default_locale) else {
            break;
        };
        let before = pieces.len();
        let mut lowered = false;
        let mut remaining = Vec::with_capacity(before);
        for mut piece in pieces.drain(..) {
            let Some(fault) = faults.iter().find(|fault| piece.has(fault)) else {
                remaining.push(piece);
                continue;
            };
            lowered = true;
            let next = piece.further.first().copied();
            piece.further = piece.further.split_off(piece.further.len().min(1));
            if let Some(pulled) = next.and_then(|form| pull(&piece.template, form)) {
                piece.instead = Some(fault.to_string());
                piece.pulled = pulled;
                remaining.push(piece);
            } else {
                left_out += 1;
                let channel = piece.pulled.channel.as_str();
                say(&format!(
                    "left out  {channel} {}: it would not pass `check`: {fault}",
                    piece.pulled.slug
                ));
            }
        }
        *pieces = remaining;
        if !lowered {
            let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return Err(anyhow!(
                "your templates have faults, so what Clerk has can't be proven beside them. Correct these first; no file was \
                 written:\n{}",
                lines.join("\n")
            )
            .into());
        }
    }
    Ok(left_out)
}

/// Whether a slug can be the name of a folder or a file among templates.
fn is_file_name(slug: &str) -> bool {
    let is_ours = matches!(slug, "clerk" | "partials");
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !is_ours && slug.starts_with(|c: char| c.is_ascii_lowercase()) && slug.bytes().all(allowed)
}

/// The first file of the template that exists, in whatever form.
fn existing(template: &Template, dir: &Path) -> Option<String> {
    let slug = &template.slug;
    let paths = match template.channel {
        Channel::Email => ["subject.txt.hbs", "body.mjml.hbs", "body.html.hbs", "body.txt.hbs", "clerk.json"]
            .map(|part| format!("email/{slug}/{part}"))
            .to_vec(),
        Channel::Sms => vec![format!("sms/{slug}.txt.hbs"), format!("sms/{slug}.clerk.json")],
    };
    paths
        .iter()
        .map(|path| dir.join(path))
        .find(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
}

/// Writes the files of one template.
fn write(pulled: &Pulled, dir: &Path, force: bool) -> anyhow::Result<()> {
    for (path, content) in &pulled.files {
        let path = dir.join(path);
        let shown = || format!("{}", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(shown)?;
        }
        // `create_new` also where nothing was there a moment ago: a file that appeared meanwhile is not overwritten.
        let mut options = fs::OpenOptions::new();
        let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
        let mut file = options.write(true).open(&path).with_context(shown)?;
        file.write_all(content.as_bytes()).with_context(shown)?;
    }
    // A mail has one body. The other form can be there under --force alone.
    let other = match pulled.form {
        Form::Mjml => "body.html.hbs",
        Form::Html => "body.mjml.hbs",
        Form::Text => return Ok(()),
    };
    let other = dir.join("email").join(&pulled.slug).join(other);
    if force && other.symlink_metadata().is_ok() {
        fs::remove_file(&other).with_context(|| format!("{}", other.display()))?;
        say(&format!("removed   {}, since a mail has one body", other.display()));
    }
    Ok(())
}

/// Prints what was written, and what differs from Clerk's template.
fn describe(piece: &Piece, dir: &Path) {
    let pulled = &piece.pulled;
    let (place, form) = match pulled.form {
        Form::Text => (dir.join(format!("sms/{}.txt.hbs", pulled.slug)), "an SMS"),
        Form::Mjml => (dir.join(format!("email/{}/", pulled.slug)), "MJML"),
        Form::Html => (dir.join(format!("email/{}/", pulled.slug)), "HTML"),
    };
    say(&format!("wrote     {} ({form})", place.display()));
    if let Some(fault) = &piece.instead {
        say(&format!("  note    Clerk's markup can't become MJML, so Clerk's HTML was taken: {fault}"));
    }
    for note in &pulled.notes {
        say(&format!("  note    {note}"));
    }
}
