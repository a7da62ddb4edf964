//! The HTTP proxies that the environment names, as curl and other programs read them: `HTTPS_PROXY`, `HTTP_PROXY`,
//! `ALL_PROXY` and `NO_PROXY`. Each may also be written in lower case, which wins over upper case.

use url::Url;

use super::environment::Env;
use super::reader::Table;
use crate::delivery::proxy::Proxies;

/// The name of a variable whose value can't be used as a proxy. The value may hold a password, and is not shown.
#[derive(Debug, PartialEq, Eq)]
struct Unusable(String);

/// Reads the variables. One that can't be used is reported as a mistake where proxies are `needed`, since requests that go
/// around a proxy would hang or leave by a way that nobody wanted. Otherwise it counts as unset.
pub(super) fn proxies(table: &Table<'_>, needed: bool) -> Proxies {
    read(table.env()).unwrap_or_else(|Unusable(variable)| {
        if needed {
            table.mistake_in_environment(
                &variable,
                "is not the URL of an HTTP proxy",
                "write http://HOST:PORT, with USER:PASSWORD@ before the host if the proxy asks for them; SOCKS is not \
                 supported; NO_PROXY lists the hosts that are reached directly, or `*` for all hosts",
            );
        }
        Proxies::default()
    })
}

/// The proxies of an environment.
///
/// # Errors
/// The name of the first variable that can't be used.
fn read(env: Env<'_>) -> Result<Proxies, Unusable> {
    let except = value(env, "no_proxy").map(|(_, text)| text).unwrap_or_default();
    if except.trim() == "*" {
        return Ok(Proxies::default());
    }
    let all = || value(env, "all_proxy");
    let https = value(env, "https_proxy").or_else(all).map(proxy).transpose()?;
    let http = value(env, "http_proxy").or_else(all).map(proxy).transpose()?;
    Ok(Proxies { https, http, except })
}

/// A variable by its lower-case name, or else by the same name in upper case: the name that was found, and its value. An
/// empty value counts as unset.
fn value(env: Env<'_>, name: &str) -> Option<(String, String)> {
    // Lower case takes precedence, as in curl (<https://curl.se/docs/manpage.html>, Environment).
    [name.to_owned(), name.to_uppercase()]
        .into_iter()
        .find_map(|name| env.get(&name).filter(|text| !text.trim().is_empty()).map(|text| (name, text)))
}

/// The proxy's URL from a variable's name and value. A value without `://` is HOST:PORT of an `http` proxy.
fn proxy((variable, text): (String, String)) -> Result<Url, Unusable> {
    let text = text.trim();
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or(Unusable(variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<(Option<String>, Option<String>, String), Unusable> {
        let env = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        let proxies = read(&env)?;
        let text = |url: Option<Url>| url.map(|url| url.to_string());
        Ok((text(proxies.https), text(proxies.http), proxies.except))
    }

    #[test]
    fn the_usual_variables_are_read_in_the_usual_order() {
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>, &'a str);
        let table: [Case<'_>; 6] = [
            (&[], None, None, ""),
            (&[("HTTPS_PROXY", "http://proxy.example:3128")], Some("http://proxy.example:3128/"), None, ""),
            (
                &[("ALL_PROXY", "proxy.example:3128"), ("http_proxy", "https://u:p%40@other.example")],
                Some("http://proxy.example:3128/"),
                Some("https://u:p%40@other.example/"),
                "",
            ),
            (
                &[("https_proxy", "http://lower.example"), ("HTTPS_PROXY", "http://upper.example")],
                Some("http://lower.example/"),
                None,
                "",
            ),
            (&[("HTTPS_PROXY", " "), ("NO_PROXY", "acme.example")], None, None, "acme.example"),
            (&[("HTTPS_PROXY", "socks5://proxy.example"), ("no_proxy", "*")], None, None, ""),
        ];
        for (variables, https, http, except) in table {
            let expected = (https.map(str::to_owned), http.map(str::to_owned), except.to_owned());
            assert_eq!(of(variables), Ok(expected), "{variables:?}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_a_mistake_of_its_variable() {
        for text in ["socks5://proxy.example:1080", "http://", "http://proxy example", "//"] {
            assert_eq!(of(&[("ALL_PROXY", text)]), Err(Unusable("ALL_PROXY".to_owned())), "{text}");
        }
    }
}
