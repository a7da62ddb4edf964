//! What an answer to a signed test says of the way to the service.

use serde_json::Value;
use url::Url;

use super::finding::{Told, brief};
use crate::rehearsal::post::{Posted, shown};

/// An answer, with what is looked at.
pub(crate) struct Answer {
    status: u16,
    /// `outcome` of the service's own answers; empty in anybody else's.
    outcome: String,
    reason: String,
    message: String,
    /// The target of a redirect, without what may be a credential.
    location: String,
    /// Whether the answer asks for a user name and a password.
    wants_password: bool,
    /// Whether a bot is turned away here, and a person has to prove that they are not one.
    is_challenge: bool,
    /// The body in lower case, as far as words are looked for in it.
    words: String,
    /// The URL that was asked, without what may be a credential.
    url: String,
}

impl Answer {
    /// Reads an answer from this URL.
    pub(crate) fn of(posted: &Posted, url: &str) -> Self {
        let json: Value = serde_json::from_slice(&posted.body).unwrap_or_default();
        let text = |name: &str| brief(json.get(name).and_then(Value::as_str).unwrap_or_default());
        let to = Url::parse(url).ok().and_then(|url| url.join(posted.header("location")).ok());
        let words = posted.body.get(..posted.body.len().min(65_536)).unwrap_or_default();
        let words = String::from_utf8_lossy(words).to_lowercase();
        let is_challenge = posted.header("cf-mitigated") == "challenge"
            || ["just a moment", "captcha", "checking your browser"].iter().any(|it| words.contains(it));
        let message = json.get("message").and_then(Value::as_str).unwrap_or_default();
        Self {
            status: posted.status,
            outcome: text("outcome"),
            reason: text("reason"),
            message: crate::text::one_line(message).chars().take(400).collect(),
            location: to.map(|to| brief(&shown(to.as_str()))).unwrap_or_default(),
            wants_password: !posted.header("www-authenticate").is_empty(),
            is_challenge,
            words,
            url: shown(url),
        }
    }

    /// Whether the service says that no signature matches.
    pub(crate) fn is_no_match(&self) -> bool {
        self.outcome == "unauthorized" && self.message.contains("no signature matches")
    }

    fn is_login(&self) -> bool {
        const PATHS: [&str; 9] =
            ["login", "signin", "sign-in", "sign_in", "/auth", "sso", "oauth", "accounts.", "cdn-cgi/access"];
        let location = self.location.to_lowercase();
        let asks = ["type=\"password\"", "type='password'", "type=password", "sign in", "log in"];
        PATHS.iter().any(|path| location.contains(path))
            || asks.iter().any(|words| self.words.contains(words))
    }
}

/// What is wrong with an answer; `None` if it is the service's, and right.
pub(crate) fn judged(answer: &Answer, path: &str) -> Option<Told> {
    if answer.outcome.is_empty() { Some(by_others(answer, path)) } else { by_service(answer) }
}

/// An answer of the service itself.
fn by_service(answer: &Answer) -> Option<Told> {
    let Answer { status, outcome, reason, message, .. } = answer;
    Some(match (status, outcome.as_str(), reason.as_str()) {
        (200, "skipped", "delivered_by_clerk") => return None,
        (_, "unauthorized", _) if message.contains("clock") => Told::fault(
            format!("The clock of the server at --url is wrong, so every webhook is refused: {message}"),
            "Synchronise that server's clock: `timedatectl set-ntp true`, or chrony.",
        ),
        (_, "unauthorized" | "malformed", _) if message.contains("header `") => Told::fault(
            format!(
                "Something in front of the service removes Svix's headers, so every message is refused: {message}"
            ),
            "Have your proxy pass on svix-id, svix-timestamp and svix-signature.",
        ),
        (_, "unauthorized", _) => Told::fault(
            "The service at --url does not accept this configuration's first signing secret, so it has another one, or something changes every body on its way.",
            "Compare `[clerk] signing_secrets` here, on that server, and at the endpoint in Clerk's dashboard; they belong to one endpoint each.",
        ),
        (_, "overloaded", _) => Told::fault(
            "The service at --url is over `max_in_flight`, or about to stop.",
            "Run this again; if it stays so, raise `[server] max_in_flight`, or look what its providers wait for.",
        ),
        (413, ..) => Told::fault(
            "The service at --url finds a test too large.",
            "Look whether an older version runs there.",
        ),
        _ => Told::fault(
            format!("The service at --url answers a test {status} `{outcome}`: {message}"),
            "Compare its version and its configuration with these.",
        ),
    })
}

/// An answer of another program, or of the service at a path that is not the webhook's.
fn by_others(answer: &Answer, path: &str) -> Told {
    let Answer { status, url, location, words, .. } = answer;
    let elsewhere = words.contains("`clerk.path`") || words.contains("does not accept this method");
    match status {
        300..=399 if answer.is_login() => Told::fault(
            format!(
                "{url} sends whoever is not logged in to {location} ({status}): Svix can't log in, so every message is lost."
            ),
            format!(
                "Exempt the path {path} from authentication (middleware, SSO, Cloudflare Access): its signature protects it."
            ),
        ),
        300..=399 => Told::fault(
            format!(
                "{url} answers with a redirect ({status}) to {location}, and Svix never follows one: every message is lost."
            ),
            format!("Give Clerk's dashboard and --url the address that it leads to: {location}"),
        ),
        404 | 405 if elsewhere => Told::fault(
            format!(
                "clerk-courier answers at {url}, and receives webhooks at another path: every message is lost."
            ),
            format!(
                "Let the endpoint's URL in Clerk's dashboard end in `[clerk] path`, which is {path} here; look whether your proxy cuts off a part of it."
            ),
        ),
        401 | 407 if answer.wants_password => Told::fault(
            format!("{url} wants a user name and a password ({status})."),
            format!(
                "Exempt the path {path} at your proxy, or write them into the URL in Clerk's dashboard: https://user:password@…"
            ),
        ),
        _ if answer.is_challenge => Told::fault(
            format!(
                "Something in front of {url} wants proof that its visitor is not a bot ({status}): Svix can't give it."
            ),
            format!("Exempt the path {path} from bot protection (Cloudflare: a WAF rule that skips it)."),
        ),
        _ if answer.is_login() => Told::fault(
            format!("{url} shows a page to log in ({status}): Svix can't log in, so every message is lost."),
            format!("Exempt the path {path} from authentication: its signature protects it."),
        ),
        401 | 403 => Told::fault(
            format!("Something in front of the service forbids the request to {url} ({status})."),
            format!(
                "Allow POST to {path} for everybody at your firewall or proxy: its signature protects it. A list of Svix's addresses does not replace that."
            ),
        ),
        413 => Told::fault(
            format!("Something in front of the service finds a small test too large at {url} (413)."),
            "Allow bodies of 2 MB there (nginx: `client_max_body_size 2m;`).",
        ),
        429 => Told::fault(
            format!(
                "Something in front of {url} limits requests (429), and Svix waits a minute after each of these."
            ),
            format!("Exempt the path {path} from rate limits: the service has its own."),
        ),
        502..=504 | 521..=523 => Told::fault(
            format!("A proxy answers at {url} ({status}), and reaches no service behind it."),
            "Start the service, and compare the proxy's upstream with `[server] listen`.",
        ),
        200..=299 => Told::fault(
            format!(
                "Another program answers at {url} ({status}). Svix takes that for a delivery, so every message is lost without a trace."
            ),
            format!("Check the host, and that the path is {path}; look which program your proxy leads to."),
        ),
        404 | 405 => Told::fault(
            format!(
                "Another program answers at {url} ({status}), or your proxy does not lead this path to the service."
            ),
            format!(
                "Let the URL end in `[clerk] path`, which is {path} here, and lead that path to the service."
            ),
        ),
        _ => Told::fault(
            format!("Another program answers at {url} ({status})."),
            "Check the URL, and what stands in front of the service.",
        ),
    }
}
