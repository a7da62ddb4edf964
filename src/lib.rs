//! clerk-courier: Clerk's emails and SMS, delivered through your own providers, in your own words.
//!
//! Everything is one straight line, and the modules are its steps:
//!
//! ```text
//! Svix ─► receive ─► verify ─► parse ─► decide ─► claim ─► compose ─► sign ─► admit ─► deliver ─► settle ─► answer ─► Svix
//!         server     webhook   event    decision  ledger   compose    message limits   delivery   ledger    outcome
//!                                                          template
//! ```
//!
//! Clerk, through Svix, is the queue: it keeps a message until it gets a 2xx. So there is no queue here: the request waits
//! while the message is delivered, and every answer is chosen for what Svix will do with it.
//!
//! Who may know whom is a table in `docs/ARCHITECTURE.md`, and `tests/it/layers.rs` holds it.

pub mod cli; // arguments and printing: one file per command
mod doctor; // what is wrong with the whole chain, one check per file, in words
mod rehearsal; // a message without Clerk: a sample event, a preview, one test message, stand-ins for providers
mod workshop; // the pages of `dev`: templates and the outbox in the browser

pub mod app; // builds every part from the configuration, and runs them
pub mod config; // reads TOML and the environment into the settings of the parts; reports all mistakes at once

pub mod clerk; // Clerk's side: its Backend API, who delivers which template, its templates as files
pub mod compose; // an event and a plan become a message: from our template, or in Clerk's own words
pub mod decision; // whether a message is sent, to whom, from whom, through whom, and until when; pure
pub mod delivery; // the providers, in order and within one deadline: SMTP, HTTP APIs by definition, the outbox
pub mod event; // Clerk's JSON, read leniently
pub mod language; // a reader's language, as far as Clerk told it: user events, the Backend API
pub mod ledger; // which messages were claimed, and what happened to them: SQLite or PostgreSQL, or memory while that fails
pub mod limits; // how many SMS leave, by number, prefix and country, against SMS pumping
pub mod message; // mail (MIME, DKIM), SMS (GSM-7, segments), phone number (E.164)
pub mod outcome; // what happened to a message: its status, its header and its sentence, in one table
pub mod pipeline; // the line itself, from a verified request to its answer
pub mod server; // HTTP: who may connect, how much and how long; one task for each message
pub mod telemetry; // log lines, metrics and traces
pub mod template; // words and looks in every language; compiled and proven when loaded
pub mod webhook; // the signature of Svix; only a verified body can be parsed

pub mod clock; // the time of day, which comes in as an argument
mod file; // files for their owner alone, written whole or not at all
mod json_path; // dotted paths into JSON
pub mod key; // private keys that sign, read from PEM
pub mod secret; // a string that is never shown
mod suggest; // "did you mean …?"
mod text; // the line and column of a byte; several lines made one
pub mod tls; // which certificates are trusted, and what to say when a handshake fails
