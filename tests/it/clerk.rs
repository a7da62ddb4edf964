//! `clerk-courier clerk`, against a scripted Backend API with state.

mod pull;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::clerk::{Act, Clerk, KEY};
use crate::support::command::{Ran, run};
use crate::support::courier::{Courier, SECRET, program};

/// A directory with a configuration that leads to the stand-in.
fn at(clerk: &Clerk) -> TempDir {
    configured(&format!("[clerk]\n{}api_timeout = \"5s\"\n", clerk.section()))
}

fn configured(config: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

/// Runs `clerk-courier clerk …`; whatever it prints, the key is not in it.
async fn clerk(dir: &Path, arguments: &[&str]) -> Ran {
    let ran = run(dir, &[&["clerk"], arguments].concat(), &[]).await;
    assert!(!ran.output().contains(KEY) && !ran.output().contains("Canary"), "{ran:#?}");
    ran
}

async fn take_over(dir: &Path) -> Ran {
    clerk(dir, &["takeover", "--all", "--yes", "--force"]).await
}

/// The number in the line `Changed: 12 of 34.`
fn changed(ran: &Ran) -> usize {
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix("Changed: ")).expect("a summary");
    line.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn status_says_who_delivers_what_in_whose_words() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    std::fs::create_dir_all(dir.path().join("templates/sms")).unwrap();
    std::fs::write(
        dir.path().join("templates/sms/invitation.txt.hbs"),
        "Come to {{app.name}}: {{action_url}}",
    )
    .unwrap();
    clerks.set(
        "email",
        "invitation",
        json!({ "delivered_by_clerk": false, "can_revert": true, "name": "Invite\u{1b}[31m\nred" }),
    );
    clerks.set("sms", "passkey_added", json!({ "enabled": false }));
    let shown = clerk(dir.path(), &["status"]).await.ok();
    let row = |channel: &str, slug: &str| {
        let words = |line: &&str| line.split_whitespace().take(2).eq([channel, slug]);
        shown.lines().find(words).unwrap_or_else(|| panic!("{channel} {slug}: {shown}")).to_owned()
    };
    let invitation = row("email", "invitation");
    assert!(
        invitation.contains("Invite [31m red")
            && invitation.contains(" you ")
            && invitation.contains("edited"),
        "{invitation:?}"
    );
    assert!(row("email", "verification_code").contains("built-in template, in 34 languages"));
    assert!(row("email", "billing_receipt").contains("Clerk's words"));
    assert!(row("sms", "invitation").contains("your template"));
    assert!(row("sms", "passkey_added").contains(" off "));
    assert!(
        shown.contains("Clerk delivers 33 of 34 templates of the development instance ins_test"),
        "{shown}"
    );

    let sms = clerk(dir.path(), &["status", "--channel", "sms", "--json"]).await.ok();
    let sms: Value = serde_json::from_str(&sms).unwrap();
    assert_eq!((&sms["instance"], &sms["environment"]), (&json!("ins_test"), &json!("development")));
    let templates = sms["templates"].as_array().unwrap();
    assert_eq!(templates.len(), 7);
    let invitation = templates.iter().find(|it| it["slug"] == "invitation").unwrap();
    assert_eq!((&invitation["words"], &invitation["delivered_by"]), (&json!("own"), &json!("clerk")));
    assert_eq!(invitation["languages"].as_array().unwrap().len(), 34);
    // Nothing was changed by looking, and the key went in its header alone.
    for asked in clerks.asked() {
        assert!(asked.line.starts_with("GET /templates/") && !asked.line.contains("sk_"), "{asked:?}");
        assert_eq!(asked.authorization, format!("Bearer {KEY}"));
    }
}

#[tokio::test]
async fn all_templates_are_taken_over_and_given_back() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    clerks.set("email", "invitation", json!({ "delivered_by_clerk": false }));
    let posts = |clerks: &Clerk| clerks.asked().iter().filter(|asked| asked.line.starts_with("POST")).count();
    let started = Instant::now();
    let ran = take_over(dir.path()).await;
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    assert_eq!((changed(&ran), clerks.count(), posts(&clerks)), (33, (34, 0), 33), "{ran:#?}");
    ran.ok();
    // Only where it changes something.
    assert!(take_over(dir.path()).await.ok().contains("Nothing to change: 34 of 34"));
    assert_eq!(posts(&clerks), 33);
    // Of one slug, both channels have a template; `--channel` leaves one.
    let ran = clerk(dir.path(), &["handback", "verification_code", "--yes", "--channel", "sms"]).await;
    assert_eq!((changed(&ran), clerks.count()), (1, (34, 1)));
    let ran = clerk(dir.path(), &["handback", "--all", "--yes"]).await;
    assert_eq!((changed(&ran), clerks.count()), (33, (34, 34)));
}

#[tokio::test]
async fn after_an_interruption_at_any_call_the_rest_is_done() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    // Two requests for each list, and one for each template.
    let calls = 4 + 34;
    for call in 1..=calls {
        let was_done = call % 2 == 0;
        clerks.reset();
        clerks.at(call, if was_done { Act::DieAfter } else { Act::DieBefore });
        let ran = take_over(dir.path()).await;
        assert_eq!(ran.code, Some(1), "{call}: {ran:#?}");
        let (all, by_clerk) = clerks.count();
        if call <= 4 {
            assert_eq!(by_clerk, all, "{call}: {ran:#?}");
        } else {
            // What it says is what happened; of the one that broke, it says that it does not know.
            assert_eq!(changed(&ran), all - by_clerk - usize::from(was_done), "{call}: {ran:#?}");
            assert!(ran.stdout.contains("Changed or not, which Clerk did not say: 1 ("), "{call}: {ran:#?}");
            assert!(ran.stderr.contains("Run the same command again"), "{call}: {ran:#?}");
        }
        clerks.revive();
        let ran = take_over(dir.path()).await;
        assert_eq!((ran.code, clerks.count()), (Some(0), (34, 0)), "{call}: {ran:#?}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_asked_for_twice() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    clerks.on("/email/invitation/toggle_delivery", 1, Act::Forget);
    clerks.on("/email/magic_link_sign_in/toggle_delivery", 1, Act::Answer(500, "", "{}".to_owned()));
    clerks.on("/sms/invitation/toggle_delivery", 1, Act::Answer(200, "", "<html>".to_owned()));
    assert_eq!((changed(&take_over(dir.path()).await), clerks.count()), (34, (34, 0)));
    let times = |path: &str| {
        clerks
            .asked()
            .iter()
            .filter(|asked| asked.line == format!("POST /templates/{path}/toggle_delivery"))
            .count()
    };
    assert_eq!(times("email/invitation"), 1);
    assert_eq!((times("email/magic_link_sign_in"), times("sms/invitation")), (2, 2));
}

/// `clerk-courier clerk takeover --all`, interrupted by a signal as soon as the stand-in has got so many requests.
async fn interrupted(dir: &Path, clerks: &Clerk, requests: usize, signals: usize) -> Ran {
    let before = clerks.asked().len();
    let mut command = Command::new(program());
    command.args(["clerk", "takeover", "--all", "--yes", "--force"]).current_dir(dir).env_clear();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let waited = Instant::now();
    while clerks.asked().len() < before + requests {
        assert!(waited.elapsed() < Duration::from_secs(30), "the request did not come");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for signal in 0..signals {
        if signal > 0 {
            // Signals that come at once are one signal.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[tokio::test]
async fn ctrl_c_finishes_the_request_under_way_and_sums_up() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    clerks.at(10, Act::Slow(Duration::from_millis(1500)));
    let ran = interrupted(dir.path(), &clerks, 10, 1).await;
    assert_eq!((ran.code, changed(&ran), clerks.count()), (Some(1), 6, (34, 28)), "{ran:#?}");
    assert!(ran.stdout.contains("Not tried: 28 (") && ran.stderr.contains("you stopped it"), "{ran:#?}");

    // While it waits because of a 429: nothing is under way.
    clerks.at(10, Act::Answer(429, "retry-after: 20\r\n", "{}".to_owned()));
    let started = Instant::now();
    let ran = interrupted(dir.path(), &clerks, 10, 1).await;
    assert!(started.elapsed() < Duration::from_secs(15));
    assert_eq!((ran.code, changed(&ran), clerks.count()), (Some(1), 5, (34, 23)), "{ran:#?}");

    // The second one does not wait for an answer, and says that it does not know.
    clerks.at(10, Act::Hang);
    let ran = interrupted(dir.path(), &clerks, 10, 2).await;
    assert_eq!((ran.code, changed(&ran), clerks.count()), (Some(1), 5, (34, 18)), "{ran:#?}");
    assert!(ran.stdout.contains("Changed or not, which Clerk did not say: 1 ("), "{ran:#?}");
    assert_eq!((take_over(dir.path()).await.code, clerks.count()), (Some(0), (34, 0)));
}

#[tokio::test]
async fn a_refusal_of_one_template_leaves_the_others() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    let error = |words: &str| {
        json!({ "errors": [{ "message": "m", "long_message": words, "code": "c" }] }).to_string()
    };
    clerks.on(
        "/email/invitation/toggle",
        1,
        Act::Answer(423, "", error("This template is locked by your plan")),
    );
    clerks.on("/sms/invitation/toggle", 1, Act::Answer(402, "", error("Phone is a paid feature")));
    clerks.on("/sms/passkey_added/toggle", 1, Act::Pretend);
    let ran = take_over(dir.path()).await;
    assert_eq!((ran.code, changed(&ran), clerks.count()), (Some(1), 31, (34, 3)), "{ran:#?}");
    for words in [
        "kept     email  invitation: the template is locked at Clerk (423): This template is locked by your plan. ",
        "kept     sms    invitation: the instance's plan does not include this (402): Phone is a paid feature. ",
        "kept     sms    passkey_added: Clerk answered, but did not change it. ",
        "Not changed, for the reasons above: 3 (email invitation, sms invitation, sms passkey_added).",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!((take_over(dir.path()).await.code, clerks.count()), (Some(0), (34, 0)));
}

#[tokio::test]
async fn a_wait_is_kept_if_it_is_short() {
    let clerks = Clerk::start().await;
    let dir = at(&clerks);
    let busy = |seconds| Act::Answer(429, seconds, "{}".to_owned());
    clerks.at(1, busy("retry-after: 1\r\n"));
    clerks.at(9, busy("retry-after: 1\r\n"));
    let started = Instant::now();
    let ran = take_over(dir.path()).await;
    assert_eq!((ran.code, clerks.count()), (Some(0), (34, 0)), "{ran:#?}");
    assert!(
        started.elapsed() >= Duration::from_secs(2) && ran.stdout.contains("Clerk asks to wait 1s"),
        "{ran:#?}"
    );

    clerks.at(9, busy("retry-after: 3600\r\n"));
    let ran = clerk(dir.path(), &["handback", "--all", "--yes"]).await;
    assert_eq!((ran.code, changed(&ran), clerks.count()), (Some(1), 4, (34, 4)), "{ran:#?}");
    assert!(ran.stdout.contains("too many requests (429): Clerk asks to wait 1h. "), "{ran:#?}");
    assert!(
        ran.stdout.contains("Not changed, for the reasons above: 1 (")
            && ran.stdout.contains("Not tried: 29 ("),
        "{ran:#?}"
    );
    assert_eq!(clerk(dir.path(), &["handback", "--all", "--yes"]).await.code, Some(0));
}

#[tokio::test]
async fn whatever_else_is_answered_is_said_in_words_and_changes_nothing() {
    let clerks = Clerk::start().await;
    let elsewhere = Clerk::start().await;
    let dir = configured(&format!("[clerk]\n{}api_timeout = \"2s\"\n", clerks.section()));
    let location: &'static str = format!("location: http://{}/v1\r\n", elsewhere.address).leak();
    let echo = json!({ "errors": [{ "long_message": format!("No: {KEY}\u{7}\n…") }] }).to_string();
    for (act, words) in [
        (Act::Answer(401, "", echo.clone()), "does not accept the secret key (401): No: "),
        (Act::Answer(402, "", echo.clone()), "plan does not include this (402)"),
        (Act::Answer(403, "", echo), "does not allow this with this key (403)"),
        (Act::Answer(404, "", String::new()), "does not know this (404)"),
        (Act::Answer(422, "", "[]".to_owned()), "refuses the request (422)"),
        (Act::Answer(302, location, String::new()), "redirect (302), which is not followed"),
        (Act::Answer(500, "", "\u{0}".to_owned()), "fault of its own (500)"),
        (Act::Answer(200, "", "<!doctype html>".to_owned()), "shape that Clerk documents: it is not JSON"),
        (Act::Answer(200, "", "{}".to_owned()), "it is not a list of templates"),
        (Act::Answer(200, "", "[1]".to_owned()), "a template has no slug"),
        (
            Act::Answer(200, "", json!([{ "slug": "../../etc", "delivered_by_clerk": true }]).to_string()),
            "a template has no slug",
        ),
        (
            Act::Answer(200, "", json!([{ "slug": "invitation" }]).to_string()),
            "`invitation` has no `delivered_by_clerk`",
        ),
        (
            Act::Answer(200, "", json!([{ "slug": "invitation", "delivered_by_clerk": "yes" }]).to_string()),
            "no `delivered_by_clerk`",
        ),
        (Act::Answer(200, "", format!("[{}", "[".repeat(100_000))), "it is not JSON"),
        (Act::Hang, "answer did not come: none within 2s"),
        (Act::Forget, "answer did not come: the connection broke"),
    ] {
        clerks.revive();
        clerks.on("GET", 1, act);
        let ran = take_over(dir.path()).await;
        assert_eq!(ran.code, Some(1), "{words}: {ran:#?}");
        assert!(ran.stderr.contains(words) && !ran.stderr.contains('\u{7}'), "{words}: {ran:#?}");
        assert!(ran.stderr.lines().count() == 1, "{ran:#?}");
    }
    assert_eq!((clerks.count(), elsewhere.asked().len()), ((34, 34), 0));
    // Nobody listens.
    let address = clerks.address;
    drop(clerks);
    while tokio::net::TcpStream::connect(address).await.is_ok() {}
    let ran = take_over(dir.path()).await;
    assert!(ran.code == Some(1) && ran.stderr.contains("Clerk can't be reached"), "{address}: {ran:#?}");
}

#[tokio::test]
async fn other_keys_are_named_before_anything_is_sent() {
    let clerks = Clerk::start().await;
    let url = format!("api_url = \"http://{}\"", clerks.address);
    for (key, words) in [
        ("pk_test_ClerkCourierCanary", "is a publishable key"),
        ("whsec_ClerkCourierCanary", "is the signing secret of an endpoint"),
        ("ClerkCourierCanary", "is not a secret key of Clerk's"),
    ] {
        let dir = configured(&format!("[clerk]\n{url}\nsecret_key = \"{key}\"\n"));
        let ran = clerk(dir.path(), &["status"]).await;
        assert!(ran.code == Some(2) && ran.stderr.contains(words), "{ran:#?}");
        // The same from the environment, where the file says nothing.
        let dir = configured(&format!("[clerk]\n{url}\n"));
        let ran = run(dir.path(), &["clerk", "status"], &[("CLERK_SECRET_KEY", key)]).await;
        assert!(
            ran.code == Some(2) && ran.stderr.contains(words) && !ran.output().contains("Canary"),
            "{ran:#?}"
        );
    }
    for config in
        [format!("[clerk]\n{url}\n"), format!("[clerk]\n{url}\nsecret_key = \"${{CLERK_SECRET_KEY}}\"\n")]
    {
        let dir = configured(&config);
        let ran = clerk(dir.path(), &["status"]).await;
        assert!(ran.code == Some(2) && ran.stderr.contains("there is no secret key of Clerk's"), "{ran:#?}");
    }
    let dir = configured(&format!("[clerk]\nsecret_key = \"{KEY}\"\napi_url = \"http://api.example\"\n"));
    assert!(clerk(dir.path(), &["status"]).await.stderr.contains("would send the secret key in plain text"));
    assert_eq!(clerks.asked(), []);
    // The right one from the environment; one of another instance.
    let dir = configured(&format!("[clerk]\n{url}\n"));
    assert_eq!(
        run(dir.path(), &["clerk", "status", "--channel", "sms"], &[("CLERK_SECRET_KEY", KEY)]).await.code,
        Some(0)
    );
    let ran = run(dir.path(), &["clerk", "status"], &[("CLERK_SECRET_KEY", "sk_live_other")]).await;
    assert!(ran.code == Some(1) && ran.stderr.contains("does not accept the secret key (401)"), "{ran:#?}");
    assert!(!ran.output().contains("sk_live_other"), "{ran:#?}");
}

#[tokio::test]
async fn a_variants_instance_is_asked_by_its_own_key() {
    let clerks = Clerk::start().await;
    let other = "d2hzZWNfb2ZfYW5vdGhlci1pbnN0";
    let instance = |name: &str, key: &str| {
        format!(
            "[[variant]]\nname = \"{name}\"\nwhen = {{ instance = \"ins_{name}\" }}\nsigning_secrets = [\"{other}{name}\"]\n{key}\n"
        )
    };
    let email = "[email]\nfrom = \"a@acme.example\"\n";
    let variants = instance("bbbb", &format!("secret_key = \"{KEY}\"")) + &instance("cccc", "");
    let service = Courier::start(&(crate::support::courier::config(email) + &variants));
    let dir = configured(&format!(
        "[clerk]\nsigning_secrets = [\"{SECRET}\"]\napi_url = \"http://{}\"\n{email}providers = [\"files\"]\n\
         [providers.files]\ntype = \"outbox\"\ndir = \"out\"\n{variants}",
        clerks.address
    ));
    for (arguments, code, words) in [
        (&["status"][..], 2, "set CLERK_SECRET_KEY, or `[clerk] secret_key`"),
        (&["status", "--variant", "cccc"], 2, "set `secret_key` in the [[variant]] \"cccc\""),
        (&["status", "--variant", "bbb"], 2, "did you mean \"bbbb\"?"),
        (&["status", "--variant", "bbbb"], 0, "Clerk delivers 34 of 34 templates"),
        (
            &[
                "takeover",
                "--variant",
                "bbbb",
                "--channel",
                "email",
                "--all",
                "--yes",
                "--url",
                &service.url("/webhooks/clerk"),
            ],
            0,
            "Changed: 27 of 27.",
        ),
        (&["handback", "--variant", "bbbb", "--all", "--yes"], 0, "Changed: 27 of 27."),
    ] {
        let ran = clerk(dir.path(), arguments).await;
        assert!(ran.code == Some(code) && ran.output().contains(words), "{ran:#?}");
    }
}

#[tokio::test]
async fn nothing_is_changed_without_a_yes_a_check_and_a_tested_url() {
    let clerks = Clerk::start().await;
    let service = Courier::start(&crate::support::courier::config("[email]\nfrom = \"a@acme.example\"\n"));
    let url = service.url("/webhooks/clerk");
    let ready = |email: &str, secret: &str| {
        configured(&format!(
            "[clerk]\nsigning_secrets = [\"{secret}\"]\n{}[email]\nfrom = \"a@acme.example\"\n{email}\n\
             [providers.files]\ntype = \"outbox\"\ndir = \"out\"\n",
            clerks.section()
        ))
    };
    let fine = ready("providers = [\"files\"]", SECRET);
    let takeover = async |dir: &TempDir, more: &[&str]| {
        clerk(dir.path(), &[&["takeover", "--channel", "email"], more].concat()).await
    };
    for (dir, more, code, words) in [
        (&fine, &["--all"][..], 2, "not a terminal: add --yes"),
        (&fine, &[], 2, "required arguments were not provided"),
        (&fine, &["--all", "--yes"], 2, "with --url"),
        (
            &fine,
            &["invitaton", "--yes", "--url", &url],
            2,
            "no template \"invitaton\" in this instance. Did you mean \"invitation\"?",
        ),
        (
            &fine,
            &["--all", "--yes", "--url", &service.url("/nowhere")],
            1,
            "another program answers there (404)",
        ),
        (
            &fine,
            &["--all", "--yes", "--url", "http://127.0.0.1:1/webhooks/clerk"],
            1,
            "no answer from http://127.0.0.1:1/webhooks/clerk",
        ),
        (
            &ready("providers = []", SECRET),
            &["--all", "--yes", "--url", &url],
            1,
            "[email] has no `providers`",
        ),
        (
            &ready("providers = [\"none\"]", SECRET),
            &["--all", "--yes", "--url", &url],
            2,
            "this service is not ready",
        ),
        (
            &ready("providers = [\"files\"]", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            &["--all", "--yes", "--url", &url],
            1,
            "does not accept this configuration's first signing secret",
        ),
    ] {
        let ran = takeover(dir, more).await;
        assert_eq!((ran.code, clerks.count()), (Some(code), (34, 34)), "{words}: {ran:#?}");
        assert!(ran.output().contains(words), "{words}: {ran:#?}");
    }
    let broken = ready("providers = [\"files\"]", SECRET);
    std::fs::create_dir_all(broken.path().join("templates/email/invitation")).unwrap();
    std::fs::write(broken.path().join("templates/email/invitation/subject.txt.hbs"), "{{nobody}}").unwrap();
    let ran = takeover(&broken, &["--all", "--yes", "--url", &url]).await;
    assert!(
        ran.output().contains("subject.txt.hbs:1") && ran.output().contains("Nothing was changed"),
        "{ran:#?}"
    );
    assert_eq!(clerks.count(), (34, 34));

    let ran = takeover(&fine, &["--all", "--yes", "--url", &url]).await;
    assert_eq!((ran.code, clerks.count()), (Some(0), (34, 7)), "{ran:#?}");
    assert!(ran.stdout.contains("answers a signed test as it should"), "{ran:#?}");
}
