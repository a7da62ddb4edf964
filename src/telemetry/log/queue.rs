//! The queue of lines on their way to stdout, bounded, and emptied by a thread of its own.
//!
//! The program that reads our stdout may stop reading (a stuck log driver, a paused terminal). A write then blocks for as
//! long as that lasts, so no task that serves a message may write itself. Lines that don't fit the queue are dropped.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::fmt::MakeWriter;

/// How many bytes wait at most: about eight thousand lines.
const ROOM: usize = 4 * 1024 * 1024;

/// How long the thread waits between two writes, so that lines which come together leave together. The first line after a
/// quiet time waits for nothing, which spares a lone message one wake-up of the thread.
const GATHER: Duration = Duration::from_millis(10);

/// How long to wait before asking a full, non-blocking stdout again.
const PAUSE: Duration = Duration::from_millis(20);

/// The entrance to the queue, for everything that logs.
#[derive(Debug, Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Signalled when the queue gets its first line.
    more: Condvar,
    /// Signalled when everything is written and the queue is empty.
    idle: Condvar,
    /// How many bytes may wait.
    room: usize,
    /// How many lines were lost since the process started.
    dropped: Counter,
}

#[derive(Debug, Default)]
struct State {
    /// The lines that wait, each with its line end.
    bytes: Vec<u8>,
    /// How many lines were dropped since the log last said so.
    unsaid: u64,
    /// Whether the thread is writing right now.
    writing: bool,
    /// Whether somebody waits for [`Shared::idle`]. To signal it costs a system call even where nobody waits.
    flushing: bool,
}

impl Lines {
    /// Starts the thread that writes to `output`. Lines that can't be queued or written are counted in `dropped`.
    ///
    /// # Errors
    /// The system gives the process no further thread.
    pub(super) fn start(output: impl Write + Send + 'static, dropped: Counter) -> io::Result<Self> {
        Self::with_room(output, dropped, ROOM)
    }

    fn with_room(output: impl Write + Send + 'static, dropped: Counter, room: usize) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            more: Condvar::new(),
            idle: Condvar::new(),
            room,
            dropped,
        });
        let writer = Arc::clone(&shared);
        // The thread is never joined: a write that is stuck must not keep the process from ending.
        thread::Builder::new().name("log".to_owned()).spawn(move || writer.run(output))?;
        Ok(Self(shared))
    }

    /// Waits until everything is written, for `limit` at most.
    pub(super) fn flush(&self, limit: Duration) {
        let busy = |state: &mut State| state.writing || !state.bytes.is_empty();
        let mut state = self.0.lock();
        state.flushing = true;
        let _ = self.0.idle.wait_timeout_while(state, limit, busy);
    }
}

impl Shared {
    /// A lock that ignores poisoning: no code below could panic between two changes that belong together.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues one line, or drops and counts it where it does not fit.
    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.bytes.len().saturating_add(line.len()) > self.room {
            state.unsaid += 1;
            drop(state);
            self.dropped.inc();
            return;
        }
        // The thread waits only while the queue is empty, so further lines need no signal.
        if state.bytes.is_empty() {
            self.more.notify_one();
        }
        state.bytes.extend_from_slice(line);
    }

    /// The thread: takes what is queued and writes it, for ever.
    fn run(&self, mut output: impl Write) {
        let mut works = true;
        let mut written: Option<Instant> = None;
        loop {
            let (lines, unsaid) = self.take(works, written);
            if unsaid > 0 {
                // The queue was emptied just now, so there is room for this line.
                tracing::warn!(
                    log.dropped = unsaid,
                    "log lines were dropped, because the program that reads this one's stdout stopped reading"
                );
            }
            let lost = write(&mut output, &lines);
            written = Some(Instant::now());
            works = lost == 0;
            if !works {
                self.dropped.inc_by(lost);
            }
            let mut state = self.lock();
            state.unsaid += lost;
            state.writing = false;
            if state.flushing && state.bytes.is_empty() {
                self.idle.notify_all();
            }
        }
    }

    /// Waits for lines and takes them all, [`GATHER`] after the last write at the earliest. Where stdout `works`, also returns how many lines were dropped that the log has
    /// not mentioned. Where it doesn't, that count stays: a line about lost lines would be the next line to be lost, again
    /// and again.
    fn take(&self, works: bool, written: Option<Instant>) -> (Vec<u8>, u64) {
        let quiet = |state: &mut State| state.bytes.is_empty() && !(works && state.unsaid > 0);
        let mut state = self.more.wait_while(self.lock(), quiet).unwrap_or_else(PoisonError::into_inner);
        state.writing = true;
        let rest = written.map_or(Duration::ZERO, |written| GATHER.saturating_sub(written.elapsed()));
        if !rest.is_zero() {
            // Unlocked while it sleeps, so that lines can gather.
            drop(state);
            thread::sleep(rest);
            state = self.lock();
        }
        let unsaid = if works { std::mem::take(&mut state.unsaid) } else { 0 };
        (std::mem::take(&mut state.bytes), unsaid)
    }
}

/// Writes `bytes`, however long it takes. Returns how many lines could not be written because `output` failed.
fn write(output: &mut impl Write, mut bytes: &[u8]) -> u64 {
    while !bytes.is_empty() {
        match output.write(bytes) {
            // An output that takes nothing without an error won't take anything later either.
            Ok(0) => break,
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A program that shares our stdout may have made it non-blocking, which then holds for us too.
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(_) => break,
        }
    }
    memchr::memchr_iter(b'\n', bytes).count().try_into().unwrap_or(u64::MAX)
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

/// A writer for one line, which `tracing_subscriber` hands over in one write.
pub(super) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Nothing here takes as long.
    const PATIENCE: Duration = Duration::from_mins(1);

    /// Each write waits until the test takes its bytes.
    struct Handed(SyncSender<Vec<u8>>);

    impl Write for Handed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(|_| ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn next(read: &Receiver<Vec<u8>>) -> String {
        String::from_utf8(read.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    #[test]
    fn a_line_never_waits_for_its_reader_and_none_is_dropped_unsaid() {
        let (hand, read) = sync_channel(0);
        let dropped = Counter::default();
        let lines = Lines::with_room(Handed(hand), dropped.clone(), 100).unwrap();
        lines.0.push(b"first\n");
        // The thread is stuck with the first line once it has taken it, so from here on lines pile up.
        while !lines.0.lock().bytes.is_empty() {
            thread::yield_now();
        }
        for _ in 0..30 {
            lines.0.push(b"123456789\n");
        }
        assert_eq!((dropped.get(), lines.0.lock().unsaid), (20, 20));
        lines.flush(Duration::ZERO);
        assert_eq!(next(&read), "first\n");
        assert_eq!(next(&read), "123456789\n".repeat(10));
        lines.0.push(b"last\n");
        assert_eq!(next(&read), "last\n");
        lines.flush(PATIENCE);
        assert_eq!((dropped.get(), lines.0.lock().unsaid), (20, 0));
    }

    #[test]
    fn a_stdout_that_fails_costs_its_lines_alone() {
        let (hand, read) = sync_channel(0);
        drop(read);
        let dropped = Counter::default();
        let lines = Lines::with_room(Handed(hand), dropped.clone(), 100).unwrap();
        for count in 1..=3 {
            lines.0.push(b"lost\n");
            lines.flush(PATIENCE);
            assert_eq!((dropped.get(), lines.0.lock().unsaid), (count, count));
        }
    }

    #[test]
    fn an_event_is_one_line() {
        let (hand, read) = sync_channel(0);
        let lines = Lines::with_room(Handed(hand), Counter::default(), 1000).unwrap();
        let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(lines);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(answer = 42, "a line");
        });
        let line = next(&read);
        assert!(line.ends_with("}\n") && line.contains("\"answer\":42"), "{line}");
    }
}
