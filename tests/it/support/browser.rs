//! Debian's Chromium, driven over W3C `WebDriver` by a chromedriver of the test's own.
//!
//! Every function fails the test with what the browser said and what the page showed. Elements are awaited: a page may
//! still be making them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clerk_courier::delivery::http;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::command::patient;
use super::courier::PATIENCE;

/// The Tab key, for [`Browser::press`] (W3C `WebDriver`, 17.4.2).
pub(crate) const TAB: &str = "\u{e004}";
/// The Enter key.
pub(crate) const ENTER: &str = "\u{e007}";

/// What `WebDriver` calls an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window, and a profile of its own; gone when dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    /// `http://127.0.0.1:port/session/id`
    session: String,
    client: Client,
    /// Everything that Chromium writes.
    _dir: TempDir,
}

/// An element of the page, as long as it is there.
pub(crate) struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Starts without a window to look at, with a page of this many CSS pixels.
    pub(crate) async fn start(width: u32, height: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (driver, port) = launch(dir.path());
        let client = http::client(PATIENCE).unwrap();
        let session = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { driver, port, session, client, _dir: dir };
        let limit = u64::try_from(PATIENCE.as_millis()).unwrap();
        let arguments = [
            "--headless=new",
            // Chromium's sandbox does not work as root, nor in most containers, whose /dev/shm is too small as well.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            // It ends with chromedriver, whatever becomes of that.
            "--remote-debugging-pipe",
            "--force-color-profile=srgb",
            "--hide-scrollbars",
            // Mails have pictures at their sender's: nobody is asked for them.
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            &format!("--window-size={width},{height}"),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "implicit": limit, "pageLoad": limit, "script": limit },
            "goog:chromeOptions": { "args": arguments },
        }}});
        let made = browser.send(Method::POST, "", &wanted).await.expect("Chromium starts");
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().unwrap());
        browser
    }

    /// Goes to an address, and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// The first element that a CSS selector finds.
    pub(crate) async fn find(&self, css: &str) -> Element<'_> {
        let found = self.post("/element", &json!({ "using": "css selector", "value": css })).await;
        Element { browser: self, id: found[ELEMENT].as_str().unwrap().to_owned() }
    }

    /// What a JavaScript function body returns; `arguments` are as many as are given here.
    pub(crate) async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments })).await
    }

    /// Until a JavaScript expression is true, on this page or on one that takes its place.
    pub(crate) async fn wait_until(&self, condition: &str) {
        self.wait_for(&format!("Boolean({condition})")).await;
    }

    /// What a JavaScript expression is once it is neither null, false nor empty, on this page or on one that takes its
    /// place: the value is one of a single moment, so nothing can change between the look and the answer.
    pub(crate) async fn wait_for(&self, expression: &str) -> Value {
        let script = json!({ "script": format!("return ({expression}) || null"), "args": [] });
        let mut last = Ok(Value::Null);
        let holds = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                last = self.send(Method::POST, "/execute/sync", &script).await;
                if let Ok(value) = &last
                    && !value.is_null()
                {
                    return value.clone();
                }
            }
        };
        match tokio::time::timeout(PATIENCE, holds).await {
            Ok(value) => value,
            Err(_) => self.fail(&format!("this does not become true: {expression} ({last:?})")).await,
        }
    }

    /// The text of the first element that a CSS selector finds, as it is shown, once there is any.
    pub(crate) async fn text(&self, css: &str) -> String {
        let text = self.wait_for(&format!("document.querySelector({})?.innerText", json!(css))).await;
        text.as_str().unwrap().to_owned()
    }

    /// Presses keys one after the other, where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post("/actions", &json!({ "actions": [keyboard] })).await;
    }

    /// Everything after this is about the document in a frame, until [`Browser::leave_frames`].
    pub(crate) async fn enter_frame(&self, css: &str) {
        let frame = self.find(css).await.id;
        self.post("/frame", &json!({ "id": { ELEMENT: frame } })).await;
    }

    /// Back to the page.
    pub(crate) async fn leave_frames(&self) {
        self.post("/frame", &json!({ "id": null })).await;
    }

    /// Whether pages are told that the reader prefers dark.
    pub(crate) async fn prefer_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.command("Emulation.setEmulatedMedia", &json!({ "features": features })).await;
    }

    /// Makes the window a phone's, of this many CSS pixels.
    pub(crate) async fn be_a_phone(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", &params).await;
    }

    /// Lets pages read and write the clipboard, which a person would be asked for.
    pub(crate) async fn allow_the_clipboard(&self) {
        let params = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.command("Browser.grantPermissions", &params).await;
    }

    /// How many windows and tabs there are.
    pub(crate) async fn windows(&self) -> usize {
        let handles = self.send(Method::GET, "/window/handles", &Value::Null).await.expect("handles");
        handles.as_array().map_or(0, Vec::len)
    }

    /// Finds an element and clicks it; once more if the page put a new one in its place in between, as it does when a
    /// rendering comes.
    pub(crate) async fn click_on(&self, css: &str) {
        loop {
            let element = self.find(css).await;
            match self.send(Method::POST, &format!("/element/{}/click", element.id), &json!({})).await {
                Ok(_) => return,
                Err(error) if error.contains("stale element") => {}
                Err(error) => self.fail(&format!("{css}: {error}")).await,
            }
        }
    }

    /// Presses Tab until the focus is on what a CSS selector finds, as somebody without a mouse does.
    pub(crate) async fn tab_to(&self, css: &str) {
        let script = format!("return Boolean(document.activeElement?.matches({}))", json!(css));
        for _ in 0..120 {
            if self.run(&script, &[]).await == true {
                return;
            }
            self.press(TAB).await;
        }
        self.fail(&format!("the keyboard does not reach {css}")).await;
    }

    /// A command of Chromium's own (`DevTools` protocol).
    async fn command(&self, name: &str, params: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": params })).await;
    }

    /// Writes what the window shows as PNG.
    pub(crate) async fn screenshot(&self, file: &Path) {
        let picture = self.send(Method::GET, "/screenshot", &Value::Null).await.expect("a picture");
        std::fs::write(file, STANDARD.decode(picture.as_str().unwrap()).unwrap()).unwrap();
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        match self.send(Method::POST, path, body).await {
            Ok(value) => value,
            Err(error) => self.fail(&format!("{path} {body}: {error}")).await,
        }
    }

    /// Fails the test with the page.
    async fn fail(&self, reason: &str) -> ! {
        let script = "return `${location}\n${document.documentElement.innerText}`";
        let script = json!({ "script": script, "args": [] });
        let page = self.send(Method::POST, "/execute/sync", &script).await;
        let page = page.map_or_else(|error| error, |page| page.as_str().unwrap_or_default().to_owned());
        panic!("{reason}\n--- the page:\n{page}")
    }

    /// One command of the session: its value, or what kept it from being done.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.timeout(2 * PATIENCE).send().await.map_err(|error| error.to_string())?;
        let fine = response.status().is_success();
        let answer = response.bytes().await.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        if fine { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
    }
}

impl Element<'_> {
    /// An attribute as it stands in the document.
    pub(crate) async fn attribute(&self, name: &str) -> Option<String> {
        let value = self.evaluate("return arguments[0].getAttribute(arguments[1])", name).await;
        value.as_str().map(str::to_owned)
    }

    /// A property of the DOM, such as `value` or `checked`.
    pub(crate) async fn property(&self, name: &str) -> Value {
        self.evaluate("return arguments[0][arguments[1]]", name).await
    }

    /// Clicks in the middle of it, which has to be visible and not covered. On an `<option>`: chooses it.
    pub(crate) async fn click(&self) {
        self.post("/click", &json!({})).await;
    }

    /// Replaces what is in a field, key by key.
    pub(crate) async fn fill(&self, text: &str) {
        self.post("/clear", &json!({})).await;
        self.post("/value", &json!({ "text": text })).await;
    }

    async fn evaluate(&self, script: &str, name: &str) -> Value {
        self.browser.run(script, &[json!({ ELEMENT: self.id }), name.into()]).await
    }

    async fn post(&self, path: &str, body: &Value) {
        self.browser.post(&format!("/element/{}{path}", self.id), body).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // chromedriver ends Chromium first; without an answer, Chromium ends by itself.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ =
                stream.write_all(b"GET /shutdown HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts chromedriver on a port of its own choosing; all files go to `dir`.
fn launch(dir: &Path) -> (Child, u16) {
    let mut driver = patient("chromedriver")
        .arg("--port=0")
        .envs([("HOME", dir), ("TMPDIR", dir)])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = |line: String| {
        line.strip_prefix("ChromeDriver was started successfully on port ")?
            .trim_end_matches('.')
            .parse()
            .ok()
    };
    let port =
        lines.into_iter().find_map(port).expect("chromedriver, which ./test.sh installs, says its port");
    (driver, port)
}
