//! Whether the brand's colours stand out from each other.

use crate::template::{Brand, Contrast, contrasts};

/// A line with a verdict for each pair of colours that touch in a mail.
pub(super) fn lines(brand: &Brand) -> Vec<String> {
    let clerks = "colours   are taken from Clerk's events, since [brand] has no primary_color; a button's words become black or \
                  white where Clerk's colour for them could not be read";
    let clerks = brand.primary_color.is_none().then(|| clerks.to_owned());
    clerks.into_iter().chain(contrasts(brand).iter().map(line)).collect()
}

/// `colours   button on the dark card     3.9:1  fine (WCAG AA: 3:1)`
fn line(found: &Contrast) -> String {
    let Contrast { whose, what, ratio, needed } = found;
    let verdict = if found.is_enough() { "fine" } else { "too little" };
    let what = match *whose {
        "yours" => what.clone(),
        whose => format!("{what} ({whose})"),
    };
    format!("colours   {what:<35} {ratio:>5.1}:1  {verdict} (WCAG AA: {needed}:1)")
}
