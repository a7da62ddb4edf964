//! `[providers.…]` of mail servers: URLs, passwords, tokens.

use super::*;
use crate::delivery::smtp::{Credentials, Settings, Tls};

fn smtp(keys: &str) -> Settings {
    let from = "[email]\nfrom = \"Acme <login@acme.example>\"\n";
    match parsed(&format!("{from}[providers.main]\ntype = \"smtp\"\n{keys}")).providers.remove("main") {
        Some(Provider::Smtp(settings)) => settings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_smtp_url_says_host_port_and_tls() {
    let table = [
        ("smtp://smtp.example.com", "smtp.example.com", 587, Tls::Required),
        ("smtp://smtp.example.com:25/", "smtp.example.com", 25, Tls::Required),
        ("smtps://smtp.example.com", "smtp.example.com", 465, Tls::Implicit),
        ("smtps://smtp.example.com:2465", "smtp.example.com", 2465, Tls::Implicit),
        ("smtp://relay:25?tls=none", "relay", 25, Tls::None),
        ("smtp://localhost:1025", "localhost", 1025, Tls::None),
        ("smtp://127.0.0.2", "127.0.0.2", 587, Tls::None),
        ("smtp://[::1]:1025", "::1", 1025, Tls::None),
        ("smtp://localhost?tls=required", "localhost", 587, Tls::Required),
        ("smtp://bücher.example", "xn--bcher-kva.example", 587, Tls::Required),
    ];
    for (url, host, port, tls) in table {
        let settings = smtp(&format!("url = \"{url}\""));
        assert_eq!((settings.host.as_str(), settings.port, settings.tls), (host, port, tls), "{url}");
        assert!(settings.credentials.is_none());
        assert_eq!(settings.helo, "acme.example");
    }
}

#[test]
fn tokens_in_place_of_a_password() {
    let tokens = |keys: &str| {
        format!(
            "url = \"smtp://localhost\"\nusername = \"box@acme.example\"\n[providers.main.oauth2]\n{keys}"
        )
    };
    let microsoft = "issuer = \"microsoft\"\ntenant = \"acme.example\"\nclient_id = \"i\"\n";
    let google = "issuer = \"google\"\nclient_id = \"i\"\n";
    let at_microsoft = "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token";
    for (keys, url, scope) in [
        (format!("{microsoft}client_secret = \"s\""), at_microsoft, "https://outlook.office365.com/.default"),
        (
            format!("{microsoft}refresh_token = \"t\""),
            at_microsoft,
            "https://outlook.office.com/SMTP.Send offline_access",
        ),
        (format!("{google}refresh_token = \"t\""), "https://oauth2.googleapis.com/token", ""),
        (
            "token_url = \"https://id.example/t\"\nscope = \"mail\"\nclient_id = \"i\"\nclient_secret = \"s\""
                .to_owned(),
            "https://id.example/t",
            "mail",
        ),
    ] {
        let Some(Credentials::Tokens(mailbox, found)) = smtp(&tokens(&keys)).credentials else { panic!("{keys}") };
        assert_eq!(mailbox, "box@acme.example");
        assert_eq!((found.token_url.as_str(), found.scope.as_str()), (url, scope), "{keys}");
    }
    for (keys, expected) in [
        (tokens("client_id = \"i\"\nclient_secret = \"s\""), "oauth2.issuer: missing"),
        (
            tokens("issuer = \"microsoft\"\nclient_id = \"i\"\nclient_secret = \"s\""),
            "oauth2.tenant: missing",
        ),
        (
            tokens(&format!("{microsoft}client_secret = \"s\"").replace("acme.example", "common")),
            "oauth2.tenant: is no directory of your own",
        ),
        (tokens(google), "Google gives an application no token of its own"),
        (tokens("issuer = \"google\"\nservice_account = \"{}\""), "is no key file of a service account"),
        (tokens(&format!("{google}refresh_token_file = \"none\"")), "refresh_token_file: can't be read"),
        (
            tokens("token_url = \"http://id.example/t\"\nclient_id = \"i\"\nclient_secret = \"s\""),
            "would send secrets in plain text",
        ),
        (tokens(&format!("{google}refresh_token = \"t\"\nuser = \"u\"")), "oauth2.user: unknown key"),
        (
            format!("password = \"530900\"\n{}", tokens(&format!("{google}refresh_token = \"t\""))),
            "password: stands beside oauth2",
        ),
        (
            tokens(&format!("{google}refresh_token = \"t\""))
                .replace("username = \"box@acme.example\"\n", ""),
            "username: missing",
        ),
    ] {
        let mistakes = refused(&format!("[providers.main]\ntype = \"smtp\"\n{keys}")).to_string();
        assert!(mistakes.contains(expected) && !mistakes.contains("530900"), "{keys}\n{mistakes}");
    }
}

#[test]
fn smtp_credentials_come_from_the_url_or_from_keys() {
    let expected = Some(("us@er", "p/w+1"));
    let is_expected = |settings: &Settings| {
        let found = match &settings.credentials {
            Some(Credentials::Password(user, password)) => Some((user.as_str(), password.reveal())),
            Some(Credentials::Tokens(..)) | None => None,
        };
        assert_eq!(found, expected);
    };
    let in_url = smtp("url = \"smtp://us%40er:p%2Fw+1@smtp.example.com\"");
    is_expected(&in_url);
    let keys = smtp("url = \"smtp://localhost\"\nusername = \"us@er\"\npassword = \"${SMTP_PASSWORD}\"");
    is_expected(&keys);
}

#[test]
fn helo_defaults_to_the_domain_of_from() {
    let table = [
        ("", "localhost"),
        ("from = \"Acme <a@acme.example>\"", "acme.example"),
        ("from = \"{{app.name}} <{{from_email_name}}@mail.acme.example>\"", "mail.acme.example"),
        ("from = \"a@bücher.example\"", "xn--bcher-kva.example"),
    ];
    for (from, helo) in table {
        let text = format!("[email]\n{from}\n[providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost\"");
        assert!(
            matches!(&parsed(&text).providers["main"], Provider::Smtp(smtp) if smtp.helo == helo),
            "{from}"
        );
    }
    assert_eq!(smtp("url = \"smtp://localhost\"\nhelo = \"mx.acme.example\"").helo, "mx.acme.example");
}
