//! What Clerk says in English, in the reader's language: times, durations, kinds of devices, ways to sign in.
//!
//! Clerk's words for these are closed sets. A word that is not known here stays as Clerk wrote it.

use std::time::{Duration, SystemTime};

use fluent_bundle::FluentValue;
use serde_json::Value;

use super::context::{Context, civil};
use super::stranger;
use crate::template::wording::Words;
use crate::template::zone::Zone;

/// Providers whose names are not spelt as any other word.
const PROVIDERS: [(&str, &str); 9] = [
    ("github", "GitHub"),
    ("gitlab", "GitLab"),
    ("linkedin", "LinkedIn"),
    ("linkedin_oidc", "LinkedIn"),
    ("tiktok", "TikTok"),
    ("hubspot", "HubSpot"),
    ("x", "X"),
    ("huggingface", "Hugging Face"),
    ("line", "LINE"),
];

/// How the names of operating systems begin: what stands behind a comma may also be a part of a person's name.
const SYSTEMS: [&str; 11] =
    ["android", "chrome", "cros", "fedora", "ios", "ipad", "linux", "mac", "os x", "ubuntu", "windows"];

/// Puts the reader's words in the place of Clerk's, and adds what is made of several variables: `device`, `place` and
/// `happened_at`. `born` is when the event happened.
pub(super) fn translate(words: &Words, zone: Zone, born: Option<SystemTime>, context: &mut Context) {
    let locale = context.locale();
    let date_time = |time: SystemTime| {
        let (time, zone) = zone.local(time);
        words.date_time(locale, civil(time)?.each_ref().map(String::as_str), &zone)
    };
    let say = |key: &str| words.say(locale, key, &[]);
    let on = |browser: &str, system: &str| {
        let names = [("browser", FluentValue::from(browser)), ("system", FluentValue::from(system))];
        words.say(locale, "device.browser-system", &names)
    };
    if let Some(time) = born {
        if let Some(said) = date_time(time) {
            context.say_when(&said);
            context.set("happened_at", said.into());
        }
        let lasts = context.shown("lockout_duration").and_then(|text| duration(&text));
        if let Some(said) = lasts.and_then(|(lasts, ..)| date_time(time.checked_add(lasts)?))
            && context.has("unlock_time")
        {
            context.set("unlock_time", said.into());
        }
    }
    let replace = |context: &mut Context, name: &str, said: &dyn Fn(&str) -> Option<String>| {
        if let Some(said) = context.shown(name).and_then(|text| said(&text)) {
            context.set(name, Value::from(said));
        }
    };
    replace(context, "lockout_duration", &|text| {
        let (_, count, unit) = duration(text)?;
        words.say(locale, &format!("duration.{unit}"), &[("count", FluentValue::from(count))])
    });
    replace(context, "device_type", &|text| {
        let kind = text.to_ascii_lowercase();
        ["desktop", "mobile", "tablet"]
            .contains(&kind.as_str())
            .then(|| say(&format!("device_type.{kind}")))?
    });
    replace(context, "sign_in_method", &|text| method(text, &say));
    for name in ["requested_by", "requested_from"] {
        replace(context, name, &|text| {
            let (browser, system) = text.split_once(", ").filter(|(_, system)| is_system(system))?;
            on(browser, system)
        });
    }
    let device = match (context.shown("browser_name"), context.shown("operating_system")) {
        (Some(browser), Some(system)) => on(&browser, &system),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => context.shown("device_type"),
    };
    // Apart, so that an IP address can be copied: nobody but Clerk says it.
    let location = context.shown("location").map(|location| stranger::defused(&location));
    let place: Vec<_> = location.into_iter().chain(context.shown("ip_address")).collect();
    if let Some(device) = device {
        context.set("device", device.into());
    }
    if !place.is_empty() {
        context.set("place", place.join(" · ").into());
    }
}

/// Whether a text is the name of an operating system.
fn is_system(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.contains(',') && SYSTEMS.iter().any(|system| text.starts_with(system))
}

/// A duration such as `1 hour`, with its number and the unit that its message is named after.
fn duration(text: &str) -> Option<(Duration, u32, &'static str)> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: u32 = count.parse().ok()?;
    let (seconds, unit) = match unit.trim_end_matches('s') {
        "second" => (1, "seconds"),
        "minute" => (60, "minutes"),
        "hour" => (3600, "hours"),
        "day" => (86_400, "days"),
        _ => return None,
    };
    Some((Duration::from_secs(u64::from(count) * seconds), count, unit))
}

/// The words for one of Clerk's strategies, such as `email_code`; the name of another company for `oauth_…`.
fn method(text: &str, say: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let strategy = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    let strategy = strategy.strip_prefix("reset_password_").unwrap_or(&strategy);
    if let Some(provider) = strategy.strip_prefix("oauth_").or_else(|| strategy.strip_suffix("_one_tap")) {
        let provider = provider.trim_start_matches("token_").trim_start_matches("custom_");
        let known =
            PROVIDERS.iter().find(|(name, _)| *name == provider).map(|(_, shown)| (*shown).to_owned());
        return known.or_else(|| capitalised(provider));
    }
    let key = match strategy {
        "password" | "email_code" | "email_link" | "phone_code" | "passkey" | "totp" | "backup_code"
        | "enterprise_sso" | "ticket" => strategy,
        "saml" => "enterprise_sso",
        _ if strategy.starts_with("web3") => "web3",
        _ => return None,
    };
    say(&format!("sign_in_method.{key}"))
}

/// `google` as `Google`.
fn capitalised(name: &str) -> Option<String> {
    let mut chars = name.chars();
    let first = chars.next()?;
    Some(first.to_uppercase().chain(chars).map(|c| if c == '_' { ' ' } else { c }).collect())
}
