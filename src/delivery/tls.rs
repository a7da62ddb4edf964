//! TLS as every transport uses it: one crypto provider, named here, so that none has to be installed for the process.

use std::error::Error;
use std::io;
use std::sync::Arc;

use rustls::{CertificateError, ClientConfig, RootCertStore};

/// The public certificate authorities, as Mozilla lists them.
#[must_use]
pub fn public_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// TLS 1.2 and 1.3 with servers that one of `roots` vouches for.
///
/// # Errors
/// The crypto provider lacks what these versions need: never, with the one named here.
pub fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// Why a handshake failed, without names from certificates; `None` where TLS is not why.
#[must_use]
pub fn fault(error: &(dyn Error + 'static)) -> Option<&'static str> {
    use CertificateError as Bad;
    let mut cause = Some(error);
    let rustls = loop {
        let error = cause?;
        if let Some(rustls) = error.downcast_ref() {
            break rustls;
        }
        // What an I/O error was made of is not its source.
        cause = match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inside| inside as &(dyn Error + 'static)),
            None => error.source(),
        };
    };
    Some(match rustls {
        rustls::Error::InvalidCertificate(reason) => match reason {
            Bad::UnknownIssuer => "certificate of unknown issuer",
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "certificate not valid for this name"
            }
            Bad::Expired | Bad::ExpiredContext { .. } => "certificate expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "certificate not valid yet",
            Bad::Revoked => "certificate revoked",
            _ => "certificate not acceptable",
        },
        rustls::Error::InvalidMessage(_) => "server does not speak TLS here",
        _ => "TLS handshake failed",
    })
}
