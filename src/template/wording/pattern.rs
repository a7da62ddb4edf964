//! From `{{t "…"}}` to the words that it stands for, in one language.

use std::borrow::Cow;
use std::collections::BTreeSet;

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::unicode::unescape_unicode_to_string;
use handlebars::template::{Parameter, TemplateElement, TemplateMapping};
use handlebars::{Path, Template};
use serde_json::Value;

use super::file::{keys, offset};
use super::property::{self, Asked};
use super::spot::Spot;
use super::word::{Shown, Word, word};
use super::words::{ISOLATE, Words};
use crate::suggest::nearest;
use crate::template::element::{parameters_mut, replace_nested};
use crate::template::error::{Located, in_file};
use crate::template::locale::{ENGLISH, Locale};
use crate::text::position;

/// How many messages may refer to each other in a chain. A message that refers to itself ends here too.
const DEEPEST: usize = 8;

/// An element and its line and column, whose line [`in_file`] made.
type Placed = (TemplateElement, (usize, usize));

/// A piece of a pattern, which is what Fluent calls the words of a message.
enum Piece<'a> {
    /// Words as they are.
    Text(Cow<'a, str>),
    /// A variable's name as in the locale file, and its position there.
    Variable(&'a str, (usize, usize)),
}

impl Words {
    /// Returns the template with its words in one language.
    ///
    /// # Errors
    /// Keys that neither the language nor one that stands in for it has, with the positions of their `{{t}}`; messages
    /// that can't be put in, with their positions in the locale file.
    pub(super) fn put(&self, template: &Template, spot: Spot<'_>) -> Result<Template, Vec<Located>> {
        let (mut out, mut faults) = (Template::new(), Vec::new());
        out.name.clone_from(&template.name);
        for (element, position) in template.elements.iter().zip(&template.mapping) {
            let at = (position.0, position.1);
            match word(element) {
                Some(Word::Key(key, shown)) => match self.stands_for(key, shown, at, spot) {
                    Ok(words) => words.into_iter().for_each(|(element, (line, column))| {
                        let mut position = position.clone();
                        (position.0, position.1) = (line, column);
                        push(&mut out, element, position);
                    }),
                    Err(found) => faults.extend(found),
                },
                Some(Word::NoKey(reason)) => faults.push((at, reason.to_owned())),
                Some(Word::Locale(Asked::Property(name))) => {
                    push(&mut out, TemplateElement::RawString(spot.language(name)), position.clone());
                }
                Some(Word::Locale(Asked::Unknown(path))) => faults.push((at, property::unknown(path))),
                None => {
                    let mut element = element.clone();
                    faults.extend(property::bind(&mut element, spot).into_iter().map(|reason| (at, reason)));
                    faults.extend(self.put_values(&mut element, at, spot));
                    let inside = Spot { in_block: spot.in_block || moves(&element), ..spot };
                    replace_nested(&mut element, |nested| {
                        self.put(nested, inside).unwrap_or_else(|found| {
                            faults.extend(found);
                            Template::new()
                        })
                    });
                    push(&mut out, element, position.clone());
                }
            }
        }
        if faults.is_empty() { Ok(out) } else { Err(faults) }
    }

    /// The whole key that a template asks for at position `at`, with its pattern and the file that has it.
    fn asked(
        &self,
        key: &str,
        at: (usize, usize),
        spot: Spot<'_>,
    ) -> Result<(String, usize, &Pattern<&str>), Vec<Located>> {
        let key = if key.starts_with('.') { format!("{}{key}", spot.slug) } else { key.to_owned() };
        // The same words for every language, so that what all of them lack is one fault.
        let (file, pattern) = self.find(spot.locale, &key).ok_or_else(|| vec![(at, self.missing(&key))])?;
        Ok((key, file, pattern))
    }

    /// Puts the words of one language in the places of each `(t "key")` among an element's parameters, as in
    /// `{{#if (eq plan (t "plans.free"))}}`. Returns what is wrong with them.
    fn put_values(&self, element: &mut TemplateElement, at: (usize, usize), spot: Spot<'_>) -> Vec<Located> {
        let mut faults = Vec::new();
        for parameter in parameters_mut(element) {
            let Parameter::Subexpression(inner) = parameter else { continue };
            match word(inner.as_element()) {
                Some(Word::Key(key, _)) => match self.value(key, at, spot) {
                    Ok(TemplateElement::RawString(text)) => {
                        *parameter = Parameter::Literal(Value::from(text));
                    }
                    Ok(call) => *inner.element = call,
                    Err(found) => faults.extend(found),
                },
                Some(Word::NoKey(reason)) => faults.push((at, reason.to_owned())),
                _ => faults.extend(self.put_values(&mut inner.element, at, spot)),
            }
        }
        faults
    }

    /// What `(t "key")` stands for: a text, or a call that makes one for each event.
    fn value(&self, key: &str, at: (usize, usize), spot: Spot<'_>) -> Result<TemplateElement, Vec<Located>> {
        let (key, file, pattern) = self.asked(key, at, spot)?;
        match self.pieces(spot.locale, file, pattern, 0).and_then(text) {
            Some(text) => Ok(TemplateElement::RawString(text)),
            None => self.call(file, &key, pattern, spot).map_err(|reason| vec![(at, reason)]),
        }
    }

    /// The elements that `{{t "key"}}` at position `at` stands for: words and variables, or the call of a message that
    /// has to be formatted for each event. Such a call shows every variable as it is.
    fn stands_for(
        &self,
        key: &str,
        shown: Option<Shown<'_>>,
        at: (usize, usize),
        spot: Spot<'_>,
    ) -> Result<Vec<Placed>, Vec<Located>> {
        let (key, file, pattern) = self.asked(key, at, spot)?;
        // A choice between plurals needs the event, so the message stays a call that is formatted for each one.
        let Some(pieces) = self.pieces(spot.locale, file, pattern, 0) else {
            let at = beginning(pattern).map_or(at, |part| self.position(file, part));
            let call = self.call(file, &key, pattern, spot).map_err(|reason| vec![(at, reason)])?;
            return Ok(vec![(call, at)]);
        };
        let shown =
            shown.map(|it| Ok::<_, Vec<Located>>((it.path, self.put(it.block, spot)?))).transpose()?;
        let mut elements = Vec::new();
        // Words need not have the variable. Asking for it shows nothing, and has a misspelt one found as any other is.
        let is_in = |asked: &str| {
            pieces.iter().any(|it| matches!(it, Piece::Variable(name, _) if path(name) == asked))
        };
        if let Some((path, _)) = shown.as_ref().filter(|(path, _)| !is_in(path)) {
            let ask = element(&format!("{{{{#if {}}}}}{{{{/if}}}}", spot.reach(path)));
            elements.push((ask.map_err(|reason| vec![(at, reason)])?, at));
        }
        // Where sentences have no spaces, those around a name are for Latin names alone: a stand-in is in the language.
        let is_spaced = |piece: &Piece<'_>| matches!(piece, Piece::Variable(name, _) if !spot.has_spaces() && self.stand_in(name, spot).is_some());
        for (number, piece) in pieces.iter().enumerate() {
            let neighbour = |number: Option<usize>| number.and_then(|number| pieces.get(number));
            let (before, after) = (neighbour(number.checked_sub(1)), neighbour(number.checked_add(1)));
            match piece {
                Piece::Text(text) => {
                    let text =
                        if before.is_some_and(is_spaced) { text.trim_start_matches(' ') } else { text };
                    let text = if after.is_some_and(is_spaced) { text.trim_end_matches(' ') } else { text };
                    elements.push((TemplateElement::RawString(spot.escaped(text)), at));
                }
                // The position is the variable's own in the locale file: that is where a translator can correct a
                // fault.
                Piece::Variable(name, at) => {
                    let at = *at;
                    if let Some(fault) = self.unusable_stand_in(name, spot) {
                        return Err(vec![fault]);
                    }
                    let [open, close] = ISOLATE.map(|mark| (TemplateElement::RawString(mark.to_owned()), at));
                    let ends = |piece: Option<&Piece<'_>>, is_spaced: fn(&str) -> bool| matches!(piece, Some(Piece::Text(text)) if !spot.has_spaces() && is_spaced(text));
                    let spaces =
                        [ends(before, |text| text.ends_with(' ')), ends(after, |text| text.starts_with(' '))];
                    let block =
                        shown.as_ref().filter(|(shown, _)| *shown == path(name)).map(|(_, block)| block);
                    let variable = self.variable((name, at), block, spaces, spot);
                    elements.extend(spot.isolate.then_some(open));
                    elements.extend(variable.map_err(|reason| vec![(at, reason)])?);
                    elements.extend(spot.isolate.then_some(close));
                }
            }
        }
        Ok(elements)
    }

    /// Why a key has no words in any of the languages that stand in for each other.
    fn missing(&self, key: &str) -> String {
        let english = self.locales.matching(ENGLISH);
        let files = self.files.iter().filter(|file| file.is_own || Some(file.locale) == english);
        let known: Vec<String> = files.flat_map(|file| keys(file.resource())).collect();
        let hint = match nearest(key, known.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`? Otherwise add it"),
            None => "add it".to_owned(),
        };
        format!(
            "there is no message `{key}` in English, which stands in for all languages: {hint} to locales/en.ftl"
        )
    }

    /// The words and variables of a pattern, with those of the messages that it refers to; `None` if it holds a choice
    /// that depends on the event.
    fn pieces<'a>(
        &'a self,
        locale: Locale,
        file: usize,
        pattern: &'a Pattern<&'a str>,
        depth: usize,
    ) -> Option<Vec<Piece<'a>>> {
        let mut pieces = Vec::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => pieces.push(Piece::Text(Cow::Borrowed(value))),
                PatternElement::Placeable { expression: Expression::Inline(expression) } => {
                    self.inline(locale, file, expression, depth, &mut pieces)?;
                }
                PatternElement::Placeable { expression: Expression::Select { .. } } => return None,
            }
        }
        Some(pieces)
    }

    /// Appends the pieces of one expression; `None` as for [`Self::pieces`].
    fn inline<'a>(
        &'a self,
        locale: Locale,
        file: usize,
        expression: &'a InlineExpression<&'a str>,
        depth: usize,
        pieces: &mut Vec<Piece<'a>>,
    ) -> Option<()> {
        match expression {
            InlineExpression::StringLiteral { value } => {
                pieces.push(Piece::Text(unescape_unicode_to_string(value)));
            }
            InlineExpression::NumberLiteral { value } => pieces.push(Piece::Text(Cow::Borrowed(value))),
            InlineExpression::VariableReference { id } => {
                pieces.push(Piece::Variable(id.name, self.position(file, id.name)));
            }
            InlineExpression::Placeable { expression } => match expression.as_ref() {
                Expression::Inline(inner) => self.inline(locale, file, inner, depth, pieces)?,
                Expression::Select { .. } => return None,
            },
            _ => {
                let key = reference(expression)?;
                let (file, pattern) = self.find(locale, &key).filter(|_| depth < DEEPEST)?;
                pieces.extend(self.pieces(locale, file, pattern, depth + 1)?);
            }
        }
        Some(())
    }

    /// The call of a message that is formatted for each event, as
    /// `{{t "key" file isolate app-name=app.name no-app-name="our app"}}`.
    ///
    /// # Errors
    /// The message refers to one that does not exist, or to itself.
    fn call(
        &self,
        file: usize,
        key: &str,
        pattern: &Pattern<&str>,
        spot: Spot<'_>,
    ) -> Result<TemplateElement, String> {
        let mut names = BTreeSet::new();
        self.variables(spot.locale, pattern, 0, &mut names)?;
        let TemplateElement::Expression(mut call) = element("{{t key}}")? else {
            return Err("can't be called".to_owned());
        };
        call.params = vec![
            Parameter::Literal(Value::from(key)),
            Parameter::Literal(Value::from(file)),
            Parameter::Literal(Value::from(spot.isolate)),
        ];
        for name in names {
            if let Some(instead) = self.stand_in(&name, spot) {
                call.hash.insert(format!("no-{name}"), Parameter::Literal(Value::from(instead)));
            }
            let path = Path::parse(&spot.reach(&path(&name)))
                .map_err(|_| format!("`${name}` is not a variable's name: write a dot as `-`"))?;
            call.hash.insert(name, Parameter::Path(path));
        }
        Ok(TemplateElement::Expression(call))
    }

    /// Collects every variable that a pattern mentions, itself or in the messages that it refers to.
    fn variables(
        &self,
        locale: Locale,
        pattern: &Pattern<&str>,
        depth: usize,
        names: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let placeables = pattern.elements.iter().filter_map(|element| match element {
            PatternElement::Placeable { expression } => Some(expression),
            PatternElement::TextElement { .. } => None,
        });
        for expression in placeables {
            self.variables_of(locale, expression, depth, names)?;
        }
        Ok(())
    }

    /// Collects the variables of one expression.
    fn variables_of(
        &self,
        locale: Locale,
        expression: &Expression<&str>,
        depth: usize,
        names: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    self.variables(locale, &variant.value, depth, names)?;
                }
                selector
            }
        };
        match inline {
            InlineExpression::VariableReference { id } => drop(names.insert(id.name.to_owned())),
            InlineExpression::FunctionReference { id, .. } if id.name != "NUMBER" => {
                return Err(format!(
                    "there is no function `{}`: write the variable alone, as in `{{ $app-name }}`",
                    id.name
                ));
            }
            InlineExpression::FunctionReference { arguments, .. } => {
                // Fluent's syntax allows only literals as named arguments, so no variable can be there.
                for argument in &arguments.positional {
                    if let InlineExpression::VariableReference { id } = argument {
                        names.insert(id.name.to_owned());
                    }
                }
            }
            InlineExpression::Placeable { expression } => {
                self.variables_of(locale, expression, depth, names)?;
            }
            _ => {
                if let Some(key) = reference(inline) {
                    let found = self.find(locale, &key).filter(|_| depth < DEEPEST);
                    let (_, pattern) = found.ok_or_else(|| unknown(&key))?;
                    self.variables(locale, pattern, depth + 1, names)?;
                }
            }
        }
        Ok(())
    }

    /// The elements that show a variable, or the words that stand in for it where an event lacks it. It is shown by `block`
    /// if there is one. `spaces` says whether the variable has a space before it and behind it, which the words have not.
    fn variable(
        &self,
        (name, at): (&str, (usize, usize)),
        block: Option<&Template>,
        spaces: [bool; 2],
        spot: Spot<'_>,
    ) -> Result<Vec<Placed>, String> {
        let path = spot.reach(&path(name));
        let shown: Vec<Placed> = match block {
            Some(block) => {
                block.elements.iter().cloned().zip(block.mapping.iter().map(|it| (it.0, it.1))).collect()
            }
            None => vec![(element(&format!("{{{{{path}}}}}"))?, at)],
        };
        let Some(instead) = self.stand_in(name, spot) else { return Ok(shown) };
        // Each `-` only makes a branch, which is filled below: words may hold braces, which would be parsed here.
        let mut choice = element(&format!("{{{{#if {path}}}}}-{{{{else}}}}-{{{{/if}}}}"))?;
        if let TemplateElement::HelperBlock(choice) = &mut choice
            && let (Some(then), Some(inverse)) = (&mut choice.template, &mut choice.inverse)
        {
            let [before, behind] =
                spaces.map(|is_spaced| is_spaced.then(|| TemplateElement::RawString(" ".to_owned())));
            let shown = shown.into_iter().map(|(element, _)| element);
            then.elements = before.into_iter().chain(shown).chain(behind).collect();
            if let Some(mut position) = then.mapping.pop() {
                (position.0, position.1) = at;
                then.mapping.resize(then.elements.len(), position);
            }
            inverse.elements = vec![TemplateElement::RawString(spot.escaped(&instead))];
        }
        Ok(vec![(choice, at)])
    }

    /// The words that are said where an event lacks the variable: the message `no-<name>`, which must be plain words.
    fn stand_in(&self, name: &str, spot: Spot<'_>) -> Option<String> {
        let (file, pattern) = self.find(spot.locale, &format!("no-{name}"))?;
        // A variable in it could be missing as well, so a message with one does not count as a stand-in.
        text(self.pieces(spot.locale, file, pattern, 0)?)
    }

    /// What is wrong with the message that would stand in for a variable; `None` if there is none, or if it is plain words.
    fn unusable_stand_in(&self, name: &str, spot: Spot<'_>) -> Option<Located> {
        let key = format!("no-{name}");
        let (file, pattern) = self.find(spot.locale, &key).filter(|_| self.stand_in(name, spot).is_none())?;
        let at = beginning(pattern).map_or((0, 0), |part| self.position(file, part));
        let reason = format!(
            "`{key}` stands in where `{}` is missing, and what it holds may be missing too: write words alone",
            path(name)
        );
        Some((at, reason))
    }

    /// The position of `part`, a slice of the file's text.
    fn position(&self, file: usize, part: &str) -> (usize, usize) {
        let Some(file) = self.files.get(file) else { return (0, 0) };
        let source = file.resource().source();
        let (line, column) = position(source, offset(source, part));
        (in_file(line, file.number), column)
    }
}

/// The text of these pieces; `None` if one of them is a variable.
fn text(pieces: Vec<Piece<'_>>) -> Option<String> {
    pieces.into_iter().map(|piece| if let Piece::Text(text) = piece { Some(text) } else { None }).collect()
}

/// Whether paths inside an element's block begin at another place than outside of it.
fn moves(element: &TemplateElement) -> bool {
    let stays = |name: &str| ["if", "unless"].contains(&name);
    matches!(element, TemplateElement::HelperBlock(block) if !block.name.as_name().is_some_and(stays))
}

/// The template's path of a variable in a locale file: `app.name` for `app-name`, since Fluent's names have no dots.
fn path(name: &str) -> String {
    name.replace('-', ".")
}

/// The slice of a file's text with which a pattern begins: its first words, or the name that stands there.
fn beginning<'a>(pattern: &Pattern<&'a str>) -> Option<&'a str> {
    pattern.elements.iter().find_map(|element| match element {
        PatternElement::TextElement { value } => Some(*value),
        PatternElement::Placeable {
            expression: Expression::Inline(first) | Expression::Select { selector: first, .. },
        } => match first {
            InlineExpression::VariableReference { id }
            | InlineExpression::FunctionReference { id, .. }
            | InlineExpression::MessageReference { id, .. }
            | InlineExpression::TermReference { id, .. } => Some(id.name),
            _ => None,
        },
    })
}

/// Why a message can't be put in that refers to this key.
fn unknown(key: &str) -> String {
    let hint = match key {
        key if key.starts_with('-') || key.contains('.') => "or take the reference out".to_owned(),
        variable => format!("or write `{{ ${variable} }}` if it is a variable"),
    };
    format!("refers to `{key}`, which does not exist or refers back: add it, {hint}")
}

/// The key of the message or term that an expression refers to.
fn reference(expression: &InlineExpression<&str>) -> Option<String> {
    match expression {
        InlineExpression::MessageReference { id, attribute: None } => Some(id.name.to_owned()),
        InlineExpression::MessageReference { id, attribute: Some(attribute) } => {
            Some(format!("{}.{}", id.name, attribute.name))
        }
        InlineExpression::TermReference { id, attribute: None, arguments: None } => {
            Some(format!("-{}", id.name))
        }
        _ => None,
    }
}

/// Parses the one element of a source that this file made.
fn element(source: &str) -> Result<TemplateElement, String> {
    let template = Template::compile(source).map_err(|error| error.reason().to_string())?;
    template.elements.into_iter().next().ok_or_else(|| "is empty".to_owned())
}

/// Appends an element. Strings that follow each other become one, which is faster to render.
fn push(out: &mut Template, element: TemplateElement, position: TemplateMapping) {
    if let (Some(TemplateElement::RawString(last)), TemplateElement::RawString(text)) =
        (out.elements.last_mut(), &element)
    {
        last.push_str(text);
        return;
    }
    out.elements.push(element);
    out.mapping.push(position);
}
