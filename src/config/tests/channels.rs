//! `[email]`, `[sms]`, their slugs and countries.

use super::*;

#[test]
fn slugs_inherit_what_they_do_not_say() {
    let config = parsed(
        r#"
        [email]
        from = "Acme <login@acme.example>"
        envelope_from = "bounces@acme.example"
        reply_to = "Help <help@acme.example>"
        providers = ["out"]
        on_doubt = "stop"
        redirect_to = "staging@acme.example"
        allow_recipients = ["*@acme.example"]
        [email.by_slug.invitation]
        from = "Teams <teams@acme.example>"
        reply_to = ""
        redirect_to = ""
        allow_recipients = []
        [email.by_slug.password_changed]
        send = false
        providers = []
        on_doubt = "resend"
        [sms]
        from = "ACME"
        providers = ["out"]
        redirect_to = "+15005550006"
        [sms.by_slug.verification_code]
        from = "12345"
        [providers.out]
        type = "outbox"
        "#,
    );
    let invitation = &config.email.by_slug["invitation"];
    assert_eq!(invitation.from, rule::from("Teams <teams@acme.example>").ok());
    assert_eq!(invitation.envelope_from, config.email.base.envelope_from);
    assert!(invitation.envelope_from.is_some() && invitation.reply_to.is_none());
    assert_eq!(invitation.route.providers, ["out"]);
    assert_eq!(invitation.route.on_doubt, OnDoubt::Stop);
    assert!(invitation.route.redirect_to.is_none() && invitation.route.allow_recipients.is_empty());
    assert!(invitation.route.send);

    let changed = &config.email.by_slug["password_changed"];
    assert_eq!(changed.from, config.email.base.from);
    assert_eq!(changed.reply_to, config.email.base.reply_to);
    assert!(!changed.route.send && changed.route.providers.is_empty());
    assert_eq!(changed.route.on_doubt, OnDoubt::Resend);
    assert_eq!(changed.route.allow_recipients, ["*@acme.example"]);

    let code = &config.sms.by_slug["verification_code"];
    assert_eq!(code.from.as_deref(), Some("12345"));
    assert_eq!(code.route.redirect_to.as_deref(), Some("+15005550006"));
}

#[test]
fn countries_are_kept_in_order() {
    let config = parsed(
        "[[sms.by_country]]\ncountries = [\"GB\", \"IE\"]\nfrom = \"ACME\"\nproviders = [\"out\"]\n\
         [[sms.by_country]]\ncountries = [\"XX\"]\naction = \"block\"\n[providers.out]\ntype = \"outbox\"",
    );
    let first = ByCountry {
        countries: vec!["GB".to_owned(), "IE".to_owned()],
        from: Some("ACME".to_owned()),
        providers: Some(vec!["out".to_owned()]),
        ..ByCountry::default()
    };
    let second = ByCountry { countries: vec!["XX".to_owned()], block: true, ..ByCountry::default() };
    assert_eq!(config.sms.by_country, [first, second]);
}

#[test]
fn variables_are_settings_of_a_provider_and_no_secrets() {
    let with = |rest: &str| {
        format!(
            "[sms]\nfrom = \"+15005550006\"\nproviders = [\"v\"]\n{rest}\n[providers.v]\ntype = \"twilio\"\n\
             account_sid = \"AC1\"\nauth_token = \"t\""
        )
    };
    let config = parsed(&with(
        "provider_settings = { messaging_service_sid = \"MG1\" }\n\
         [sms.by_slug.invitation]\nprovider_settings = { account_sid = \"AC2\" }\n\
         [[sms.by_country]]\ncountries = [\"IN\"]\nslugs = [\"invitation\"]\n\
         provider_settings = { messaging_service_sid = \"{{app.name}}\" }",
    ));
    let slug = &config.sms.by_slug["invitation"].provider_settings;
    assert_eq!((slug["messaging_service_sid"].as_str(), slug["account_sid"].as_str()), ("MG1", "AC2"));
    assert_eq!(config.sms.by_country[0].provider_settings["messaging_service_sid"], "{{app.name}}");
    for (rest, expected) in [
        ("provider_settings = { messaging_service_id = \"MG1\" }", "did you mean \"messaging_service_sid\"?"),
        (
            "variables = { messaging_service_sid = \"MG1\" }",
            "unknown key, did you mean \"provider_settings\"?",
        ),
        ("provider_settings = { auth_token = \"x\" }", "no provider of texts has such a setting"),
        ("provider_settings = { messaging_service_sid = \"XY\" }", "\"XY\" has another form"),
        ("[[sms.by_country]]\ncountries = [\"IN\"]\nslugs = []", "sms.by_country[0].slugs: names no slug"),
        (
            "[[sms.by_country]]\ncountries = [\"IN\"]\nslugs = [\"a\"]\nper_country = \"1/h\"",
            "sms.by_country[0].per_country: stands beside `slugs`",
        ),
    ] {
        let mistakes = refused(&with(rest)).to_string();
        assert!(mistakes.contains(expected), "{rest}\n{mistakes}");
    }
}

#[test]
fn mails_have_variables_too() {
    let with = |name: &str| {
        format!(
            "[email]\nfrom = \"a@b.example\"\nproviders = [\"p\", \"g\"]\n[email.by_slug.invitation]\n\
             provider_settings = {{ {name} = \"{{{{app.name}}}}\" }}\n[providers.p]\ntype = \"postmark\"\nserver_token = \"t\"\n\
             [providers.g]\ntype = \"gmail\"\nmailbox = \"a@b.example\"\n[providers.g.oauth2]\nclient_id = \"c\"\n\
             refresh_token = \"t\""
        )
    };
    let config = parsed(&with("message_stream"));
    assert_eq!(config.email.by_slug["invitation"].provider_settings["message_stream"], "{{app.name}}");
    assert!(config.email.base.provider_settings.is_empty());
    for (name, expected) in [
        ("message_steam", "no provider of mails has such a setting, did you mean \"message_stream\"?"),
        ("mailbox", "email.by_slug.invitation.provider_settings.mailbox: says whose tokens a provider has"),
    ] {
        let mistakes = refused(&with(name)).to_string();
        assert!(mistakes.contains(expected), "{mistakes}");
    }
}

#[test]
fn an_address_stays_the_same_for_all_texts_and_a_stand_in_for_a_sender_is_enough() {
    let sns = "[providers.s]\ntype = \"aws_sns\"\nregion = \"eu-west-1\"\naccess_key_id = \"A\"\nsecret_access_key = \"s\"";
    let mistakes = refused(&format!(
        "[sms]\nproviders = [\"s\"]\nprovider_settings = {{ region = \"us-east-1\" }}\n{sns}"
    ))
    .to_string();
    assert!(mistakes.contains("sms.provider_settings.region: is part of a provider's address"), "{mistakes}");
    let config = parsed(
        "[sms]\nproviders = [\"t\"]\nprovider_settings = { messaging_service_sid = \"MG1\" }\n\
         [providers.t]\ntype = \"twilio\"\naccount_sid = \"AC1\"\nauth_token = \"t\"",
    );
    assert!(config.sms.base.from.is_none());
}

#[test]
fn limits_are_for_all_countries_but_those_with_their_own() {
    let limits = parsed(
        "[sms]\n[sms.limits]\nmode = \"observe\"\nper_country = \"10/d\"\nper_number = \"\"\n\
         [[sms.by_country]]\ncountries = [\"GB\", \"IE\"]\nper_country = \"20/h\"\n\
         [[sms.by_country]]\ncountries = [\"DE\"]\nmax_segments = 1\n\
         [[sms.by_country]]\ncountries = [\"DE\", \"GB\", \"FR\"]\nper_country = \"\"",
    )
    .limits;
    let (ten, twenty) = (Rate { max: 10, window: Window::Day }, Rate { max: 20, window: Window::Hour });
    assert_eq!((limits.mode, limits.per_country, limits.per_number), (Mode::Observe, vec![ten], vec![]));
    let own: Vec<_> = limits.by_country.into_iter().collect();
    let wanted = [("FR", vec![]), ("GB", vec![twenty]), ("IE", vec![twenty])];
    assert_eq!(own, wanted.map(|(country, rates)| (country.to_owned(), rates)));
    assert_eq!(parsed("").limits, crate::limits::Settings::default());
}

#[test]
fn a_name_is_no_sender_where_networks_take_numbers_only() {
    let name = "[sms]\nfrom = \"ACME\"\nproviders = [\"out\"]\n";
    let number = "[sms]\nfrom = \"+15005550006\"\nproviders = [\"out\"]\n";
    let out = "[providers.out]\ntype = \"outbox\"\n";
    let slug = "[sms.by_slug.invitation]\nfrom = \"ACME\"\n";
    let rule = |rest: &str| format!("[[sms.by_country]]\ncountries = [\"US\", \"PR\"]\n{rest}\n");
    for (text, wanted) in [
        (name.to_owned(), vec!["US", "CA", "PR"]),
        (number.to_owned(), vec![]),
        ("[sms]\nfrom = \"ACME\"\n".to_owned(), vec![]),
        (number.to_owned() + slug, vec!["US", "CA", "PR"]),
        (number.to_owned() + slug + "send = false", vec![]),
        (name.to_owned() + &rule("from = \"12345\""), vec!["CA"]),
        (name.to_owned() + &rule("action = \"block\""), vec!["CA"]),
        (name.to_owned() + &rule("max_segments = 1"), vec!["US", "CA", "PR"]),
        (name.to_owned() + &rule("max_segments = 1") + &rule("from = \"12345\""), vec!["US", "CA", "PR"]),
    ] {
        assert_eq!(parsed(&format!("{text}\n{out}")).sms.countries_without_sender(), wanted, "{text}");
    }
}

#[test]
fn settings_of_an_api_may_be_whole_numbers_but_for_secrets() {
    let of = |keys: &str| {
        format!(
            "[providers.mine]\n{keys}\n[providers.mine.definition]\ncarries = \"sms\"\nbase_url = \"https://sms.example\"\n\
             path = \"/\"\n[providers.mine.definition.settings]\nroute = {{ unless = \"key\" }}\n\
             key = {{ secret = true, unless = \"route\" }}\n"
        )
    };
    let Some(Provider::Api(api)) = parsed(&of("route = 7")).providers.remove("mine") else { panic!() };
    let values: Vec<_> = api.values.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    assert_eq!(values, [("key", ""), ("route", "7")]);
    let mistakes = refused(&of("key = 7")).to_string();
    assert!(mistakes.contains("providers.mine.key: must be a string, not a whole number"), "{mistakes}");
}

#[test]
fn an_own_definition_that_can_not_be_read_is_no_reason_for_the_built_in_one() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("providers/twilio.toml")).unwrap();
    let text = complete("[providers.mine]\ntype = \"twilio\"\naccount_sid = \"AC0\"\nauth_token = \"t\"\n");
    let mistakes = Config::parse(&text, &dir.path().join("config.toml"), &env).map(|_| ()).unwrap_err();
    let mistakes = mistakes.to_string();
    assert!(
        mistakes.contains("providers.mine.type: the value has a definition that can't be read"),
        "{mistakes}"
    );
}
