//! What commands print: lines to stdout, errors to stderr.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use crate::config::process_env;

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

/// Prints a line to stdout, in the colour of its first word if people see it. [`lost`] says later whether it could be
/// written.
pub(super) fn say(line: &str) {
    static PEOPLE_SEE: OnceLock<bool> = OnceLock::new();
    // https://no-color.org
    let is_wanted = || process_env("NO_COLOR").is_none_or(|value| value.is_empty());
    let is_coloured = *PEOPLE_SEE.get_or_init(|| std::io::stdout().is_terminal() && is_wanted());
    match colour(line).filter(|_| is_coloured) {
        Some(colour) => print(format!("\x1b[{colour}m{line}\x1b[0m\n").as_bytes()),
        None => print(format!("{line}\n").as_bytes()),
    }
}

/// The colour of a line that must not be overlooked among others, as a terminal numbers it: red for what failed, yellow for
/// what somebody should look at. The first ten characters of such a line say what it is.
fn colour(line: &str) -> Option<u8> {
    const RED: u8 = 31;
    const YELLOW: u8 = 33;
    let (kind, rest) = line.split_at_checked(10)?;
    match kind.trim_end() {
        "failed" | "fault" => Some(RED),
        "connect" if rest.contains(" failed ") => Some(RED),
        "connect" if rest.contains(" warning ") => Some(YELLOW),
        "warning" | "missing" | "too long" | "unproven" | "sender" => Some(YELLOW),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::colour;

    #[test]
    fn what_must_not_be_overlooked_has_a_colour() {
        assert_eq!(colour("failed    email/de with hostile values: x"), Some(31));
        assert_eq!(colour("connect   main         failed        2 ms  connect: refused"), Some(31));
        assert_eq!(colour("connect   logo_url     warning      2 ms  HTTP 404"), Some(33));
        assert_eq!(colour("warning   providers.main.url: x"), Some(33));
        for line in
            ["connect   main         fine          2 ms", "warning", "warnings of: x", "käse käse", ""]
        {
            assert_eq!(colour(line), None, "{line}");
        }
    }
}
