//! A running `clerk-courier dev`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use tempfile::TempDir;

use super::courier::{PATIENCE, program};

/// The playground, in a directory of its own; killed when dropped.
pub(crate) struct Playground {
    dir: TempDir,
    child: Child,
    /// Where the workshop is: `http://127.0.0.1:port`.
    pub(crate) workshop: String,
}

impl Playground {
    /// Starts it in a directory with these files: path and content. Returns when the two sample messages are there.
    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let file = dir.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        let mut child = Command::new(program())
            .args(["dev", "--listen", "127.0.0.1:0", "--workshop", "127.0.0.1:0"])
            .current_dir(dir.path())
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, told) = mpsc::channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let place = line.trim_start().strip_prefix("Workshop ").map(str::trim_start);
                if let Some(url) = place.and_then(|place| place.split(' ').next()) {
                    let _ = tell.send(url.to_owned());
                }
            }
        });
        let mut playground = Self { dir, child, workshop: String::new() };
        playground.workshop = told.recv_timeout(PATIENCE).expect("`dev` says where the workshop is");
        playground
    }

    /// Where it was started: `config.toml`, `templates/`, `outbox/`.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
