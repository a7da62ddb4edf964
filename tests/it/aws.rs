//! Signatures for AWS, judged by a server that is not ours: moto verifies them, and what a key may do. `./test.sh`
//! installs it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::command::run;
use crate::support::courier::{Courier, config, get};
use crate::support::scene::{code, text, with_slug};
use crate::support::server::{Server, python};

/// moto, and two accounts that may send: a user's key, and temporary credentials of a role.
async fn moto() -> (Server, String, Value) {
    let mut command = Command::new(python("moto_server"));
    // So many requests make the accounts; from then on each has to be signed.
    command.args(["-H", "127.0.0.1", "-p", "0"]).env("INITIAL_NO_AUTH_ACTION_COUNT", "7");
    let server = Server::start(&mut command);
    let url = server
        .printed(|output| {
            let (_, rest) = output.split_once("Running on ")?;
            rest.split_once('\n').map(|(url, _)| url.trim().to_owned())
        })
        .await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/accounts.py");
    let mut command = Command::new(python("python"));
    command.arg(script).arg(&url);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    (server, url, serde_json::from_slice(&output.stdout).unwrap())
}

/// `[providers.NAME]` with an account's credentials.
fn provider(name: &str, kind: &str, url: &str, account: &Value) -> String {
    let mut table = format!(
        "[providers.{name}]\ntype = \"{kind}\"\nbase_url = \"{url}\"\nregion = \"eu-west-1\"\nattempt_timeout = \"10s\"\n"
    );
    for (key, value) in account.as_object().unwrap() {
        let _ = writeln!(table, "{key} = {value}");
    }
    table
}

#[tokio::test]
#[ignore = "needs moto"]
async fn moto_takes_what_is_signed_right_and_nothing_else() {
    let (_moto, url, accounts) = moto().await;
    let (user, role) = (&accounts["user"], &accounts["role"]);
    let with = |key: &str, value: &str| {
        let mut account = user.clone();
        account[key] = value.into();
        account
    };
    let (wrong, unknown) =
        (with("secret_access_key", "canary"), with("access_key_id", "AKIAIOSFODNN7EXAMPLE"));
    let mut rest = "[email]\nfrom = \"Acme <login@acme.example>\"\n[sms]\nfrom = \"ACME\"\n".to_owned();
    let rows = [
        ("user", user, "200 accepted -"),
        ("role", role, "200 accepted -"),
        ("wrong", &wrong, "503 failed credentials"),
        ("unknown", &unknown, "503 failed credentials"),
    ];
    for (name, account, _) in rows {
        let _ = write!(
            rest,
            "[email.by_slug.{name}]\nproviders = [\"{name}_ses\"]\n[sms.by_slug.{name}]\nproviders = [\"{name}_sns\"]\n"
        );
        rest += &provider(&format!("{name}_ses"), "aws_ses", &url, account);
        rest += &provider(&format!("{name}_sns"), "aws_sns", &url, account);
    }
    let courier = Courier::start(&config(&rest));
    let mut receipts = Vec::new();
    for (name, _, expected) in rows {
        for event in [code(&format!("ema_{name}")), text(&format!("sms_{name}"))] {
            let reply = courier.post(&with_slug(event, name)).await;
            assert_eq!(reply.line(), expected, "{name}: {}", reply.json);
            receipts.extend(reply.json["provider_message_id"].as_str().map(str::to_owned));
        }
    }
    assert_eq!(receipts.len(), 4);
    let state: Value = serde_json::from_str(&get(&format!("{url}/moto-api/data.json")).await.1).unwrap();
    let texts = state["sns"]["SMS"].as_array().unwrap();
    assert_eq!(texts.len(), 2);
    for (text, receipt) in texts.iter().zip([&receipts[1], &receipts[3]]) {
        assert_eq!(
            (&text["phone_number"], &text["message_id"]),
            (&"+447700900123".into(), &receipt.as_str().into())
        );
        assert!(text["message"].as_str().unwrap().contains("418273"), "{text}");
    }
    assert!(
        !courier.output().contains("canary")
            && !courier.output().contains(role["session_token"].as_str().unwrap())
    );

    // Keys that may only send: known, and not allowed to ask for more.
    let ran = run(courier.dir.path(), &["check", "--connect"], &[]).await;
    let told =
        |name: &str| ran.stdout.lines().find(|line| line.starts_with(&format!("connect   {name} "))).unwrap();
    assert!(told("user_sns").contains("unknown ") && told("role_sns").contains("unknown "), "{ran:#?}");
    assert!(told("wrong_sns").contains("HTTP 403, code SignatureDoesNotMatch"), "{ran:#?}");
    assert!(told("unknown_sns").contains("HTTP 403, code InvalidClientTokenId"), "{ran:#?}");
}
