//! Where traces go, by the variables that OpenTelemetry names for all programs
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>). Without an endpoint there are none.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::environment::Env;
use super::reader::Table;
use crate::secret::Secret;
use crate::telemetry::traces::settings::{Sampler, Settings};

/// A variable whose value can't be used: its name, what is wrong, and what to do.
type Unusable = (&'static str, &'static str, &'static str);

/// Reads the variables; `None` where they ask for no traces. One that can't be used is reported as a mistake, and its value
/// is not shown, since it may hold a key.
pub(super) fn traces(table: &Table<'_>) -> Option<Settings> {
    read(table.env()).unwrap_or_else(|(variable, problem, hint)| {
        table.mistake_in_environment(variable, problem, hint);
        None
    })
}

fn read(env: Env<'_>) -> Result<Option<Settings>, Unusable> {
    let is_off = value(env, "OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
        || value(env, "OTEL_TRACES_EXPORTER").is_some_and(|text| text == "none");
    let Some(url) = (if is_off { None } else { endpoint(env)? }) else { return Ok(None) };
    for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        let Some(protocol) = value(env, name) else { continue };
        if protocol == "grpc" {
            let hint =
                "name the collector's endpoint for OTLP over HTTP (usually port 4318), and set http/json";
            return Err((name, "is \"grpc\", and traces are sent by HTTP alone", hint));
        }
        // The variable for traces is the one that counts. A collector takes JSON where it takes protobuf.
        break;
    }
    Ok(Some(Settings {
        url,
        headers: headers(env)?,
        timeout: either(env, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT", 10_000)?,
        delay: milliseconds(env, "OTEL_BSP_SCHEDULE_DELAY")?.unwrap_or(Duration::from_secs(5)),
        sampler: sampler(env)?,
        resource: resource(env)?,
    }))
}

/// A variable's value. An empty one counts as unset.
fn value(env: Env<'_>, name: &str) -> Option<String> {
    env.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The URL that spans are posted to. The variable for traces is the whole URL, the one for all signals its beginning.
fn endpoint(env: Env<'_>) -> Result<Option<Secret>, Unusable> {
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let (name, url) = match (value(env, TRACES), value(env, ALL)) {
        (Some(url), _) => (TRACES, url),
        (None, Some(url)) => (ALL, format!("{}/v1/traces", url.trim_end_matches('/'))),
        (None, None) => return Ok(None),
    };
    let is_url = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_url {
        Ok(Some(Secret::new(url)))
    } else {
        Err((
            name,
            "is not the URL of a collector",
            "write http://HOST:4318, or https:// for one that is far away",
        ))
    }
}

/// The headers of both variables. Those for traces win.
fn headers(env: Env<'_>) -> Result<Vec<(String, Secret)>, Unusable> {
    let mut headers: Vec<(String, Secret)> = Vec::new();
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
        for (key, text) in pairs(env, name)? {
            let is_header =
                HeaderName::try_from(key.as_str()).is_ok() && HeaderValue::try_from(text.as_str()).is_ok();
            if !is_header {
                return Err((name, "holds something that is not a header", PAIRS));
            }
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&key));
            headers.push((key, Secret::new(text)));
        }
    }
    Ok(headers)
}

const PAIRS: &str = "write NAME=VALUE,NAME=VALUE; in a value, write % before the hexadecimal code of a comma or a percent sign";

/// A list of `name=value`, separated by commas. Values are percent-encoded.
fn pairs(env: Env<'_>, name: &'static str) -> Result<Vec<(String, String)>, Unusable> {
    let text = value(env, name).unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (key, text) = part.split_once('=')?;
        let text = percent_decode_str(text.trim()).decode_utf8().ok()?;
        Some((key.trim().to_owned(), text.into_owned()))
    };
    parts.map(|part| pair(part).ok_or((name, "is not a list of NAME=VALUE", PAIRS))).collect()
}

fn milliseconds(env: Env<'_>, name: &'static str) -> Result<Option<Duration>, Unusable> {
    let Some(text) = value(env, name) else { return Ok(None) };
    match text.parse() {
        Ok(millis @ 1..=600_000) => Ok(Some(Duration::from_millis(millis))),
        _ => Err((name, "is not a number of milliseconds", "write a whole number from 1 to 600000")),
    }
}

fn either(env: Env<'_>, own: &'static str, all: &'static str, usual: u64) -> Result<Duration, Unusable> {
    let set = milliseconds(env, own)?.map_or_else(|| milliseconds(env, all), |own| Ok(Some(own)))?;
    Ok(set.unwrap_or(Duration::from_millis(usual)))
}

fn sampler(env: Env<'_>) -> Result<Sampler, Unusable> {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    const SHARE: &str = "OTEL_TRACES_SAMPLER_ARG";
    let name = value(env, NAME).unwrap_or_else(|| "parentbased_always_on".to_owned());
    let (by_parent, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, name.as_str()),
    };
    let share = match root {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => {
            let share = value(env, SHARE).map_or(Some(1.0), |text| text.parse().ok());
            let hint = "write the share of requests that are traced, from 0 to 1, such as 0.1";
            share.filter(|share| (0.0..=1.0).contains(share)).ok_or((SHARE, "is not a share", hint))?
        }
        _ => {
            let hint = "write always_on, always_off or traceidratio, with or without parentbased_ before it";
            return Err((NAME, "is not a sampler that this service has", hint));
        }
    };
    Ok(Sampler { share, by_parent })
}

/// What the spans say of this process. `OTEL_SERVICE_NAME` wins over the attribute of that name.
fn resource(env: Env<'_>) -> Result<Vec<(String, String)>, Unusable> {
    let mut resource = pairs(env, "OTEL_RESOURCE_ATTRIBUTES")?;
    if let Some(name) = value(env, "OTEL_SERVICE_NAME") {
        resource.retain(|(key, _)| key != "service.name");
        resource.insert(0, ("service.name".to_owned(), name));
    }
    for (key, text) in
        [("service.name", env!("CARGO_PKG_NAME")), ("service.version", env!("CARGO_PKG_VERSION"))]
    {
        if !resource.iter().any(|(known, _)| known == key) {
            resource.push((key.to_owned(), text.to_owned()));
        }
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Option<Settings>, Unusable> {
        read(&|name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, text)| (*text).to_owned()))
    }

    const URL: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318/");

    #[test]
    fn the_standard_variables_say_where_traces_go() {
        let settings = of(&[URL]).unwrap().unwrap();
        assert_eq!(settings.url.reveal(), "http://otel:4318/v1/traces");
        assert_eq!((settings.timeout.as_secs(), settings.delay.as_secs()), (10, 5));
        assert_eq!(settings.sampler, Sampler { share: 1.0, by_parent: true });
        assert_eq!(settings.resource[0], ("service.name".to_owned(), "clerk-courier".to_owned()));
        let settings = of(&[
            URL,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/key/v1/traces"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%2Cb, x-team=red"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "X-Key=c"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment.name=staging"),
            ("OTEL_SERVICE_NAME", "codes"),
        ])
        .unwrap()
        .unwrap();
        assert_eq!(settings.url.reveal(), "https://collector.example/key/v1/traces");
        let headers: Vec<_> =
            settings.headers.iter().map(|(key, text)| (key.as_str(), text.reveal())).collect();
        assert_eq!(headers, [("x-team", "red"), ("X-Key", "c")]);
        assert_eq!(settings.timeout.as_millis(), 2500);
        assert_eq!(settings.sampler, Sampler { share: 0.25, by_parent: false });
        let resource: Vec<_> = settings.resource.iter().map(|(key, text)| format!("{key}={text}")).collect();
        assert_eq!(resource[..2], ["service.name=codes", "deployment.environment.name=staging"]);
    }

    #[test]
    fn without_an_endpoint_there_are_none() {
        assert!(of(&[]).unwrap().is_none());
        assert!(of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).unwrap().is_none());
        assert!(of(&[URL, ("OTEL_SDK_DISABLED", "true")]).unwrap().is_none());
        assert!(of(&[URL, ("OTEL_TRACES_EXPORTER", "none")]).unwrap().is_none());
    }

    #[test]
    fn a_variable_that_can_not_be_used_is_named() {
        for (name, text) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel:4318"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://otel:4317"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x y=1"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_BSP_SCHEDULE_DELAY", "0"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team"),
        ] {
            // The first of two settings of one variable counts, so that these replace the usual endpoint.
            assert_eq!(of(&[(name, text), URL]).unwrap_err().0, name, "{text}");
        }
        let share =
            [URL, ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")];
        assert_eq!(of(&share).unwrap_err().0, "OTEL_TRACES_SAMPLER_ARG");
        // Protobuf is the usual value of this variable, and whoever takes it takes JSON too.
        assert!(of(&[URL, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]).unwrap().is_some());
    }
}
