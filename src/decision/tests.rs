use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::event::Event;
use crate::webhook::Verified;

const CONFIG: &str = r#"
[clerk]
signing_secrets = ["whsec_AAAA"]
[email]
from = "Acme <login@acme.example>"
providers = ["main"]
[email.by_slug.password_changed]
send = false
[email.by_slug.reset_password_code]
from = "Acme Resets <resets@acme.example>"
[email.by_slug.invitation]
redirect_to = "stage@acme.example"
[email.by_slug.mfa_enabled]
allow_recipients = ["*@acme.example", "Ann@other.example", "*@münchen.example", "a..b@docomo.example"]
[sms]
from = "+15005550006"
providers = ["twilio", "outbox"]
[sms.by_slug.invitation]
redirect_to = "+447700900999"
[sms.by_slug.passkey_added]
allow_recipients = ["+4407700900123", "+44 7700 900555"]
[[sms.by_country]]
countries = ["DE", "AT"]
from = "ACME"
providers = ["outbox"]
[[sms.by_country]]
countries = ["FR"]
action = "block"
[providers.main]
type = "smtp"
url = "smtp://127.0.0.1:25"
[providers.outbox]
type = "outbox"
[providers.twilio]
type = "twilio"
account_sid = "AC1"
auth_token = "t"
"#;

fn policy(text: &str) -> Policy {
    let config = Config::parse(text, Path::new("config.toml"), &|_: &str| None).unwrap();
    Policy {
        variant: None,
        skip_test_recipients: config.clerk.skip_test_recipients,
        email: config.email,
        sms: config.sms,
    }
}

/// What is decided, in one line.
fn decided(policy: &Policy, event: &Value) -> String {
    let verified = Verified { id: "msg_1".to_owned(), signer: None, body: event.to_string() };
    let Ok(Event::Created(event)) = Event::parse(&verified, UNIX_EPOCH + Duration::from_secs(1_787_300_061))
    else {
        panic!("no event")
    };
    match decide(&event, policy) {
        Decision::Skip(reason) => format!("skip {reason:?}"),
        Decision::Reject(reason, detail) => format!("reject {reason:?} {}", detail.unwrap_or_default()),
        Decision::Deliver(plan) => {
            let (to, from) = match &plan.addressing {
                Addressing::Email { to, sender } => (
                    to.to_string(),
                    match &sender.from {
                        Some(policy::Sender::Fixed(from)) => from.email.to_string(),
                        other => format!("{other:?}"),
                    },
                ),
                Addressing::Sms { to, from, .. } => (to.e164.clone(), from.unwrap_or("-").to_owned()),
            };
            let for_whom = plan.redirected_from.as_deref().map(|to| format!(" for {to}")).unwrap_or_default();
            format!("{to}{for_whom} from {from} by {}", plan.providers.join(","))
        }
    }
}

fn mail(slug: &str, to: &str) -> Value {
    json!({"type": "email.created", "data": {"slug": slug, "to_email_address": to, "data": {}}})
}

fn text(slug: &str, to: &str) -> Value {
    json!({"type": "sms.created", "data": {"slug": slug, "to_phone_number": to, "data": {}}})
}

#[test]
fn the_table_of_decisions() {
    let policy = policy(CONFIG);
    let by_clerk =
        json!({"type": "email.created", "data": {"to_email_address": "broken", "delivered_by_clerk": true}});
    let for_nobody = json!({"type": "email.created", "data": {"to_email_address": " "}});
    let invalid = "reject InvalidRecipient it is not an email address, or it contains more than one";
    for (event, expected) in [
        (by_clerk, "skip DeliveredByClerk"),
        (for_nobody, "skip NothingToSend"),
        (mail("verification_code", "ann@x.example"), "ann@x.example from login@acme.example by main"),
        (mail("reset_password_code", "ann@x.example"), "ann@x.example from resets@acme.example by main"),
        (mail("password_changed", "ann@x.example"), "skip SwitchedOff"),
        (mail("verification_code", "ann+clerk_test@x.example"), "skip TestRecipient"),
        (mail("verification_code", "ann+a+CLERK_test@x.example"), "skip TestRecipient"),
        (
            mail("verification_code", "clerk_test@x.example"),
            "clerk_test@x.example from login@acme.example by main",
        ),
        (mail("verification_code", "a@b@c"), invalid),
        (mail("verification_code", "a@x.example,b@x.example"), invalid),
        (mail("verification_code", "a@x.example b@x.example"), invalid),
        (mail("verification_code", "a@x.example\r\nBcc: b@x.example"), invalid),
        (mail("verification_code", "Ann <a@x.example>"), invalid),
        (mail("verification_code", "nobody"), invalid),
        (
            mail("invitation", "ann@x.example"),
            "stage@acme.example for ann@x.example from login@acme.example by main",
        ),
        (mail("mfa_enabled", "bob@ACME.example"), "bob@ACME.example from login@acme.example by main"),
        (mail("mfa_enabled", "ann@other.example"), "ann@other.example from login@acme.example by main"),
        (
            mail("mfa_enabled", "bob@münchen.example"),
            "bob@xn--mnchen-3ya.example from login@acme.example by main",
        ),
        (
            mail("mfa_enabled", "a..b@docomo.example"),
            "\"a..b\"@docomo.example from login@acme.example by main",
        ),
        (mail("verification_code", "a..b+clerk_test@x.example"), "skip TestRecipient"),
        (
            mail("verification_code", "\u{202a}ann@x.example\u{a0}"),
            "ann@x.example from login@acme.example by main",
        ),
        (mail("mfa_enabled", "bob@other.example"), "skip NotAllowed"),
        (mail("mfa_enabled", "bob@evilacme.example"), "skip NotAllowed"),
        (text("verification_code", "+44 7700 900123"), "+447700900123 from +15005550006 by twilio,outbox"),
        (text("verification_code", "+12015550123"), "skip TestRecipient"),
        (text("verification_code", "+12015550200"), "+12015550200 from +15005550006 by twilio,outbox"),
        (text("verification_code", "+4915123456789"), "+4915123456789 from ACME by outbox"),
        (text("verification_code", "+33612345678"), "reject BlockedCountry "),
        (
            text("verification_code", "12"),
            "reject InvalidRecipient it is not a phone number in international form, such as +447700900123",
        ),
        (text("verification_code", "+447700900123;ext=5"), "reject InvalidRecipient it has an extension"),
        (
            text("verification_code", "+1234567890123456"),
            "reject InvalidRecipient it has more than 15 digits",
        ),
        (
            text("invitation", "+447700900123"),
            "+447700900999 for +447700900123 from +15005550006 by twilio,outbox",
        ),
        (text("passkey_added", "+447700900123"), "+447700900123 from +15005550006 by twilio,outbox"),
        (text("passkey_added", "+447700900555"), "+447700900555 from +15005550006 by twilio,outbox"),
        (text("passkey_added", "+447700900124"), "skip NotAllowed"),
    ] {
        assert_eq!(decided(&policy, &event), expected, "{event}");
    }
}

#[test]
fn test_recipients_are_sent_to_when_asked_for() {
    let policy = policy(&CONFIG.replace("[clerk]", "[clerk]\nskip_test_recipients = false"));
    assert!(decided(&policy, &mail("x", "ann+clerk_test@x.example")).starts_with("ann+clerk_test@"));
    assert!(decided(&policy, &text("x", "+12015550123")).starts_with("+12015550123"));
}

#[test]
fn a_message_dies_with_its_code_or_link() {
    let policy = policy(CONFIG);
    let born = Some(UNIX_EPOCH + Duration::from_secs(1_787_300_061));
    let minutes = |n| Some(Lifetime { born, ttl: Duration::from_mins(n) });
    for (slug, variables, expected) in [
        ("verification_code", json!({"otp_code": "1"}), minutes(10)),
        ("anything", json!({"otp_code": "1", "ttl_minutes": 5}), minutes(5)),
        ("anything", json!({"magic_link": "https://x.example", "ttl_minutes": "15"}), minutes(15)),
        ("anything", json!({"otp_code": "1", "ttl_minutes": "soon"}), minutes(10)),
        ("anything", json!({"otp_code": "1", "ttl_minutes": 0}), minutes(10)),
        ("verification_code", json!({}), minutes(10)),
        ("magic_link_sign_up", json!({}), minutes(10)),
        ("password_changed_x", json!({"otp_code": null}), None),
        ("invitation", json!({"action_url": "https://x.example", "ttl_minutes": 5}), None),
    ] {
        let event = json!({"type": "sms.created", "timestamp": 1_787_300_061,
            "data": {"slug": slug, "to_phone_number": "+447700900123", "data": variables}});
        let verified = Verified { id: "m".to_owned(), signer: None, body: event.to_string() };
        let Ok(Event::Created(event)) =
            Event::parse(&verified, UNIX_EPOCH + Duration::from_secs(1_787_300_061))
        else {
            panic!("no event")
        };
        let Decision::Deliver(plan) = decide(&event, &policy) else { panic!("not delivered") };
        assert_eq!(plan.lifetime, expected, "{slug} {variables}");
    }
}

#[test]
fn without_a_time_of_birth_the_ledgers_first_sight_counts() {
    let lifetime = Lifetime { born: None, ttl: Duration::from_mins(10) };
    assert_eq!(lifetime.end(UNIX_EPOCH), Some(UNIX_EPOCH + Duration::from_mins(10)));
}

#[test]
fn a_redirect_that_cannot_be_read_lets_nothing_through() {
    let mut policy = policy(CONFIG);
    policy.email.base.route.redirect_to = Some("stage".to_owned());
    policy.sms.base.route.redirect_to = Some("+999123456789".to_owned());
    for (event, expected) in [
        (
            mail("verification_code", "ann@x.example"),
            "reject InvalidRecipient redirect_to is not an email address",
        ),
        (
            text("verification_code", "+447700900123"),
            "reject InvalidRecipient redirect_to is not a phone number",
        ),
    ] {
        assert_eq!(decided(&policy, &event), expected);
    }
}
