//! One part of a configuration laid over another: what the upper one says holds, and what it leaves open is as below.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables in which variants may differ from the rest of the file.
pub(super) const DIFFERING: [&str; 4] = ["brand", "templates", "email", "sms"];

/// The channels, whose keys hold for single slugs and countries too, unless those say otherwise.
const CHANNELS: [&str; 2] = ["email", "sms"];

/// Two keys of which each takes the place of the other.
const EITHER: [&str; 2] = ["webotp_domain", "android_app_hash"];

/// The document of a variant: the differing tables of `base`, with those of `upper` laid over them.
pub(super) fn laid<'a>(base: Option<&DeTable<'a>>, upper: Option<&DeTable<'a>>) -> DeTable<'a> {
    let mut made = DeTable::new();
    for name in DIFFERING {
        let below = base.and_then(|base| base.get_key_value(name));
        let Some((key, above)) = upper.and_then(|upper| upper.get_key_value(name)) else {
            if let Some((key, below)) = below {
                made.insert(key.clone(), below.clone());
            }
            continue;
        };
        let value = match (below.map(|(_, below)| below.get_ref()), above.get_ref()) {
            (Some(DeValue::Table(below)), DeValue::Table(over)) => {
                let mut below = below.clone();
                if CHANNELS.contains(&name) {
                    give_way(&mut below, over);
                }
                Spanned::new(above.span(), DeValue::Table(over_table(&below, over)))
            }
            _ => above.clone(),
        };
        made.insert(key.clone(), value);
    }
    made
}

/// `over` laid over `below`, table by table. A list takes the place of the whole list.
fn over_table<'a>(below: &DeTable<'a>, over: &DeTable<'a>) -> DeTable<'a> {
    let mut made = below.clone();
    for (key, value) in over {
        let value = match (below.get(key), value.get_ref()) {
            (Some(below), DeValue::Table(over)) if below.get_ref().is_table() => {
                let below = below.get_ref().as_table().cloned().unwrap_or_default();
                Spanned::new(value.span(), DeValue::Table(over_table(&below, over)))
            }
            _ => value.clone(),
        };
        // Its place has to be the upper one's, and an insertion alone would keep the old key.
        made.remove(key);
        made.insert(key.clone(), value);
    }
    made
}

/// Takes from the slugs and countries of a channel below what the channel above says for all of its messages: otherwise a
/// sender of the base would come before the variant's own.
fn give_way<'a>(below: &mut DeTable<'a>, over: &DeTable<'a>) {
    let is_either = |name: &str| EITHER.contains(&name);
    if over.keys().any(|key| is_either(key.get_ref())) {
        for name in EITHER {
            below.remove(name);
        }
    }
    if let Some(DeValue::Table(slugs)) = below.get_mut("by_slug").map(Spanned::get_mut) {
        for (_, slug) in slugs.iter_mut() {
            if let DeValue::Table(slug) = slug.get_mut() {
                without(slug, over);
            }
        }
    }
    if let Some(DeValue::Array(countries)) = below.get_mut("by_country").map(Spanned::get_mut) {
        for country in countries.iter_mut() {
            if let DeValue::Table(country) = country.get_mut() {
                without(country, over);
            }
        }
    }
}

/// Removes the keys that `over` has too, within tables as well.
fn without<'a>(table: &mut DeTable<'a>, over: &DeTable<'a>) {
    for (key, value) in over {
        match (table.get_mut(key).map(Spanned::get_mut), value.get_ref()) {
            (Some(DeValue::Table(table)), DeValue::Table(over)) => without(table, over),
            (Some(_), _) => drop(table.remove(key)),
            (None, _) => {}
        }
    }
}
