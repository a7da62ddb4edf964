//! The playground: `clerk-courier dev`, its outbox and its workshop.

mod workshop;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::net::TcpListener;

use crate::support::command::run;
use crate::support::courier::get;
use crate::support::playground::Playground;
use crate::support::relay::{Options, Relay};
use crate::support::twilio::Twilio;

/// The address of a frame of the mail, in `light` or `dark`.
pub(crate) fn frame(page: &str, scheme: &str) -> String {
    let (_, rest) = page.split_once(&format!("<iframe id=\"frame-{scheme}\"")).expect(page);
    let sandbox = "sandbox=\"allow-popups allow-popups-to-escape-sandbox\" src=\"";
    let (_, rest) = rest.split_once(sandbox).expect("frames are sandboxed");
    rest.split_once('"').unwrap().0.replace("&amp;", "&").replace("&#x3D;", "=")
}

/// The part of a page with this id, up to the next one.
pub(crate) fn part<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).expect(id);
    rest.split_once(" id=\"").map_or(rest, |(part, _)| part)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_command_shows_a_mail_and_a_text_in_the_browser() {
    let playground = Playground::start(&[]);
    let messages = playground.messages().await;
    let [mail, text] = &messages[..] else { panic!("{messages:?}") };
    let is = |kind: &str, name: &str| Path::new(name).extension().is_some_and(|extension| extension == kind);
    assert!(is("eml", mail) && is("json", text), "{messages:?}");

    let page = playground.page("/").await;
    assert!(page.contains("<h2 dir=\"auto\">418273 is your "), "{page}");
    assert!(page.contains("mira.okafor@mail.example") && page.contains("+447700900123"), "{page}");
    assert_eq!(frame(&page, "light"), format!("{mail}/html?scheme=light"));
    assert_eq!(frame(&page, "dark"), format!("{mail}/html?scheme=dark"));
    assert!(page.contains("never ask you for it"), "the text part is there: {page}");
    assert!(page.contains("Auto-Submitted"), "the headers are there: {page}");

    let page = playground.page(text).await;
    for (id, shown) in [("segments", "<b>1</b>"), ("encoding", ">GSM-7</dd>"), ("bubble", ">418273 is your ")]
    {
        assert!(part(&page, id).contains(shown), "{page}");
    }

    let source = playground.page(&format!("{mail}/source")).await;
    assert!(mailparse::parse_mail(source.as_bytes()).unwrap().subparts.len() == 2, "{source}");
    let state: serde_json::Value = serde_json::from_str(&playground.page("/state").await).unwrap();
    assert_eq!(state["newest"], mail.strip_prefix("/message/").unwrap());
    for absent in [
        "/message/none.eml",
        "/message/..%2f..%2fetc%2fpasswd",
        "/message/.ledger.db.key/source",
        "/template/email/none",
        "/template/fax/verification_code",
        "/none",
    ] {
        assert_eq!(get(&format!("{}{absent}", playground.workshop)).await.0, 404, "{absent}");
    }

    let outbox = playground.dir().join("box");
    assert_eq!(mode(&outbox), 0o700);
    let files: Vec<_> = outbox.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(playground.stop("TERM").code(), Some(0));
}

#[tokio::test]
async fn a_message_that_comes_later_is_shown_first_and_its_html_can_do_nothing() {
    let playground = Playground::start(&[]);
    let hostile = "app.name=<script>alert(1)</script>";
    playground.trigger(&["reset_password_code", "--set", "otp_code=909090", "--set", hostile]).await.ok();
    let messages = playground.messages().await;
    assert_eq!(messages.len(), 3);
    let page = playground.page("/").await;
    assert!(
        page.contains("909090") && page.contains("&lt;script&gt;") && !page.contains("<script>alert"),
        "{page}"
    );

    let host = playground.workshop.strip_prefix("http://").unwrap();
    let html = playground.raw(&format!("{}/html", messages[0]), &format!("host: {host}\r\n")).await;
    let (head, body) = html.split_once("\r\n\r\n").unwrap();
    let policy = head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).expect(head);
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("; sandbox allow-popups "),
        "{policy}"
    );
    // Links open in pages of their own, and nothing else is allowed.
    let allowed: Vec<_> = policy.split(' ').filter(|word| word.starts_with("allow-")).collect();
    assert_eq!(allowed, ["allow-popups", "allow-popups-to-escape-sandbox"]);
    assert!(!policy.contains("script-src"), "{policy}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(body.contains("909090") && !body.contains("<script>alert"), "{body}");

    let page = playground.raw("/", &format!("host: {host}\r\n")).await;
    assert!(page.contains("content-security-policy: default-src 'self'; frame-ancestors 'none'"), "{page}");
    assert_eq!(playground.stop("INT").code(), Some(0));
}

#[tokio::test]
async fn only_this_machines_browser_sees_the_workshop() {
    let playground = Playground::start(&[]);
    let own = playground.workshop.strip_prefix("http://").unwrap();
    let message = playground.messages().await.remove(0);
    let foreign = [
        "host: abc.tunnel.example\r\n".to_owned(),
        format!("host: {own}.evil.example\r\n"),
        format!("host: {own}\r\norigin: https://evil.example\r\n"),
        format!("host: {own}\r\norigin: null\r\n"),
    ];
    for headers in &foreign {
        for path in [
            "/",
            "/state",
            "/page.js",
            "/none",
            "/template/email/verification_code",
            "/template/email/verification_code/html",
            "/template/email/verification_code/source",
            &message,
            &format!("{message}/html"),
            &format!("{message}/source"),
        ] {
            let answer = playground.raw(path, headers).await;
            assert!(answer.starts_with("HTTP/1.1 403 "), "{path} {headers}: {answer}");
            assert!(!answer.contains("418273"), "{answer}");
        }
        let answer = playground.post("email/verification_code", headers, "to=a%40b.example").await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{headers}: {answer}");
    }
    let unknown = playground.post("email/verification_code", &format!("host: {own}\r\n"), "").await;
    assert!(unknown.starts_with("HTTP/1.1 403 "), "who sends says where from: {unknown}");
    let answer = playground.raw("/", &format!("host: {own}\r\norigin: http://{own}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_configuration_lends_its_brand_and_its_providers_stay_alone() {
    let relay = Relay::start(Options::default()).await;
    let twilio = Twilio::start().await;
    let playground = Playground::start(&[(
        "config.toml",
        &format!(
            "[clerk]\nsigning_secrets = [\"${{UNSET_SECRET}}\"]\n[brand]\nname = \"Northwind\"\n\
         [email]\nfrom = \"Northwind <login@northwind.example>\"\nproviders = [\"main\"]\n\
         redirect_to = \"staging@northwind.example\"\n\
         [sms]\nfrom = \"+15005550006\"\nproviders = [\"texts\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"\nusername = \"x\"\npassword = \"${{UNSET}}\"\n\
         [providers.texts]\ntype = \"twilio\"\naccount_sid = \"${{UNSET_SID}}\"\nauth_token = \"${{UNSET_TOKEN}}\"\n\
         base_url = \"{}\"\n",
            relay.port,
            twilio.url()
        ),
    )]);
    playground.trigger(&["magic_link_sign_in"]).await.ok();
    playground.trigger(&["verification_code", "--channel", "sms"]).await.ok();
    assert_eq!(playground.messages().await.len(), 4);
    let page = playground.page("/").await;
    assert!(part(&page, "bubble").contains("Northwind"), "{page}");
    let files = playground.dir().join("box").read_dir().unwrap();
    let mail = files
        .map(|file| file.unwrap().path())
        .find(|file| file.extension().is_some_and(|kind| kind == "eml"));
    let mail = std::fs::read_to_string(mail.unwrap()).unwrap();
    assert!(mail.contains("From: Northwind <login@northwind.example>\r\n"), "{mail}");
    assert!(
        mail.contains("To: mira.okafor@mail.example\r\n"),
        "staging rules are about real recipients: {mail}"
    );
    assert_eq!(playground.stop("TERM").code(), Some(0));
    assert_eq!(relay.state().connections, 0);
    assert_eq!(twilio.asked(), []);
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(dir.path(), &["dev", "--workshop", "0.0.0.0:1"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("--workshop 0.0.0.0:1") && ran.stderr.contains("loopback"), "{ran:#?}");
    assert!(!dir.path().join("outbox").exists());

    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (option, other) in [("--listen", "--workshop"), ("--workshop", "--listen")] {
        let ran = run(dir.path(), &["dev", option, &address, other, "127.0.0.1:0"], &[]).await;
        assert_eq!(ran.code, Some(1), "{ran:#?}");
        let expected = format!("clerk-courier: {option}: can't listen on {address}: ");
        assert!(ran.stderr.starts_with(&expected), "{ran:#?}");
        assert!(ran.stderr.contains("in use (os error 98). Stop the program that listens there"), "{ran:#?}");
        assert!(ran.stderr.contains(", or choose another port, such as "), "{ran:#?}");
    }
}

#[tokio::test]
async fn trigger_finds_the_playground_that_runs_here_and_its_secret() {
    let env = "# for development\nCLERK_WEBHOOK_SIGNING_SECRET=whsec_ZnJvbSB0aGUgLmVudiBmaWxl\n";
    let playground = Playground::start_in_outbox("outbox", &[(".env", env)]);
    assert_eq!(playground.secret, "", "it was given, so it is not printed");
    let left = playground.dir().join("outbox/.dev.json");
    assert_eq!(mode(&left), 0o600);
    let ran = run(playground.dir(), &["trigger", "reset_password_code", "--locale", "de"], &[]).await;
    assert!(ran.stdout.contains("template: reset_password_code/de"), "{ran:#?}");
    assert!(ran.clone().ok().contains("HTTP 200 accepted"), "{ran:#?}");
    assert!(ran.stdout.starts_with("To the playground that runs here: http://127.0.0.1:"), "{ran:#?}");
    assert_eq!(playground.messages().await.len(), 3);

    let elsewhere = format!("{}x", playground.receiver);
    let ran = run(
        playground.dir(),
        &[
            "trigger",
            "reset_password_code",
            "--url",
            &elsewhere,
            "--secret",
            "whsec_ZnJvbSB0aGUgLmVudiBmaWxl",
        ],
        &[],
    )
    .await;
    assert!(ran.stdout.starts_with("HTTP 404 (clerk-courier is there, but"), "{ran:#?}");

    let dir = playground.dir().to_owned();
    let misspelt = run(&dir, &["render", "verification_code", "--set", "otp_cod=1"], &[]).await;
    assert_eq!(misspelt.code, Some(2));
    assert!(misspelt.stderr.contains("did you mean \"otp_code\"?"), "{misspelt:#?}");
    playground.signal("TERM");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while left.exists() {
        assert!(std::time::Instant::now() < end, "the file is deleted at the end");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let ran = run(&dir, &["trigger", "reset_password_code"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(ran.stderr.contains("there is no config.toml, so there is no signing secret"), "{ran:#?}");
}
