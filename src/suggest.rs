//! "Did you mean …?": the known name that somebody probably wanted to type.

use strsim::levenshtein;

/// The known name that `typed` was probably meant to be: at most a third of it differs, and at most three characters.
/// `None` where no name is that near.
pub(crate) fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    nearest_within(typed.chars().count().div_ceil(3).min(3), typed, known)
}

/// The known name that is nearest to `typed`, with at most `distance` characters added, removed or replaced.
pub(crate) fn nearest_within<'k>(
    distance: usize,
    typed: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    known
        .into_iter()
        .map(|name| (levenshtein(typed, name), name))
        .filter(|(found, _)| *found <= distance)
        .min_by_key(|(found, _)| *found)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_suggested_only_where_most_of_it_was_typed() {
        let known = ["listen", "admin_listen", "workers"];
        assert_eq!(nearest("lissten", known), Some("listen"));
        assert_eq!(nearest("adminlisten", known), Some("admin_listen"));
        assert_eq!(nearest("worker", known), Some("workers"));
        assert_eq!(nearest("port", known), None);
        assert_eq!(nearest("form", ["send", "from"]), Some("from"));
        assert_eq!(nearest("retention_days", ["retention"]), None);
    }

    #[test]
    fn distances_are_levenshteins() {
        let table =
            [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("lissten", "listen", 1), ("ab", "ba", 2)];
        for (a, b, distance) in table {
            for (a, b) in [(a, b), (b, a)] {
                assert_eq!(nearest_within(distance, a, [b]), Some(b), "{a} {b}");
                assert_eq!(
                    distance.checked_sub(1).and_then(|less| nearest_within(less, a, [b])),
                    None,
                    "{a} {b}"
                );
            }
        }
    }
}
