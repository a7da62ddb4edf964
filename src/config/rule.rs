//! What the strings of the configuration may contain. Each rule is a pure function from a text to a value, or to what is
//! wrong with the text.

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lettre::{Address, message::Mailbox};
use url::{Host, Url};

use crate::decision::policy::Sender;
use crate::key::{KeyError, PrivateKey};
use crate::limits::{Rate, Window};
use crate::message::{Phone, email};
use crate::secret::Secret;
use crate::template::{CURRENT_YEAR, Zone};
use crate::webhook::{SecretError, SigningSecrets};

/// Why a rule refuses a text. It never repeats the text, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The rest of a sentence that begins with the value: `is not a duration`.
    pub(super) problem: &'static str,
    /// What to write in place of it. It becomes the hint of the mistake; empty if the problem says everything.
    pub(super) allowed: &'static str,
}

fn wrong<T>(problem: &'static str, allowed: &'static str) -> Result<T, Wrong> {
    Err(Wrong { problem, allowed })
}

/// Any text that is not empty.
pub(super) fn any(text: &str) -> Result<String, Wrong> {
    if text.is_empty() { wrong("is empty", "give it a value, or remove it") } else { Ok(text.to_owned()) }
}

/// The last line of every mail: a text, in which `{{current_year}}` stands for the year.
pub(super) fn footer(text: &str) -> Result<String, Wrong> {
    if text.replace(CURRENT_YEAR, "").contains("{{") {
        return wrong("holds `{{…}}`", "write `{{current_year}}` for the year, and everything else in words");
    }
    any(text)
}

/// A password, a token or a key: any text that is not empty.
pub(super) fn secret(text: &str) -> Result<Secret, Wrong> {
    any(text).map(Secret::new)
}

/// A domain of at least two labels, in the form that DNS uses: lower case, international names as `xn--…`.
pub(super) fn dns_domain(text: &str) -> Result<String, Wrong> {
    match idna::domain_to_ascii(text) {
        Ok(domain) if is_dns_name(&domain) && domain.contains('.') => Ok(domain),
        _ => wrong("is not a domain", "write what follows the @ in `from`, such as \"acme.example\""),
    }
}

/// A selector of DKIM: one DNS label, or several with dots between them (RFC 6376, 3.1).
pub(super) fn dkim_selector(text: &str) -> Result<String, Wrong> {
    if is_dns_name(text) && text.len() <= 63 {
        Ok(text.to_ascii_lowercase())
    } else {
        wrong("is not a selector", "use a name of letters, digits and hyphens, such as \"courier1\"")
    }
}

/// Whether each label is a valid one, and the whole leaves room for `selector._domainkey.` in the 253 characters of a name.
fn is_dns_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 178 && text.split('.').all(label)
}

/// A private key that can sign mail, in PEM.
pub(super) fn dkim_key(text: &str) -> Result<PrivateKey, Wrong> {
    const ALLOWED: &str = "use an RSA key of 2048 to 4096 bits or an Ed25519 key: `openssl genrsa -out dkim.pem 2048` makes one";
    PrivateKey::from_pem(text).or_else(|error| match error {
        KeyError::Pem => wrong(
            "is not a private key",
            "give the PEM itself, such as \"${file:dkim.pem}\": RSA of 2048 to 4096 bits or Ed25519, without a passphrase",
        ),
        KeyError::Kind => wrong("is not a key that can sign mail", ALLOWED),
    })
}

/// A signing secret that the check of signatures accepts, without spaces around it.
pub(super) fn signing_secret(text: &str) -> Result<Secret, Wrong> {
    const ALLOWED: &str =
        "copy the endpoint's signing secret from Clerk's dashboard: whsec_ followed by base64";
    match SigningSecrets::new([text]) {
        Ok(_) if text == text.trim() => Ok(Secret::new(text)),
        Err(SecretError::Empty) => wrong("is empty", ALLOWED),
        _ if text.starts_with("pk_") => {
            wrong("is a publishable key, not an endpoint's signing secret", ALLOWED)
        }
        _ if text.starts_with("sk_") => {
            wrong("is the instance's secret key, not an endpoint's signing secret", ALLOWED)
        }
        _ => wrong("is not a signing secret", ALLOWED),
    }
}

/// A duration such as `"12s"`, `"10m"` or `"30d"`: more than zero, and ten years at most, so that adding it to a time can't
/// overflow.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    const LONGEST: Duration = Duration::from_hours(3650 * 24);
    match humantime::parse_duration(text) {
        Err(_) => wrong("is not a duration", "write a number and its unit: \"12s\", \"10m\", \"30d\""),
        Ok(duration) if duration.is_zero() => wrong("is too short", "use a duration of more than zero"),
        Ok(duration) if duration > LONGEST => wrong("is too long", "use 3650d at most"),
        Ok(duration) => Ok(duration),
    }
}

/// A duration of at least 1 s, and less than the 15 s after which Svix stops listening.
pub(super) fn request_deadline(text: &str) -> Result<Duration, Wrong> {
    match duration(text)? {
        deadline if deadline < Duration::from_secs(1) => wrong(
            "is too short",
            "use at least 1s: a part of it is kept for recording the result and answering",
        ),
        deadline if deadline < Duration::from_secs(15) => Ok(deadline),
        _ => wrong("is too long", "use less than 15s: Svix gives up then and would not see the answer"),
    }
}

/// An IP address and a port, such as `0.0.0.0:8080` or `[::]:8080`.
pub(super) fn socket_address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().or_else(|_| {
        wrong(
            "is not an IP address with a port",
            "write an IP address and a port: \"0.0.0.0:8080\", \"127.0.0.1:8080\", \"[::]:8080\"",
        )
    })
}

/// The path of the webhook endpoint: literal, and not the path of a health check.
pub(super) fn webhook_path(text: &str) -> Result<String, Wrong> {
    // Without braces, which axum would read as a pattern.
    let literal = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !text.starts_with('/') {
        wrong("does not start with \"/\"", "write a path such as \"/webhooks/clerk\"")
    } else if ["/healthz", "/readyz"].contains(&text) {
        wrong("is the path of a health check", "choose another path, such as \"/webhooks/clerk\"")
    } else if !text.chars().all(literal) {
        wrong("contains a character that this path can't have", "use letters, digits and / - . _ ~")
    } else {
        Ok(text.to_owned())
    }
}

/// A colour as `#rrggbb`, the only form that all mail clients understand.
pub(super) fn color(text: &str) -> Result<String, Wrong> {
    let hex = text.strip_prefix('#').unwrap_or_default();
    if hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        wrong("is not a colour", "write # and six hexadecimal digits, such as \"#335bf1\"")
    }
}

/// An `http` or `https` URL. It is kept as it was written.
pub(super) fn web_url(text: &str) -> Result<String, Wrong> {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if !text.contains(char::is_whitespace) && Url::parse(text).is_ok_and(|url| is_web(&url)) {
        Ok(text.to_owned())
    } else {
        wrong("is not a web address", "write a URL that starts with https:// or http://")
    }
}

/// An email address without a name, such as `login@acme.example`.
pub(super) fn address(text: &str) -> Result<Address, Wrong> {
    email::address(text).map_or_else(
        || wrong("is not an email address", "write an address such as \"help@acme.example\""),
        Ok,
    )
}

/// An email address with or without a name: `Acme <login@acme.example>`. The name may be in quotes, and need not be.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, Wrong> {
    let (name, email) = name_and_address(text)?;
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address(email)?))
}

/// A mailbox whose name and local part may contain `{{…}}`. Its domain is literal, since providers and DKIM are set up for
/// one domain, and no event may choose another.
pub(super) fn from(text: &str) -> Result<Sender, Wrong> {
    const ALLOWED: &str = "write it like \"{{app.name}} <{{from_email_name}}@acme.example>\"";
    if !text.contains("{{") {
        return mailbox(text).map(Sender::Fixed);
    }
    let (name, email) = name_and_address(text)?;
    let Some((local, domain)) = email.rsplit_once('@') else {
        return wrong("is not an email address", ALLOWED);
    };
    if domain.contains(['{', '}']) {
        return wrong(
            "has a variable in its domain",
            "write the domain itself: \"{{from_email_name}}@acme.example\"",
        );
    }
    // The values of the variables are not known yet. With an `x` in place of each, the rest must form an address.
    let (Some(_), Some(sample)) = (without_expressions(&name), without_expressions(local)) else {
        return wrong("has \"{{\" without \"}}\"", ALLOWED);
    };
    if Address::new(sample, domain).is_err() {
        return wrong("is not an email address", ALLOWED);
    }
    Ok(Sender::Template { name, local: local.to_owned(), domain: domain.to_owned() })
}

/// Splits `name <address>` at its angle brackets; the name is empty where there are none.
fn name_and_address(text: &str) -> Result<(String, &str), Wrong> {
    let Some((name, email)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
        return Ok((String::new(), text));
    };
    let name = name.trim();
    let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    match quoted {
        Some(inner) => Ok((inner.replace("\\\"", "\"").replace("\\\\", "\\"), email)),
        None if name.contains(['<', '>', '@']) => {
            wrong("is not a single address", "write it like \"Acme <login@acme.example>\"")
        }
        None => Ok((name.to_owned(), email)),
    }
}

/// `text` with an `x` in place of each `{{…}}`; `None` where a `{{` has no `}}`.
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

/// A host name or IP address in the form that DNS, SNI and `EHLO` want: international names as `xn--…`, IPv6 addresses
/// without brackets. `None` if the text is neither.
pub(super) fn host(text: &str) -> Option<String> {
    match Host::parse(text).ok()? {
        Host::Domain(name) => Some(name),
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(ip.to_string()),
    }
}

/// The name in `EHLO`: a domain, or an address literal such as `[192.0.2.1]` (RFC 5321, 4.1.3).
pub(super) fn helo(text: &str) -> Result<String, Wrong> {
    let literal = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_literal =
        literal.is_some_and(|ip| ip.strip_prefix("IPv6:").unwrap_or(ip).parse::<IpAddr>().is_ok());
    match host(text) {
        _ if is_literal => Ok(text.to_owned()),
        // A domain has 255 octets at most (RFC 5321, 4.5.3.1.2).
        Some(host) if text.parse::<IpAddr>().is_err() && text.len() < 256 => Ok(host),
        _ => wrong("is not a host name", "write a name such as \"mail.acme.example\""),
    }
}

/// Whether traffic to this host never leaves the machine, so that plain text is safe there.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A language tag (BCP 47). Only its form is checked: whether there is a translation is for the templates to say.
pub(super) fn locale(text: &str) -> Result<String, Wrong> {
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let language = text.split('-').next().unwrap_or_default();
    if text.split('-').all(subtag) && language.len() > 1 && language.chars().all(|c| c.is_ascii_alphabetic())
    {
        Ok(text.to_owned())
    } else {
        wrong("is not a language tag", "use a BCP 47 tag: \"en\", \"de-AT\", \"zh-Hant\"")
    }
}

/// The name of a header that the service does not write itself (RFC 5322, 3.6.8).
pub(super) fn header_name(name: &str) -> Result<(), Wrong> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 70
            && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
    };
    let lower = name.to_ascii_lowercase();
    if !is_name(name) {
        return wrong("is not a header's name", "use letters, digits and hyphens, such as \"Feedback-ID\"");
    }
    if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("content-") || lower.starts_with("resent-")
    {
        return wrong("is a header that clerk-courier or the mail server writes", "remove it");
    }
    Ok(())
}

/// The headers that every mail has, or that servers add.
const OWN_HEADERS: [&str; 18] = [
    "auto-submitted",
    "bcc",
    "cc",
    "date",
    "dkim-signature",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "received",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-entity-ref-id",
    "x-original-to",
];

/// A time zone by its name in the IANA database.
pub(super) fn time_zone(text: &str) -> Result<Zone, Wrong> {
    match Zone::named(text) {
        Some(zone) => Ok(zone),
        None => wrong(
            "is not a time zone",
            "use a name of the IANA database: \"Europe/Berlin\", \"America/New_York\", \"UTC\"",
        ),
    }
}

/// The host of the page on which the code is typed, for WebOTP: without scheme, port and path.
pub(super) fn webotp_domain(text: &str) -> Result<String, Wrong> {
    match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain == text && domain.contains('.') => Ok(domain),
        _ => wrong(
            "is not a domain",
            "write the host of the page where the code is typed, such as \"app.acme.example\"",
        ),
    }
}

/// The hash by which Android's SMS Retriever API knows an app.
pub(super) fn android_app_hash(text: &str) -> Result<String, Wrong> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    if text.len() == 11 && text.chars().all(is_base64) {
        Ok(text.to_owned())
    } else {
        wrong(
            "is not an app hash",
            "write the 11 characters that Android's tools compute, such as \"FA+9qCX9VSu\"",
        )
    }
}

/// The path of a template variable, such as `user.public_metadata.locale`.
pub(super) fn variable_path(text: &str) -> Result<String, Wrong> {
    let step = |step: &str| !step.is_empty() && !step.contains(char::is_whitespace);
    if text.split('.').all(step) {
        Ok(text.to_owned())
    } else {
        wrong(
            "is not a path to a variable",
            "write names with dots between them: \"user.public_metadata.locale\"",
        )
    }
}

/// A phone number in the form in which it is sent and compared: E.164, that is `+` and 7 to 15 digits, without a trunk
/// prefix (`+44 07700…`).
pub(super) fn phone_number(text: &str) -> Result<String, Wrong> {
    match Phone::parse(text) {
        Ok(phone) if phone.e164.len() > 7 => Ok(phone.e164),
        _ => wrong("is not a phone number", "write it in international form, digits only: \"+15005550006\""),
    }
}

/// The sender of an SMS: a number, a short code, or an alphanumeric name of up to 11 characters.
pub(super) fn sms_sender(text: &str) -> Result<String, Wrong> {
    let short_code = (3..=8).contains(&text.len()) && is_number(text);
    // The address of a sender has ten octets, in which eleven letters of seven bits fit (3GPP TS 23.040, 9.1.2.5).
    let name = text.len() <= 11
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " -_+&.".contains(c));
    if short_code || name {
        return Ok(text.to_owned());
    }
    phone_number(text).or_else(|_| {
        wrong(
            "is not an SMS sender",
            "use a number \"+15005550006\", a short code, or a name of up to 11 letters and digits",
        )
    })
}

/// Whether the text consists of digits only.
fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

/// The recipients that a staging system may write to: an address, or `*@domain` for all of a domain. The result has the
/// form in which recipients are compared with it.
pub(super) fn email_pattern(text: &str) -> Result<String, Wrong> {
    let sample = text.strip_prefix("*@").map(|domain| format!("any@{domain}"));
    match address(sample.as_deref().unwrap_or(text)) {
        Ok(address) if sample.is_some() => Ok(format!("*@{}", address.domain())),
        Ok(address) => Ok(address.to_string()),
        Err(_) => wrong("is not a recipient", "write an address, or \"*@acme.example\" for all of a domain"),
    }
}

/// A country by its two letters (ISO 3166-1 alpha-2), or a code that the standard leaves to users (`XA` to `XZ`, `QM` to
/// `QZ`, `AA`, `ZZ`).
pub(super) fn country(text: &str) -> Result<String, Wrong> {
    // These have no phone numbers of their own, so the library of numbers does not know them. Lists of countries to block
    // contain them anyway.
    const WITHOUT_NUMBERS: [&str; 7] = ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"];
    let is_left_to_users =
        |text: &str| matches!(text.as_bytes(), [b'X', b'A'..=b'Z'] | [b'Q', b'M'..=b'Z'] | b"AA" | b"ZZ");
    if text.parse::<phonenumber::country::Id>().is_ok()
        || WITHOUT_NUMBERS.contains(&text)
        || is_left_to_users(text)
    {
        Ok(text.to_owned())
    } else {
        wrong("is not a country code", "use two upper-case letters (ISO 3166 alpha-2), such as \"GB\"")
    }
}

/// How many SMS may be sent an hour, a day, or both: `"6/h, 12/d"`. An empty text sets no limit.
pub(super) fn rates(text: &str) -> Result<Vec<Rate>, Wrong> {
    const ALLOWED: &str =
        "write how many SMS an hour, a day or both, each from 1 to 1000000: \"6/h\", \"6/h, 12/d\"";
    let mut rates: Vec<Rate> = Vec::new();
    // Splitting an empty text gives one empty part, which would be refused.
    for part in text.split(',').filter(|_| !text.is_empty()) {
        match rate(part.trim()) {
            None => return wrong("is not a limit", ALLOWED),
            Some(rate) if rates.iter().any(|other| other.window == rate.window) => {
                return wrong("has two limits for the same period", ALLOWED);
            }
            Some(rate) => rates.push(rate),
        }
    }
    Ok(rates)
}

/// One limit, such as `6/h`; `None` if the text is not one.
fn rate(text: &str) -> Option<Rate> {
    let (max, window) = match text.split_at_checked(text.len().checked_sub(2)?)? {
        (max, "/h") => (max, Window::Hour),
        (max, "/d") => (max, Window::Day),
        _ => return None,
    };
    // `parse` by itself would take `+6` too.
    let max = if is_number(max) { max.parse().ok()? } else { return None };
    (1..=1_000_000).contains(&max).then_some(Rate { max, window })
}

/// The path of the file in a `sqlite://` URL.
pub(super) fn sqlite_url(text: &str) -> Result<String, Wrong> {
    const ALLOWED: &str = "write sqlite:// and a file: \"sqlite://clerk-courier.db\", \"sqlite:///var/lib/clerk-courier.db\"; or the \
         postgres:// URL of a database";
    match text.strip_prefix("sqlite://") {
        // SQLite would read `:memory:` as a database that is lost at the end, and `file:` as a URI with options of its own.
        Some(path) if !path.is_empty() && !path.starts_with([':', '?']) && !path.starts_with("file:") => {
            Ok(path.to_owned())
        }
        _ => wrong("is not the URL of a ledger", ALLOWED),
    }
}
