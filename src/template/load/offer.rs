//! What Clerk offers to a template and demands of it: the file that `clerk pull` puts beside what it brings.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The name of the file in a mail's folder.
const IN_FOLDER: &str = "clerk.json";
/// What follows an SMS's slug in the name of its file.
const BESIDE: &str = ".clerk.json";

/// The variables of one template, as Clerk lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// Dotted paths of the variables that events have, those of the objects around them included.
    pub(super) available: BTreeSet<String>,
    /// The variables that the template must mention.
    pub(super) required: Vec<String>,
}

/// The folder of a mail, or the file of an SMS without its ending, whose offer a file of this path is; `None` for any other
/// file.
pub(super) fn belongs_to(path: &str) -> Option<String> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["email", slug, IN_FOLDER] => Some(format!("email/{slug}")),
        ["sms", name] => Some(format!("sms/{}", name.strip_suffix(BESIDE)?)),
        _ => None,
    }
}

/// Reads an offer.
///
/// # Errors
/// The text is not JSON of the form that `clerk pull` writes.
pub(super) fn parse(text: &str) -> Result<Offer, String> {
    const HINT: &str = "write it again with `clerk-courier clerk pull --force`, or delete it";
    let value: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| format!("is not a JSON object: {HINT}"))?;
    let names = |key: &str| match value.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| format!("has something else than strings in `{key}`: {HINT}")),
        Some(_) => Err(format!("has no list in `{key}`: {HINT}")),
    };
    let required = names("required_variables")?;
    let all = [names("available_variables")?, names("also_used")?, required.clone()].concat();
    let available = all.iter().flat_map(|path| with_parents(path)).collect();
    Ok(Offer { available, required })
}

/// A path, and those of the objects around it: `org` and `org.name`.
fn with_parents(path: &str) -> impl Iterator<Item = String> {
    let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_what_pull_writes() {
        assert_eq!(belongs_to("email/invitation/clerk.json").as_deref(), Some("email/invitation"));
        assert_eq!(belongs_to("sms/invitation.clerk.json").as_deref(), Some("sms/invitation"));
        assert_eq!(belongs_to("email/invitation/body.txt.hbs"), None);
        let offer = parse(
            r#"{"name": "x", "available_variables": ["app.name"], "required_variables": ["otp_code"], "also_used": ["a.b.c"]}"#,
        )
        .unwrap();
        let available: Vec<_> = offer.available.iter().map(String::as_str).collect();
        assert_eq!(available, ["a", "a.b", "a.b.c", "app", "app.name", "otp_code"]);
        assert_eq!(offer.required, ["otp_code"]);
        assert_eq!(parse("{}"), Ok(Offer::default()));
        for wrong in ["", "[]", r#"{"required_variables": 1}"#, r#"{"also_used": [1]}"#] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
