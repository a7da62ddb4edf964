//! The program configured by variables, and what a container or a service manager gives it: a port, secrets in files, a
//! `.env` file, directories that it may not write.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, SECRET, config, fixture};
use crate::support::relay::{Options, Relay};

const SIGNED: (&str, &str) = ("CLERK_WEBHOOK_SIGNING_SECRET", SECRET);
const FROM: (&str, &str) = ("EMAIL_FROM", "Acme <login@acme.example>");
const OUTBOX: &str =
    "[email]\nfrom = \"login@acme.example\"\nproviders = [\"files\"]\n[providers.files]\ntype = \"outbox\"\n";

fn empty() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn with(text: &str) -> TempDir {
    let dir = empty();
    std::fs::write(dir.path().join("config.toml"), text).unwrap();
    dir
}

async fn checked(dir: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    run(dir.path(), &[&["check"], arguments].concat(), variables).await
}

#[tokio::test]
async fn three_variables_and_no_file_deliver_a_mail() {
    let relay = Relay::start(Options::default()).await;
    let url = format!("smtp://127.0.0.1:{}", relay.port);
    let dir = Arc::new(empty());
    let courier = Courier::start_in(Arc::clone(&dir), |command| {
        command.envs([SIGNED, FROM, ("SMTP_URL", &url)]);
        // Only because tests run side by side.
        command.env("CLERK_COURIER__SERVER__LISTEN", "127.0.0.1:0");
        command.env("CLERK_COURIER__SERVER__ADMIN_LISTEN", "");
    });
    let reply = courier.post(&fixture("email.created.verification_code", "ema_by_variables")).await;
    assert_eq!(reply.line(), "200 accepted -");
    // The address of a running service is found by the same variables.
    let listen = courier.address().to_owned();
    let variables = [SIGNED, FROM, ("SMTP_URL", &url), ("CLERK_COURIER__SERVER__LISTEN", &listen)];
    let ran = run(dir.path(), &["trigger", "verification_code"], &variables).await;
    assert!(ran.clone().ok().contains("HTTP 200 accepted"), "{ran:#?}");
    let said = run(dir.path(), &["log"], &variables).await.ok();
    assert_eq!(said.matches("accepted").count(), 2, "{said}");
}

#[tokio::test]
async fn check_tells_where_a_value_comes_from_and_never_the_value() {
    let dir = with(&config(OUTBOX));
    let variables =
        [("CLERK_COURIER__EMAIL__FROM", "Canary <canary@acme.example>"), ("CLERK_COURIER__BRAND__NAME", "A")];
    let ran = checked(&dir, &[], &variables).await;
    assert!(!ran.output().contains("Canary"), "{ran:#?}");
    let said = ran.ok();
    assert!(said.contains("variable  brand.name: from CLERK_COURIER__BRAND__NAME\n"), "{said}");
    let line = "variable  email.from: from CLERK_COURIER__EMAIL__FROM, in place of line 8 of the file\n";
    assert!(said.contains(line), "{said}");
    let ran = checked(&dir, &[], &[("CLERK_COURIER__EMAIL__FORM", "canary")]).await;
    assert_eq!((ran.code, ran.output().contains("canary")), (Some(2), false), "{ran:#?}");
    assert!(ran.stderr.contains("did you mean \"CLERK_COURIER__EMAIL__FROM\"?"), "{ran:#?}");
}

#[tokio::test]
async fn one_object_tells_a_pipeline_everything() {
    let object =
        |ran: &Ran| serde_json::from_str::<Value>(&ran.stdout).unwrap_or_else(|_| panic!("{ran:#?}"));
    let dir = with(&config(OUTBOX));
    let ran = checked(&dir, &["--json", "--connect"], &[("CLERK_COURIER__BRAND__NAME", "A")]).await;
    let found = object(&ran);
    assert_eq!(
        (&found["ok"], &found["status"], ran.code),
        (&Value::Bool(true), &0.into(), Some(0)),
        "{ran:#?}"
    );
    assert_eq!(found["variables"][0]["variable"], "CLERK_COURIER__BRAND__NAME");
    assert_eq!(found["providers"][0]["type"], "outbox");
    assert_eq!(found["connect"][0]["result"], "fine");
    assert!(found["templates"]["renderings"].as_u64().unwrap() > 100, "{found:#}");
    assert_eq!(found["templates"]["failed"], Value::Array(Vec::new()));

    let wrong = with("[clerk]\nsigning_secrets = []\n[brnd]\n");
    let ran = checked(&wrong, &["--json"], &[]).await;
    let found = object(&ran);
    assert_eq!((&found["status"], ran.code), (&2.into(), Some(2)), "{ran:#?}");
    assert_eq!((&found["mistakes"][1]["key"], &found["mistakes"][1]["line"]), (&"brnd".into(), &3.into()));

    // The templates alone need neither a secret nor a file.
    let dir = empty();
    let said = checked(&dir, &["--templates"], &[]).await.ok();
    assert!(said.contains("proven    "), "{said}");
    std::fs::create_dir_all(dir.path().join("templates/sms")).unwrap();
    std::fs::write(dir.path().join("templates/sms/verification_code.txt.hbs"), "{{otp_cod}}").unwrap();
    let ran = checked(&dir, &["--templates", "--json"], &[]).await;
    let found = object(&ran);
    assert_eq!((&found["status"], ran.code), (&1.into(), Some(1)), "{ran:#?}");
    assert!(
        found["mistakes"][0]["file"].as_str().unwrap().ends_with("verification_code.txt.hbs"),
        "{found:#}"
    );
}

#[tokio::test]
async fn what_is_allowed_and_most_likely_not_meant_is_a_warning() {
    let dir = with(&config(&format!(
        "{OUTBOX}[sms.by_slug.magic_link_sign_in]\nsend = false\n[providers.a]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:465\"\n\
         [providers.b]\ntype = \"smtp\"\nurl = \"smtps://127.0.0.1:587\"\nusername = \"u\"\npassword = \"${{file:word}}\"\n"
    )));
    let word = dir.path().join("word");
    std::fs::write(&word, "canary\n").unwrap();
    std::fs::set_permissions(&word, Permissions::from_mode(0o644)).unwrap();
    let ran = checked(&dir, &[], &[("PORT", "3000")]).await;
    assert!(!ran.output().contains("canary"), "{ran:#?}");
    let said = ran.ok();
    for warning in [
        "warning   sms.by_slug.magic_link_sign_in: Clerk sends this as email and never as SMS",
        "warning   providers.a.url: servers at port 465 expect TLS from the first byte",
        "warning   providers.b.url: servers at port 587 expect STARTTLS",
        "warning   providers.b.password: everybody on this machine may read word: `chmod o-r word`",
        "warning   server.listen: PORT is 3000, and is not used",
    ] {
        assert!(said.contains(warning), "{warning}: {said}");
    }
}

#[tokio::test]
async fn a_credential_of_systemd_is_read_and_a_missing_one_is_named() {
    let text = config(OUTBOX).replace(SECRET, "${credential:clerk}");
    let (dir, credentials) = (with(&text), empty());
    std::fs::write(credentials.path().join("clerk"), format!("{SECRET}\n")).unwrap();
    let named = credentials.path().display().to_string();
    checked(&dir, &[], &[("CREDENTIALS_DIRECTORY", &named)]).await.ok();
    let ran = checked(&dir, &[], &[]).await;
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("LoadCredential=clerk:"), "{ran:#?}");
}

#[tokio::test]
async fn a_log_without_a_ledger_says_that_nothing_was_recorded() {
    let dir = with(&config(OUTBOX));
    for arguments in [&["log"][..], &["log", "--json", "--to", "ann@acme.example"]] {
        let ran = run(dir.path(), arguments, &[]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:#?}");
        assert!(
            ran.stderr.contains("nothing was recorded yet: there is no ledger at clerk-courier.db"),
            "{ran:#?}"
        );
    }
}
