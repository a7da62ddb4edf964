//! All calling codes (ITU-T E.164) with their main country. The tests compare this table with libphonenumber's metadata.

/// A calling code, the digits that follow the `+` of an international number.
#[derive(Debug)]
pub(super) struct CallingCode {
    code: u16,
    /// The country that has the code, or the main one of several, as ISO 3166 alpha-2; `None` for a code that belongs to no
    /// country.
    pub(super) main_region: Option<&'static str>,
    /// First digits of a national number that only the metadata can judge: they may be a trunk prefix or a carrier code,
    /// which international numbers don't have. Each character is one such digit.
    pub(super) trunk: &'static str,
    /// Whether several countries share the code, so that only the metadata can tell whose number it is.
    pub(super) is_shared: bool,
}

impl CallingCode {
    /// The code as a number, such as 44.
    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// Splits the digits of an international number into its calling code and the rest; `None` where no code matches. No
    /// code is the beginning of another, so the first match is the only one.
    pub(super) fn split(digits: &str) -> Option<(&'static Self, &str)> {
        if digits.starts_with('0') {
            return None;
        }
        (1..=3).find_map(|length| {
            let (code, national) = digits.split_at_checked(length)?;
            let code: u16 = code.parse().ok()?;
            let index = CALLING_CODES.binary_search_by_key(&code, |entry| entry.code).ok()?;
            Some((CALLING_CODES.get(index)?, national))
        })
    }
}

/// A code that one country has.
const fn of(code: u16, region: &'static str, trunk: &'static str) -> CallingCode {
    CallingCode { code, main_region: Some(region), trunk, is_shared: false }
}

/// A code that several countries share; `region` is the main one.
const fn shared(code: u16, region: &'static str, trunk: &'static str) -> CallingCode {
    CallingCode { code, main_region: Some(region), trunk, is_shared: true }
}

/// A code that belongs to no country, such as +800 for free-phone numbers.
const fn global(code: u16) -> CallingCode {
    CallingCode { code, main_region: None, trunk: "", is_shared: false }
}

/// In ascending order of their codes, for the binary search in [`CallingCode::split`].
static CALLING_CODES: [CallingCode; 215] = [
    shared(1, "US", "1"),
    shared(7, "RU", "8"),
    of(20, "EG", "0"),
    of(27, "ZA", "0"),
    of(30, "GR", ""),
    of(31, "NL", "0"),
    of(32, "BE", "0"),
    of(33, "FR", "0"),
    of(34, "ES", ""),
    of(36, "HU", "0"),
    shared(39, "IT", ""),
    of(40, "RO", "0"),
    of(41, "CH", "0"),
    of(43, "AT", "0"),
    shared(44, "GB", "01"),
    of(45, "DK", ""),
    of(46, "SE", "0"),
    shared(47, "NO", ""),
    of(48, "PL", ""),
    of(49, "DE", "0"),
    of(51, "PE", "0"),
    of(52, "MX", ""),
    of(53, "CU", "0"),
    of(54, "AR", "0123456789"),
    of(55, "BR", "09"),
    of(56, "CL", ""),
    of(57, "CO", "0"),
    of(58, "VE", "0"),
    of(60, "MY", "0"),
    shared(61, "AU", "0159"),
    of(62, "ID", "0"),
    of(63, "PH", "0"),
    of(64, "NZ", "0"),
    of(65, "SG", ""),
    of(66, "TH", "0"),
    of(81, "JP", "0"),
    of(82, "KR", "0"),
    of(84, "VN", "0"),
    of(86, "CN", "01"),
    of(90, "TR", "0"),
    of(91, "IN", "0"),
    of(92, "PK", "0"),
    of(93, "AF", "0"),
    of(94, "LK", "0"),
    of(95, "MM", "0"),
    of(98, "IR", "0"),
    of(211, "SS", "0"),
    shared(212, "MA", "0"),
    of(213, "DZ", "0"),
    of(216, "TN", ""),
    of(218, "LY", "0"),
    of(220, "GM", ""),
    of(221, "SN", ""),
    of(222, "MR", ""),
    of(223, "ML", ""),
    of(224, "GN", ""),
    of(225, "CI", ""),
    of(226, "BF", ""),
    of(227, "NE", ""),
    of(228, "TG", ""),
    of(229, "BJ", ""),
    of(230, "MU", ""),
    of(231, "LR", "0"),
    of(232, "SL", "0"),
    of(233, "GH", "0"),
    of(234, "NG", "0"),
    of(235, "TD", ""),
    of(236, "CF", ""),
    of(237, "CM", ""),
    of(238, "CV", ""),
    of(239, "ST", ""),
    of(240, "GQ", ""),
    of(241, "GA", "0"),
    of(242, "CG", ""),
    of(243, "CD", "0"),
    of(244, "AO", ""),
    of(245, "GW", ""),
    of(246, "IO", ""),
    of(247, "AC", ""),
    of(248, "SC", ""),
    of(249, "SD", "0"),
    of(250, "RW", "0"),
    of(251, "ET", "0"),
    of(252, "SO", "0"),
    of(253, "DJ", ""),
    of(254, "KE", "0"),
    of(255, "TZ", "0"),
    of(256, "UG", "0"),
    of(257, "BI", ""),
    of(258, "MZ", ""),
    of(260, "ZM", "0"),
    of(261, "MG", "0"),
    shared(262, "RE", "0"),
    of(263, "ZW", "0"),
    of(264, "NA", "0"),
    of(265, "MW", "0"),
    of(266, "LS", ""),
    of(267, "BW", ""),
    of(268, "SZ", ""),
    of(269, "KM", ""),
    shared(290, "SH", ""),
    of(291, "ER", "0"),
    of(297, "AW", ""),
    of(298, "FO", "1"),
    of(299, "GL", ""),
    of(350, "GI", ""),
    of(351, "PT", ""),
    of(352, "LU", "1"),
    of(353, "IE", "0"),
    of(354, "IS", ""),
    of(355, "AL", "0"),
    of(356, "MT", ""),
    of(357, "CY", ""),
    shared(358, "FI", "0"),
    of(359, "BG", "0"),
    of(370, "LT", "08"),
    of(371, "LV", ""),
    of(372, "EE", ""),
    of(373, "MD", "0"),
    of(374, "AM", "0"),
    of(375, "BY", "08"),
    of(376, "AD", ""),
    of(377, "MC", "0"),
    of(378, "SM", ""),
    of(380, "UA", "0"),
    of(381, "RS", "0"),
    of(382, "ME", "0"),
    of(383, "XK", "0"),
    of(385, "HR", "0"),
    of(386, "SI", "0"),
    of(387, "BA", "0"),
    of(389, "MK", "0"),
    of(420, "CZ", ""),
    of(421, "SK", "0"),
    of(423, "LI", "01"),
    of(500, "FK", ""),
    of(501, "BZ", ""),
    of(502, "GT", ""),
    of(503, "SV", ""),
    of(504, "HN", ""),
    of(505, "NI", ""),
    of(506, "CR", "1"),
    of(507, "PA", ""),
    of(508, "PM", "0"),
    of(509, "HT", ""),
    shared(590, "GP", "0"),
    of(591, "BO", "0"),
    of(592, "GY", ""),
    of(593, "EC", "0"),
    of(594, "GF", "0"),
    of(595, "PY", "0"),
    of(596, "MQ", "0"),
    of(597, "SR", ""),
    of(598, "UY", "0"),
    shared(599, "CW", ""),
    of(670, "TL", ""),
    of(672, "NF", ""),
    of(673, "BN", ""),
    of(674, "NR", ""),
    of(675, "PG", ""),
    of(676, "TO", ""),
    of(677, "SB", ""),
    of(678, "VU", ""),
    of(679, "FJ", ""),
    of(680, "PW", ""),
    of(681, "WF", ""),
    of(682, "CK", ""),
    of(683, "NU", ""),
    of(685, "WS", ""),
    of(686, "KI", "0"),
    of(687, "NC", ""),
    of(688, "TV", ""),
    of(689, "PF", ""),
    of(690, "TK", ""),
    of(691, "FM", ""),
    of(692, "MH", "1"),
    global(800),
    global(808),
    of(850, "KP", "0"),
    of(852, "HK", ""),
    of(853, "MO", ""),
    of(855, "KH", "0"),
    of(856, "LA", "0"),
    global(870),
    global(878),
    of(880, "BD", "0"),
    global(881),
    global(882),
    global(883),
    of(886, "TW", "0"),
    global(888),
    of(960, "MV", ""),
    of(961, "LB", "0"),
    of(962, "JO", "0"),
    of(963, "SY", "0"),
    of(964, "IQ", "0"),
    of(965, "KW", ""),
    of(966, "SA", "0"),
    of(967, "YE", "0"),
    of(968, "OM", ""),
    of(970, "PS", "0"),
    of(971, "AE", "0"),
    of(972, "IL", "0"),
    of(973, "BH", ""),
    of(974, "QA", ""),
    of(975, "BT", ""),
    of(976, "MN", "0"),
    of(977, "NP", "0"),
    global(979),
    of(992, "TJ", ""),
    of(993, "TM", "8"),
    of(994, "AZ", "0"),
    of(995, "GE", "0"),
    of(996, "KG", "0"),
    of(998, "UZ", ""),
];

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (u16, &'static CallingCode)> {
    CALLING_CODES.iter().map(|entry| (entry.code, entry))
}
