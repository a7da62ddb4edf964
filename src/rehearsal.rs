//! A message without Clerk: a sample event in place of Clerk's, the message that it becomes, and, when somebody asks
//! for it, one delivery through the configured providers.
//!
//! `render`, `send`, `trigger`, `check --connect`, `doctor` and `dev` with its workshop share this. It never claims, counts or remembers a message:
//! the ledger and the limits are for real ones.

pub(crate) mod connect;
pub(crate) mod logo;
pub(crate) mod post;
pub(crate) mod preview;
pub(crate) mod sample;
pub(crate) mod send_one;
pub(crate) mod stand_ins;
