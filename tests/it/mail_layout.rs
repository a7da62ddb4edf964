//! The built-in mails in a browser, on the narrowest of phones, by day and by night: every one in every language, and with
//! colours that nobody would choose.

use std::path::Path;
use std::time::UNIX_EPOCH;

use clerk_courier::app;
use clerk_courier::compose::{Composer, RenderInput};
use clerk_courier::config::Config;
use clerk_courier::decision::{Decision, decide};
use clerk_courier::event::Event;
use clerk_courier::message::{Channel, Message};
use clerk_courier::template::sample;
use clerk_courier::webhook::Verified;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::courier::now;

const CONFIG: &str = r#"
[clerk]
signing_secrets = ["whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG"]
[brand]
support_email = "help@larkfield.example"
footer = "Larkfield Ltd, 1 High Street, London"
[email]
from = "Larkfield <notifications@larkfield.example>"
show_ip = true
providers = ["files"]
[providers.files]
type = "outbox"
dir = "outbox"
"#;

/// Pairs of colours of a button and its words, as Clerk may send them: a usual one, ours, and hostile ones.
const COLORS: [[&str; 2]; 6] = [
    ["#2f6f4f", "#ffffff"],
    ["#2f3037", "#ffffff"],
    ["#ffdd33", "#ffffff"],
    ["#000000", "#000000"],
    ["#808080", "#7f7f7f"],
    ["#ff0000", "#00ff00"],
];

/// A sample's HTML, for a reader of `locale`.
fn html(
    config: &Config,
    composer: &Composer,
    slug: &str,
    locale: &str,
    [button, words]: [&str; 2],
) -> String {
    let now = UNIX_EPOCH + now();
    let id = "ema_34EI446M8ZHEMKcOqQqXjjXu1Yg";
    let mut event = sample::fresh(Channel::Email, slug, now, id).expect(slug);
    event["data"]["data"]["theme"] = json!({ "primary_color": button, "button_text_color": words });
    let verified = Verified { id: "msg_1".to_owned(), signer: None, body: event.to_string() };
    let Event::Created(created) = Event::parse(&verified, now).unwrap() else { panic!("{slug}") };
    let policy = app::policy(config);
    let Decision::Deliver(plan) = decide(&created, &policy) else { panic!("{slug}") };
    let occasion = RenderInput { id, now, end: None, locale: Some(locale), told: None };
    let Message::Email(mail) = composer.compose(&created, &plan, occasion).unwrap().message else {
        panic!("{slug}")
    };
    mail.html.expect(slug)
}

/// The built-in templates, with a brand that has everything.
pub(crate) fn composed() -> (Config, Composer) {
    let config = Config::parse(CONFIG, Path::new("config.toml"), &|_: &str| None).unwrap();
    let composer = app::composer(&config).unwrap();
    (config, composer)
}

/// A slug's sample in every language and, in English, in all colours, each with a name.
pub(crate) fn every_mail(config: &Config, composer: &Composer, slug: &str) -> Vec<(String, String)> {
    let locales = composer.templates.locales();
    let in_locales =
        locales.map(|locale| (format!("{slug}/{locale}"), html(config, composer, slug, locale, COLORS[0])));
    let in_colors = COLORS.iter().map(|colors| {
        (format!("{slug} in {}", colors.join(" ")), html(config, composer, slug, "en", *colors))
    });
    in_locales.chain(in_colors).collect()
}

/// A mail client with a reading pane of this many CSS pixels. Its function `show` puts a mail's HTML into the pane: it becomes the
/// document there, since it has a language and a title, and no page is loaded for it, which would take most of the time.
pub(crate) async fn mail_client(width: u32) -> Browser {
    let browser = Browser::start(1000, 1000).await;
    let pane = "<iframe style='width: 100%; height: 900px; border: 0' srcdoc='<!doctype html>'></iframe>";
    browser.open(&format!("data:text/html,<!doctype html><title>Mails</title>{pane}")).await;
    let show = "document.querySelector('iframe').style.width = `${arguments[0]}px`;
        window.show = (html) => {
            const { contentWindow, contentDocument } = document.querySelector('iframe');
            const mail = new contentWindow.DOMParser().parseFromString(html, 'text/html');
            contentDocument.replaceChild(contentDocument.adoptNode(mail.documentElement), contentDocument.documentElement);
        };";
    browser.run(show, &[width.into()]).await;
    browser
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn every_mail_can_be_read_on_a_small_phone_by_day_and_by_night() {
    let (config, composer) = composed();
    let slugs = composer.templates.slugs(Channel::Email);
    let mails: Vec<_> = slugs.flat_map(|slug| every_mail(&config, &composer, slug)).collect();
    for (width, is_dark) in [(360, false), (360, true), (700, true)] {
        let browser = mail_client(width).await;
        browser.prefer_dark(is_dark).await;
        // In the light, the card is white: a yellow button has little edge there, as everybody's, and words of its own.
        let edge = if is_dark { 3 } else { 1 };
        for some in mails.chunks(40) {
            let found = browser.run(include_str!("../mail/layout.js"), &[json!(some), edge.into()]).await;
            assert_eq!(found, json!([]), "{width} px, dark: {is_dark}");
        }
    }
}
