//! Words in every language: files of Project Fluent, put into templates when somebody first asks for the language.
//!
//! `{{t "footer.questions"}}` stands for the attribute `.questions` of the message `footer`, and `{{t ".lead"}}` for the
//! attribute `.lead` of the message that is named as the slug. Words and variables become words and variables of the
//! template, so they cost nothing later. Only a message with a selector, such as a plural, is formatted for each mail.
//!
//! A variable is Clerk's, with `-` for each dot: `{ $app-name }`. The message `no-app-name` stands in for it where an
//! event lacks it.

mod file;
mod fluent;
mod part;
mod pattern;
mod property;
mod spot;
mod word;
mod words;

pub(super) use file::{File, keys, offset};
pub(super) use part::Part;
pub(super) use words::{Formatted, Words};
