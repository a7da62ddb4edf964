//! What commands print: lines to stdout, errors to stderr.

use std::io::Write as _;
use std::sync::mpsc;
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

/// Prints a line to stdout, and ignores a reader that has left, such as `head`.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
