//! Attributes of the editor's elements as attributes of MJML's components. A value that MJML could not use is left out.

use std::fmt::Write as _;

use crate::clerk::tree::Element;

/// What text takes over from the elements around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Style {
    align: Option<String>,
    color: Option<String>,
    size: Option<String>,
    line: Option<String>,
}

/// The attributes of text that are carried over.
pub(super) const TEXT: [&str; 15] = [
    "align",
    "color",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "letter-spacing",
    "line-height",
    "text-decoration",
    "text-transform",
    "background-color",
    "padding",
    "margin",
    "width",
    "href",
];

/// The attributes of a button that are carried over.
pub(super) const BUTTON: [&str; 15] = [
    "href",
    "align",
    "color",
    "background-color",
    "border",
    "border-radius",
    "border-bottom",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "letter-spacing",
    "line-height",
    "padding",
    "margin",
];

impl Style {
    /// The style of what stands in an element, inside of something with the style `around`.
    pub(super) fn of(element: &Element, around: &Self) -> Self {
        let own = |name: &str, is_right: fn(&str) -> bool, around: &Option<String>| {
            let own = element.get(name).filter(|value| is_right(value)).map(str::to_owned);
            own.or_else(|| around.clone())
        };
        Self {
            align: own("align", is_align, &around.align),
            color: own("color", is_color, &around.color),
            size: own("font-size", is_length, &around.size),
            line: own("line-height", is_length, &around.line),
        }
    }

    /// A component with words in it, and further attributes.
    pub(super) fn text(&self, component: &str, words: &str, more: &str) -> String {
        format!("<{component}{}{more}>{words}</{component}>\n", self.attributes())
    }

    fn attributes(&self) -> String {
        let mut out = String::new();
        for (name, value) in [
            ("align", &self.align),
            ("color", &self.color),
            ("font-size", &self.size),
            ("line-height", &self.line),
        ] {
            if let Some(value) = value {
                let _ = write!(out, " {name}=\"{value}\"");
            }
        }
        out
    }
}

/// The space at the four sides of an element, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Edges {
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    pub(super) left: f32,
}

impl Edges {
    /// The padding or margin of an element; `None` if it has none, or not in pixels.
    pub(super) fn of(element: &Element, name: &str) -> Option<Self> {
        let sizes: Option<Vec<f32>> = element.get(name)?.split_whitespace().map(pixels).collect();
        Some(match *sizes?.as_slice() {
            [all] => Self { top: all, right: all, bottom: all, left: all },
            [y, x] => Self { top: y, right: x, bottom: y, left: x },
            [top, x, bottom] => Self { top, right: x, bottom, left: x },
            [top, right, bottom, left] => Self { top, right, bottom, left },
            _ => return None,
        })
    }

    fn attribute(self, name: &str) -> String {
        let Self { top, right, bottom, left } = self;
        if self == Self::default() {
            return String::new();
        }
        format!(" {name}=\"{top}px {right}px {bottom}px {left}px\"")
    }

    fn and(self, other: Self) -> Self {
        Self {
            top: self.top + other.top,
            right: self.right + other.right,
            bottom: self.bottom + other.bottom,
            left: self.left + other.left,
        }
    }
}

/// The attributes that an element itself has, as a component of words takes them, beyond those of [`Style`].
pub(super) fn own(element: &Element) -> String {
    let mut out = String::new();
    for (name, is_right) in [
        ("font-family", is_font as fn(&str) -> bool),
        ("font-style", is_word),
        ("font-weight", is_word),
        ("letter-spacing", is_length),
        ("text-decoration", is_word),
        ("text-transform", is_word),
    ] {
        out.push_str(&copied(element, name, name, is_right));
    }
    out.push_str(&copied(element, "background-color", "container-background-color", is_color));
    out.push_str(&around(element).attribute("padding"));
    out
}

/// Padding and margin together, for components that have padding alone.
fn around(element: &Element) -> Edges {
    let of = |name| Edges::of(element, name).unwrap_or_default();
    of("padding").and(of("margin"))
}

/// The attributes of a section, wrapper or column.
pub(super) fn frame(element: &Element) -> String {
    let padding = Edges::of(element, "padding").unwrap_or_default();
    let mut out = look(element);
    out.push_str(&padding.attribute("padding"));
    out
}

/// The same for a part of a block, which has the block's padding at the left and right alone.
pub(super) fn sides(element: &Element, padding: &Edges) -> String {
    let mut out = copied(element, "background-color", "background-color", is_color);
    out.push_str(&Edges { top: 0.0, bottom: 0.0, ..*padding }.attribute("padding"));
    out
}

fn look(element: &Element) -> String {
    let mut out = copied(element, "background-color", "background-color", is_color);
    out.push_str(&copied(element, "border-radius", "border-radius", is_length));
    out.push_str(&copied(element, "border", "border", is_border));
    out
}

/// The attributes of a button.
pub(super) fn button(element: &Element, style: &Style) -> String {
    let mut out = String::new();
    if let Some(href) = element.get("href") {
        let _ = write!(out, " href=\"{}\"", escaped(href));
    }
    for (name, is_right) in [
        ("align", is_align as fn(&str) -> bool),
        ("color", is_color),
        ("background-color", is_color),
        ("border", is_border),
        ("border-bottom", is_border),
        ("border-radius", is_length),
        ("font-family", is_font),
        ("font-size", is_length),
        ("font-style", is_word),
        ("font-weight", is_word),
        ("letter-spacing", is_length),
        ("line-height", is_length),
    ] {
        out.push_str(&copied(element, name, name, is_right));
    }
    if let (None, Some(align)) = (element.get("align"), &style.align) {
        let _ = write!(out, " align=\"{align}\"");
    }
    out.push_str(&Edges::of(element, "padding").unwrap_or_default().attribute("inner-padding"));
    out.push_str(&Edges::of(element, "margin").unwrap_or_default().attribute("padding"));
    out
}

/// The attributes of an image.
pub(super) fn image(element: &Element, style: &Style) -> String {
    let mut out = String::new();
    for name in ["src", "alt", "href"] {
        if let Some(value) = element.get(name) {
            let _ = write!(out, " {name}=\"{}\"", escaped(value));
        }
    }
    // MJML takes pixels alone here.
    if let Some(width) = element.get("width").and_then(pixels).filter(|width| *width > 0.0) {
        let _ = write!(out, " width=\"{width}px\"");
    }
    if let Some(align) = &style.align {
        let _ = write!(out, " align=\"{align}\"");
    }
    out.push_str(&around(element).attribute("padding"));
    out
}

/// The attributes of a line.
pub(super) fn divider(element: &Element) -> String {
    let mut out = copied(element, "background-color", "border-color", is_color);
    if out.is_empty() {
        out = copied(element, "color", "border-color", is_color);
    }
    let height = element.get("height").and_then(pixels).unwrap_or(1.0);
    let _ = write!(out, " border-width=\"{height}px\"");
    out.push_str(&around(element).attribute("padding"));
    out
}

/// An attribute under its name in MJML; empty if it is missing or not right.
fn copied(element: &Element, name: &str, as_name: &str, is_right: fn(&str) -> bool) -> String {
    let value = element.get(name).filter(|value| is_right(value));
    value.map(|value| format!(" {as_name}=\"{value}\"")).unwrap_or_default()
}

/// A value that can stand between double quotes.
pub(super) fn escaped(value: &str) -> String {
    value.replace('"', "&quot;").replace('<', "&lt;")
}

/// A length in pixels. A bare number counts as pixels.
fn pixels(text: &str) -> Option<f32> {
    let number = text.strip_suffix("px").unwrap_or(text);
    number.parse().ok().filter(|it: &f32| it.is_finite() && (0.0..=2000.0).contains(it))
}

/// Whether a text is one length or more, such as `24px`, `1.5` or `50%`.
pub(super) fn is_length(text: &str) -> bool {
    let is_one = |text: &str| {
        let number = ["px", "%", "em"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
        number.parse().is_ok_and(|it: f32| it.is_finite() && it.abs() <= 2000.0)
    };
    !text.is_empty() && text.split_whitespace().all(is_one)
}

/// Whether a text is a colour, or a variable of Handlebars.
pub(super) fn is_color(text: &str) -> bool {
    if text.starts_with("{{") && text.ends_with("}}") && !text.contains(['"', '<']) {
        return true;
    }
    !text.is_empty()
        && text.len() <= 40
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '#' | '(' | ')' | ',' | '.' | '%' | ' '))
}

fn is_align(text: &str) -> bool {
    ["left", "center", "right", "justify"].contains(&text)
}

fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_font(text: &str) -> bool {
    text.len() <= 200 && !text.contains(['"', '<', '>', '{', '}', '&', ';'])
}

fn is_border(text: &str) -> bool {
    text.len() <= 60 && text.split_whitespace().all(|part| is_length(part) || is_word(part) || is_color(part))
}
