//! The integration tests: one module per area, on real sockets and files.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it by panicking, as the test itself would")]

mod failover;
mod input;
mod lifecycle;
mod mail_faults;
mod crash;
mod outcomes;
mod smtp;
mod staging;
mod support;
mod texts;
