//! Which variant of the configuration a page shows a template of.

use std::sync::Arc;

use serde_json::{Value, json};

use super::shell::Workshop;
use super::snapshot::{Sending, Snapshot};
use super::values::Choice;

impl Workshop {
    /// The user's files as they were read last, with the brand, the templates and the senders of the variant that was chosen. A
    /// name that no variant has is taken out of `choice`: a page may be older than its files.
    pub(super) fn chosen(&self, choice: &mut Choice) -> Arc<Snapshot> {
        let snapshot = self.snapshot.load_full();
        let chosen = choice.variant.as_deref().and_then(|name| snapshot.as_variant(name));
        if let Some(chosen) = chosen {
            return Arc::new(chosen);
        }
        choice.variant = None;
        snapshot
    }
}

impl Snapshot {
    /// The same state with one variant in the place of what holds for the messages of none; `None` if there is no such variant.
    fn as_variant(&self, name: &str) -> Option<Self> {
        let variant = self.variants.iter().find(|variant| variant.name == name)?;
        let mut chosen = self.clone();
        chosen.composer = Arc::clone(self.composers.of(Some(name))?);
        chosen.policy = variant.policy.clone();
        chosen.dir.clone_from(&variant.dir);
        if let Sending::Configured(config) = &mut chosen.sending {
            // The two readings of the file may differ, if it was saved in between.
            let own = config.variants.iter().find(|variant| variant.name == name)?;
            **config = own.config.clone();
        }
        Some(chosen)
    }
}

/// The variants to choose from; empty where the configuration has none.
pub(super) fn variants(snapshot: &Snapshot, choice: &Choice) -> Vec<Value> {
    let is_selected = |name: &str| choice.variant.as_deref() == Some(name);
    let one = |name: &str| json!({ "name": name, "selected": is_selected(name) });
    snapshot.variants.iter().map(|variant| one(&variant.name)).collect()
}
