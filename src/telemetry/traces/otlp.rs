//! Spans in the JSON encoding of OTLP (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids in
//! hexadecimal, 64-bit numbers as text, enums as numbers.

use serde_json::{Value as Json, json};

use super::span::{Span, Value};

/// The body of a request that carries these spans. `resource` says whose they are.
#[must_use]
pub fn encode(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let resource: Vec<_> =
        resource.iter().map(|(name, text)| attribute(name, &Value::Text(text.clone()))).collect();
    let spans: Vec<_> = spans.iter().map(span).collect();
    let scope = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    let body = json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        }]
    });
    // Strings and numbers can't fail to become JSON.
    serde_json::to_vec(&body).unwrap_or_default()
}

fn span(span: &Span) -> Json {
    let attributes: Vec<_> = span.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let mut json = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "name": span.name,
        "kind": span.kind as u8,
        "startTimeUnixNano": span.begun.to_string(),
        "endTimeUnixNano": span.ended.to_string(),
        "attributes": attributes,
        // Whether the parent is in another process (bits 8 and 9), beside the flag that the trace is recorded.
        "flags": if span.kind as u8 == 2 && span.parent.is_some() { 0x301 } else { 0x101 },
    });
    if let Some(object) = json.as_object_mut() {
        if let Some(parent) = span.parent {
            object.insert("parentSpanId".to_owned(), format!("{parent:016x}").into());
        }
        if span.failed {
            // STATUS_CODE_ERROR. What failed is among the attributes.
            object.insert("status".to_owned(), json!({ "code": 2 }));
        }
    }
    json
}

fn attribute(name: &str, value: &Value) -> Json {
    let value = match value {
        Value::Text(text) => json!({ "stringValue": text }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": name, "value": value })
}
