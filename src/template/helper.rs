//! Helpers that templates may call besides Handlebars' own.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, JsonRender, Output, RenderContext, RenderErrorReason,
};

/// Adds ours, and takes away `log`, which would write values to the process's output.
pub(super) fn register(handlebars: &mut Handlebars<'static>) {
    handlebars.unregister_helper("log");
    handlebars.register_helper("spaced", Box::new(spaced));
}

/// `{{spaced otp_code}}`: a space between the characters, so that a screen reader spells them.
fn spaced(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).ok_or(RenderErrorReason::ParamNotFoundForIndex("spaced", 0))?;
    let text = value.value().render();
    let mut spaced = String::with_capacity(2 * text.len());
    for (index, c) in text.chars().enumerate() {
        if index > 0 {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    out.write(&registry.get_escape_fn()(&spaced))?;
    Ok(())
}
