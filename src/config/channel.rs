//! `[email]` and `[sms]`: who messages come from, through whom they go, and what is different for single slugs and
//! countries. Each slug's table comes out complete: what it does not say is taken from the channel's.

use std::collections::BTreeMap;

use super::provider::Providers;
use super::reader::Table;
use super::rule::{self, Wrong};
use super::sections::each;
use crate::decision::policy::{ByCountry, Email, EmailFor, OnDoubt, Route, Sms, SmsFor};
use crate::delivery::api::definition::{Definition, Key};
use crate::delivery::settings::Provider;
use crate::limits::{self, Mode};
use crate::message::Channel;
use crate::message::sms::Ending;
use crate::suggest::nearest;
use crate::template::meant_slug;

/// `providers` is `None` for the playground, which has its own.
pub(super) fn email(table: Table<'_>, providers: Option<&Providers>) -> Email {
    let base = email_for(&table, providers, EmailFor::default());
    let by_slug = by_slug(&table, Channel::Email, |table| {
        let mut email = email_for(table, providers, base.clone());
        email.route.send = table.boolean("send").unwrap_or(true);
        email
    });
    table.finish();
    Email { base, by_slug }
}

fn email_for(table: &Table<'_>, providers: Option<&Providers>, inherited: EmailFor) -> EmailFor {
    let redirect = |text: &str| rule::address(text).map(|_| text.to_owned());
    let mut email = EmailFor {
        route: route(table, Channel::Email, providers, inherited.route, redirect, rule::email_pattern),
        from: table.parsed("from", rule::from).or(inherited.from),
        envelope_from: table.optional("envelope_from", rule::address).unwrap_or(inherited.envelope_from),
        reply_to: table.optional("reply_to", rule::mailbox).unwrap_or(inherited.reply_to),
        provider_settings: inherited.provider_settings,
    };
    email.provider_settings.extend(provider_settings(table, Channel::Email, providers));
    let sends = table.sets("providers") && !email.route.providers.is_empty();
    if sends && email.from.is_none() && !table.sets("from") {
        table.missing("from", "from = \"Acme <login@acme.example>\"");
    }
    email
}

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

/// The first entry that names a country wins here too, whether it sets a limit or not.
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

/// Each of the two has to be the last line, so there is only one.
fn ending(table: &Table<'_>) -> Option<Ending> {
    let web = table.optional("webotp_domain", rule::webotp_domain).flatten().map(Ending::WebOtp);
    let app = table.optional("android_app_hash", rule::android_app_hash).flatten().map(Ending::AppHash);
    if web.is_some() && app.is_some() {
        let reason = "can't stand beside webotp_domain";
        table.mistake("android_app_hash", reason, "each wants to be the last line of the text: keep one");
    }
    web.or(app)
}

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
    let names = table.sets("providers").then_some(&sms.route.providers);
    let without = names.into_iter().flatten().find(needs_sender);
    if let Some(name) = without.filter(|_| sms.from.is_none() && !table.sets("from")) {
        let alternative = match providers.and_then(|providers| providers.ready.get(name)) {
            Some(Provider::Api(api)) => api.definition.sender_unless.as_deref(),
            _ => None,
        };
        let alternative = alternative.map(|key| format!(", or providers.{name}.{key}")).unwrap_or_default();
        table.missing("from", format!("from = \"+15005550006\"{alternative}"));
    }
    sms
}

/// Settings of providers that are others for some messages: each is known to one of them, and no secret.
fn provider_settings(
    table: &Table<'_>,
    channel: Channel,
    providers: Option<&Providers>,
) -> BTreeMap<String, String> {
    let own = table.table("provider_settings");
    let ready = providers.into_iter().flat_map(|providers| providers.ready.values());
    let definitions: Vec<&Definition> = ready
        .filter_map(|provider| match provider {
            Provider::Api(api) if api.definition.carries == channel => Some(&*api.definition),
            _ => None,
        })
        .collect();
    let settings: Vec<(&String, &Key)> = definitions
        .iter()
        .flat_map(|definition| &definition.keys)
        .filter(|(_, setting)| !setting.secret)
        .collect();
    let in_addresses: Vec<&str> =
        definitions.iter().filter_map(|it| Some(it.base_url.as_ref()?.source.as_str())).collect();
    let mailboxes: Vec<&String> =
        definitions.iter().filter_map(|it| it.oauth2.as_ref()?.mailbox.as_ref()).collect();
    let mut said = BTreeMap::new();
    for (name, value) in own.entries() {
        let Some(text) = value.text() else { continue };
        let known = || settings.iter().filter(|(known, _)| **known == name);
        let another = "a [providers.…] of its own, and `providers` here";
        if mailboxes.contains(&&name) {
            value.mistake("says whose tokens a provider has", another);
        } else if in_addresses.iter().any(|address| address.contains(&format!("{{{{{name}}}}}"))) {
            value.mistake("is part of a provider's address", another);
        } else if providers.is_some() && known().next().is_none() {
            let meant = nearest(&name, settings.iter().map(|(known, _)| known.as_str()));
            let meant = meant.map(|meant| format!(", did you mean {meant:?}?")).unwrap_or_default();
            let what = if channel == Channel::Sms { "texts" } else { "mails" };
            value.mistake(
                format!("no provider of {what} has such a setting{meant}"),
                "`clerk-courier providers NAME` shows them; secrets can't be set here",
            );
        }
        // What a template comes to is known with the message.
        let is_literal = !text.as_str().contains("{{");
        let misfits = |(_, setting): &&(&String, &Key)| {
            setting.matches.as_ref().is_some_and(|form| !form.is_match(text.as_str()))
        };
        if let Some((_, setting)) = known().find(misfits).filter(|_| is_literal) {
            text.mistake("has another form", setting.about.clone());
        }
        said.insert(name, text.as_str().to_owned());
    }
    said
}

/// Longer texts than networks put together again (3GPP 23.040) are no use to anybody.
fn max_segments(table: &Table<'_>) -> Option<usize> {
    table.integer("max_segments", 1..=255)
}

/// The entry, and its `per_country`.
fn country(table: Table<'_>, providers: Option<&Providers>) -> (ByCountry, Option<Vec<limits::Rate>>) {
    let countries = table.texts("countries");
    if !table.sets("countries") {
        table.missing("countries", "countries = [\"GB\", \"IE\"]");
    } else if countries.as_ref().is_some_and(Vec::is_empty) {
        table.mistake("countries", "names no country", "countries = [\"GB\", \"IE\"]");
    }
    let slugs = table.texts("slugs").unwrap_or_default();
    if table.sets("slugs") && slugs.is_empty() {
        table.mistake("slugs", "names no slug", "slugs = [\"verification_code\"]");
    }
    for slug in &slugs {
        if let Some(meant) = meant_slug(Channel::Sms, slug.as_str()) {
            slug.mistake(&format!("is no slug of Clerk's, did you mean {meant:?}?"), "");
        }
    }
    if table.sets("slugs") && table.sets("per_country") {
        table.mistake("per_country", "stands beside `slugs`", "a limit counts all texts of a country");
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
            "a number or short code; the other countries may keep the name in a table without {country}"
        );
        table.mistake("from", format!("is a name, and networks of {country} take numbers only"), hint);
    }
    table.finish();
    (by_country, per_country)
}

/// The tables under `by_slug`, each read by `read`.
fn by_slug<T>(table: &Table<'_>, channel: Channel, read: impl Fn(&Table<'_>) -> T) -> BTreeMap<String, T> {
    let by_slug = table.table("by_slug");
    let entry = |(slug, table): (String, Table<'_>)| {
        if let Some(meant) = meant_slug(channel, &slug) {
            by_slug.mistake(&slug, format!("is no slug of Clerk's, did you mean {meant:?}?"), "");
        }
        let value = read(&table);
        table.finish();
        (slug, value)
    };
    by_slug.children().into_iter().map(entry).collect()
}

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

/// The names under `providers`, each checked to exist and to carry `channel`.
fn provider_names(table: &Table<'_>, channel: Channel, providers: Option<&Providers>) -> Option<Vec<String>> {
    let Some(providers) = providers else {
        table.skip("providers");
        return None;
    };
    let names = table.texts("providers")?;
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|other| other.as_str() == name.as_str()) {
            name.mistake("stands there twice", "each provider once: who failed is not asked again at once");
        }
        match providers.kinds.get(name.as_str()) {
            None if providers.kinds.is_empty() => {
                name.mistake("is no provider", "there is no [providers.…] table");
            }
            None => name.unknown("is no provider", providers.kinds.keys().map(String::as_str), "there are "),
            Some(Some(kind)) if !kind.carries(channel) => {
                let hint = format!("`clerk-courier providers` lists those that carry {}", channel.as_str());
                name.mistake(&format!("does not carry {}", channel.as_str()), hint);
            }
            Some(_) => {}
        }
    }
    Some(names.iter().map(|name| name.as_str().to_owned()).collect())
}
