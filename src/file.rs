//! Files for their owner alone, and whole or not at all: keys, refresh tokens, messages of the outbox.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The ending of a file that is not finished. A crash may leave one behind; the next [`replace`] takes its place.
const UNFINISHED: &str = ".part";

/// Whether a new file has to survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The file is on the disk before it takes its name: for what nobody could make again.
    Synced,
    /// The system writes it when it likes, which is some milliseconds faster.
    Buffered,
}

/// Options under which a new file can be read and written by its owner only.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The path of a file beside `path`, whose name is the same with `suffix` behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Puts a file with this content at `path`, for its owner alone. The content is written beside it and renamed, so whoever
/// reads `path` finds the old content or the new one, and never a part of it.
///
/// # Errors
/// The directory is missing or may not be written, or the disk is full. The file at `path` is as it was.
pub(crate) fn replace(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let unfinished = beside(path, UNFINISHED);
    // A file that a crash left behind may have been opened to others since: a new one is made, never that one reused.
    let _ = fs::remove_file(&unfinished);
    let mut file = private().write(true).create_new(true).open(&unfinished)?;
    file.write_all(content)?;
    if durability == Durability::Synced {
        file.sync_all()?;
    }
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_whatever_a_crash_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(beside(&path, UNFINISHED), "half of a tok").unwrap();
        for (content, durability) in [("first", Durability::Synced), ("second", Durability::Buffered)] {
            replace(&path, content.as_bytes(), durability).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        replace(&path, b"secret", Durability::Synced).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_can_not_be_written_stays_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "old").unwrap();
        fs::create_dir(beside(&path, UNFINISHED)).unwrap();
        assert!(replace(&path, b"new", Durability::Synced).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }
}
