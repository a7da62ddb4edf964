//! clerk-courier: Clerk's emails and SMS, delivered through your own providers, in your own words.
//!
//! Everything is one straight line, and the modules are its steps:
//!
//! ```text
//! Svix ──► receive ─► verify ─► parse ─► decide ─► claim ─► render ─► compose ─► deliver ─► settle ─► answer ──► Svix
//!          server     webhook   event    decision  ledger   template  compose    delivery   ledger    outcome
//! ```
//!
//! Clerk, through Svix, is the queue: it keeps a message until it gets a 2xx. So there is none here: the request waits
//! while the message is delivered, and every answer is chosen for what Svix will do with it.

pub mod compose; // our template or Clerk's own words, made into a message
pub mod decision; // whether, to whom, from whom, until when: pure, one table
pub mod delivery; // providers in order within one deadline: SMTP, APIs by their definitions, the outbox
pub mod event; // Clerk's JSON, read leniently: Verified > Event
pub mod ledger; // who was claimed, what became of it: SQLite, and memory when the disk fails
pub mod limits; // how many texts leave, by number, prefix, country: against SMS pumping
pub mod message; // mail (MIME), text message (GSM-7, segments), phone number (E.164)
pub mod outcome; // the one table from what became of it to status, header and sentence
pub mod pipeline; // the line itself
pub mod server; // HTTP in: limits, deadlines, one task a message
pub mod template; // words and looks in every language: finished and proven when loaded
pub mod webhook; // Svix's signature: Unverified > Verified

pub mod app; // composition root: builds everything from the configuration
pub mod cli; // one file per command
pub mod clock; // the time of day, as an argument
pub mod config; // config.toml: all faults at once, each with file, line and what would be right
mod file; // files for their owner alone, whole or not at all
mod json_path; // dotted paths into JSON
pub mod key; // PEM keys that sign: DKIM, OAuth 2.0
pub mod secret; // a string that must not be seen
mod suggest; // "did you mean …?"
pub mod telemetry; // log lines and metrics

mod rehearsal; // a message without Clerk: sample event, preview, one test message, stand-ins for providers
mod text; // a byte's line and column; one line of words
mod workshop; // the pages of `dev`: templates and the outbox in the browser
