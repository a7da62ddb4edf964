//! What commands print: lines to stdout, errors to stderr.

use std::io::{ErrorKind, Write as _};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

/// How long to wait for stderr to take the error, before the process ends without it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Prints an error to stderr.
pub(super) fn complain(text: &str) {
    // On a thread of its own: if stderr is a full pipe that nobody reads, the write blocks, and the process must still
    // end.
    let line = format!("clerk-courier: {}\n", text.trim_end());
    let (done, printed) = mpsc::channel();
    let print = move || {
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        let _ = done.send(());
    };
    if std::thread::Builder::new().spawn(print).is_ok() {
        let _ = printed.recv_timeout(LAST_WORDS);
    }
}

/// Why stdout took less than was printed: the first error.
static LOST: OnceLock<String> = OnceLock::new();

/// Prints a line to stdout. [`lost`] says later whether it could be written.
pub(super) fn say(line: &str) {
    print(format!("{line}\n").as_bytes());
}

/// Prints these bytes to stdout. [`lost`] says later whether they could be written.
pub(super) fn print(bytes: &[u8]) {
    note(std::io::stdout().lock().write_all(bytes));
}

/// Writes out what still waits for stdout. Returns why stdout did not take everything that was printed, such as a full disk;
/// `None` if it took everything, or if its reader has left, as `head` does.
pub(super) fn lost() -> Option<&'static str> {
    note(std::io::stdout().lock().flush());
    LOST.get().map(String::as_str)
}

fn note(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error.to_string());
    }
}
