//! `check --connect`: each provider is reached and knows us, or what is wrong is said; nothing is ever sent.

use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::support::certificate::Authority;
use crate::support::command::{Ran, run};
use crate::support::courier::config;
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{Closed, Deaf, email, sms, smtp, twilio};
use crate::support::twilio::{Act, Twilio};

async fn connect(dir: &Path, rest: &str) -> Ran {
    std::fs::write(dir.join("config.toml"), config(rest)).unwrap();
    run(dir, &["check", "--connect"], &[]).await
}

/// What is said of a provider, without the time that it took.
fn told(ran: &Ran, name: &str) -> String {
    let mut lines = ran.stdout.lines();
    let line = lines.by_ref().find(|line| line.starts_with(&format!("connect   {name} "))).unwrap();
    let (before, after) = line.split_once(" ms  ").unwrap();
    let verdict = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let verdict = verdict.trim_start_matches("connect").trim_start().trim_start_matches(name).trim();
    let advice = lines.next().filter(|line| line.starts_with("          ")).unwrap_or_default();
    format!("{verdict}: {after} {}", advice.trim()).trim().to_owned()
}

fn logs_in(name: &str, relay: &Relay) -> String {
    smtp(name, relay.port) + "username = \"user\"\npassword = \"canary-password\"\n"
}

#[tokio::test]
async fn who_takes_messages_is_fine_and_gets_none() {
    let authority = Authority::new();
    let ca = authority.file();
    let starttls = Some(authority.server("127.0.0.1"));
    let size = Some(35_000_000);
    let relay =
        Relay::start(Options { auth: "PLAIN LOGIN", chunking: true, size, starttls, ..Options::default() })
            .await;
    let texts = Twilio::start().await;
    let dir = tempfile::tempdir().unwrap();
    let secured = logs_in("main", &relay)
        .replace(&format!("{}\"", relay.port), &format!("{}?tls=required\"", relay.port));
    let rest = [
        email(&["main", "files"]),
        sms(&["texts"]),
        secured,
        format!("ca_file = {:?}\n", ca.path()),
        twilio("texts", &texts.url()),
        "[providers.files]\ntype = \"outbox\"\n".to_owned(),
    ];
    texts.next(Act::Answer(200, r#"{"messages":[]}"#.to_owned()));
    let ran = connect(dir.path(), &rest.concat()).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert_eq!(told(&ran, "main"), "fine: STARTTLS, AUTH PLAIN, PIPELINING, CHUNKING, mails up to 35 MB");
    assert_eq!(told(&ran, "texts"), "fine: HTTP 200");
    assert_eq!(told(&ran, "files"), "fine: can be written");
    assert_eq!(relay.mails().len(), 0);
    assert_eq!(relay.state().commands.last().map(String::as_str), Some("QUIT"));
    let asked = texts.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "GET /2010-04-01/Accounts/AC1/Messages.json?PageSize=1");
    assert!(asked[0].authorization.starts_with("Basic "));
    let left: Vec<_> = std::fs::read_dir(dir.path().join("outbox")).unwrap().collect();
    assert_eq!(left.len(), 0, "{left:?}");
    assert!(!ran.output().contains("canary-password"), "{ran:#?}");
}

#[tokio::test]
async fn what_would_fail_later_is_said_now() {
    let (closed, deaf) = (Closed::new(), Deaf::new().await);
    let refuses = Relay::start(Options { auth: "PLAIN", ..Options::default() }).await;
    refuses.fail(Stage::Auth, Fault::reply("535 5.7.8 no such user canary-text"));
    let silent = Relay::start(Options::default()).await;
    silent.fail(Stage::Greeting, Fault::Hang);
    let plain = Relay::start(Options::default()).await;
    let [wrong, restricted, elsewhere] =
        [Twilio::start().await, Twilio::start().await, Twilio::start().await];
    wrong.next(Act::Answer(401, r#"{"code":20003,"message":"canary-text"}"#.to_owned()));
    restricted.next(Act::Answer(403, r#"{"code":20003}"#.to_owned()));
    elsewhere.next(Act::Redirect(wrong.url()));
    let rest = [
        smtp("closed", closed.port()),
        smtp("deaf", deaf.port()).replace("\"2s\"", "\"300ms\""),
        logs_in("refuses", &refuses),
        smtp("silent", silent.port),
        smtp("plain", plain.port)
            .replace(&format!("{}\"", plain.port), &format!("{}?tls=required\"", plain.port)),
        twilio("wrong", &wrong.url()),
        twilio("restricted", &restricted.url()),
        twilio("elsewhere", &elsewhere.url()),
        twilio("nobody", &format!("http://127.0.0.1:{}", closed.port())),
        "[providers.untold]\ntype = \"mailtrap\"\napi_token = \"t\"\n".to_owned(),
    ];
    let dir = tempfile::tempdir().unwrap();
    let ran = connect(dir.path(), &rest.concat()).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let credentials =
        "The provider refused the credentials. Check the user name, password or token in the configuration.";
    let host = "Check the host, the port and the kind of TLS, and whether a firewall blocks the connection.";
    for (name, expected) in [
        ("closed", format!("failed: connect: connection refused {host}")),
        ("refuses", format!("failed: auth: 535 5.7.8 {credentials}")),
        (
            "silent",
            "failed: greeting: timed out: if this port speaks TLS from the start, write smtps:// in the url \
             The server accepted the connection but did not answer in time. Check the port and the kind of TLS.".to_owned(),
        ),
        ("plain", format!(
                "failed: starttls: the server offers no STARTTLS: use smtps:// if its port takes TLS from the start, \
                 another port, or ?tls=none in a network of your own {host}"
            )),
        ("wrong", format!("failed: http: HTTP 401, code 20003 {credentials}")),
        ("nobody", format!("failed: connect: no connection {host}")),
    ] {
        assert_eq!(told(&ran, name), expected);
    }
    assert!(
        told(&ran, "deaf").starts_with(
            "failed: connect: timed out The port may be blocked: most hosting companies block 25"
        )
    );
    assert!(told(&ran, "elsewhere").starts_with("failed: http: HTTP 302, a redirect, which is not followed"));
    assert!(told(&ran, "restricted").starts_with("unknown: HTTP 403, code 20003, which may mean"));
    assert!(told(&ran, "untold").starts_with("unknown: its definition has no probe"));
    assert!(ran.stderr.contains("8 of 10 providers would not take messages"), "{ran:#?}");
    assert!(!ran.output().contains("canary"), "{ran:#?}");
    assert_eq!(wrong.asked().len(), 1, "a redirect is not followed");
}

#[tokio::test]
async fn a_wrong_path_and_a_log_in_that_needs_tls_are_told_as_what_they_are() {
    let lost = Twilio::start().await;
    lost.next(Act::Answer(404, "{}".to_owned()));
    let page = Twilio::start().await;
    page.next(Act::Answer(404, "<html>Not Found</html>".to_owned()));
    let authority = Authority::new();
    let starttls = Some(authority.server("127.0.0.1"));
    let clear = Relay::start(Options { starttls, ..Options::default() }).await;
    let dir = tempfile::tempdir().unwrap();
    let apis = twilio("lost", &lost.url()) + &twilio("page", &page.url());
    let ran = connect(dir.path(), &(apis + &logs_in("clear", &clear))).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    for name in ["lost", "page"] {
        let told = told(&ran, name);
        let hint =
            " The server has no such path. Check `base_url`, and whether the address belongs to this API.";
        assert!(told.starts_with("failed: http: HTTP 404") && told.ends_with(hint), "{told}");
    }
    let told = told(&ran, "clear");
    assert!(told.starts_with("failed: auth: the server offers neither AUTH PLAIN nor AUTH LOGIN"), "{told}");
    assert!(
        told.ends_with(
            "The server takes a log-in only over TLS, and this URL does not ask for it: add ?tls=required to it."
        ),
        "{told}"
    );
}

/// A web server with a logo that is fine at `/logo.png`, and one with each fault.
async fn logos() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let page = move |path: &str| -> Option<(&str, &str, Vec<u8>)> {
        let png = |size: usize| [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; size - 8]].concat();
        Some(match path {
            "/logo.png" => ("200 OK", "content-type: image/png", png(200_000)),
            "/moved" => ("302 Found", "location: /logo.png", Vec::new()),
            "/away" => ("301 Moved", "location: http://cdn.acme.example/logo.png", Vec::new()),
            "/circle" => ("302 Found", "location: /circle", Vec::new()),
            "/webp" => ("200 OK", "content-type: image/webp", b"RIFF....WEBP".to_vec()),
            "/plain" => ("200 OK", "content-type: text/plain", png(8)),
            "/large" => ("200 OK", "content-type: image/png", png(200_001)),
            "/slow" => return None,
            _ => ("404 Not Found", "content-type: text/html", Vec::new()),
        })
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                let Some((status, header, body)) = page(line.split(' ').nth(1).unwrap()) else {
                    return std::future::pending().await;
                };
                let head = format!("HTTP/1.1 {status}\r\n{header}\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_logo_that_readers_would_not_see_is_a_warning() {
    let (web, closed) = (logos().await, Closed::new());
    let variant = |name: &str, logo: &str, dark: &str| {
        format!(
            "[[variant]]\nname = \"{name}\"\nwhen = {{ \"org.slug\" = \"{name}\" }}\n\
             [variant.brand]\nlogo_url = \"{logo}\"\nlogo_dark_url = \"{dark}\"\n"
        )
    };
    let at = |path: &str| format!("{web}/{path}");
    let rest = [
        email(&["files"]),
        "[providers.files]\ntype = \"outbox\"\n".to_owned(),
        format!("[brand]\nlogo_url = {:?}\nlogo_dark_url = {:?}\n", at("logo.png"), at("moved")),
        variant("a", &at("away"), &at("circle")),
        variant("b", &at("webp"), &at("plain")),
        variant("c", &at("large"), &at("slow")),
        variant("d", &at("none?key=canary"), &format!("http://127.0.0.1:{}/", closed.port())),
        variant("same", &at("moved"), &at("logo.png")),
    ];
    let dir = tempfile::tempdir().unwrap();
    let ran = connect(dir.path(), &rest.concat()).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let form = "Mail clients show PNG, JPEG and GIF, which their server sends as image/…: make such a file of the logo, \
                twice as large as it is shown.";
    let itself = "Write the address of the image itself.";
    let expected = [
        ("logo_url", "fine: PNG, 200 kB".to_owned()),
        ("logo_dark_url", "fine: PNG, 200 kB".to_owned()),
        (
            "a logo_url",
            "warning: redirects to http Mail clients may refuse that: write an https address.".to_owned(),
        ),
        ("a logo_dark_url", format!("warning: redirects more than 5 times {itself}")),
        ("b logo_url", format!("warning: is not a PNG, JPEG or GIF, sent as image/webp {form}")),
        ("b logo_dark_url", format!("warning: is an image, sent as text/plain {form}")),
        (
            "c logo_url",
            "warning: is over 200 kB Phones load it late: make it smaller. It is shown 36 pixels high, so 72 are enough."
                .to_owned(),
        ),
        (
            "c logo_dark_url",
            "warning: did not come within 5 s Readers would wait too: see why its server is slow.".to_owned(),
        ),
        (
            "d logo_url",
            "warning: HTTP 404 Readers get the same answer in place of the logo: open its address in a private window."
                .to_owned(),
        ),
        (
            "d logo_dark_url",
            "warning: no connection Check the address. If this machine may not reach it, look whether readers can."
                .to_owned(),
        ),
    ];
    for (name, expected) in &expected {
        assert_eq!(&told(&ran, name), expected);
    }
    assert!(!ran.output().contains("canary") && !ran.stdout.contains("same logo"), "{ran:#?}");

    let ran = run(dir.path(), &["check", "--connect", "--json"], &[]).await;
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, found["logos"].as_array().unwrap().len()), (Some(0), expected.len()), "{found:#}");
    let logo =
        |detail: &str| found["logos"].as_array().unwrap().iter().find(|it| it["detail"] == detail).unwrap();
    let large = logo("is over 200 kB");
    assert_eq!(
        (&large["variant"], &large["key"], &large["result"]),
        (&"c".into(), &"logo_url".into(), &"warning".into())
    );
    let fine = logo("PNG, 200 kB");
    assert!(fine["variant"].is_null() && fine["advice"].is_null() && fine["result"] == "fine", "{fine}");
}

#[tokio::test]
async fn without_connect_nobody_is_asked() {
    let texts = Twilio::start().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&twilio("texts", &texts.url()))).unwrap();
    let printed = run(dir.path(), &["check"], &[]).await.ok();
    assert!(!printed.contains("connect "), "{printed}");
    assert_eq!(texts.asked(), []);
}
