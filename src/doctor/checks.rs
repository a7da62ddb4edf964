//! The list of checks. To add one, write a file beside the others, and add its line here.

mod clock;
mod configuration;
mod countries;
mod delivered;
mod dkim;
mod dmarc;
mod dns;
mod endpoint;
mod events;
mod ledger;
mod mx;
mod own_templates;
mod providers;
mod ptr;
mod secrets;
mod spf;

use super::check::Check;
pub(super) use configuration::of_mistakes;

/// All checks, in the order of their findings on the page.
pub(super) const ALL: &[Check] = &[
    configuration::CHECK,
    secrets::CHECK,
    own_templates::CHECK,
    delivered::CHECK,
    events::CHECK,
    countries::CHECK,
    endpoint::CHECK,
    clock::CHECK,
    providers::CHECK,
    dns::CHECK,
    spf::CHECK,
    dkim::CHECK,
    dmarc::CHECK,
    mx::CHECK,
    ptr::CHECK,
    ledger::CHECK,
];
