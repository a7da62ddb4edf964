//! Clerk's side of the delivery: its Backend API, and what is done with the templates of an instance.
//!
//! | file | what it does |
//! | --- | --- |
//! | `client` | asks the API, one request at a time; the secret key goes to its host alone |
//! | `answer` | reads what the API answers, and nothing that has another shape |
//! | `fault` | why a request failed, and what to do about it |
//! | `switch` | changes who delivers, template by template, and knows of each what happened to it |
//! | `files` | a template of Clerk's as files of ours: `markup` makes MJML of it, `plain` text, `words` adapts its Handlebars |

mod answer;
mod client;
mod fault;
mod files;
mod markup;
mod plain;
mod switch;
mod tree;
mod words;

pub use answer::{Template, User};
pub use client::Client;
pub use fault::{Fault, Kind};
pub use files::{Form, Pulled, forms, pull};
pub use switch::{Fate, Progress, Report, Stop, Target, stop, switch};
