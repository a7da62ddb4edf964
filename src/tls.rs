//! TLS as every transport uses it: one crypto provider, named here so that none has to be installed for the process; which
//! certificates are trusted; and what to say when a handshake fails.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, PeerIncompatible,
    RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;

/// Which certificates are trusted.
#[derive(Debug)]
pub struct Trust {
    /// The authorities whose signatures on a server's certificate are trusted.
    roots: RootCertStore,
    /// Certificates that are trusted as a server's own too, whoever signed them and whatever they say of their use. Empty
    /// unless the configuration names a file of certificates.
    pinned: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Trusts the public certificate authorities, as Mozilla lists them.
    #[must_use]
    pub fn public() -> Self {
        Self { roots: RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, pinned: Vec::new() }
    }

    /// Trusts these certificates and no others: as authorities, and each as the certificate of a server.
    ///
    /// # Errors
    /// One of the certificates can't be read.
    pub fn only(certificates: Vec<CertificateDer<'static>>) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone())?;
        }
        Ok(Self { roots, pinned: certificates })
    }

    /// The settings of a client that speaks TLS 1.2 and 1.3 with trusted servers.
    ///
    /// # Errors
    /// There is no certificate to trust.
    pub fn client(self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = Arc::new(self.roots);
        let chain = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
        let chain = chain.map_err(|error| rustls::Error::General(error.to_string()))?;
        let verifier = Arc::new(Verifier { chain, pinned: self.pinned });
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        // "Dangerous" is any verifier of one's own. This one asks the usual one first, and adds only the pinned
        // certificates.
        Ok(versions.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }
}

/// The usual verification of webpki, and beside it certificates that are trusted by themselves. webpki refuses the
/// certificate of an authority (`CA:TRUE`) as a server's own, but that is what `openssl req -x509` makes.
#[derive(Debug)]
struct Verifier {
    /// The usual verification, by the chain of signatures.
    chain: Arc<WebPkiServerVerifier>,
    /// See [`Trust::pinned`].
    pinned: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.chain.verify_server_cert(end_entity, intermediates, name, ocsp_response, now);
        verified
            .or_else(|error| {
                // webpki checks the dates before it finds either of these, and the name after both. So only the name is left
                // to check here.
                let only_the_issuer = is_unknown_issuer(&error) || is_authority(&error);
                if only_the_issuer && self.pinned.iter().any(|pinned| pinned == end_entity) {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                    Ok(ServerCertVerified::assertion())
                } else {
                    Err(error)
                }
            })
            .map_err(|error| explained(error, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Reasons that rustls's error does not give, but the certificate itself does.
#[derive(Debug, thiserror::Error)]
enum Untrusted {
    #[error("the server's certificate is self-signed")]
    SelfSigned,
    #[error("the server uses the certificate of an authority (CA:TRUE) as its own")]
    Authority,
    #[error("{}", other_names(.0))]
    OtherName(Vec<String>),
}

/// The same error, with a reason from the certificate where that says more.
fn explained(error: rustls::Error, certificate: &CertificateDer<'_>) -> rustls::Error {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    let Ok(read) = EndEntityCert::try_from(certificate) else { return error };
    let reason = match &error {
        _ if is_unknown_issuer(&error) && read.issuer() == read.subject() => Untrusted::SelfSigned,
        _ if is_authority(&error) && read.issuer() == read.subject() => Untrusted::SelfSigned,
        _ if is_authority(&error) => Untrusted::Authority,
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            Untrusted::OtherName(read.valid_dns_names().map(str::to_owned).collect())
        }
        _ => return error,
    };
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(reason))))
}

fn is_unknown_issuer(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
}

fn is_authority(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// What is wrong with a certificate for other hosts, with a few of their names to compare with the configured one.
fn other_names(names: &[String]) -> String {
    const SHOWN: usize = 3;
    if names.is_empty() {
        return "the server's certificate has no host name among its subject alternative names, and its common name \
                does not count: make a certificate for the configured host"
            .to_owned();
    }
    let more = if names.len() > SHOWN { " and others" } else { "" };
    format!(
        "the server's certificate is not valid for the configured host, only for {}{more}",
        names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ")
    )
}

/// What a person should do about the failures whose remedy depends on the transport.
#[derive(Debug, Clone, Copy)]
pub struct Advice {
    /// What to do about a certificate of an issuer that is not trusted.
    pub untrusted: &'static str,
    /// What to do about a certificate for other hosts.
    pub name: &'static str,
    /// What to do about a server that does not speak TLS on this port.
    pub plain: &'static str,
}

/// The advice for hosts that the configuration names, about a certificate for other ones.
pub const CONFIGURED_NAME: &str = "write a name in the configuration that the certificate is for";

/// The advice for APIs of providers.
pub const API_ADVICE: Advice = Advice {
    untrusted: "check whether something between this machine and the provider decrypts TLS",
    name: CONFIGURED_NAME,
    plain: "check base_url",
};

/// Why a handshake failed and what to do about it, in words without any secret; `None` where the error is not one of TLS.
#[must_use]
pub fn fault(error: &(dyn Error + 'static), advice: Advice) -> Option<String> {
    let mut cause = Some(error);
    let rustls = loop {
        let error = cause?;
        if let Some(rustls) = error.downcast_ref() {
            break rustls;
        }
        // `source` of an I/O error skips the error that it was made of, so that one is looked at here.
        cause = match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inside| inside as &(dyn Error + 'static)),
            None => error.source(),
        };
    };
    Some(words(rustls, advice))
}

fn words(error: &rustls::Error, advice: Advice) -> String {
    use AlertDescription as Alert;
    use PeerIncompatible as Peer;
    let text = match error {
        rustls::Error::InvalidCertificate(reason) => return certificate_words(reason, advice),
        rustls::Error::InvalidMessage(_) => {
            return format!("the server does not speak TLS here: {}", advice.plain);
        }
        rustls::Error::PeerIncompatible(
            Peer::ServerDoesNotSupportTls12Or13
            | Peer::ServerTlsVersionIsDisabledByOurConfig
            | Peer::SupportedVersionsExtensionRequired,
        )
        | rustls::Error::AlertReceived(Alert::ProtocolVersion) => {
            "the server does not support TLS 1.2 or later: update or reconfigure the server"
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity) => {
            "the server has no TLS cipher or key exchange in common with this client: update or reconfigure the server"
        }
        rustls::Error::AlertReceived(Alert::UnrecognisedName) => {
            return format!("the server has no certificate for the configured host: {}", advice.name);
        }
        rustls::Error::AlertReceived(Alert::CertificateRequired) => {
            "the server requires a client certificate, which clerk-courier doesn't have: switch this off on the \
             server for this client"
        }
        rustls::Error::AlertReceived(_) => "the server ended the TLS handshake with an alert: read its log",
        _ => "the TLS handshake failed",
    };
    text.to_owned()
}

fn certificate_words(reason: &CertificateError, Advice { untrusted, name, .. }: Advice) -> String {
    use CertificateError as Bad;
    let text = match reason {
        Bad::UnknownIssuer => {
            return format!("the server's certificate is from an unknown issuer: {untrusted}");
        }
        Bad::ExpiredContext { not_after, .. } => {
            return format!(
                "the server's certificate expired on {}: renew it on the server",
                day(*not_after)
            );
        }
        Bad::Expired => "the server's certificate has expired: renew it on the server",
        Bad::NotValidYetContext { not_before, .. } => {
            return format!(
                "the server's certificate is not valid before {}: check the clocks of both machines",
                day(*not_before)
            );
        }
        Bad::NotValidYet => "the server's certificate is not valid yet: check the clocks of both machines",
        Bad::Revoked => "the server's certificate was revoked: replace it on the server",
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "the server's certificate is not meant for servers (extended key usage): replace it on the server"
        }
        Bad::BadSignature
        | Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the server's certificate, or its handshake, is signed wrongly or in a way that is too old: replace the certificate"
        }
        Bad::Other(other) => match other.0.downcast_ref::<Untrusted>() {
            Some(names @ Untrusted::OtherName(of)) if of.is_empty() => return names.to_string(),
            Some(names @ Untrusted::OtherName(_)) => return format!("{names}: {name}"),
            Some(issuer) => return format!("{issuer}: {untrusted}"),
            None => unusable(other),
        },
        _ => "the server's certificate is not acceptable: replace it on the server",
    };
    text.to_owned()
}

/// What is wrong with a certificate that no standard client would take, as far as webpki says.
fn unusable(other: &OtherError) -> &'static str {
    match other.0.downcast_ref() {
        Some(webpki::Error::UnsupportedCertVersion) => {
            "the server's certificate is not an X.509 certificate of version 3: replace it on the server"
        }
        _ => "the server's certificate is not acceptable: replace it on the server",
    }
}

/// The day of a point in time, in UTC: `2026-01-01`.
fn day(time: UnixTime) -> String {
    // The last second of the year 9999: humantime writes no later time.
    let time = UNIX_EPOCH + Duration::from_secs(time.as_secs().min(253_402_300_799));
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.truncate("2026-01-01".len());
    text
}
