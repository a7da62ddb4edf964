//! What can be set about one mail server, and what stops a client for it from being set up.

use std::path::PathBuf;
use std::time::Duration;

use super::extensions::Extensions;
use crate::delivery::{http, oauth2};
use crate::secret::Secret;

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtps://`: TLS from the first byte (RFC 8314), usually on port 465.
    Implicit,
    /// `smtp://…?tls=required`: STARTTLS (RFC 3207), and no message without it.
    Required,
    /// `smtp://…?tls=none`: no TLS, everything goes in clear.
    None,
}

impl Tls {
    /// The way of TLS in words for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Implicit => "implicit TLS",
            Self::Required => "STARTTLS",
            Self::None => "in clear",
        }
    }
}

/// How to log in at a mail server.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A user name and a password.
    Password(String, Secret),
    /// A mailbox, and how to get access tokens for it (XOAUTH2).
    Tokens(String, Box<oauth2::Settings>),
}

/// The settings of one mail server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The host name, for DNS and SNI, and for the name that the certificate has to hold.
    pub host: String,
    /// The TCP port that the server listens on.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// How to log in; `None` for a server that wants no login.
    pub credentials: Option<Credentials>,
    /// The name by which we greet the server (`EHLO`).
    pub helo: String,
    /// A PEM file of the only certificates to trust: authorities, or the server's own. `None` for the built-in
    /// authorities.
    pub ca_file: Option<PathBuf>,
    /// How many sessions are in use at a time, at most. Zero counts as one.
    pub connections: usize,
    /// Whether BDAT (RFC 3030) is used where the server offers CHUNKING.
    pub chunking: bool,
    /// While another provider could be asked: the time for everything until the last byte of the message has left,
    /// including the wait for a session.
    pub attempt_timeout: Duration,
}

impl Settings {
    /// Describes a session in words for people: TLS, login, and what the server offers.
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

/// Why the client for a mail server can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The CA file can't be read, or holds no certificate.
    #[error("ca_file {path}: {reason}")]
    CaFile {
        /// The path as configured.
        path: String,
        /// What is wrong with the file.
        reason: String,
    },
    /// The host, or the name to greet with, is not a name or address that can be used.
    #[error("{0:?} is not a host name: use a name like mail.example.com, or an IP address")]
    Host(String),
    /// The HTTP client that asks for access tokens can't be built.
    #[error(transparent)]
    Client(#[from] http::SetupError),
}
