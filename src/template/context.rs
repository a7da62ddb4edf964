//! What templates see.
use crate::config::Brand;
use serde_json::{Map, Value};

/// The variables of one message: Clerk's `data`, completed.
#[derive(Debug)]
pub struct Context(pub handlebars::Context);

impl Context {
    /// Takes Clerk's variables, lets configured brand values win over `app`/`theme`, adds aliases.
    pub fn new(_variables: Map<String, Value>, _brand: &Brand) -> Self { unimplemented!() }
}
