//! A template of a definition, finished for an account: what the account alone decides is resolved.

use std::sync::Arc;

use handlebars::Template;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};

use super::encoding::Encoding;
use super::helpers::{self, Make, Options, helper_exists};
use super::text::{FillError, Text, Writes};
use super::variables::{Account, Find, Subject, Values};
use crate::message::Channel;
use crate::secret::Secret;

/// A text of a request, as pieces that are written one after the other in the encoding of its place.
#[derive(Clone)]
pub(super) struct Line {
    encoding: Encoding,
    pieces: Vec<Piece>,
}

#[derive(Clone)]
enum Piece {
    /// Words that are the same in each message, encoded already.
    Words(Vec<u8>),
    /// A place for a variable of the message.
    Variable(Find),
    /// A helper of ours, called with a variable of the message. Handlebars would take ten times as long.
    Call(Make, Find, Options),
    /// `{{#if}}` over a variable of the message: the pieces where it is true, and those where it is not.
    Choice(Find, [Vec<Piece>; 2]),
    /// Everything else that Handlebars can do.
    Template(Arc<Template>, Writes),
}

impl Text {
    /// The text of an account, to be written in `encoding`.
    pub(super) fn finish(&self, account: &Account, encoding: Encoding) -> Line {
        let finish = Finish { account, encoding, writes: self.writes };
        let rest = || vec![Piece::Template(Arc::clone(&self.template), self.writes)];
        Line { encoding, pieces: finish.pieces(&self.template).unwrap_or_else(rest) }
    }

    /// The text of an account with these keys, which mentions no variable of a message.
    ///
    /// # Errors
    /// The template mentions a variable that is missing.
    pub fn of_keys(&self, carries: Channel, keys: &[(String, Secret)]) -> Result<String, FillError> {
        let account = Account::new(carries, keys);
        let encoding = if self.writes == Writes::Encoded { Encoding::Path } else { Encoding::Plain };
        self.finish(&account, encoding).text(&Values::new(&account, Subject::Nothing))
    }
}

impl Line {
    /// The whole text, where it is the same in each message.
    pub(super) fn constant(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] => Some(&[]),
            [Piece::Words(words)] => Some(words),
            _ => None,
        }
    }

    /// Adds the text of a message to `out`.
    pub(super) fn write(&self, values: &Values<'_>, out: &mut Vec<u8>) -> Result<(), FillError> {
        write(&self.pieces, self.encoding, values, out)
    }

    /// The text of a message.
    pub(super) fn text(&self, values: &Values<'_>) -> Result<String, FillError> {
        let mut text = Vec::new();
        self.write(values, &mut text)?;
        String::from_utf8(text).map_err(|_| FillError)
    }
}

fn write(
    pieces: &[Piece],
    encoding: Encoding,
    values: &Values<'_>,
    out: &mut Vec<u8>,
) -> Result<(), FillError> {
    for piece in pieces {
        match piece {
            Piece::Words(words) => out.extend_from_slice(words),
            Piece::Variable(find) => encoding.value(&values.get(*find).text(), out),
            Piece::Call(make, find, options) => {
                encoding.words(&make(&values.get(*find).into_json(), options), out);
            }
            Piece::Choice(find, [then, otherwise]) => {
                let chosen = if values.get(*find).is_true() { then } else { otherwise };
                write(chosen, encoding, values, out)?;
            }
            Piece::Template(template, writes) => {
                encoding.words(&writes.render(template, values.context())?, out);
            }
        }
    }
    Ok(())
}

struct Finish<'a> {
    account: &'a Account,
    encoding: Encoding,
    writes: Writes,
}

impl Finish<'_> {
    /// The pieces of a template; `None` where Handlebars has to render it.
    fn pieces(&self, template: &Template) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for element in &template.elements {
            for piece in self.element(element)? {
                match (pieces.last_mut(), piece) {
                    (Some(Piece::Words(words)), Piece::Words(more)) => words.extend(more),
                    (_, piece) => pieces.push(piece),
                }
            }
        }
        Some(pieces)
    }

    /// The pieces of a part of a template; `None` where Handlebars has to render the template.
    fn element(&self, element: &TemplateElement) -> Option<Vec<Piece>> {
        match element {
            TemplateElement::RawString(words) => Some(self.words(words)),
            TemplateElement::Expression(call) if call.params.is_empty() && call.hash.is_empty() => {
                let name = simple(&call.name)?;
                match self.account.keys.get(name) {
                    Some(key) => {
                        let mut words = Vec::new();
                        self.encoding.value(key, &mut words);
                        Some(vec![Piece::Words(words)])
                    }
                    None => Some(vec![Piece::Variable(self.account.find(name)?)]),
                }
            }
            TemplateElement::Expression(call) => self.call(call),
            TemplateElement::HelperBlock(block) => self.choice(block),
            _ => None,
        }
    }

    fn words(&self, text: &str) -> Vec<Piece> {
        let mut words = Vec::new();
        self.encoding.words(text, &mut words);
        vec![Piece::Words(words)]
    }

    /// A helper of ours with one variable, and options that are the same in each message.
    fn call(&self, call: &HelperTemplate) -> Option<Vec<Piece>> {
        // Handlebars decides what of a helper's output a URL has percent-encoded.
        let make = helpers::own(call.name.as_name()?).filter(|_| self.writes == Writes::Plain)?;
        let [of] = call.params.as_slice() else { return None };
        let name = simple(of)?;
        let option = |(name, option): (&String, &Parameter)| match option {
            Parameter::Literal(value) => Some((name.clone(), value.clone())),
            _ => None,
        };
        let options: Options = call.hash.iter().map(option).collect::<Option<_>>()?;
        match self.account.keys.get(name) {
            Some(key) => Some(self.words(&make(&key.as_str().into(), &options))),
            None => Some(vec![Piece::Call(make, self.account.find(name)?, options)]),
        }
    }

    /// `{{#if}}` or `{{#unless}}` over one variable. Where that is a key of the account, one branch is left.
    fn choice(&self, block: &HelperTemplate) -> Option<Vec<Piece>> {
        let branches = match block.name.as_name()? {
            "if" => [&block.template, &block.inverse],
            "unless" => [&block.inverse, &block.template],
            _ => return None,
        };
        let [of] = block.params.as_slice() else { return None };
        let name = simple(of).filter(|_| block.hash.is_empty() && block.block_param.is_none())?;
        let [then, otherwise] =
            branches.map(|branch| branch.as_ref().map_or(Vec::new(), |it| self.branch(it)));
        match self.account.keys.get(name) {
            Some(key) => Some(if key.is_empty() { otherwise } else { then }),
            None => Some(vec![Piece::Choice(self.account.find(name)?, [then, otherwise])]),
        }
    }

    fn branch(&self, template: &Template) -> Vec<Piece> {
        let rest = || vec![Piece::Template(Arc::new(template.clone()), self.writes)];
        self.pieces(template).unwrap_or_else(rest)
    }
}

/// The name of a variable at the top, where a parameter is one.
fn simple(parameter: &Parameter) -> Option<&str> {
    let name = parameter.as_name()?;
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // `this` is the whole context, and a helper may be called without parameters: both are left to Handlebars.
    (letters && name != "this" && !helper_exists(name)).then_some(name)
}
