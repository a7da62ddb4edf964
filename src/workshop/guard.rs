//! Refuses everybody but this machine's own browser.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Answers 403 to requests that don't come from the workshop's own pages, and forbids caching of those that do.
pub(super) async fn this_machine_only(
    State(address): State<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // Messages hold codes and links. The address of the caller proves nothing: a tunnel connects from loopback, and so
    // does the browser of somebody who visits a hostile page. But both name another host in their headers.
    if !is_local(request.method(), request.headers(), address) {
        let reason = "The workshop answers only to a browser on this machine: open it as http://127.0.0.1 or http://localhost.\n";
        return (StatusCode::FORBIDDEN, reason).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: a browser would then send `Origin: null` with our own forms too, and they would be refused.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether the `Host` and `Origin` headers name the workshop itself, which listens at `address` on loopback.
///
/// `Origin` may be missing from requests that only read, since browsers leave it out there.
fn is_local(method: &Method, headers: &HeaderMap, address: SocketAddr) -> bool {
    let with_port = |name: &str| format!("{name}:{}", address.port());
    let mut names =
        vec![address.to_string(), with_port("127.0.0.1"), with_port("localhost"), with_port("[::1]")];
    if address.port() == 80 {
        // Browsers leave out the default port of http.
        names.extend(names.clone().iter().filter_map(|name| name.strip_suffix(":80")).map(str::to_owned));
    }
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let host = text(header::HOST).is_some_and(|host| names.iter().any(|name| name == host));
    let origin = match text(header::ORIGIN).map(|origin| origin.strip_prefix("http://")) {
        Some(origin) => origin.is_some_and(|origin| names.iter().any(|name| name == origin)),
        None => method.is_safe(),
    };
    host && origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_browser_is_let_in() {
        let judge = |method: Method, host: Option<&'static str>, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            host.map(|host| headers.insert(header::HOST, HeaderValue::from_static(host)));
            origin.map(|origin| headers.insert(header::ORIGIN, HeaderValue::from_static(origin)));
            is_local(&method, &headers, SocketAddr::from(([127, 0, 0, 1], 8081)))
        };
        assert!(judge(Method::GET, Some("127.0.0.1:8081"), None));
        assert!(judge(Method::GET, Some("[::1]:8081"), None));
        for method in [Method::GET, Method::POST] {
            assert!(judge(method.clone(), Some("localhost:8081"), Some("http://localhost:8081")));
            for (host, origin) in [
                (None, None),
                (Some("abc.tunnel.example"), None),
                (Some("127.0.0.1"), None),
                (Some("localhost:8080"), None),
                (Some("127.0.0.1:8081.evil.example"), None),
                (Some("127.0.0.1:8081"), Some("https://evil.example")),
                (Some("127.0.0.1:8081"), Some("null")),
            ] {
                assert!(!judge(method.clone(), host, origin), "{method} {host:?} {origin:?}");
            }
        }
        assert!(!judge(Method::POST, Some("127.0.0.1:8081"), None), "whose request is it?");
    }

    #[test]
    fn the_address_that_the_workshop_listens_on_is_let_in() {
        for address in ["127.0.0.2:8081", "127.1.2.3:80", "[::1]:8081"] {
            let let_in = |host: &str, listens: &str| {
                let headers = [(header::HOST, HeaderValue::from_str(host).unwrap())].into_iter().collect();
                is_local(&Method::GET, &headers, listens.parse().unwrap())
            };
            assert!(let_in(address, address), "{address}");
            assert!(!let_in("127.0.0.9:8081", address), "{address}");
            assert_eq!(let_in("127.1.2.3", address), address == "127.1.2.3:80");
        }
    }
}
