//! The finished form of a request has the same bytes as one that Handlebars renders from its definition, whatever the
//! definition and the values are.

use handlebars::Handlebars;
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::Map;
use url::form_urlencoded;

use super::*;
use crate::delivery::api::definition::{Auth, Body, Kind, Leaf, Text};
use crate::delivery::api::encoding::percent_encoded;
use crate::delivery::api::helpers;

/// Content of a definition, with its templates as they are written.
#[derive(Debug, Clone)]
enum Tree {
    Constant(Value),
    Text(String),
    List(Vec<Tree>),
    Table(Vec<(String, Tree)>),
}

impl Tree {
    fn leaf(&self) -> Leaf {
        match self {
            Self::Constant(value) => Leaf::Constant(value.clone()),
            Self::Text(source) => {
                let text = Text::new(source).unwrap();
                let kind = Kind::of(text.template());
                Leaf::Template(text, kind)
            }
            Self::List(items) => Leaf::List(items.iter().map(Self::leaf).collect()),
            Self::Table(entries) => {
                Leaf::Table(entries.iter().map(|(name, tree)| (name.clone(), tree.leaf())).collect())
            }
        }
    }

    /// The value that Handlebars makes of the tree, without what is empty.
    fn rendered(&self, by: &Rendering<'_>) -> Result<Option<Value>, ()> {
        Ok(match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Text(source) => Kind::of(Text::new(source).unwrap().template()).value(by.plain(source)?),
            Self::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.extend(item.rendered(by)?);
                }
                (!list.is_empty()).then_some(Value::Array(list))
            }
            Self::Table(entries) => {
                let mut table = Map::new();
                for (name, tree) in entries {
                    table.extend(tree.rendered(by)?.map(|value| (name.clone(), value)));
                }
                (!table.is_empty()).then_some(Value::Object(table))
            }
        })
    }

    /// The same as pairs.
    fn pairs(&self, by: &Rendering<'_>) -> Result<String, ()> {
        let Self::Table(entries) = self else { unreachable!() };
        let mut form = form_urlencoded::Serializer::new(String::new());
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        for (name, tree) in entries {
            match tree.rendered(by)? {
                None => {}
                Some(Value::Array(items)) => {
                    form.extend_pairs(items.iter().map(|item| (name, plain(item))));
                }
                Some(other) => {
                    form.append_pair(name, &plain(&other));
                }
            }
        }
        Ok(form.finish())
    }
}

/// Handlebars with the values of a message.
struct Rendering<'a>(&'a Values<'a>);

impl Rendering<'_> {
    fn plain(&self, source: &str) -> Result<String, ()> {
        self.with(source, handlebars::no_escape)
    }

    fn encoded(&self, source: &str) -> Result<String, ()> {
        self.with(source, percent_encoded)
    }

    fn with(&self, source: &str, escape: fn(&str) -> String) -> Result<String, ()> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(escape);
        helpers::register(&mut registry);
        registry.render_template_with_context(source, self.0.context()).map_err(drop)
    }
}

fn name(channel: Channel) -> impl Strategy<Value = String> {
    let keys = ["account", "count", "nothing"];
    let names: Vec<_> = keys.into_iter().chain(variables::variables(channel)).map(str::to_owned).collect();
    prop::sample::select(names)
}

/// A template, in which helpers of ours stand only where `ours` says so.
fn template(channel: Channel, ours: bool) -> BoxedStrategy<String> {
    let call = |form: &'static str| name(channel).prop_map(move |name| form.replace("NAME", &name)).boxed();
    let forms: &[&str] = if ours {
        &[
            "{{number NAME}}",
            "{{number NAME min=5 max=60}}",
            "{{number NAME max=count}}",
            "{{boolean NAME}}",
            "{{boolean (not NAME)}}",
            "{{json NAME}}",
            "{{base64 NAME}}",
            "{{list NAME name=\"key\"}}",
            "{{object NAME}}",
            "{{{NAME}}}",
        ]
    } else {
        &[]
    };
    let places =
        ["{{NAME}}", "{{~NAME~}}", "{{@root.NAME}}", "{{! NAME }}", "{{#if (eq NAME \"a\")}}a{{/if}}"];
    let calls = places.iter().chain(forms).map(|form| call(form));
    let words = "[-a-zA-Z \n\"&%<+=/?#.é😀\u{1}]{0,6}".boxed();
    let element = Union::new(calls.chain([words])).boxed();
    let block = move |inner: BoxedStrategy<String>| {
        let parts = prop::collection::vec(inner, 0..4).prop_map(|parts| parts.concat()).boxed();
        let forms = prop::sample::select(vec![
            "{{#if NAME}}THEN{{else}}ELSE{{/if}}",
            "{{#unless NAME}}THEN{{/unless}}",
            "{{#if NAME}}\n  THEN\n{{else if account}}\nELSE{{/if}}",
            "{{#if NAME includeZero=true}}THEN{{/if}}",
            "THENELSE",
        ]);
        (forms, name(channel), parts.clone(), parts)
            .prop_map(|(form, name, then, otherwise)| {
                form.replace("NAME", &name).replace("THEN", &then).replace("ELSE", &otherwise)
            })
            .boxed()
    };
    // A template that does not compile never gets into a definition.
    element
        .prop_recursive(3, 12, 3, block)
        .prop_filter("compiles", |source| Text::new(source).is_ok())
        .boxed()
}

fn value(channel: Channel) -> BoxedStrategy<Tree> {
    let constants = prop::sample::select(vec![json!(7), json!(-1), json!(true), json!(false)]);
    prop_oneof![1 => constants.prop_map(Tree::Constant), 5 => template(channel, true).prop_map(Tree::Text)]
        .boxed()
}

fn table(inner: BoxedStrategy<Tree>) -> impl Strategy<Value = Tree> {
    prop::collection::btree_map("[a-z\"& é]{1,5}", inner, 0..5)
        .prop_map(|entries| Tree::Table(entries.into_iter().rev().collect()))
}

fn json_tree(channel: Channel) -> BoxedStrategy<Tree> {
    value(channel)
        .prop_recursive(3, 16, 4, |inner| {
            prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List), table(inner)].boxed()
        })
        .boxed()
}

fn pairs(channel: Channel) -> impl Strategy<Value = Tree> {
    let list = prop::collection::vec(value(channel), 0..3).prop_map(Tree::List);
    table(prop_oneof![3 => value(channel), 1 => list].boxed())
}

fn words() -> BoxedStrategy<String> {
    prop_oneof![Just(String::new()), Just("12".to_owned()), "\\PC{0,12}", any::<String>()].boxed()
}

fn message(channel: Channel) -> BoxedStrategy<Message> {
    match channel {
        Channel::Sms => (words(), prop::option::of(words()), prop::option::of(0..100_000_u64))
            .prop_map(|(text, from, left)| sms(&text, from.as_deref(), left))
            .boxed(),
        Channel::Email => (words(), prop::option::of(words()), any::<bool>())
            .prop_map(|(subject, html, replies)| {
                let mut mail = mail(html.as_deref(), replies.then_some("help@acme.example"));
                if let Message::Email(mail) = &mut mail {
                    mail.subject = subject;
                }
                mail
            })
            .boxed(),
    }
}

/// A request with its templates, as a definition has it.
#[derive(Debug, Clone)]
struct Case {
    base_url: &'static str,
    path: String,
    query: Option<Tree>,
    form: Option<Tree>,
    json: Option<Tree>,
    header: String,
    basic: (String, String),
    account: String,
}

fn case(channel: Channel) -> impl Strategy<Value = Case> {
    let base_url =
        prop::sample::select(vec!["https://a.example", "http://a.example:81/b/", "https://a.example/?c=d"]);
    let path = template(channel, false).prop_map(|path| format!("/{path}"));
    let parts = (
        base_url,
        path,
        prop::option::of(pairs(channel)),
        prop::option::of(pairs(channel)),
        prop::option::of(json_tree(channel)),
        template(channel, true),
        (template(channel, true), template(channel, true)),
        words(),
    );
    parts.prop_map(|(base_url, path, query, form, json, header, basic, account)| Case {
        base_url,
        path,
        query,
        form,
        json,
        header,
        basic,
        account,
    })
}

impl Case {
    fn account(&self, carries: Channel) -> Account {
        let keys = [("account", self.account.as_str()), ("count", "30"), ("nothing", "")];
        let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Account { carries, keys: keys.into() }
    }

    /// What leaves, by the finished form.
    fn finished(&self, values: &Values<'_>, account: &Account) -> Result<String, ()> {
        let body = match (&self.json, &self.form) {
            (Some(tree), _) => Body::Json(tree.leaf()),
            (None, Some(tree)) => Body::Form(tree.leaf()),
            (None, None) => Body::Text(Text::new(&self.header).unwrap()),
        };
        let request = Request {
            get: false,
            path: Text::address(&self.path).unwrap(),
            query: self.query.as_ref().map(Tree::leaf),
            body,
        };
        let text = |source: &String| Text::new(source).unwrap();
        let auth = Auth {
            basic: Some((text(&self.basic.0), text(&self.basic.1))),
            aws: None,
            headers: vec![(HeaderName::from_static("x-test"), text(&self.header))],
        };
        let base_url = Url::parse(self.base_url).ok();
        let finished = Finished::new(&request, &auth, base_url.as_ref(), account).map_err(drop)?;
        let Prepared { url, headers, body, .. } = finished.fill(values, UNIX_EPOCH).map_err(drop)?;
        let header =
            |name: &str| headers.get(name).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        let body = String::from_utf8(body.unwrap()).unwrap();
        Ok(format!("{url}\n{:?}\n{:?}\n{body}", header("authorization"), header("x-test")))
    }

    /// The same by Handlebars.
    fn rendered(&self, by: &Rendering<'_>) -> Result<String, ()> {
        let path = by.encoded(&self.path)?;
        let mut url = Url::parse(self.base_url).unwrap();
        let between = if path.starts_with('/') { "" } else { "/" };
        url.set_path(&format!("{}{between}{path}", url.path().trim_end_matches('/')));
        if let Some(query) = &self.query {
            let pairs = query.pairs(by)?;
            url.query_pairs_mut().extend_pairs(form_urlencoded::parse(pairs.as_bytes()));
        }
        let credentials = format!("{}:{}", by.plain(&self.basic.0)?, by.plain(&self.basic.1)?);
        let authorization =
            Some(format!("Basic {}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, credentials)));
        let text = by.plain(&self.header)?;
        let header = Some(text.clone()).filter(|it| !it.is_empty());
        if header.as_ref().is_some_and(|it| HeaderValue::try_from(it).is_err()) {
            return Err(());
        }
        let body = match (&self.json, &self.form) {
            (Some(tree), _) => tree.rendered(by)?.unwrap_or_else(|| json!({})).to_string(),
            (None, Some(tree)) => tree.pairs(by)?,
            (None, None) => text,
        };
        Ok(format!("{url}\n{authorization:?}\n{header:?}\n{body}"))
    }

    fn holds(&self, message: &Message, carries: Channel) {
        let account = self.account(carries);
        for subject in [Subject::of(message), Subject::Nothing] {
            let values = Values::new(&account, subject);
            assert_eq!(self.finished(&values, &account), self.rendered(&Rendering(&values)), "{self:#?}");
        }
    }
}

proptest! {
    #[test]
    fn a_finished_sms_is_what_handlebars_renders(
        case in case(Channel::Sms), message in message(Channel::Sms),
    ) {
        case.holds(&message, Channel::Sms);
    }

    #[test]
    fn a_finished_mail_is_what_handlebars_renders(
        case in case(Channel::Email), message in message(Channel::Email),
    ) {
        case.holds(&message, Channel::Email);
    }
}
