//! Several instances of Clerk and several brands in one process: nothing of one shows in another's messages.

mod workshop;

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clerk_courier::delivery::http;
use clerk_courier::webhook::SigningSecrets;
use serde_json::{Value, json};

use crate::support::clerk::{Clerk, KEY};
use crate::support::command::run;
use crate::support::courier::{Courier, PATIENCE, SECRET, config, now};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Read, code, smtp, text, to, twilio};
use crate::support::twilio::Twilio;

/// The variants: first ten instances, then ten organisations' brands. One more number stands for the messages of none.
const INSTANCES: usize = 10;
const VARIANTS: usize = 20;
/// How many mails and SMS each of them gets.
const MAILS: usize = 56;
const TEXTS: usize = 40;

/// The brand of a variant, or of the messages of none.
fn brand(at: usize) -> String {
    if at < VARIANTS { format!("Marque{at:02}") } else { "Basewerk".to_owned() }
}

fn domain(at: usize) -> String {
    format!("{}.example", brand(at).to_lowercase())
}

/// The secret of an instance, or of all others.
fn secret(at: usize) -> String {
    if at >= INSTANCES {
        return SECRET.to_owned();
    }
    format!("whsec_{}", STANDARD.encode([u8::try_from(at).unwrap() + 1; 24]))
}

/// How many SMS of a variant may leave. Those of the last instance and the last organisation count with all others.
fn limit(at: usize) -> Option<usize> {
    (at != INSTANCES - 1 && at != VARIANTS - 1).then_some(20 + at)
}

/// Who sends, with what looks.
fn looks(at: usize, table: &str) -> String {
    let (name, domain) = (brand(at), domain(at));
    let limits =
        limit(at).map(|limit| format!("[{table}sms.limits]\ntotal = \"{limit}/h\"\n")).unwrap_or_default();
    let redirect = if at == 3 { format!("redirect_to = \"team@{domain}\"\n") } else { String::new() };
    format!(
        "[{table}brand]\nname = \"{name}\"\nlogo_url = \"https://{domain}/logo.png\"\nurl = \"https://{domain}\"\n\
         support_email = \"help@{domain}\"\nfooter = \"{name} Ltd\"\n\
         [{table}email]\nfrom = \"{name} <login@{domain}>\"\nproviders = [\"main\"]\n{redirect}headers = {{ X-Brand = \"{name}\" }}\n\
         [{table}sms]\nfrom = \"{}\"\nproviders = [\"texts\"]\nwebotp_domain = \"{domain}\"\n{limits}",
        name.to_uppercase()
    )
}

/// A directory with a configuration of these variants. Some have words of their own.
fn dir_with(
    relay: &Relay,
    texts: &Twilio,
    variants: impl IntoIterator<Item = usize>,
) -> Arc<tempfile::TempDir> {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let mut rest = looks(VARIANTS, "") + &smtp("main", relay.port) + &twilio("texts", &texts.url());
    for at in variants {
        let when = if at < INSTANCES {
            format!("{{ instance = \"ins_{at:02}\" }}\nsigning_secrets = [\"{}\"]", secret(at))
        } else {
            format!("{{ user.public_metadata.tenant = \"tenant{at:02}\" }}")
        };
        let _ = writeln!(rest, "[[variant]]\nname = \"v{at:02}\"\nwhen = {when}\n{}", looks(at, "variant."));
        if has_words(at) {
            let _ = writeln!(rest, "[variant.templates]\ndir = \"words{at:02}\"");
            let folder = dir.path().join(format!("words{at:02}/email/verification_code"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(
                folder.join("subject.txt.hbs"),
                format!("Words of {}: {{{{otp_code}}}}", brand(at)),
            )
            .unwrap();
        }
    }
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    dir
}

fn has_words(at: usize) -> bool {
    at % 10 == 4
}

/// The secret key of an instance that has one of its own.
const OWN: &str = "sk_test_OfOneInstance0123456789";

/// Writes that key into the variant of an instance.
fn give_key(dir: &tempfile::TempDir, at: usize) {
    let file = dir.path().join("config.toml");
    let secrets = format!("signing_secrets = [\"{}\"]\n", secret(at));
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, written.replace(&secrets, &format!("{secrets}secret_key = \"{OWN}\"\n"))).unwrap();
}

/// The event belongs to a variant, or to none.
fn of(mut event: Value, at: usize) -> Value {
    event["instance_id"] = if at < INSTANCES { format!("ins_{at:02}").into() } else { "ins_base".into() };
    if (INSTANCES..VARIANTS).contains(&at) {
        event["data"]["data"]["user"] = json!({ "public_metadata": { "tenant": format!("tenant{at:02}") } });
    }
    event
}

fn mail_of(at: usize, number: usize) -> Value {
    of(to(code(&format!("ema_{at:02}_{number}")), &format!("reader{at:02}x{number}@mail.test")), at)
}

fn text_of(at: usize, number: usize) -> Value {
    of(to(text(&format!("sms_{at:02}_{number}")), &format!("+4474{at:02}{number:06}")), at)
}

/// Posts an event that is signed with a secret. Returns the status and the outcome.
async fn post(client: &reqwest::Client, courier: &Courier, secret: &str, event: &Value) -> (u16, Value) {
    let (body, timestamp) = (event.to_string(), now().as_secs().to_string());
    let id = format!("msg_{}", event["data"]["id"].as_str().unwrap_or_default());
    let signature = SigningSecrets::new([secret]).unwrap().sign(&id, &timestamp, body.as_bytes());
    let headers = [("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", signature)];
    let request = client.post(courier.url("/webhooks/clerk")).timeout(PATIENCE).body(body);
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

/// The messages of these variants, all mixed: the first of each, then the second of each, mails and SMS in between.
fn mixed(variants: &(impl Iterator<Item = usize> + Clone)) -> Vec<(usize, Value)> {
    let mut all = Vec::new();
    for number in 0..MAILS {
        for at in variants.clone() {
            all.push((at, mail_of(at, number)));
            all.extend((number < TEXTS).then(|| (at, text_of(at, number))));
        }
    }
    all
}

/// Posts all of them, some at a time, each signed as its instance signs. Returns each with its answer.
async fn post_all(
    client: &reqwest::Client,
    courier: &Arc<Courier>,
    all: &[(usize, Value)],
) -> Vec<(usize, Value, (u16, Value))> {
    let mut answers = Vec::new();
    for some in all.chunks(24) {
        let one = |(at, event): &(usize, Value)| {
            let (client, courier, at, event) = (client.clone(), Arc::clone(courier), *at, event.clone());
            tokio::spawn(async move {
                let answer = post(&client, &courier, &secret(at), &event).await;
                (at, event, answer)
            })
        };
        for posted in some.iter().map(one).collect::<Vec<_>>() {
            answers.push(posted.await.unwrap());
        }
    }
    answers
}

/// Runs a command beside the configuration. Returns its exit status, and everything that it printed.
async fn in_dir(dir: &tempfile::TempDir, arguments: &[&str]) -> (i32, String) {
    let ran = run(dir.path(), arguments, &[]).await;
    (ran.code.unwrap_or(-1), ran.output())
}

/// Whether anything of another variant is in these words, which are the own's.
fn assert_own(words: &str, at: usize) {
    let words = words.to_lowercase();
    assert!(words.contains(&brand(at).to_lowercase()), "{} is not in {words}", brand(at));
    for other in (0..=VARIANTS).filter(|other| *other != at) {
        assert!(
            !words.contains(&brand(other).to_lowercase()),
            "{} is in {}'s: {words}",
            brand(other),
            brand(at)
        );
    }
}

#[tokio::test]
async fn ten_instances_and_ten_brands_keep_to_themselves() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let courier = Arc::new(Courier::start_in(dir_with(&relay, &texts, 0..VARIANTS), |_| {}));
    let client = http::client(PATIENCE).unwrap();
    let all = mixed(&(0..=VARIANTS));
    assert!(all.len() >= 2_000, "{}", all.len());
    let answers = post_all(&client, &courier, &all).await;

    // Limits: each variant with its own counts apart, and the two others count with the messages of none.
    let mut left = [0; VARIANTS + 1];
    for (at, event, (status, answer)) in &answers {
        match (status, answer["reason"].as_str()) {
            (200, None) => left[*at] += usize::from(event["type"] == "sms.created"),
            (422, Some("limit")) => {}
            _ => panic!("{at}: {status} {answer}"),
        }
    }
    for at in (0..VARIANTS).filter(|at| limit(*at).is_some()) {
        assert_eq!(left[at], limit(at).unwrap().min(TEXTS), "{}", brand(at));
    }
    let shared = left[INSTANCES - 1] + left[VARIANTS - 1] + left[VARIANTS];
    assert_eq!(Some(shared), limit(VARIANTS), "three count together");

    let mails = relay.mails();
    assert_eq!(mails.len(), (VARIANTS + 1) * MAILS);
    for mail in &mails {
        let read = Read::new(mail);
        let at: usize = read.header("X-Entity-Ref-ID")[4..6].parse().unwrap();
        let (name, domain) = (brand(at), domain(at));
        assert_eq!(read.header("From").replace('"', ""), format!("{name} <login@{domain}>"));
        assert_eq!((&mail.from, read.header("X-Brand")), (&format!("login@{domain}"), name.clone()));
        let recipient = if at == 3 { "team@marque03.example" } else { &read.header("To") };
        assert_eq!(mail.to, recipient);
        assert_eq!(
            read.header("Subject").starts_with("Words of"),
            has_words(at),
            "{}",
            read.header("Subject")
        );
        assert!(read.html.contains(&format!("https://{domain}/logo.png")), "{name}");
        assert_own(&format!("{} {} {}", String::from_utf8_lossy(&mail.body), read.text, read.html), at);
        assert_own(&read.header("Subject"), at);
    }
    let asked = texts.asked();
    assert_eq!(asked.len(), left.iter().sum::<usize>());
    for asked in &asked {
        let number: usize = asked.field("To").unwrap()[5..7].parse().unwrap();
        assert_eq!(asked.field("From"), Some(brand(number).to_uppercase().as_str()));
        let body = asked.field("Body").unwrap();
        assert_own(body, number);
        assert!(body.lines().last().unwrap().starts_with(&format!("@{}", domain(number))), "{body}");
    }
    let line = courier.wait_for_line(|line| line.contains("\"ema_07_5\""));
    assert!(line.contains("\"delivery.variant\":\"v07\""), "{line}");
    let line = courier.wait_for_line(|line| line.contains("\"ema_20_5\""));
    assert!(!line.contains("delivery.variant"), "{line}");
}

#[tokio::test]
async fn nobody_signs_for_another_instance() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let courier = Courier::start_in(dir_with(&relay, &texts, 0..VARIANTS), |_| {});
    let client = http::client(PATIENCE).unwrap();
    let mut messages = Vec::new();
    let user = |id: &str, at| of(json!({ "type": "user.created", "data": { "id": id, "locale": "de" } }), at);
    for (signer, event) in [
        // By the secret of another instance, of the rest, and by an instance in the name of one that nobody knows.
        (1, mail_of(0, 0)),
        (VARIANTS, mail_of(0, 1)),
        (1, mail_of(VARIANTS, 2)),
        (2, mail_of(12, 3)),
        (2, text_of(3, 4)),
        // Not even what a user reads.
        (1, user("user_1", 0)),
        (VARIANTS, user("user_1", 0)),
        (1, of(json!({ "type": "session.created", "data": {} }), 0)),
    ] {
        let (status, answer) = post(&client, &courier, &secret(signer), &event).await;
        assert_eq!((status, &answer["outcome"]), (401, &json!("unauthorized")), "{event}");
        messages.push(answer["message"].to_string());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "all are told the same: {messages:?}");
    assert!(messages[0].contains("did not sign it"), "{messages:?}");
    assert!(relay.mails().is_empty() && texts.asked().is_empty());

    // The dashboard's example event is of an instance that nobody has, and says that Clerk delivers it.
    let mut example = mail_of(VARIANTS, 7);
    example["data"]["delivered_by_clerk"] = json!(true);
    let (status, answer) = post(&client, &courier, &secret(1), &example).await;
    assert_eq!((status, &answer["reason"]), (200, &json!("delivered_by_clerk")));
    assert!(relay.mails().is_empty());

    // The brand of an organisation does not reach into an instance of its own, which stands first.
    let mut both = mail_of(13, 5);
    both["instance_id"] = json!("ins_05");
    assert_eq!(post(&client, &courier, &secret(5), &both).await.0, 200);
    // An event that names no instance is its signer's.
    let mut silent = mail_of(6, 6);
    silent["instance_id"] = Value::Null;
    assert_eq!(post(&client, &courier, &secret(6), &silent).await.0, 200);
    let from: Vec<_> = relay.mails().iter().map(|mail| mail.from.clone()).collect();
    assert_eq!(from, ["login@marque05.example", "login@marque06.example"]);
}

#[tokio::test]
async fn each_instance_is_asked_for_languages_with_its_own_key() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let clerk = Clerk::start().await;
    // The same user in two instances, who reads another language in each.
    clerk.user("user_1", "it-IT");
    clerk.user_of(OWN, "user_1", "de-DE");
    let dir = dir_with(&relay, &texts, [1, 2, 12]);
    give_key(&dir, 1);
    let file = dir.path().join("config.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, written.replace("[clerk]\n", &format!("[clerk]\n{}", clerk.section()))).unwrap();
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let client = http::client(PATIENCE).unwrap();
    // The second instance has no key, and the brand is one of the rest.
    for (at, language, asked_with) in
        [(1, "de", Some(OWN)), (2, "en", None), (VARIANTS, "it", Some(KEY)), (12, "it", None)]
    {
        let mut event = mail_of(at, 0);
        event["data"]["user_id"] = json!("user_1");
        let before = clerk.asked().len();
        let (status, answer) = post(&client, &courier, &secret(at), &event).await;
        assert_eq!(
            (status, &answer["template"]),
            (200, &json!(format!("verification_code/{language}"))),
            "{at}"
        );
        let asked: Vec<_> = clerk.asked().split_off(before).into_iter().map(|it| it.authorization).collect();
        assert_eq!(
            asked,
            asked_with.map(|key| format!("Bearer {key}")).into_iter().collect::<Vec<_>>(),
            "{at}"
        );
    }
    assert!(!courier.output().contains(OWN), "{}", courier.output());

    // The doctor asks with the key of the variant's instance, and where it has none, nobody.
    for (name, asked_with) in [("v01", Some(OWN)), ("v02", None), ("v12", Some(KEY))] {
        let before = clerk.asked().len();
        let (_, printed) = in_dir(&dir, &["doctor", "--variant", name]).await;
        let mut asked: Vec<_> =
            clerk.asked().split_off(before).into_iter().map(|it| it.authorization).collect();
        asked.retain(|authorization| !authorization.is_empty());
        asked.dedup();
        assert_eq!(
            asked,
            asked_with.map(|key| format!("Bearer {key}")).into_iter().collect::<Vec<_>>(),
            "{printed}"
        );
        assert_eq!(
            printed.contains("Set `secret_key` in the [[variant]]"),
            asked_with.is_none(),
            "{printed}"
        );
    }
}

#[tokio::test]
async fn commands_choose_a_variant_by_its_name() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let dir = dir_with(&relay, &texts, 0..VARIANTS);
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let subject = ["render", "verification_code", "--part", "subject", "--variant"];
    let (status, printed) = in_dir(&dir, &[&subject[..], &["v14"]].concat()).await;
    assert!(status == 0 && printed.starts_with("Words of Marque14: "), "{printed}");
    let (status, printed) = in_dir(&dir, &[&subject[..], &["v5"]].concat()).await;
    assert!(status == 2 && printed.contains("no such variant; did you mean \"v05\"?"), "{printed}");

    let url = courier.url("/webhooks/clerk");
    for (name, from) in [("v07", "login@marque07.example"), ("v17", "login@marque17.example")] {
        let (status, printed) =
            in_dir(&dir, &["trigger", "verification_code", "--url", &url, "--variant", name]).await;
        assert!(status == 0 && printed.contains("HTTP 200 accepted"), "{printed}");
        assert_eq!(relay.mails().last().unwrap().from, from);
    }
    let (status, printed) =
        in_dir(&dir, &["send", "verification_code", "--to", "mira@mail.test", "--variant", "v12"]).await;
    assert_eq!(status, 0, "{printed}");
    assert_eq!(relay.mails().last().unwrap().from, "login@marque12.example");
    let (status, printed) = in_dir(&dir, &["doctor", "--url", &url, "--variant", "v07"]).await;
    assert!(status == 0 && printed.contains("Nothing loses messages."), "{printed}");
    let line = courier.wait_for_line(|line| line.contains("delivered_by_clerk"));
    assert!(line.contains("\"delivery.variant\":\"v07\""), "{line}");
    let (_, printed) = in_dir(&dir, &["doctor", "--variant", "nobody"]).await;
    assert!(printed.contains("--variant nobody: the configuration has no such variant"), "{printed}");
}

#[tokio::test]
async fn check_proves_each_variant() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let dir = dir_with(&relay, &texts, [3, 14, 17]);
    give_key(&dir, 3);
    let (status, printed) = in_dir(&dir, &["check"]).await;
    assert_eq!(status, 0, "{printed}");
    for wanted in [
        "variant   v03: when instance = \"ins_03\"; signed by its own secret",
        "\n  clerk     is asked for users' languages with a secret key of its own\n",
        "variant   v17: when user.public_metadata.tenant = \"tenant17\"",
        "all of it to team@marque03.example",
        "dkim      marque17.example (variant v17): not signed here",
    ] {
        assert!(printed.contains(wanted), "{wanted}: {printed}");
    }
    assert_eq!(printed.matches("proven    ").count(), 4);
    assert!(!printed.contains(OWN) && printed.matches("a secret key of its own").count() == 1, "{printed}");
    let (status, printed) = in_dir(&dir, &["check", "--json"]).await;
    let found: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(status, 0, "{printed}");
    let variant = &found["variants"][0];
    assert_eq!(variant["when"], json!({ "instance": "ins_03", "variables": {} }));
    assert_eq!(variant["email"]["redirect_to"], "team@marque03.example");
    assert_eq!((&variant["secrets"], &variant["counts_apart"]), (&json!(1), &json!(true)));
    let keys = found["variants"].as_array().unwrap().iter().map(|variant| variant["secret_key"] == true);
    assert!(keys.eq([true, false, false]) && !printed.contains(OWN), "{printed}");
    assert!(variant["templates"]["renderings"].as_u64().unwrap() > 500, "{variant}");
    let broken = dir.path().join("words14/email/verification_code/subject.txt.hbs");
    std::fs::write(&broken, "{{otp_cod}}").unwrap();
    let (status, printed) = in_dir(&dir, &["check", "--templates"]).await;
    assert!(
        status == 1 && printed.contains("words14/email/verification_code/subject.txt.hbs:1"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_reload_changes_the_words_of_each_variant() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let dir = dir_with(&relay, &texts, 0..VARIANTS);
    let courier = Courier::start_in(Arc::clone(&dir), |_| {});
    let client = http::client(PATIENCE).unwrap();
    let file = dir.path().join("config.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    // The variants in another order, one of them under another name: what runs keeps its own.
    let (head, variants) = written.split_at(written.find("[[variant]]").unwrap());
    let mut variants: Vec<_> =
        variants.split("[[variant]]").skip(1).map(|it| format!("[[variant]]{it}")).collect();
    variants.reverse();
    let changed = variants
        .concat()
        .replace("Marque12 Ltd", "Marque12 Inc")
        .replace("\"v13\"", "\"renamed\"")
        .replace("Marque13 Ltd", "Marque13 Inc");
    std::fs::write(&file, format!("{head}{changed}")).unwrap();
    courier.hang_up();
    courier.wait_for_line(|line| line.contains("\"reloaded:"));
    let line = courier.wait_for_line(|line| line.contains("need a restart"));
    assert!(line.contains("[[variant]]"), "{line}");
    for (at, footer) in [(11, "Marque11 Ltd"), (12, "Marque12 Inc"), (13, "Marque13 Ltd")] {
        assert_eq!(post(&client, &courier, SECRET, &mail_of(at, 0)).await.0, 200);
        let mail = relay.mails().pop().unwrap();
        let read = Read::new(&mail);
        assert!(read.text.contains(footer), "{}", read.text);
        assert_own(&read.text, at);
    }
}

#[tokio::test]
#[ignore = "prints how much memory variants take, for docs/MEASURED.md"]
async fn memory_of_twenty_variants_and_of_none() {
    let sizes = [0, VARIANTS].map(|count| async move {
        let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
        let dir = dir_with(&relay, &texts, 0..count);
        // Their templates are the same.
        let file = dir.path().join("config.toml");
        let is_kept = |line: &&str| *line != "[variant.templates]" && !line.starts_with("dir = ");
        let lines: Vec<_> =
            std::fs::read_to_string(&file).unwrap().lines().filter(is_kept).map(str::to_owned).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let courier = Arc::new(Courier::start_in(dir, |_| {}));
        let client = http::client(PATIENCE).unwrap();
        // As many messages, of one brand or of all.
        let mut all = mixed(&(0..count).chain([VARIANTS]));
        for round in 1.. {
            if all.len() >= 2_000 {
                break;
            }
            let more: Vec<_> =
                (0..MAILS).map(|number| (VARIANTS, mail_of(VARIANTS, round * MAILS + number))).collect();
            all.extend(more);
        }
        post_all(&client, &courier, &all).await;
        let status = std::fs::read_to_string(format!("/proc/{}/status", courier.pid())).unwrap();
        let resident = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        println!("{count} variants, {} messages: {resident}", all.len());
    });
    for size in sizes {
        size.await;
    }
}
