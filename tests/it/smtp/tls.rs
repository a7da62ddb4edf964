//! TLS and AUTH: what must hold before a password or a message leaves.

use super::{IMPATIENT, PATIENT, assert_accepted, detail, form, hello, settings, summary, wanted};
use crate::support::certificate::Authority;
use crate::support::relay::{Fault, Options, Relay, Stage};
use clerk_courier::delivery::Late;
use clerk_courier::delivery::smtp::{self, Credentials, Settings, Tls};
use clerk_courier::secret::Secret;

/// A server with STARTTLS and AUTH, and a client that wants the first.
async fn secured(options: Options, name: &str) -> (Relay, Settings, tempfile::NamedTempFile) {
    let authority = Authority::new();
    let ca = authority.file();
    let relay = Relay::start(Options { starttls: Some(authority.server(name)), ..options }).await;
    let settings = Settings { tls: Tls::Required, ca_file: Some(ca.path().to_owned()), ..settings(&relay) };
    (relay, settings, ca)
}

#[tokio::test]
async fn starttls_then_auth() {
    for (auth, command) in [("LOGIN PLAIN", "AUTH PLAIN AHVzZXIAcGFzc3dvcmQ="), ("LOGIN", "AUTH LOGIN")] {
        let (relay, settings, _ca) = secured(Options { auth, ..Options::default() }, "127.0.0.1").await;
        let credentials = Some(Credentials::Password("user".to_owned(), Secret::new("password")));
        let client = smtp::Relay::new(Settings { credentials, ..settings }).unwrap();
        assert_accepted(&client, &hello()).await;
        let mail = relay.mails().remove(0);
        assert_eq!((mail.tls, mail.user.as_deref()), (true, Some("user")));
        let commands = relay.state().commands.clone();
        let ehlo = "EHLO mail.acme.example";
        assert_eq!(commands[..4], [ehlo, "STARTTLS", ehlo, command], "EHLO is read again under TLS");
    }
}

#[tokio::test]
async fn implicit_tls() {
    let authority = Authority::new();
    let ca = authority.file();
    let relay =
        Relay::start(Options { implicit_tls: Some(authority.server("127.0.0.1")), ..form((true, true)) })
            .await;
    let settings = Settings { tls: Tls::Implicit, ca_file: Some(ca.path().to_owned()), ..settings(&relay) };
    assert_accepted(&smtp::Relay::new(settings).unwrap(), &hello()).await;
    assert!(relay.mails()[0].tls);
}

#[tokio::test]
async fn faults_at_starttls() {
    for fault in [Fault::reply("454 4.7.0 no"), Fault::reply("550 5.7.1 no"), Fault::Hang, Fault::Drop] {
        let (relay, settings, _ca) = secured(Options::default(), "127.0.0.1").await;
        let client = smtp::Relay::new(settings).unwrap();
        relay.fail(Stage::Starttls, fault.clone());
        let budget = if fault == Fault::Hang { IMPATIENT } else { PATIENT };
        let verdict = client.deliver(&hello(), budget, &Late::unheard()).await;
        assert_eq!(summary(&verdict), wanted(Stage::Starttls, &fault, false), "{fault:?}");
        relay.heal();
        assert_accepted(&client, &hello()).await;
    }
}

#[tokio::test]
async fn what_comes_in_clear_before_tls_ends_the_session() {
    let (relay, settings, _ca) = secured(Options::default(), "127.0.0.1").await;
    let client = smtp::Relay::new(settings).unwrap();
    relay.fail(Stage::Starttls, Fault::reply("220 2.0.0 go ahead\r\n250 2.0.0 injected"));
    assert_eq!(
        summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await),
        "Deferred Unavailable at starttls"
    );
    relay.until(|state| state.open == 0).await;
    assert!(relay.mails().is_empty());
}

#[tokio::test]
async fn required_tls_is_required() {
    let relay = Relay::start(Options { auth: "PLAIN", ..Options::default() }).await;
    let credentials = Some(Credentials::Password("user".to_owned(), Secret::new("password")));
    let settings = Settings { tls: Tls::Required, credentials, ..settings(&relay) };
    let verdict = smtp::Relay::new(settings).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Deferred Unavailable at starttls");
    assert_eq!(detail(verdict), "server offers no STARTTLS");
    assert_eq!(relay.state().commands, ["EHLO mail.acme.example"], "no password in clear");
}

#[tokio::test]
async fn a_certificate_that_does_not_verify() {
    let stranger = Authority::new().file();
    let (relay, trusting, _ca) = secured(Options::default(), "127.0.0.1").await;
    let trusting_another = Settings { ca_file: Some(stranger.path().to_owned()), ..trusting };
    let (named_otherwise, settings, _ca) = secured(Options::default(), "other.example").await;
    let table = [
        (trusting_another, "certificate of unknown issuer"),
        (settings, "certificate not valid for this name"),
    ];
    for (settings, wanted) in table {
        let verdict = smtp::Relay::new(settings).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Deferred Unavailable at starttls");
        assert_eq!(detail(verdict), wanted);
    }
    assert!(relay.mails().is_empty() && named_otherwise.mails().is_empty());
}

#[tokio::test]
async fn credentials_that_are_refused_or_not_asked_for() {
    let credentials = Some(Credentials::Password("user".to_owned(), Secret::new("password")));
    for (auth, wanted) in [
        ("PLAIN", "535 5.7.8"),
        ("LOGIN", "535 5.7.8"),
        ("XOAUTH2", "server offers neither AUTH PLAIN nor AUTH LOGIN"),
    ] {
        let relay = Relay::start(Options { auth, ..Options::default() }).await;
        relay.fail(Stage::Auth, Fault::reply("535 5.7.8 no"));
        let settings = Settings { credentials: credentials.clone(), ..settings(&relay) };
        let verdict = smtp::Relay::new(settings).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Deferred Credentials at auth");
        assert_eq!(detail(verdict), wanted);
    }
}
