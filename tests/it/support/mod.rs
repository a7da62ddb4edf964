//! Servers and keys that the tests stand on.

pub(crate) mod browser;
pub(crate) mod canary;
pub(crate) mod certificate;
pub(crate) mod clerk;
pub(crate) mod command;
pub(crate) mod courier;
pub(crate) mod distance;
pub(crate) mod dns;
pub(crate) mod fleet;
pub(crate) mod issuer;
pub(crate) mod playground;
pub(crate) mod postgres;
pub(crate) mod relay;
pub(crate) mod scene;
pub(crate) mod server;
pub(crate) mod source;
pub(crate) mod twilio;
