//! Dotted paths into JSON, such as `user.public_metadata.locale`: one name for each object on the way. Lists are
//! values, no path leads into them.

use serde_json::{Map, Value};

/// The value at `path`; `None` where a name on the way is missing or its value is not an object.
pub(crate) fn get<'v>(object: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    match path.split_once('.') {
        None => object.get(path),
        Some((name, rest)) => get(object.get(name)?.as_object()?, rest),
    }
}

/// Puts `value` at `path` within a document. Missing objects on the way are made, and any other value on the way gives
/// way to one.
pub(crate) fn set(document: &mut Value, path: &str, value: Value) {
    let mut place = document;
    for name in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(object) = place else { return };
        place = object.entry(name).or_insert(Value::Null);
    }
    *place = value;
}

/// Takes the value at `path` away; nothing happens where there is none.
pub(crate) fn remove(object: &mut Map<String, Value>, path: &str) {
    match path.split_once('.') {
        None => drop(object.remove(path)),
        Some((name, rest)) => {
            if let Some(Value::Object(inner)) = object.get_mut(name) {
                remove(inner, rest);
            }
        }
    }
}

/// Every value with its path, an object before what it holds.
pub(crate) fn all(object: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect("", object, &mut found);
    found
}

fn collect<'v>(at: &str, object: &'v Map<String, Value>, found: &mut Vec<(String, &'v Value)>) {
    for (name, value) in object {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        found.push((path.clone(), value));
        if let Value::Object(inner) = value {
            collect(&path, inner, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { panic!("an object") };
        object
    }

    #[test]
    fn a_path_goes_through_objects() {
        let mut event = object(json!({ "user": { "name": "Ada", "tags": ["x"] }, "code": null }));
        assert_eq!(get(&event, "user.name"), Some(&json!("Ada")));
        assert_eq!(get(&event, "code"), Some(&Value::Null));
        for path in ["", "user.", "user.tags.0", "user.name.x", "org.name", "user.name."] {
            assert_eq!(get(&event, path), None, "{path}");
        }
        let paths: Vec<String> = all(&event).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["code", "user", "user.name", "user.tags"]);
        for path in ["user.name", "code", "org.name", "user.tags.0"] {
            remove(&mut event, path);
        }
        assert_eq!(Value::Object(event), json!({ "user": { "tags": ["x"] } }));
    }

    #[test]
    fn a_value_that_is_set_makes_its_way() {
        let mut event = json!({ "user": null, "code": "1" });
        for path in ["user.data.locale", "code", "code.x", "org"] {
            set(&mut event, path, json!(path));
        }
        assert_eq!(
            event,
            json!({
                "user": { "data": { "locale": "user.data.locale" } },
                "code": { "x": "code.x" },
                "org": "org",
            })
        );
    }
}
