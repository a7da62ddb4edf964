//! `[[variant]]`: what differs for one instance or brand, laid over the rest of the file.

use super::*;

const BASE: &str = r#"
[clerk]
signing_secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
[brand]
name = "Acme"
footer = "Acme Ltd"
[templates]
default_locale = "de"
[email]
from = "Acme <login@acme.example>"
reply_to = "help@acme.example"
providers = ["files"]
headers = { X-Brand = "acme", X-Mailer = "courier" }
[email.by_slug.invitation]
from = "Acme Teams <teams@acme.example>"
headers = { X-Brand = "acme-teams", X-Slug = "invitation" }
[email.by_slug.password_changed]
send = false
[sms]
from = "ACME"
providers = ["files"]
webotp_domain = "acme.example"
[[sms.by_country]]
countries = ["GB"]
from = "ACME-GB"
max_segments = 2
[sms.limits]
total = "10/h"
[providers.files]
type = "outbox"
[providers.other]
type = "outbox"
"#;

fn with(variants: &str) -> Config {
    parsed(&format!("{BASE}{variants}"))
}

fn own(variants: &str) -> Variant {
    with(variants).variants.remove(0)
}

#[test]
fn what_a_variant_does_not_say_is_as_in_the_file() {
    let base = with("");
    let variant = own(
        "[[variant]]\nname = \"staging\"\nwhen = { instance = \"ins_b\" }\nsigning_secrets = [\"c2Vjb25k\"]",
    );
    assert_eq!(variant.name, "staging");
    assert_eq!(variant.when.instance_alone(), Some("ins_b"));
    assert_eq!(variant.own_secrets, [Secret::new("c2Vjb25k")]);
    assert_eq!(variant.config.clerk.signing_secrets, variant.own_secrets);
    assert!(!variant.counts_apart);
    let differing = |it: &Config| {
        format!("{:?}", (&it.brand, &it.templates, &it.email, &it.sms, &it.limits, &it.providers))
    };
    assert_eq!(differing(&variant.config), differing(&base));
}

#[test]
fn what_a_variant_says_is_laid_over_it() {
    let Variant { config, when, own_secrets, counts_apart, .. } = own(r#"
        [[variant]]
        name = "harrow"
        when = { org.slug = "harrow", "org.public_metadata.tier" = 2 }
        brand.name = "Harrow"
        templates.dir = "harrow"
        [variant.email]
        from = "Harrow <login@harrow.example>"
        redirect_to = "team@harrow.example"
        headers = { X-Brand = "harrow" }
        [variant.email.by_slug.invitation]
        reply_to = "teams@harrow.example"
        [variant.sms]
        providers = ["other"]
        android_app_hash = "FA+9qCX9VSu"
        from = "HARROW"
        [variant.sms.limits]
        total = "10/h"
        "#);
    let variables: Vec<_> =
        when.variables.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    assert_eq!(variables, [("org.public_metadata.tier", "2"), ("org.slug", "harrow")]);
    assert!(own_secrets.is_empty() && when.instance_alone().is_none());
    assert_eq!(config.clerk.signing_secrets, [Secret::new(SECRET)]);
    assert_eq!(config.brand.name.as_deref(), Some("Harrow"));
    assert_eq!(config.brand.footer.as_deref(), Some("Acme Ltd"));
    assert_eq!(
        (config.templates.dir.as_path(), &*config.templates.default_locale),
        (Path::new("etc/harrow"), "de")
    );
    let from = |mail: &crate::decision::policy::EmailFor| match &mail.from {
        Some(Sender::Fixed(mailbox)) => mailbox.email.to_string(),
        other => panic!("{other:?}"),
    };
    let (base, invitation) = (&config.email.base, &config.email.by_slug["invitation"]);
    // Not the base's sender of that slug: it would be Acme's in a mail of Harrow's.
    assert_eq!(
        (from(base), from(invitation)),
        ("login@harrow.example".into(), "login@harrow.example".into())
    );
    assert_eq!(invitation.route.redirect_to.as_deref(), Some("team@harrow.example"));
    assert_eq!(base.reply_to.as_ref().unwrap().email.to_string(), "help@acme.example");
    assert_eq!(invitation.reply_to.as_ref().unwrap().email.to_string(), "teams@harrow.example");
    let headers = |mail: &crate::decision::policy::EmailFor| format!("{:?}", mail.headers);
    assert_eq!(headers(base), r#"{"X-Brand": "harrow", "X-Mailer": "courier"}"#);
    assert_eq!(
        headers(invitation),
        r#"{"X-Brand": "harrow", "X-Mailer": "courier", "X-Slug": "invitation"}"#
    );
    assert!(!config.email.by_slug["password_changed"].route.send);
    assert_eq!(config.sms.base.route.providers, ["other"]);
    let country = &config.sms.by_country[0];
    assert_eq!((country.from.as_deref(), country.max_segments), (None, Some(2)), "the name is Acme's");
    assert_eq!(format!("{:?}", config.sms.ending), r#"Some(AppHash("FA+9qCX9VSu"))"#);
    assert!(counts_apart, "even where the limits are the same");
}

#[test]
fn a_list_of_a_variant_takes_the_place_of_the_whole_list() {
    let variant = own("[[variant]]\nname = \"x\"\nwhen = { \"org.id\" = \"org_1\" }\n\
         [[variant.sms.by_country]]\ncountries = [\"FR\"]\nper_country = \"1/h\"");
    let countries: Vec<_> = variant.config.sms.by_country.iter().map(|it| it.countries.clone()).collect();
    assert_eq!(countries, [["FR"]]);
    assert!(variant.counts_apart, "a limit by country is one too");
}

#[test]
fn variants_come_in_the_order_of_the_file_and_have_none_themselves() {
    let config = with(
        "[[variant]]\nname = \"b\"\nwhen = { \"org.id\" = \"1\", \"org.slug\" = \"x\" }\n\
         [[variant]]\nname = \"a\"\nwhen = { \"org.id\" = \"1\" }",
    );
    let names: Vec<_> = config.variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    assert!(config.variants.iter().all(|variant| variant.config.variants.is_empty()));
}

#[test]
fn a_variable_says_a_key_of_a_variant_by_its_place_or_its_name() {
    let file = format!(
        "{BASE}[[variant]]\nname = \"stage-1\"\nwhen = {{ instance = \"ins_b\" }}\nsigning_secrets = [\"c2Vjb25k\"]\n\
         [[variant]]\nname = \"harrow\"\nwhen = {{ \"org.slug\" = \"harrow\" }}"
    );
    let read = |variables: &[(&str, &str)]| {
        Config::parse(&file, Path::new("config.toml"), &environment::Set(variables))
    };
    let config = read(&[
        ("CLERK_COURIER__VARIANT__0__BRAND__NAME", "Stage"),
        ("CLERK_COURIER__VARIANT__STAGE_1__EMAIL__REDIRECT_TO", "team@acme.example"),
        ("CLERK_COURIER__VARIANT__HARROW__EMAIL__FROM", "login@harrow.example"),
        ("CLERK_COURIER__VARIANT__2__NAME", "eton"),
        ("CLERK_COURIER__VARIANT__2__WHEN__ORG__SLUG", "eton"),
        ("CLERK_COURIER__BRAND__FOOTER", "Of all"),
    ])
    .unwrap();
    let [stage, harrow, eton] = &config.variants[..] else { panic!("{:?}", config.variants) };
    assert_eq!(stage.config.brand.name.as_deref(), Some("Stage"));
    assert_eq!(stage.config.email.base.route.redirect_to.as_deref(), Some("team@acme.example"));
    assert!(
        matches!(&harrow.config.email.base.from, Some(Sender::Fixed(it)) if it.email.domain() == "harrow.example")
    );
    assert_eq!(eton.when.variables["org.slug"], "eton");
    assert!(config.variants.iter().all(|it| it.config.brand.footer.as_deref() == Some("Of all")));
    let origin = config.origins.iter().find(|origin| origin.key == "variant.harrow.email.from");
    assert!(origin.is_some(), "{:?}", config.origins);
    let wrong =
        read(&[("CLERK_COURIER__VARIANT__HARROW__EMAIL__REDIRECT_TO", "team")]).unwrap_err().to_string();
    assert!(
        wrong.starts_with("CLERK_COURIER__VARIANT__HARROW__EMAIL__REDIRECT_TO: \"team\" is not"),
        "{wrong}"
    );
}

#[test]
fn the_playground_needs_no_secret_of_an_instance() {
    let text = format!(
        "{CLERK}[[variant]]\nname = \"b\"\nwhen = {{ instance = \"ins_b\" }}\nsigning_secrets = [\"${{UNSET}}\"]\n\
         [variant.email]\nproviders = [\"nobody\"]"
    );
    let config = Config::parse_without_providers(&text, Path::new("config.toml"), &env).unwrap();
    assert!(config.variants[0].own_secrets.is_empty());
    assert_eq!(config.variants[0].config.clerk.signing_secrets, [Secret::new(SECRET)]);
}

#[test]
fn what_is_wrong_for_all_is_said_once() {
    let text = BASE
        .replace("\"Acme Ltd\"", "1")
        .replace("\"login@acme", "\"login acme")
        .replace("password_changed", "password_chnged");
    let variants = "[[variant]]\nname = \"a\"\nwhen = { \"org.id\" = \"1\" }\n[variant.email]\nredirect_to = \"x\"\n\
                    [[variant]]\nname = \"b\"\nwhen = { \"org.id\" = \"2\" }";
    let keys: Vec<_> = refused(&format!("{text}{variants}")).list.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["brand.footer", "email.by_slug.password_chnged", "variant[0].email.redirect_to"]);
}

#[test]
fn a_variable_nobody_documents_is_warned_of() {
    let config = with("[[variant]]\nname = \"a\"\nwhen = { \"tenant.region\" = \"eu\" }");
    assert_eq!(
        config.warnings,
        [
            "variant[0].when.\"tenant.region\": does not belong to the variables that Clerk documents: look whether your events have it"
        ]
    );
}

#[test]
fn a_variant_that_also_takes_events_of_a_later_instance_is_warned_of() {
    let org = "[[variant]]\nname = \"harrow\"\nwhen = { \"org.slug\" = \"harrow\" }\n";
    let instance = "[[variant]]\nname = \"staging\"\nwhen = { instance = \"ins_b\" }\nsigning_secrets = [\"c2Vjb25k\"]\n";
    assert!(with(&format!("{instance}{org}")).warnings.is_empty());
    let warnings = with(&format!("{org}{instance}")).warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("\"staging\""), "{warnings:?}");
}

#[test]
fn each_instance_has_its_own_secret_key_or_none() {
    let text = format!(
        "{}{}",
        BASE.replace("[brand]", "secret_key = \"sk_live_base\"\n[brand]"),
        r#"
        [[variant]]
        name = "harrow-b"
        when = { instance = "ins_b", "org.slug" = "harrow" }
        [[variant]]
        name = "b"
        when = { instance = "ins_b" }
        signing_secrets = ["c2Vjb25k"]
        secret_key = "${KEY_OF_B}"
        [[variant]]
        name = "c"
        when = { instance = "ins_c" }
        signing_secrets = ["dGhpcmQ"]
        [[variant]]
        name = "harrow"
        when = { "org.slug" = "harrow" }
        "#
    );
    let env = environment::Set(&[("KEY_OF_B", "sk_test_b")]);
    let config = Config::parse(&text, Path::new("config.toml"), &env).unwrap();
    let keys: Vec<_> = config
        .variants
        .iter()
        .map(|it| it.config.clerk.backend.secret_key.as_ref().map(Secret::reveal))
        .collect();
    // A part of an instance is asked for with that instance's key, and a brand of no instance is the base's.
    assert_eq!(keys, [Some("sk_test_b"), Some("sk_test_b"), None, Some("sk_live_base")]);
    let own: Vec<_> = config.variants.iter().map(Variant::has_own_key).collect();
    assert_eq!(own, [false, true, false, false]);
    let secrets: Vec<_> =
        config.variants.iter().map(|it| it.config.clerk.signing_secrets[0].reveal()).collect();
    assert_eq!(secrets[..3], ["c2Vjb25k", "c2Vjb25k", "dGhpcmQ"]);

    // `trigger` signs as the instance does, and for a brand of no instance as [clerk] says.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &text).unwrap();
    let endpoint = Config::load_endpoint(file.path(), &env).unwrap();
    let signers: Vec<_> = endpoint.variants.iter().map(|it| it.secrets.first().map(Secret::reveal)).collect();
    assert_eq!(signers, [Some("c2Vjb25k"), Some("c2Vjb25k"), Some("dGhpcmQ"), None]);

    // For the playground, a key whose variable is not set is missing, and not that of another instance.
    let config =
        Config::parse_without_providers(&text, Path::new("config.toml"), &environment::Set(&[])).unwrap();
    assert!(config.variants[1].config.clerk.backend.secret_key.is_none());
}

#[test]
fn an_empty_secret_key_is_none() {
    let variant = "[[variant]]\nname = \"b\"\nwhen = { instance = \"ins_b\" }\nsigning_secrets = [\"c2Vjb25k\"]\nsecret_key = \"${KEY_OF_B}\"\n";
    for own in ["", "${OURS}"] {
        let base = BASE.replace("[brand]", &format!("secret_key = \"{own}\"\n[brand]"));
        let env = environment::Set(&[("KEY_OF_B", ""), ("OURS", ""), ("CLERK_SECRET_KEY", "sk_test_unused")]);
        let config = Config::parse(&format!("{base}{variant}"), Path::new("config.toml"), &env).unwrap();
        assert!(config.clerk.backend.secret_key.is_none(), "the file says that there is none");
        assert!(config.variants[0].config.clerk.backend.secret_key.is_none());
        // A variable that is not set at all is a mistake, as everywhere.
        let unset = Config::parse(
            &format!("{base}{variant}"),
            Path::new("config.toml"),
            &environment::Set(&[("OURS", "")]),
        );
        assert!(unset.unwrap_err().to_string().contains("KEY_OF_B"));
    }
}
