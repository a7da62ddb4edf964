//! The variables that templates see: Clerk's, cleaned and completed.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::SystemTime;

use handlebars::Context as Variables;
use serde_json::{Map, Value, json};

use super::clean::{clean, is_color};
use super::stranger;
use crate::message::sms::Ending;
use crate::template::brand::{Brand, CURRENT_YEAR};
use crate::template::color;
use crate::template::locale::Locale;

/// The variables of one message and the language of its reader.
#[derive(Debug, Clone)]
pub struct Context {
    /// Clerk's `data.data`, completed: always an object.
    pub(in crate::template) variables: Variables,
    /// The language that the message is rendered in.
    pub(in crate::template) locale: Locale,
    /// What an SMS with a code ends with: see [`Brand::ending`].
    pub(in crate::template) ending: Option<Ending>,
}

/// The variables with Clerk's own sentences on when the event happened. All name the event's minute, in English and UTC.
pub(in crate::template) const TIMES: [&str; 3] = ["requested_at", "session_created_at", "locked_date"];

/// The variables with names that end users chose, or that their browsers said, as paths.
const NAMES: [&[&str]; 13] = [
    &["sign_in_method"],
    &["device"],
    &["inviter_name"],
    &["inviter", "name"],
    &["org", "name"],
    &["greeting_name"],
    &["passkey_name"],
    &["requested_by"],
    &["requested_from"],
    &["browser_name"],
    &["operating_system"],
    &["device_type"],
    &["location"],
];

/// Variables that are made for each message, where the event says enough: null until then.
const MADE: [&str; 6] = ["current_year", "device", "place", "happened_at", "requested_ip", "bound_code"];

/// `ttl_minutes` for an event that does not say it: how many minutes Clerk's codes and links live.
const LIFETIME: u64 = 10;
/// The colour of buttons and links, where neither the configuration nor Clerk says one.
const PRIMARY_COLOR: &str = "#2f3037";
/// The colour of the words on a button, where neither the configuration nor Clerk says one.
const BUTTON_TEXT_COLOR: &str = "#ffffff";

impl Context {
    /// Takes Clerk's variables, puts the configured brand's values over those of `app` and `theme`, and adds aliases.
    ///
    /// Afterwards everything is there that any event may have, null where this event lacks it. Templates are strict, and
    /// could not even ask with `{{#if}}` for what is not there. These are `app.*`, `theme.*`, `user.*`, `brand.*`,
    /// `requested_at`, `requested_by`, `requested_from`, `inviter_name`, `inviter.name`, `ttl_minutes` and `current_year`.
    ///
    /// Values are safe afterwards: control characters are gone, a link that is not http(s) is null, and what is not a
    /// colour is replaced by one.
    pub(in crate::template) fn new(mut variables: Map<String, Value>, brand: &Brand, locale: Locale) -> Self {
        // Before the brand is put in, whose values were checked when the configuration was read.
        variables.iter_mut().for_each(|(key, value)| clean(key, value));
        with_object(&mut variables, "app", |app| complete_app(app, brand));
        with_object(&mut variables, "theme", |theme| complete_theme(theme, brand));
        with_object(&mut variables, "user", |user| {
            with_object(user, "public_metadata", |_| {});
            set_default(user, "email_address", || Value::Null);
        });
        set_default(&mut variables, "requested_at", || Value::Null);
        alias(&mut variables, "requested_by", "requested_from");
        alias(&mut variables, "requested_from", "requested_by");
        alias_inviter(&mut variables);
        if !variables.get("ttl_minutes").is_some_and(is_number) {
            variables.insert("ttl_minutes".to_owned(), LIFETIME.into());
        }
        // They are there in any case, because the proof asks a context without a time which variables exist.
        for name in MADE {
            variables.insert(name.to_owned(), Value::Null);
        }
        variables.insert("hide_code".to_owned(), false.into());
        // The same address twice in a mail looks like a slip.
        if variables.get("support_email").and_then(Value::as_str) == brand.support_email.as_deref() {
            set_null(&mut variables, "support_email");
        }
        let own = json!({
            "support_email": brand.support_email,
            "footer": brand.footer,
            "logo_dark_url": brand.logo_dark_url,
        });
        variables.insert("brand".to_owned(), own);
        for path in NAMES {
            if let Some(name) = text_at(&mut variables, path) {
                stranger::shorten(name);
            }
        }
        let mut context = Variables::null();
        *context.data_mut() = Value::Object(variables);
        Self { variables: context, locale, ending: brand.ending.clone() }
    }

    /// The language that the message will be rendered in.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Says which year it is, in the brand's last line too.
    pub(in crate::template) fn say_year(&mut self, year: &str) {
        self.set("current_year", year.into());
        if let Some(Value::String(footer)) = self.variables.data_mut().pointer_mut("/brand/footer") {
            *footer = footer.replace(CURRENT_YEAR, year);
        }
    }

    /// Puts `words` in the place of each of [`TIMES`] that holds words.
    pub(in crate::template) fn say_when(&mut self, words: &str) {
        for name in TIMES {
            if let Some(Value::String(time)) = self.variables.data_mut().get_mut(name)
                && !time.is_empty()
            {
                words.clone_into(time);
            }
        }
    }

    /// The same context for a mail's body: no mail client makes a link of a name in it.
    pub(in crate::template) fn defused(&self) -> Cow<'_, Self> {
        self.with_names(
            |name| stranger::defused(name).into(),
            |name| !stranger::is_harmless(name) && stranger::defused(name) != name,
        )
    }

    /// The same context for a subject or an SMS: a name that looks like a link is missing.
    pub(in crate::template) fn without_links(&self) -> Cow<'_, Self> {
        self.with_names(|_| Value::Null, stranger::has_link)
    }

    /// The same context with `change` for each name that `concerns` it.
    fn with_names(&self, change: fn(&str) -> Value, concerns: fn(&str) -> bool) -> Cow<'_, Self> {
        let mut context = Cow::Borrowed(self);
        for path in NAMES {
            let text = path.iter().try_fold(self.variables.data(), |value, name| value.get(name));
            if let Some(name) = text.and_then(Value::as_str).filter(|name| concerns(name)) {
                let changed = change(name);
                let variables = context.to_mut().variables.data_mut();
                if let Some(place) = path.iter().try_fold(variables, |value, name| value.get_mut(name)) {
                    *place = changed;
                }
            }
        }
        context
    }

    /// Says whether subject and preview may show a code, which IP address asked for the message, if readers are to know, and
    /// the domain on whose pages the code is to be filled in.
    pub fn show(&mut self, code: bool, ip_address: Option<&str>, domain: Option<&str>) {
        self.set("hide_code", (!code && self.has("otp_code")).into());
        self.set("requested_ip", ip_address.into());
        // A code with white space in it could not be read back.
        let otp_code = self.shown("otp_code").filter(|it| !it.contains(char::is_whitespace));
        let bound = otp_code.zip(domain).map(|(code, domain)| format!("@{domain} #{code}"));
        self.set("bound_code", bound.into());
    }

    /// Sets a variable at the top level.
    pub(in crate::template) fn set(&mut self, name: &str, value: Value) {
        if let Value::Object(variables) = self.variables.data_mut() {
            variables.insert(name.to_owned(), value);
        }
    }

    /// The application's name; empty if nobody said it.
    pub(in crate::template) fn app_name(&self) -> &str {
        self.variables.data().pointer("/app/name").and_then(Value::as_str).unwrap_or_default()
    }

    /// The same context with another name for the application.
    pub(in crate::template) fn with_app_name(&self, name: &str) -> Self {
        let mut context = self.clone();
        if let Some(place) = context.variables.data_mut().pointer_mut("/app/name") {
            *place = name.into();
        }
        context
    }

    /// A variable at the top level as it can be shown: a number, or a text without white space around it. `None` if the
    /// variable is missing, blank, or anything else.
    pub(in crate::template) fn shown(&self, name: &str) -> Option<String> {
        match self.variables.data().get(name)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether a variable holds something that can be shown.
    pub(in crate::template) fn has(&self, name: &str) -> bool {
        self.shown(name).is_some()
    }
}

/// Completes `app`: the configured brand's values, then Clerk's, then null.
fn complete_app(app: &mut Map<String, Value>, brand: &Brand) {
    set_or_default(app, "name", brand.name.as_deref(), || Value::Null);
    set_or_default(app, "url", brand.url.as_deref(), || Value::Null);
    set_or_default(app, "logo_image_url", brand.logo_url.as_deref(), || Value::Null);
    set_default(app, "logo_url", || Value::Null);
    set_default(app, "domain_name", || Value::Null);
}

/// Completes `theme`: the configured brand's colours, then Clerk's if they are colours, then defaults.
fn complete_theme(theme: &mut Map<String, Value>, brand: &Brand) {
    for (key, configured, default) in [
        ("primary_color", &brand.primary_color, PRIMARY_COLOR),
        ("button_text_color", &brand.button_text_color, BUTTON_TEXT_COLOR),
    ] {
        // Clerk's colours end up in `style` attributes, so they are checked; configured ones were when they were
        // read.
        if !theme.get(key).and_then(Value::as_str).is_some_and(is_color) {
            theme.insert(key.to_owned(), default.into());
        }
        set_or_default(theme, key, configured.as_deref(), || default.into());
    }
    // Clerk's dashboard takes any two colours, white on yellow too.
    let color = |key| theme.get(key).and_then(Value::as_str).unwrap_or_default();
    let (text, button) = (color("button_text_color"), color("primary_color"));
    let readable = color::readable(text, button);
    if readable != text && brand.button_text_color.is_none() {
        let readable = Value::from(readable);
        theme.insert("button_text_color".to_owned(), readable);
    }
    set_default(theme, "show_clerk_branding", || false.into());
}

/// The text at a path, if there is one.
fn text_at<'v>(variables: &'v mut Map<String, Value>, path: &[&str]) -> Option<&'v mut String> {
    let (first, rest) = path.split_first()?;
    match rest.iter().try_fold(variables.get_mut(*first)?, |value, name| value.get_mut(name))? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Makes a value null, if it is there.
fn set_null(within: &mut Map<String, Value>, key: &str) {
    if let Some(value) = within.get_mut(key) {
        *value = Value::Null;
    }
}

/// Lets `complete` work on the object under `key`. Anything else that stands there gives way to an empty object.
fn with_object(within: &mut Map<String, Value>, key: &str, complete: impl FnOnce(&mut Map<String, Value>)) {
    let mut object = match within.get_mut(key).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    complete(&mut object);
    within.insert(key.to_owned(), Value::Object(object));
}

/// Sets a value that is missing or null.
fn set_default(within: &mut Map<String, Value>, key: &str, default: impl FnOnce() -> Value) {
    let value = within.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = default();
    }
}

/// Sets the configured value, or the default one if the value is missing or null.
fn set_or_default(
    within: &mut Map<String, Value>,
    key: &str,
    configured: Option<&str>,
    default: impl FnOnce() -> Value,
) {
    match configured {
        Some(configured) => drop(within.insert(key.to_owned(), configured.into())),
        None => set_default(within, key, default),
    }
}

/// Fills `inviter_name` and `inviter.name` from each other, since events of different slugs have one or the other.
fn alias_inviter(variables: &mut Map<String, Value>) {
    let name = variables.get("inviter_name").cloned().unwrap_or_default();
    let mut either = Value::Null;
    with_object(variables, "inviter", |inviter| {
        // A field for a moment, since `alias` fills one field of an object from another one.
        inviter.entry("given").or_insert(name);
        alias(inviter, "name", "given");
        inviter.remove("given");
        either = inviter.get("name").cloned().unwrap_or_default();
    });
    if variables.get("inviter_name").and_then(Value::as_str).is_none_or(str::is_empty) {
        variables.insert("inviter_name".to_owned(), either);
    }
}

/// Fills `key` from `other` if it is missing or empty.
fn alias(variables: &mut Map<String, Value>, key: &str, other: &str) {
    let is_empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    if variables.get(key).is_none_or(is_empty) {
        let value = variables.get(other).cloned().unwrap_or_default();
        variables.insert(key.to_owned(), value);
    }
}

/// Whether a value is a number. Clerk's numbers may come as strings, so those count too.
fn is_number(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<u32>().is_ok())
}

/// A time as its year, month, day and `hh:mm`, in UTC; `None` outside the years 1970 to 9999.
pub(in crate::template) fn civil(time: SystemTime) -> Option<[String; 4]> {
    let mut text = String::new();
    // Not `to_string`, which panics where humantime can't format a time, as after the year 9999.
    write!(text, "{}", humantime::format_rfc3339_seconds(time)).ok()?;
    let part = |from: usize, to: usize| text.get(from..to).map(str::to_owned);
    Some([part(0, 4)?, part(5, 7)?, part(8, 10)?, part(11, 16)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(variables: Value) -> Value {
        let Value::Object(variables) = variables else { panic!("an object") };
        Context::new(variables, &Brand::default(), Locale(0)).variables.data().clone()
    }

    #[test]
    fn an_empty_event_has_all_that_templates_ask_for() {
        assert_eq!(
            data(json!({})),
            json!({
                "app": { "name": null, "url": null, "logo_image_url": null, "logo_url": null, "domain_name": null },
                "theme": { "primary_color": "#2f3037", "button_text_color": "#ffffff", "show_clerk_branding": false },
                "user": { "public_metadata": {}, "email_address": null },
                "requested_at": null, "requested_by": null, "requested_from": null,
                "inviter": { "name": null }, "inviter_name": null,
                "ttl_minutes": 10, "current_year": null, "hide_code": false,
                "device": null, "place": null, "happened_at": null, "requested_ip": null, "bound_code": null,
                "brand": { "support_email": null, "footer": null, "logo_dark_url": null },
            })
        );
        // Whatever else stands in these places gives way.
        assert_eq!(
            data(json!({ "app": "x", "theme": null, "user": [], "ttl_minutes": {} })),
            data(json!({}))
        );
    }

    #[test]
    fn the_brand_wins() {
        let brand = Brand {
            name: Some("Acme".into()),
            logo_url: Some("https://acme.example/logo.png".into()),
            url: Some("https://acme.example".into()),
            primary_color: Some("#335bf1".into()),
            button_text_color: Some("#eeeeee".into()),
            support_email: Some("help@acme.example".into()),
            footer: Some("Acme Ltd".into()),
            ..Brand::default()
        };
        let Value::Object(variables) = json!({
            "app": { "name": "Larkfield", "logo_image_url": "https://x.example", "url": null, "domain_name": "x.example" },
            "theme": { "primary_color": "red", "button_text_color": "blue", "show_clerk_branding": true },
            "brand": "Clerk knows no such thing",
        }) else {
            panic!("an object")
        };
        let context = Context::new(variables, &brand, Locale(0));
        let data = context.variables.data();
        assert_eq!(data["app"]["name"], "Acme");
        assert_eq!(data["app"]["logo_image_url"], "https://acme.example/logo.png");
        assert_eq!(data["app"]["url"], "https://acme.example");
        assert_eq!(data["app"]["domain_name"], "x.example");
        assert_eq!(
            data["theme"],
            json!({ "primary_color": "#335bf1", "button_text_color": "#eeeeee", "show_clerk_branding": true })
        );
        assert_eq!(
            data["brand"],
            json!({ "support_email": "help@acme.example", "footer": "Acme Ltd", "logo_dark_url": null })
        );
    }

    #[test]
    fn requested_by_and_from_answer_for_each_other() {
        for (event, by, from) in [
            (json!({ "requested_by": "A" }), "A", "A"),
            (json!({ "requested_from": "B" }), "B", "B"),
            (json!({ "requested_by": "A", "requested_from": "B" }), "A", "B"),
            (json!({ "requested_by": "", "requested_from": "B" }), "B", "B"),
        ] {
            let data = data(event);
            assert_eq!((&data["requested_by"], &data["requested_from"]), (&json!(by), &json!(from)));
        }
    }

    #[test]
    fn both_names_of_the_inviter_answer_for_each_other() {
        for (event, name) in [
            (json!({ "inviter_name": "A" }), json!("A")),
            (json!({ "inviter": { "name": "B" } }), json!("B")),
            (json!({ "inviter_name": "", "inviter": { "name": "B" } }), json!("B")),
            (json!({ "inviter_name": "A", "inviter": null }), json!("A")),
            (json!({ "inviter_name": "A", "inviter": { "name": "" } }), json!("A")),
            (json!({}), Value::Null),
        ] {
            let data = data(event);
            assert_eq!((&data["inviter_name"], &data["inviter"]), (&name, &json!({ "name": name })));
        }
    }

    #[test]
    fn times_are_civil() {
        let at = |seconds| civil(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
        assert_eq!(at(1_787_300_061), Some(["2026", "08", "21", "08:14"].map(str::to_owned)));
        assert_eq!(at(253_402_300_800), None);
    }

    #[test]
    fn control_characters_go() {
        let data = data(json!({ "a": "x\0\r\n\ty\u{1b}\u{85}\u{202e}\u{2069}", "b": [{ "c": "\u{7f}z" }] }));
        assert_eq!(data["a"], "x  y");
        assert_eq!(data["b"][0]["c"], "z");
    }

    #[test]
    fn links_are_http_or_null() {
        for link in
            ["https://a.example/?x=1&y=%20#z", "http://a.example", "HTTPS://A.example", "https://é.example"]
        {
            assert_eq!(data(json!({ "magic_link": link }))["magic_link"], link);
        }
        for link in [
            "",
            "https://",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " https://a.example",
            "https://a.example/ b",
            "https://a.example\r\nx",
            "data:text/html,x",
            "//a.example",
            "a.example",
            "éhttps://a.example",
        ] {
            let data =
                data(json!({ "magic_link": link, "action_url": link, "org": { "logo_image_url": [link] } }));
            assert_eq!(data["magic_link"], Value::Null, "{link}");
            assert_eq!(data["action_url"], Value::Null, "{link}");
            assert_eq!(data["org"]["logo_image_url"][0], Value::Null, "{link}");
        }
    }

    #[test]
    fn colours_are_colours() {
        for color in ["#fff", "#335bf1cc", "rgb(51, 91, 241)", "hsl(120 50% 50%)", "teal"] {
            assert_eq!(data(json!({ "theme": { "primary_color": color } }))["theme"]["primary_color"], color);
        }
        for color in ["", "red;background:url(https://x.example)", "\"><script>", "url(//x)", "var(--x)"] {
            let data = data(json!({ "theme": { "primary_color": color } }));
            assert_eq!(data["theme"]["primary_color"], PRIMARY_COLOR, "{color}");
        }
    }
}
