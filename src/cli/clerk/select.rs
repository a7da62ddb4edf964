//! The templates that a command line names.

use crate::clerk::Template;
use crate::cli::failure::Failure;
use crate::suggest::nearest;

/// Those of `templates` that have one of these slugs; all of them where there are no slugs.
///
/// # Errors
/// Clerk has no template of one of the slugs, so nothing should be done at all.
pub(super) fn named(templates: Vec<Template>, slugs: &[String]) -> Result<Vec<Template>, Failure> {
    for slug in slugs {
        if !templates.iter().any(|template| template.slug == *slug) {
            let known = templates.iter().map(|template| template.slug.as_str());
            let meant = nearest(slug, known).map(|meant| format!(" Did you mean {meant:?}?"));
            return Err(Failure::Wrong(format!(
                "Clerk has no template {slug:?} in this instance.{} `clerk-courier clerk status` lists all of them. Nothing was \
                 changed.",
                meant.unwrap_or_default()
            )));
        }
    }
    let is_named = |template: &Template| slugs.is_empty() || slugs.contains(&template.slug);
    Ok(templates.into_iter().filter(is_named).collect())
}
