//! The attributes of MJML's components, by its documentation (<https://documentation.mjml.io>). MJML drops all others
//! without a word.

/// The four sides of a box, and the box itself.
const PADDING: &str = "padding padding-top padding-right padding-bottom padding-left";
const BORDER: &str = "border border-top border-right border-bottom border-left border-radius";
const FONT: &str = "color font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform";
const ICONS: &str = "icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url";
const BACKGROUND: &str = "background-color background-position background-position-x background-position-y background-repeat background-size background-url";
const LINK: &str = "href name rel target title";

/// What each component has, besides what all have.
const COMPONENTS: [(&str, &[&str]); 22] = [
    ("mj-accordion", &[PADDING, ICONS, "border container-background-color font-family"]),
    ("mj-accordion-element", &[ICONS, "background-color border font-family"]),
    ("mj-accordion-text", &[PADDING, FONT, "background-color"]),
    ("mj-accordion-title", &[PADDING, FONT, "background-color"]),
    ("mj-body", &["background-color id width"]),
    (
        "mj-button",
        &[
            PADDING,
            BORDER,
            FONT,
            LINK,
            "align background-color container-background-color height inner-padding text-align vertical-align width",
        ],
    ),
    (
        "mj-carousel",
        &[
            PADDING,
            "align background-color border-radius container-background-color icon-width left-icon right-icon tb-border tb-border-radius",
            "tb-hover-border-color tb-selected-border-color tb-width thumbnails",
        ],
    ),
    ("mj-carousel-image", &[LINK, "alt border-radius src tb-border tb-border-radius thumbnails-src"]),
    (
        "mj-column",
        &[
            PADDING,
            BORDER,
            "background-color direction inner-background-color inner-border inner-border-bottom inner-border-left",
            "inner-border-radius inner-border-right inner-border-top vertical-align width",
        ],
    ),
    (
        "mj-divider",
        &[PADDING, "align border-color border-style border-width container-background-color width"],
    ),
    ("mj-group", &["background-color direction vertical-align width"]),
    (
        "mj-hero",
        &[
            PADDING,
            BACKGROUND,
            "background-height background-width border-radius container-background-color height inner-background-color inner-padding",
            "inner-padding-top inner-padding-right inner-padding-bottom inner-padding-left mode vertical-align width",
        ],
    ),
    (
        "mj-image",
        &[
            PADDING,
            BORDER,
            LINK,
            "align alt container-background-color fluid-on-mobile font-size full-width height max-height sizes src srcset usemap width",
        ],
    ),
    (
        "mj-navbar",
        &[
            "align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height ico-open ico-padding",
            "ico-padding-top ico-padding-right ico-padding-bottom ico-padding-left ico-text-decoration ico-text-transform",
        ],
    ),
    ("mj-navbar-link", &[PADDING, FONT, LINK]),
    ("mj-section", &[PADDING, BORDER, BACKGROUND, "direction full-width text-align text-padding"]),
    (
        "mj-social",
        &[
            PADDING,
            FONT,
            "align border-radius container-background-color icon-height icon-padding icon-size inner-padding mode table-layout",
            "text-padding vertical-align",
        ],
    ),
    (
        "mj-social-element",
        &[
            PADDING,
            FONT,
            LINK,
            "align alt background-color border-radius icon-height icon-padding icon-position icon-size sizes src srcset text-padding",
            "vertical-align",
        ],
    ),
    ("mj-spacer", &[PADDING, "container-background-color height"]),
    (
        "mj-table",
        &[
            PADDING,
            FONT,
            "align border cellpadding cellspacing container-background-color role table-layout width",
        ],
    ),
    ("mj-text", &[PADDING, FONT, "align container-background-color height vertical-align"]),
    ("mj-wrapper", &[PADDING, BORDER, BACKGROUND, "direction full-width gap text-align text-padding"]),
];

/// The attributes that every component of these has.
const ALL: &str = "css-class mj-class";

/// The attributes of a component; `None` for a component that takes those of others, or has too few to misspell.
pub(super) fn of(component: &str) -> Option<impl Iterator<Item = &'static str>> {
    let (_, lists) = COMPONENTS.iter().find(|(name, _)| *name == component)?;
    Some(lists.iter().copied().chain([ALL]).flat_map(|list| list.split(' ')))
}
