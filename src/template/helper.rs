//! The helpers that templates may call, besides Handlebars' own.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, JsonRender, Output, RenderContext, RenderErrorReason,
};

/// Adds our helpers, and takes Handlebars' `log` away, which would write codes to the process's output.
pub(super) fn register(handlebars: &mut Handlebars<'static>) {
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

/// Whether there is a helper of this name, Handlebars' own or ours.
pub(super) fn exists(name: &str) -> bool {
    let own = [
        "if", "unless", "each", "with", "lookup", "raw", "len", "eq", "ne", "gt", "gte", "lt", "lte", "and",
        "or", "not", "spaced", "t",
    ];
    own.contains(&name) || CLERKS.iter().any(|(helper, _)| *helper == name)
}

/// Helpers of Clerk's own templates that stand for an address, so that templates copied from Clerk can be rendered. The
/// logo's address is empty, since Clerk doesn't say it.
const CLERKS: [(&str, &str); 3] = [
    ("clerk_url", "https://clerk.com"),
    ("dashboard_url", "https://dashboard.clerk.com"),
    ("secured_by_clerk_logo_url", ""),
];

/// The text with a space between its characters, so that a screen reader spells them.
pub(super) fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(2 * text.len());
    for (index, c) in text.chars().enumerate() {
        if index > 0 {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced
}

/// The helper `{{spaced otp_code}}`.
fn put_spaced(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    state: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("spaced", 0))?;
    let spaced = spaced(&value.value().render());
    // Handlebars escapes variables, but not what helpers write. Inside `(…)` it is a value, which is escaped later.
    out.write(&if state.is_disable_escape() { spaced } else { registry.get_escape_fn()(&spaced) })?;
    Ok(())
}
