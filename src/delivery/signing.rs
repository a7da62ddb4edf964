//! Signatures over whole requests: AWS Signature Version 4.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::header::{HeaderName, HeaderValue};

use super::api::Prepared;

/// Who signs.
pub(super) struct Signer<'a> {
    pub(super) service: &'a str,
    pub(super) region: String,
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    /// Of temporary credentials.
    pub(super) session_token: Option<String>,
}

/// Adds the headers that AWS wants; `None` where the request can't be signed.
pub(super) fn aws(prepared: &mut Prepared, signer: Signer<'_>, now: SystemTime) -> Option<()> {
    let Signer { service, region, access_key_id, secret_access_key, session_token } = signer;
    let identity =
        Credentials::new(access_key_id, secret_access_key, session_token, None, "configuration").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?;
    let headers: Vec<(&str, &str)> = prepared
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let body = prepared.body.as_deref().unwrap_or_default();
    let request = SignableRequest::new(
        prepared.method.as_str(),
        prepared.url.as_str(),
        headers.into_iter(),
        SignableBody::Bytes(body),
    );
    let (instructions, _) = sign(request.ok()?, &parameters.into()).ok()?.into_parts();
    let (added, _) = instructions.into_parts();
    for header in added {
        let mut value = HeaderValue::try_from(header.value()).ok()?;
        value.set_sensitive(true);
        prepared.headers.insert(HeaderName::try_from(header.name()).ok()?, value);
    }
    Some(())
}
