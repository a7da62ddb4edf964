//! Helpers that templates may call besides Handlebars' own.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, JsonRender, Output, RenderContext, RenderErrorReason,
};

/// Adds ours, and takes away `log`, which would write values to the process's output.
pub(in crate::template) fn register(handlebars: &mut Handlebars<'static>) {
    handlebars.unregister_helper("log");
    handlebars.register_helper("spaced", Box::new(put_spaced));
    for (name, address) in CLERKS {
        let put = move |_: &Helper<'_>,
                        _: &Handlebars<'_>,
                        _: &Context,
                        _: &mut RenderContext<'_, '_>,
                        out: &mut dyn Output|
              -> HelperResult { out.write(address).map_err(Into::into) };
        handlebars.register_helper(name, Box::new(put));
    }
}

/// Every helper's name: Handlebars' own, and ours.
pub(in crate::template) fn exists(name: &str) -> bool {
    let own = [
        "if", "unless", "each", "with", "lookup", "raw", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and",
        "or", "not", "spaced", "t",
    ];
    own.contains(&name) || CLERKS.iter().any(|(helper, _)| *helper == name)
}

/// Helpers of Clerk's own template language that stand for an address. Where its logo is, Clerk does not say.
const CLERKS: [(&str, &str); 3] = [
    ("clerk_url", "https://clerk.com"),
    ("dashboard_url", "https://dashboard.clerk.com"),
    ("secured_by_clerk_logo_url", ""),
];

/// A space between the characters, so that a screen reader spells them.
pub(in crate::template) fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(2 * text.len());
    for (index, c) in text.chars().enumerate() {
        if index > 0 {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced
}

/// `{{spaced otp_code}}`
fn put_spaced(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("spaced", 0))?;
    out.write(&registry.get_escape_fn()(&spaced(&value.value().render())))?;
    Ok(())
}
