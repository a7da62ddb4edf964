use super::*;

#[test]
fn a_wrong_definition_is_refused_with_its_place() {
    let frame = |more: &str| format!("carries = \"sms\"\npath = \"/send\"\n{more}");
    for (text, expected) in [
        ("path = \"/\"".to_owned(), "carries: missing"),
        ("carries = \"sms\"".to_owned(), "path: missing"),
        (frame("pth = 1"), "3:1: pth: unknown key"),
        (frame("[form]\nTo = \"{{too}}\""), "4:6: form.To: there is no variable `too`"),
        (frame("[form]\nTo = \"{{#if to}}\""), "4:6: form.To: is no template"),
        (frame("[accepted]\nreceipt = \"sid\""), "4:11: accepted.receipt: \"sid\" is no JSON pointer"),
        (
            frame("[accepted]\nreceipt = { matches = '(' }"),
            "accepted.receipt.matches: is no regular expression",
        ),
        (frame("[errors]\nfatal = [1]"), "4:1: errors.fatal: unknown key"),
        (frame("idempotent = true\n[form]\nTo = \"{{to}}\""), "3:14: idempotent: needs a key in the request"),
        (frame("[accepted.unless]\n\"/a\" = {}"), "\"/a\": says nothing"),
        (frame("[accepted.unless]\na = \"x\""), "accepted.unless.a: \"a\" is no JSON pointer"),
        (frame("[errors.status]\n402 = \"bill\""), "4:7: errors.status.402: \"bill\" is no class"),
        (
            frame("base_url = \"https://{{host}}.example\"\n[settings]\nkey = { secret = true }"),
            "3:12: base_url: there is no variable `host`",
        ),
        (frame("[settings]\nfrom = { about = \"x\" }"), "settings.from: is what each message says itself"),
        (frame("[probe]\nmethod = \"GET\""), "probe.path: missing"),
        (frame("[errors]\nwait = { at = \"/a\", unit = \"min\" }"), "errors.wait.unit: \"min\" is unknown"),
        (frame("[form]\na = 1\n[json]\nb = 2"), "json: stands beside another body"),
        (frame("body = \"{{tex}}\""), "3:8: body: there is no variable `tex`"),
        (frame("[oauth2]\nscope = \"s\""), "3:1: oauth2.token_url: missing"),
        (
            frame("oauth2 = { token_url = \"http://id.example/t\" }"),
            "oauth2.token_url: \"http://id.example/t\" would send",
        ),
        (
            frame("oauth2 = { issuer = \"google\", mailbox = \"box\" }"),
            "oauth2.mailbox: \"box\" is no setting",
        ),
        (frame("[form]\na = { b = 1 }"), "4:5: form.a: is no single value"),
        (frame("[form]\na = \"${KEY}\""), "4:5: form.a: \"${…}\" is not filled in here"),
        (frame("[headers]\n\"X Y\" = \"1\""), "4:9: headers.\"X Y\": \"X Y\" is no name of a header"),
        (frame("[headers]\nHost = \"x\""), "4:8: headers.Host: is set by the program"),
        ("carries = \"sms\"\npath = \"send\"".to_owned(), "2:8: path: begins without a slash"),
        ("carries = \"sms\"\npath = \"/send?a=1\"".to_owned(), "2:8: path: holds what is no path"),
        (
            frame("base_url = \"https://{{key}}.example\"\n[settings]\nkey = { secret = true }"),
            "3:12: base_url: asks for a secret",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { exists = true, matches = 'x' }"),
            "\"/a\": says more than one thing",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { equals = \"x\" }"),
            "4:10: accepted.when.\"/a\".equals: unknown key",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { exists = true, mathces = 'x' }"),
            "mathces: unknown key, did you mean \"matches\"?",
        ),
        (frame("[accepted]\nstatus = [70000]"), "4:11: accepted.status[0]: must be an HTTP status"),
        (frame("body = \"<t>{{text}}</t>\""), "3:8: body: is more than one value"),
        (frame("body = \"{{text}}\""), "3:8: body: has no type"),
        (frame("probe = { path = \"/\", body = \"x\" }"), "body: has no type"),
        (frame("[settings]\nlen = { about = \"x\" }"), "4:7: settings.len: is the name of a helper"),
        (
            "carries = \"sms\"\npath = \"/v1/{{{to}}}\"".to_owned(),
            "2:8: path: holds a value that is not percent-encoded",
        ),
        (
            frame("oauth2 = { issuer = \"google\" }\n[headers]\nauthorization = \"x\""),
            "4:1: headers: shows whose a request is, as `oauth2` does",
        ),
        ("carries = \"sms\"\npath = \"/v1/{{json to}}\"".to_owned(), "2:8: path: there is no helper `json`"),
        (frame("[accepted.when]\n\"/a\" = {}"), "\"/a\": says nothing"),
        (frame("[accepted]\nreceipt = { at = \"/a\", header = \"b\" }"), "receipt: says more than one thing"),
        (
            frame("[settings]\nbase_url = { about = \"x\" }"),
            "4:12: settings.base_url: is a key of every provider",
        ),
        (frame("[settings]\na = { with = \"b\" }"), "4:5: settings.a: depends on \"b\", which is no setting"),
        (frame("sender_unless = \"pool\""), "3:17: sender_unless: \"pool\" is no setting"),
        (frame("[errors]\nroute = [1]"), "errors.code: missing"),
        (
            frame("[errors]\ncode = \"/c\"\nroute = [\"9-1\"]"),
            "5:9: errors.route: \"9-1\" ends before it begins",
        ),
        (
            frame("[errors]\ncode = \"/c\"\nrecipient = [1]\naccount = [2, 1]"),
            "6:11: errors.account: \"1\" is of another class too",
        ),
        (
            frame("[errors]\ncode = \"/c\"\nroute = [\"1-9\", \"3-4\"]\naccount = [\"2-5\", \"9-10\"]"),
            "6:11: errors.account: \"9-10\" is of another class too",
        ),
    ] {
        let mistakes = parse("mine", &text, Path::new("mine.toml")).err();
        let mistakes = mistakes.map(|mistakes| mistakes.to_string()).unwrap_or_default();
        assert!(mistakes.contains(expected), "{text}\n{mistakes}");
    }
}
