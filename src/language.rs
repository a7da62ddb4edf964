//! The language that Clerk knows of a reader: what `user.created` and `user.updated` said of the user, and else what the
//! Backend API says.
//!
//! Both are told to the ledger, and kept in memory too, so that the usual message asks nobody. Nothing here ever costs a
//! message more than a moment, let alone the message itself: without an answer the reader gets the next best language.

mod backend;
mod found;
mod memory;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clerk::Client;
use crate::ledger::{Known, Ledger, Told};
use backend::Backend;
use found::LONGEST;
pub use found::{By, Found};
use memory::Memory;

/// How long what the ledger says is not looked up again: another server may have heard something since.
const CURRENT: Duration = Duration::from_mins(1);

/// How long a ledger that did not answer is not asked again about the same user.
const UNREADABLE: Duration = Duration::from_secs(5);

/// Knows readers' languages, as far as Clerk told them.
pub struct Languages {
    memory: Arc<Memory>,
    /// Asks Clerk for users of an instance that has no client of its own; `None` where no secret key is configured.
    backend: Option<Arc<Backend>>,
    /// Asks Clerk for users of each of these instances; `None` for one without a secret key, whose users nobody is asked for.
    own: HashMap<String, Option<Arc<Backend>>>,
}

impl std::fmt::Debug for Languages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Languages").field("own", &self.own.keys()).finish_non_exhaustive()
    }
}

/// A user of an instance of Clerk.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    /// The instance (`ins_…`); empty where an event does not say it.
    pub instance: &'a str,
    /// The user's id (`user_…`).
    pub id: &'a str,
}

impl Languages {
    /// Remembers nothing yet. For users of whom no event came, Clerk is asked through the client in `own` of their instance, and
    /// for users of all other instances through `client`. Where there is no client, nobody is asked: the secret key of one
    /// instance knows no users of others.
    #[must_use]
    pub fn new(client: Option<Client>, own: impl IntoIterator<Item = (String, Option<Client>)>) -> Self {
        let memory = Arc::new(Memory::default());
        let backend = |client: Option<Client>, instance: Option<&str>| {
            client.map(|client| Arc::new(Backend::new(client, instance, Arc::clone(&memory))))
        };
        let own = own.into_iter().map(|(instance, client)| {
            let backend = backend(client, Some(&instance));
            (instance, backend)
        });
        Self { own: own.collect(), backend: backend(client, None), memory }
    }

    /// Keeps what an event said: `tag` is `None` for a user without a language, and for one who was deleted. `at` is when it
    /// happened, in milliseconds since the Unix epoch, since events come in any order. It is in memory when this returns, and the
    /// future says whether the ledger has it too.
    pub fn note(
        &self,
        ledger: &Ledger,
        user: User<'_>,
        tag: Option<&str>,
        at: u64,
    ) -> impl Future<Output = bool> + Send + use<> {
        let tag = tag.map(str::trim).filter(|tag| (1..=LONGEST).contains(&tag.len()));
        let on_its_way = ledger.user(user.instance, user.id).map(|hash| {
            let told = Told { user: hash, tag: tag.map(str::to_owned), at };
            self.memory.tell(&told, By::Event, None);
            ledger.tell(told)
        });
        async move {
            match on_its_way {
                Some(on_its_way) => on_its_way.await,
                None => false,
            }
        }
    }

    /// The language of a user; `None` where nobody knows it, or not in time. This takes no longer than a look into the
    /// ledger (50 ms), or one at Clerk (300 ms), and ends at `deadline` whatever happens.
    pub async fn of(&self, ledger: &Ledger, user: User<'_>, deadline: Instant) -> Option<Found> {
        let hash = ledger.user(user.instance, user.id)?;
        let mut remembered = self.memory.recall(hash);
        if !remembered.as_ref().is_some_and(|it| it.is_current(Instant::now())) {
            remembered = Some(match ledger.told(hash).await {
                Known::Told(told) => self.memory.tell(&told, By::Event, Some(CURRENT)),
                Known::Nothing => self.memory.checked(hash, CURRENT),
                Known::Unreadable => self.memory.checked(hash, UNREADABLE),
            });
        }
        let remembered = remembered?;
        if remembered.is_told() {
            return remembered.found();
        }
        // Only a user of whom nobody told anything is asked for.
        let backend = self.own.get(user.instance).unwrap_or(&self.backend).as_ref();
        let backend = backend.filter(|_| remembered.may_ask(Instant::now()))?;
        let answered = Backend::ask(backend, hash, user.id, deadline).await?;
        let found = answered.found()?;
        // Told to the ledger as well, for other servers and for after a restart. Nobody waits for that.
        let told = Told { user: hash, tag: Some(found.tag.to_string()), at: answered.at() };
        drop(ledger.tell(told));
        Some(found)
    }
}
