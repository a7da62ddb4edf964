//! TLS and AUTH: what must hold before a password or a message leaves.

use std::sync::Arc;

use clerk_courier::clock::Clock;
use clerk_courier::delivery::smtp::{self, Credentials, Settings, Tls};
use clerk_courier::delivery::{Late, Verdict};
use clerk_courier::secret::Secret;
use rcgen::{CertificateParams, IsCa, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{IMPATIENT, PATIENT, assert_accepted, detail, form, hello, settings, summary, wanted};
use crate::support::certificate::{Authority, SelfSigned};
use crate::support::relay::{Fault, Options, Relay, Stage};

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
        let client = smtp::Relay::new(Settings { credentials, ..settings }, Clock::System).unwrap();
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
    assert_accepted(&smtp::Relay::new(settings, Clock::System).unwrap(), &hello()).await;
    assert!(relay.mails()[0].tls);
}

#[tokio::test]
async fn faults_at_starttls() {
    for fault in [Fault::reply("454 4.7.0 no"), Fault::reply("550 5.7.1 no"), Fault::Hang, Fault::Drop] {
        let (relay, settings, _ca) = secured(Options::default(), "127.0.0.1").await;
        let client = smtp::Relay::new(settings, Clock::System).unwrap();
        relay.fail(Stage::Starttls, fault.clone());
        let budget = if fault == Fault::Hang { IMPATIENT } else { PATIENT };
        let verdict = client.deliver(&hello(), budget, &Late::unheard()).await;
        assert_eq!(summary(&verdict), wanted(Stage::Starttls, &fault), "{fault:?}");
        relay.heal();
        assert_accepted(&client, &hello()).await;
    }
}

#[tokio::test]
async fn what_comes_in_clear_before_tls_ends_the_session() {
    let (relay, settings, _ca) = secured(Options::default(), "127.0.0.1").await;
    let client = smtp::Relay::new(settings, Clock::System).unwrap();
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
    let verdict =
        smtp::Relay::new(settings, Clock::System).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Deferred Unavailable at starttls");
    assert!(detail(verdict).starts_with("the server offers no STARTTLS: use smtps://"));
    relay.until(|state| state.open == 0).await;
    assert_eq!(relay.state().commands, ["EHLO mail.acme.example", "QUIT"], "no password in clear");
}

/// What a client that trusts the certificates in `ca` has to say of a server that shows `shown`.
async fn verdict_on(shown: Arc<ServerConfig>, ca: Option<&tempfile::NamedTempFile>, tls: Tls) -> String {
    let options = match tls {
        Tls::Implicit => Options { implicit_tls: Some(shown), ..Options::default() },
        Tls::Required | Tls::None => Options { starttls: Some(shown), ..Options::default() },
    };
    let relay = Relay::start(options).await;
    let settings = Settings { tls, ca_file: ca.map(|ca| ca.path().to_owned()), ..settings(&relay) };
    let verdict =
        smtp::Relay::new(settings, Clock::System).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
    if let Verdict::Accepted { .. } = verdict {
        return "accepted".to_owned();
    }
    let stage = if tls == Tls::Implicit { "connect" } else { "starttls" };
    assert_eq!(summary(&verdict), format!("Deferred Unavailable at {stage}"));
    assert!(relay.mails().is_empty());
    detail(verdict)
}

#[tokio::test]
async fn a_self_signed_certificate_in_ca_file_is_trusted_and_its_dates_and_names_still_count() {
    let of_this_host = ["127.0.0.1", "localhost"];
    let past = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 3, 4);
    };
    let future = |params: &mut CertificateParams| params.not_before = date_time_ymd(2099, 5, 6);
    let no_authority = |params: &mut CertificateParams| params.is_ca = IsCa::NoCa;
    let table = [
        (SelfSigned::new(&of_this_host, |_| {}), "accepted"),
        (SelfSigned::new(&of_this_host, no_authority), "accepted"),
        (
            SelfSigned::new(&of_this_host, past),
            "the server's certificate expired on 2021-03-04: renew it on the server",
        ),
        (
            SelfSigned::new(&of_this_host, future),
            "the server's certificate is not valid before 2099-05-06: check the clocks of both machines",
        ),
        (
            SelfSigned::new(&["a.example", "b.example", "c.example", "d.example"], |_| {}),
            "the server's certificate is not valid for the configured host, only for a.example, b.example, c.example and \
             others: write a name in the configuration that the certificate is for",
        ),
        (
            SelfSigned::new(&[], |_| {}),
            "the server's certificate has no host name among its subject alternative names, and its common name does not count: make a certificate for the configured host",
        ),
    ];
    for (certificate, expected) in table {
        let ca = certificate.file();
        for tls in [Tls::Required, Tls::Implicit] {
            assert_eq!(verdict_on(certificate.server(), Some(&ca), tls).await, expected);
        }
    }
}

#[tokio::test]
async fn a_leaf_in_ca_file_is_trusted_without_its_issuer() {
    let (leaf, key) = Authority::new().pem("127.0.0.1");
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), &leaf).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let shown = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let shown = shown.with_no_client_auth().with_single_cert(chain, key).unwrap();
    assert_eq!(verdict_on(Arc::new(shown), Some(&ca), Tls::Required).await, "accepted");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    let (stranger, authority) = (Authority::new().file(), Authority::new());
    let own = || SelfSigned::new(&["127.0.0.1"], |_| {}).server();
    let add = "add its certificate, or its issuer's, to the file that `ca_file` names";
    let name = "if it is the right server, name its certificate, or its issuer's, as `ca_file`";
    for (shown, ca, expected) in [
        (authority.server("127.0.0.1"), Some(&stranger), format!("is from an unknown issuer: {add}")),
        (authority.server("127.0.0.1"), None, format!("is from an unknown issuer: {name}")),
        (own(), Some(&stranger), format!("is self-signed: {add}")),
        (own(), None, format!("is self-signed: {name}")),
    ] {
        let expected = format!("the server's certificate {expected}");
        assert_eq!(verdict_on(shown, ca, Tls::Required).await, expected);
    }
    let (named_otherwise, ca) = (authority.server("other.example"), authority.file());
    assert_eq!(
        verdict_on(named_otherwise, Some(&ca), Tls::Required).await,
        "the server's certificate is not valid for the configured host, only for other.example: write a name in the configuration that the certificate is for"
    );
}

#[tokio::test]
async fn the_wrong_way_of_tls_is_named() {
    let plain = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = plain.local_addr().unwrap().port();
    let any = Relay::start(Options::default()).await;
    let implicit = Settings { tls: Tls::Implicit, port, ..settings(&any) };
    let greeting = tokio::spawn(async move {
        let (mut tcp, _) = plain.accept().await.unwrap();
        tcp.write_all(b"220 hello\r\n").await.unwrap();
        // Until the client has read it and closes.
        let _ = tcp.read_to_end(&mut Vec::new()).await;
    });
    let verdict =
        smtp::Relay::new(implicit, Clock::System).unwrap().deliver(&hello(), PATIENT, &Late::unheard()).await;
    assert_eq!(summary(&verdict), "Deferred Unavailable at connect");
    assert!(
        detail(verdict).starts_with("the server does not speak TLS here: use smtp:// in place of smtps://")
    );
    greeting.await.unwrap();

    let shown = Some(Authority::new().server("127.0.0.1"));
    let secured = Relay::start(Options { implicit_tls: shown, ..Options::default() }).await;
    for tls in [Tls::None, Tls::Required] {
        let settings = Settings { tls, ..settings(&secured) };
        let verdict = smtp::Relay::new(settings, Clock::System)
            .unwrap()
            .deliver(&hello(), IMPATIENT, &Late::unheard())
            .await;
        assert_eq!(summary(&verdict), "Deferred Timeout at greeting");
        assert!(detail(verdict).contains("smtps:// in the url"));
    }
}

/// The first bytes of a server that is too old: an alert with `protocol_version` or `handshake_failure`.
#[tokio::test]
async fn a_server_that_is_too_old_is_told_from_one_that_breaks() {
    for (bytes, expected) in [
        (&[21, 3, 1, 0, 2, 2, 70][..], "the server does not support TLS 1.2 or later"),
        (&[21, 3, 1, 0, 2, 2, 40][..], "the server has no TLS cipher or key exchange in common"),
        (&[][..], "the TLS handshake failed: "),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut hello = [0; 5];
            tcp.read_exact(&mut hello).await.unwrap();
            let mut rest = vec![0; usize::from(u16::from_be_bytes([hello[3], hello[4]]))];
            tcp.read_exact(&mut rest).await.unwrap();
            tcp.write_all(bytes).await.unwrap();
        });
        let any = Relay::start(Options::default()).await;
        let settings = Settings { tls: Tls::Implicit, port, ..settings(&any) };
        let verdict = smtp::Relay::new(settings, Clock::System)
            .unwrap()
            .deliver(&hello(), PATIENT, &Late::unheard())
            .await;
        assert!(detail(verdict.clone()).starts_with(expected), "{verdict:?}");
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn credentials_that_are_refused_or_not_asked_for() {
    let credentials = Some(Credentials::Password("user".to_owned(), Secret::new("password")));
    for (auth, wanted) in [
        ("PLAIN", "535 5.7.8"),
        ("LOGIN", "535 5.7.8"),
        ("XOAUTH2", "the server offers neither AUTH PLAIN nor AUTH LOGIN"),
    ] {
        let relay = Relay::start(Options { auth, ..Options::default() }).await;
        relay.fail(Stage::Auth, Fault::reply("535 5.7.8 no"));
        let settings = Settings { credentials: credentials.clone(), ..settings(&relay) };
        let verdict = smtp::Relay::new(settings, Clock::System)
            .unwrap()
            .deliver(&hello(), PATIENT, &Late::unheard())
            .await;
        assert_eq!(summary(&verdict), "Deferred Credentials at auth");
        assert_eq!(detail(verdict), wanted);
    }
}
