//! A template finished: words and places of variables, written one after the other.
//!
//! Handlebars resolves names, helpers and scopes anew for each element of each mail, which was three quarters of what
//! rendering cost. Here they are resolved once. What only Handlebars can do is left to it, element by element.

use std::collections::HashMap;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement, TemplateMapping};
use handlebars::{JsonRender, JsonTruthy, Path, PathSeg, Template};
use serde_json::Value;

use super::engine::{Engine, Fault};
use super::helper;
use crate::template::element;

/// A template in the form in which it is rendered.
#[derive(Debug)]
pub(in crate::template) struct Finished(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    /// Words that are the same in each message.
    Words(Box<str>),
    /// `{{app.name}}`: a variable, escaped as the engine escapes.
    Escaped(Place),
    /// `{{{app.name}}}`: a variable as it is.
    Plain(Place),
    /// `{{#if app.name}}`: the pieces where the variable is true, and those where it is not.
    Choice(Place, Box<[Finished; 2]>),
    /// Everything else, and where it stands.
    Template(Box<Template>),
}

/// A variable's place in the context.
#[derive(Debug)]
struct Place {
    /// The names on the way to it.
    path: Box<[Box<str>]>,
    /// Where the template asks for it, for errors.
    at: Option<(usize, usize)>,
}

impl Finished {
    /// The same template, in this form.
    pub(in crate::template) fn new(template: Template) -> Self {
        // An inline partial holds for all that follows, so it can't be told from the elements alone.
        if calls_partials(&template) {
            Self(vec![Piece::Template(Box::new(template))])
        } else {
            finish(template)
        }
    }

    /// Whether it mentions a variable of this name anywhere, itself or in a partial that it calls.
    pub(in crate::template) fn mentions(&self, name: &str, partials: &HashMap<String, Template>) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Words(_) => false,
            Piece::Escaped(place) | Piece::Plain(place) => place.names(name),
            Piece::Choice(place, branches) => {
                place.names(name) || branches.iter().any(|it| it.mentions(name, partials))
            }
            Piece::Template(template) => element::mentions(template, name, partials),
        })
    }

    /// Adds what comes out with these variables to `out`.
    ///
    /// # Errors
    /// A variable is missing, or Handlebars fails.
    pub(super) fn write(
        &self,
        engine: &Engine,
        variables: &handlebars::Context,
        out: &mut String,
    ) -> Result<(), Fault> {
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Escaped(place) => match place.value(variables.data())? {
                    Value::String(text) => engine.escape_into(text, out),
                    other => engine.escape_into(&other.render(), out),
                },
                Piece::Plain(place) => match place.value(variables.data())? {
                    Value::String(text) => out.push_str(text),
                    other => out.push_str(&other.render()),
                },
                Piece::Choice(place, branches) => {
                    let [then, otherwise] = &**branches;
                    // Handlebars takes a missing variable for a false one, in strict mode too.
                    let holds = place.find(variables.data()).is_some_and(|value| value.is_truthy(false));
                    if holds { then } else { otherwise }.write(engine, variables, out)?;
                }
                Piece::Template(template) => engine.write(template, variables, out)?,
            }
        }
        Ok(())
    }
}

/// Whether a template has anything to do with partials, at any depth.
fn calls_partials(template: &Template) -> bool {
    template.elements.iter().any(|element| {
        let is_one = matches!(
            element,
            TemplateElement::PartialExpression(_)
                | TemplateElement::PartialBlock(_)
                | TemplateElement::DecoratorExpression(_)
                | TemplateElement::DecoratorBlock(_)
        );
        is_one || element::nested(element).any(calls_partials)
    })
}

fn finish(template: Template) -> Finished {
    let mut pieces = Vec::with_capacity(template.elements.len());
    for (index, element) in template.elements.into_iter().enumerate() {
        pieces.push(piece(element, template.mapping.get(index)));
    }
    Finished(pieces)
}

fn piece(element: TemplateElement, at: Option<&TemplateMapping>) -> Piece {
    match element {
        TemplateElement::RawString(words) => Piece::Words(words.into_boxed_str()),
        TemplateElement::Expression(call) => match variable(&call, at) {
            Some(place) => Piece::Escaped(place),
            None => rest(TemplateElement::Expression(call), at),
        },
        TemplateElement::HtmlExpression(call) => match variable(&call, at) {
            Some(place) => Piece::Plain(place),
            None => rest(TemplateElement::HtmlExpression(call), at),
        },
        TemplateElement::HelperBlock(mut block) => match condition(&block, at) {
            Some((place, holds)) => {
                let branch = |template: Option<Template>| template.map_or(Finished(Vec::new()), finish);
                let [then, otherwise] = [block.template.take(), block.inverse.take()].map(branch);
                Piece::Choice(place, Box::new(if holds { [then, otherwise] } else { [otherwise, then] }))
            }
            None => rest(TemplateElement::HelperBlock(block), at),
        },
        other => rest(other, at),
    }
}

/// An element that Handlebars renders.
fn rest(element: TemplateElement, at: Option<&TemplateMapping>) -> Piece {
    let mut template = Template::new();
    template.elements.push(element);
    template.mapping.extend(at.cloned());
    Piece::Template(Box::new(template))
}

/// The place of the variable that an expression shows; `None` if it calls a helper.
fn variable(call: &HelperTemplate, at: Option<&TemplateMapping>) -> Option<Place> {
    let is_alone = call.params.is_empty() && call.hash.is_empty();
    Place::new(&call.name, at).filter(|_| is_alone && !call.name.as_name().is_some_and(helper::exists))
}

/// The variable that an `{{#if}}` or `{{#unless}}` asks for, and whether its first branch is for a true one; `None` for
/// all other blocks.
fn condition(block: &HelperTemplate, at: Option<&TemplateMapping>) -> Option<(Place, bool)> {
    let holds = match block.name.as_name()? {
        "if" => true,
        "unless" => false,
        _ => return None,
    };
    let [asked] = block.params.as_slice() else { return None };
    let is_plain = block.hash.is_empty() && block.block_param.is_none();
    Some((Place::new(asked, at).filter(|_| is_plain)?, holds))
}

impl Place {
    /// The place that a parameter names; `None` if it is no variable of the message.
    fn new(parameter: &Parameter, at: Option<&TemplateMapping>) -> Option<Self> {
        let Parameter::Path(Path::Relative((segments, written))) = parameter else { return None };
        let name = |segment: &PathSeg| match segment {
            PathSeg::Named(name) => Some(name.as_str().into()),
            _ => None,
        };
        let path: Box<[Box<str>]> = segments.iter().map(name).collect::<Option<_>>()?;
        // Handlebars drops `this` from a path, and takes names in brackets: both are left to it.
        (path.join(".") == *written).then_some(Self { path, at: at.map(|at| (at.0, at.1)) })
    }

    /// Whether a name on the way to the variable is this one.
    fn names(&self, name: &str) -> bool {
        self.path.iter().any(|segment| **segment == *name)
    }

    /// The variable's value; `None` if it is missing.
    fn find<'v>(&self, variables: &'v Value) -> Option<&'v Value> {
        self.path.iter().try_fold(variables, |value, name| match value {
            Value::Object(object) => object.get(&**name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The variable's value.
    ///
    /// # Errors
    /// The variable is missing.
    fn value<'v>(&self, variables: &'v Value) -> Result<&'v Value, Fault> {
        self.find(variables).ok_or_else(|| Fault::missing(&self.path.join("."), self.at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::template::Templates;

    type Outcome = Result<String, (Option<(usize, usize)>, String)>;

    /// What comes out of a template here, and what Handlebars alone makes of it.
    fn both(engine: &Engine, source: &str) -> [Outcome; 2] {
        let variables = handlebars::Context::wraps(json!({
            "app": { "name": "A & <B>", "url": null },
            "count": 3, "zero": 0, "no": false, "yes": true, "empty": "", "list": ["a", { "b": 1 }], "none": [],
            "this": "itself", "two words": "in brackets", "if": "a variable of this name",
        }))
        .unwrap();
        let template = Template::compile(source).unwrap();
        let whole = Piece::Template(Box::new(template.clone()));
        [Finished::new(template), Finished(vec![whole])].map(|finished| {
            let mut out = String::new();
            let result = finished.write(engine, &variables, &mut out);
            result.map(|()| out).map_err(Fault::into_parts)
        })
    }

    /// What renders HTML, and what renders text.
    fn engines() -> [Engine; 2] {
        let words = Templates::load(None, "en").unwrap().words;
        [true, false].map(|escapes| Engine::new(escapes, BTreeMap::new(), &words, &Arc::from([])))
    }

    #[test]
    fn it_is_what_handlebars_makes() {
        let engines = engines();
        for source in [
            "a {{app.name}} b {{{app.name}}} c {{app/name}} d {{app.[name]}} e {{&app.name}}",
            "{{count}} {{zero}} {{no}} {{yes}} {{empty}}| {{app.url}}| {{list}} {{app}} {{none}}",
            "{{list.0}} {{list.1.b}} {{list.[0]}} {{[two words]}}",
            "{{this.count}} {{./count}} {{@root.count}} {{this}}",
            "{{#if count}}1{{/if}}{{#if zero}}2{{else}}3{{/if}}{{#if app.url}}4{{else if yes}}5{{else}}6{{/if}}",
            "{{#unless no}}1{{/unless}}{{#unless yes}}2{{else}}3{{/unless}}{{#if none}}4{{else}}5{{/if}}",
            "{{#if zero includeZero=true}}1{{/if}}{{#if (eq count 3)}}2{{/if}}{{#if app}}3{{/if}}{{#if empty}}4{{/if}}",
            "{{#each list}}{{@index}}{{this}}{{#if b}}{{b}}{{/if}}{{/each}}{{#with app}}{{name}}{{../count}}{{/with}}",
            "a \n  {{~#if yes~}}\n b {{~else~}} c {{~/if}} \n {{! a comment }} d\n{{#if yes}}\ne\n{{/if}}\n",
            "{{#*inline \"x\"}}[{{count}}]{{/inline}}{{#if yes}}{{> x}}{{/if}}{{> x count=4}}",
            "{{spaced app.name}} {{if}} {{len list}} \\{{raw}} {{{{raw}}}}{{x}}{{{{/raw}}}}",
            "{{missing}}",
            "one\n {{app.missing}}",
            "{{#if yes}}\n\n  {{missing.too}}{{/if}}",
            "{{#if missing}}1{{/if}}",
            "{{#unless app.missing}}1{{/unless}}",
            "{{count.missing}}",
            "{{nohelper count}}",
        ] {
            for engine in &engines {
                let [finished, whole] = both(engine, source);
                assert_eq!(finished, whole, "{source}");
            }
        }
    }

    #[test]
    fn hardly_anything_is_left_to_handlebars() {
        let left = |source: &str| {
            let Finished(pieces) = Finished::new(Template::compile(source).unwrap());
            pieces.iter().filter(|piece| matches!(piece, Piece::Template(_))).count()
        };
        assert_eq!(
            left("a {{app.name}} {{{b}}} {{#if c}}{{d}}{{else}}{{e}}{{/if}}{{#unless f}}g{{/unless}}"),
            0
        );
        assert_eq!(left("{{spaced a}} {{b}} {{#each c}}{{d}}{{/each}}"), 2);
    }

    /// A template of all that people write, one thing in another.
    fn source() -> impl Strategy<Value = String> {
        let names = [
            "app",
            "app.name",
            "app.url",
            "count",
            "zero",
            "no",
            "yes",
            "empty",
            "list",
            "list.0",
            "list.1.b",
            "none",
            "missing",
            "app.missing",
            "this",
            "this.count",
            "@root.count",
            "if",
            "[two words]",
            "app/name",
            "./yes",
        ];
        let name = prop::sample::select(names.to_vec());
        let blank = || prop::sample::select(vec!["", "~"]);
        let leaf = prop_oneof![
            "[a-z <&\"\n]{0,6}",
            (blank(), name.clone(), blank()).prop_map(|(a, name, b)| format!("{{{{{a}{name}{b}}}}}")),
            name.clone().prop_map(|name| format!("{{{{{{{name}}}}}}}")),
            name.clone().prop_map(|name| format!("{{{{spaced {name}}}}}")),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            let block = prop::sample::select(vec!["if", "unless", "with", "each"]);
            let both = (block.clone(), name.clone(), inner.clone(), inner.clone(), blank()).prop_map(
                |(block, name, then, otherwise, blank)| {
                    format!(
                        "{{{{#{block} {name}{blank}}}}}{then}{{{{{blank}else}}}}{otherwise}{{{{/{block}}}}}"
                    )
                },
            );
            let one = (block, name.clone(), inner.clone())
                .prop_map(|(block, name, then)| format!("{{{{#{block} {name}}}}}{then}\n{{{{/{block}}}}}\n"));
            let compared = (name.clone(), inner.clone())
                .prop_map(|(name, then)| format!("{{{{#if (eq {name} \"\")}}}}{then}{{{{/if}}}}"));
            let list = prop::collection::vec(inner, 1..4).prop_map(|all| all.concat());
            prop_oneof![both, one, compared, list]
        })
    }

    #[test]
    fn whatever_the_template_it_is_what_handlebars_makes() {
        let engines = engines();
        proptest!(|(source in source())| {
            for engine in &engines {
                let [finished, whole] = both(engine, &source);
                match (finished, whole) {
                    // Handlebars has other words for a list that is asked for a name.
                    (Err(_), Err(_)) => {}
                    (finished, whole) => prop_assert_eq!(finished, whole),
                }
            }
        });
    }
}
