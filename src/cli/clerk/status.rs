//! `clerk-courier clerk status`: the templates of an instance as a table, or as JSON.

use clap::Args;
use serde_json::{Value, json};

use super::access::{self, CHANNELS, Instance};
use crate::clerk::Template;
use crate::cli::failure::Failure;
use crate::cli::runtime::runtime;
use crate::cli::terminal::say;
use crate::config::TemplatesSection;
use crate::message::Channel;
use crate::template::Templates;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only the templates of this channel
    #[arg(long, value_parser = CHANNELS)]
    channel: Option<String>,
    /// Print JSON in place of the table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(instance: Instance<'_>, arguments: &Arguments) -> Result<(), Failure> {
    let config = instance.config()?;
    let client = instance.client(&config)?;
    let channels = access::channels(arguments.channel.as_deref());
    let templates = runtime(1)?.block_on(access::templates(&client, &channels))?;
    let ours = Ours::load(&config.templates);
    if arguments.json {
        let rows: Vec<_> = templates.iter().map(|template| as_json(template, &ours)).collect();
        let instance = templates.iter().find_map(|template| template.instance.as_deref());
        let all = json!({ "instance": instance, "environment": client.environment(), "templates": rows });
        say(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    table(&templates, &ours);
    let by_clerk = templates.iter().filter(|template| template.delivered_by_clerk).count();
    say("");
    say(&format!(
        "Clerk delivers {by_clerk} of {} templates of {}; the others are left to your endpoint.",
        templates.len(),
        access::instance(&client, &templates)
    ));
    if ours.set.is_none() {
        say(
            "Your templates have faults, so it is not known which of them would be used: run `clerk-courier check`.",
        );
    }
    Ok(())
}

/// Our templates.
struct Ours<'a> {
    /// Where they lie, and what happens to messages without one.
    section: &'a TemplatesSection,
    /// All of them; `None` if they have faults.
    set: Option<Templates>,
}

impl<'a> Ours<'a> {
    fn load(section: &'a TemplatesSection) -> Self {
        let set = Templates::load(Some(&section.dir), &section.default_locale).ok();
        Self { section, set }
    }

    /// Which words a message would have: a word for programs, and the languages.
    fn words(&self, template: &Template) -> (&'static str, Vec<&str>) {
        let Some(set) = &self.set else { return ("unknown", Vec::new()) };
        if set.slugs(template.channel).any(|slug| slug == template.slug) {
            let is_own = match template.channel {
                Channel::Email => self.section.dir.join("email").join(&template.slug),
                Channel::Sms => self.section.dir.join("sms").join(format!("{}.txt.hbs", template.slug)),
            };
            return (if is_own.exists() { "own" } else { "built-in" }, set.locales().collect());
        }
        let in_layout = self.section.clerk_in_layout && template.channel == Channel::Email;
        (if in_layout { "clerk_in_layout" } else { "clerk" }, Vec::new())
    }
}

fn as_json(template: &Template, ours: &Ours<'_>) -> Value {
    let (words, languages) = ours.words(template);
    json!({
        "channel": template.channel.as_str(), "slug": template.slug, "name": template.name,
        "delivered_by": if template.delivered_by_clerk { "clerk" } else { "application" },
        "enabled": template.enabled, "edited_at_clerk": template.edited, "words": words, "languages": languages,
    })
}

/// Prints templates as a table.
fn table(templates: &[Template], ours: &Ours<'_>) {
    let width = |text: fn(&Template) -> &str, least: usize| {
        templates.iter().map(|template| text(template).chars().count()).fold(least, usize::max).min(44)
    };
    let (slugs, names) = (width(|template| &template.slug, 4), width(|template| &template.name, 4));
    say(&format!(
        "{:<7} {:<slugs$}  {:<names$}  {:<12}  {:<8}  words",
        "channel", "slug", "name", "delivered by", "at Clerk"
    ));
    for template in templates {
        let by = if template.delivered_by_clerk { "Clerk" } else { "you" };
        let edited = match (template.enabled, template.edited) {
            (false, _) => "off",
            (true, Some(true)) => "edited",
            (true, Some(false)) => "default",
            (true, None) => "-",
        };
        let words = match ours.words(template) {
            ("own", languages) => format!("your template, in {} languages", languages.len()),
            ("built-in", languages) => format!("built-in template, in {} languages", languages.len()),
            ("clerk_in_layout", _) => "Clerk's words in your layout".to_owned(),
            ("clerk", _) => "Clerk's words".to_owned(),
            _ => "?".to_owned(),
        };
        let (channel, slug, name) = (template.channel.as_str(), &template.slug, &template.name);
        say(&format!("{channel:<7} {slug:<slugs$}  {name:<names$}  {by:<12}  {edited:<8}  {words}"));
    }
}
