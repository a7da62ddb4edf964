//! TLS for a session: which certificates are trusted, the stream with or without TLS, and what to say when a handshake
//! fails (RFC 3207, RFC 8314).

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::settings::{Settings, SetupError, Tls};
use crate::tls::{self, Advice, CONFIGURED_NAME, Trust};

/// What it takes to secure connections to one server, prepared once.
pub(super) struct Security {
    connector: TlsConnector,
    name: ServerName<'static>,
    advice: Advice,
}

/// What to do where no trusted authority has signed the server's certificate: first without a `ca_file`, then with one.
const UNTRUSTED: [&str; 2] = [
    "if it is the right server, name its certificate, or its issuer's, as `ca_file`",
    "add its certificate, or its issuer's, to the file that `ca_file` names",
];

impl Security {
    /// Reads the certificates to trust. `None` where the connection stays in clear.
    ///
    /// # Errors
    /// The CA file or the host name can't be used.
    pub(super) fn new(settings: &Settings) -> Result<Option<Self>, SetupError> {
        if settings.tls == Tls::None {
            return Ok(None);
        }
        let name = ServerName::try_from(settings.host.clone());
        let name = name.map_err(|_| SetupError::Host(settings.host.clone()))?;
        let (trust, untrusted) = match &settings.ca_file {
            Some(path) => (read_ca_file(path)?, UNTRUSTED[1]),
            None => (Trust::public(), UNTRUSTED[0]),
        };
        let config = trust.client().map_err(|_| SetupError::Host(settings.host.clone()))?;
        let plain = match settings.tls {
            Tls::Implicit => "use smtp:// in place of smtps:// for STARTTLS, or another port",
            Tls::Required | Tls::None => {
                "the server agreed to STARTTLS and then went on without TLS: read its log"
            }
        };
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Some(Self { connector, name, advice: Advice { untrusted, name: CONFIGURED_NAME, plain } }))
    }

    /// Makes the TLS handshake.
    ///
    /// # Errors
    /// Why it failed and what to do about it, in words that are safe to show.
    pub(super) async fn handshake(&self, tcp: TcpStream) -> Result<Stream, String> {
        match self.connector.connect(self.name.clone(), tcp).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(error) => Err(match tls::fault(&error, self.advice) {
                Some(words) => words,
                None => format!("the TLS handshake failed: {}", error.kind()),
            }),
        }
    }
}

/// The certificates of a PEM file as the only ones to trust: as authorities, and each of them as the server's own too.
fn read_ca_file(path: &Path) -> Result<Trust, SetupError> {
    let fail = |reason: String| SetupError::CaFile { path: path.display().to_string(), reason };
    // All certificates or none: a file that is read in part would trust fewer servers than its author thinks.
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let certificates = certificates.map_err(|error| fail(error.to_string()))?;
    if certificates.is_empty() {
        return Err(fail("the file contains no certificate: put one into it in PEM form".to_owned()));
    }
    Trust::only(certificates).map_err(|error| fail(error.to_string()))
}

/// A connection, in clear or under TLS.
pub(super) enum Stream {
    /// A connection in clear.
    Plain(TcpStream),
    /// A connection under TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// A connection in memory, for tests on a clock that does not wait.
    #[cfg(test)]
    Memory(tokio::io::DuplexStream),
}

impl Stream {
    /// Asks the kernel to acknowledge the next bytes at once. Linux forgets that after a while, so it has to be asked
    /// again each time; other systems can't be asked.
    pub(super) fn acknowledge_at_once(&self) {
        #[cfg(target_os = "linux")]
        {
            let tcp = match self {
                Self::Plain(stream) => stream,
                Self::Tls(stream) => stream.get_ref().0,
                #[cfg(test)]
                Self::Memory(_) => return,
            };
            // A failure costs only time: the bytes come anyway.
            let _ = tcp.set_quickack(true);
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
