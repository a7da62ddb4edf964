//! What happens in one run, as everybody outside the services sees it.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::time::Instant;

use super::script::{Millis, Script, Step, Words};

/// One process of a service: which service, and how many there were before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) service: usize,
    pub(super) number: usize,
}

/// A mail server took a message.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) message: usize,
    pub(super) by: Life,
    /// When the attempt began, with MAIL.
    pub(super) begun: Millis,
    pub(super) at: Millis,
    /// When the reply left that says so; `None` where none did, or one that nobody listens to any more.
    pub(super) said: Option<Millis>,
    /// Whether the reply did not come in time, or not at all.
    pub(super) doubt: bool,
}

/// A mail server said something else than usual.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) by: Life,
    /// `None` where several messages under way have that recipient.
    pub(super) message: Option<usize>,
    pub(super) at: Millis,
    pub(super) step: Step,
    pub(super) words: Words,
}

/// A request of Svix.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) message: usize,
    pub(super) to: Option<Life>,
    pub(super) at: Millis,
    pub(super) until: Millis,
    pub(super) forged: bool,
    /// `None` where the service was down or died, or the connection broke.
    pub(super) answer: Option<Answer>,
    /// Whether everything that was to go wrong had gone wrong before.
    pub(super) calm: bool,
}

/// What Svix sees of an answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) aborts: bool,
    pub(super) outcome: String,
    pub(super) reason: String,
}

impl Answer {
    pub(super) fn is_final(&self) -> bool {
        self.status / 100 == 2 || self.aborts
    }
}

/// The end of a process.
#[derive(Debug, Clone)]
pub(super) struct Died {
    pub(super) life: Life,
    pub(super) at: Millis,
    pub(super) killed: bool,
}

/// All that happened.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub(super) taken: Vec<Taken>,
    pub(super) said: Vec<Said>,
    pub(super) asked: Vec<Asked>,
    pub(super) died: Vec<Died>,
    /// The messages whose requests have begun: message, service, recipient, and when.
    pub(super) under_way: Vec<(usize, usize, u8, Millis)>,
    /// When a mail server last did something else than usual.
    pub(super) last_fault: Millis,
}

/// The clock and the log of one run. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) script: Arc<Script>,
    pub(super) began: Instant,
    log: Arc<Mutex<Log>>,
}

/// A request is over after this, whoever waits for its answer: `request_deadline` and a little.
const OVER: Millis = 13_000;

impl World {
    pub(super) fn new(script: Script) -> Self {
        Self { script: Arc::new(script), began: Instant::now(), log: Arc::default() }
    }

    pub(super) fn now(&self) -> Millis {
        u64::try_from(self.began.elapsed().as_millis()).unwrap()
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// Whether no request for a message is under way, and the last fault is a while ago.
    pub(super) fn is_quiet(&self, message: usize) -> bool {
        let (now, log) = (self.now(), self.log());
        let is_over = |at: Millis| at + OVER < now;
        log.last_fault + 60_000 < now
            && log.under_way.iter().all(|(other, .., at)| *other != message || is_over(*at))
    }

    /// The message to `recipient` that `by` is sending, if only one fits.
    pub(super) fn whose(&self, by: Life, recipient: u8) -> Option<usize> {
        let now = self.now();
        let log = self.log();
        let mut candidates: Vec<_> = log
            .under_way
            .iter()
            .filter(|(_, service, to, at)| *service == by.service && *to == recipient && at + OVER >= now)
            .map(|(message, ..)| *message)
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        if let [only] = candidates[..] { Some(only) } else { None }
    }
}
