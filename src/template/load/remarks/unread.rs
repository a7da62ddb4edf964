//! Files that lie in the templates folder and are not read, because of a slip in their names.

use std::path::Path;

use strsim::osa_distance;

use crate::template::error::TemplateError;

/// The endings of files that are read.
const READ: [&str; 5] = ["hbs", "ftl", "mjml", "html", "txt"];
/// Endings that others give to files which lie beside the ones that are edited.
const OTHERS: [&str; 5] = ["bak", "md", "orig", "swp", "tmp"];
/// How deep folders go: `email/<slug>/<file>`.
const DEEPEST: usize = 2;

/// A remark on each file whose ending is nearly one that is read.
pub(super) fn remarks(dir: &Path) -> Vec<TemplateError> {
    let mut remarks = Vec::new();
    look(dir, 0, &mut remarks);
    remarks
}

fn look(dir: &Path, depth: usize, remarks: &mut Vec<TemplateError>) {
    let Ok(entries) = dir.read_dir() else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < DEEPEST {
                look(&path, depth + 1, remarks);
            }
        } else if let Some(meant) = meant(&name) {
            let reason = format!("is not read: did you mean `{meant}`?");
            remarks.push(TemplateError::new(&path.display().to_string(), reason));
        }
    }
}

/// The name that was meant; `None` if the name is read as it is, or is like none that is.
fn meant(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_other =
        READ.contains(&ending) || OTHERS.contains(&ending) || name.starts_with('#') || name.ends_with('~');
    // One slip, or two letters that changed places.
    let meant = READ.into_iter().find(|known| !is_other && osa_distance(ending, known) == 1)?;
    Some(format!("{stem}.{meant}"))
}
