//! Names that strangers typed, at their worst: what mail clients would make links of.
//!
//! The detectors below find what Gmail and Apple's programs find, as far as that can be said of programs without a
//! specification: addresses with a scheme, domains with or without `www`, mail addresses, IP addresses, telephone numbers.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

/// What a mail client makes a link of. Letters and digits of all scripts count, and so do other scripts' dots.
static LINKS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?i)\b[a-z][a-z0-9+.-]*://\S",
        r"(?i)\b(?:mailto|tel|sms|callto|facetime|javascript|data):[\p{L}\p{N}+/]",
        r"(?i)\bwww\.[\p{L}\p{N}]",
        r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?[.。．｡]\p{L}{2,}",
        r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}]",
        r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
        r"(?:\+|\b)\d(?:[ \u{a0}().\-–/]*\d){6,}",
    ]
    .iter()
    .map(|pattern| Regex::new(pattern).unwrap())
    .collect()
});

fn links(text: &str) -> BTreeSet<&str> {
    LINKS.iter().flat_map(|detector| detector.find_iter(text)).map(|found| found.as_str()).collect()
}

/// What a reader of HTML sees, without the tags and with the entities of [`escape`](crate::template::render::compiled::escape)
/// resolved.
fn seen(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1.replace("&#847;&zwnj;&nbsp;", "");
    let mut seen = String::new();
    for piece in body.split('<') {
        seen.push(' ');
        seen.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(seen, |seen, (entity, c)| seen.replace(entity, c))
}

/// Two hundred names: what is known of invitation spam, alone and between words, in several ways to write it.
fn names() -> Vec<String> {
    let cores = [
        "bit.ly/3xyz",
        "https://evil.example/win",
        "http://1.2.3.4",
        "HTTPS://EVIL.EXAMPLE",
        "www.evil.example",
        "evil.com",
        "EVIL.COM",
        "sub.evil.co.uk/path?x=1",
        "me@evil.example",
        "mailto:me@evil.example",
        "tel:+18885550100",
        "+1 (888) 555-0100",
        "1-888-555-0100",
        "+49 30 901820",
        "888.555.0100",
        "18885550100",
        "１８８８５５５０１００",
        "203.0.113.24/x",
        "例え。テスト",
        "ｅｖｉｌ．ｃｏｍ",
        "evil。com",
        "evil\u{200b}.com",
        "evil.\u{ad}com",
        "e\u{2060}vil.com",
        "evil\u{feff}.com",
        "t.me/evil",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://evil.example",
        "xn--e1afmkfd.xn--p1ai",
        "почта.рф",
        "evil.com.",
        "(evil.com)",
        "\"evil.com\"",
        "evil.com,win",
        "👉evil.com👈",
        "evil.com\r\nBcc: x@y.example",
        "\u{202e}moc.live",
        "evil.com:8080",
        "//evil.com/x",
    ];
    let around = ["{}", "🎁 You won 0.5 BTC claim at {}", "PayPal Support {} call now", "{} {}", "ا {} ب"];
    cores.iter().flat_map(|core| around.iter().map(move |words| words.replace("{}", core))).collect()
}

/// The sample with this name wherever somebody may type one.
fn named(channel: Channel, slug: &str, name: &str) -> Map<String, Value> {
    let mut event = variables(channel, slug);
    for key in [
        "inviter_name",
        "greeting_name",
        "passkey_name",
        "requested_by",
        "requested_from",
        "browser_name",
        "operating_system",
        "device_type",
        "location",
        "sign_in_method",
    ] {
        if let Some(value) = event.get_mut(key) {
            *value = name.into();
        }
    }
    for (object, key) in [("org", "name"), ("inviter", "name")] {
        if let Some(value) = event.get_mut(object).and_then(|it| it.get_mut(key)) {
            *value = name.into();
        }
    }
    event
}

/// The links of a message of each slug with nothing hostile in it: those of the application and of Clerk.
static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut known = BTreeSet::new();
    for (channel, slug) in everything() {
        let rendered = render(built_in(), channel, slug, named(channel, slug, "Mira"));
        for text in [Some(rendered.subject), rendered.text, rendered.html.map(|html| seen(&html))]
            .into_iter()
            .flatten()
        {
            known.extend(links(&text).into_iter().map(str::to_owned));
        }
    }
    known
});

fn everything() -> Vec<(Channel, &'static str)> {
    [Channel::Email, Channel::Sms]
        .into_iter()
        .flat_map(|channel| built_in().slugs(channel).map(move |slug| (channel, slug)))
        .collect()
}

/// Fails if a message with this name has a link that it has not without.
fn is_harmless(channel: Channel, slug: &str, locale: &str, name: &str) {
    let context = context(built_in(), locale, named(channel, slug, name));
    let rendered = built_in().render(channel, slug, &context).unwrap().unwrap();
    let subject = links(&rendered.subject);
    assert!(subject.is_subset(&KNOWN.iter().map(String::as_str).collect()), "{slug}: {}", rendered.subject);
    let sms = |text: String| if channel == Channel::Sms { plain(&text).into_owned() } else { text };
    for text in [rendered.text.map(sms), rendered.html.map(|html| seen(&html))].into_iter().flatten() {
        let new: Vec<_> = links(&text).into_iter().filter(|link| !KNOWN.contains(*link)).collect();
        assert!(new.is_empty(), "{slug} in {locale} with {name:?}: {new:?}");
    }
}

#[test]
fn two_hundred_hostile_names_are_no_links_in_any_message() {
    let names = names();
    assert_eq!(names.len(), 200);
    assert!(names.iter().filter(|name| !links(name).is_empty()).count() > 150, "the detectors find them");
    let has_a_name = |channel, slug| named(channel, slug, "x") != variables(channel, slug);
    for (channel, slug) in everything().into_iter().filter(|(channel, slug)| has_a_name(*channel, slug)) {
        for name in &names {
            is_harmless(channel, slug, "en", name);
        }
    }
}

#[test]
fn a_name_of_300_characters_is_cut() {
    for name in ["W".repeat(300), "👨‍👩‍👧".repeat(300), "é ".repeat(300)] {
        let rendered = render(
            built_in(),
            Channel::Email,
            "organization_invitation",
            named(Channel::Email, "organization_invitation", &name),
        );
        let longest = rendered.subject.strip_prefix("You are invited to join ").unwrap();
        assert!(longest.graphemes(true).count() <= 64 && longest.ends_with('…'), "{longest}");
        assert!(!rendered.html.unwrap().contains(&name) && !rendered.text.unwrap().contains(&name));
    }
}

#[test]
fn a_subject_says_no_name_that_looks_like_a_link() {
    let subject = |name: &str| {
        render(
            built_in(),
            Channel::Email,
            "organization_invitation",
            named(Channel::Email, "organization_invitation", name),
        )
        .subject
    };
    assert_eq!(subject("win at bit.ly/3xyz"), "You are invited to join an organization");
    assert_eq!(subject("Harrow & Finch Ltd."), "You are invited to join Harrow & Finch Ltd.");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_name_becomes_a_link(name in "([a-z0-9@:/. +()-]|[.。．@:/]|\\PC){0,90}") {
        for slug in ["organization_invitation", "new_device_sign_in", "passkey_added"] {
            is_harmless(Channel::Email, slug, "en", &name);
        }
    }
}
