//! Stand-ins for what a rehearsal must not need: providers, a sender, and the rules about real recipients.

use crate::config::Config;
use crate::decision::policy::{Route, Sender};
use crate::limits;

/// The provider that takes the place of every configured one.
pub(crate) const OUTBOX: &str = "outbox";

/// Makes a configuration safe to play with: every message goes to [`OUTBOX`], a sender is made up where none is
/// configured, and staging rules, rules by country and limits are left out, since they are about real recipients.
pub(crate) fn stand_in(config: &mut Config) {
    for variant in &mut config.variants {
        stand_in(&mut variant.config);
    }
    for mail in std::iter::once(&mut config.email.base).chain(config.email.by_slug.values_mut()) {
        to_the_outbox(&mut mail.route);
        mail.from.get_or_insert_with(|| Sender::Template {
            name: "{{app.name}}".to_owned(),
            local: "{{from_email_name}}".to_owned(),
            domain: "mail.example".to_owned(),
        });
    }
    for sms in std::iter::once(&mut config.sms.base).chain(config.sms.by_slug.values_mut()) {
        to_the_outbox(&mut sms.route);
    }
    config.sms.by_country.clear();
    config.limits = limits::Settings::default();
}

/// Makes the outbox the only provider, and drops the staging rules.
fn to_the_outbox(route: &mut Route) {
    route.providers = vec![OUTBOX.to_owned()];
    route.redirect_to = None;
    route.allow_recipients.clear();
}
