//! Templates: the words and looks of every mail and SMS, in every language.
//!
//! A mail is `email/<slug>/{subject.txt,body.mjml,body.txt}.hbs` (or `body.html.hbs`), an SMS is
//! `sms/<slug>.txt.hbs`. What mails share is in `email/partials/`, and the words are in `locales/<language>.ftl`.
//! A built-in set is embedded. A file of the user's replaces the built-in one of the same name, further folders add
//! slugs, and further locale files add languages.
//!
//! Most of the work is done once, and little is left for each message:
//!
//! | room | runs | what it does |
//! | --- | --- | --- |
//! | `load` | once | reads the files, puts partials in their places, turns MJML into HTML |
//! | `proof` | once | renders what the user's files change in every language with samples, some of them hostile |
//! | `wording` | once for each language that is asked for | puts the language's words into a template |
//! | `finished` | once for each language that is asked for | resolves names, so that words and values are only written one after the other |
//! | `render` | for each message | makes a context of the event's variables, and fills them in |
//!
//! `load` uses `proof`, and both use `wording` and `render`, which know neither. Rendering is strict: a variable that is not there
//! is an error. What end users typed is data: it is escaped in HTML and never evaluated.

mod brand;
mod color;
mod element;
mod engine;
mod error;
mod escape;
mod finished;
mod helper;
mod image;
mod load;
mod locale;
mod proof;
mod render;
#[cfg(test)]
mod tests;
mod theme;
mod wording;
mod zone;

pub use brand::{Brand, CURRENT_YEAR};
pub use error::TemplateError;
pub(crate) use image::hidden as hidden_image;
pub(crate) use load::{Variables, meant_slug};
pub use load::{built_in, canonical_tag, remarks};
pub use locale::Locale;
pub use proof::{Proof, Sample, Sizes, sample};
pub use render::{Context, Rendered, Templates, Times};
pub use theme::{Contrast, contrasts};
pub use zone::Zone;
