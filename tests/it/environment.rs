//! The program configured by variables, and what a container or a service manager gives it: a port, secrets in files, a
//! `.env` file, directories that it may not write.

use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, PATIENCE, SECRET, config, fixture, get, program};
use crate::support::relay::{Options, Relay};
use crate::support::server::free_port;

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
async fn the_port_that_a_platform_chooses_is_the_one_that_is_listened_at() {
    let port = free_port().await.to_string();
    let variables = [SIGNED, FROM, ("SMTP_URL", "smtp://127.0.0.1:1"), ("PORT", &port)];
    let dir = Arc::new(empty());
    let courier = Courier::start_in(Arc::clone(&dir), |command| {
        command.env_clear().envs(variables).env("CLERK_COURIER__SERVER__ADMIN_LISTEN", "");
    });
    // On all addresses, since the platform's proxy is on another machine.
    assert_eq!(courier.address(), format!("0.0.0.0:{port}"));
    assert_eq!(get(&format!("http://127.0.0.1:{port}/readyz")).await, (200, "ready\n".to_owned()));
    // Whoever asks in the same container knows the port by the same variable.
    assert_eq!(run(dir.path(), &["health"], &variables).await.ok(), "alive\n");
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

/// Runs the program in `dir` as a user who is not root, since root may do everything.
async fn run_as_nobody(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(program());
    let is_root = dir.metadata().unwrap().uid() == 0;
    let copy = empty();
    if is_root {
        // The directory of the build may be one that only root looks into.
        let file = copy.path().join("clerk-courier");
        std::fs::copy(program(), &file).unwrap();
        std::fs::set_permissions(copy.path(), Permissions::from_mode(0o755)).unwrap();
        command = Command::new(file);
        command.uid(65_532).gid(65_532);
    }
    command.args(arguments).current_dir(dir).env_clear().envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[tokio::test]
async fn a_ledger_whose_directory_this_user_may_not_use_stops_the_start_in_words() {
    let dir = empty();
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let kept = dir.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let url = format!("sqlite://{}", kept.join("ledger.db").display());
    let variables =
        [SIGNED, FROM, ("SMTP_URL", "smtp://127.0.0.1:1"), ("CLERK_COURIER__LEDGER__URL", url.as_str())];
    // It may be looked into and not written, and then not even looked into.
    for mode in [0o555, 0o000] {
        std::fs::set_permissions(&kept, Permissions::from_mode(mode)).unwrap();
        for command in ["serve", "check"] {
            let ran = run_as_nobody(dir.path(), &[command], &variables).await;
            assert_eq!(ran.code, Some(2), "{mode:o}: {ran:#?}");
            let words = "kept/ledger.db can't be read and written by this user: give the file and its directory to the user";
            assert!(ran.stderr.contains(words), "{mode:o}: {ran:#?}");
        }
    }
    // Nobody knows whether there is a ledger, so nobody is told that there is none.
    let ran = run_as_nobody(dir.path(), &["log"], &variables).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:#?}");
    assert!(ran.stderr.contains("kept/ledger.db: run this as the user that the service runs as"), "{ran:#?}");
    std::fs::set_permissions(&kept, Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_bundle_of_certificates_that_is_missing_or_holds_none_is_named_at_the_start() {
    let dir = empty();
    std::fs::write(dir.path().join("none.pem"), "no certificate\n").unwrap();
    let absent = "providers.smtp: ca_file absent.pem: ";
    let none =
        "providers.smtp: ca_file none.pem: the file contains no certificate: put one into it in PEM form";
    for (file, words) in [("absent.pem", absent), ("none.pem", none)] {
        for command in ["serve", "check"] {
            let url = ("SMTP_URL", "smtp://127.0.0.1:1?tls=required");
            let variables = [SIGNED, FROM, url, ("CLERK_COURIER__PROVIDERS__SMTP__CA_FILE", file)];
            let ran = run(dir.path(), &[command], &variables).await;
            assert_eq!(ran.code, Some(2), "{ran:#?}");
            assert!(ran.stderr.contains(words) && !ran.stdout.contains("fine"), "{ran:#?}");
        }
    }
    // Without TLS nobody reads the file, which is worth knowing.
    let variables = [
        SIGNED,
        FROM,
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("CLERK_COURIER__PROVIDERS__SMTP__CA_FILE", "absent.pem"),
    ];
    let said = checked(&dir, &[], &variables).await.ok();
    assert!(said.contains("warning   providers.smtp.ca_file: is not read, because"), "{said}");
}

#[tokio::test]
async fn what_a_full_disk_did_not_take_of_stdout_is_an_error() {
    let dir = empty();
    for arguments in [
        &["render", "verification_code"][..],
        &["render", "verification_code", "--part", "eml"],
        &["providers"],
        &["completions", "bash"],
        &["check", "--templates", "--json"],
    ] {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(dir.path()).env_clear();
        command.stdout(File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("stdout did not take everything that was printed: No space left"), "{said}");
    }
    // A reader that has seen enough is no error.
    let mut shell = Command::new("sh");
    shell.args(["-c", "{ \"$0\" render verification_code; echo $? >&2; } | true"]).arg(program());
    let output = shell.current_dir(dir.path()).env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
}

#[tokio::test]
async fn a_log_that_nobody_can_write_costs_no_code() {
    let relay = Relay::start(Options::default()).await;
    let port = free_port().await;
    let (url, listen) = (format!("smtp://127.0.0.1:{}", relay.port), format!("127.0.0.1:{port}"));
    let variables = [SIGNED, FROM, ("SMTP_URL", &url), ("CLERK_COURIER__SERVER__LISTEN", &listen)];
    let dir = empty();
    let mut command = Command::new(program());
    command.arg("serve").current_dir(dir.path()).env_clear().envs(variables);
    command.env("CLERK_COURIER__SERVER__ADMIN_LISTEN", "");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut child = command.stdout(full).stderr(Stdio::null()).spawn().unwrap();
    crate::support::server::listening(port).await;
    for _ in 0..3 {
        let ran = run(dir.path(), &["trigger", "verification_code"], &variables).await;
        assert!(ran.ok().contains("HTTP 200 accepted"));
    }
    assert_eq!(relay.mails().len(), 3);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A database that takes connections and says nothing keeps the start waiting, so that the signal surely comes first.
#[tokio::test]
async fn sigterm_before_it_listens_ends_it_with_0() {
    let database = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u:p@{}/x?sslmode=disable", database.local_addr().unwrap());
    let dir = empty();
    let mut command = Command::new(program());
    command.arg("serve").current_dir(dir.path()).env_clear().envs([
        SIGNED,
        FROM,
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("CLERK_COURIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CLERK_COURIER__SERVER__ADMIN_LISTEN", ""),
        ("CLERK_COURIER__LEDGER__URL", &url),
        ("CLERK_COURIER__LEDGER__RECIPIENT_KEY", "bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxlIGtleSE="),
    ]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _asked = database.accept().await.unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let begun = Instant::now();
    let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
    // Well within what engines give a container.
    assert!(begun.elapsed() < PATIENCE / 6, "{:?}", begun.elapsed());
}

/// As a container with `read_only` has it: nothing may be written anywhere, and the ledger has its place or has none.
#[tokio::test]
#[ignore = "needs root and unshare"]
async fn a_read_only_root_is_enough_if_the_ledger_has_a_place() {
    let relay = Relay::start(Options::default()).await;
    let port = free_port().await;
    let (url, listen) = (format!("smtp://127.0.0.1:{}", relay.port), format!("127.0.0.1:{port}"));
    let dir = empty();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    let ledger = format!("sqlite://{}", dir.path().join("data/ledger.db").display());
    let serve = |ledger: &str| {
        // The directory for temporary files may be a file system of its own.
        let script = "mount -o remount,bind,ro / && mount --bind . . && mount -o remount,bind,ro . && \
                      mount -t tmpfs none \"$1\" && cd \"$PWD\" && exec \"$0\" serve";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(program()).arg(dir.path().join("data"));
        command.current_dir(dir.path()).env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        command.envs([SIGNED, FROM, ("SMTP_URL", &url), ("CLERK_COURIER__SERVER__LISTEN", &listen)]);
        command.env("CLERK_COURIER__SERVER__ADMIN_LISTEN", "").env("CLERK_COURIER__LEDGER__URL", ledger);
        command
    };
    let output = serve("sqlite://ledger.db").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("ledger.db can't be read and written by this user"), "{said}");

    let mut child = serve(&ledger).stdout(Stdio::null()).spawn().unwrap();
    crate::support::server::listening(port).await;
    let variables = [SIGNED, ("CLERK_COURIER__SERVER__LISTEN", listen.as_str())];
    let ran = run(dir.path(), &["trigger", "verification_code"], &variables).await;
    assert!(ran.ok().contains("HTTP 200 accepted"));
    assert_eq!(relay.mails().len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}
