//! `[email]` and `[sms]`: from whom and through whom messages are sent, and what is different for single slugs and
//! countries. Each slug's table comes out complete: what it does not set is taken from its channel.

use std::collections::BTreeMap;

use super::provider::Providers;
use super::reader::{Table, Value};
use super::rule::{self, Wrong};
use super::scalar::{Scalar, did_you_mean, each};
use crate::decision::policy::{ByCountry, Email, EmailFor, OnDoubt, Route, Sms, SmsFor};
use crate::delivery::api::definition::{Definition, Key};
use crate::delivery::settings::Provider;
use crate::limits::{self, Mode};
use crate::message::Channel;
use crate::message::sms::Ending;
use crate::suggest::nearest;
use crate::template::{meant_slug, sample};

/// Reads `[email]`. `providers` is `None` for the playground, which has an outbox in place of them.
pub(super) fn email(table: Table<'_>, providers: Option<&Providers>) -> Email {
    let base = email_for(&table, providers, EmailFor::default());
    let by_slug = by_slug(&table, Channel::Email, |table| {
        let mut email = email_for(table, providers, base.clone());
        // Only slugs have this key. A whole channel is switched off by `providers = []`.
        email.route.send = table.boolean("send").unwrap_or(true);
        email
    });
    table.finish();
    Email { base, by_slug }
}

/// The keys of `[email]` or of one of its slugs, with what they do not set taken from `inherited`.
fn email_for(table: &Table<'_>, providers: Option<&Providers>, inherited: EmailFor) -> EmailFor {
    // Checked here and kept as text: an SMS is redirected to a number, and both channels share the rest.
    let redirect = |text: &str| rule::address(text).map(|_| text.to_owned());
    let mut email = EmailFor {
        route: route(table, Channel::Email, providers, inherited.route, redirect, rule::email_pattern),
        from: table.parsed("from", rule::from).or(inherited.from),
        envelope_from: table.optional("envelope_from", rule::address).unwrap_or(inherited.envelope_from),
        reply_to: table.optional("reply_to", rule::mailbox).unwrap_or(inherited.reply_to),
        headers: inherited.headers,
        hides_code: table.boolean("code_in_subject").map_or(inherited.hides_code, |is_in| !is_in),
        shows_ip: table.boolean("show_ip").unwrap_or(inherited.shows_ip),
        webotp_domain: table
            .optional("webotp_domain", rule::webotp_domain)
            .unwrap_or(inherited.webotp_domain),
        provider_settings: inherited.provider_settings,
    };
    email.headers.extend(headers(table));
    email.provider_settings.extend(provider_settings(table, Channel::Email, providers));
    let sends = table.sets("providers") && !email.route.providers.is_empty();
    if sends && email.from.is_none() && !table.sets("from") {
        table.missing("from", "add: from = \"Acme <login@acme.example>\"");
    }
    email
}

/// `headers`: headers of the user's own, none of which is one that the service writes.
fn headers(table: &Table<'_>) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in table.table("headers").entries() {
        let Some(text) = value.text() else { continue };
        if let Err(wrong) = rule::header_name(&name) {
            value.mistake(wrong.problem, wrong.allowed);
        }
        headers.insert(name, text.as_str().to_owned());
    }
    headers
}

/// Reads `[sms]`. The limits come out apart from it, because they count the messages of all slugs together.
pub(super) fn sms(table: Table<'_>, providers: Option<&Providers>) -> (Sms, limits::Settings) {
    let base = sms_for(&table, providers, SmsFor::default());
    let by_slug = by_slug(&table, Channel::Sms, |table| {
        let mut sms = sms_for(table, providers, base.clone());
        sms.route.send = table.boolean("send").unwrap_or(true);
        sms
    });
    let countries = table.array_of_tables("by_country").into_iter();
    let (by_country, rates): (Vec<_>, Vec<_>) = countries.map(|table| country(table, providers)).unzip();
    let ending = ending(&table);
    let limits = limits(table.table("limits"), rates_by_country(&by_country, rates));
    table.finish();
    (Sms { base, by_slug, ending, by_country }, limits)
}

/// Reads `[sms.limits]`. The limits of single countries stand elsewhere, and are handed in.
fn limits(table: Table<'_>, by_country: BTreeMap<String, Vec<limits::Rate>>) -> limits::Settings {
    let rates = |key| table.parsed(key, rule::rates).unwrap_or_default();
    let limits = limits::Settings {
        mode: table
            .choice("mode", &[("enforce", Mode::Enforce), ("observe", Mode::Observe)])
            .unwrap_or_default(),
        per_number: rates("per_number"),
        per_prefix: rates("per_prefix"),
        per_country: rates("per_country"),
        by_country,
        total: rates("total"),
    };
    table.finish();
    limits
}

/// The `per_country` of each country. As everywhere, the first entry that names a country wins, whether it sets a limit or
/// not. Entries for single slugs do not count, since a limit counts every SMS to a country.
fn rates_by_country(
    entries: &[ByCountry],
    rates: Vec<Option<Vec<limits::Rate>>>,
) -> BTreeMap<String, Vec<limits::Rate>> {
    let mut first = BTreeMap::new();
    for (entry, rates) in entries.iter().zip(rates).filter(|(entry, _)| entry.slugs.is_empty()) {
        for country in &entry.countries {
            first.entry(country.clone()).or_insert_with(|| rates.clone());
        }
    }
    first.into_iter().filter_map(|(country, rates)| Some((country, rates?))).collect()
}

/// The last line of an SMS with a code. WebOTP and Android both want to be the last line, so only one of them can be set.
fn ending(table: &Table<'_>) -> Option<Ending> {
    let web = table.optional("webotp_domain", rule::webotp_domain).flatten().map(Ending::WebOtp);
    let app = table.optional("android_app_hash", rule::android_app_hash).flatten().map(Ending::AppHash);
    if web.is_some() && app.is_some() {
        table.mistake(
            "android_app_hash",
            "can't be set together with webotp_domain",
            "keep one of the two: each must be the last line of the SMS",
        );
    }
    web.or(app)
}

/// The keys of `[sms]` or of one of its slugs, with what they do not set taken from `inherited`.
fn sms_for(table: &Table<'_>, providers: Option<&Providers>, inherited: SmsFor) -> SmsFor {
    let mut provider_settings = inherited.provider_settings;
    provider_settings.extend(self::provider_settings(table, Channel::Sms, providers));
    let sms = SmsFor {
        route: route(table, Channel::Sms, providers, inherited.route, rule::phone_number, rule::phone_number),
        from: table.parsed("from", rule::sms_sender).or(inherited.from),
        max_segments: max_segments(table).or(inherited.max_segments),
        provider_settings,
    };
    let needs_sender = |name: &&String| {
        let provider = providers.and_then(|providers| providers.ready.get(*name));
        let Some(Provider::Api(api)) = provider else { return false };
        let stand_in = api.definition.sender_unless.as_ref();
        api.needs_sender() && !stand_in.is_some_and(|name| sms.provider_settings.contains_key(name))
    };
    // A table that inherits its providers is not reported: the one that names them was looked at already.
    let names = table.sets("providers").then_some(&sms.route.providers);
    let without = names.into_iter().flatten().find(needs_sender);
    if let Some(name) = without.filter(|_| sms.from.is_none() && !table.sets("from")) {
        let alternative = match providers.and_then(|providers| providers.ready.get(name)) {
            Some(Provider::Api(api)) => api.definition.sender_unless.as_deref(),
            _ => None,
        };
        let alternative =
            alternative.map(|key| format!("; or set providers.{name}.{key}")).unwrap_or_default();
        table.missing("from", format!("add: from = \"+15005550006\"{alternative}"));
    }
    sms
}

/// `provider_settings`: settings of providers that have another value for these messages. Each must be a setting of one of
/// the configured providers, and not a secret.
fn provider_settings(
    table: &Table<'_>,
    channel: Channel,
    providers: Option<&Providers>,
) -> BTreeMap<String, String> {
    let known = Overridable::of(channel, providers);
    let mut said = BTreeMap::new();
    for (name, value) in table.table("provider_settings").entries() {
        let Some(text) = value.text() else { continue };
        known.check_name(&name, &value);
        // What a template renders to is known only with the message.
        if !text.as_str().contains("{{") {
            known.check_form(&name, &text);
        }
        said.insert(name, text.as_str().to_owned());
    }
    said
}

/// What `provider_settings` of a channel may set.
struct Overridable<'a> {
    channel: Channel,
    /// Whether the providers are known; the playground has none of the configured ones.
    is_known: bool,
    /// The definitions of the providers that carry the channel.
    definitions: Vec<&'a Definition>,
}

impl<'a> Overridable<'a> {
    fn of(channel: Channel, providers: Option<&'a Providers>) -> Self {
        let ready = providers.into_iter().flat_map(|providers| providers.ready.values());
        let definitions = ready.filter_map(|provider| match provider {
            Provider::Api(api) if api.definition.carries == channel => Some(&*api.definition),
            _ => None,
        });
        Self { channel, is_known: providers.is_some(), definitions: definitions.collect() }
    }

    /// The settings of all providers that are not secrets. One that two providers have comes twice.
    fn keys(&self) -> impl Iterator<Item = (&str, &Key)> {
        let keys = self.definitions.iter().flat_map(|definition| &definition.keys);
        keys.filter(|(_, key)| !key.secret).map(|(name, key)| (name.as_str(), key))
    }

    /// Reports a name that is not a setting of any provider, or that must be the same for all messages.
    fn check_name(&self, name: &str, value: &Value<'_>) {
        const ANOTHER: &str = "add another [providers.…] table, and name it in `providers` here";
        let in_address = format!("{{{{{name}}}}}");
        let mut definitions = self.definitions.iter();
        let is_mailbox =
            |it: &&Definition| it.oauth2.as_ref().and_then(|oauth2| oauth2.mailbox.as_deref()) == Some(name);
        let is_in_address =
            |it: &&Definition| it.base_url.as_ref().is_some_and(|url| url.source.contains(&in_address));
        if definitions.clone().any(is_mailbox) {
            value.mistake("decides whose access tokens a provider uses", ANOTHER);
        } else if definitions.any(is_in_address) {
            value.mistake("is part of a provider's address", ANOTHER);
        } else if self.is_known && !self.keys().any(|(known, _)| known == name) {
            let near = did_you_mean(nearest(name, self.keys().map(|(known, _)| known)));
            value.mistake(
                format!("no {} provider has such a setting{near}", shown(self.channel)),
                "run `clerk-courier providers NAME` to see a provider's settings; secrets can't be set here",
            );
        }
    }

    /// Reports a value that does not have the form that the setting's definition expects.
    fn check_form(&self, name: &str, text: &Scalar<'_>) {
        let misfits = |(known, key): &(&str, &Key)| {
            *known == name && key.matches.as_ref().is_some_and(|form| !form.is_match(text.as_str()))
        };
        if let Some((_, key)) = self.keys().find(misfits) {
            text.mistake("does not have the expected form", key.about.clone());
        }
    }
}

/// The channel's name as it is written in a sentence. In the configuration both are in lower case.
fn shown(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "SMS",
    }
}

/// `max_segments`: 255 at most, because the header that numbers the segments of an SMS counts them in one byte (3GPP 23.040).
fn max_segments(table: &Table<'_>) -> Option<usize> {
    table.integer("max_segments", 1..=255)
}

/// One entry of `[[sms.by_country]]`, and its `per_country`, which belongs to the limits.
fn country(table: Table<'_>, providers: Option<&Providers>) -> (ByCountry, Option<Vec<limits::Rate>>) {
    let countries = table.texts("countries");
    if !table.sets("countries") {
        table.missing("countries", "add: countries = [\"GB\", \"IE\"]");
    } else if countries.as_ref().is_some_and(Vec::is_empty) {
        table.mistake("countries", "is empty", "list the countries: countries = [\"GB\", \"IE\"]");
    }
    let slugs = table.texts("slugs").unwrap_or_default();
    if table.sets("slugs") && slugs.is_empty() {
        let hint = "list the slugs, such as slugs = [\"verification_code\"], or remove the key";
        table.mistake("slugs", "is empty", hint);
    }
    for slug in &slugs {
        if let Some(meant) = meant_slug(Channel::Sms, slug.as_str()) {
            slug.mistake(&format!("is not a Clerk slug{}", did_you_mean(Some(meant))), "");
        }
    }
    if table.sets("slugs") && table.sets("per_country") {
        table.mistake(
            "per_country",
            "can't be set together with `slugs`",
            "remove one of the two: a limit counts every SMS to a country",
        );
    }
    let by_country = ByCountry {
        countries: each(&countries.unwrap_or_default(), rule::country),
        slugs: slugs.iter().map(|slug| slug.as_str().to_owned()).collect(),
        from: table.parsed("from", rule::sms_sender),
        providers: provider_names(&table, Channel::Sms, providers),
        max_segments: max_segments(&table),
        provider_settings: provider_settings(&table, Channel::Sms, providers),
        block: table.choice("action", &[("block", true)]).unwrap_or(false),
    };
    let per_country = table.parsed("per_country", rule::rates);
    if let Some(country) = by_country.country_that_refuses_name() {
        let hint = format!(
            "use a number or a short code; to keep the name for the other countries, give {country} a table of its own"
        );
        table.mistake("from", format!("is a name, but networks of {country} accept only numbers"), hint);
    }
    table.finish();
    (by_country, per_country)
}

/// The tables under `by_slug`, each read by `read`. A slug that looks like a misspelt one of Clerk's is reported; any other
/// name may be a custom slug.
fn by_slug<T>(table: &Table<'_>, channel: Channel, read: impl Fn(&Table<'_>) -> T) -> BTreeMap<String, T> {
    let by_slug = table.table("by_slug");
    let entry = |(slug, table): (String, Table<'_>)| {
        if let Some(meant) = meant_slug(channel, &slug) {
            by_slug.mistake(&slug, format!("not a Clerk slug{}", did_you_mean(Some(meant))), "");
        }
        let other = if channel == Channel::Sms { Channel::Email } else { Channel::Sms };
        let has = |channel| sample::slugs(channel).contains(&slug.as_str());
        if has(other) && !has(channel) {
            let (other, own) = (shown(other), shown(channel));
            by_slug.warn(
                &slug,
                &format!("Clerk sends this as {other} and never as {own}, so this table has no effect"),
            );
        }
        let value = read(&table);
        table.finish();
        (slug, value)
    };
    by_slug.children().into_iter().map(entry).collect()
}

/// The keys that `[email]` and `[sms]` have in common. `redirect` and `pattern` are the rules for a recipient of the channel,
/// and for an entry of `allow_recipients`.
fn route(
    table: &Table<'_>,
    channel: Channel,
    providers: Option<&Providers>,
    inherited: Route,
    redirect: impl Fn(&str) -> Result<String, Wrong>,
    pattern: impl Fn(&str) -> Result<String, Wrong>,
) -> Route {
    Route {
        send: inherited.send,
        providers: provider_names(table, channel, providers).unwrap_or(inherited.providers),
        on_doubt: table
            .choice("on_doubt", &[("resend", OnDoubt::Resend), ("stop", OnDoubt::Stop)])
            .unwrap_or(inherited.on_doubt),
        redirect_to: table.optional("redirect_to", redirect).unwrap_or(inherited.redirect_to),
        allow_recipients: table
            .texts("allow_recipients")
            .map_or(inherited.allow_recipients, |texts| each(&texts, pattern)),
    }
}

/// The names under `providers`, each checked to exist and to carry `channel`; `None` if the table does not set the key, and
/// always for the playground.
fn provider_names(table: &Table<'_>, channel: Channel, providers: Option<&Providers>) -> Option<Vec<String>> {
    let Some(providers) = providers else {
        table.skip("providers");
        return None;
    };
    let names = table.texts("providers")?;
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|other| other.as_str() == name.as_str()) {
            name.mistake(
                "is listed twice",
                "list each provider once: the service asks it again by itself, where that can help",
            );
        }
        match providers.kinds.get(name.as_str()) {
            None if providers.kinds.is_empty() => {
                name.mistake(
                    "is not a configured provider",
                    "add a table for it, such as [providers.main], and use the same name here",
                );
            }
            None => name.unknown(
                "is not a configured provider",
                providers.kinds.keys().map(String::as_str),
                "configured providers: ",
            ),
            Some(Some(kind)) if !kind.carries(channel) => {
                let channel = shown(channel);
                let hint =
                    format!("choose another: `clerk-courier providers` lists those that carry {channel}");
                name.mistake(&format!("does not carry {channel}"), hint);
            }
            // Also for a provider whose kind is unknown: its own table has a mistake then, and one is enough.
            Some(_) => {}
        }
    }
    Some(names.iter().map(|name| name.as_str().to_owned()).collect())
}
