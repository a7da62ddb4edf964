//! TLS as every transport uses it: one crypto provider, named here, so that none has to be installed for the process.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

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
