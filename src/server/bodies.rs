//! Reads the bodies of requests whose signatures are not checked yet, within a budget of bytes that all of them share.
//!
//! Svix sends a body in one go, so a body that takes long is a stranger's. When the budget is used up, the body whose
//! reading began first is given up: strangers who send slowly can't keep Clerk's webhooks out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;

use crate::outcome::{Answer, Outcome};

/// The largest body that is read. Svix sends 1 MiB at most.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// How many bytes all bodies that are not verified yet may hold together.
pub(super) const BUDGET: usize = 64 * 1024 * 1024;

/// How much of a body over the limit is read and thrown away. Closing at once would reset the connection, and the sender
/// would never see the answer.
const DRAIN_LIMIT: usize = 16 * 1024 * 1024;

/// The bodies that are being read or were read, until they are verified. Shared by all requests.
#[derive(Debug)]
pub(super) struct Bodies {
    budget: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next body.
    next: u64,
    /// The sum of all shares, in bytes.
    held: usize,
    /// What each body holds, by its number. Numbers ascend, so the first entry is the body whose reading began first.
    shares: BTreeMap<u64, Share>,
}

/// What one body holds of the budget, and the token by which it is told to give up.
#[derive(Debug)]
struct Share {
    bytes: usize,
    given_up: CancellationToken,
}

/// The bytes of one body, with their share of the budget. The share is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    number: u64,
    given_up: CancellationToken,
    all: Arc<Bodies>,
}

impl Bodies {
    pub(super) fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { budget, state: Mutex::default() })
    }

    /// Reads a whole body. `Err` is the answer to a body that is too large, was cut off, or had to be given up for others.
    pub(super) async fn read(self: &Arc<Self>, mut body: Body) -> Result<Held, Answer> {
        let mut held = self.begin();
        let given_up = held.given_up.clone();
        // `fill` would notice only with the next bytes that it was given up, and a stranger may never send any.
        tokio::select! {
            read = held.fill(&mut body) => read?,
            () = given_up.cancelled() => return Err(Outcome::Overloaded.into()),
        }
        Ok(held)
    }

    fn begin(self: &Arc<Self>) -> Held {
        let given_up = CancellationToken::new();
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.shares.insert(number, Share { bytes: 0, given_up: given_up.clone() });
        Held { bytes: Vec::new(), number, given_up, all: Arc::clone(self) }
    }

    /// Adds `more` bytes to the share of a body. While all shares together exceed the budget, the oldest body is given up,
    /// which may be this very one.
    fn grow(&self, number: u64, more: usize) {
        let mut state = self.lock();
        // A body without a share was given up already.
        let Some(share) = state.shares.get_mut(&number) else { return };
        share.bytes += more;
        state.held += more;
        while state.held > self.budget {
            let Some((_, oldest)) = state.shares.pop_first() else { break };
            state.held = state.held.saturating_sub(oldest.bytes);
            oldest.given_up.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The bytes of a body that was verified. They no longer count against the budget.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    async fn fill(&mut self, body: &mut Body) -> Result<(), Answer> {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Answer::because(Outcome::Malformed, &"the body was cut off"))?;
            // A frame without data holds trailers, which no signature covers.
            let Some(data) = frame.data_ref() else { continue };
            if data.len() > BODY_LIMIT - self.bytes.len() {
                // Given back before draining, which may take as long as the caller likes.
                self.give_back();
                drain(body).await;
                return Err(Outcome::TooLarge.into());
            }
            self.append(data);
            // These very bytes may have exceeded the budget, with this body as the oldest.
            if self.given_up.is_cancelled() {
                return Err(Outcome::Overloaded.into());
            }
        }
        Ok(())
    }

    /// Appends to one buffer that doubles its size up to the limit, and counts its capacity, not its length: the budget is
    /// about memory. A list of chunks would cost far more than the bytes where a stranger sends them one by one.
    fn append(&mut self, data: &[u8]) {
        let (length, before) = (self.bytes.len(), self.bytes.capacity());
        let needed = length + data.len();
        if needed > before {
            let wanted = needed.max(before * 2).min(BODY_LIMIT);
            // `reserve` would choose a capacity of its own, beyond the limit.
            self.bytes.reserve_exact(wanted - length);
            self.all.grow(self.number, self.bytes.capacity() - before);
        }
        self.bytes.extend_from_slice(data);
    }

    fn give_back(&mut self) {
        self.bytes = Vec::new();
        let mut state = self.all.lock();
        if let Some(share) = state.shares.remove(&self.number) {
            state.held = state.held.saturating_sub(share.bytes);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads on after a body turned out to be too large, up to [`DRAIN_LIMIT`], and throws the bytes away.
async fn drain(body: &mut Body) {
    let mut room = DRAIN_LIMIT;
    while let Some(Ok(frame)) = body.frame().await {
        room = room.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if room == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn chunks_of_a_byte_cost_a_byte_each() {
        let bodies = Bodies::new(BUDGET);
        let mut held = bodies.begin();
        for byte in (0_u8..=255).cycle().take(100_000) {
            held.append(&[byte]);
        }
        assert_eq!((held.as_ref().len(), bodies.lock().held), (100_000, held.bytes.capacity()));
        assert!(held.bytes.capacity() <= 200_000);
        let more = vec![0; 99_000];
        for _ in 0..20 {
            held.append(&more);
        }
        assert_eq!(held.bytes.capacity(), BODY_LIMIT);
        drop(held);
        let state = bodies.lock();
        assert_eq!((state.held, state.shares.len()), (0, 0));
    }

    #[tokio::test]
    async fn when_the_budget_is_used_up_the_oldest_bodies_are_given_up_and_a_new_one_is_read() {
        let bodies = Bodies::new(1000);
        let mut slow: Vec<_> = (0..4).map(|_| bodies.begin()).collect();
        for held in &mut slow {
            held.append(&[0; 240]);
        }
        let read = bodies.read(Body::from(vec![1; 300])).await.unwrap();
        assert_eq!(read.as_ref(), [1; 300]);
        let given_up: Vec<_> = slow.iter().map(|held| held.given_up.is_cancelled()).collect();
        assert_eq!(given_up, [true, true, false, false]);
        assert_eq!(bodies.lock().held, 780);
        drop(slow);
        assert_eq!(bodies.lock().held, 300);
        assert_eq!(read.into_bytes(), [1; 300]);
        assert_eq!(bodies.lock().held, 0);
    }

    #[tokio::test]
    async fn a_body_that_was_given_up_is_answered_overloaded() {
        let bodies = Bodies::new(100);
        let answer = bodies.read(Body::from(vec![0; 101])).await.unwrap_err();
        assert_eq!((answer.outcome, bodies.lock().held), (Outcome::Overloaded, 0));
    }

    #[tokio::test]
    async fn a_body_over_the_limit_holds_nothing() {
        let bodies = Bodies::new(BUDGET);
        assert!(bodies.read(Body::from(vec![0; BODY_LIMIT])).await.is_ok());
        let answer = bodies.read(Body::from(vec![0; BODY_LIMIT + 1])).await.unwrap_err();
        assert_eq!((answer.outcome, bodies.lock().held), (Outcome::TooLarge, 0));
    }
}
