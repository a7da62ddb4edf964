//! `install.sh`, against a server on this machine: it installs what it was promised, and nothing else.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A directory with an archive as `scripts/release` makes it, in which the program only says its version, and its server.
struct Published {
    dir: TempDir,
    url: String,
    archive: PathBuf,
    sums: PathBuf,
}

impl Published {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let machine = std::env::consts::ARCH;
        let name = format!("clerk-courier-1.2.3-{machine}-unknown-linux-musl");
        std::fs::create_dir(dir.path().join(&name)).unwrap();
        std::fs::write(dir.path().join(&name).join("clerk-courier"), "#!/bin/sh\necho clerk-courier 1.2.3\n")
            .unwrap();
        let archive = dir.path().join(format!("{name}.tar.gz"));
        let packed =
            Command::new("tar").current_dir(dir.path()).arg("-czf").arg(&archive).arg(&name).status();
        assert!(packed.unwrap().success());
        let sums = dir.path().join(format!("SHA256SUMS-{machine}-unknown-linux-musl"));
        std::fs::write(&sums, format!("{}  {name}.tar.gz\n", sum(&archive))).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, dir.path().to_owned()));
        Self { dir, url, archive, sums }
    }

    /// Runs the script with these arguments too.
    async fn install(&self, more: &[&str]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
        let mut command = Command::new("sh");
        command
            .arg(script)
            .args(["--from", &self.url, "--version", "1.2.3", "--dir"])
            .arg(self.installed().parent().unwrap());
        command.args(more);
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
    }

    fn installed(&self) -> PathBuf {
        self.dir.path().join("bin/clerk-courier")
    }

    async fn refuses(&self, more: &[&str], why: &str) {
        let output = self.install(more).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(said.contains(why), "{said}");
        assert!(!self.installed().exists(), "{said}");
    }
}

fn sum(file: &Path) -> String {
    Sha256::digest(std::fs::read(file).unwrap())
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Answers each request with the file that it names, or 404.
async fn serve(listener: TcpListener, dir: PathBuf) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap() > 0 {}
        let request = String::from_utf8(request).unwrap();
        let name = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        let (status, body) = match std::fs::read(dir.join(name)) {
            Ok(body) => ("200 OK", body),
            Err(_) => ("404 Not Found", Vec::new()),
        };
        let head =
            format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
    }
}

#[tokio::test]
#[ignore = "needs curl"]
async fn the_script_installs_what_the_checksum_promises_and_nothing_else() {
    let published = Published::start().await;
    let good = std::fs::read(&published.archive).unwrap();

    published.refuses(&["--sha256", &"0".repeat(64)], "nothing was installed").await;
    // A proxy's page in place of the archive, an archive that was cut, and one with a byte changed.
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    for bad in [b"<html>".as_slice(), &good[..good.len() / 2], &changed] {
        std::fs::write(&published.archive, bad).unwrap();
        published.refuses(&[], "nothing was installed").await;
    }
    std::fs::write(&published.archive, &good).unwrap();
    published.refuses(&["--version", "9.9.9"], "can't be fetched").await;
    let sums = std::fs::read(&published.sums).unwrap();
    std::fs::write(&published.sums, "").unwrap();
    published.refuses(&[], "nothing was installed").await;
    std::fs::write(&published.sums, sums).unwrap();

    // Twice: the second time it replaces a program.
    for _ in 0..2 {
        let output = published.install(&[]).await;
        assert!(output.status.success(), "{output:?}");
        let said = Command::new(published.installed()).output();
        assert_eq!(said.unwrap().stdout, b"clerk-courier 1.2.3\n");
    }
    let left: Vec<_> = published.installed().parent().unwrap().read_dir().unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
