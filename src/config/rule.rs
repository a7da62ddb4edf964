//! What a string may say: pure functions from a text to a value, or to what is wrong with it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lettre::{Address, message::Mailbox};
use url::{Host, Url};

use crate::decision::policy::Sender;
use crate::key::{KeyError, PrivateKey};
use crate::limits::{Rate, Window};
use crate::message::{Phone, email};
use crate::secret::Secret;
use crate::webhook::{SecretError, SigningSecrets};

/// Why a text is refused, without repeating it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Continues a sentence that begins with the value: `is no duration`.
    pub(super) problem: &'static str,
    /// What is allowed.
    pub(super) allowed: &'static str,
}

fn wrong<T>(problem: &'static str, allowed: &'static str) -> Result<T, Wrong> {
    Err(Wrong { problem, allowed })
}

/// Any text but none.
pub(super) fn any(text: &str) -> Result<String, Wrong> {
    if text.is_empty() { wrong("is empty", "") } else { Ok(text.to_owned()) }
}

/// A password, token or key.
pub(super) fn secret(text: &str) -> Result<Secret, Wrong> {
    any(text).map(Secret::new)
}

/// A domain as DNS has it: A-labels in lower case, at least two.
pub(super) fn dns_domain(text: &str) -> Result<String, Wrong> {
    match idna::domain_to_ascii(text) {
        Ok(domain) if is_dns_name(&domain) && domain.contains('.') => Ok(domain),
        _ => wrong("is no domain", "what follows the @ in `from`: \"acme.example\""),
    }
}

/// One label or several (RFC 6376, 3.1).
pub(super) fn dkim_selector(text: &str) -> Result<String, Wrong> {
    if is_dns_name(text) && text.len() <= 63 {
        Ok(text.to_ascii_lowercase())
    } else {
        wrong("is no selector", "a name of letters, digits and hyphens: \"courier1\"")
    }
}

/// Leaves room for `selector._domainkey.` in the 253 characters of a name.
fn is_dns_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 178 && text.split('.').all(label)
}

/// A key that can sign.
pub(super) fn dkim_key(text: &str) -> Result<PrivateKey, Wrong> {
    const ALLOWED: &str = "PEM, RSA of 2048 to 4096 bits or Ed25519: `openssl genrsa -out dkim.pem 2048`";
    PrivateKey::from_pem(text).or_else(|error| match error {
        KeyError::Pem => wrong(
            "is no private key",
            "the PEM itself: \"${file:dkim.pem}\"; RSA of 2048 to 4096 bits or Ed25519, without a passphrase",
        ),
        KeyError::Kind => wrong("is no key that can sign mail", ALLOWED),
    })
}

/// A signing secret that the webhook's own reader takes, with nothing around it.
pub(super) fn signing_secret(text: &str) -> Result<Secret, Wrong> {
    const ALLOWED: &str = "the endpoint's signing secret from Clerk's dashboard: whsec_ and base64";
    match SigningSecrets::new([text]) {
        Ok(_) if text == text.trim() => Ok(Secret::new(text)),
        Err(SecretError::Empty) => wrong("is empty", ALLOWED),
        _ => wrong("is no signing secret", ALLOWED),
    }
}

/// `"12s"`, `"10m"`, `"30d"`: more than nothing, ten years at most (so that adding it to a time can't overflow).
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    const LONGEST: Duration = Duration::from_hours(3650 * 24);
    match humantime::parse_duration(text) {
        Err(_) => wrong("is no duration", "a number and its unit: \"12s\", \"10m\", \"30d\""),
        Ok(duration) if duration.is_zero() => wrong("is no time at all", "more than zero"),
        Ok(duration) if duration > LONGEST => wrong("is too long", "3650d at most"),
        Ok(duration) => Ok(duration),
    }
}

/// A duration below the 15 s after which Svix stops listening.
pub(super) fn request_deadline(text: &str) -> Result<Duration, Wrong> {
    match duration(text)? {
        deadline if deadline < Duration::from_secs(1) => {
            wrong("is too short", "at least 1s: part of it is kept for recording and answering")
        }
        deadline if deadline < Duration::from_secs(15) => Ok(deadline),
        _ => wrong("is too long", "less than 15s: Svix gives up then and would not see the answer"),
    }
}

/// `0.0.0.0:8080`, `[::]:8080`
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().or_else(|_| {
        wrong(
            "is no socket address",
            "an IP address and a port: \"0.0.0.0:8080\", \"127.0.0.1:8080\", \"[::]:8080\"",
        )
    })
}

/// Where webhooks arrive: a literal path that no other endpoint has.
pub(super) fn webhook_path(text: &str) -> Result<String, Wrong> {
    let literal = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !text.starts_with('/') {
        wrong("does not start with \"/\"", "such as \"/webhooks/clerk\"")
    } else if ["/healthz", "/readyz"].contains(&text) {
        wrong("is taken by a health check", "any other path, such as \"/webhooks/clerk\"")
    } else if !text.chars().all(literal) {
        wrong("is no plain path", "letters, digits and / - . _ ~")
    } else {
        Ok(text.to_owned())
    }
}

/// `#rrggbb`: the only form that all mail clients agree on.
pub(super) fn color(text: &str) -> Result<String, Wrong> {
    let hex = text.strip_prefix('#').unwrap_or_default();
    if hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        wrong("is no colour", "# and six hexadecimal digits: \"#335bf1\"")
    }
}

/// An `http` or `https` URL, kept as it was written.
pub(super) fn web_url(text: &str) -> Result<String, Wrong> {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if !text.contains(char::is_whitespace) && Url::parse(text).is_ok_and(|url| is_web(&url)) {
        Ok(text.to_owned())
    } else {
        wrong("is no web address", "starts with https:// or http://")
    }
}

/// `login@acme.example`
pub(super) fn address(text: &str) -> Result<Address, Wrong> {
    email::address(text).map_or_else(|| wrong("is no email address", "such as \"help@acme.example\""), Ok)
}

/// `Acme <login@acme.example>`, `login@acme.example`. The name may stand in quotes and need not.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, Wrong> {
    let (name, email) = name_and_address(text)?;
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address(email)?))
}

/// A mailbox whose name and local part may hold `{{…}}`. Its domain is literal, since providers and DKIM are set up
/// for it.
pub(super) fn from(text: &str) -> Result<Sender, Wrong> {
    const ALLOWED: &str = "such as \"{{app.name}} <{{from_email_name}}@acme.example>\"";
    if !text.contains("{{") {
        return mailbox(text).map(Sender::Fixed);
    }
    let (name, email) = name_and_address(text)?;
    let Some((local, domain)) = email.rsplit_once('@') else {
        return wrong("is no email address", ALLOWED);
    };
    if domain.contains(['{', '}']) {
        return wrong(
            "has a variable in its domain",
            "a literal domain: \"{{from_email_name}}@acme.example\"",
        );
    }
    // What remains of a local part must do for an address, whatever its variables will hold.
    let (Some(_), Some(sample)) = (without_expressions(&name), without_expressions(local)) else {
        return wrong("has \"{{\" without \"}}\"", ALLOWED);
    };
    if Address::new(sample, domain).is_err() {
        return wrong("is no email address", ALLOWED);
    }
    Ok(Sender::Template { name, local: local.to_owned(), domain: domain.to_owned() })
}

fn name_and_address(text: &str) -> Result<(String, &str), Wrong> {
    let Some((name, email)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
        return Ok((String::new(), text));
    };
    let name = name.trim();
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    match quoted {
        Some(inner) => Ok((inner.replace("\\\"", "\"").replace("\\\\", "\\"), email)),
        None if name.contains(['<', '>', '@']) => {
            wrong("is not one address", "such as \"Acme <login@acme.example>\"")
        }
        None => Ok((name.to_owned(), email)),
    }
}

/// `text` with each `{{…}}` replaced by an `x`; `None` where one does not end.
pub(super) fn without_expressions(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        plain.push_str(before);
        plain.push('x');
        rest = after.split_once("}}")?.1.trim_start_matches('}');
    }
    plain.push_str(rest);
    Some(plain)
}

/// A host name as DNS, SNI and `EHLO` want it: international names in their ASCII form, no brackets.
pub(super) fn host(text: &str) -> Option<String> {
    match Host::parse(text).ok()? {
        Host::Domain(name) => Some(name),
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(ip.to_string()),
    }
}

/// What we greet servers with: a domain or an address literal (RFC 5321, 4.1.3).
pub(super) fn helo(text: &str) -> Result<String, Wrong> {
    let literal = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_literal =
        literal.is_some_and(|ip| ip.strip_prefix("IPv6:").unwrap_or(ip).parse::<IpAddr>().is_ok());
    match host(text) {
        _ if is_literal => Ok(text.to_owned()),
        Some(host) if text.parse::<IpAddr>().is_err() && text.len() < 256 => Ok(host),
        _ => wrong("is no host name", "such as \"mail.acme.example\""),
    }
}

/// Loopback traffic never leaves the machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A language tag by its form (BCP 47).
pub(super) fn locale(text: &str) -> Result<String, Wrong> {
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let language = text.split('-').next().unwrap_or_default();
    if text.split('-').all(subtag) && language.len() > 1 && language.chars().all(|c| c.is_ascii_alphabetic())
    {
        Ok(text.to_owned())
    } else {
        wrong("is no language tag", "BCP 47: \"en\", \"de-AT\", \"zh-Hant\"")
    }
}

/// The host of the page on which a code is typed: no scheme, port or path (WebOTP).
pub(super) fn webotp_domain(text: &str) -> Result<String, Wrong> {
    match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain == text && domain.contains('.') => Ok(domain),
        _ => wrong("is no domain", "the host of the page where the code is typed: \"app.acme.example\""),
    }
}

/// The app's hash string of Android's SMS Retriever API.
pub(super) fn android_app_hash(text: &str) -> Result<String, Wrong> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    if text.len() == 11 && text.chars().all(is_base64) {
        Ok(text.to_owned())
    } else {
        wrong("is no app hash", "the 11 characters that Android's tools compute: \"FA+9qCX9VSu\"")
    }
}

/// `user.public_metadata.locale`
pub(super) fn variable_path(text: &str) -> Result<String, Wrong> {
    let step = |step: &str| !step.is_empty() && !step.contains(char::is_whitespace);
    if text.split('.').all(step) {
        Ok(text.to_owned())
    } else {
        wrong("is no path to a variable", "names with dots between: \"user.public_metadata.locale\"")
    }
}

/// A number in the form in which it is sent and compared: E.164, `+` and 7 to 15 digits, without a trunk prefix
/// (`+44 07700…`).
pub(super) fn phone_number(text: &str) -> Result<String, Wrong> {
    match Phone::parse(text) {
        Ok(phone) if phone.e164.len() > 7 => Ok(phone.e164),
        _ => wrong("is no phone number", "international form, digits only: \"+15005550006\""),
    }
}

/// Who a text comes from: a number, a short code or an alphanumeric sender of up to 11 characters.
pub(super) fn sms_sender(text: &str) -> Result<String, Wrong> {
    let short_code = (3..=8).contains(&text.len()) && is_number(text);
    let name = text.len() <= 11
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " -_+&.".contains(c));
    if short_code || name {
        return Ok(text.to_owned());
    }
    phone_number(text).or_else(|_| {
        wrong(
            "is no sender of texts",
            "a number \"+15005550006\", a short code, or a name of up to 11 letters and digits",
        )
    })
}

fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

/// Who mail may go to while staging: an address, or `*@domain`, in the form in which recipients are compared with it.
pub(super) fn email_pattern(text: &str) -> Result<String, Wrong> {
    let sample = text.strip_prefix("*@").map(|domain| format!("any@{domain}"));
    match address(sample.as_deref().unwrap_or(text)) {
        Ok(address) if sample.is_some() => Ok(format!("*@{}", address.domain())),
        Ok(address) => Ok(address.to_string()),
        Err(_) => wrong("is no recipient", "an address, or all of a domain: \"*@acme.example\""),
    }
}

/// ISO 3166 alpha-2: a country, or one of the codes that are left to users (`XA` to `XZ`, `QM` to `QZ`, `AA`, `ZZ`).
pub(super) fn country(text: &str) -> Result<String, Wrong> {
    // Places without numbers of their own; whoever blocks by a list has them in it.
    const WITHOUT_NUMBERS: [&str; 7] = ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"];
    let is_left_to_users =
        |text: &str| matches!(text.as_bytes(), [b'X', b'A'..=b'Z'] | [b'Q', b'M'..=b'Z'] | b"AA" | b"ZZ");
    if text.parse::<phonenumber::country::Id>().is_ok()
        || WITHOUT_NUMBERS.contains(&text)
        || is_left_to_users(text)
    {
        Ok(text.to_owned())
    } else {
        wrong("is no country code", "two upper-case letters (ISO 3166 alpha-2): \"GB\"")
    }
}

/// `"6/h, 12/d"`: texts an hour, a day, or both. `""`: no such limit.
pub(super) fn rates(text: &str) -> Result<Vec<Rate>, Wrong> {
    const ALLOWED: &str = "texts an hour, a day or both, each from 1 to 1000000: \"6/h\", \"6/h, 12/d\"";
    let mut rates: Vec<Rate> = Vec::new();
    for part in text.split(',').filter(|_| !text.is_empty()) {
        match rate(part.trim()) {
            None => return wrong("is no limit", ALLOWED),
            Some(rate) if rates.iter().any(|other| other.window == rate.window) => {
                return wrong("limits the same time twice", ALLOWED);
            }
            Some(rate) => rates.push(rate),
        }
    }
    Ok(rates)
}

fn rate(text: &str) -> Option<Rate> {
    let (max, window) = match text.split_at_checked(text.len().checked_sub(2)?)? {
        (max, "/h") => (max, Window::Hour),
        (max, "/d") => (max, Window::Day),
        _ => return None,
    };
    let max = if is_number(max) { max.parse().ok()? } else { return None };
    (1..=1_000_000).contains(&max).then_some(Rate { max, window })
}

/// The file of a `sqlite://` URL.
pub(super) fn ledger_url(text: &str) -> Result<String, Wrong> {
    const ALLOWED: &str =
        "sqlite:// and a file: \"sqlite://clerk-courier.db\", \"sqlite:///var/lib/clerk-courier.db\"";
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return wrong("names PostgreSQL, which comes later", ALLOWED);
    }
    match text.strip_prefix("sqlite://") {
        // SQLite itself would read these as "in memory" and as a URI.
        Some(path) if !path.is_empty() && !path.starts_with([':', '?']) && !path.starts_with("file:") => {
            Ok(path.to_owned())
        }
        _ => wrong("is no ledger", ALLOWED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_from_is_fixed_or_a_template_with_a_literal_domain() {
        let fixed = |name: Option<&str>, email: &str| {
            Ok(Sender::Fixed(Mailbox::new(name.map(str::to_owned), email.parse().unwrap())))
        };
        let template = |name: &str, local: &str, domain: &str| {
            let (name, local, domain) = (name.to_owned(), local.to_owned(), domain.to_owned());
            Ok(Sender::Template { name, local, domain })
        };
        let table = [
            ("a@b.example", fixed(None, "a@b.example")),
            ("<a@b.example>", fixed(None, "a@b.example")),
            ("Acme, Inc. <a@b.example>", fixed(Some("Acme, Inc."), "a@b.example")),
            ("\"Acme \\\"x\\\"\" <a@b.example>", fixed(Some("Acme \"x\""), "a@b.example")),
            ("Café <a@b.example>", fixed(Some("Café"), "a@b.example")),
            ("{{app.name}} <a@b.example>", template("{{app.name}}", "a", "b.example")),
            ("{{from_email_name}}@b.example", template("", "{{from_email_name}}", "b.example")),
            (
                "The {{{app.name}}} <x-{{y}}@b.example>",
                template("The {{{app.name}}}", "x-{{y}}", "b.example"),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(from(text), expected, "{text}");
        }
        for text in
            ["", "a", "a@", "@b.example", "a@b.example>", "A <a b@c.example>", "{{x}} y@b.example", "{{x}}@"]
        {
            assert!(from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signing_secrets_are_base64_padded_or_not() {
        for text in ["whsec_c2VjcmV0", "c2VjcmV0", "whsec_c2VjcmV0MQ==", "whsec_c2VjcmV0MQ", "+/+/"] {
            assert_eq!(signing_secret(text), Ok(Secret::new(text)));
        }
        for text in ["", "whsec_", "whsec_c2V jcmV0", "c2VjcmV0!", "-_-_", "whpk_c2VjcmV0"] {
            assert!(signing_secret(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_stay_where_adding_them_to_a_time_works() {
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_mins(90)));
        assert!(duration("3650d").is_ok());
        for text in ["", "12", "0s", "-1s", "3651d", "500000000000y"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(request_deadline("14999ms").is_ok());
    }

    #[test]
    fn a_rate_is_a_number_and_its_window() {
        let (hour, day) = (Window::Hour, Window::Day);
        assert_eq!(rates("6/h"), Ok(vec![Rate { max: 6, window: hour }]));
        let both = vec![Rate { max: 12, window: day }, Rate { max: 1_000_000, window: hour }];
        assert_eq!(rates("12/d,  1000000/h"), Ok(both));
        assert_eq!(rates(""), Ok(vec![]));
        for text in [
            "6",
            "/h",
            "0/h",
            "+6/h",
            "-1/h",
            "6/m",
            "6 /h",
            "1000001/h",
            "6/h,",
            "6/h, 7/h",
            "é",
            " ",
            "99999999999/d",
        ] {
            assert!(rates(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_a_rule(text in "[ -~]{0,40}|\\PC{0,20}") {
            let _ = (from(&text), mailbox(&text), web_url(&text), helo(&text), duration(&text), sms_sender(&text));
            let _ = (email_pattern(&text), locale(&text), color(&text), ledger_url(&text), signing_secret(&text), rates(&text));
        }

        #[test]
        fn a_template_keeps_its_parts(name in "[A-Za-z ]{0,8}", local in "[a-z]{1,8}") {
            let text = format!("{name}{{{{x}}}} <{local}{{{{y}}}}@b.example>");
            let expected = Sender::Template {
                name: format!("{name}{{{{x}}}}").trim().to_owned(),
                local: format!("{local}{{{{y}}}}"),
                domain: "b.example".to_owned(),
            };
            proptest::prop_assert_eq!(from(&text), Ok(expected));
        }
    }
}
