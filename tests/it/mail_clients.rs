//! The built-in mails before other people's programs: an HTML validator, what caniemail knows of mail clients, and
//! `SpamAssassin`. `./test.sh` installs all three.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use clerk_courier::app;
use clerk_courier::compose::{Composer, RenderInput};
use clerk_courier::config::Config;
use clerk_courier::decision::{Decision, decide};
use clerk_courier::event::Event;
use clerk_courier::message::{Channel, Message};
use clerk_courier::template::sample;
use clerk_courier::webhook::Verified;

use crate::support::command::patient;
use crate::support::courier::now;

/// Bytes; Gmail cuts off what is beyond 102 kB.
const LARGEST_HTML: usize = 30_000;

const CONFIG: &str = r#"
[clerk]
signing_secrets = ["whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG"]
[email]
from = "Larkfield <notifications@larkfield.example>"
providers = ["files"]
[providers.files]
type = "outbox"
dir = "outbox"
"#;

/// Every slug in English, and one in every language.
static MAILS: LazyLock<Vec<Mail>> = LazyLock::new(|| {
    let config = Config::parse(CONFIG, Path::new("config.toml"), &|_: &str| None).unwrap();
    let composer = app::composer(&config).unwrap();
    let slugs = composer.templates.slugs(Channel::Email).map(|slug| (slug, "en"));
    let locales = composer.templates.locales().filter(|locale| *locale != "en");
    slugs
        .chain(locales.map(|locale| ("verification_code", locale)))
        .map(|(slug, locale)| Mail::new(&config, &composer, slug, locale))
        .collect()
});

/// A sample's mail.
struct Mail {
    /// `verification_code.en`
    name: String,
    html: String,
    /// As it goes to a mail server.
    wire: String,
}

impl Mail {
    fn new(config: &Config, composer: &Composer, slug: &str, locale: &str) -> Self {
        let now = UNIX_EPOCH + now();
        let id = "ema_34EI446M8ZHEMKcOqQqXjjXu1Yg";
        let event = sample::fresh(Channel::Email, slug, now, id).expect(slug);
        let verified = Verified { id: "msg_1".to_owned(), signer: None, body: event.to_string() };
        let Event::Created(created) = Event::parse(&verified, now).unwrap() else { panic!("{slug}") };
        let policy = app::policy(config);
        let Decision::Deliver(plan) = decide(&created, &policy) else { panic!("{slug}") };
        let end = plan.lifetime.and_then(|lifetime| lifetime.end(now));
        let occasion = RenderInput { id, now, end, locale: Some(locale), told: None };
        let made = composer.compose(&created, &plan, occasion).unwrap();
        assert_eq!(made.failure, None, "{slug}");
        assert_eq!(made.template, format!("{slug}/{locale}"));
        let Message::Email(mail) = made.message else { panic!("{slug}") };
        let wire = String::from_utf8(mail.wire().to_vec()).unwrap();
        Self { name: format!("{slug}.{locale}"), html: mail.html.expect(slug), wire }
    }
}

/// Where the mails' files are, and stay: whoever reads a failure may want to look at them.
const FILES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/mails");

/// A file for each mail.
fn files(extension: &str, content: impl Fn(&Mail) -> String) -> Vec<PathBuf> {
    std::fs::create_dir_all(FILES).unwrap();
    let write = |mail: &Mail| {
        let file = Path::new(FILES).join(format!("{}.{extension}", mail.name));
        std::fs::write(&file, content(mail)).unwrap();
        file
    };
    MAILS.iter().map(write).collect()
}

/// What a program printed, which has to end well.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}, which ./test.sh installs: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_mail_is_small() {
    let large: Vec<_> = MAILS
        .iter()
        .filter(|mail| mail.html.len() >= LARGEST_HTML)
        .map(|mail| format!("{}: {} bytes", mail.name, mail.html.len()))
        .collect();
    assert_eq!(large, [""; 0]);
}

#[test]
#[ignore = "needs Node.js"]
fn every_mail_is_valid_html_that_gmail_outlook_and_apple_mail_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = root.join("target/mail");
    assert!(
        packages.join("installed.json").is_file(),
        "run ./test.sh, which installs html-validate and caniemail"
    );
    let settings = root.join("tests/mail");
    // A script that is no file finds its packages from the working directory.
    let problems = output(
        patient("node")
            .args(["--input-type=module", "--eval", include_str!("../mail/check.mjs"), "--"])
            .args([settings.join("html-validate.json"), settings.join("caniemail-exceptions.json")])
            .args(files("html", |mail| mail.html.clone()))
            .current_dir(packages),
    );
    assert!(problems.is_empty(), "in {FILES}:\n{problems}");
}

/// A mail as it is when a filter sees it, after its two hops: the service handed it to its provider's server, and that
/// one to the reader's, which noted the return path. (The addresses are of networks that belong to nobody; those meant
/// for examples cost points.) Nothing else is added: a signature (DKIM) would win points that are not the template's.
fn received(mail: &Mail) -> String {
    let date = mail.wire.lines().find_map(|line| line.strip_prefix("Date: ")).unwrap();
    format!(
        "Return-Path: <notifications@larkfield.example>\n\
         Received: from mx.larkfield.example (mx.larkfield.example [198.18.0.25])\n\
         \tby mx.mail.example with ESMTPS id 4Zq1k72vXz; {date}\n\
         Received: from courier.larkfield.example (courier.larkfield.example [10.0.0.8])\n\
         \tby mx.larkfield.example with ESMTPSA id 4Zq1k64rTw; {date}\n{}",
        mail.wire.replace("\r\n", "\n")
    )
}

#[test]
#[ignore = "needs SpamAssassin"]
fn no_mail_looks_like_spam() {
    // The package's own rules, and nothing learned: none of `sa-update`'s, no Bayes, nobody's preferences.
    const SETTINGS: &str = "use_bayes 0\nbayes_auto_learn 0\nfold_headers 0\nclear_headers\n\
                            add_header all Verdict _SCORE_ _TESTSSCORES(, )_";
    let mails = files("eml", received);
    let marked = output(
        patient("spamassassin")
            .args(["-L", "-t", "--configpath", "/usr/share/spamassassin", "--prefs-file", "/dev/null"])
            .args(["--cf", SETTINGS])
            .args(&mails),
    );
    let verdicts: Vec<_> = marked.lines().filter_map(|line| line.strip_prefix("X-Spam-Verdict: ")).collect();
    assert_eq!(verdicts.len(), MAILS.len(), "{marked}");
    let score = |verdict: &str| verdict.split(' ').next().unwrap().parse::<f64>().expect("a score");
    let spam: Vec<_> = MAILS
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| score(verdict) > 0.0)
        .map(|(mail, verdict)| format!("{}: {verdict}", mail.name))
        .collect();
    assert_eq!(spam, [""; 0], "score and the rules that hit");
}
