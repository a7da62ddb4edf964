//! Nothing that the service says or keeps tells a code, link, subject, credential or whole address: a run at the most
//! verbose level, through every outcome, salted with canaries, and a search of every byte that came out.

mod faults;
mod salted;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use clerk_courier::delivery::http;
use clerk_courier::webhook::SigningSecrets;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::canary::Canaries;
use crate::support::courier::{Courier, now, program};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::twilio::{Act, Twilio};
use salted::{mail, of_user, salted, text, with};

const CODE: &str = "Zq7Xk93W";
const ADDRESS: &str = "vermeer.lodge@postbox-kestrel.example";
const NUMBER: &str = "+447700900461";
const SUBJECT: &str = "Marigold subject of 19 words";
const BODY: &str = "Ochre-coloured body with a heron";
const LINK: &str =
    "https://clerk.larkfield.example/v1/verify?token=tok3n.Egret-77&redirect_url=https%3A%2F%2Fegret.example";
const SIGNING_KEY: &[u8] = b"plover signing key 0001?>~";
const SMTP_USER: &str = "smtp-user-wigeon";
const SMTP_PASSWORD: &str = "dunlin+pass/word=9?";
const TWILIO_TOKEN: &str = "0dd5avocet4token77";
const USER: &str = "user_2Corncrake8Sedge";
const LANGUAGE: &str = "gsw-CH";
const LEDGER_KEY: &str = "gannet-ledger-key-42";

fn signing_secret() -> String {
    format!("whsec_{}", base64::prelude::BASE64_STANDARD.encode(SIGNING_KEY))
}

/// The whole, and the parts that would do for a reader. Their masks contain none of them.
fn canaries() -> Canaries {
    let secret = signing_secret();
    Canaries::new(&[
        ("code", CODE),
        ("address", ADDRESS),
        ("local part", "vermeer.lodge"),
        ("domain", "postbox-kestrel"),
        ("number", NUMBER),
        ("national number", "7700900461"),
        ("subject", SUBJECT),
        ("part of the subject", "Marigold subject"),
        ("body", BODY),
        ("part of the body", "Ochre-coloured"),
        ("link", LINK),
        ("token in the link", "tok3n.Egret-77"),
        ("signing secret", &secret),
        ("signing secret without its prefix", &secret[6..]),
        ("signing key", str::from_utf8(SIGNING_KEY).unwrap()),
        ("SMTP user", SMTP_USER),
        ("SMTP password", SMTP_PASSWORD),
        ("Twilio token", TWILIO_TOKEN),
        ("ledger key", LEDGER_KEY),
        ("user id", USER),
    ])
}

fn configuration(relay: &Relay, twilio: &Twilio) -> String {
    let (secret, port, url) = (signing_secret(), relay.port, twilio.url());
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n\
         [clerk]\nsigning_secrets = [\"{secret}\"]\n\
         [email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
         [email.by_slug.password_changed]\nsend = false\n\
         [email.by_slug.password_removed]\nallow_recipients = [\"*@acme.example\"]\n\
         [email.by_slug.passkey_added]\nredirect_to = \"{ADDRESS}\"\n\
         [email.by_slug.account_locked]\non_doubt = \"stop\"\n\
         [email.by_slug.passkey_removed]\nproviders = []\n\
         [sms]\nfrom = \"ACME\"\nproviders = [\"twilio\"]\n\
         [sms.by_slug.password_changed]\nredirect_to = \"{NUMBER}\"\n\
         [[sms.by_country]]\ncountries = [\"FR\"]\naction = \"block\"\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"\nusername = \"{SMTP_USER}\"\n\
         password = \"{SMTP_PASSWORD}\"\nattempt_timeout = \"2s\"\n\
         [providers.twilio]\ntype = \"twilio\"\naccount_sid = \"AC0123\"\nauth_token = \"{TWILIO_TOKEN}\"\n\
         base_url = \"{url}\"\n\
         [ledger]\nrecipient_key = \"{LEDGER_KEY}\"\n"
    )
}

/// Templates that pass their proof, and fail on the value itself where an event asks for it.
const TRAPS: [(&str, &str); 5] = [
    (
        "email/reset_password_code/body.html.hbs",
        "{{otp_code}}{{#if user.public_metadata.trap}}{{lookup user otp_code}}{{/if}}",
    ),
    (
        "email/invitation/subject.txt.hbs",
        "s{{#if user.public_metadata.trap}}{{lookup user action_url}}{{/if}}",
    ),
    ("email/invitation/body.html.hbs", "{{action_url}}"),
    ("email/invitation/body.txt.hbs", "{{action_url}}"),
    (
        "sms/reset_password_code.txt.hbs",
        "{{otp_code}}{{#if user.public_metadata.trap}}{{#each otp_code}}{{nothing}}{{/each}}{{lookup otp_code user}}{{/if}}",
    ),
];

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn directory(config: &str) -> Arc<TempDir> {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    put(dir.path(), "config.toml", config);
    dir
}

/// The service, its servers, and every byte that was answered.
struct Run {
    relay: Relay,
    twilio: Twilio,
    courier: Courier,
    client: reqwest::Client,
    answered: String,
    posts: usize,
}

impl Run {
    async fn start() -> Self {
        let relay = Relay::start(Options { auth: "PLAIN LOGIN", ..Options::default() }).await;
        let twilio = Twilio::start().await;
        let dir = directory(&configuration(&relay, &twilio));
        for (path, text) in TRAPS {
            put(dir.path(), &format!("templates/{path}"), text);
        }
        let courier = Courier::start_in(dir, |command| {
            command.args(["--log", "trace"]).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        });
        Self {
            relay,
            twilio,
            courier,
            client: http::client(crate::support::courier::PATIENCE).unwrap(),
            answered: String::new(),
            posts: 0,
        }
    }

    /// Keeps all that is answered; gives it as `503 failed unknown`.
    async fn send(&mut self, request: reqwest::RequestBuilder) -> String {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), format!("{:?}", response.headers()));
        let body = response.text().await.unwrap();
        for part in [status.as_str(), &headers, &body] {
            self.answered.push_str(part);
            self.answered.push('\n');
        }
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        let word = |name: &str| json[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", status.as_u16(), word("outcome"), word("reason"))
    }

    async fn post_raw(&mut self, headers: [(&str, &str); 3], body: Vec<u8>) -> String {
        let request = self.client.post(self.courier.url("/webhooks/clerk")).body(body);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        self.send(request).await
    }

    async fn post_bytes(&mut self, body: Vec<u8>) -> String {
        self.posts += 1;
        let (id, timestamp) = (format!("msg_{}", self.posts), now().as_secs().to_string());
        let signature =
            SigningSecrets::new([signing_secret().as_str()]).unwrap().sign(&id, &timestamp, &body);
        self.post_raw(
            [("svix-id", &id), ("svix-timestamp", &timestamp), ("svix-signature", &signature)],
            body,
        )
        .await
    }

    /// Every event must end as expected: or else the run would not have been where it is thought to have been.
    async fn expect(&mut self, expected: &str, event: &Value) {
        let line = self.post_bytes(event.to_string().into_bytes()).await;
        assert_eq!(line, expected, "{event}");
    }

    /// A command in the same directory; what it printed, stderr included.
    fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new(program())
            .args(arguments)
            .args(["--log", "trace"])
            .env("RUST_LOG", "trace")
            .current_dir(self.courier.dir.path())
            .output()
            .unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    /// Every byte in the service's directory but what its user wrote there.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(self.courier.dir.path()).unwrap().map(Result::unwrap);
        let kept =
            entries.filter(|entry| entry.file_name() != "config.toml" && entry.file_name() != "templates");
        kept.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect()
    }
}

#[tokio::test]
async fn no_byte_that_comes_out_tells_a_secret() {
    let mut run = Run::start().await;
    deliveries(&mut run).await;
    mail_servers_that_talk(&mut run).await;
    providers_that_talk(&mut run).await;
    events_that_are_not_delivered(&mut run).await;
    bodies_that_are_no_events(&mut run).await;
    requests_that_nobody_signed(&mut run).await;
    templates_that_fail(&mut run).await;

    let canaries = canaries();
    let sent: Vec<u8> = run.relay.mails().into_iter().flat_map(|mail| mail.body).collect();
    let found = canaries.find(&sent).join(", ");
    for expected in ["code as raw", "address as raw", "subject as raw", "token in the link as "] {
        assert!(found.contains(expected), "the mails do hold {expected}: {found}");
    }
    let metrics = run.courier.metrics().await;
    let files = run.files();
    let mut names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let database = "clerk-courier.db";
    assert_eq!(
        names,
        [database, &format!("{database}-shm"), &format!("{database}-wal"), &format!("{database}.lock")]
    );
    for (name, content) in &files {
        canaries.assert_absent(name, content);
    }
    // The faults of mail servers and APIs are among the steps, so the search below is one of them too.
    let steps = run.command(&["log", "--json", "--limit", "1000"]);
    for fault in ["\"stage\":\"rcpt\"", "\"fault\":\"550 5.1.1", "\"stage\":\"http\"", "\"fault\":\"HTTP "] {
        assert!(steps.contains(fault), "{fault}: {steps}");
    }
    canaries.assert_absent("log --json", steps);
    for arguments in [
        &["log"][..],
        &["log", "--json"],
        &["log", "--to", ADDRESS],
        &["log", "--to", NUMBER],
        &["log", "ema_code"],
        &["log", "ema_slow"],
        &["check"],
    ] {
        let said = run.command(arguments);
        assert!(said.lines().count() > 3, "{said}");
        canaries.assert_absent(&arguments[0..1].join(" "), said);
    }
    run.courier.terminate();
    assert!(run.courier.wait().success());
    run.courier.wait_for_line(|line| line.contains("stopped:"));
    for (name, content) in run.files() {
        canaries.assert_absent(&name, content);
    }
    canaries.assert_absent("the log", run.courier.output());
    canaries.assert_absent("the metrics", metrics);
    canaries.assert_absent("an answer", &run.answered);
}

async fn deliveries(run: &mut Run) {
    for event in [
        mail("ema_code"),
        salted("email.created.magic_link_sign_in", "ema_link"),
        salted("email.created.new_device_sign_in", "ema_clerks_own"),
        with(mail("ema_free"), "/data/slug", Value::Null),
        salted("email.created.passkey_added", "ema_redirected"),
        text("sms_code"),
        salted("sms.created.password_changed", "sms_redirected"),
    ] {
        run.expect("200 accepted -", &event).await;
        run.expect("200 duplicate -", &event).await;
    }
    run.relay.fail(Stage::Rcpt, Fault::Hang);
    let hung = run.relay.state().hung;
    let (event, secrets) = (mail("ema_slow").to_string(), signing_secret());
    let timestamp = now().as_secs().to_string();
    let signature =
        SigningSecrets::new([secrets.as_str()]).unwrap().sign("msg_slow", &timestamp, event.as_bytes());
    let request = run.client.post(run.courier.url("/webhooks/clerk")).body(event.clone());
    let request = [("svix-id", "msg_slow"), ("svix-timestamp", &timestamp), ("svix-signature", &signature)]
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let slow = tokio::spawn(request.send());
    run.relay.until(|state| state.hung > hung).await;
    run.expect("503 in_progress -", &serde_json::from_str(&event).unwrap()).await;
    // Nobody lets it go on: its time runs out.
    let slow = slow.await.unwrap().unwrap();
    assert_eq!(slow.status(), 503);
    run.answered += &slow.text().await.unwrap();
    run.relay.heal();
}

/// Mail servers quote the recipient, the user, the subject and what they hold of the message.
async fn mail_servers_that_talk(run: &mut Run) {
    let quote = format!("<{ADDRESS}> {SMTP_USER} {SMTP_PASSWORD} \"{SUBJECT}\" {CODE} {LINK}");
    let multi = format!("550-5.1.1 {quote}\r\n550 5.1.1 {quote}");
    for (number, (stage, reply, expected)) in [
        (Stage::Rcpt, format!("550 5.1.1 <{ADDRESS}> unknown"), "422 rejected recipient"),
        (Stage::Rcpt, multi, "422 rejected recipient"),
        (Stage::Rcpt, format!("550 {quote}"), "422 rejected recipient"),
        (Stage::Rcpt, format!("451 4.7.1 {quote}"), "503 failed provider_down"),
        (Stage::Rcpt, format!("550 5.7.1 {quote}"), "503 failed account"),
        (Stage::Mail, format!("553 5.7.1 {quote}"), "503 failed account"),
        (Stage::Body, format!("554 5.6.0 {quote}"), "422 rejected content"),
        (Stage::Body, format!("451 4.3.0 {quote}"), "503 failed provider_down"),
        (Stage::Body, format!("250 2.0.0 {quote} taken"), "200 accepted -"),
        (Stage::Body, format!("250 2.0.0 Ok: queued as {ADDRESS}"), "200 accepted -"),
        (Stage::Body, format!("250 2.0.0 Ok id={CODE}@{ADDRESS}"), "200 accepted -"),
        (Stage::Body, quote.clone(), "503 failed unknown"),
        (Stage::Greeting, format!("421 4.3.2 {quote}"), "503 failed throttled"),
        (Stage::Greeting, format!("554 5.7.1 {quote}"), "503 failed account"),
        (Stage::Ehlo, format!("550 5.7.1 {quote}"), "503 failed account"),
        (Stage::Auth, format!("535 5.7.8 {quote}"), "503 failed credentials"),
    ]
    .into_iter()
    .enumerate()
    {
        run.relay.close_idle("").await;
        run.relay.fail(stage, Fault::Reply(reply.clone()));
        let line = run.post_bytes(mail(&format!("ema_talk_{number}")).to_string().into()).await;
        assert_eq!(line, expected, "{stage:?}: {reply}");
        run.relay.heal();
    }
    run.relay.fail_times(Stage::Body, Fault::Drop, 1);
    run.expect("503 failed unknown", &mail("ema_dropped")).await;
    run.relay.fail_times(Stage::Body, Fault::Drop, 1);
    run.expect("422 in_doubt -", &salted("email.created.account_locked", "ema_doubt")).await;
}

async fn providers_that_talk(run: &mut Run) {
    let quote = format!("The 'To' number {NUMBER} is not valid: {CODE} {TWILIO_TOKEN} {BODY}");
    let body = |code: u32| json!({ "code": code, "message": quote, "more_info": quote }).to_string();
    for (number, (act, expected)) in [
        (Act::Answer(400, body(21211)), "422 rejected recipient"),
        (Act::Answer(400, body(21617)), "422 rejected content"),
        (Act::Answer(400, body(21408)), "422 rejected account"),
        (Act::Answer(401, body(20003)), "503 failed credentials"),
        // What may pass is tried again within the request.
        (Act::Answer(429, body(20429)), "200 accepted -"),
        (Act::Answer(500, format!("<html>{quote}")), "503 failed unknown"),
        (Act::Answer(504, quote.clone()), "503 failed unknown"),
        (Act::Answer(201, quote.clone()), "200 accepted -"),
        (Act::Answer(201, json!({ "sid": quote, "to": NUMBER }).to_string()), "200 accepted -"),
        (Act::Answer(201, json!({ "sid": "SM1", "to": NUMBER, "body": CODE }).to_string()), "200 accepted -"),
        (Act::Drop, "503 failed unknown"),
    ]
    .into_iter()
    .enumerate()
    {
        run.twilio.next(act.clone());
        let line = run.post_bytes(text(&format!("sms_talk_{number}")).to_string().into()).await;
        assert_eq!(line, expected, "{act:?}");
    }
}

async fn events_that_are_not_delivered(run: &mut Run) {
    let old = u64::try_from(now().as_millis()).unwrap() - 11 * 60 * 1000;
    let several = format!("{ADDRESS}, {ADDRESS}");
    let tagged = ADDRESS.replace('@', "+clerk_test@");
    for (expected, event) in [
        ("422 expired -", with(mail("ema_old"), "/timestamp", old)),
        ("422 expired -", with(text("sms_old"), "/timestamp", old)),
        ("422 rejected invalid_recipient", with(mail("ema_several"), "/data/to_email_address", several)),
        (
            "422 rejected invalid_recipient",
            with(text("sms_odd"), "/data/to_phone_number", format!("{NUMBER}{CODE}")),
        ),
        ("422 rejected invalid_recipient", with(text("sms_mail"), "/data/to_phone_number", ADDRESS)),
        ("422 rejected blocked_country", with(text("sms_fr"), "/data/to_phone_number", "+33612345678")),
        ("200 skipped test_recipient", with(mail("ema_test"), "/data/to_email_address", tagged)),
        ("200 skipped delivered_by_clerk", with(mail("ema_clerk"), "/data/delivered_by_clerk", true)),
        ("200 skipped nothing_to_send", with(mail("ema_nobody"), "/data/to_email_address", Value::Null)),
        ("200 skipped switched_off", salted("email.created.password_changed", "ema_off")),
        ("200 skipped not_allowed", salted("email.created.password_removed", "ema_other")),
        ("503 failed no_provider", salted("email.created.passkey_removed", "ema_no")),
        ("200 noted -", with(mail("ema_user"), "/type", "user.created")),
        ("200 noted -", of_user("user.created", LANGUAGE.into())),
        ("200 noted -", of_user("user.updated", Value::Null)),
        ("200 noted -", of_user("user.deleted", Value::Null)),
        ("200 noted -", of_user("user.updated", LANGUAGE.into())),
        ("200 accepted -", with(mail("ema_reader"), "/data/user_id", USER)),
        ("200 ignored -", with(mail("ema_type"), "/type", format!("{ADDRESS} {CODE}"))),
    ] {
        run.expect(expected, &event).await;
    }
}

async fn bodies_that_are_no_events(run: &mut Run) {
    let whole = mail("ema_bad").to_string();
    let secrets = json!({ CODE: ADDRESS, "link": [LINK, SUBJECT] });
    let mut bodies: Vec<String> = vec![
        whole[..whole.find(CODE).unwrap() + CODE.len()].to_owned(),
        format!("{whole}{CODE}"),
        whole.replace(CODE, &format!("{CODE}\\q")),
        format!("{CODE} {ADDRESS}"),
        json!(format!("{CODE} {ADDRESS}")).to_string(),
        json!([[CODE], ADDRESS]).to_string(),
        json!({ "type": secrets, "data": ADDRESS }).to_string(),
        json!({ "type": "email.created", "data": format!("{CODE} {ADDRESS}") }).to_string(),
        json!({ "type": "email.created", "data": { "id": secrets, "to_email_address": [ADDRESS] } })
            .to_string(),
    ];
    bodies.push(with(mail("ema_type"), "/data/to_email_address", secrets.clone()).to_string());
    for body in bodies {
        assert_eq!(run.post_bytes(body.clone().into()).await, "400 malformed -", "{body}");
    }
    // Wrong where it does not matter: the mail goes out.
    for field in ["slug", "from_email_name", "reply_to_email_name", "delivered_by_clerk", "data"] {
        let id = format!("ema_wrong_{field}");
        let body = with(mail(&id), &format!("/data/{field}"), secrets.clone()).to_string();
        assert_eq!(run.post_bytes(body.clone().into()).await, "200 accepted -", "{body}");
    }
    let binary = [whole.as_bytes(), b"\xff\xfe", CODE.as_bytes()].concat();
    assert_eq!(run.post_bytes(binary).await, "400 malformed -");
    let large = format!("{ADDRESS} {CODE} ").repeat(50_000).into_bytes();
    assert_eq!(run.post_bytes(large).await, "413 too_large -");
}

async fn requests_that_nobody_signed(run: &mut Run) {
    let body = || mail("ema_forged").to_string().into_bytes();
    let time = now().as_secs().to_string();
    let secret = signing_secret();
    let signature = format!("v1,{} v1,{CODE} {ADDRESS}", &secret[6..]);
    for (id, time, signature, expected) in [
        (ADDRESS, time.as_str(), signature.as_str(), "401 unauthorized -"),
        (CODE, NUMBER, signature.as_str(), "401 unauthorized -"),
        (CODE, "1", signature.as_str(), "401 unauthorized -"),
        (CODE, time.as_str(), "", "400 malformed -"),
    ] {
        let headers = [("svix-id", id), ("svix-timestamp", time), ("svix-signature", signature)];
        assert_eq!(run.post_raw(headers, body()).await, expected);
    }
    for path in ["/webhooks/clerk", "/healthz", "/readyz"] {
        let request = run.client.get(run.courier.url(&format!("{path}?code={CODE}&to={ADDRESS}")));
        assert_eq!(run.send(request).await, "200 - -");
    }
    let request = run.client.post(run.courier.url(&format!("/{CODE}/{ADDRESS}"))).header("x-secret", &secret);
    assert_eq!(run.send(request.body(body())).await, "404 - -");
    let request = run.client.request(reqwest::Method::PUT, run.courier.url("/webhooks/clerk"));
    assert_eq!(run.send(request.header("authorization", CODE).body(body())).await, "405 - -");
}

async fn templates_that_fail(run: &mut Run) {
    for name in
        ["email.created.reset_password_code", "email.created.invitation", "sms.created.reset_password_code"]
    {
        let event = with(salted(name, &format!("{name}.trap")), "/data/data/otp_code", CODE);
        let event = with(event, "/data/data/user", json!({ "public_metadata": { "trap": true } }));
        run.expect("200 accepted -", &event).await;
        let event =
            with(salted(name, &format!("{name}.typo")), "/data/data/app", format!("{CODE} {ADDRESS}"));
        run.expect("200 accepted -", &with(event, "/data/data/otp_code", json!([CODE]))).await;
    }
    run.courier
        .wait_for_line(|line| line.contains("a template failed") && line.contains("reset_password_code"));
    run.courier.wait_for_line(|line| line.contains("a template failed") && line.contains("invitation"));
}
