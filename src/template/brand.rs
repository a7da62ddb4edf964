//! The brand's own name, logo and colours.

use super::zone::Zone;
use crate::message::sms::Ending;

/// What stands for the year of a mail in [`Brand::footer`].
pub const CURRENT_YEAR: &str = "{{current_year}}";

/// The name, logo and colours of the application in its messages. A field that is `None` is taken from what the event
/// says of the application, which Clerk's dashboard knows.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// The application's name, for subjects, headings and SMS.
    pub name: Option<String>,
    /// The http(s) URL of the logo.
    pub logo_url: Option<String>,
    /// The http(s) URL of the logo for readers whose mail client is dark.
    pub logo_dark_url: Option<String>,
    /// The http(s) URL of the application itself.
    pub url: Option<String>,
    /// The colour of buttons and links, as `#rrggbb`.
    pub primary_color: Option<String>,
    /// The colour of the words on a button, as `#rrggbb`.
    pub button_text_color: Option<String>,
    /// The address at which readers get help.
    pub support_email: Option<String>,
    /// The last line of every mail, such as a postal address; [`CURRENT_YEAR`] in it stands for the year.
    pub footer: Option<String>,
    /// The time zone of the times in mails; UTC by default.
    pub time_zone: Zone,
    /// The last line of every SMS with a code, by which a phone knows the application and fills the code in; `None`: no such
    /// line.
    pub ending: Option<Ending>,
}
