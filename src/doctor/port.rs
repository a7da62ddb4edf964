//! Which kind of TLS a port speaks, where it is not the configured one.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::delivery::smtp::{Settings, Tls};
use crate::tls::Trust;

/// The longest time for a connection, and for a greeting.
const WITHIN: Duration = Duration::from_secs(2);

/// What the port speaks in place of what is configured, and what to write; `None` if nothing speaks for a mix-up.
pub(crate) async fn mismatch(smtp: &Settings) -> Option<(String, String)> {
    let Settings { host, port, .. } = smtp;
    let Some(greeting) = greeting(host, *port).await else {
        return by_number(smtp);
    };
    let speaks_plain = greeting.starts_with(b"220") || greeting.starts_with(b"421");
    match smtp.tls {
        Tls::Implicit if speaks_plain => Some((
            format!(
                "the URL says smtps:// (TLS from the first byte), and port {port} of {host} begins in plain text, for STARTTLS."
            ),
            format!(
                "Write url = \"smtp://{host}:{port}\", or use the port for TLS from the start, mostly 465."
            ),
        )),
        Tls::Required | Tls::None if greeting.is_empty() && speaks_tls(host, *port).await => Some((
            format!("the URL says smtp://, and port {port} of {host} speaks TLS from the first byte."),
            format!("Write url = \"smtps://{host}:{port}\"."),
        )),
        _ => None,
    }
}

/// What the number of the port tells, where nobody answers at it.
fn by_number(smtp: &Settings) -> Option<(String, String)> {
    let Settings { host, port, .. } = smtp;
    match (smtp.tls, port) {
        (Tls::Implicit, 25 | 587 | 2525) => Some((
            format!(
                "nobody answers at {host}, and the URL says smtps:// for port {port}, which is for STARTTLS."
            ),
            format!(
                "Write url = \"smtp://{host}:{port}\", or smtps:// with port 465; then check the firewall."
            ),
        )),
        (Tls::Required | Tls::None, 465) => Some((
            format!(
                "nobody answers at {host}, and the URL says smtp:// for port 465, which is for TLS from the first byte."
            ),
            format!("Write url = \"smtps://{host}:465\", or smtp:// with port 587; then check the firewall."),
        )),
        _ => None,
    }
}

/// What the server says first; empty if it waits for us, `None` if there is no connection.
async fn greeting(host: &str, port: u16) -> Option<Vec<u8>> {
    let mut stream = timeout(WITHIN, TcpStream::connect((host, port))).await.ok()?.ok()?;
    let mut first = vec![0; 512];
    let length = match timeout(WITHIN, stream.read(&mut first)).await {
        Ok(length) => length.unwrap_or_default(),
        Err(_) => 0,
    };
    first.truncate(length);
    if length > 0 {
        // A client says so before it leaves (RFC 5321, 4.1.1.10).
        let _ = timeout(WITHIN, stream.write_all(b"QUIT\r\n")).await;
    }
    Some(first)
}

/// Whether the server answers a TLS handshake, whichever certificate it shows.
async fn speaks_tls(host: &str, port: u16) -> bool {
    let (Ok(config), Ok(name)) = (Trust::public().client(), ServerName::try_from(host.to_owned())) else {
        return false;
    };
    let handshake = async {
        let stream = TcpStream::connect((host, port)).await.ok()?;
        Some(TlsConnector::from(Arc::new(config)).connect(name, stream).await)
    };
    match timeout(WITHIN, handshake).await {
        Ok(Some(Ok(_))) => true,
        // An untrusted certificate is a certificate.
        Ok(Some(Err(error))) => {
            let inside = error.get_ref().and_then(|inside| inside.downcast_ref::<rustls::Error>());
            matches!(inside, Some(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)))
        }
        _ => false,
    }
}
