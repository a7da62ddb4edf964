mod channels;
mod documented;
mod environment;
mod smtp;
mod variants;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::compose::OnError;
use crate::decision::policy::{ByCountry, OnDoubt};
use crate::ledger::{Settings, SqliteSettings};
use crate::limits::{Mode, Rate, Window};
use crate::secret::Secret;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const DKIM_KEY: &str = include_str!("../../tests/fixtures/dkim-ed25519.pem");
const CLERK: &str = "[clerk]\nsigning_secrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]\n";

fn env(name: &str) -> Option<String> {
    let value = match name {
        "CLERK_WEBHOOK_SIGNING_SECRET" => SECRET,
        "SMTP_PASSWORD" => "p/w+1",
        "TWILIO_ACCOUNT_SID" => "AC00000000000000000000000000000000",
        "TWILIO_AUTH_TOKEN" => "token",
        "DKIM_KEY" => DKIM_KEY,
        "HIDDEN" => "canary-5309",
        _ => return None,
    };
    Some(value.to_owned())
}

fn unset(_: &str) -> Option<String> {
    None
}

/// `text` with a right `[clerk]` below, where it has none.
fn complete(text: &str) -> String {
    if text.contains("[clerk]") { text.to_owned() } else { format!("{text}\n{CLERK}") }
}

fn parsed(text: &str) -> Config {
    match Config::parse(&complete(text), Path::new("etc/config.toml"), &env) {
        Ok(config) => config,
        Err(mistakes) => panic!("{mistakes}"),
    }
}

fn refused(text: &str) -> Mistakes {
    Config::parse(&complete(text), Path::new("config.toml"), &env).map(|_| ()).unwrap_err()
}

#[test]
fn each_mistake_is_reported_with_its_place_and_what_is_allowed() {
    // A file, `-->`, the report on it; empty lines between.
    let mistakes = include_str!("tests/mistakes.txt").trim_end().split("\n\n");
    for (text, report) in mistakes.clone().map(|mistake| mistake.split_once("\n-->\n").unwrap()) {
        assert_eq!(refused(text).to_string(), report, "\n{text}");
    }
    assert!(mistakes.count() > 80);
}

#[test]
fn all_mistakes_of_a_file_come_at_once_in_its_order() {
    let text =
        "[ledger]\nretention = 30\n[server]\nworkers = 0\nlisten = \"x\"\n[sms]\nform = \"ACME\"\n[clerk]\n";
    let mistakes = refused(text).list;
    let keys: Vec<&str> = mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
    let expected =
        ["ledger.retention", "server.workers", "server.listen", "sms.form", "clerk.signing_secrets"];
    assert_eq!(keys, expected);
    assert!(mistakes.is_sorted_by_key(|mistake| mistake.position));
}

#[test]
fn columns_count_characters() {
    let mistakes = refused("[brand]\nname = \"é→\"\n\"ünknown…………\" = 1").list;
    assert_eq!(mistakes[0].position, Some((3, 1)));
    let mistakes = refused("brand = { name = \"é→\", url = \"x\" }").list;
    assert_eq!(mistakes[0].position, Some((1, 30)));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    let report = Config::load(&file, &env).unwrap_err().to_string();
    let expected = "can't be read: there is no such file\n    run `clerk-courier init` to write one, or name another with `--config FILE`";
    assert_eq!(report, format!("{}: {expected}", file.display()));
    std::fs::write(&file, format!("{CLERK}[ledger]\nrecipient_key = \"${{file:key}}\"")).unwrap();
    std::fs::write(dir.path().join("key"), "k\n").unwrap();
    let ledger = Config::load(&file, &env).unwrap().ledger;
    let ledger = sqlite(ledger);
    assert_eq!(ledger.recipient_key, Some(Secret::new("k")));
    assert_eq!(ledger.path, dir.path().join("clerk-courier.db"));
}

#[test]
fn the_example_shows_the_defaults() {
    let shown = Config::parse(EXAMPLE, Path::new("etc/config.toml"), &env).unwrap();
    let least = parsed(
        r#"
        [email]
        from = "Acme <login@acme.example>"
        providers = ["main"]
        [providers.main]
        type = "smtp"
        url = "smtp://smtp.example.com"
        username = "user"
        password = "${SMTP_PASSWORD}"
        "#,
    );
    assert_eq!(format!("{shown:#?}"), format!("{least:#?}"));
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let config = parsed("");
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.server.admin_listen.unwrap().to_string(), "127.0.0.1:9464");
    assert_eq!(config.server.request_deadline, Duration::from_secs(12));
    assert_eq!(config.server.drain_timeout, Duration::from_secs(15));
    assert_eq!((config.server.max_in_flight, config.server.workers), (1024, 1));
    assert_eq!(config.clerk.path, "/webhooks/clerk");
    assert!(config.clerk.skip_test_recipients);
    assert_eq!(config.clerk.signing_secrets, [Secret::new(SECRET)]);
    assert_eq!(config.templates.dir, Path::new("etc/templates"));
    assert_eq!(config.templates.default_locale, "en");
    assert_eq!(config.templates.locale_from.len(), 2);
    assert_eq!(config.templates.on_error, OnError::Clerk);
    assert!(config.email.base.from.is_none() && config.email.base.route.providers.is_empty());
    assert!(config.email.base.route.send && config.sms.base.route.send);
    assert!(config.sms.base.from.is_none() && config.sms.base.route.providers.is_empty());
    let ledger = sqlite(config.ledger);
    assert_eq!(ledger.path, Path::new("etc/clerk-courier.db"));
    assert_eq!(ledger.retention, Duration::from_hours(30 * 24));
    assert!(ledger.recipient_key.is_none() && !ledger.full_sync);
}

/// The lines of the example that are switched off.
fn is_switched_off(line: &str) -> bool {
    line.starts_with('#') && line[1..].starts_with(|c: char| c.is_ascii_lowercase() || c == '[')
}

#[test]
fn what_the_example_has_switched_off_is_right_too() {
    let switch_on = |line: &str| if is_switched_off(line) { line[1..].to_owned() } else { line.to_owned() };
    // Beside these, another key is set that does not go with them.
    let is_either = |line: &str| line.starts_with("auth_token") || line.starts_with("spool");
    let lines: Vec<String> = EXAMPLE.lines().map(switch_on).filter(|line| !is_either(line)).collect();
    let keys = |name: &str| match name {
        "TWILIO_API_KEY" => Some("SK1".to_owned()),
        "STAGING_SIGNING_SECRET" => Some("whsec_c3RhZ2luZw==".to_owned()),
        "TWILIO_API_KEY_SECRET" | "LEDGER_KEY" | "POSTMARK_SERVER_TOKEN" => Some("k".to_owned()),
        "OAUTH_CLIENT_ID" | "OAUTH_CLIENT_SECRET" => Some("o".to_owned()),
        "DKIM_KEY" => Some(DKIM_KEY.to_owned()),
        "CLERK_SECRET_KEY" => Some("sk_test_1".to_owned()),
        "STAGING_SECRET_KEY" => Some("sk_test_2".to_owned()),
        _ => env(name),
    };
    let config = Config::parse(&lines.join("\n"), Path::new("config.toml"), &keys).unwrap();
    assert!(!config.email.by_slug["password_changed"].route.send);
    assert_eq!(config.sms.by_slug["verification_code"].route.on_doubt, OnDoubt::Stop);
    assert!(config.sms.by_country[2].block);
    let names: Vec<&str> = config.variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["staging", "harrow"]);
    assert_eq!(config.dkim.all()[0].record_name(), "courier1._domainkey.acme.example");
    assert!(!config.dkim.all()[0].sign_message_id);
    assert_eq!((config.limits.mode, config.limits.total.len()), (Mode::Observe, 2));
    assert!(matches!(&config.providers["files"], Provider::Outbox(dir) if dir == Path::new("outbox")));
    assert!(matches!(&config.providers["twilio"], Provider::Api(api) if api.definition.name == "twilio"));
}

#[test]
fn the_example_has_every_key() {
    let tables = [
        ("server", "[server]"),
        ("clerk", "[clerk]\nsigning_secrets = [\"c2VjcmV0\"]"),
        ("brand", "[brand]"),
        ("templates", "[templates]"),
        ("email", "[email]"),
        ("dkim", "[[dkim]]\ndomain = \"a.example\"\nselector = \"s\"\nkey = \"${DKIM_KEY}\""),
        ("sms", "[sms]"),
        ("sms.limits", "[sms.limits]"),
        ("providers.main", "[providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost\""),
        (
            "providers.microsoft.oauth2",
            "[providers.microsoft]\ntype = \"smtp\"\nurl = \"smtp://localhost\"\nusername = \"u\"\n[providers.microsoft.oauth2]\n\
             issuer = \"google\"\nclient_id = \"i\"\nrefresh_token = \"t\"",
        ),
        (
            "providers.twilio",
            "[providers.twilio]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"t\"",
        ),
        ("providers.files", "[providers.files]\ntype = \"outbox\""),
        ("ledger", "[ledger]"),
    ];
    for (name, table) in tables {
        let mistakes = refused(&format!("{table}\nno_such_key_anywhere = 1")).list;
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        let below = format!("[{name}.");
        let (_, section) = EXAMPLE.split_once(&format!("[{name}]")).unwrap();
        for key in mistakes[0].hint.strip_prefix("use one of ").unwrap().split(", ") {
            let here = section.lines().skip(1).map(|line| line.trim_start_matches('#'));
            let mut own = here
                .take_while(|line| !line.starts_with('[') || line.starts_with("[[") || line.contains(&below));
            let found = own
                .any(|line| line.starts_with(&format!("{key} =")) || line.contains(&format!("{name}.{key}")));
            assert!(found, "{name}.{key} is not in the example");
        }
    }
}

/// In each place that may hold a secret, in each wrong form.
#[test]
fn no_secret_is_ever_shown() {
    const CANARY: &str = "530900";
    let places = [
        "[providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost\"\nusername = \"u\"\npassword = ",
        "[providers.main]\ntype = \"smtp\"\nurl = ",
        "[providers.main]\ntype = ",
        "[providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost\"\npasword = ",
        "[providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost\"\nconnections = ",
        "[providers.t]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = ",
        "[providers.t]\ntype = \"twilio\"\naccount_sid = \"AC1\"\napi_key = \"SK1\"\napi_key_secret = ",
        "[providers.t]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"t\"\nbase_url = ",
        "providers = ",
        "providers.main = ",
        "[ledger]\nrecipient_key = ",
        "[ledger]\nurl = ",
        "[clerk]\nsigning_secrets = ",
    ];
    let values = [
        "\"canary530900\"",
        "\"whsec_canary530900\"",
        "[\"canary530900\"]",
        "[\"canary-530900\", 530900]",
        "530900",
        "-530900",
        "530900.5",
        "{ canary = \"530900\" }",
        "canary530900",
        "530900canary",
        "\"canary530900",
        "'canary530900",
        "\"canary530900\" canary530900",
        "\"canary530900\\q\"",
        "\"canary530900\\n\"",
        "\"\"\"\ncanary530900\n\"\"\"",
        "\"${canary530900\"",
        "\"${canary-530900}\"",
        "\"smtp://user:canary530900@smtp.example.com:99999\"",
        "\"smtp://user:canary/530900@smtp.example.com\"",
        "\"smtp://user:canary530900@smtp.example.com?tls=none\"",
        "\"smtp://user:canary530900@smtp.example.com\"",
        "\"postgres://user:canary530900@db/clerk\"",
        "\"https://user:canary530900@twilio.example\"",
    ];
    let mut refused = 0;
    for place in places {
        for value in values {
            let text = complete(&format!("{place}{value}\n"));
            // The path of a ledger is not a secret.
            let shown = match Config::parse(&text, Path::new("config.toml"), &env) {
                Ok(Config { providers, clerk, dkim, ledger, .. }) => {
                    let ledger = match ledger {
                        Settings::Sqlite(ledger) => format!("{:?}", ledger.recipient_key),
                        ledger @ Settings::Postgres(_) => format!("{ledger:?}"),
                    };
                    format!("{providers:?}{clerk:?}{dkim:?}{ledger}")
                }
                Err(mistakes) => {
                    refused += 1;
                    format!("{mistakes}{mistakes:?}{mistakes:#?}")
                }
            };
            assert!(!shown.contains(CANARY), "{text}\n{shown}");
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn what_came_from_a_variable_is_not_shown() {
    for text in [
        "[server]\nlisten = \"${HIDDEN}\"",
        "[email]\nfrom = \"Acme <${HIDDEN}>\"",
        "[email]\nproviders = [\"${HIDDEN}\"]",
        "[brand]\nprimary_color = \"#${HIDDEN}\"",
        "[templates]\non_error = \"${HIDDEN}\"",
    ] {
        let report = refused(text).to_string();
        assert!(report.contains("the value is not "), "{report}");
        assert!(!report.contains("canary"), "{report}");
    }
}

#[test]
fn the_playground_needs_nothing_of_production() {
    let text = r#"
        [server]
        listen = "nonsense"
        [clerk]
        signing_secrets = ["${CLERK_WEBHOOK_SIGNING_SECRET}", "${file:/nonexistent/secret}"]
        [brand]
        name = "Acme"
        [email]
        from = "Acme <login@acme.example>"
        providers = ["main", "nobody"]
        [email.by_slug.invitation]
        providers = ["main"]
        [[sms.by_country]]
        countries = ["GB"]
        providers = ["vonage"]
        [providers.main]
        type = "smtp"
        url = "${SMTP_URL}"
        [ledger]
        url = "${DATABASE_URL}"
        "#;
    let file = Path::new("config.toml");
    let config = Config::parse_without_providers(text, file, &unset).unwrap();
    assert_eq!(config.brand.name.as_deref(), Some("Acme"));
    assert!(config.email.base.from.is_some());
    assert!(config.clerk.signing_secrets.is_empty() && config.providers.is_empty());
    assert!(config.email.base.route.providers.is_empty());
    assert!(config.email.by_slug["invitation"].route.providers.is_empty());
    assert_eq!(config.sms.by_country[0].providers, None);
    assert_eq!(config.server.listen, parsed("").server.listen);

    let config = Config::parse_without_providers(text, file, &env).unwrap();
    assert_eq!(config.clerk.signing_secrets, [Secret::new(SECRET)]);
    assert!(Config::parse_without_providers("", file, &unset).is_ok());
    assert!(Config::parse_without_providers(EXAMPLE, file, &unset).is_ok());

    let report = Config::parse_without_providers("[brand]\nurl = \"x\"\n[serve]", file, &unset).unwrap_err();
    assert_eq!(report.list.len(), 2, "{report}");
}

fn sqlite(settings: Settings) -> SqliteSettings {
    match settings {
        Settings::Sqlite(settings) => settings,
        other @ Settings::Postgres(_) => panic!("{other:?}"),
    }
}

#[test]
fn a_ledger_in_postgresql_needs_a_key_and_hides_its_password() {
    let url = |url: &str| format!("[ledger]\nrecipient_key = \"k\"\nurl = \"{url}\"\n");
    match parsed(&url("postgres://clerk:canary@db.example/courier?sslmode=verify-full&sslrootcert=ca.pem"))
        .ledger
    {
        Settings::Postgres(ledger) => {
            assert_eq!(ledger.server.shown(), "db.example:5432/courier");
            let shown = format!("{ledger:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
        other @ Settings::Sqlite(_) => panic!("{other:?}"),
    }
    for (text, expected) in [
        ("[ledger]\nurl = \"postgres://u:p@db/x\"\n".to_owned(), "recipient_key"),
        (url("postgres://u:p@db/x?sslmode=prefer"), "sslmode"),
        (url("postgres://u:p@db/x?nonsense=1"), "not known"),
        (url("postgres://db/x"), "names no user"),
        (url("postgres://u@/x"), "names no host"),
        (url("postgres://u:p@db/x") + "synchronous = \"full\"\n", "is for SQLite"),
        ("[ledger]\nspool = \"a.spool\"\n".to_owned(), "is for PostgreSQL"),
    ] {
        let report = refused(&text).to_string();
        assert!(report.contains(expected), "{text}: {report}");
    }
}

#[test]
fn the_spool_is_beside_the_configuration_unless_it_is_named_or_switched_off() {
    let spool = |keys: &str| {
        let text = format!("[ledger]\nrecipient_key = \"k\"\nurl = \"postgres://u:p@db/x\"\n{keys}");
        match parsed(&text).ledger {
            Settings::Postgres(ledger) => ledger.spool,
            other @ Settings::Sqlite(_) => panic!("{other:?}"),
        }
    };
    assert_eq!(spool(""), Some("etc/clerk-courier.spool".into()));
    assert_eq!(spool("spool = \"/var/lib/courier/spool\"\n"), Some("/var/lib/courier/spool".into()));
    assert_eq!(spool("spool = \"\"\n"), None);
}

#[test]
fn the_ledger_is_read_without_the_variables_of_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    let text =
        "[clerk]\nsigning_secrets = [\"${UNSET}\"]\n[ledger]\nurl = \"sqlite://a.db\"\nretention = \"2d\"\n";
    std::fs::write(&file, text).unwrap();
    let ledger = sqlite(Config::load_ledger(&file, &|_: &str| None).unwrap());
    assert_eq!((ledger.path, ledger.retention), (dir.path().join("a.db"), Duration::from_hours(48)));
    std::fs::write(&file, text.replace("2d", "soon")).unwrap();
    assert!(
        Config::load_ledger(&file, &|_: &str| None).unwrap_err().to_string().contains("ledger.retention")
    );
}
