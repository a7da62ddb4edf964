//! A directory in place of a provider: each message becomes an `.eml` file (mail) or a `.json` file (SMS), which only its
//! owner may read.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::attempt::Connected;
use super::fault::{Fault, FaultKind, Stage, Verdict};
use crate::clock::Clock;
use crate::file::{self, Durability};
use crate::message::Message;
use crate::message::sms::Segments;

/// The directory that messages are put in.
#[derive(Debug, Clone)]
pub struct Outbox {
    dir: PathBuf,
    clock: Clock,
}

/// One message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name of its file, for [`Outbox::read`].
    pub name: String,
    /// When the message was put there.
    pub at: SystemTime,
    /// Whether the message is a mail; otherwise it is an SMS.
    pub is_mail: bool,
}

impl Outbox {
    /// Opens a directory as outbox. Where it is missing, it is made for its owner alone (mode 0700).
    ///
    /// # Errors
    /// The directory can't be made.
    pub fn open(dir: &Path, clock: Clock) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Self { dir: dir.to_owned(), clock })
    }

    /// Puts a message into a file whose name says when it came. The receipt is that name.
    #[must_use]
    pub fn deliver(&self, message: &Message) -> Verdict {
        let (id, extension, content) = match message {
            Message::Email(mail) => (&mail.id, "eml", mail.wire().to_vec()),
            Message::Sms(sms) => (&sms.id, "json", text_message(sms)),
        };
        // The id comes from the event and becomes part of a path, so only characters that mean nothing there are kept.
        let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect();
        let since = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // The order of the names is that of the times. Two messages within a microsecond have the same time, but not the
        // same id.
        let name = format!("{:016}-{id}.{extension}", since.as_micros());
        match file::replace(&self.dir.join(&name), &content, Durability::Buffered) {
            Ok(()) => Verdict::Accepted { receipt: Some(name) },
            Err(error) => Verdict::Deferred(unwritable(&error)),
        }
    }

    /// Finds out whether files can be put into the directory, by making one and removing it.
    ///
    /// # Errors
    /// The directory is missing, may not be written, or its disk is full.
    pub fn connect(&self) -> Result<Connected, Fault> {
        let probe = self.dir.join(".connect.part");
        match File::create(&probe).and_then(|_| fs::remove_file(&probe)) {
            Ok(()) => Ok(Connected::Fine("can be written".to_owned())),
            Err(error) => Err(unwritable(&error)),
        }
    }

    /// All messages, newest first.
    ///
    /// # Errors
    /// The directory can't be read.
    pub fn list(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for file in fs::read_dir(&self.dir)? {
            let file = file?;
            let Ok(name) = file.file_name().into_string() else { continue };
            let is_mail = name.strip_suffix(".eml").is_some();
            if name.starts_with('.') || !(is_mail || name.strip_suffix(".json").is_some()) {
                continue;
            }
            entries.push(Entry { at: file.metadata()?.modified()?, name, is_mail });
        }
        entries.sort_by(|a, b| b.name.cmp(&a.name));
        Ok(entries)
    }

    /// The content of a message's file.
    ///
    /// # Errors
    /// There is no file of this name. Only names that [`Outbox::list`] gives are looked for, so that nobody reads a file of
    /// another directory.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(io::ErrorKind::NotFound.into());
        }
        fs::read(self.dir.join(name))
    }
}

fn unwritable(error: &io::Error) -> Fault {
    let detail = format!("the outbox can't be written: {}", error.kind());
    Fault::new(Stage::Outbox, FaultKind::Unavailable, detail)
}

/// An SMS as JSON, with the number of its segments.
fn text_message(sms: &crate::message::Sms) -> Vec<u8> {
    let Segments { encoding, count, units } = Segments::of(&sms.text);
    let json = json!({
        "id": sms.id, "from": sms.from, "to": sms.to.e164, "text": sms.text,
        "encoding": encoding.as_str(), "segments": count, "units": units,
        "valid_for_seconds": sms.valid_for.map(|left| left.as_secs()),
    });
    serde_json::to_vec_pretty(&json).unwrap_or_default()
}
