//! A configuration or a template that is wrong is described without its values.

use std::process::Command;

use super::{
    CODE, LEDGER_KEY, SMTP_PASSWORD, SMTP_USER, TWILIO_TOKEN, canaries, directory, put, signing_secret,
};
use crate::support::courier::program;

/// `CANARY` and `CANARY_FILE` are set to a secret, and to what is no value for any key.
fn said(directory: &std::path::Path, command: &str) -> (Option<i32>, String) {
    let output = Command::new(program())
        .args([command, "--log", "trace"])
        .env("RUST_LOG", "trace")
        .env("CANARY", SMTP_PASSWORD)
        .current_dir(directory)
        .output()
        .unwrap();
    (
        output.status.code(),
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
    )
}

fn configurations() -> Vec<String> {
    let secret = signing_secret();
    let clerk = format!("[clerk]\nsigning_secrets = [\"{secret}\"]\n");
    let smtp = |rest: &str| {
        format!("{clerk}[providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:25\"\n{rest}\n")
    };
    let at = |url: &str| format!("{clerk}[providers.main]\ntype = \"smtp\"\nurl = \"{url}\"\n");
    vec![
        format!("[clerk]\nsigning_secrets = [\"{secret}!\"]\n"),
        format!("[clerk]\nsigning_secrets = \"{secret}\"\n"),
        format!("[clerk]\nsigning_secrets = [[\"{secret}\"]]\n"),
        format!("[clerk]\nsigning_secret = [\"{secret}\"]\n"),
        format!("[clerk]\nsigning_secrets = [\"{secret}\n"),
        format!("[clerk]\nsigning_secrets = [{secret}]\n"),
        smtp(&format!("username = \"{SMTP_USER}\"")),
        smtp(&format!("password = \"{SMTP_PASSWORD}\"")),
        smtp(&format!("username = \"{SMTP_USER}\"\npassword = [\"{SMTP_PASSWORD}\"]")),
        smtp(&format!("username = {{ name = \"{SMTP_USER}\" }}\npassword = \"\"")),
        smtp(&format!("username = \"{SMTP_USER}\"\npasword = \"{SMTP_PASSWORD}\"")),
        smtp(&format!("username = \"{SMTP_USER}\"\npassword = \"{SMTP_PASSWORD}\\n\"")),
        smtp(&format!("username = \"{SMTP_USER}\"\npassword = \"{SMTP_PASSWORD}\\q\"")),
        smtp(&format!("username = \"{SMTP_USER}\" password = \"{SMTP_PASSWORD}\"")),
        smtp(&format!("username = \"{SMTP_USER}\"\npassword = {SMTP_PASSWORD}")),
        smtp("username = \"u\"\npassword = \"p\"\nhelo = \"${CANARY} x\""),
        smtp("attempt_timeout = \"${CANARY}\""),
        at(&format!("smtp://{SMTP_USER}:{SMTP_PASSWORD}@mail.example:587")),
        at(&format!("smtp://{SMTP_USER}:%zz{TWILIO_TOKEN}@mail.example")),
        at(&format!("smtp://{SMTP_USER}:{TWILIO_TOKEN}@mail.example?tls=none")),
        at(&format!("smtp://{SMTP_USER}:{TWILIO_TOKEN}@127.0.0.1:99999")),
        at(&format!("http://{SMTP_USER}:{TWILIO_TOKEN}@127.0.0.1")),
        format!(
            "{clerk}[providers.sms]\ntype = \"twilio\"\naccount_sid = \"{TWILIO_TOKEN}\"\nauth_token = 7\n"
        ),
        format!(
            "{clerk}[providers.sms]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"{TWILIO_TOKEN}\"\napi_key = \"{TWILIO_TOKEN}\"\n"
        ),
        format!(
            "{clerk}[providers.sms]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"t\"\nbase_url = \"https://u:{TWILIO_TOKEN}@a.example\"\n"
        ),
        format!("{clerk}[providers.sms]\ntype = \"{TWILIO_TOKEN}\"\n"),
        format!("{clerk}[ledger]\nurl = \"postgres://{SMTP_USER}:{LEDGER_KEY}@db.example/x\"\n"),
        format!("{clerk}[ledger]\nurl = \"{LEDGER_KEY}\"\n"),
        format!("{clerk}[ledger]\nrecipient_key = [\"{LEDGER_KEY}\"]\n"),
        format!("{clerk}[brand]\nprimary_color = \"${{CANARY}}\"\n"),
        format!("{clerk}[email]\nfrom = \"${{CANARY}}\"\n"),
        format!("{clerk}[email]\nproviders = [\"${{CANARY}}\"]\n"),
        format!("{clerk}[server]\nlisten = \"${{file:secret}}\"\n"),
        format!("{clerk}[server]\nworkers = \"${{file:secret}}\"\n"),
    ]
}

#[test]
fn faults_of_a_configuration_are_told_without_its_secrets() {
    let canaries = canaries();
    for config in configurations() {
        let dir = directory(&config);
        put(dir.path(), "secret", TWILIO_TOKEN);
        for command in ["serve", "check"] {
            let (status, said) = said(dir.path(), command);
            assert_eq!(status, Some(2), "{config}\n{said}");
            assert!(said.contains("config.toml:"), "{config}\n{said}");
            canaries.assert_absent(&format!("{command} with\n{config}\nwhich says\n{said}"), &said);
        }
    }
}

/// The text of a template may be shown, what a value made of it may not; a code in a template is its author's own.
#[test]
fn a_template_that_cannot_be_loaded_is_told_without_values() {
    let canaries = canaries();
    let dir = directory(&format!(
        "[clerk]\nsigning_secrets = [\"{}\"]\n[brand]\nname = \"{CODE}\"\n",
        signing_secret()
    ));
    for template in
        ["{{#if}}{{/if}}", "{{app.nam}}", "{{lookup app app.name}}", "{{> (lookup app \"name\")}}"]
    {
        put(dir.path(), "templates/sms/verification_code.txt.hbs", &format!("{{{{otp_code}}}}{template}"));
        let (status, said) = said(dir.path(), "check");
        assert_eq!(status, Some(1), "{template}: {said}");
        canaries.assert_absent(&format!("check with {template}, which says\n{said}"), &said);
    }
}
