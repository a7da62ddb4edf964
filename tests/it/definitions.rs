//! Providers that are nothing but a text: in the configuration, or in a file beside it.

use std::sync::Arc;

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::scene::{sms, text};
use crate::support::twilio::{Act, Twilio};

const DEFINITION: &str = r#"
carries = "sms"
path = "/send/{{account}}"
[headers]
Authorization = "Key {{key}}"
[settings]
account = { about = "the account" }
key = { about = "its key", secret = true }
[form]
msisdn = "{{digits}}"
message = "{{text}}"
ttl = "{{seconds_left}}"
[accepted]
when = { "/status" = "ok" }
receipt = "/id"
[errors]
code = "/reason"
recipient = ["dead"]
"#;

fn account(url: &str) -> String {
    format!("base_url = \"{url}\"\naccount = \"a/1\"\nkey = \"canary-key\"\nattempt_timeout = \"1s\"\n")
}

async fn delivers(courier: &Courier, server: &Twilio, id: &str) {
    server.next(Act::Answer(200, r#"{"status":"ok","id":77}"#.to_owned()));
    let answer = courier.post(&text(id)).await;
    assert_eq!((answer.line().as_str(), answer.text("provider_message_id")), ("200 accepted -", "77"));
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /send/a%2F1");
    assert_eq!(asked.authorization, "Key canary-key");
    assert_eq!(asked.field("msisdn"), Some("447700900123"));
    assert!(asked.field("message").unwrap().contains("418273") && asked.field("from").is_none());
}

#[tokio::test]
async fn one_in_the_configuration() {
    let server = Twilio::start().await;
    let definition = DEFINITION.replace("\n[", "\n[providers.mine.definition.");
    let rest = format!(
        "{}[providers.mine]\n{}[providers.mine.definition]{definition}",
        sms(&["mine"]),
        account(&server.url())
    );
    let courier = Courier::start(&config(&rest));
    delivers(&courier, &server, "sms_1").await;
    server.next(Act::Answer(200, r#"{"status":"no","reason":"dead","to":"+447700900123"}"#.to_owned()));
    assert_eq!(courier.post(&text("sms_2")).await.line(), "422 rejected recipient abort");
    server.next(Act::Answer(200, "<html>".to_owned()));
    assert_eq!(courier.post(&text("sms_3")).await.line(), "503 failed unknown");
    assert!(!courier.output().contains("canary-key") && !courier.output().contains("7700900123"));
}

#[tokio::test]
async fn one_in_a_file_of_its_own() {
    let server = Twilio::start().await;
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let rest = format!("{}[providers.mine]\ntype = \"regional\"\n{}", sms(&["mine"]), account(&server.url()));
    std::fs::write(dir.path().join("config.toml"), config(&rest)).unwrap();
    std::fs::create_dir(dir.path().join("providers")).unwrap();
    let file = dir.path().join("providers/regional.toml");
    std::fs::write(&file, DEFINITION.replace("{{digits}}", "{{digit}}")).unwrap();
    let ran = run(dir.path(), &["serve"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(
        ran.stderr.contains("providers/regional.toml:10:10: form.msisdn: `digit` is no variable"),
        "{ran:#?}"
    );
    std::fs::write(&file, DEFINITION).unwrap();
    let courier = Courier::start_in(dir, |_| {});
    delivers(&courier, &server, "sms_1").await;
}

#[tokio::test]
async fn what_is_built_in_is_listed_and_explained() {
    let dir = tempfile::tempdir().unwrap();
    let listed = run(dir.path(), &["providers"], &[]).await.ok();
    assert!(listed.contains("twilio ") && listed.contains("Programmable Messaging"), "{listed}");
    let needed = run(dir.path(), &["providers", "twilio"], &[]).await.ok();
    assert!(needed.contains("account_sid = \"${TWILIO_ACCOUNT_SID}\""), "{needed}");
    let config = format!(
        "[clerk]\nsigning_secrets = [\"whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG\"]\n{}{needed}",
        sms(&["twilio"])
    );
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    let set = [("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_AUTH_TOKEN", "t")];
    run(dir.path(), &["check"], &set).await.ok();
    let unknown = run(dir.path(), &["providers", "twillio"], &[]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("is \"twilio\" meant?"), "{unknown:#?}");
}
