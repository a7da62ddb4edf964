//! Mistakes in the configuration and in templates, as the program's user sees them.

use std::path::Path;

use tempfile::TempDir;

use crate::support::command::{Ran, run};

/// Complete and right, with a canary in every key that may hold a credential.
const RIGHT: &str = r##"[server]
listen = "127.0.0.1:0"
admin_listen = ""

[clerk]
signing_secrets = ["whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"]

[brand]
primary_color = "#335bf1"

[email]
from = "Acme <login@acme.example>"
providers = ["main"]

[sms]
from = "+15005550006"
providers = ["texts"]

[providers.main]
type = "smtp"
url = "smtp://canary-user:canary-word@127.0.0.1:2525"
attempt_timeout = "5s"

[providers.backup]
type = "smtp"
url = "smtps://127.0.0.1"
username = "canary-name"
password = "canary-password"

[providers.texts]
type = "twilio"
account_sid = "AC00000000000000000000000000000000"
auth_token = "${TOKEN}"

[ledger]
url = "sqlite://clerk-courier.db"
recipient_key = "canary-key-canary-key-canary-key"
"##;

const TOKEN: (&str, &str) = ("TOKEN", "canary-token");

/// No part of a credential, as it stands or as it is encoded.
fn assert_silent(ran: &Ran) {
    for canary in ["canary", "Y2FuYXJ5"] {
        assert!(!ran.output().contains(canary), "{ran:#?}");
    }
}

fn in_dir(config: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

/// What is changed, into what; and what `check` and `serve` say of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "listen = \"127",
        "lissten = \"127",
        "config.toml:2:1: server.lissten: unknown key; did you mean \"listen\"?",
    ),
    ("[brand]", "[brnad]", "config.toml:8:2: brnad: unknown key; did you mean \"brand\"?"),
    (
        "listen = \"127.0.0.1:0\"",
        "listen = 8080",
        "config.toml:2:10: server.listen: must be a string, not a whole number\n    write it in quotes",
    ),
    (
        "\"5s\"",
        "\"5 lightyears\"",
        "config.toml:22:19: providers.main.attempt_timeout: the value is not a duration\n    write a number and its unit: \"12s\", \"10m\", \"30d\"",
    ),
    (
        "${TOKEN}",
        "${NO_TOKEN}",
        "config.toml:33:14: providers.texts.auth_token: environment variable NO_TOKEN is not set\n    set it in the environment, or write the value here",
    ),
    (
        "${TOKEN}",
        "${file:absent}",
        "config.toml:33:14: providers.texts.auth_token: file absent can't be read: there is no such file\n    check that the file exists, contains text, and may be read by this user",
    ),
    ("\"${TOKEN}\"", "\"${EMPTY}\"", "config.toml:33:14: providers.texts.auth_token: the value is empty"),
    (
        "\"${TOKEN}\"",
        "81985529216486895",
        "config.toml:33:14: providers.texts.auth_token: must be a string, not a whole number\n    write it in quotes",
    ),
    (
        "\"twilio\"",
        "\"twillio\"",
        "config.toml:31:8: providers.texts.type: the value is not a known provider type; did you mean \"twilio\"?\n    use \"smtp\", \"outbox\", an API that `clerk-courier providers` lists, or the name of a file in providers without \".toml\"",
    ),
    (
        "[\"texts\"]",
        "[\"text\"]",
        "config.toml:17:14: sms.providers[0]: \"text\" is not a configured provider; did you mean \"texts\"?\n    configured providers: \"backup\", \"main\", \"texts\"",
    ),
    (
        "[\"texts\"]",
        "[\"main\"]",
        "config.toml:17:14: sms.providers[0]: \"main\" does not carry SMS\n    choose another: `clerk-courier providers` lists those that carry SMS",
    ),
    (
        "[\"whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5\"]",
        "[]",
        "config.toml:6:19: clerk.signing_secrets: is empty\n    add: signing_secrets = [\"${CLERK_WEBHOOK_SIGNING_SECRET}\"]",
    ),
    (
        "whsec_Y2FuYXJ5",
        "whsec_canary!",
        "config.toml:6:20: clerk.signing_secrets[0]: the value is not a signing secret\n    copy the endpoint's signing secret from Clerk's dashboard: whsec_ followed by base64",
    ),
    (
        "#335bf1",
        "blue",
        "config.toml:9:17: brand.primary_color: \"blue\" is not a colour\n    write # and six hexadecimal digits, such as \"#335bf1\"",
    ),
    ("\"canary-password\"", "\"canary-password", "config.toml:28:28: not valid TOML: "),
    (
        "smtp://canary",
        "smpt://canary",
        "config.toml:21:7: providers.main.url: the value is not an SMTP URL\n    write smtps://HOST:PORT (TLS from the first byte) or smtp://HOST:PORT (STARTTLS). On this machine smtp:// is plain text, unless it ends in ?tls=required; ?tls=none is plain text everywhere. Put user name and password into `username` and `password`, or percent-encode them in the URL",
    ),
    (
        "sqlite://clerk-courier.db",
        "postgres://canary:canary@db.internal/courier?sslmode=prefer",
        "config.toml:36:7: ledger.url: the value holds an sslmode that is not known here: \"require\" and \"verify-full\" both encrypt and verify the server's certificate, \"disable\" does neither\n    write \"postgres://user:password@host:5432/database?sslmode=require\"; ",
    ),
];

#[tokio::test]
async fn each_kind_of_mistake_is_shown_with_its_place_and_what_would_be_right_and_no_credential() {
    for (from, to, expected) in MISTAKES {
        let config = RIGHT.replacen(from, to, 1);
        assert_ne!(config, RIGHT, "{from}");
        let dir = in_dir(&config);
        for command in ["check", "serve"] {
            let ran = run(dir.path(), &[command], &[TOKEN, ("EMPTY", "")]).await;
            assert_eq!(ran.code, Some(2), "{command} {to}: {ran:#?}");
            let said = ran.stderr.strip_prefix("clerk-courier: ").expect(&ran.stderr);
            assert!(said.starts_with(expected), "{command} {to}: {ran:#?}");
            assert_eq!(ran.stdout, "", "{command} {to}");
            assert_silent(&ran);
        }
        assert!(!dir.path().join("clerk-courier.db").exists(), "nothing is opened before all is proven");
    }
}

#[tokio::test]
async fn all_mistakes_come_at_once() {
    let config = RIGHT.replace("listen", "lissten").replace("#335bf1", "blue").replace("texts\"]", "text\"]");
    let ran = run(in_dir(&config).path(), &["check"], &[TOKEN]).await;
    assert_eq!(ran.code, Some(2));
    for place in ["config.toml:2:1:", "config.toml:3:1:", "config.toml:9:17:", "config.toml:17:14:"] {
        assert!(ran.stderr.contains(place), "{place}: {}", ran.stderr);
    }
    assert_silent(&ran);
}

#[tokio::test]
async fn the_right_one_passes_and_shows_no_credential_either() {
    let ran = run(in_dir(RIGHT).path(), &["check"], &[TOKEN]).await;
    assert_silent(&ran);
    let said = ran.ok();
    assert!(said.contains("config.toml: fine"), "{said}");
    assert!(said.contains("smtp   127.0.0.1:2525, in clear"), "{said}");
    assert!(said.contains("proven    "), "{said}");
}

#[tokio::test]
async fn where_there_is_no_file_the_next_step_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["check", "serve", "log"] {
        let ran = run(dir.path(), &[command, "--config", "nowhere.toml"], &[]).await;
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        assert_eq!(
            ran.stderr,
            "clerk-courier: nowhere.toml: can't be read: there is no such file\n    run `clerk-courier init` to write one, or name another with `--config FILE`\n"
        );
    }
    let ran = run(dir.path(), &["check"], &[("CLERK_COURIER_CONFIG", "elsewhere.toml")]).await;
    assert!(ran.stderr.contains("elsewhere.toml: can't be read"), "{ran:#?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_by_its_provider() {
    let absent = RIGHT.replace("username", "ca_file = \"absent.pem\"\nusername");
    for command in ["check", "serve"] {
        let ran = run(in_dir(&absent).path(), &[command], &[TOKEN]).await;
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        assert!(ran.stderr.contains("providers.backup"), "{ran:#?}");
        assert!(ran.stderr.contains("absent.pem"), "{ran:#?}");
        assert_silent(&ran);
    }
}

/// A file in `templates/`, and what is wrong with it.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "email/verification_code/subject.txt.hbs",
        "one\n{{#if otp_code}",
        "email/verification_code/subject.txt.hbs:2:",
    ),
    (
        "email/verification_code/body.txt.hbs",
        "{{otp_code}}\nb {{> nothere}}",
        "email/verification_code/body.txt.hbs:2:3: there is no partial `nothere`",
    ),
    (
        "email/partials/loop.html.hbs",
        "{{> loop}}",
        "email/partials/loop.html.hbs:1:1: the partial `loop` includes itself",
    ),
    ("email/welcome/subject.txt.hbs", "Welcome", "email/welcome/body.mjml.hbs or body.html.hbs: is missing"),
    (
        "sms/verification_code.txt.hbs",
        "Code\n {{otp_cod}}",
        "sms/verification_code.txt.hbs:2:2: there is no variable `otp_cod` in this template: did you mean `otp_code`?",
    ),
    (
        "email/verification_code/html.hbs",
        "x",
        "email/verification_code/html.hbs: does not belong to a template",
    ),
    (
        "email/verification_code/body.mjml.hbs",
        "{{#> layout}}\n<mj-text>{{otp_code}}\n{{/layout}}",
        "email/verification_code/body.mjml.hbs:2:1: `<mj-text>` is not closed",
    ),
    ("email/verfication_code/subject.txt.hbs", "x", "did you mean `verification_code`?"),
    (
        "locales/de.ftl",
        "code =\n    .share = Sag { $otp_code niemandem\n",
        "locales/de.ftl:2:18: is not valid Fluent: `{` is not closed: write `}` behind the variable",
    ),
    (
        "locales/de.ftl",
        "verification_code =\n\t.title = Dein Code\n",
        "locales/de.ftl:2:1: is not valid Fluent: this line begins with a tab",
    ),
    (
        "email/verification_code/body.mjml.hbs",
        "{{#> layout}}\n<mj-text>\n{{#if otp_code}}\n{{otp_code}}</mj-text>\n{{/layout}}\n",
        "body.mjml.hbs:5:1: `{{/layout}}` stands where `{{#if otp_code}}` of line 3 should be closed: write `{{/if}}` before it",
    ),
    (
        "email/verification_code/body.mjml.hbs",
        "{{#> layout}}\n<mj-text>{{t \".laed\"}}{{otp_code}}</mj-text>{{/layout}}\n",
        "body.mjml.hbs:2:10: there is no message `verification_code.laed` in English, which stands in for all languages: did you mean `verification_code.lead`?",
    ),
    (
        "email/verification_code/body.mjml.hbs",
        "{{#> layout}}\n<mj-text>{{t \".lead\"}}</mj-text>{{/layout}}\n",
        "body.mjml.hbs: shows `otp_code` in every language only where nobody reads it",
    ),
    (
        "locales/de.ftl",
        "verification_code =\n    .title = Code für { $app-nme }\n",
        "locales/de.ftl:2:26: there is no variable `app.nme` in this template",
    ),
];

#[tokio::test]
async fn a_broken_template_fails_the_check_and_stops_the_start() {
    for (file, text, expected) in BROKEN {
        let dir = in_dir(RIGHT);
        let path = dir.path().join("templates").join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(&path, text).unwrap();
        for (command, code) in [("check", 1), ("serve", 2)] {
            let ran = run(dir.path(), &[command], &[TOKEN]).await;
            assert_eq!(ran.code, Some(code), "{command} {file}: {ran:#?}");
            assert!(ran.stderr.contains(expected), "{command} {file}: {ran:#?}");
            let named = ran.stderr.matches(file).count();
            assert!(named <= 1, "one mistake is one error: {command} {file}: {ran:#?}");
            assert_silent(&ran);
        }
    }
}

/// What is allowed, and most likely not meant: the check goes well, and says so.
#[tokio::test]
async fn a_check_warns_of_what_does_not_reach_readers() {
    let dir = in_dir(RIGHT);
    let files = [
        ("locales/de.ftl", "verification_code =\n    .subjekt = Dein Code\n"),
        ("locales/sv.flt", "verification_code =\n    .title = Din kod\n"),
        (
            "email/verification_code/body.mjml.hbs",
            "{{#> layout}}\n<mj-text colour=\"red\">{{otp_code}}</mj-text>\n<mj-image src=\"logo.png\" />{{/layout}}",
        ),
    ];
    for (file, text) in files {
        let path = dir.path().join("templates").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let logo = RIGHT.replace("[brand]\n", "[brand]\nlogo_url = \"https://acme.example/logo.svg\"\n");
    std::fs::write(dir.path().join("config.toml"), logo).unwrap();
    let printed = run(dir.path(), &["check"], &[TOKEN]).await.ok();
    for warning in [
        "brand.logo_url: mail clients show no SVG",
        "templates/locales/de.ftl:2:6: no template asks for `verification_code.subjekt`: did you mean `verification_code.subject`?",
        "templates/locales/sv.flt: is not read: did you mean `sv.ftl`?",
        "templates/email/verification_code/body.mjml.hbs:2:10: `<mj-text>` has no attribute `colour`, so MJML leaves it out: did you mean `color`?",
        "templates/email/verification_code/body.mjml.hbs:3:11: this image's address is relative",
    ] {
        assert_eq!(printed.matches(&format!("warning   {warning}")).count(), 1, "{warning}: {printed}");
    }
    let json = run(dir.path(), &["check", "--templates", "--json"], &[]).await.ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["templates"]["warnings"].as_array().unwrap().len(), 4, "{json}");
    assert_eq!(json["templates"]["contrasts"].as_array().unwrap().len(), 3, "{json}");
    let footer = RIGHT.replace("[brand]\n", "[brand]\nfooter = \"{{app.name}}\"\n");
    std::fs::write(dir.path().join("config.toml"), footer).unwrap();
    let ran = run(dir.path(), &["check"], &[TOKEN]).await;
    assert!(ran.stderr.contains("write `{{current_year}}` for the year"), "{ran:#?}");
}
