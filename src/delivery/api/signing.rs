//! AWS Signature Version 4: a signature over a whole request, in its `Authorization` header.
//!
//! Written by hand after
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, since the crates of AWS
//! would bring some thirty more into the tree for these few lines. AWS's own test vectors are below, and moto verifies
//! whole requests in `tests/it/aws.rs`.

use std::fmt::Write as _;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Url};
use sha2::{Digest as _, Sha256};

use super::encoding::percent_encoded;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Headers that stay outside the signature, because proxies between us and AWS may change them.
const UNSIGNED: [HeaderName; 3] = [AUTHORIZATION, USER_AGENT, HeaderName::from_static("x-amzn-trace-id")];

/// Whoever signs, and what for.
pub(super) struct Signer<'a> {
    /// The name of the service, such as `sns`.
    pub(super) service: &'a str,
    /// The region, such as `eu-west-1`.
    pub(super) region: String,
    /// The access key's id, which the signature names in clear.
    pub(super) access_key_id: String,
    /// The secret that belongs to that id, which never leaves.
    pub(super) secret_access_key: String,
    /// The session token of temporary credentials; `None` for a user's own key.
    pub(super) session_token: Option<String>,
}

impl Signer<'_> {
    /// Adds the headers that sign a request which is complete but for them. `None` where the credentials or the region
    /// hold a character that no header may hold.
    pub(super) fn sign(
        &self,
        method: &Method,
        url: &Url,
        headers: &mut HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Option<()> {
        let time = timestamp(now);
        headers.insert(DATE, sensitive(&time)?);
        if let Some(token) = &self.session_token {
            headers.insert(TOKEN, sensitive(token)?);
        }
        let (canonical, names) = canonical_request(method, url, headers, body)?;
        let date = time.get(..8)?;
        let scope = [date, &self.region, self.service, "aws4_request"];
        let credential = scope.join("/");
        let to_sign = format!("{ALGORITHM}\n{time}\n{credential}\n{}", hex(&Sha256::digest(canonical)));
        // The key is derived step by step, so that what one service holds on a day is good for nothing else.
        let secret = format!("AWS4{}", self.secret_access_key).into_bytes();
        let key = scope.iter().try_fold(secret, |key, part| hmac(&key, part))?;
        let signature = hex(&hmac(&key, &to_sign)?);
        let authorization = format!(
            "{ALGORITHM} Credential={}/{credential}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        );
        headers.insert(AUTHORIZATION, sensitive(&authorization)?);
        Some(())
    }
}

/// The request in the one form that both sides hash, and the names of the headers in it.
fn canonical_request(
    method: &Method,
    url: &Url,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<(String, String)> {
    let mut signed: Vec<(&str, String)> = headers
        .iter()
        .filter(|(name, _)| !UNSIGNED.contains(name))
        .filter_map(|(name, value)| Some((name.as_str(), single_spaced(value.to_str().ok()?))))
        .collect();
    // The HTTP client adds this header only when it sends, and AWS requires it in the signature.
    signed.push(("host", host(url)?));
    signed.sort_unstable();
    let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let mut request = format!("{method}\n{}\n{}\n", path(url), query(url));
    for (name, value) in &signed {
        let _ = writeln!(request, "{name}:{value}");
    }
    let _ = write!(request, "\n{names}\n{}", hex(&Sha256::digest(body)));
    Some((request, names))
}

/// The `Host` header that the HTTP client will send: with a port only where it is not the scheme's own.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The path without empty segments. Every service but S3 wants it encoded twice, and the URL has it encoded once already.
fn path(url: &Url) -> String {
    let mut path = String::new();
    for segment in url.path().split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        path.push_str(&percent_encoded(segment));
    }
    if url.path().ends_with('/') {
        path.push('/');
    }
    path
}

/// The query's parameters in the order of their encoded names and values.
fn query(url: &Url) -> String {
    let mut pairs: Vec<_> =
        url.query_pairs().map(|(name, value)| (percent_encoded(&name), percent_encoded(&value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// `20150830T123600Z`: RFC 3339 without its punctuation.
fn timestamp(now: SystemTime) -> String {
    humantime::format_rfc3339_seconds(now).to_string().replace(['-', ':'], "")
}

/// A header's value with each run of spaces made one, and none at the ends.
fn single_spaced(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn hmac(key: &[u8], text: &str) -> Option<Vec<u8>> {
    // HMAC takes a key of any length (RFC 2104, 3), so there is always a result.
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    Some(mac.chain_update(text).finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A header's value that is left out of debug lines.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const SESSION: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    fn signer(session_token: Option<&str>) -> Signer<'static> {
        Signer {
            service: "service",
            region: "us-east-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: session_token.map(str::to_owned),
        }
    }

    /// A case of AWS's own Signature Version 4 test suite, by its name there.
    struct Case {
        name: &'static str,
        method: Method,
        target: &'static str,
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
        session_token: Option<&'static str>,
        signature: &'static str,
    }

    impl Case {
        fn get(name: &'static str, target: &'static str, signature: &'static str) -> Self {
            Self { name, method: Method::GET, target, headers: &[], body: "", session_token: None, signature }
        }

        fn post(name: &'static str, signature: &'static str) -> Self {
            Self { method: Method::POST, ..Self::get(name, "/", signature) }
        }
    }

    #[test]
    fn signatures_are_those_of_the_test_suite_of_aws() {
        let cases = [
            Case::get("get-vanilla", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            Case::get(
                "get-vanilla-query-order-encoded",
                "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            ),
            Case::get(
                "get-slashes-normalized",
                "//example//",
                "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
            ),
            Case {
                headers: &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
                ..Case::get(
                    "get-header-value-trim",
                    "/",
                    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
                )
            },
            Case::post("post-vanilla", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            Case {
                session_token: Some(SESSION),
                ..Case::post(
                    "post-sts-header-before",
                    "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
                )
            },
            Case {
                headers: &[
                    ("content-type", "application/x-www-form-urlencoded"),
                    ("content-length", "13"),
                    (
                        "x-amz-content-sha256",
                        "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
                    ),
                ],
                body: "Param1=value1",
                ..Case::post(
                    "post-x-www-form-urlencoded",
                    "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
                )
            },
        ];
        // 2015-08-30 12:36 UTC
        let now = UNIX_EPOCH + Duration::from_mins(24_015_636);
        for Case { name, method, target, headers: sent, body, session_token, signature } in cases {
            let url = Url::parse(&format!("https://example.amazonaws.com{target}")).unwrap();
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            signer(session_token).sign(&method, &url, &mut headers, body.as_bytes(), now).unwrap();
            let authorization = headers[AUTHORIZATION].to_str().unwrap();
            let credential =
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ";
            assert!(authorization.starts_with(credential), "{name}: {authorization}");
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{name}: {authorization}");
            assert_eq!(headers[DATE], "20150830T123600Z", "{name}");
        }
    }

    /// Case `double-url-encode` of the suite: a path is encoded once more than in the URL.
    #[test]
    fn a_path_is_encoded_twice() {
        let target = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A892717189312%3Afunction%3Amy-rusty-fun/invocations";
        let url = Url::parse(&format!("https://lambda.us-east-2.amazonaws.com{target}")).unwrap();
        let signer = Signer { service: "lambda", region: "us-east-2".to_owned(), ..signer(None) };
        let now = UNIX_EPOCH + Duration::from_secs(1_620_747_645);
        let mut headers = HeaderMap::new();
        signer.sign(&Method::POST, &url, &mut headers, b"", now).unwrap();
        let authorization = headers[AUTHORIZATION].to_str().unwrap();
        let expected = "Signature=4b93abbcc68be32bd64c18e2c71150660ab4c29bbd6c32a383a7517a88fc1804";
        assert!(authorization.ends_with(expected), "{authorization}");
    }

    #[test]
    fn a_port_is_signed_where_the_client_sends_it() {
        for (url, expected) in [
            ("https://sns.example/", "sns.example"),
            ("https://sns.example:443/", "sns.example"),
            ("http://127.0.0.1:5000/", "127.0.0.1:5000"),
            ("http://[::1]:5000/", "[::1]:5000"),
        ] {
            assert_eq!(host(&Url::parse(url).unwrap()).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn what_no_header_may_hold_is_not_signed() {
        let url = Url::parse("https://sns.example/").unwrap();
        let now = UNIX_EPOCH;
        let with_token = signer(Some("two\nlines"));
        assert!(with_token.sign(&Method::GET, &url, &mut HeaderMap::new(), b"", now).is_none());
        let with_id = Signer { access_key_id: "\u{7f}".to_owned(), ..signer(None) };
        assert!(with_id.sign(&Method::GET, &url, &mut HeaderMap::new(), b"", now).is_none());
    }
}
