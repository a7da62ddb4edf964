//! Templates: one set of small files, compiled and proven when loaded, rendered for each message.
//!
//! A mail is `email/<slug>/{subject.txt,body.mjml,body.txt}.hbs` (or `body.html.hbs`), a text message
//! `sms/<slug>.txt.hbs`; what mails share is in `email/partials/`, the words are in `locales/<language>.ftl`.
//! Handlebars puts values in, MJML makes the tables that mail clients want, Project Fluent holds the words of each
//! language; the last two are done with when a template is loaded. The built-in set is embedded; a file of the user's
//! replaces the one of the same name, further folders add slugs, further locale files add languages. Rendering is
//! strict: a variable that is not there is an error. What end users typed is data: escaped in HTML, never evaluated.

mod brand;
mod error;
mod load;
mod proof;
mod render;
#[cfg(test)]
mod tests;

pub use brand::Brand;
pub use error::TemplateError;
pub use load::built_in;
pub(crate) use load::{Variables, meant_slug};
pub use proof::{Proof, Sample, Sizes, sample};
pub use render::{Context, Locale, Rendered, Templates, Times};
