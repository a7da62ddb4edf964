//! A template of Clerk's as files of ours.

use serde_json::json;

use super::answer::Template;
use super::words::{Kind, adapt};
use super::{markup, plain};
use crate::message::Channel;

/// What the body of a mail is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// MJML, made of the markup of Clerk's editor.
    Mjml,
    /// Clerk's own HTML.
    Html,
    /// An SMS, which is text.
    Text,
}

/// The files that a template becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Whether it is a mail's or an SMS's.
    pub channel: Channel,
    /// Clerk's name for the template.
    pub slug: String,
    /// What the body is made of.
    pub form: Form,
    /// Each file with its path inside the templates folder, `/` between the names.
    pub files: Vec<(String, String)>,
    /// What differs from Clerk's template: sentences.
    pub notes: Vec<String>,
}

/// The forms in which a template can be had, the best first. None if Clerk shows nothing of it.
#[must_use]
pub fn forms(template: &Template) -> Vec<Form> {
    let has_markup = editor_markup(template).is_some();
    let has_html = !template.body.trim().is_empty() && !template.body.contains("<re-");
    match template.channel {
        Channel::Sms if has_html => vec![Form::Text],
        Channel::Sms => Vec::new(),
        Channel::Email => {
            let forms = [(Form::Mjml, has_markup), (Form::Html, has_html)];
            forms.into_iter().filter(|(_, has)| *has).map(|(form, _)| form).collect()
        }
    }
}

/// The files of a template in one form; `None` if it can't be had in that form.
#[must_use]
pub fn pull(template: &Template, form: Form) -> Option<Pulled> {
    let mut files = Files { template, all: Vec::new(), notes: Vec::new(), used: Vec::new() };
    let slug = &template.slug;
    match form {
        Form::Text => files.add(&format!("sms/{slug}.txt.hbs"), template.body.trim(), Kind::Text),
        Form::Mjml => {
            let source = editor_markup(template)?;
            let converted = markup::convert(source)?;
            files.mail("body.mjml.hbs", &converted.mjml, source);
            files.notes.extend(converted.notes);
        }
        Form::Html => files.mail("body.html.hbs", &template.body, &template.body),
    }
    let path = match template.channel {
        Channel::Email => format!("email/{slug}/clerk.json"),
        Channel::Sms => format!("sms/{slug}.clerk.json"),
    };
    files.used.sort();
    files.used.dedup();
    files.used.retain(|name| !template.available.contains(name));
    let offer = json!({
        "name": template.name,
        "available_variables": template.available,
        "required_variables": template.required,
        // Clerk accepted the template with them, so its events have them.
        "also_used": files.used,
    });
    let offer = serde_json::to_string_pretty(&offer).unwrap_or_default();
    files.all.push((path, format!("{offer}\n")));
    files.notes.sort();
    files.notes.dedup();
    let Files { all: files, notes, .. } = files;
    Some(Pulled { channel: template.channel, slug: slug.clone(), form, files, notes })
}

/// The markup of Clerk's editor, which the API shows as `markup`, or for some templates as `body`.
fn editor_markup(template: &Template) -> Option<&str> {
    [&template.markup, &template.body].into_iter().find(|text| text.contains("<re-")).map(String::as_str)
}

struct Files<'a> {
    template: &'a Template,
    /// Each file with its path inside the templates folder.
    all: Vec<(String, String)>,
    notes: Vec<String>,
    /// The variables that the files use.
    used: Vec<String>,
}

impl Files<'_> {
    /// Adds the three parts of a mail: its subject, its body, and the text that is in `source`.
    fn mail(&mut self, body: &str, content: &str, source: &str) {
        let slug = self.template.slug.clone();
        let subject = self.template.subject.trim();
        let subject = if subject.is_empty() { &self.template.name } else { subject };
        self.add(&format!("email/{slug}/subject.txt.hbs"), subject, Kind::Text);
        self.add(&format!("email/{slug}/{body}"), content.trim(), Kind::Html);
        self.add(&format!("email/{slug}/body.txt.hbs"), plain::plain(source).trim(), Kind::Text);
    }

    /// Adds one file, with its Handlebars adapted.
    fn add(&mut self, path: &str, content: &str, kind: Kind) {
        let adapted = adapt(content, kind);
        self.used.extend(adapted.used);
        self.notes.extend(adapted.notes);
        // A partial that was left out may leave a space at the end of its line.
        let lines: Vec<_> = adapted.text.lines().map(str::trim_end).collect();
        self.all.push((path.to_owned(), format!("{}\n", lines.join("\n").trim_end())));
    }
}
