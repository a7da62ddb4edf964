//! The properties of a language that templates may ask for: `{{locale.lang}}`, and `{{#if (eq locale.lang "de")}}`.

use handlebars::Path;
use handlebars::template::{Parameter, TemplateElement};
use serde_json::Value;

use super::spot::Spot;
use crate::suggest::nearest;
use crate::template::element::parameters_mut;

/// The properties by their names behind `locale.`.
const NAMES: [&str; 6] = ["lang", "dir", "start", "end", "fonts", "space"];

/// What a template asks of its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// One of the properties, by its name.
    Property(&'static str),
    /// A property that does not exist.
    Unknown(&'a str),
}

/// What a path such as `locale.dir` asks for; `None` for any other path.
pub(super) fn asked(path: &str) -> Option<Asked<'_>> {
    let name = path.strip_prefix("locale.")?;
    Some(NAMES.into_iter().find(|known| *known == name).map_or(Asked::Unknown(path), Asked::Property))
}

/// Why there is no such property, and which one was probably meant.
pub(super) fn unknown(path: &str) -> String {
    let all = NAMES.map(|name| format!("locale.{name}"));
    let hint = match nearest(path, all.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write one of `{}`", all.join("`, `")),
    };
    format!("a language has no `{path}`: {hint}")
}

/// Puts values in the places where properties stand among an element's parameters, as in `{{#if (eq locale.lang "de")}}`.
/// Returns what is asked for and does not exist.
pub(super) fn bind(element: &mut TemplateElement, spot: Spot<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    parameters_mut(element).for_each(|it| put(it, spot, &mut faults));
    faults
}

fn put(parameter: &mut Parameter, spot: Spot<'_>, faults: &mut Vec<String>) {
    let value = match parameter {
        Parameter::Subexpression(inner) => {
            faults.extend(bind(&mut inner.element, spot));
            return;
        }
        Parameter::Path(Path::Relative((_, path))) | Parameter::Name(path) => asked(path),
        _ => None,
    };
    match value {
        Some(Asked::Property(name)) => *parameter = Parameter::Literal(Value::from(spot.language(name))),
        Some(Asked::Unknown(path)) => faults.push(unknown(path)),
        None => {}
    }
}
