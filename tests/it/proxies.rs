//! Caddy and nginx in front, with the files that docs/DEPLOYING.md hands out: every byte of a body comes through.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::certificate::Authority;
use crate::support::courier::{Courier, config, get, post_raw, post_to};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{code, mail_through};
use crate::support::server::{Server, free_port, listening};

const NEEDED: &str = "this test needs Debian's packages `caddy` and `nginx-light`: ./test.sh installs them";

/// A file of the repository with the service's address and the proxy's own put in; TLS is left to other tests.
fn recipe(file: &str, changes: &[(&str, String)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    let mut text = std::fs::read_to_string(path).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{file} has no {old:?}");
        text = text.replace(old, new);
    }
    text
}

fn start(program: &str, arguments: &[&str], dir: &TempDir) -> Server {
    assert!(Path::new(program).is_file(), "{NEEDED}");
    Server::start(Command::new(program).args(arguments).current_dir(dir.path()).env("HOME", dir.path()))
}

async fn caddy(courier: &Courier, port: u16) -> (Server, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let own = format!("http://127.0.0.1:{port} {{");
    let changes = [("hooks.acme.example {", own), ("127.0.0.1:8080", courier.address().to_owned())];
    let text = format!("{{\n\tadmin off\n}}\n{}", recipe("caddy/Caddyfile", &changes));
    std::fs::write(dir.path().join("Caddyfile"), text).unwrap();
    let server = start("/usr/bin/caddy", &["run", "--config", "Caddyfile"], &dir);
    listening(port).await;
    (server, dir)
}

async fn nginx(courier: &Courier, port: u16) -> (Server, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let (certificate, key) = authority.pem("hooks.acme.example");
    std::fs::write(dir.path().join("hooks.pem"), certificate).unwrap();
    std::fs::write(dir.path().join("hooks.key"), key).unwrap();
    let here = |name: &str| dir.path().join(name).display().to_string();
    // As the file has it, and a port in clear beside it for the test's client.
    let changes = [
        ("listen 443 ssl;", format!("listen 127.0.0.1:{} ssl; listen 127.0.0.1:{port};", free_port().await)),
        ("/etc/ssl/hooks.pem", here("hooks.pem")),
        ("/etc/ssl/hooks.key", here("hooks.key")),
        ("127.0.0.1:8080", courier.address().to_owned()),
    ];
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", here(kind)))
        .concat();
    let text = format!(
        "daemon off; master_process off; pid {}; error_log stderr;\nevents {{}}\nhttp {{ access_log off;\n{paths}{} }}\n",
        here("pid"),
        recipe("nginx/clerk-courier.conf", &changes)
    );
    std::fs::write(dir.path().join("nginx.conf"), text).unwrap();
    let server = start("/usr/sbin/nginx", &["-p", &here(""), "-c", &here("nginx.conf")], &dir);
    listening(port).await;
    (server, dir)
}

/// An event of about `size` bytes that a proxy which reads and writes JSON again would change: spaces, line breaks,
/// escapes, the order of keys, a number with a trailing zero, and letters beyond ASCII.
fn odd(id: &str, size: usize) -> Vec<u8> {
    let mut event = code(id);
    event["data"]["data"]["padding"] = Value::Null;
    let filler = "\\u00e4 \u{e4}\u{1f512}\\/\\ud83d\\udd12 ";
    let padding = format!("\"z\":\r\n\t 1.50 ,  \"a\" : \"{}\"", filler.repeat(size / filler.len()));
    let text = json!(event).to_string();
    text.replacen("\"padding\":null", &format!("\"padding\" : {{ {padding}\n }}"), 1).into_bytes()
}

async fn carries_every_byte(relay: &Relay, port: u16, name: &str) {
    let url = format!("http://127.0.0.1:{port}/webhooks/clerk");
    for size in [0, 1_000_000, 2_000_000] {
        let id = format!("ema_{name}_{size}");
        let body = odd(&id, size);
        assert!(body.len() > size);
        let reply = post_to(&url, &format!("msg_{id}"), &body).await;
        assert_eq!(reply.line(), "200 accepted -", "{name}, {} bytes: {}", body.len(), reply.json);
    }
    assert_eq!(relay.mails().len(), 3, "{name}");
    // The service's answers come back whole: status, header and body.
    let mut changed = odd(&format!("ema_{name}_changed"), 1000);
    let reply = post_raw(
        &url,
        &[("svix-id", "msg_1"), ("svix-timestamp", "1"), ("svix-signature", "v1,x")],
        &changed,
    );
    assert_eq!(reply.await.line(), "401 unauthorized -", "{name}");
    changed.resize(3_000_000, b' ');
    assert_eq!(post_to(&url, "msg_large", &changed).await.status, 413, "{name}");
    let elsewhere = format!("http://127.0.0.1:{port}/readyz");
    assert_eq!(get(&elsewhere).await.0, 404, "{name}: only the webhook is public");
}

#[tokio::test]
#[ignore = "needs Caddy"]
async fn caddy_hands_on_every_byte() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let port = free_port().await;
    let (_caddy, _dir) = caddy(&courier, port).await;
    carries_every_byte(&relay, port, "caddy").await;
}

#[tokio::test]
#[ignore = "needs nginx"]
async fn nginx_hands_on_every_byte() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    let port = free_port().await;
    let (_nginx, _dir) = nginx(&courier, port).await;
    carries_every_byte(&relay, port, "nginx").await;
}
