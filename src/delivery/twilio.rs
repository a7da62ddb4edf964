//! Twilio's Messages resource (<https://www.twilio.com/docs/messaging/api/message-resource>).

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Url};
use serde::Deserialize;
use url::form_urlencoded;

use super::http::{self, Answer};
use super::{Budget, Fault, FaultKind, Verdict};
use crate::message::Sms;
use crate::secret::Secret;

/// Twilio keeps a message for 1 s to 10 h.
const VALIDITY_SECONDS: std::ops::RangeInclusive<u64> = 1..=36_000;

/// One account, as configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `AC…`
    pub account_sid: String,
    /// User name of the request: `SK…` for an API key, else the account's SID.
    pub user: String,
    /// Auth token, or the API key's secret.
    pub password: Secret,
    /// `MG…`, in place of `from`.
    pub messaging_service_sid: Option<String>,
    /// Without a trailing slash.
    pub base_url: String,
    /// For one attempt.
    pub attempt_timeout: Duration,
}

/// An account that texts are handed to.
#[derive(Debug, Clone)]
pub struct Twilio {
    client: Client,
    url: Url,
    authorization: HeaderValue,
    settings: Settings,
}

/// What stops Twilio from being set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The configured `base_url`.
    #[error("base_url and account_sid make no URL")]
    Url,
    /// The credentials hold something that no header may.
    #[error("the credentials fit in no header")]
    Credentials,
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] http::SetupError),
}

#[derive(Deserialize, Default)]
struct Reply {
    sid: Option<String>,
    code: Option<u32>,
}

impl Twilio {
    /// Prepares requests, and a client of its own.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let client = http::client(settings.attempt_timeout)?;
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", settings.base_url, settings.account_sid);
        let url = Url::parse(&url).map_err(|_| SetupError::Url)?;
        let credentials = STANDARD.encode(format!("{}:{}", settings.user, settings.password.reveal()));
        let mut authorization =
            HeaderValue::try_from(format!("Basic {credentials}")).map_err(|_| SetupError::Credentials)?;
        authorization.set_sensitive(true);
        Ok(Self { client, url, authorization, settings })
    }

    /// Hands one text to Twilio. Messages have no idempotency key there, so a lost answer stays in doubt.
    pub async fn deliver(&self, sms: &Sms, budget: Budget) -> Verdict {
        let Some(form) = self.form(sms) else {
            let detail = "neither a sender nor a messaging_service_sid is configured";
            return Verdict::Deferred(Fault::new("http", FaultKind::Account, detail));
        };
        let request = self.client.post(self.url.clone()).header(AUTHORIZATION, self.authorization.clone());
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        match http::exchange(request, form, budget.total).await {
            Ok(answer) => judge(&answer),
            Err(verdict) => verdict,
        }
    }

    /// The form's pairs; `None` where there is nobody to send as.
    fn form<'a>(&'a self, sms: &'a Sms) -> Option<Vec<(&'static str, std::borrow::Cow<'a, str>)>> {
        let sender = match &self.settings.messaging_service_sid {
            Some(service) => ("MessagingServiceSid", service.as_str()),
            None => ("From", sms.from.as_deref()?),
        };
        let mut form = vec![
            ("To", sms.to.e164.as_str().into()),
            (sender.0, sender.1.into()),
            ("Body", sms.text.as_str().into()),
        ];
        if let Some(left) = sms.valid_for {
            let seconds = left.as_secs().clamp(*VALIDITY_SECONDS.start(), *VALIDITY_SECONDS.end());
            form.push(("ValidityPeriod", seconds.to_string().into()));
        }
        Some(form)
    }
}

fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    let reply: Reply = serde_json::from_slice(&answer.body).unwrap_or_default();
    if status == 201 || (answer.status.is_success() && reply.sid.is_some()) {
        return Verdict::Accepted { receipt: reply.sid.filter(|sid| is_sid(sid)) };
    }
    let mut detail = format!("HTTP {status}");
    if let Some(code) = reply.code {
        // Writing into a String can't fail.
        let _ = write!(detail, ", code {code}");
    }
    if !answer.complete && (400..500).contains(&status) {
        // Twilio's code is missing, and without it nothing is final.
        return Verdict::Deferred(Fault::new("http", FaultKind::Unavailable, detail));
    }
    classify(status, reply.code, detail)
}

/// Two letters and 32 hexadecimal digits, says Twilio. The receipt is shown and kept, so whoever answers in Twilio's place
/// must not get anything else in there.
fn is_sid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// By Twilio's code, else by status: Twilio keeps splitting its codes, so an unknown one must not decide more than the
/// status says (<https://www.twilio.com/docs/api/errors>).
fn classify(status: u16, code: Option<u32>, detail: String) -> Verdict {
    let fault = |kind| Fault::new("http", kind, detail);
    match (code.unwrap_or(0), status) {
        // Not a number that gets texts, unsubscribed (STOP), a landline.
        (21211 | 21214 | 21217 | 21265 | 21601 | 21610 | 21614 | 21635, _) => {
            Verdict::Rejected(fault(FaultKind::Recipient))
        }
        // No text, or too long a one.
        (21602 | 21605 | 21617, _) => Verdict::Refused(fault(FaultKind::Content)),
        // The route, not the recipient: geo permissions, no route for this pair, pumping protection.
        (21408 | 21612 | 30450 | 30453, _) => Verdict::Refused(fault(FaultKind::Account)),
        (code, status) => match deferred(code).or_else(|| deferred_by(status)) {
            Some(kind) => Verdict::Deferred(fault(kind)),
            None if (400..500).contains(&status) => Verdict::Refused(fault(FaultKind::Content)),
            // A gateway that gave up on Twilio, or a success that is none of Twilio's: it may have been taken.
            None if status == 504 || status < 300 => Verdict::InDoubt(fault(FaultKind::Unavailable)),
            None => Verdict::Deferred(fault(FaultKind::Unavailable)),
        },
    }
}

fn deferred(code: u32) -> Option<FaultKind> {
    Some(match code {
        20429 | 14107 | 21611 | 30022 | 30023 | 30027 => FaultKind::Throttled,
        20500 | 20503 | 30001 | 30008 | 30017 | 30410 => FaultKind::Unavailable,
        20003 | 20005 | 20006 | 20008 => FaultKind::Credentials,
        // Sender, trial account, messaging service, registration.
        20404
        | 21212
        | 21603
        | 21604
        | 21606..=21609
        | 21657
        | 21659..=21661
        | 21701..=21705
        | 30002
        | 30032
        | 30034 => FaultKind::Account,
        _ => return None,
    })
}

fn deferred_by(status: u16) -> Option<FaultKind> {
    match status {
        429 => Some(FaultKind::Throttled),
        401 | 403 => Some(FaultKind::Credentials),
        404 | 300..=399 => Some(FaultKind::Account),
        408 | 425 => Some(FaultKind::Unavailable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Phone;

    fn twilio(service: Option<&str>) -> Twilio {
        let settings = Settings {
            account_sid: "AC1".to_owned(),
            user: "SK1".to_owned(),
            password: Secret::new("token"),
            messaging_service_sid: service.map(str::to_owned),
            base_url: "https://api.twilio.com".to_owned(),
            attempt_timeout: Duration::from_secs(5),
        };
        Twilio::new(settings).unwrap()
    }

    fn sms(from: Option<&str>, left: Option<u64>) -> Sms {
        Sms {
            id: "sms_1".to_owned(),
            from: from.map(str::to_owned),
            to: Phone::parse("+447700900123").unwrap(),
            text: "123456 is your code & more".to_owned(),
            valid_for: left.map(Duration::from_secs),
        }
    }

    fn pairs(service: Option<&str>, sms: &Sms) -> Option<Vec<(String, String)>> {
        let twilio = twilio(service);
        let form = twilio.form(sms)?;
        Some(form.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect())
    }

    #[test]
    fn the_form_has_exactly_these_pairs() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let rest = [pair("To", "+447700900123"), pair("Body", "123456 is your code & more")];
        assert_eq!(
            pairs(None, &sms(Some("+15005550006"), None)).unwrap(),
            [rest[0].clone(), pair("From", "+15005550006"), rest[1].clone()]
        );
        assert_eq!(
            pairs(Some("MG1"), &sms(Some("+15005550006"), Some(599))).unwrap(),
            [
                rest[0].clone(),
                pair("MessagingServiceSid", "MG1"),
                rest[1].clone(),
                pair("ValidityPeriod", "599")
            ]
        );
        for (left, sent) in [(0, "1"), (900_000, "36000")] {
            assert_eq!(pairs(None, &sms(Some("A"), Some(left))).unwrap()[3], pair("ValidityPeriod", sent));
        }
        assert_eq!(pairs(None, &sms(None, None)), None);
        assert_eq!(twilio(None).url.as_str(), "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    }

    fn verdict(status: u16, body: &str) -> String {
        let answer = Answer {
            status: reqwest::StatusCode::from_u16(status).unwrap(),
            body: body.as_bytes().to_vec(),
            complete: true,
        };
        match judge(&answer) {
            Verdict::Accepted { receipt } => format!("accepted {}", receipt.unwrap_or_default()),
            Verdict::Rejected(fault) => format!("rejected {:?}", fault.kind),
            Verdict::Refused(fault) => format!("refused {:?}", fault.kind),
            Verdict::Deferred(fault) => format!("deferred {:?}", fault.kind),
            Verdict::InDoubt(fault) => format!("in doubt {:?}", fault.kind),
        }
    }

    #[test]
    fn every_class_of_answer_is_judged() {
        for (status, body, expected) in [
            (201, r#"{"sid":"SM1","status":"queued"}"#, "accepted SM1"),
            (201, "junk", "accepted "),
            (201, r#"{"sid":"SM1 to +447700900123"}"#, "accepted "),
            (200, r#"{"sid":"SM1"}"#, "accepted SM1"),
            (200, "<html>", "in doubt Unavailable"),
            (
                400,
                r#"{"code":21211,"message":"The 'To' number +447700900123 is not valid"}"#,
                "rejected Recipient",
            ),
            (400, r#"{"code":21610}"#, "rejected Recipient"),
            (400, r#"{"code":21617}"#, "refused Content"),
            (400, r#"{"code":21408}"#, "refused Account"),
            (400, r#"{"code":99999}"#, "refused Content"),
            (400, "junk", "refused Content"),
            (429, r#"{"code":20429}"#, "deferred Throttled"),
            (429, "", "deferred Throttled"),
            (401, r#"{"code":20003}"#, "deferred Credentials"),
            (403, "", "deferred Credentials"),
            (404, r#"{"code":20404}"#, "deferred Account"),
            (400, r#"{"code":21659}"#, "deferred Account"),
            (302, "", "deferred Account"),
            (408, "", "deferred Unavailable"),
            (500, r#"{"code":20500}"#, "deferred Unavailable"),
            (503, "", "deferred Unavailable"),
            (504, "", "in doubt Unavailable"),
        ] {
            assert_eq!(verdict(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_that_broke_off_is_judged_by_its_head_and_refuses_nothing_for_good() {
        let cut = |status: u16| {
            let status = reqwest::StatusCode::from_u16(status).unwrap();
            judge(&Answer { status, body: b"{\"code\":21".to_vec(), complete: false })
        };
        assert_eq!(cut(201), Verdict::Accepted { receipt: None });
        assert!(matches!(cut(400), Verdict::Deferred(fault) if fault.detail == "HTTP 400"));
        assert!(matches!(cut(500), Verdict::Deferred(_)));
    }

    #[test]
    fn a_fault_holds_codes_and_not_twilios_text() {
        let answer = Answer {
            status: reqwest::StatusCode::BAD_REQUEST,
            body: br#"{"code":21211,"message":"The 'To' number +447700900123 is not valid"}"#.to_vec(),
            complete: true,
        };
        let Verdict::Rejected(fault) = judge(&answer) else { panic!("not rejected") };
        assert_eq!(fault.to_string(), "http: HTTP 400, code 21211");
    }
}
