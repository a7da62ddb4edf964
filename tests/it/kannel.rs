//! A real SMS gateway at the other end: Debian's Kannel, with a telephone network that is made up (fakesmsc).

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::run;
use crate::support::courier::{Courier, config};
use crate::support::scene::{text, to};
use crate::support::server::{Server, free_port, listening};

const NEEDED: &str =
    "this test needs Debian's packages `kannel` and `kannel-extras`: the README's test command installs them";

/// A gateway, and the network behind it, which prints what it gets.
struct Kannel {
    port: u16,
    network: Server,
    /// In the order in which they end.
    _smsbox: Server,
    _bearerbox: Server,
    _dir: TempDir,
}

impl Kannel {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [admin, boxes, network, port] =
            [free_port().await, free_port().await, free_port().await, free_port().await];
        let file = dir.path().join("kannel.conf");
        std::fs::write(&file, configuration(admin, boxes, network, port)).unwrap();
        let program = |path: &str| {
            assert!(Path::new(path).is_file(), "{NEEDED}");
            Command::new(path)
        };
        let bearerbox = Server::start(program("/usr/sbin/bearerbox").arg(&file));
        listening(boxes).await;
        listening(network).await;
        let smsbox = Server::start(program("/usr/sbin/smsbox").arg(&file));
        listening(port).await;
        let fakesmsc = "/usr/lib/kannel/test/fakesmsc";
        let network = network.to_string();
        let arguments = ["-H", "127.0.0.1", "-r", &network, "-i", "0.1", "-m", "0", "100 200 text hi"];
        let network = Server::start(program(fakesmsc).args(arguments));
        // The probe of `listening` was the first one.
        let connected = |output: &str| (output.matches("client connected from").count() > 1).then_some(());
        bearerbox.printed(connected).await;
        Self { port, network, _smsbox: smsbox, _bearerbox: bearerbox, _dir: dir }
    }

    /// The message that came `number`th, from 1: `ACME +447700900123 text words`.
    async fn message(&self, number: usize) -> String {
        let begin = format!("Got message {number}: <");
        let found = |output: &str| {
            let (_, rest) = output.split_once(&begin)?;
            rest.split_once('\n').map(|(message, _)| message.trim_end_matches('>').to_owned())
        };
        self.network.printed(found).await
    }
}

fn configuration(admin: u16, boxes: u16, network: u16, port: u16) -> String {
    format!(
        "group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1

group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {network}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = courier
password = canary-password
concatenation = true
max-messages = 3
black-list-regex = 999$
"
    )
}

#[tokio::test]
#[ignore = "needs Kannel"]
async fn a_real_gateway_takes_texts_and_says_why_it_does_not() {
    let kannel = Kannel::start().await;
    let url = format!("http://127.0.0.1:{}", kannel.port);
    let account = |name: &str, password: &str| {
        format!(
            "[providers.{name}]\ntype = \"kannel\"\nbase_url = \"{url}\"\nusername = \"courier\"\npassword = \"{password}\"\n"
        )
    };
    let rest = [
        "[sms]\nfrom = \"ACME\"\nproviders = [\"gateway\"]\n",
        "[[sms.by_country]]\ncountries = [\"FR\"]\nproviders = [\"stranger\"]\n",
        &account("gateway", "canary-password"),
        &account("stranger", "canary-wrong"),
    ];
    let courier = Courier::start(&config(&rest.concat()));
    assert_eq!(courier.post(&text("sms_1")).await.line(), "200 accepted -");
    let message = kannel.message(1).await;
    assert!(message.starts_with("ACME +447700900123 text 418273 is your verification code"), "{message}");

    // Another alphabet, by the number's country.
    assert_eq!(courier.post(&to(text("sms_2"), "+819012345678")).await.line(), "200 accepted -");
    let message = kannel.message(2).await;
    assert!(message.starts_with("ACME +819012345678 ucs-2 "), "{message}");

    let denied = courier.post(&to(text("sms_3"), "+447700900999")).await;
    assert_eq!(denied.line(), "422 rejected account abort", "{}", denied.json);
    let stranger = courier.post(&to(text("sms_4"), "+33612345678")).await;
    assert_eq!(stranger.line(), "503 failed credentials", "{}", stranger.json);
    assert!(!courier.output().contains("canary"));

    let ran = run(courier.dir.path(), &["check", "--connect"], &[]).await;
    let told =
        |name: &str| ran.stdout.lines().find(|line| line.starts_with(&format!("connect   {name} "))).unwrap();
    assert!(told("gateway").contains(" fine "), "{ran:#?}");
    assert!(
        told("stranger").contains(" failed ") && told("stranger").ends_with("http: HTTP 403"),
        "{ran:#?}"
    );
    assert!(!kannel.network.output().contains("Got message 3"), "{}", kannel.network.output());
}
