//! Stand-ins for what a rehearsal must not need: providers, a sender, and the rules about real recipients.

use crate::config::{self, Config};
use crate::limits;

/// The provider that takes the place of every configured one.
pub(crate) const OUTBOX: &str = "outbox";

/// Makes a configuration safe to play with: every message goes to [`OUTBOX`], a sender is made up where none is
/// configured, and staging rules, rules by country and limits are left out, since they are about real recipients.
pub(crate) fn stand_in(config: &mut Config) {
    for mail in std::iter::once(&mut config.email.base).chain(config.email.by_slug.values_mut()) {
        to_the_outbox(&mut mail.delivery);
        mail.from.get_or_insert_with(|| config::From::Template {
            name: "{{app.name}}".to_owned(),
            local: "{{from_email_name}}".to_owned(),
            domain: "mail.example".to_owned(),
        });
    }
    for sms in std::iter::once(&mut config.sms.base).chain(config.sms.by_slug.values_mut()) {
        to_the_outbox(&mut sms.delivery);
    }
    config.sms.by_country.clear();
    config.sms.limits = limits::Settings::default();
}

/// Makes the outbox the only provider, and drops the staging rules.
fn to_the_outbox(delivery: &mut config::Delivery) {
    delivery.providers = vec![OUTBOX.to_owned()];
    delivery.redirect_to = None;
    delivery.allow_recipients.clear();
}
