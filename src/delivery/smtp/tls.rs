//! TLS for a session: which certificates are trusted, the stream with or without it, and what to say when a handshake
//! fails (RFC 3207, RFC 8314).

use super::{Settings, SetupError, Tls};
use crate::delivery::tls;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What it takes to secure a connection to one server.
pub(super) struct Security {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Security {
    /// Reads the certificates to trust; `None` where the connection stays in clear.
    ///
    /// # Errors
    /// An unusable CA file or host name.
    pub(super) fn new(settings: &Settings) -> Result<Option<Self>, SetupError> {
        if settings.tls == Tls::None {
            return Ok(None);
        }
        let name = ServerName::try_from(settings.host.clone());
        let name = name.map_err(|_| SetupError::Host(settings.host.clone()))?;
        let roots = match &settings.ca_file {
            Some(path) => read_ca_file(path)?,
            None => tls::public_roots(),
        };
        let config = tls::trusting(roots).map_err(|_| SetupError::Host(settings.host.clone()))?;
        Ok(Some(Self { connector: TlsConnector::from(Arc::new(config)), name }))
    }

    /// The handshake.
    ///
    /// # Errors
    /// In words that are safe to show.
    pub(super) async fn handshake(&self, tcp: TcpStream) -> Result<Stream, String> {
        match self.connector.connect(self.name.clone(), tcp).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(error) => Err(match tls::fault(&error) {
                Some(words) => words.to_owned(),
                None => format!("TLS handshake failed: {}", error.kind()),
            }),
        }
    }
}

/// The certificates of a PEM file, as the only ones to trust.
fn read_ca_file(path: &Path) -> Result<RootCertStore, SetupError> {
    let fail = |reason: String| SetupError::CaFile { path: path.display().to_string(), reason };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| fail(error.to_string()))?;
        roots.add(certificate).map_err(|error| fail(error.to_string()))?;
    }
    if roots.is_empty() { Err(fail("holds no certificate".to_owned())) } else { Ok(roots) }
}

/// A connection, in clear or under TLS.
pub(super) enum Stream {
    /// In clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Has the next bytes acknowledged when they come, not a moment later. Only Linux can be asked for that.
    pub(super) fn acknowledge_at_once(&self) {
        #[cfg(target_os = "linux")]
        {
            let tcp = match self {
                Self::Plain(stream) => stream,
                Self::Tls(stream) => stream.get_ref().0,
            };
            // Without it the bytes come all the same, only later.
            let _ = tcp.set_quickack(true);
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
