use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::event::Event;
use crate::webhook::Verified;

/// Conditions, `instance` among them, as a configuration has them.
fn when(conditions: &[(&str, &str)]) -> When {
    let mut when = When::default();
    for (path, value) in conditions {
        match *path {
            "instance" => when.instance = Some((*value).to_owned()),
            path => drop(when.variables.insert(path.to_owned(), (*value).to_owned())),
        }
    }
    when
}

/// The number of the variant that a mail from `instance` with these variables belongs to.
fn chosen(whens: &[When], instance: Option<&str>, variables: &Value) -> Option<usize> {
    let body = json!({
        "type": "email.created", "instance_id": instance,
        "data": { "to_email_address": "mira@mail.example", "data": variables },
    });
    let verified = Verified { id: "msg_1".to_owned(), signer: None, body: body.to_string() };
    let Ok(Event::Created(created)) = Event::parse(&verified, UNIX_EPOCH) else { panic!("{body}") };
    choose(&created, whens)
}

#[test]
fn the_first_variant_whose_conditions_are_all_met_wins() {
    let whens = [
        when(&[("instance", "ins_a"), ("org.slug", "harrow")]),
        when(&[("instance", "ins_a")]),
        when(&[("org.slug", "harrow")]),
        when(&[("org.public_metadata.tier", "2"), ("beta", "true")]),
        when(&[("org.id", "org_1"), ("org.slug", "eton")]),
    ];
    let org = |slug: &str| json!({ "org": { "slug": slug, "id": "org_1" } });
    let tier = |tier: Value| json!({ "org": { "public_metadata": { "tier": tier } }, "beta": true });
    for (instance, variables, expected) in [
        (Some("ins_a"), org("harrow"), Some(0)),
        (Some("ins_a"), org("eton"), Some(1)),
        (Some("ins_a"), json!({}), Some(1)),
        (Some("ins_b"), org("harrow"), Some(2)),
        (None, org("harrow"), Some(2)),
        (None, org("eton"), Some(4)),
        (None, tier(json!(2)), Some(3)),
        (None, tier(json!("2")), Some(3)),
        (None, tier(json!(2.0)), None),
        (None, tier(json!([2])), None),
        (None, tier(json!(null)), None),
        (None, json!({ "org": "harrow", "beta": true }), None),
        (None, json!({ "org": { "slug": { "harrow": true } } }), None),
        (None, json!({ "org.slug": "harrow" }), None),
        // Exactly: case, spaces and the rest of a longer value count.
        (None, org("Harrow"), None),
        (None, org("harrow "), None),
        (Some("INS_A"), json!({}), None),
        (None, json!({}), None),
    ] {
        assert_eq!(chosen(&whens, instance, &variables), expected, "{instance:?} {variables}");
    }
}

#[test]
fn what_one_has_is_never_taken_for_anothers() {
    let own = |names: &[&str]| PerVariant {
        base: "base".to_owned(),
        variants: names.iter().map(|name| ((*name).into(), (*name).to_owned())).collect(),
    };
    let running = own(&["a", "b"]);
    assert_eq!(running.of(None).map(String::as_str), Some("base"));
    assert_eq!(running.of(Some("b")).map(String::as_str), Some("b"));
    assert_eq!(running.of(Some("c")), None);
    let read = PerVariant { base: "new".to_owned(), ..own(&["c", "b"]) };
    let read = PerVariant {
        variants: read.variants.iter().map(|(n, v)| (n.clone(), format!("new {v}"))).collect(),
        ..read
    };
    let reloaded = read.in_place_of(&running);
    assert_eq!(reloaded.base, "new");
    assert_eq!(reloaded.variants, [("a".into(), "a".to_owned()), ("b".into(), "new b".to_owned())]);
}

fn conditions() -> impl Strategy<Value = When> {
    let instance = proptest::option::of(prop_oneof![Just("ins_a"), Just("ins_b")]);
    let paths = proptest::sample::select(vec!["org.slug", "org.id", "beta"]);
    let variables = proptest::collection::btree_map(paths, proptest::sample::select(vec!["x", "y"]), 0..3);
    (instance, variables).prop_map(|(instance, variables)| When {
        instance: instance.map(str::to_owned),
        variables: variables.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned())).collect(),
    })
}

proptest! {
    #[test]
    fn a_variant_gets_what_it_names_and_no_earlier_one_takes(
        whens in proptest::collection::vec(conditions(), 0..6),
        instance in proptest::option::of(prop_oneof![Just("ins_a"), Just("ins_b"), Just("ins_c")]),
        org in proptest::collection::btree_map(prop_oneof![Just("slug"), Just("id")], prop_oneof![Just("x"), Just("y")], 0..3),
        beta in proptest::option::of(prop_oneof![Just("x"), Just("y")]),
    ) {
        let variables = json!({ "org": org, "beta": beta });
        let meets = |when: &When| {
            let value = |path: &str| match path.strip_prefix("org.") {
                Some(name) => org.get(name).copied(),
                None => beta,
            };
            when.instance.as_deref().is_none_or(|wanted| instance == Some(wanted))
                && when.variables.iter().all(|(path, wanted)| value(path) == Some(wanted.as_str()))
        };
        let found = chosen(&whens, instance, &variables);
        prop_assert_eq!(found, whens.iter().position(meets));
        // Conditions that an earlier variant covers are never reached: the configuration refuses them.
        if let Some(at) = found {
            prop_assert!(!whens[..at].iter().any(|earlier| earlier.covers(&whens[at])));
        }
    }

    #[test]
    fn whoever_covers_another_meets_all_that_it_meets(one in conditions(), other in conditions()) {
        prop_assert!(one.covers(&one));
        if one.covers(&other) {
            prop_assert!(one.variables.len() <= other.variables.len());
            let variables = json!({
                "org": { "slug": other.variables.get("org.slug"), "id": other.variables.get("org.id") },
                "beta": other.variables.get("beta"),
            });
            prop_assert_eq!(chosen(std::slice::from_ref(&one), other.instance.as_deref(), &variables), Some(0));
        }
        prop_assert_eq!(one.covers(&other) && other.covers(&one), one == other);
    }
}
