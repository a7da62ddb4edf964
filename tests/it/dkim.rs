//! DKIM, judged by a verifier that is not ours: dkimpy reads the mails as a mail server received them, and finds the keys
//! in the DNS records that `check` prints. `./test.sh` installs it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::support::command::run;
use crate::support::courier::{Courier, config, fixture};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::server::python;

/// Both kinds of key for acme.example, none for other.example; the first server is asked first.
fn signing(relays: [&Relay; 2]) -> String {
    config(&format!(
        r#"
[email]
from = "Acme <login@acme.example>"
providers = ["first", "second"]
[email.by_slug.invitation]
from = "login@other.example"
[[dkim]]
domain = "acme.example"
selector = "courier1"
key = "${{file:rsa.pem}}"
[[dkim]]
domain = "acme.example"
selector = "courier2"
key = "${{file:ed25519.pem}}"
sign_message_id = true
[providers.first]
type = "smtp"
url = "smtp://127.0.0.1:{}"
[providers.second]
type = "smtp"
url = "smtp://127.0.0.1:{}"
"#,
        relays[0].port, relays[1].port
    ))
}

fn in_dir(config: &str) -> Arc<TempDir> {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("config.toml", config);
    write("rsa.pem", include_str!("../fixtures/dkim-rsa.pem"));
    write("ed25519.pem", include_str!("../fixtures/dkim-ed25519.pem"));
    Arc::new(dir)
}

/// The records that `check` prints, as a resolver gives them: a name, a tab, the strings in one.
fn records(checked: &str) -> String {
    let record = |line: &str| {
        let (name, text) = line.trim().split_once(". IN TXT ")?;
        Some(format!("{name}\t{}\n", text.replace("\" \"", "").trim_matches('"')))
    };
    checked.lines().filter_map(record).collect()
}

/// What dkimpy says of each mail, a line each: `good` or `bad` for each of its signatures.
fn verified(dir: &Path, records: &str, mails: &[Vec<u8>]) -> Vec<String> {
    std::fs::write(dir.join("records"), records).unwrap();
    let files = mails.iter().enumerate().map(|(index, mail)| {
        let file = dir.join(format!("{index}.eml"));
        std::fs::write(&file, mail).unwrap();
        file
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/verify.py");
    let output =
        Command::new(python("python")).arg(script).arg(dir.join("records")).args(files).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// `mail` with `old` replaced once.
fn changed(mail: &[u8], old: &str, new: &str) -> Vec<u8> {
    let text = std::str::from_utf8(mail).unwrap();
    assert!(text.contains(old), "{old:?} is not in {text}");
    text.replacen(old, new, 1).into_bytes()
}

#[tokio::test]
#[ignore = "needs dkimpy"]
async fn another_verifier_takes_both_signatures_however_the_mail_travels() {
    let chunked = Relay::start(Options { chunking: true, ..Options::default() }).await;
    let plain = Relay::start(Options { pipelining: false, ..Options::default() }).await;
    let dir = in_dir(&signing([&chunked, &plain]));
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let event = |id| fixture("email.created.verification_code", id);

    assert_eq!(courier.post(&event("ema_bdat")).await.line(), "200 accepted -");
    // The second is handed what the first did not take.
    chunked.fail(Stage::Body, Fault::reply("451 4.3.0 later"));
    assert_eq!(courier.post(&event("ema_data")).await.line(), "200 accepted -");
    assert!(chunked.state().commands.iter().any(|command| command.starts_with("BDAT")));
    assert!(plain.state().commands.iter().any(|command| command == "DATA"));

    let checked = run(dir.path(), &["check"], &[]).await.ok();
    let mails: Vec<_> = [&chunked, &plain].iter().flat_map(|relay| relay.mails()).map(|it| it.body).collect();
    assert_eq!(verified(dir.path(), &records(&checked), &mails), ["good good"; 2]);
    assert_eq!(verified(dir.path(), "", &mails), ["bad bad"; 2], "without records");
}

#[tokio::test]
#[ignore = "needs dkimpy"]
async fn what_is_signed_cannot_be_changed_and_white_space_can() {
    let relay = Relay::start(Options::default()).await;
    let dir = in_dir(&signing([&relay, &relay]));
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let event = fixture("email.created.verification_code", "ema_1");
    assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    let mail = relay.mails().remove(0).body;
    let checked = run(dir.path(), &["check"], &[]).await.ok();
    let code = event["data"]["data"]["otp_code"].as_str().unwrap();

    // RSA stands above Ed25519, which signs Message-ID too.
    let table = [
        ("Subject: ", "Subject:\r\n ", "good good"),
        ("\r\nTo: ", "\r\nto:  ", "good good"),
        ("X-Entity-Ref-ID: ema_1", "X-Entity-Ref-ID: ema_2", "good good"),
        ("\r\n\r\n--", " \r\n\r\n--", "good good"),
        ("Message-ID: <ema_1", "Message-ID: <ema_2", "good bad"),
        ("Subject: ", "Subject: Re: ", "bad bad"),
        ("From: Acme", "From: Acne", "bad bad"),
        ("From: Acme", "From: Evil <evil@acme.example>\r\nFrom: Acme", "bad bad"),
        ("Subject: ", "Subject: Win\r\nSubject: ", "bad bad"),
        ("Subject: ", "Reply-To: evil@evil.example\r\nSubject: ", "bad bad"),
        ("multipart/alternative", "multipart/mixed", "bad bad"),
        ("Date: ", "Date:  1", "bad bad"),
        ("--\r\n", "--\r\nmore\r\n", "bad bad"),
        ("c=relaxed/relaxed", "c=relaxed/simple", "bad good"),
    ];
    let mails: Vec<_> = table.iter().map(|(old, new, _)| changed(&mail, old, new)).collect();
    let expected = table.map(|(_, _, verdict)| verdict);
    assert_eq!(verified(dir.path(), &records(&checked), &mails), expected);

    let (header, body) = std::str::from_utf8(&mail).unwrap().split_once("\r\n\r\n").unwrap();
    let other_code = format!("{header}\r\n\r\n{}", body.replace(code, "000000"));
    assert_eq!(verified(dir.path(), &records(&checked), &[other_code.into_bytes()]), ["bad bad"]);
}

#[tokio::test]
async fn a_domain_without_a_key_goes_unsigned_and_check_says_so() {
    let relay = Relay::start(Options::default()).await;
    let dir = in_dir(&signing([&relay, &relay]));
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let reply = courier.post(&fixture("email.created.invitation", "ema_1")).await;
    assert_eq!(reply.line(), "200 accepted -");
    let mail = String::from_utf8(relay.mails().remove(0).body).unwrap();
    assert!(mail.starts_with("From: login@other.example\r\n"), "{mail}");

    let checked = run(dir.path(), &["check"], &[]).await.ok();
    let said: Vec<_> = checked.lines().filter(|line| line.contains(".example")).map(masked).collect();
    insta::assert_snapshot!(said.join("\n"));
}

/// The line without most of a public key.
fn masked(line: &str) -> String {
    match line.split_once("p=") {
        Some((before, key)) => format!("{before}p={}…", key.get(..12).unwrap()),
        None => line.to_owned(),
    }
}
