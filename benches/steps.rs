//! What the steps of a message cost, without network and disk.

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, UNIX_EPOCH};

use clerk_courier::clock::Clock;
use clerk_courier::config::{built_in_definitions, parse_definition};
use clerk_courier::delivery::api::{Api, Settings};
use clerk_courier::delivery::proxy::Proxies;
use clerk_courier::event::Event;
use clerk_courier::key::PrivateKey;
use clerk_courier::message::dkim::{Signer, Signers};
use clerk_courier::message::{Channel, Email, Message, Phone, Sms};
use clerk_courier::secret::Secret;
use clerk_courier::template::{Brand, Context, Rendered, Templates, Times, sample};
use clerk_courier::webhook::{SigningSecrets, Unverified, Verified};
use divan::Bencher;
use serde_json::{Map, Value};

fn main() {
    divan::main();
}

const SLUG: &str = "verification_code";

fn variables() -> Map<String, Value> {
    let mut event = sample::event(Channel::Email, SLUG).unwrap_or_default();
    match event.pointer_mut("/data/data").map(Value::take) {
        Some(Value::Object(variables)) => variables,
        _ => Map::new(),
    }
}

fn context(templates: &Templates, variables: Map<String, Value>) -> Context {
    let times = Times { born: Some(UNIX_EPOCH), now: UNIX_EPOCH };
    templates.context(variables, &Brand::default(), templates.default_locale(), times)
}

fn rendered(templates: &Templates, context: &Context) -> Rendered {
    templates.render(Channel::Email, SLUG, context).and_then(Result::ok).unwrap_or_default()
}

/// The signature over a mail's event of 10 kB.
#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let Ok(secrets) = SigningSecrets::new(["whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG"]) else { return };
    let body = vec![b'x'; 10_000];
    let signature = secrets.sign("msg_1", "0", &body);
    let header = |name: &str| match name {
        "svix-id" => Some("msg_1"),
        "svix-timestamp" => Some("0"),
        "svix-signature" => Some(signature.as_str()),
        _ => None,
    };
    bencher.bench(|| {
        let request = Unverified::new(header, black_box(&body));
        request.and_then(|request| request.verify(&secrets, UNIX_EPOCH)).is_ok()
    });
}

/// A mail's event, from bytes to fields and variables.
#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let body = sample::event(Channel::Email, SLUG).unwrap_or_default().to_string();
    let verified = Verified { id: "msg_1".to_owned(), signer: None, body };
    bencher.bench(|| Event::parse(black_box(&verified), UNIX_EPOCH).is_ok());
}

/// Subject, HTML and text of a verification mail, from Clerk's variables.
#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let Ok(templates) = Templates::load(None, "en") else { return };
    bencher
        .with_inputs(variables)
        .bench_values(|variables| rendered(&templates, &context(&templates, black_box(variables))));
}

/// The same mail in its serialised form.
#[divan::bench]
fn compose(bencher: Bencher<'_, '_>) {
    let Some(email) = emails() else { return };
    bencher.with_inputs(email).bench_refs(|email| email.wire().len());
}

/// A DKIM signature over the same mail.
#[divan::bench(args = ["rsa", "ed25519"])]
fn sign(bencher: Bencher<'_, '_>, algorithm: &str) {
    let pem = match algorithm {
        "rsa" => include_str!("../tests/fixtures/dkim-rsa.pem"),
        _ => include_str!("../tests/fixtures/dkim-ed25519.pem"),
    };
    let (Ok(key), Some(email)) = (PrivateKey::from_pem(pem), emails()) else { return };
    let (domain, selector) = ("larkfield.example".to_owned(), "s".to_owned());
    let signers = Signers::new(vec![Signer { domain, selector, key, sign_message_id: false }]);
    let serialised = || {
        let email = email();
        email.wire();
        email
    };
    bencher.with_inputs(serialised).bench_refs(|email| signers.sign(email).is_ok());
}

/// An account at an API that is built in, with the same value for each of its keys.
fn account(name: &str) -> Option<Api> {
    let (_, text) = built_in_definitions().find(|(known, _)| *known == name)?;
    let definition = parse_definition(name, text, Path::new(name)).ok()?;
    let values: Vec<_> =
        definition.keys.keys().map(|key| (key.clone(), Secret::new("AC0123456789".to_owned()))).collect();
    let settings = Settings {
        base_url: definition.base_url(&values),
        values,
        definition: Arc::new(definition),
        tokens: None,
        proxies: Proxies::default(),
        attempt_timeout: Duration::from_secs(5),
    };
    Api::new(settings, Clock::System).ok()
}

fn sms() -> Option<Sms> {
    Some(Sms {
        id: "sms_34EI446M8ZHEMKcOqQqXjjXu1Yg".to_owned(),
        from: Some("+15005550006".to_owned()),
        to: Phone::parse("+447700900123").ok()?,
        text: "418273 is your Larkfield code. Do not share it with anyone.".to_owned(),
        valid_for: Some(Duration::from_secs(599)),
        provider_settings: Vec::new(),
    })
}

/// The request that hands an SMS to an API: a form, JSON, and a URL.
#[divan::bench(args = ["twilio", "vonage", "kannel"])]
fn request_of_sms(bencher: Bencher<'_, '_>, name: &str) {
    let (Some(api), Some(sms)) = (account(name), sms()) else { return };
    let message = Message::Sms(sms);
    bencher.bench(|| api.prepare(black_box(&message)).is_ok());
}

/// The request that hands a mail to an API.
#[divan::bench(args = ["resend", "sendgrid", "mailgun"])]
fn request_of_mail(bencher: Bencher<'_, '_>, name: &str) {
    let (Some(api), Some(email)) = (account(name), emails()) else { return };
    let message = Message::Email(Box::new(email()));
    bencher.bench(|| api.prepare(black_box(&message)).is_ok());
}

/// Makes the mail, not serialised yet.
fn emails() -> Option<impl Fn() -> Email> {
    let templates = Templates::load(None, "en").ok()?;
    let address: lettre::Address = "a@larkfield.example".parse().ok()?;
    let Rendered { subject, html, text, .. } = rendered(&templates, &context(&templates, variables()));
    Some(move || Email {
        id: "ema_34EI446M8ZHEMKcOqQqXjjXu1Yg".to_owned(),
        from: lettre::message::Mailbox::new(Some("Larkfield".to_owned()), address.clone()),
        envelope_from: address.clone(),
        to: address.clone(),
        reply_to: None,
        subject: subject.clone(),
        html: html.clone(),
        text: text.clone(),
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: UNIX_EPOCH,
        ascii: None,
        wire: OnceLock::new(),
    })
}
