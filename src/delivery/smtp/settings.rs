//! What can be set about one mail server, and what stops a client for it from being set up.

use std::path::PathBuf;
use std::time::Duration;

use super::extensions::Extensions;
use crate::delivery::{http, oauth2};
use crate::secret::Secret;

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

impl Tls {
    /// For people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit TLS",
            Self::Required => "STARTTLS",
            Self::None => "in clear",
        }
    }
}

/// Who we are.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// User name and password.
    Password(String, Secret),
    /// A mailbox, and where its tokens come from (XOAUTH2).
    Tokens(String, Box<oauth2::Settings>),
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
    /// Who we are, where the server wants to know.
    pub credentials: Option<Credentials>,
    /// The name we greet with (`EHLO`).
    pub helo: String,
    /// PEM file with the only certificate authorities to trust, in place of the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Sessions open at a time, at most.
    pub connections: usize,
    /// Use BDAT (RFC 3030) where the server offers CHUNKING.
    pub chunking: bool,
    /// While another provider could be asked: everything until the message's last byte has left must be done in this
    /// time, waiting for a session included.
    pub attempt_timeout: Duration,
}

impl Settings {
    /// A session in words.
    pub(super) fn describe(&self, offered: Extensions) -> String {
        let mechanism = match (&self.credentials, offered.auth) {
            (Some(Credentials::Tokens(..)), _) => "AUTH XOAUTH2",
            (Some(Credentials::Password(..)), Some(mechanism)) => mechanism.as_str(),
            _ => "no login",
        };
        let mut words = vec![self.tls.as_str().to_owned(), mechanism.to_owned()];
        for (name, is_offered) in [("PIPELINING", offered.pipelining), ("CHUNKING", offered.chunking)] {
            words.extend(is_offered.then(|| name.to_owned()));
        }
        words.extend(offered.size.map(|bytes| format!("mails up to {} MB", bytes / 1_000_000)));
        words.join(", ")
    }
}

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
    /// The client that asks for tokens.
    #[error(transparent)]
    Client(#[from] http::SetupError),
}
