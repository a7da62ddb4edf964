//! Where the database is, how to log in there, and what to say when that fails.

use std::error::Error as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::ledger::error::OpenError;
use crate::secret::Secret;
use crate::tls::{self, Advice, CONFIGURED_NAME, Trust};

/// How long connecting and logging in may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// What a person should do about a server's certificate.
const ADVICE: Advice = Advice {
    untrusted: "name the certificate of its authority with sslrootcert=/path/to/ca.pem in `url` under [ledger]",
    name: CONFIGURED_NAME,
    plain: "check the port in `url` under [ledger]",
};

/// How a ledger in PostgreSQL is opened.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// Where the database is, and how to log in there.
    pub server: Server,
    /// How long rows are kept after they were settled.
    pub retention: Duration,
    /// The key of the recipients' hash, the same for all servers.
    pub recipient_key: Secret,
    /// The file in which records wait while the database does not take them; `None`: they wait in memory alone.
    pub spool: Option<PathBuf>,
}

/// A `postgres://` URL, understood. It holds a password, so neither `Debug` nor [`Server::shown`] repeats it.
#[derive(Clone)]
pub struct Server {
    config: Box<Config>,
    /// How the server proves itself; `None` for a connection without TLS.
    trust: Option<Trusted>,
    shown: String,
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trusted {
    /// The public authorities.
    Public,
    /// Those in this PEM file.
    File(PathBuf),
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Server {
    /// Reads a URL, of which `sslrootcert` is resolved against `base`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the rest of a sentence that begins with the URL.
    pub fn parse(url: &str, base: &Path) -> Result<Self, &'static str> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) if value != "system" => {
                    let path = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
                    root = Some(base.join(path));
                }
                Some(("sslrootcert", _)) => {}
                _ => rest.push(pair),
            }
        }
        let text = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        // The error would name the part that can't be read, which may be a part of a password that holds a question mark.
        let parsed: Result<Config, Error> = text.parse();
        let mut config =
            parsed.map_err(|_| "is not a URL of PostgreSQL, or holds an option that is not known")?;
        if config.get_hosts().is_empty() {
            return Err("names no host");
        }
        if config.get_user().is_none() {
            return Err("names no user");
        }
        let encrypted = match mode {
            Some("require" | "verify-full") => true,
            Some("disable") => false,
            None => !config.get_hosts().iter().all(is_here),
            Some(_) => {
                return Err(
                    "holds an sslmode that is not known here: \"require\" and \"verify-full\" both encrypt and verify the \
                            server's certificate, \"disable\" does neither",
                );
            }
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("clerk-courier");
        }
        // A server that is gone without a word is noticed by writes after this time, and by idle connections within a minute.
        config.tcp_user_timeout(Duration::from_secs(10)).keepalives_idle(Duration::from_secs(30));
        let shown = shown(&config);
        Ok(Self {
            config: Box::new(config),
            trust: encrypted.then(|| root.map_or(Trusted::Public, Trusted::File)),
            shown,
        })
    }

    /// The hosts, ports and database, for people.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Prepares the connections' TLS.
    pub(super) fn connector(self) -> Result<Connector, OpenError> {
        let tls = match &self.trust {
            None => None,
            Some(trusted) => Some(MakeRustlsConnect::new(self.tls(trusted)?)),
        };
        Ok(Connector { server: self, tls })
    }

    fn tls(&self, trusted: &Trusted) -> Result<rustls::ClientConfig, OpenError> {
        let trust = match trusted {
            Trusted::Public => Trust::public(),
            Trusted::File(path) => {
                let unusable = |_| {
                    self.wrong(format!(
                        "{} can't be read as certificates in PEM: correct sslrootcert in `url` under [ledger]",
                        path.display()
                    ))
                };
                let certificates: Vec<_> =
                    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(unusable)?;
                Trust::only(certificates)
                    .map_err(|error| self.wrong(format!("{}: {error}", path.display())))?
            }
        };
        trust.client().map_err(|error| self.wrong(error.to_string()))
    }

    /// An error that a person has to put right.
    pub(super) fn wrong(&self, problem: String) -> OpenError {
        OpenError::Postgres { server: self.shown.clone(), problem, passes: false }
    }

    /// An error that may pass by itself.
    pub(super) fn passing(&self, problem: String) -> OpenError {
        OpenError::Postgres { server: self.shown.clone(), problem, passes: true }
    }

    /// What an error of the client means, in words.
    pub(super) fn explain(&self, error: &Error) -> OpenError {
        if let Some(refused) = error.as_db_error() {
            let code = refused.code();
            let said = refused.message();
            let class = code.code().get(..2).unwrap_or_default();
            return if [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION]
                .contains(code)
            {
                self.wrong(format!(
                    "the server refuses this user or password ({said}): correct `url` under [ledger], or the server's pg_hba.conf"
                ))
            } else if *code == SqlState::INVALID_CATALOG_NAME {
                self.wrong(format!("{said}: create the database, or correct `url` under [ledger]"))
            } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
                self.wrong(format!("{said}: {GRANTS}"))
            } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
                self.passing("the server takes no writes: it is a standby, or set to read only".to_owned())
            } else if ["08", "40", "53", "55", "57", "58", "XX"].contains(&class) {
                self.passing(format!("the server says: {said}"))
            } else {
                self.wrong(format!("the server says: {said} (SQLSTATE {})", code.code()))
            };
        }
        if let Some(problem) = tls::fault(error, ADVICE) {
            return self.wrong(problem);
        }
        let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        if said.contains("TLS") {
            return self.wrong(format!(
                "{said}: switch on TLS at the server, or add sslmode=disable to `url` under [ledger]"
            ));
        }
        if said.contains("password") {
            return self.wrong(format!("{said}: add it to `url` under [ledger]"));
        }
        self.passing(format!("no connection: {said}"))
    }
}

/// What a user of the database needs.
pub(super) const GRANTS: &str = "grant the user the rights that docs/OPERATING.md lists under PostgreSQL";

/// Whether a host is this machine, so that nobody listens in between.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn shown(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
    let host = |(at, host): (usize, &Host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(at)),
        #[cfg(unix)]
        Host::Unix(path) => format!("{}:{}", path.display(), port(at)),
    };
    let hosts: Vec<_> = config.get_hosts().iter().enumerate().map(host).collect();
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("{}/{name}", hosts.join(","))
}

/// Makes connections.
pub(super) struct Connector {
    pub(super) server: Server,
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Connects and logs in.
    pub(super) async fn connect(&self) -> Result<Session, OpenError> {
        let config = &self.server.config;
        let connecting = async {
            let (client, driver) = if let Some(tls) = &self.tls {
                let (client, connection) = config.connect(tls.clone()).await?;
                (client, tokio::spawn(async move { drop(connection.await) }))
            } else {
                let (client, connection) = config.connect(NoTls).await?;
                (client, tokio::spawn(async move { drop(connection.await) }))
            };
            Ok(Session { client, driver: driver.abort_handle() })
        };
        match timeout(CONNECT_LIMIT, connecting).await {
            Ok(connected) => connected.map_err(|error: Error| self.server.explain(&error)),
            Err(_) => Err(self.server.passing("the server does not answer".to_owned())),
        }
    }
}

/// A connection, which ends when this is dropped, whatever the server is doing.
pub(super) struct Session {
    pub(super) client: Client,
    driver: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver of a client that is dropped waits for answers that are due, which a server that hangs never gives.
        self.driver.abort();
    }
}
