//! The endpoint's URL as Svix sees it: signed events, posted to it, that say that Clerk delivers them, so that nothing is sent to
//! anybody.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;
use url::{Host, Url};

use crate::doctor::answer::{Answer, judged};
use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::message::Channel;
use crate::rehearsal::post::{Posted, client, post_bytes, shown};
use crate::rehearsal::sample::{fresh, meet, unique};
use crate::secret::Secret;
use crate::tls::{self, Advice};
use crate::webhook::SigningSecrets;

pub(super) const CHECK: Check =
    Check { name: "endpoint", area: Area::Endpoint, run: |subject| Box::pin(run(subject)) };

/// The longest time for one answer. The service's own is there within milliseconds, since nothing is sent.
const WITHIN: Duration = Duration::from_secs(4);

/// An answer that takes longer is near what Svix waits for.
const SLOW: Duration = Duration::from_secs(2);

/// The size of a mail of Clerk's with a large template, which proxies may find too large.
const LARGE: usize = 200 * 1024;

const ADVICE: Advice = Advice {
    untrusted: "serve a certificate of a public authority, such as Let's Encrypt, with its whole chain (fullchain.pem): Svix trusts no other one",
    name: "get a certificate for the host of the URL, or give Clerk's dashboard and --url a host that the certificate is for",
    plain: "use https:// only where TLS is served, and check the port",
};

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let Some(url) = &subject.url else {
        return vec![Told::unseen(
            "The endpoint's URL was not tried.",
            "Give the URL that Clerk's dashboard has (Configure > Webhooks): --url https://…",
        )];
    };
    let parsed = match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => parsed,
        _ => {
            return vec![Told::fault(
                "--url is not the URL of an endpoint.",
                "Write it whole: https://mail.acme.example/webhooks/clerk",
            )];
        }
    };
    let mut told = if subject.nearby_is_public { Vec::new() } else { address(&parsed) };
    let secrets = SigningSecrets::new(subject.config.clerk.signing_secrets.iter().map(Secret::reveal));
    match secrets {
        Ok(secrets) => told.extend(probe(&subject, url, &secrets).await),
        Err(_) => told.push(Told::unseen(
            "There is no signing secret, so no signed test could be posted to --url.",
            "Set `[clerk] signing_secrets`.",
        )),
    }
    if told.is_empty() {
        told.push(Told::fine(format!("{} answers a signed test as it should", shown(url))));
    }
    told
}

/// What the URL alone tells.
fn address(url: &Url) -> Vec<Told> {
    let is_near = match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost"
                || [".localhost", ".local", ".internal", ".lan"].iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(ip)) => is_private(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_private(IpAddr::V6(ip)),
        None => false,
    };
    if is_near {
        vec![Told::warning(
            "Svix can't reach --url from the internet: its host is in this machine or in a network of your own.",
            "Give the URL that Clerk's dashboard has, or open a tunnel (`cloudflared tunnel --url …`).",
        )]
    } else if url.scheme() == "http" {
        vec![Told::warning(
            "Codes come to --url in plain text.",
            "Use https:// in Clerk's dashboard, with a certificate at your proxy.",
        )]
    } else {
        Vec::new()
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
    }
}

/// Posts signed tests, and judges the answers.
async fn probe(subject: &Subject, url: &str, secrets: &SigningSecrets) -> Vec<Told> {
    let started = Instant::now();
    let event = event(subject, 0);
    // White space, an escape and a number that a program would write in another way, if it read the body and wrote it anew.
    let body = format!(
        "{{ \"doctor\": [1.0, 1e2, \"\\u00e9\"],\n  \"z\": 1, {}",
        event.strip_prefix('{').unwrap_or_default()
    );
    let posted = match send(url, secrets, body.into_bytes()).await {
        Ok(posted) => posted,
        Err(told) => return vec![told],
    };
    let took = started.elapsed();
    let answer = Answer::of(&posted, url);
    let found = judged(&answer, &subject.config.clerk.path);
    let Some(found) = found else {
        return beyond(subject, url, secrets, took).await;
    };
    if !answer.is_no_match() {
        return vec![found];
    }
    // What has nothing to write in another way: if its signature is right, the secret is too.
    match send(url, secrets, b"{}".to_vec()).await {
        Ok(posted) if !Answer::of(&posted, url).is_no_match() && posted.status != 401 => vec![Told::fault(
            "Something in front of the service reads the body and writes it anew, so its signature does not match: every message is refused.",
            "Have your proxy, function or middleware pass the body on byte for byte: no JSON parser, no template, no re-encoding in front of the service.",
        )],
        _ => vec![found],
    }
}

/// What is left to try where the first answer is as it should be.
async fn beyond(subject: &Subject, url: &str, secrets: &SigningSecrets, took: Duration) -> Vec<Told> {
    let mut told = Vec::new();
    if took > SLOW {
        told.push(Told::warning(
            format!(
                "The answer took {:.1} s although nothing was sent; Svix gives up after 15 s.",
                took.as_secs_f32()
            ),
            "Look what stands in front of the service, and whether its machine is busy.",
        ));
    }
    match send(url, secrets, event(subject, LARGE).into_bytes()).await {
        Ok(posted) => match (posted.status, judged(&Answer::of(&posted, url), &subject.config.clerk.path)) {
            (413, _) => told.push(too_large("refuses it with 413")),
            (_, None) => {}
            (status, Some(_)) => {
                told.push(too_large(&format!("does not pass it on as it is, and answers {status}")));
            }
        },
        Err(_) => told.push(too_large("breaks the connection")),
    }
    told
}

fn too_large(what: &str) -> Told {
    Told::fault(
        format!(
            "A mail of {} kB does not get through: something in front of the service {what}.",
            LARGE / 1024
        ),
        "Allow bodies of 2 MB there (nginx: `client_max_body_size 2m;`).",
    )
}

/// An event that sends nothing, of at least this size.
fn event(subject: &Subject, size: usize) -> String {
    let mut event =
        fresh(Channel::Email, "verification_code", subject.clock.now()).unwrap_or_else(|_| json!({}));
    if let Some(when) = &subject.when {
        meet(&mut event, when);
    }
    if let Some(Value::Object(data)) = event.get_mut("data") {
        data.insert("delivered_by_clerk".to_owned(), json!(true));
        if size > 0 {
            data.insert("body".to_owned(), json!("<p>doctor</p>\n".repeat(size / 14 + 1)));
        }
    }
    event.to_string()
}

/// Posts a body under an id of its own.
async fn send(url: &str, secrets: &SigningSecrets, body: Vec<u8>) -> Result<Posted, Told> {
    let (Ok(client), Ok(id)) = (client(), unique()) else {
        return Err(Told::unseen(
            "No HTTP client can be made on this machine.",
            "Check that it has random bytes.",
        ));
    };
    let id = format!("msg_{id}");
    match timeout(WITHIN, post_bytes(&client, url, secrets, &id, body)).await {
        Ok(Ok(posted)) => Ok(posted),
        Ok(Err(error)) => Err(unanswered(&error, url)),
        Err(_) => Err(Told::fault(
            format!("{} takes the connection and does not answer within {} s.", shown(url), WITHIN.as_secs()),
            "Look whether the service runs behind your proxy, and what the proxy waits for.",
        )),
    }
}

/// Why there is no answer.
fn unanswered(error: &anyhow::Error, url: &str) -> Told {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    if let Some(words) = tls::fault(error.as_ref(), ADVICE) {
        let (what, cure) =
            words.split_once(": ").unwrap_or((&words, "Check the certificate and what serves it."));
        return Told::fault(format!("TLS to {host} fails, for Svix as well: {what}."), capital(cure));
    }
    let cause = error.chain().last().map(ToString::to_string).unwrap_or_default();
    if cause.contains("host name not found") {
        return Told::fault(
            format!("The host {host} of --url was not found in DNS."),
            "Check its spelling, and publish its A or AAAA record.",
        );
    }
    Told::fault(
        format!("Nobody answers at {}: {}.", shown(url), crate::doctor::finding::brief(&cause)),
        "Check the port, the firewall, and that the service and its proxy run.",
    )
}

/// The words as a sentence.
fn capital(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::ServerConfig;
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use tokio::net::{TcpListener, TcpStream};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;
    use crate::doctor::finding::Level;
    use crate::tls::Trust;

    /// The whole program trusts public authorities alone, and they sign no certificate for a test: here is one of our own.
    #[tokio::test]
    async fn a_certificate_for_another_host_is_told_from_one_that_nobody_vouches_for() {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = ["www.acme.example".to_owned(), "acme.example".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = TlsAcceptor::from(Arc::new(server)).accept(stream).await;
        });
        let client = Trust::only(vec![authority.der().clone()]).unwrap().client().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("mail.acme.example").unwrap();
        let error = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap_err();
        serving.await.unwrap();
        let told = unanswered(&error.into(), "https://mail.acme.example/webhooks/clerk");
        assert_eq!(told.level, Level::Fault);
        assert_eq!(
            told.what,
            "TLS to mail.acme.example fails, for Svix as well: the server's certificate is not valid for the configured host, \
             only for www.acme.example, acme.example."
        );
        assert_eq!(
            told.cure,
            "Get a certificate for the host of the URL, or give Clerk's dashboard and --url a host that the certificate is for."
        );
    }
}
