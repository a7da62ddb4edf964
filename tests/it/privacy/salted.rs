//! Events whose every secret is a mark of this test.

use serde_json::Value;

use super::{ADDRESS, BODY, CODE, LINK, NUMBER, SUBJECT, USER};
use crate::support::courier::fixture;

/// A fixture whose secrets are ours.
pub(super) fn salted(name: &str, id: &str) -> Value {
    let mut event = fixture(name, id);
    let data = &mut event["data"];
    let is_mail = name.starts_with("email");
    data[if is_mail { "to_email_address" } else { "to_phone_number" }] =
        if is_mail { ADDRESS } else { NUMBER }.into();
    for body in ["body", "body_plain", "message"] {
        data[body] = format!("<p>{BODY} {CODE} {LINK}</p>").into();
    }
    data["subject"] = SUBJECT.into();
    for (variable, value) in [("otp_code", CODE), ("magic_link", LINK), ("action_url", LINK)] {
        if data["data"].get(variable).is_some() {
            data["data"][variable] = value.into();
        }
    }
    data["data"]["user"]["email_address"] = ADDRESS.into();
    event
}

/// An event of the user, with a language that is nobody else's.
pub(super) fn of_user(kind: &str, locale: Value) -> Value {
    let mut event = fixture("user.created.unhandled", USER);
    event["type"] = kind.into();
    event["data"]["locale"] = locale;
    event
}

pub(super) fn mail(id: &str) -> Value {
    salted("email.created.verification_code", id)
}

pub(super) fn text(id: &str) -> Value {
    salted("sms.created.verification_code", id)
}

pub(super) fn with(mut event: Value, pointer: &str, value: impl Into<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[key] = value.into();
    event
}
