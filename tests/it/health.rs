//! `clerk-courier health`, `completions` and `manual`: what packages and images need of the program.

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{code, mail_through};
use crate::support::server::free_port;

#[tokio::test]
async fn health_is_0_while_the_service_lives_and_1_otherwise() {
    let relay = Relay::start(Options::default()).await;
    let port = free_port().await;
    // All addresses: nobody can connect to that one, so it is asked on loopback.
    let server = format!("#server\nlisten = \"0.0.0.0:{port}\"\n#rest\n");
    let text = config(&(server + &mail_through(&relay))).replacen("listen = \"127.0.0.1:0\"\n", "", 1);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), &text).unwrap();
    let before = run(dir.path(), &["health"], &[]).await;
    assert_eq!(before.code, Some(1), "{before:#?}");
    assert!(
        before.stderr.contains(&format!("no answer from http://127.0.0.1:{port}/healthz")),
        "{before:#?}"
    );

    let mut courier = Courier::start(&text);
    let dir = courier.dir.path().to_owned();
    assert_eq!(run(&dir, &["health"], &[]).await.ok(), "alive\n");
    assert_eq!(run(&dir, &["health", "--ready"], &[]).await.ok(), "ready\n");
    let address = courier.address().replace("0.0.0.0", "127.0.0.1");
    assert_eq!(run("/".as_ref(), &["health", "--address", &address], &[]).await.ok(), "alive\n");

    // A section that `health` does not read may need variables, or be wrong: the service runs with what it read before.
    std::fs::write(dir.join("config.toml"), format!("{text}\n[sms]\nfrom = \"${{UNSET}}\"\n")).unwrap();
    assert_eq!(run(&dir, &["health"], &[]).await.ok(), "alive\n");
    std::fs::write(dir.join("config.toml"), "[server]\nlisten = 1\n").unwrap();
    let wrong = run(&dir, &["health"], &[]).await;
    assert_eq!(wrong.code, Some(1), "container engines have a meaning of their own for 2: {wrong:#?}");

    // While the last message is finished, the process lives and takes no new ones; then it is gone.
    relay.fail(Stage::Body, Fault::Hang);
    let under_way = courier.post_later(&code("ema_1"));
    relay.until(|state| state.hung == 1).await;
    courier.terminate();
    relay.release();
    under_way.await.unwrap();
    assert!(courier.wait().success());
    assert_eq!(run(&dir, &["health", "--address", &address], &[]).await.code, Some(1));
}

#[tokio::test]
async fn a_port_where_something_else_listens_is_not_healthy() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ESMTP\r\n").await.unwrap();
    });
    let asked = run("/".as_ref(), &["health", "--address", &address], &[]).await;
    assert_eq!(asked.code, Some(1), "{asked:#?}");
}

#[tokio::test]
async fn shells_and_man_know_every_command() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "fish", "zsh"] {
        let script = run(dir.path(), &["completions", shell], &[]).await.ok();
        for word in ["trigger", "health", "--connect"].map(|word| word.trim_start_matches('-')) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    run(dir.path(), &["manual", "man"], &[]).await.ok();
    let pages: Vec<_> =
        dir.path().join("man").read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    for page in ["clerk-courier.1", "clerk-courier-serve.1", "clerk-courier-trigger.1"] {
        assert!(pages.iter().any(|name| name == page), "{page}: {pages:?}");
    }
    std::fs::write(dir.path().join("file"), "").unwrap();
    let wrong = run(dir.path(), &["manual", "file/man"], &[]).await;
    assert_eq!(wrong.code, Some(1), "{wrong:#?}");
}
