//! A server of somebody else's: another program on ports of this machine, ended when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};

use super::courier::PATIENCE;

/// It runs until it is dropped; what it printed is shown where the test fails.
pub(crate) struct Server {
    child: Child,
    output: NamedTempFile,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let output = NamedTempFile::new().unwrap();
        let stdout = output.reopen().unwrap();
        let stderr = stdout.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn();
        Self { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}")), output }
    }

    /// Everything that it printed so far.
    pub(crate) fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.output.path()).unwrap()).into_owned()
    }

    /// The first thing that `wanted` finds in what it printed.
    pub(crate) async fn printed<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> T {
        let found = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                if let Some(found) = wanted(&self.output()) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.expect("the server prints what is waited for")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the server printed:\n{}", self.output());
        }
    }
}

/// A port that nobody listens on yet, for a program that can't choose one by itself. It is none of those that the system
/// hands out (on Linux from 32768 on), so nobody gets it meanwhile who does not ask for it.
pub(crate) async fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
}

/// Until somebody listens there.
pub(crate) async fn listening(port: u16) {
    let connected = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        loop {
            pause.tick().await;
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, connected).await.expect("somebody listens");
}

/// A program that `./test.sh` installs by pip.
pub(crate) fn python(program: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin").join(program);
    assert!(program.is_file(), "run ./test.sh, which installs {}", program.display());
    program
}
