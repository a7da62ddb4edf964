//! Several `serve` processes on one database.
