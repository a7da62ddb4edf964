//! `docs/CONFIGURATION.md`, `config.example.toml` and the README against the code that reads the configuration: no key
//! is missing there, none is too many, and the defaults are the real ones.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const PAGE: &str = include_str!("../../../docs/CONFIGURATION.md");
const README: &str = include_str!("../../../README.md");

/// A key that no table knows: the mistake about it lists the keys that its table does know.
const STRANGER: &str = "no_such_key_anywhere";

/// Every table of a configuration, each with a stranger. What a provider knows depends on its other keys, so there are
/// several of each kind.
const EVERY_TABLE: &str = r#"
    no_such_key_anywhere = 1
    [server]
    no_such_key_anywhere = 1
    [clerk]
    signing_secrets = ["c2VjcmV0"]
    no_such_key_anywhere = 1
    [brand]
    no_such_key_anywhere = 1
    [templates]
    no_such_key_anywhere = 1
    [email]
    no_such_key_anywhere = 1
    [email.by_slug.invitation]
    no_such_key_anywhere = 1
    [[dkim]]
    domain = "a.example"
    selector = "s"
    key = "${DKIM_KEY}"
    no_such_key_anywhere = 1
    [sms]
    no_such_key_anywhere = 1
    [sms.by_slug.invitation]
    no_such_key_anywhere = 1
    [[sms.by_country]]
    countries = ["GB"]
    no_such_key_anywhere = 1
    [sms.limits]
    no_such_key_anywhere = 1
    [providers.by_url]
    type = "smtp"
    url = "smtp://localhost"
    no_such_key_anywhere = 1
    [providers.by_preset]
    type = "smtp"
    preset = "ses"
    region = "eu-west-1"
    username = "u"
    password = "p"
    no_such_key_anywhere = 1
    [providers.with_tokens]
    type = "smtp"
    url = "smtps://smtp.example"
    username = "u"
    no_such_key_anywhere = 1
    [providers.with_tokens.oauth2]
    issuer = "microsoft"
    tenant = "acme.example"
    token_url = "https://login.example/token"
    client_id = "i"
    client_secret = "s"
    no_such_key_anywhere = 1
    [providers.api]
    type = "microsoft365"
    mailbox = "login@acme.example"
    no_such_key_anywhere = 1
    [providers.api.oauth2]
    tenant = "acme.example"
    client_id = "i"
    client_secret = "s"
    no_such_key_anywhere = 1
    [providers.own]
    no_such_key_anywhere = 1
    [providers.own.definition]
    carries = "sms"
    base_url = "https://api.example"
    path = "/"
    json = { text = "{{text}}" }
    [providers.files]
    type = "outbox"
    no_such_key_anywhere = 1
    [ledger]
    no_such_key_anywhere = 1
    [[variant]]
    name = "a"
    when = { "org.id" = "org_1" }
    no_such_key_anywhere = 1
"#;

/// Keys that are documented elsewhere: what the API of the sample itself asks for.
const SETTINGS_OF_THE_SAMPLE: [&str; 2] = ["mailbox", "save_to_sent_items"];

/// The heading of the page under which a table of [`EVERY_TABLE`] is documented.
fn heading(table: &str) -> &str {
    match table {
        "email.by_slug.invitation" => "`[email.by_slug.<slug>]`",
        "dkim[0]" => "`[[dkim]]`",
        "variant[0]" => "`[[variant]]`",
        "sms.by_slug.invitation" => "`[sms.by_slug.<slug>]`",
        "sms.by_country[0]" => "`[[sms.by_country]]`",
        "providers.by_url" | "providers.by_preset" | "providers.with_tokens" => "SMTP servers",
        "providers.with_tokens.oauth2" | "providers.api.oauth2" => "`[providers.<name>.oauth2]`",
        "providers.api" | "providers.own" => "HTTP APIs",
        "providers.files" => "Files in place of sending",
        _ => table,
    }
}

/// By heading, the keys that are read. Headings that are a plain table's name stand in brackets and backticks.
fn read_keys() -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mistakes = refused(EVERY_TABLE).list;
    assert_eq!(mistakes.len(), EVERY_TABLE.matches(STRANGER).count(), "{mistakes:#?}");
    for mistake in mistakes {
        let table = mistake.key.strip_suffix(STRANGER).unwrap_or_else(|| panic!("{mistake:?}"));
        let table = table.trim_end_matches('.');
        let heading = heading(table);
        let heading = if heading == table { format!("`[{table}]`") } else { heading.to_owned() };
        let known = mistake.hint.strip_prefix("use one of ").unwrap_or_else(|| panic!("{mistake:?}"));
        keys.entry(heading).or_default().extend(known.split(", ").map(str::to_owned));
    }
    keys
}

/// A row of one of the page's tables of keys.
struct Row {
    heading: &'static str,
    keys: Vec<&'static str>,
    default: &'static str,
    sentence: &'static str,
}

fn rows() -> Vec<Row> {
    let (mut rows, mut heading) = (Vec::new(), "");
    for line in PAGE.lines() {
        if let Some((_, title)) =
            line.split_once("# ").filter(|(hashes, _)| hashes.trim_matches('#').is_empty())
        {
            heading = title;
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if let [keys, default, _, sentence] = cells[..]
            && keys.starts_with('`')
        {
            let keys = keys.split(", ").map(|key| key.trim_matches('`')).collect();
            rows.push(Row { heading, keys, default, sentence });
        }
    }
    rows
}

/// By heading, the keys that the page has.
fn documented_keys() -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows() {
        let below = keys.entry(row.heading.to_owned()).or_default();
        for key in row.keys {
            assert!(below.insert(key.to_owned()), "{} has `{key}` twice", row.heading);
        }
    }
    keys
}

#[test]
fn the_page_has_every_key_that_is_read_and_no_other() {
    let mut read = read_keys();
    let sections = read.remove("`[]`").unwrap();
    for (heading, keys) in &mut read {
        if heading == "HTTP APIs" {
            keys.retain(|key| !SETTINGS_OF_THE_SAMPLE.contains(&key.as_str()));
        }
        if ["SMTP servers", "HTTP APIs", "Files in place of sending"].contains(&heading.as_str()) {
            assert!(keys.remove("type"), "{heading}");
        }
    }
    read.insert("`[providers.<name>]`".to_owned(), BTreeSet::from(["type".to_owned()]));
    let documented = documented_keys();
    for heading in documented.keys().chain(read.keys()) {
        assert_eq!(documented.get(heading), read.get(heading), "{heading}: the page, and what is read");
    }
    for section in sections {
        let headings =
            [format!("## `[{section}]`"), format!("## `[[{section}]]`"), format!("## `[{section}.<name>]`")];
        assert!(headings.iter().any(|heading| PAGE.contains(heading)), "[{section}] has no heading");
    }
}

#[test]
fn every_key_has_a_default_and_a_sentence() {
    for row in rows() {
        assert!(!row.default.is_empty(), "{}: {:?} has no default", row.heading, row.keys);
        assert!(row.sentence.len() > 10, "{}: {:?} has no sentence", row.heading, row.keys);
    }
}

/// A cell that begins with code is the default as TOML has it.
fn written_default(row: &Row) -> Option<&'static str> {
    row.default.strip_prefix('`')?.strip_suffix('`')
}

#[test]
fn the_defaults_of_the_page_are_those_of_the_code() {
    const SMTP: &str = "[providers.p]\ntype = \"smtp\"\nurl = \"smtp://localhost\"\n";
    const API: &str = "[providers.p]\ntype = \"postmark\"\nserver_token = \"t\"\n";
    let mut checked = 0;
    for row in rows() {
        let Some(value) = written_default(&row) else { continue };
        let table = match row.heading {
            "`[clerk]`" => CLERK.to_owned(),
            "`[[dkim]]`" => {
                "[[dkim]]\ndomain = \"a.example\"\nselector = \"s\"\nkey = \"${DKIM_KEY}\"\n".to_owned()
            }
            "`[email.by_slug.<slug>]`" => "[email.by_slug.invitation]\n".to_owned(),
            "`[sms.by_slug.<slug>]`" => "[sms.by_slug.invitation]\n".to_owned(),
            "SMTP servers" => SMTP.to_owned(),
            "HTTP APIs" => API.to_owned(),
            "Files in place of sending" => "[providers.p]\ntype = \"outbox\"\n".to_owned(),
            name => format!("{}\n", name.trim_matches('`')),
        };
        for key in row.keys {
            let (said, unsaid) = (parsed(&format!("{table}{key} = {value}\n")), parsed(&table));
            assert_eq!(format!("{said:#?}"), format!("{unsaid:#?}"), "{}: {key}", row.heading);
            checked += 1;
        }
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn the_example_has_every_key_of_the_page() {
    for (heading, keys) in documented_keys() {
        for key in keys {
            let forms = [format!("{key} = "), format!(".{key}."), format!(".{key}]")];
            assert!(
                forms.iter().any(|form| EXAMPLE.contains(form)),
                "{heading}: {key} is not in the example"
            );
        }
    }
}

#[test]
fn the_configuration_of_the_readme_is_right() {
    let blocks: Vec<&str> =
        README.split("```toml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    let set = |name: &str| match name {
        "RESEND_API_KEY" => Some("k".to_owned()),
        _ => env(name),
    };
    for block in &blocks {
        if let Err(mistakes) = Config::parse(block, Path::new("config.toml"), &set) {
            panic!("{mistakes}");
        }
    }
    assert_eq!(blocks.len(), 1);
}
