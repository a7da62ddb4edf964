//! SMTP.
use std::path::PathBuf;
use std::time::Duration;
use crate::secret::Secret;
use crate::message::Email;
use super::{Budget, Verdict};

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtps://`: TLS from the first byte (RFC 8314).
    Implicit,
    /// `smtp://…?tls=required`: STARTTLS or nothing (RFC 3207).
    Required,
    /// `smtp://…?tls=none`: plain text.
    None,
}

/// One SMTP server, as configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Host name, for DNS, SNI and the certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS mode.
    pub tls: Tls,
    /// User name and password, where the server wants them.
    pub credentials: Option<(String, Secret)>,
    /// The name we greet with (`EHLO`).
    pub helo: String,
    /// PEM file with the only certificate authorities to trust, in place of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Sessions open at a time, at most.
    pub connections: usize,
    /// Use BDAT (RFC 3030) where the server offers CHUNKING.
    pub chunking: bool,
    /// Each stage before the message's last byte has left must be done in this time.
    pub attempt_timeout: Duration,
}

/// A server that mail is handed to.
#[derive(Debug, Clone)]
pub struct Relay {}

/// What stops a relay from being set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The CA file can't be read or holds no certificate.
    #[error("ca_file {path}: {reason}")]
    CaFile {
        /// As configured.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host is no name or address that TLS could check.
    #[error("{0:?} is no host name")]
    Host(String),
}

impl Relay {
    /// Prepares TLS and an empty pool; connects to nothing.
    ///
    /// # Errors
    /// An unusable CA file or host name.
    pub fn new(_settings: Settings) -> Result<Self, SetupError> { unimplemented!() }
    /// Hands one mail to the server. Dropping the future closes the session it was using.
    pub async fn deliver(&self, _mail: &Email, _budget: Budget) -> Verdict { unimplemented!() }
    /// Sessions open now (in use and idle).
    pub fn open_sessions(&self) -> usize { unimplemented!() }
    /// Says QUIT on idle sessions and keeps none from here on.
    pub async fn close(&self) { unimplemented!() }
}
