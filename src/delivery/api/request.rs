//! From a definition's request to one that is ready to leave.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::Context;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::json;
use url::form_urlencoded;

use super::definition::{Auth, Body, Request};
use super::signing::Signer;
use super::templates::{FillError, TemplateId, TemplateSet};

/// A request that is ready to leave, but for the access token of an API that wants one.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The method of the request: POST or GET.
    pub method: Method,
    /// The whole URL, with its query.
    pub url: Url,
    /// The headers of the definition, `Authorization` and the body's type among them. Their values are marked sensitive.
    pub headers: HeaderMap,
    /// The bytes of the body; `None` for a request without one.
    pub body: Option<Vec<u8>>,
}

/// Why a message could not be made into a request. Another message, or another account, may work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A template of the definition can't be filled in with this message.
    #[error(transparent)]
    Template(#[from] FillError),
    /// The base URL of the account is not valid.
    #[error("base_url is not a valid URL: correct it in the provider's section")]
    Url,
    /// A credential or another header's value has a line break or a control character in it.
    #[error(
        "a header would contain a line break or another control character: check the credentials of the provider"
    )]
    Header,
    /// An AWS credential or region has a line break or a control character in it.
    #[error(
        "the request can't be signed, because the region or a credential contains a line break or another control \
         character: correct it"
    )]
    Signature,
}

/// Everything that a request is built from, besides its definition.
pub(super) struct Builder<'a> {
    /// How the request proves which account it is from.
    pub(super) auth: &'a Auth,
    /// Where the API is; `None` where the configured URL is not valid, so that nothing can be sent.
    pub(super) base_url: Option<&'a Url>,
    /// The templates of bodies, headers and credentials.
    pub(super) templates: &'a TemplateSet,
    /// The templates of paths.
    pub(super) addresses: &'a TemplateSet,
    /// The account's keys and the message, under the names that templates mention.
    pub(super) variables: Context,
    /// The time that a signature is made for.
    pub(super) now: SystemTime,
}

impl Builder<'_> {
    /// Fills in a request, and signs it where the API wants that.
    pub(super) fn build(&self, request: &Request) -> Result<Prepared, PrepareError> {
        let method = if request.get { Method::GET } else { Method::POST };
        let url = self.url(request)?;
        let mut headers = HeaderMap::new();
        let body = self.body(request, &mut headers)?;
        self.authenticate(&mut headers)?;
        // Last of all, since the signature covers all that stands in the request.
        if let Some(signer) = self.signer()? {
            let signed = body.as_deref().unwrap_or_default();
            signer.sign(&method, &url, &mut headers, signed, self.now).ok_or(PrepareError::Signature)?;
        }
        Ok(Prepared { method, url, headers, body })
    }

    fn text(&self, id: TemplateId) -> Result<String, FillError> {
        self.templates.render(id, &self.variables)
    }

    fn url(&self, request: &Request) -> Result<Url, PrepareError> {
        let path = self.addresses.render(request.path, &self.variables)?;
        let mut url = self.base_url.cloned().ok_or(PrepareError::Url)?;
        // Only the path is set, so the host stays the configured one whatever a value holds.
        let between = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        url.set_path(&format!("{}{between}{path}", url.path().trim_end_matches('/')));
        if let Some(query) = &request.query {
            url.query_pairs_mut().extend_pairs(query.pairs(self.templates, &self.variables)?);
        }
        Ok(url)
    }

    /// The body, whose type and length go into `headers`.
    fn body(&self, request: &Request, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, PrepareError> {
        Ok(match &request.body {
            Body::None => {
                if !request.get {
                    // Servers may refuse a POST that does not say how long it is (RFC 9110, 8.6).
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                None
            }
            Body::Form(leaf) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                let pairs = leaf.pairs(self.templates, &self.variables)?;
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                Some(form.into_bytes())
            }
            Body::Json(leaf) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let tree = leaf.render(self.templates, &self.variables)?.unwrap_or_else(|| json!({}));
                Some(tree.to_string().into_bytes())
            }
            Body::Text(body) => Some(self.text(*body)?.into_bytes()),
        })
    }

    /// Adds the headers of the definition. One of them may replace the body's type.
    fn authenticate(&self, headers: &mut HeaderMap) -> Result<(), PrepareError> {
        if let Some((user, password)) = &self.auth.basic {
            let credentials = STANDARD.encode(format!("{}:{}", self.text(*user)?, self.text(*password)?));
            headers.insert(AUTHORIZATION, sensitive(&format!("Basic {credentials}"))?);
        }
        for (name, template) in &self.auth.headers {
            let value = self.text(*template)?;
            // As everywhere in a request, what renders empty is left out.
            if !value.is_empty() {
                headers.insert(name, sensitive(&value)?);
            }
        }
        Ok(())
    }

    fn signer(&self) -> Result<Option<Signer<'_>>, FillError> {
        let Some(aws) = &self.auth.aws else { return Ok(None) };
        let session_token = aws.session_token.map(|token| self.text(token)).transpose()?;
        Ok(Some(Signer {
            service: &aws.service,
            region: self.text(aws.region)?,
            access_key_id: self.text(aws.access_key_id)?,
            secret_access_key: self.text(aws.secret_access_key)?,
            session_token: session_token.filter(|token| !token.is_empty()),
        }))
    }
}

/// A header's value that no debug line shows. All of them are marked: nobody needs to know which hold a credential.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, PrepareError> {
    let mut value = HeaderValue::try_from(text).map_err(|_| PrepareError::Header)?;
    value.set_sensitive(true);
    Ok(value)
}
