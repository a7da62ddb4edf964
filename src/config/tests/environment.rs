//! Keys that variables set, with a file and without one.

use super::*;

/// An environment of these variables alone.
pub(super) struct Set<'a>(pub(super) &'a [(&'a str, &'a str)]);

impl Variables for Set<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

const FILE: &str = r#"
[clerk]
signing_secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
[brand]
name = "Acme"
[email]
from = "login@acme.example"
providers = ["my-relay"]
[providers.my-relay]
type = "smtp"
url = "smtp://mail.acme.example"
[[sms.by_country]]
countries = ["XX"]
action = "block"
"#;

fn with(variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::parse(FILE, Path::new("config.toml"), &Set(variables)).map_err(|mistakes| mistakes.to_string())
}

/// What is read where there is no file.
fn without_file(variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::load(Path::new(DEFAULT_FILE), &Set(variables)).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn a_variable_says_a_key_of_any_type_over_the_file() {
    let config = with(&[
        ("CLERK_COURIER__BRAND__NAME", "1984"),
        ("CLERK_COURIER__BRAND__FOOTER", "\"[x]\""),
        ("CLERK_COURIER__SERVER__WORKERS", " 2"),
        ("CLERK_COURIER__SERVER__ADMIN_LISTEN", ""),
        ("CLERK_COURIER__CLERK__SKIP_TEST_RECIPIENTS", "false"),
        ("CLERK_COURIER__CLERK__SIGNING_SECRETS__1", "whsec_c2Vjb25k"),
        ("CLERK_COURIER__EMAIL__PROVIDERS", "backup, my-relay"),
        ("CLERK_COURIER__EMAIL__ALLOW_RECIPIENTS", "[\"a@acme.example\", \"*@acme.example\"]"),
        ("CLERK_COURIER__EMAIL__BY_SLUG__INVITATION__SEND", "false"),
        ("CLERK_COURIER__PROVIDERS__MY_RELAY__USERNAME", "u"),
        ("CLERK_COURIER__PROVIDERS__MY_RELAY__PASSWORD", "${PASSWORD}"),
        ("CLERK_COURIER__PROVIDERS__BACKUP", "{ type = \"outbox\", dir = \"kept\" }"),
        ("CLERK_COURIER__SMS__BY_COUNTRY__0__COUNTRIES", "GB,IE"),
        ("CLERK_COURIER__SMS__BY_COUNTRY__1__COUNTRIES", "FR"),
        ("CLERK_COURIER__SMS__BY_COUNTRY__1__MAX_SEGMENTS", "3"),
        ("CLERK_COURIER__SMS__BY_COUNTRY__1__ACTION", "block"),
        ("PASSWORD", "a${b}"),
    ]);
    let config = match config {
        Ok(config) => config,
        Err(mistakes) => panic!("{mistakes}"),
    };
    assert_eq!(config.brand.name.as_deref(), Some("1984"));
    assert_eq!(config.brand.footer.as_deref(), Some("[x]"));
    assert_eq!((config.server.workers, config.server.admin_listen), (2, None));
    assert!(!config.clerk.skip_test_recipients);
    assert_eq!(config.clerk.signing_secrets.len(), 2);
    assert_eq!(config.email.base.route.providers, ["backup", "my-relay"]);
    assert_eq!(config.email.base.route.allow_recipients.len(), 2);
    assert!(!config.email.by_slug["invitation"].route.send);
    assert!(matches!(&config.providers["backup"], Provider::Outbox(dir) if dir == Path::new("kept")));
    let Provider::Smtp(smtp) = &config.providers["my-relay"] else { panic!("{config:?}") };
    assert!(format!("{:?}", smtp.credentials).contains("Password(\"u\""));
    assert_eq!(config.sms.by_country[0].countries, ["GB", "IE"]);
    assert!(config.sms.by_country[0].block && config.sms.by_country[1].block);
    assert_eq!(config.sms.by_country[1].max_segments, Some(3));
    let origin = |key: &str| config.origins.iter().find(|it| it.key == key).unwrap();
    assert_eq!(origin("brand.name").over, Some(5));
    assert_eq!(origin("brand.name").variable, "CLERK_COURIER__BRAND__NAME");
    assert_eq!(origin("server.workers").over, None);
    assert_eq!(config.origins.len(), 16);
}

#[test]
fn a_mistake_is_reported_by_the_name_of_its_variable() {
    let table = [
        (
            ("CLERK_COURIER__SERVER__WORKERS", "many"),
            "CLERK_COURIER__SERVER__WORKERS: must be a whole number, not a text",
        ),
        (
            ("CLERK_COURIER__SERVER__WORKERS", "0"),
            "CLERK_COURIER__SERVER__WORKERS: 0 is out of range\n    use a whole number from 1 to 64",
        ),
        (
            ("CLERK_COURIER__CLERK__SKIP_TEST_RECIPIENTS", "yes"),
            "CLERK_COURIER__CLERK__SKIP_TEST_RECIPIENTS: must be true or false, not a text",
        ),
        (
            ("CLERK_COURIER__EMAIL__FORM", "x"),
            "CLERK_COURIER__EMAIL__FORM: names no key of the configuration; did you mean \"CLERK_COURIER__EMAIL__FROM\"?",
        ),
        (
            ("CLERK_COURIER__EMIAL__FROM", "x"),
            "CLERK_COURIER__EMIAL__FROM: names no key of the configuration; did you mean \"CLERK_COURIER__EMAIL__FROM\"?",
        ),
        (
            ("CLERK_COURIER__EMAIL___FROM", "x"),
            "CLERK_COURIER__EMAIL___FROM: names no key of the configuration\n    write two underscores between the names of a key: CLERK_COURIER__EMAIL__FROM",
        ),
        (
            ("CLERK_COURIER__BRAND", "Acme"),
            "CLERK_COURIER__BRAND: must be a table, not a text\n    set its keys by variables of their own, each with two more underscores and the name of the key",
        ),
        (
            ("CLERK_COURIER__SMS__BY_COUNTRY__3__ACTION", "block"),
            "CLERK_COURIER__SMS__BY_COUNTRY__3__ACTION: leaves out a place of the list\n    the list has 1 entries so far, counted from 0: the next one is number 1",
        ),
        (
            ("CLERK_COURIER__EMAIL__PROVIDERS", "my-relay,other"),
            "CLERK_COURIER__EMAIL__PROVIDERS: \"other\" is not a configured provider\n    configured providers: \"my-relay\"",
        ),
        (
            ("CLERK_COURIER__PROVIDERS__MY_RELAY__URL", "canary"),
            "CLERK_COURIER__PROVIDERS__MY_RELAY__URL: the value is not an SMTP URL",
        ),
        (("PORT", "http"), "PORT: is not a port\n    set it to a whole number from 1 to 65535, or unset it"),
    ];
    for (variable, report) in table {
        let refused = with(&[variable]).map(|_| ()).unwrap_err();
        assert!(refused.starts_with(report), "{refused}");
        assert!(!refused.contains("canary"), "{refused}");
    }
}

#[test]
fn one_underscore_in_place_of_two_is_a_warning() {
    let variables = [
        ("CLERK_COURIER_EMAIL_FROM", "canary"),
        ("CLERK_COURIER_BRAND__NAME", "canary"),
        // What the program itself reads, and what Kubernetes sets.
        ("CLERK_COURIER_CONFIG", "x"),
        ("CLERK_COURIER_LOG", "x"),
        ("CLERK_COURIER_PORT", "tcp://10.0.0.1:80"),
        ("CLERK_COURIER_SERVICE_HOST", "10.0.0.1"),
    ];
    let warnings = with(&variables).unwrap().warnings;
    let expected = [
        "CLERK_COURIER_EMAIL_FROM sets no key; did you mean \"CLERK_COURIER__EMAIL__FROM\"?",
        "CLERK_COURIER_BRAND__NAME sets no key; did you mean \"CLERK_COURIER__BRAND__NAME\"?",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn two_variables_that_say_one_thing_are_a_mistake() {
    let twice = [("CLERK_COURIER__BRAND__NAME", "a"), ("CLERK_COURIER__Brand__Name", "a")];
    assert_eq!(
        with(&twice).map(|_| ()).unwrap_err(),
        "CLERK_COURIER__Brand__Name: sets brand.name, as CLERK_COURIER__BRAND__NAME does\n    remove one of the two variables"
    );
    let part = [("CLERK_COURIER__EMAIL__PROVIDERS", "x"), ("CLERK_COURIER__EMAIL__PROVIDERS__0", "my-relay")];
    assert!(
        with(&part).map(|_| ()).unwrap_err().contains(
            "CLERK_COURIER__EMAIL__PROVIDERS__0: sets a part of email.providers, which CLERK_COURIER__EMAIL__PROVIDERS sets as a whole"
        )
    );
}

#[test]
fn the_port_of_a_platform_counts_unless_the_address_is_set() {
    let config = with(&[("PORT", "3000")]).unwrap();
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(config.origins[0].variable, "PORT");
    let both = [("PORT", "3000"), ("CLERK_COURIER__SERVER__LISTEN", "127.0.0.1:9000")];
    let config = with(&both).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:9000");
    assert!(
        config.warnings[0].starts_with("server.listen: PORT is 3000, and is not used"),
        "{:?}",
        config.warnings
    );
    assert_eq!(with(&[("PORT", "")]).unwrap().server.listen.port(), 8080);
    assert!(Config::parse_without_providers("", Path::new("c.toml"), &Set(&[("PORT", "x")])).is_ok());
}

const SIGNED: (&str, &str) = ("CLERK_WEBHOOK_SIGNING_SECRET", SECRET);
const FROM: (&str, &str) = ("EMAIL_FROM", "Acme <login@acme.example>");

#[test]
fn three_variables_are_a_whole_configuration() {
    let config =
        without_file(&[SIGNED, FROM, ("SMTP_URL", "smtp://u:p%24%7Bx%7D@mail.acme.example")]).unwrap();
    assert_eq!(config.email.base.route.providers, ["smtp"]);
    assert_eq!(config.clerk.signing_secrets, [Secret::new(SECRET)]);
    assert!(config.sms.base.route.providers.is_empty());
    let config = without_file(&[
        SIGNED,
        FROM,
        ("RESEND_API_KEY", "re_${x}"),
        ("SMS_FROM", "+15005550006"),
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("POSTMARK_SERVER_TOKEN", ""),
    ])
    .unwrap();
    assert_eq!(
        (config.email.base.route.providers, config.sms.base.route.providers),
        (vec!["resend".to_owned()], vec!["twilio".to_owned()])
    );
    assert_eq!(config.origins.iter().find(|it| it.key == "email.from").unwrap().variable, "EMAIL_FROM");
    let chosen = [
        SIGNED,
        FROM,
        ("SMTP_URL", "smtps://mail.acme.example"),
        ("RESEND_API_KEY", "k"),
        ("CLERK_COURIER__EMAIL__PROVIDERS", "resend,smtp"),
    ];
    assert_eq!(without_file(&chosen).unwrap().email.base.route.providers, ["resend", "smtp"]);
}

#[test]
fn what_is_missing_without_a_file_is_a_variable() {
    const URL: (&str, &str) = ("SMTP_URL", "smtps://mail.acme.example");
    let table: [(&[(&str, &str)], &str); 5] = [
        (&[FROM, URL], "environment: clerk.signing_secrets: missing\n    set CLERK_WEBHOOK_SIGNING_SECRET"),
        (&[SIGNED, URL], "environment: email.from: missing\n    set EMAIL_FROM"),
        (
            &[SIGNED, FROM, URL, ("RESEND_API_KEY", "canary")],
            "RESEND_API_KEY: names a second provider of email, beside SMTP_URL\n    say which is asked first: CLERK_COURIER__EMAIL__PROVIDERS=smtp,resend; or remove one of the two",
        ),
        (
            &[SIGNED, ("SMS_FROM", "ACME"), ("TWILIO_AUTH_TOKEN", "canary")],
            "environment: providers.twilio.account_sid: missing\n    set TWILIO_ACCOUNT_SID",
        ),
        (
            &[SIGNED, FROM],
            "config.toml: can't be read: there is no such file\n    run `clerk-courier init` to write one, or name another with `--config FILE`\n    or set CLERK_WEBHOOK_SIGNING_SECRET, EMAIL_FROM, and SMTP_URL or a provider's key, and no file is needed",
        ),
    ];
    for (variables, report) in table {
        assert_eq!(without_file(variables).map(|_| ()).unwrap_err(), report);
    }
    let other = [SIGNED, FROM, URL, ("CLERK_COURIER__EMAIL__FROM", "other@acme.example")];
    assert_eq!(
        without_file(&other).map(|_| ()).unwrap_err(),
        "EMAIL_FROM: sets email.from, as CLERK_COURIER__EMAIL__FROM does\n    remove one of the two variables"
    );
}

#[test]
fn a_proxy_is_read_where_anything_is_asked_over_http() {
    let proxy = ("HTTPS_PROXY", "http://proxy.example:3128");
    let shown = |more: &[(&str, &str)]| with(&[&[proxy], more].concat()).unwrap().proxies.shown();
    assert!(shown(&[]).is_some(), "an SMTP server alone is not asked over HTTP, but a logo is");
    let key = ("CLERK_SECRET_KEY", "sk_test_0123456789abcdefghijklmnopqrstuvwxyzABCDEF");
    assert!(shown(&[key]).unwrap().contains("proxy.example:3128"));
    assert!(shown(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318")]).is_some());
    let socks = ("HTTPS_PROXY", "socks5://canary.example:1080");
    assert_eq!(with(&[socks]).unwrap().proxies.shown(), None);
    let mistakes = with(&[socks, key]).unwrap_err();
    assert!(mistakes.contains("HTTPS_PROXY") && !mistakes.contains("canary"), "{mistakes}");
}
