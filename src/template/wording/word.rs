//! What a template asks of its language: the words of a key, or a property such as `{{locale.dir}}`.

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

use super::property::{self, Asked};

/// An element that is replaced when words are put in.
pub(super) enum Word<'a> {
    /// `{{t "key"}}`, or `{{#t "key" variable}}…{{/t}}`.
    Key(&'a str, Option<Shown<'a>>),
    /// `t` with anything else, and why that is wrong.
    NoKey(&'static str),
    /// A property of the language, such as the `dir` of `{{locale.dir}}`.
    Locale(Asked<'a>),
}

/// How one variable of a message is shown: as `<b>{{app.name}}</b>`, for example.
pub(super) struct Shown<'a> {
    /// The variable's path in the event, such as `app.name`.
    pub(super) path: String,
    /// What stands in its place.
    pub(super) block: &'a Template,
}

/// What kind of word an element is; `None` for all other elements.
pub(super) fn word(element: &TemplateElement) -> Option<Word<'_>> {
    match element {
        TemplateElement::Expression(it) | TemplateElement::HtmlExpression(it) => match it.name.as_name()? {
            "t" => Some(match it.params.as_slice() {
                [Parameter::Literal(Value::String(key))] if it.hash.is_empty() => Word::Key(key, None),
                _ => Word::NoKey(
                    "`t` takes the key of a message and nothing else: write {{t \"footer.questions\"}}",
                ),
            }),
            name => property::asked(name).map(Word::Locale),
        },
        TemplateElement::HelperBlock(it) if it.name.as_name() == Some("t") => Some(block(it).unwrap_or(Word::NoKey(
            "`{{#t}}` takes the key of a message and a variable in it: write {{#t \"footer.questions\" brand.support_email}}",
        ))),
        _ => None,
    }
}

/// What a block `{{#t "key" variable}}` stands for; `None` if it has other parameters, or an `{{else}}`.
fn block(call: &HelperTemplate) -> Option<Word<'_>> {
    let ([Parameter::Literal(Value::String(key)), variable], None, true) =
        (call.params.as_slice(), &call.inverse, call.hash.is_empty())
    else {
        return None;
    };
    Some(Word::Key(key, Some(Shown { path: of_event(variable)?, block: call.template.as_ref()? })))
}

/// The path of a variable in the event, however a template writes it: `app.name` for `app/name`, `this.app.name` and
/// `@root.app.name`. `None` for anything else, such as `@index`.
fn of_event(variable: &Parameter) -> Option<String> {
    let Parameter::Path(Path::Relative((segments, _))) = variable else { return None };
    let names =
        segments.iter().filter_map(|it| if let PathSeg::Named(name) = it { Some(&**name) } else { None });
    Some(names.collect::<Vec<_>>().join(".")).filter(|path| !path.is_empty())
}
