//! `clerk-courier health`: asks the service on this machine whether it lives, for images that have no `curl`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::configuration::server;
use super::failure::Failure;
use super::terminal::say;

/// How long connecting, writing and reading may take each. The answer needs neither a provider nor the ledger.
const WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Ask at this address [default: `[server] listen` of the configuration]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<SocketAddr>,
    /// Ask whether new messages may come: no as soon as the service was told to stop
    #[arg(long)]
    ready: bool,
}

/// Ends with status 0 if the service answers as it should, and with 1 in every other case: container engines give a
/// meaning of their own to 2.
pub(super) fn run(config: &Path, arguments: &Arguments) -> Result<(), Failure> {
    let address = match arguments.address {
        Some(address) => address,
        None => server(config)?.listen,
    };
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    let address = reachable(address);
    let answer = ask(address, path).with_context(|| format!("no answer from http://{address}{path}"))?;
    let mut lines = answer.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let said = lines.last().unwrap_or_default();
    if status != "200" {
        return Err(anyhow::anyhow!("http://{address}{path} answers {status} {said}").into());
    }
    say(said);
    Ok(())
}

/// An address to connect to: "all addresses of this machine" can be listened at, but not connected to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The whole answer as text. One request needs neither a runtime nor an HTTP client, and this runs every few seconds.
fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    const LIMIT: u64 = 4096;
    let mut stream = TcpStream::connect_timeout(&address, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LIMIT).read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 ") {
        bail!("the program that listens there does not speak HTTP");
    }
    Ok(answer)
}
