//! Live reload: the templates and the configuration are looked at again and again, and read anew when they changed.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::shell::Workshop;
use super::snapshot::{Problem, Snapshot};
use crate::app;
use crate::config::{Config, process_env};
use crate::rehearsal::stand_ins::stand_in;

/// From one look to the next.
const INTERVAL: Duration = Duration::from_millis(300);

/// An editor that saves several files, or empties one before it writes, is done when two looks this far apart agree.
const SETTLED: Duration = Duration::from_millis(60);

/// `email/<slug>/<file>` and one more, where somebody put something by mistake.
const DEEPEST: usize = 4;

/// Files beyond these are no templates; a folder that holds the whole disk must not keep it busy.
const MOST_FILES: usize = 5_000;

/// What is watched: cheap to take, and different after every change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, u64, u64, i64, i64)>);

impl Stamp {
    /// Of the configuration `file` and all below the templates folder `dir`.
    pub(super) fn take(file: &Path, dir: &Path) -> Self {
        let mut stamp = Self(Vec::new());
        stamp.add(file);
        stamp.walk(dir, 0);
        stamp.0.sort_unstable();
        stamp
    }

    fn walk(&mut self, dir: &Path, depth: usize) {
        let Ok(entries) = dir.read_dir() else { return };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if self.0.len() > MOST_FILES {
                return;
            }
            self.add(&path);
            if depth < DEEPEST && path.is_dir() {
                self.walk(&path, depth + 1);
            }
        }
    }

    /// The time of change moves with every write, and with a rename of an older file into this place.
    fn add(&mut self, path: &Path) {
        if let Ok(meta) = path.metadata() {
            self.0.push((path.to_owned(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()));
        }
    }
}

/// Goes on until it is aborted. `seen` is what the words in force were made from.
pub(super) async fn watch(workshop: Arc<Workshop>, mut seen: Stamp) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(mut now) = look(&workshop).await else { return };
        if now == seen {
            continue;
        }
        loop {
            tokio::time::sleep(SETTLED).await;
            let Some(later) = look(&workshop).await else { return };
            if later == now {
                break;
            }
            now = later;
        }
        let reader = Arc::clone(&workshop);
        if tokio::task::spawn_blocking(move || reader.read_again()).await.is_err() {
            tracing::error!("the templates could not be read: the reader panicked");
        }
        seen = now;
    }
}

async fn look(workshop: &Arc<Workshop>) -> Option<Stamp> {
    let dir = workshop.snapshot.load().dir.clone();
    let file = workshop.file.clone();
    tokio::task::spawn_blocking(move || Stamp::take(&file, &dir)).await.ok()
}

impl Workshop {
    /// Puts what the files say now in force; where they hold faults, those are shown, and nothing else changes.
    fn read_again(&self) {
        let before = self.snapshot.load_full();
        let read = before.read + 1;
        let after = match read_all(&self.file, &before.dir) {
            Ok(snapshot) => {
                self.words.store(Arc::clone(&snapshot.words));
                Snapshot { read, words_read: read, ..snapshot }
            }
            Err(faults) => Snapshot { faults, read, ..before.as_ref().clone() },
        };
        self.snapshot.store(Arc::new(after));
    }
}

fn read_all(file: &Path, dir: &Path) -> Result<Snapshot, Vec<Problem>> {
    let text = if file.is_file() { std::fs::read_to_string(file) } else { Ok(String::new()) };
    let text =
        text.map_err(|error| vec![Problem::unplaced(&file.display().to_string(), error.to_string())])?;
    let mut config = Config::parse_without_providers(&text, file, &process_env)
        .map_err(|faults| Problem::of_config(&faults))?;
    stand_in(&mut config);
    let composer = app::composer(&config).map_err(|error| Problem::of_build(&error, dir, file))?;
    Ok(Snapshot::new(Arc::new(composer), config, file))
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_file, rename, write};

    use super::*;

    #[test]
    fn every_change_makes_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let (file, folder) = (dir.path().join("config.toml"), dir.path().join("templates"));
        let mut seen = Stamp::take(&file, &folder);
        assert_eq!(seen, Stamp::take(&file, &folder));
        let body = folder.join("email/x/body.txt.hbs");
        let changes: [&dyn Fn(); 6] = [
            &|| write(&file, "").unwrap(),
            &|| create_dir_all(folder.join("email/x")).unwrap(),
            &|| write(&body, "one").unwrap(),
            &|| write(&body, "longer").unwrap(),
            &|| {
                write(dir.path().join("other"), "shorte").unwrap();
                rename(dir.path().join("other"), &body).unwrap();
            },
            &|| remove_file(&body).unwrap(),
        ];
        for (index, change) in changes.iter().enumerate() {
            change();
            let now = Stamp::take(&file, &folder);
            assert_ne!(now, seen, "change {index}");
            seen = now;
        }
    }
}
