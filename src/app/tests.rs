//! Tests of whole services.

mod simulator;
