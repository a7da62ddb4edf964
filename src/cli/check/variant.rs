//! What is different for each variant: which events it is for, and who sends its messages.

use crate::config::{Config, Variant};
use crate::decision::policy::{EmailFor, Sender, SmsFor};

/// The lines of one variant. `base` is the configuration that it differs from.
pub(super) fn lines(variant: &Variant, base: &Config) -> Vec<String> {
    let Variant { name, own_secrets, config, counts_apart, .. } = variant;
    let secrets = match own_secrets.len() {
        0 => String::new(),
        1 => "; signed by its own secret".to_owned(),
        count => format!("; signed by its own {count} secrets"),
    };
    let mut lines = vec![format!("variant   {name}: when {}{secrets}", conditions(variant).join(" and "))];
    if variant.has_own_key() {
        lines.push("  clerk     is asked for users' languages with a secret key of its own".to_owned());
    }
    if config.templates.dir != base.templates.dir {
        lines.push(format!("  templates {}", config.templates.dir.display()));
    }
    lines.push(format!("  email     {}", email(&config.email.base)));
    lines.push(format!("  sms       {}", sms(&config.sms.base)));
    if *counts_apart {
        lines.push("  limits    its SMS count apart from all others".to_owned());
    }
    lines
}

/// The conditions, as they are written.
pub(super) fn conditions(variant: &Variant) -> Vec<String> {
    let instance = variant.when.instance.iter().map(|instance| format!("instance = {instance:?}"));
    let variables = variant.when.variables.iter().map(|(path, value)| format!("{path} = {value:?}"));
    instance.chain(variables).collect()
}

fn email(mail: &EmailFor) -> String {
    through(from(mail), &mail.route.providers, mail.route.redirect_to.as_deref())
}

fn sms(text: &SmsFor) -> String {
    through(text.from.clone(), &text.route.providers, text.route.redirect_to.as_deref())
}

/// The sender of mails, as it is configured.
pub(super) fn from(mail: &EmailFor) -> Option<String> {
    mail.from.as_ref().map(|from| match from {
        Sender::Fixed(mailbox) => mailbox.to_string(),
        Sender::Template { name, local, domain } if name.is_empty() => format!("{local}@{domain}"),
        Sender::Template { name, local, domain } => format!("{name} <{local}@{domain}>"),
    })
}

fn through(from: Option<String>, providers: &[String], redirect_to: Option<&str>) -> String {
    let from = from.map(|from| format!("from {from}, ")).unwrap_or_default();
    let through = match providers {
        [] => "no provider: its messages are answered `failed`".to_owned(),
        names => format!("through {}", names.join(", then ")),
    };
    let to = redirect_to.map(|to| format!(", all of it to {to}")).unwrap_or_default();
    format!("{from}{through}{to}")
}
