//! A real mail server at the other end: Debian's Postfix, with a configuration, a queue and mailboxes of its own.

mod far;

use std::collections::BTreeMap;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use mailparse::MailHeaderMap as _;
use tempfile::TempDir;

use crate::support::certificate::Authority;
use crate::support::courier::{Courier, PATIENCE, SECRET, config, fixture};
use crate::support::server::{free_port, listening};

const RECIPIENT: &str = "ada@mail.example";

/// A running Postfix that takes mail for [`RECIPIENT`]; stopped when dropped.
struct Postfix {
    dir: TempDir,
    port: u16,
}

impl Postfix {
    /// One that takes mail after STARTTLS only.
    async fn start(authority: &Authority) -> Self {
        Self::start_with(authority, "encrypt").await
    }

    /// `security` is Postfix' `smtpd_tls_security_level`.
    async fn start_with(authority: &Authority, security: &str) -> Self {
        let (postfix, uid, gid) = installed();
        let dir = tempfile::tempdir().unwrap();
        let port = free_port().await;
        let path = |name: &str| dir.path().join(name);
        open_to_all(dir.path());
        for name in ["etc", "queue", "data", "mail"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        chown(path("data"), Some(uid), Some(gid)).unwrap();
        chown(path("mail"), Some(uid), Some(gid)).unwrap();
        let (certificate, key) = authority.pem("localhost");
        std::fs::write(path("etc/certificate.pem"), certificate).unwrap();
        std::fs::write(path("etc/key.pem"), key).unwrap();
        std::fs::write(path("etc/main.cf"), main_cf(dir.path(), uid, gid, security)).unwrap();
        std::fs::write(path("etc/master.cf"), master_cf(port)).unwrap();
        let server = Self { dir, port };
        let output =
            Command::new(postfix).arg("-c").arg(server.dir.path().join("etc")).arg("start").output().unwrap();
        assert!(output.status.success(), "Postfix does not start: {output:?}\n{}", server.log());
        listening(server.port).await;
        server
    }

    /// The recipient's mails, once there are as many.
    async fn mailbox(&self, count: usize) -> Vec<Vec<u8>> {
        let new = self.dir.path().join("mail/ada/new");
        let arrived = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                let files: Vec<PathBuf> = new
                    .read_dir()
                    .into_iter()
                    .flatten()
                    .filter_map(Result::ok)
                    .map(|file| file.path())
                    .collect();
                if files.len() >= count {
                    return files;
                }
            }
        };
        let Ok(files) = tokio::time::timeout(PATIENCE, arrived).await else {
            panic!("{count} mails did not arrive:\n{}", self.log())
        };
        files.iter().map(|file| std::fs::read(file).unwrap()).collect()
    }

    /// The recipient's mails, once nothing is left in the queue that would become one.
    async fn settled_mailbox(&self) -> Vec<Vec<u8>> {
        let queues = ["incoming", "active", "maildrop"].map(|name| self.dir.path().join("queue").join(name));
        let is_empty = |queue: &PathBuf| queue.read_dir().is_ok_and(|mut files| files.next().is_none());
        let settled = async {
            while !queues.iter().all(is_empty) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, settled).await.expect("the queue becomes empty");
        self.mailbox(0).await
    }

    /// How many of each command Postfix answered well, counted when a session ends: once there were as many messages.
    async fn answered_well(&self, messages: u32) -> BTreeMap<String, u32> {
        let ended = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                let mut counts = BTreeMap::new();
                for line in self.log().lines().filter(|line| line.contains(": disconnect from")) {
                    for (command, count) in line.split(' ').filter_map(|word| word.split_once('=')) {
                        let well = count.split('/').next().unwrap().parse::<u32>().unwrap();
                        *counts.entry(command.to_owned()).or_default() += well;
                    }
                }
                if ["bdat", "data"].iter().filter_map(|name| counts.get(*name)).sum::<u32>() >= messages {
                    return counts;
                }
            }
        };
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        ended.unwrap_or_else(|_| panic!("the sessions did not end:\n{}", self.log()))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("data/postfix.log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let stopped = Command::new("postfix").arg("-c").arg(self.dir.path().join("etc")).arg("stop").output();
        if !std::thread::panicking() {
            assert!(stopped.unwrap().status.success(), "Postfix does not stop");
        }
    }
}

/// The program, and the user and group that it runs as.
fn installed() -> (&'static str, u32, u32) {
    const NEEDED: &str =
        "this test needs root and Debian's package `postfix`: the README's test command installs it";
    assert!(Path::new("/usr/sbin/postfix").exists(), "{NEEDED}");
    let id = |flag: &str, user: &str| -> u32 {
        let output = Command::new("id").args([flag, user]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().expect(NEEDED)
    };
    assert_eq!(id("-u", "root"), 0, "{NEEDED}");
    ("/usr/sbin/postfix", id("-u", "postfix"), id("-g", "postfix"))
}

/// Temporary directories are their owner's only; Postfix works under another user.
fn open_to_all(dir: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn main_cf(dir: &Path, uid: u32, gid: u32, security: &str) -> String {
    let dir = dir.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/data/postfix.log
maillog_file_prefixes = {dir}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.mail.example
mydestination =
relayhost =
mynetworks =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = {security}
smtpd_tls_cert_file = {dir}/etc/certificate.pem
smtpd_tls_key_file = {dir}/etc/key.pem
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = mail.example
virtual_mailbox_maps = inline:{{ {{ {RECIPIENT} = ada/ }} }}
virtual_mailbox_base = {dir}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"
    )
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    )
}

/// A service whose one provider is this Postfix.
fn courier(postfix: &Postfix, trusted: &Path, more: &str) -> Courier {
    Courier::start(&config(&format!(
        "[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://localhost:{}?tls=required\"\nca_file = \"{}\"\n{more}\n",
        postfix.port,
        trusted.display()
    )))
}

#[tokio::test]
#[ignore = "needs Postfix"]
async fn a_real_mail_server_takes_and_delivers_what_we_send() {
    let authority = Authority::new();
    let postfix = Postfix::start(&authority).await;
    let trusted = authority.file();
    let chunked = courier(&postfix, trusted.path(), "");
    let event = |id: &str, to: &str| {
        let mut event = fixture("email.created.verification_code", id);
        event["data"]["to_email_address"] = to.into();
        event
    };

    assert_eq!(
        chunked.post(&event("ema_bdat", RECIPIENT)).await.line(),
        "200 accepted -",
        "{}",
        postfix.log()
    );
    let unknown = chunked.post(&event("ema_unknown", "nobody@mail.example")).await;
    assert_eq!(unknown.line(), "422 rejected recipient abort", "{}", postfix.log());
    // The refusal costs the next mail nothing.
    assert_eq!(
        chunked.post(&event("ema_again", RECIPIENT)).await.line(),
        "200 accepted -",
        "{}",
        postfix.log()
    );

    let plain = courier(&postfix, trusted.path(), "chunking = false");
    assert_eq!(plain.post(&event("ema_data", RECIPIENT)).await.line(), "200 accepted -", "{}", postfix.log());

    let mut seen: Vec<String> = postfix.mailbox(3).await.iter().map(|file| check(file)).collect();
    seen.sort_unstable();
    assert_eq!(seen, ["<ema_again@acme.example>", "<ema_bdat@acme.example>", "<ema_data@acme.example>"]);

    drop((chunked, plain));
    let answered = postfix.answered_well(3).await;
    assert_eq!((answered["bdat"], answered["data"]), (2, 1), "CHUNKING is used as offered, or not at all");
    for fault in ["improper command pipelining", "too many errors", "TLS library problem"] {
        assert!(!postfix.log().contains(fault), "{}", postfix.log());
    }
}

#[tokio::test]
#[ignore = "needs Postfix"]
async fn a_real_mail_server_of_an_unknown_authority_gets_nothing() {
    let postfix = Postfix::start(&Authority::new()).await;
    let stranger = Authority::new().file();
    let courier = courier(&postfix, stranger.path(), "");
    let mut event = fixture("email.created.verification_code", "ema_1");
    event["data"]["to_email_address"] = RECIPIENT.into();
    let reply = courier.post(&event).await;
    assert_eq!(reply.line(), "503 failed provider_down", "{}", postfix.log());
    assert!(!postfix.dir.path().join("mail/ada").exists());
}

/// Nothing but the three variables that a first deployment sets, and a port, since the test does not run alone.
#[tokio::test]
#[ignore = "needs Postfix"]
async fn three_variables_deliver_to_a_real_mail_server() {
    let postfix = Postfix::start_with(&Authority::new(), "may").await;
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let (url, port) = (format!("smtp://localhost:{}", postfix.port), free_port().await.to_string());
    let variables = [
        ("CLERK_WEBHOOK_SIGNING_SECRET", SECRET),
        ("EMAIL_FROM", "Acme <login@acme.example>"),
        ("SMTP_URL", &url),
        ("PORT", &port),
    ];
    let courier = Courier::start_in(Arc::clone(&dir), |command| {
        command.env_clear().envs(variables).env("CLERK_COURIER__SERVER__ADMIN_LISTEN", "");
    });
    let mut event = fixture("email.created.verification_code", "ema_three");
    event["data"]["to_email_address"] = RECIPIENT.into();
    assert_eq!(courier.post(&event).await.line(), "200 accepted -", "{}", postfix.log());
    assert_eq!(check(&postfix.mailbox(1).await[0]), "<ema_three@acme.example>");
}

/// Everything that a reader would look at; returns the message's id.
fn check(file: &[u8]) -> String {
    let mail = mailparse::parse_mail(file).unwrap();
    let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
    assert_eq!(header("From"), "Acme <login@acme.example>");
    let (local, domain) = RECIPIENT.split_once('@').unwrap();
    assert!(header("To").starts_with(local) && header("To").ends_with(domain), "{}", header("To"));
    assert_eq!(header("Return-Path"), "<login@acme.example>");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("Received").contains("by mx.mail.example"), "{}", header("Received"));
    let code = fixture("email.created.verification_code", "")["data"]["data"]["otp_code"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(header("Subject").contains(&code), "{}", header("Subject"));
    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    for kind in ["text/plain", "text/html"] {
        let part = mail.subparts.iter().find(|part| part.ctype.mimetype == kind).unwrap();
        assert!(part.get_body().unwrap().contains(&code), "{kind}");
    }
    header("Message-ID")
}

/// One after another, then many at once, whichever way the message is handed over. How long that takes is measured by the
/// benchmarks, and shown here with `--nocapture`.
#[tokio::test]
#[ignore = "needs Postfix"]
async fn a_real_mail_server_takes_mails_one_by_one_and_all_at_once() {
    const ONE_BY_ONE: usize = 40;
    const AT_ONCE: usize = 300;
    let authority = Authority::new();
    let postfix = Postfix::start(&authority).await;
    let trusted = authority.file();
    let event = |id: String| {
        let mut event = fixture("email.created.verification_code", &id);
        event["data"]["to_email_address"] = RECIPIENT.into();
        event
    };
    for chunking in [true, false] {
        let courier = courier(&postfix, trusted.path(), &format!("chunking = {chunking}"));
        let started = std::time::Instant::now();
        for at in 0..ONE_BY_ONE {
            let reply = courier.post(&event(format!("ema_{chunking}_{at}"))).await;
            assert_eq!(reply.line(), "200 accepted -", "{}", postfix.log());
        }
        let each = started.elapsed() / u32::try_from(ONE_BY_ONE).unwrap();
        let events: Vec<_> = (0..AT_ONCE).map(|at| event(format!("ema_{chunking}_burst_{at}"))).collect();
        let started = std::time::Instant::now();
        for reply in courier.post_all(&events).await {
            assert_eq!(reply.line(), "200 accepted -", "{}", postfix.log());
        }
        println!(
            "chunking = {chunking}: {each:?} each, one by one; {AT_ONCE} at once in {:?}",
            started.elapsed()
        );
    }
    let mut ids: Vec<String> =
        postfix.mailbox(2 * (ONE_BY_ONE + AT_ONCE)).await.iter().map(|mail| check(mail)).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all, ids.len()), (2 * (ONE_BY_ONE + AT_ONCE), 2 * (ONE_BY_ONE + AT_ONCE)), "each once");
}
