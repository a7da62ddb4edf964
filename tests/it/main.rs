//! The integration tests: one module per area, on real sockets and files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails it by panicking, as the test itself would"
)]

mod agents;
mod answers;
mod aws;
mod axe;
mod bearer;
mod clerk;
mod cli;
mod config;
mod connect;
mod crash;
mod definitions;
mod dev;
mod dial;
mod dkim;
mod docs;
mod doctor;
mod environment;
mod evidence;
mod failover;
mod fleet;
mod flood;
mod health;
mod input;
mod install;
mod kannel;
mod languages;
mod layers;
mod ledger;
mod lenient;
mod lifecycle;
mod limits;
mod mail_clients;
mod mail_faults;
mod mail_layout;
mod memory;
mod outcomes;
mod postfix;
mod postgres;
mod privacy;
mod project;
mod prose;
mod proxies;
mod readers;
mod recipes;
mod send;
mod smtp;
mod staging;
mod strangers;
mod superseded;
mod support;
mod texts;
mod traces;
mod variants;
mod watching;
mod workshop;
mod workshop_tools;
mod xoauth2;
