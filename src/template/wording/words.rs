//! The words of every language, and the helper `{{t}}` for words that have to be formatted for each message.

use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use fluent_syntax::ast::Pattern;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, PathAndJson, RenderContext,
    RenderErrorReason,
};
use serde_json::Value;

use super::file::File;
use crate::template::locale::{Locale, Locales};

/// Marks around a value that keep its direction from its surroundings: U+2068 FIRST STRONG ISOLATE and U+2069 POP
/// DIRECTIONAL ISOLATE (UAX 9). A name in Latin letters stays in its place in an Arabic sentence.
pub(in crate::template) const ISOLATE: [&str; 2] = ["\u{2068}", "\u{2069}"];

/// Every locale file, and the order in which the files are asked for a language.
#[derive(Debug)]
pub(in crate::template) struct Words {
    /// The languages that the files make up.
    pub(in crate::template) locales: Locales,
    /// Locale files, built-in ones first.
    pub(in crate::template) files: Vec<Arc<File>>,
    /// For each [`Locale`] the indices of its files, nearest language first.
    pub(in crate::template) ladders: Vec<Vec<usize>>,
}

/// The helper `{{t key file isolate name=value…}}`, whose calls `pattern` writes into templates.
pub(in crate::template) struct Formatted(pub(in crate::template) Arc<Words>);

impl HelperDef for Formatted {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        _: &'rc Context,
        state: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let parameter = |at: usize| helper.param(at).map_or(&Value::Null, |it| it.value());
        let isolate = parameter(2).as_bool().unwrap_or_default();
        let mut arguments = FluentArgs::new();
        for (name, value) in helper.hash().iter().filter(|(name, _)| !name.starts_with("no-")) {
            let missing = || RenderErrorReason::MissingVariable(Some(name.replace('-', ".")));
            let instead = helper.hash_get(&format!("no-{name}")).map(PathAndJson::value);
            // Words of ours that stand in for a value have the direction of the sentence, so they need no marks.
            let value = argument(value.value(), isolate).or_else(|| argument(instead?, false));
            arguments.set(*name, value.ok_or_else(missing)?);
        }
        let key = parameter(0).as_str().unwrap_or_default();
        let text = parameter(1)
            .as_u64()
            .and_then(|file| self.0.format(usize::try_from(file).ok()?, key, &arguments));
        let text = text.ok_or_else(|| {
            RenderErrorReason::Other(format!(
                "the message `{key}` can't be formatted with this event's values"
            ))
        })?;
        // What is a parameter, as in `{{spaced (t "key")}}`, is not escaped until it is shown.
        let is_value = state.is_disable_escape();
        out.write(&if is_value { text } else { registry.get_escape_fn()(&text) })?;
        Ok(())
    }
}

impl Words {
    /// The pattern that a key (`id` or `id.attribute`) stands for in a language, and the index of the file it is in.
    pub(in crate::template) fn find(&self, locale: Locale, key: &str) -> Option<(usize, &Pattern<&str>)> {
        self.ladders.get(locale.0)?.iter().find_map(|&at| Some((at, self.files.get(at)?.own(key)?)))
    }

    /// The words of a file's message with these arguments; `None` if it lacks one, or refers to what does not exist.
    fn format(&self, file: usize, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        let bundle = self.files.get(file)?.bundle();
        let (id, attribute) =
            key.split_once('.').map_or((key, None), |(id, attribute)| (id, Some(attribute)));
        let message = bundle.get_message(id)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
        // With an error, Fluent writes `{$name}` in place of what it lacks: no reader should get that.
        errors.is_empty().then(|| text.into_owned())
    }

    /// The words of a message of a language with these arguments; `None` as for [`Self::format`].
    pub(in crate::template) fn say(
        &self,
        locale: Locale,
        key: &str,
        arguments: &[(&str, FluentValue<'_>)],
    ) -> Option<String> {
        let (file, _) = self.find(locale, key)?;
        self.format(file, key, &arguments.iter().map(|(name, value)| (*name, value.clone())).collect())
    }

    /// A date and time in words, by the message `date-time`; `None` if no file has that message.
    pub(in crate::template) fn date_time(
        &self,
        locale: Locale,
        [year, month, day, time]: [&str; 4],
        zone: &str,
    ) -> Option<String> {
        let (file, _) = self.find(locale, "date-time")?;
        // Day and month are numbers, so that a message can choose a month's name by them. The year is only shown.
        let number =
            |text: &str| text.parse::<u8>().map_or_else(|_| text.to_owned().into(), FluentValue::from);
        let mut arguments = FluentArgs::new();
        arguments.set("year", year.to_owned());
        arguments.set("month", number(month));
        arguments.set("day", number(day));
        arguments.set("time", time.to_owned());
        arguments.set("zone", zone.to_owned());
        self.format(file, "date-time", &arguments)
    }
}

/// A variable as Fluent takes it, with marks around it if asked for; `None` if it holds nothing that can be shown.
fn argument(value: &Value, isolate: bool) -> Option<FluentValue<'_>> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        // Digits get no marks: with them the text would not be a number, by which a plural can be chosen.
        Value::String(text) if isolate && !text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let [open, close] = ISOLATE;
            Some(FluentValue::from(format!("{open}{text}{close}")))
        }
        // `"10"` is a number, by which a plural can be chosen. `"012"` is not, or a code would lose its zero.
        Value::String(text) => match text.parse::<u32>() {
            Ok(number) if number.to_string() == *text => Some(FluentValue::from(number)),
            _ => Some(FluentValue::from(text.as_str())),
        },
        Value::Number(number) => number.as_f64().map(FluentValue::from),
        _ => None,
    }
}
