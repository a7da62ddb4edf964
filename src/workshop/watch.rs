//! Live reload: looks for changes in the templates and the configuration several times a second, and reads them again.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::shell::Workshop;
use super::snapshot::{Problem, Snapshot};
use crate::app;
use crate::config::{Config, Process};
use crate::rehearsal::stand_ins::stand_in;

/// The time from one look at the files to the next.
const INTERVAL: Duration = Duration::from_millis(300);

/// An editor that saves several files, or empties a file before it writes it, is done when two looks this far apart
/// find the same.
const SETTLED: Duration = Duration::from_millis(60);

/// How many directories deep to look: templates are in `email/<slug>/<file>`, and one level more shows a misplaced
/// file.
const DEEPEST: usize = 4;

/// How many files to look at. If somebody names a directory that holds the whole disk, this keeps it from being walked
/// three times a second.
const MOST_FILES: usize = 5_000;

/// The path, inode, size and time of change (seconds, nanoseconds) of every watched file: cheap to take, and different
/// after every change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, u64, u64, i64, i64)>);

impl Stamp {
    /// Takes the stamp of the configuration `file` and of all files in the directories of templates.
    pub(super) fn take(file: &Path, dirs: &[PathBuf]) -> Self {
        let mut stamp = Self(Vec::new());
        stamp.add(file);
        for dir in dirs {
            stamp.walk(dir, 0);
        }
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

    fn add(&mut self, path: &Path) {
        // ctime rather than mtime: it also moves when an older file is renamed into this place.
        if let Ok(meta) = path.metadata() {
            self.0.push((path.to_owned(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()));
        }
    }
}

/// Reads the files again after every change, until the task is aborted. `seen` is the stamp of the files that the
/// composer in use was made from.
pub(super) async fn watch(workshop: Arc<Workshop>, mut seen: Stamp) {
    loop {
        // Polled, since inotify does not see changes that are made on the other side of a network mount.
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
        // A panic must end this reading and not the watch: the next change may repair what caused it.
        if tokio::task::spawn_blocking(move || reader.read_again()).await.is_err() {
            tracing::error!("the templates could not be read again: please report this as a bug");
        }
        // Also after problems, which stay the same until the files change again.
        seen = now;
    }
}

/// The stamp of the files as they are now; `None` when the process is ending.
async fn look(workshop: &Arc<Workshop>) -> Option<Stamp> {
    let dirs = workshop.snapshot.load().dirs.clone();
    let file = workshop.file.clone();
    // The disk may be slow, and the receiver shares this thread.
    tokio::task::spawn_blocking(move || Stamp::take(&file, &dirs)).await.ok()
}

impl Workshop {
    /// Reads the files and takes them into use. If there are problems in them, the pages show those, and what was in
    /// use before stays.
    fn read_again(&self) {
        let before = self.snapshot.load_full();
        let read = before.read + 1;
        let after = match read_all(&self.file) {
            Ok(snapshot) => {
                // Which variants there are stays as at the start, since senders do too.
                let running = self.composer.load();
                self.composer.store(Arc::new(snapshot.composers.clone().in_place_of(&running)));
                Snapshot { read, composer_read: read, ..snapshot }
            }
            Err(problems) => Snapshot { problems, read, ..before.as_ref().clone() },
        };
        self.snapshot.store(Arc::new(after));
    }
}

/// Reads the configuration `file`, where there is one, and the templates.
fn read_all(file: &Path) -> Result<Snapshot, Vec<Problem>> {
    let text = if file.is_file() { std::fs::read_to_string(file) } else { Ok(String::new()) };
    let text =
        text.map_err(|error| vec![Problem::unplaced(&file.display().to_string(), error.to_string())])?;
    let mut config = Config::parse_without_providers(&text, file, &Process)
        .map_err(|faults| Problem::of_config(&faults))?;
    stand_in(&mut config);
    let composers = app::composers(&config).map_err(|error| {
        let dir = &config.templates.dir;
        Problem::of_build(&error, dir, file)
    })?;
    Ok(Snapshot::new(&composers, config, file))
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_file, rename, write};

    use super::*;

    #[test]
    fn every_change_makes_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let (file, folder) = (dir.path().join("config.toml"), dir.path().join("templates"));
        let mut seen = Stamp::take(&file, std::slice::from_ref(&folder));
        assert_eq!(seen, Stamp::take(&file, std::slice::from_ref(&folder)));
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
            let now = Stamp::take(&file, std::slice::from_ref(&folder));
            assert_ne!(now, seen, "change {index}");
            seen = now;
        }
    }
}
