//! skeleton
pub mod clock;
pub mod secret;
pub mod config;
pub mod ledger;
pub mod template;
pub mod message;
pub mod delivery;
