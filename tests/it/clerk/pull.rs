//! `clerk-courier clerk pull`: Clerk's templates as files that pass `check`.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::clerk;
use crate::support::clerk::Clerk;
use crate::support::command::run;
use crate::support::courier::SECRET;

/// A template in the markup of Clerk's editor, with most of its elements.
const MARKUP: &str = r##"<re-html>
<re-head><re-title>{{otp_code}} is your code</re-title></re-head>
<re-body background-color="#f4f4f6" padding="48px 32px">
    <re-preheader>Your code for {{app.name}}</re-preheader>
    <re-header padding="16px 32px 8px 32px">
        <re-text font-size="18px" font-weight="bold" color="#111827">{{> app_logo}}</re-text>
    </re-header>
    <re-main background-color="#ffffff" border-radius="12px">
        <re-block align="left" padding="32px 32px 48px 32px" font-size="14px" level="h1">
            <re-heading margin="0" level="h1" color="#111827" font-size="24px" line-height="32px">Sign in &amp; go on</re-heading>
            <re-text margin="32px 0px 0px 0px" color="#747686">Enter this code:</re-text>
            <re-text font-size="40px" margin="16px 0px 0px 0px"><b>{{otp_code}}</b></re-text>
            {{#if user.public_metadata.plan}}
            <re-text>You are on {{user.public_metadata.plan}}.<br>Thank you!</re-text>
            {{else}}
            Have you seen <re-link href="{{app.url}}" color="#335bf1">our plans</re-link>?
            {{/if}}
            <re-grid>
                <re-column width="38%" padding="10px"><re-text>From</re-text></re-column>
                <re-column width="62%"><re-text>{{requested_from}}, {{requested_at}}</re-text></re-column>
            </re-grid>
            <re-block background-color="#eeeeee" padding="8px 0px" box-shadow="0 0 4px #000"></re-block>
            <re-image src="https://acme.example/pic.png?a=1&b=2" alt="A picture" width="44"></re-image>
            <re-spacer height="20px"></re-spacer>
            <re-button href="{{app.url}}" background-color="{{theme.primary_color}}" color="{{theme.button_text_color}}"
                border-radius="16px" padding="18px 44px">Open {{app.name}}</re-button>
            <re-wobble>Kept words</re-wobble>
        </re-block>
    </re-main>
    <re-footer padding="24px 32px 48px">
        <re-divider background-color="#B7B8C2" height="1px"></re-divider>
        <re-text margin="16px 0px 0px 0px" font-size="13px">{{> footer}} {{> social_links}}</re-text>
    </re-footer>
</re-body>
</re-html>"##;

/// A template that Clerk has as HTML alone.
const HTML: &str = r#"<!DOCTYPE html><html><head><title>Join</title><style>p > b { color: red }</style></head><body>
<span style="color: transparent; display: none;">Hidden <span>preview</span></span>
<table><tr><td><h1>Join {{org.name}}</h1></td></tr>
<tr><td><p>{{{inviter_name}}} invites you{{#if org.name}} to {{org.name}}{{/if}}.</p>
<p><a href="{{action_url}}">Accept&nbsp;it</a></p></td></tr></table>
<p>{{> copyright}}</p></body></html>"#;

/// A directory with a whole configuration that leads to the stand-in.
fn configured(clerks: &Clerk) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "[clerk]\nsigning_secrets = [\"{SECRET}\"]\n{}[email]\nfrom = \"a@acme.example\"\nproviders = [\"files\"]\n\
         [sms]\nproviders = [\"files\"]\n[providers.files]\ntype = \"outbox\"\ndir = \"out\"\n",
        clerks.section()
    );
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    dir
}

fn edited(more: &Value) -> Value {
    let mut fields = json!({ "resource_type": "user", "can_revert": true });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

fn read(dir: &Path, path: &str) -> String {
    std::fs::read_to_string(dir.join("templates").join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

async fn rendered(dir: &Path, arguments: &[&str]) -> String {
    run(dir, &[&["render"], arguments].concat(), &[]).await.ok()
}

/// The three kinds: the editor's markup, HTML, an SMS.
fn three_kinds(clerks: &Clerk) {
    clerks.set(
        "email",
        "verification_code",
        edited(&json!({
            "subject": "{{otp_code}} is your {{app.name}} code", "markup": MARKUP, "body": "<p>{{otp_code}}</p>",
            "available_variables": ["app.name", "app.url", "otp_code", "requested_from", "requested_at", "user.public_metadata"],
            "required_variables": ["otp_code"],
        })),
    );
    clerks.set(
        "email",
        "organization_invitation",
        edited(
            &json!({ "subject": "Join {{{org.name}}}", "body": HTML, "required_variables": ["action_url"] }),
        ),
    );
    clerks.set(
        "sms",
        "verification_code",
        edited(&json!({ "body": "{{otp_code}} is your {{app.name}} code. & do not share it.", "required_variables": ["otp_code"] })),
    );
}

#[tokio::test]
async fn three_kinds_of_templates_become_files_that_pass_check_and_render() {
    let clerks = Clerk::start().await;
    let dir = configured(&clerks);
    let dir = dir.path();
    three_kinds(&clerks);
    let ran = clerk(dir, &["pull"]).await;
    assert!(ran.stdout.contains("Templates written: 3, left out: 0."), "{ran:#?}");
    for words in [
        "email/verification_code/ (MJML)",
        "email/organization_invitation/ (HTML)",
        "sms/verification_code.txt.hbs (an SMS)",
        "<re-wobble> has no counterpart",
        "`box-shadow` of <re-block> is left out",
        "the partial {{> social_links}} is left out",
        "{{{inviter_name}}} became {{inviter_name}}",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    let mjml = read(dir, "email/verification_code/body.mjml.hbs");
    assert!(
        mjml.contains("<mj-title>{{otp_code}} is your code</mj-title>") && !mjml.contains("<re-"),
        "{mjml}"
    );
    assert_eq!(
        read(dir, "email/verification_code/body.txt.hbs").lines().take(7).collect::<Vec<_>>(),
        ["{{app.name}}", "", "Sign in & go on", "", "Enter this code:", "", "{{otp_code}}"]
    );
    let offer: Value = serde_json::from_str(&read(dir, "email/verification_code/clerk.json")).unwrap();
    assert_eq!(offer["required_variables"], json!(["otp_code"]));

    let checked = run(dir, &["check"], &[]).await.ok();
    assert!(checked.contains("proven"), "{checked}");
    let html = rendered(dir, &["verification_code", "--part", "html"]).await;
    for words in [
        "Sign in &amp; go on",
        "font-size:40px",
        "our plans</a>?",
        "width:44px",
        "Kept words",
        "Open Larkfield",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(!html.contains("You are on"), "{html}");
    let html =
        rendered(dir, &["verification_code", "--part", "html", "--set", "user.public_metadata.plan=gold"])
            .await;
    assert!(html.contains("You are on gold.<br"), "{html}");
    let text = rendered(dir, &["organization_invitation", "--part", "text"]).await;
    assert!(
        text.contains(" invites you to ") && text.contains("Accept it https://") && !text.contains("Hidden"),
        "{text}"
    );
    let sms = rendered(dir, &["verification_code", "--channel", "sms"]).await;
    assert!(sms.contains(" code. & do not share it."), "{sms}");
}

#[tokio::test]
async fn check_knows_what_clerk_offers_and_demands() {
    let clerks = Clerk::start().await;
    let dir = configured(&clerks);
    let dir = dir.path();
    // A kind of mail that is not known here, with variables of its own.
    clerks.set(
        "email",
        "zebra_report",
        edited(&json!({
            "subject": "{{zebra.count}} zebras", "body": "<p>{{zebra.count}} of {{zoo}}</p>",
            "available_variables": ["{{zebra.count}}", "zoo"], "required_variables": ["zebra.count"],
        })),
    );
    let ran = clerk(dir, &["pull", "zebra_report"]).await;
    assert!(ran.stdout.contains("Templates written: 1"), "{ran:#?}");
    let checked = run(dir, &["check"], &[]).await.ok();
    assert!(checked.contains("unproven  email zebra_report"), "{checked}");
    let event = json!({ "type": "email.created", "data": {
        "slug": "zebra_report", "to_email_address": "a@acme.example", "data": { "zebra": { "count": 9 } },
    }});
    std::fs::write(dir.join("event.json"), event.to_string()).unwrap();
    let html = rendered(dir, &["--event", "event.json", "--part", "html"]).await;
    assert!(html.contains("<p>9 of </p>"), "{html}");

    let body = dir.join("templates/email/zebra_report/body.html.hbs");
    for (text, words) in [
        ("<p>{{zebra.count}} of {{zooo}}</p>", "did you mean `zoo`?"),
        ("<p>{{zoo}}</p>", "leaves out `zebra.count`, which Clerk demands in this template"),
    ] {
        std::fs::write(&body, text).unwrap();
        let ran = run(dir, &["check"], &[]).await;
        assert!(ran.code == Some(1) && ran.output().contains(words), "{words}: {ran:#?}");
    }
    std::fs::write(&body, "<p>{{zebra.count}}</p>").unwrap();
    std::fs::write(dir.join("templates/email/zebra_report/clerk.json"), "{").unwrap();
    let ran = run(dir, &["check"], &[]).await;
    assert!(ran.output().contains("clerk.json: is not a JSON object: write it again with"), "{ran:#?}");
}

#[tokio::test]
async fn nothing_is_overwritten_without_force_and_nothing_leaves_the_folder() {
    let clerks = Clerk::start().await;
    let dir = configured(&clerks);
    let dir = dir.path();
    three_kinds(&clerks);
    let mine = dir.join("templates/email/verification_code/body.html.hbs");
    std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
    std::fs::write(&mine, "<p>Mine: {{otp_code}}</p>").unwrap();
    let ran = clerk(dir, &["pull"]).await;
    assert!(
        ran.stdout.contains("Templates written: 2, left out: 1.")
            && ran.stdout.contains("body.html.hbs exists, and is kept"),
        "{ran:#?}"
    );
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "<p>Mine: {{otp_code}}</p>");
    assert_eq!(std::fs::read_dir(mine.parent().unwrap()).unwrap().count(), 1);
    let ran = clerk(dir, &["pull", "verification_code", "--channel", "email", "--force"]).await;
    assert!(
        ran.stdout.contains("Templates written: 1, left out: 0.")
            && ran.stdout.contains("since a mail has one body"),
        "{ran:#?}"
    );
    run(dir, &["check"], &[]).await.ok();

    clerks.set("email", "partials", edited(&json!({ "body": "<p>x</p>" })));
    clerks.set("email", "Upper-Case", edited(&json!({ "body": "<p>x</p>" })));
    clerks.set("email", "invitation", edited(&json!({})));
    let ran = clerk(dir, &["pull", "partials", "Upper-Case", "invitation"]).await;
    assert!(ran.stdout.matches("a file can't have its name").count() == 2, "{ran:#?}");
    assert!(ran.stdout.contains("email invitation: Clerk does not show what is in it"), "{ran:#?}");
    assert!(
        !dir.join("templates/email/Upper-Case").exists() && !dir.join("templates/email/partials").exists()
    );
    let ran = clerk(dir, &["pull", "nothing_of_it"]).await;
    assert!(ran.code == Some(2) && ran.stderr.contains("no template \"nothing_of_it\""), "{ran:#?}");
}

#[tokio::test]
async fn what_would_not_pass_is_had_in_another_form_or_left_out_by_name() {
    let clerks = Clerk::start().await;
    let dir = configured(&clerks);
    let dir = dir.path();
    let mail =
        |markup: &str, body: &str| edited(&json!({ "subject": "A subject", "markup": markup, "body": body }));
    // The markup tears a block apart, and the HTML is fine.
    let torn =
        "<re-body><re-text>{{#if app.name}}<b>{{otp_code}}</re-text><re-text>{{/if}}</re-text></re-body>";
    clerks.set("email", "verification_code", mail(torn, "<p>{{otp_code}}</p>"));
    clerks.set("email", "reset_password_code", mail("", "<p>{{otp_code}} {{#if}}</p>"));
    clerks.set("email", "magic_link_sign_in", mail(&"<re-block>".repeat(200), ""));
    clerks.set("email", "invitation", mail("", "<p>{{magic_lnk}} {{wobble x}} {{action_url}}</p>"));
    clerks.set("email", "password_changed", mail("", "<p>Changed. ⟦ {{#each x}}{{y}}{{/each}}</p>"));
    let ran = clerk(dir, &["pull"]).await;
    for words in [
        "email/verification_code/ (HTML)",
        "Clerk's markup can't become MJML, so Clerk's HTML was taken",
        "left out  email reset_password_code: it would not pass `check`",
        "left out  email magic_link_sign_in: Clerk does not show what is in it",
        "left out  email invitation: it would not pass `check`",
        "email/password_changed/ (HTML)",
        "Templates written: 2, left out: 3.",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    run(dir, &["check"], &[]).await.ok();
    // Faults that were there before are named, and nothing is written.
    std::fs::write(dir.join("templates/email/password_changed/subject.txt.hbs"), "{{nobody}}").unwrap();
    clerks.set("sms", "invitation", edited(&json!({ "body": "Come: {{action_url}}" })));
    let ran = clerk(dir, &["pull", "invitation", "--channel", "sms"]).await;
    assert!(ran.code == Some(1) && ran.stderr.contains("your templates have faults"), "{ran:#?}");
    assert!(!dir.join("templates/sms").exists());
}
