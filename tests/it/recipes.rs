//! The recipes of `docs/TESTING.md`, run as they stand there, and what they stand on: `GET /outbox/next`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::courier::{get, program};
use crate::support::playground::Playground;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first block of code in this language below a heading of the page.
fn recipe(heading: &str, language: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/TESTING.md")).unwrap();
    let (_, part) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    let (_, code) = part.split_once(&format!("```{language}\n")).expect(language);
    code.split_once("```").unwrap().0.to_owned()
}

/// The app that the recipes sign in to; gone when dropped.
struct App {
    child: Child,
    address: String,
}

impl App {
    /// Its messages go to this playground.
    fn that_signs_in(playground: &Playground) -> Self {
        let mut child = Command::new("node")
            .arg(root().join("tests/recipes/app.mjs"))
            .arg(program())
            .args([&playground.receiver, &playground.secret])
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js, which ./test.sh installs");
        let port = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { child, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program prints, if it ends well.
fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", printed.join("\n"));
    printed.join("\n")
}

/// Where packages of npm are.
fn packages() -> PathBuf {
    let packages = root().join("target/mail");
    assert!(packages.join("node_modules/@playwright").is_dir(), "run ./test.sh, which installs Playwright");
    packages
}

#[tokio::test]
#[ignore = "needs Chromium and Node.js"]
async fn the_recipe_for_playwright_signs_in() {
    let playground = Playground::start(&[]);
    let app = App::that_signs_in(&playground);
    // Beside its packages, by whose place Node.js finds them.
    let dir = tempfile::tempdir_in(packages()).unwrap();
    std::fs::write(dir.path().join("sign-in.spec.ts"), recipe("Playwright", "ts")).unwrap();
    let chromium = ran(Command::new("sh").args(["-c", "command -v chromium"]));
    let config = format!(
        "export default {{ testDir: '.', reporter: 'line', timeout: 60000, use: {{ baseURL: '{}', launchOptions: {{ \
         executablePath: '{}', args: ['--no-sandbox', '--disable-dev-shm-usage'] }} }} }};",
        app.address,
        chromium.trim()
    );
    let file = dir.path().join("playwright.config.mjs");
    std::fs::write(&file, config).unwrap();
    let printed = ran(Command::new("node")
        .arg(packages().join("node_modules/@playwright/test/cli.js"))
        .args(["test", "--config"])
        .arg(&file)
        .env("WORKSHOP", &playground.workshop)
        .current_dir(dir.path()));
    assert!(printed.contains("1 passed"), "{printed}");
}

#[tokio::test]
#[ignore = "needs Node.js"]
async fn the_recipe_for_cypress_signs_in() {
    let playground = Playground::start(&[]);
    let app = App::that_signs_in(&playground);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sign-in.cy.js");
    std::fs::write(&file, recipe("Cypress", "js")).unwrap();
    let printed = ran(Command::new("node")
        .arg(root().join("tests/recipes/cypress.mjs"))
        .args([file.to_str().unwrap(), &app.address])
        .env("WORKSHOP", &playground.workshop));
    assert!(printed.contains("passed: takes the code of the message"), "{printed}");
}

/// What `/outbox/next` answers: its status, and its JSON.
async fn next(playground: &Playground, query: &str) -> (u16, Value) {
    let (status, body) = get(&format!("{}/outbox/next?{query}", playground.workshop)).await;
    (status, serde_json::from_str(&body).expect(&body))
}

#[tokio::test]
async fn a_test_waits_for_the_next_message() {
    let playground = Playground::start(&[]);
    // A sample is there already.
    let (status, mail) = next(&playground, "to=mira.okafor%40mail.example").await;
    assert_eq!((status, &mail["code"], &mail["channel"]), (200, &"418273".into(), &"email".into()), "{mail}");
    assert_eq!(mail["subject"], "418273 is your verification code for Larkfield");
    assert_eq!(
        (&mail["slug"], &mail["template"]),
        (&"verification_code".into(), &"verification_code/en".into())
    );
    assert!(
        mail["text"].as_str().unwrap().contains("418273") && mail["html"].as_str().unwrap().contains("<html")
    );
    let (_, sms) = next(&playground, "to=+447700900123").await;
    assert_eq!(
        (&sms["code"], &sms["channel"], &sms["subject"]),
        (&"418273".into(), &"sms".into(), &Value::Null),
        "{sms}"
    );

    // It waits for what is not there yet, and not for what others get.
    let name = mail["name"].as_str().unwrap();
    let query = format!("to=Ada%2B1%40mail.example&after={name}&timeout=20s");
    let waiting = next(&playground, &query);
    let sending = async {
        playground.trigger(&["reset_password_code", "--to", "bob@mail.example"]).await.ok();
        playground.trigger(&["magic_link_sign_in", "--to", "ada+1@mail.example"]).await.ok();
    };
    let ((status, mail), ()) = tokio::join!(waiting, sending);
    assert_eq!(
        (status, &mail["to"], &mail["code"]),
        (200, &"ada+1@mail.example".into(), &Value::Null),
        "{mail}"
    );
    let link = mail["link"].as_str().unwrap();
    assert!(link.starts_with("https://") && mail["text"].as_str().unwrap().contains(link), "{mail}");

    // By name and by time, each message is given once.
    let (_, all) = next(&playground, &format!("after={name}&timeout=0")).await;
    assert_eq!(all["to"], "bob@mail.example");
    for (query, status, why) in [
        (
            "to=nobody%40mail.example&timeout=200ms",
            404,
            "no message to nobody@mail.example came within 200ms",
        ),
        ("after=32503680000&timeout=0", 404, "/events"),
        ("timeout=61", 400, "wait at most 1m"),
        ("form=x", 400, "`form` is not known"),
    ] {
        let begun = Instant::now();
        let (found, body) = next(&playground, query).await;
        assert!(found == status && body["error"].as_str().unwrap().contains(why), "{query}: {found} {body}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{query}");
    }
    // A page of another site gets nothing.
    let host = playground.workshop.strip_prefix("http://").unwrap();
    let answer =
        playground.raw("/outbox/next", &format!("host: {host}\r\norigin: http://localhost:3000\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("418273"), "{answer}");
}

#[tokio::test]
async fn a_message_of_an_earlier_run_is_read_by_its_words() {
    let file = "outbox/1787328461123456-ema_old.eml";
    let mail = "From: a@b.example\r\nTo: ada@mail.example\r\nSubject: Hello\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
                Your code of 2 apps: 907060\r\nhttps://a.example/x\r\n";
    let playground = Playground::start_in_outbox("outbox", &[(file, mail)]);
    let (status, found) = next(&playground, "to=ada%40mail.example").await;
    assert_eq!(
        (status, &found["code"], &found["link"]),
        (200, &"907060".into(), &"https://a.example/x".into())
    );
    assert_eq!(found["slug"], Value::Null);
}
