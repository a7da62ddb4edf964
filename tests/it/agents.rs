//! What agents read: every command of the skill is run in its order, and every link of `llms.txt` leads somewhere.

use std::path::Path;
use std::process::Command;

use crate::support::courier::{PATIENCE, program};
use crate::support::relay::{Options, Relay};
use crate::support::server::free_port;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The blocks of a page that are marked as commands.
fn commands(page: &str) -> String {
    page.split("```sh\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[tokio::test]
async fn the_skill_can_be_followed_literally() {
    let relay = Relay::start(Options { auth: "PLAIN", ..Options::default() }).await;
    let port = free_port().await;
    // An agent puts the user's mail server in; everything else is taken as it stands, but for the port.
    let script = commands(&read("docs/agents/SKILL.md"))
        .replace("smtp.example.com:587", &format!("127.0.0.1:{}", relay.port))
        .replace("[server]\n", "[server]\nadmin_listen = \"127.0.0.1:0\"\n")
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"))
        .replace("trigger ", &format!("trigger --url http://127.0.0.1:{port}/webhooks/clerk "));
    for step in ["render ", "check\n", "serve ", "health", "trigger ", "log "] {
        assert!(script.contains(&format!("clerk-courier {step}")), "{step}: {script}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut path = std::ffi::OsString::from(program().parent().unwrap());
    path.push(":/usr/bin:/bin");
    let mut shell = Command::new("sh");
    shell.args(["-eux", "-c", &script]).current_dir(dir.path()).env_clear().env("PATH", path);
    let run = tokio::task::spawn_blocking(move || shell.output());
    let output = tokio::time::timeout(PATIENCE, run).await.expect("the commands end").unwrap().unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(relay.mails().len(), 1);
    assert_eq!(relay.mails()[0].to, "you@acme.example");
    assert!(String::from_utf8_lossy(&output.stdout).contains("HTTP 200 accepted"));
}

#[test]
fn what_llms_txt_links_is_there() {
    let text = read("llms.txt");
    let links: Vec<&str> =
        text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect();
    assert!(links.len() > 10, "{links:?}");
    for link in links {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "llms.txt: {link}");
    }
    // Each page of the documentation is named, but for those that only people need.
    for page in Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").read_dir().unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let is_page = name.strip_suffix(".md").is_some_and(|name| name != "MEASURED");
        assert!(!is_page || text.contains(&format!("docs/{name}")), "llms.txt does not name docs/{name}");
    }
}
