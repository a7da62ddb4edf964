//! Rules, dashboard and pages of `docs/operations`: each rule fires and is calm, names only metrics that exist, and has its
//! part of the page. Some are fired by the real Prometheus, at the real service under faults.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clerk_courier::telemetry::metrics::{
    Acceptances, Attempts, Build, ByLimit, ByProvider, ByTemplate, Metrics, Outcomes,
};
use regex::Regex;
use serde_json::Value;

use crate::support::courier::{Courier, config, get, post_raw};
use crate::support::scene::{Closed, code, email, smtp, to};

fn operations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(operations().join(name)).unwrap()
}

/// The expressions of the dashboard, as Prometheus would be asked them.
fn asked() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let targets = dashboard["panels"].as_array().unwrap().iter();
    let targets = targets.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let marks = dashboard["annotations"]["list"].as_array().unwrap().iter().cloned();
    let expression = |it: Value| it["expr"].as_str().unwrap().to_owned();
    let asked: Vec<_> = targets.chain(marks).map(expression).collect();
    assert!(asked.len() > 25, "{}", asked.len());
    asked.iter().map(|text| text.replace("$__rate_interval", "5m").replace("$job", ".+")).collect()
}

/// The names of our metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\bclerk_courier_[a-z_]+").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

fn alerts() -> Vec<String> {
    let alert = Regex::new(r"(?m)^ *- alert: (\w+)").unwrap();
    alert.captures_iter(&read("rules.yml")).map(|found| found[1].to_owned()).collect()
}

/// The names of all samples that `/metrics` can print.
fn exist() -> BTreeSet<String> {
    let metrics = Metrics::new(Duration::ZERO);
    let provider = || "main".to_owned();
    // A family prints nothing before it has a sample.
    drop(metrics.outcomes.get_or_create(&Outcomes {
        outcome: "accepted",
        reason: "",
        channel: "email",
        slug: String::new(),
        provider: provider(),
    }));
    drop(metrics.attempt_seconds.get_or_create(&Attempts { provider: provider(), verdict: "accepted" }));
    drop(metrics.event_age_seconds.get_or_create(&Acceptances { channel: "email", provider: provider() }));
    drop(metrics.template_failures.get_or_create(&ByTemplate { channel: "email", slug: String::new() }));
    drop(metrics.sms_limited.get_or_create(&ByLimit { limit: "per_prefix", mode: "enforce" }));
    drop(metrics.build.get_or_create(&Build { version: "1", ledger: "sqlite" }));
    for family in [&metrics.connections, &metrics.provider_up] {
        drop(family.get_or_create(&ByProvider { provider: provider() }));
    }
    drop(metrics.fallbacks.get_or_create(&ByProvider { provider: provider() }));
    let mut names = BTreeSet::new();
    for line in metrics.text().lines() {
        let words: Vec<_> = line.split(' ').collect();
        let ["#", "TYPE", name, kind] = words[..] else { continue };
        match kind {
            "counter" => names.extend([format!("{name}_total")]),
            "histogram" => names.extend(["_bucket", "_count", "_sum"].map(|end| format!("{name}{end}"))),
            _ => names.extend([name.to_owned()]),
        }
    }
    assert!(names.len() > 20, "{names:?}");
    names
}

#[test]
fn rules_and_dashboard_name_metrics_that_exist_and_every_metric_is_documented() {
    let exist = exist();
    for (place, text) in [("rules.yml", read("rules.yml")), ("dashboard.json", asked().join("\n"))] {
        for name in named(&text) {
            assert!(exist.contains(&name), "{place} names {name}, which /metrics does not print: {exist:?}");
        }
    }
    let page = operations().join("../OPERATING.md");
    let documented = named(&std::fs::read_to_string(page).unwrap());
    for name in exist.iter().filter(|name| !name.ends_with("_count") && !name.ends_with("_sum")) {
        let name = name.strip_suffix("_bucket").unwrap_or(name);
        assert!(documented.contains(name), "docs/OPERATING.md does not have {name}");
    }
}

#[test]
fn every_alert_has_a_test_and_its_part_of_the_page() {
    let (tests, page) = (read("rules.test.yml"), read("README.md"));
    assert!(alerts().len() >= 15);
    for alert in alerts() {
        let fired = format!("alertname: {alert}\n        exp_alerts:");
        assert!(tests.contains(&fired), "rules.test.yml does not fire {alert}");
        let part = page.split(&format!("\n## {alert}\n")).nth(1);
        let part = part.unwrap_or_else(|| panic!("README.md has no part {alert}"));
        let part = part.split("\n## ").next().unwrap();
        for word in ["**It means**", "**People notice**", "**Look at**", "**Do**"] {
            assert!(part.contains(word), "README.md, {alert}: does not say {word}");
        }
    }
}

fn run(program: &str, arguments: &[&str], dir: &Path) {
    let output = Command::new(program).args(arguments).current_dir(dir).output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{program} {arguments:?}: {}", printed.join("\n"));
}

#[test]
#[ignore = "needs Prometheus"]
fn each_rule_fires_and_is_calm() {
    run("promtool", &["test", "rules", "rules.test.yml"], &operations());
    // The dashboard's expressions, as rules: promtool parses them so.
    let dir = tempfile::tempdir().unwrap();
    let rules = asked()
        .into_iter()
        .enumerate()
        .map(|(at, expr)| serde_json::json!({ "record": format!("dashboard:{at}"), "expr": expr }));
    let file = serde_json::json!({ "groups": [{ "name": "dashboard", "rules": rules.collect::<Vec<_>>() }] });
    // JSON is YAML.
    std::fs::write(dir.path().join("dashboard.yml"), file.to_string()).unwrap();
    run("promtool", &["check", "rules", "dashboard.yml"], dir.path());
}

/// A real Prometheus, which scrapes and judges each second.
struct Prometheus {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Prometheus {
    fn start(target: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // As they are, but that nothing waits longer than a second.
        let pause = Regex::new(r"for: \d+m").unwrap();
        std::fs::write(dir.path().join("rules.yml"), &*pause.replace_all(&read("rules.yml"), "for: 1s"))
            .unwrap();
        let settings = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\nscrape_configs:\n\
             - {{job_name: clerk-courier, static_configs: [{{targets: [\"{target}\"]}}]}}\n"
        );
        std::fs::write(dir.path().join("prometheus.yml"), settings).unwrap();
        let port = Closed::new().port();
        let child = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, _dir: dir }
    }

    /// The alerts that fire now.
    async fn firing(&self) -> BTreeSet<String> {
        let url = format!("http://127.0.0.1:{}/api/v1/alerts", self.port);
        if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            return BTreeSet::new();
        }
        let answer: Value = serde_json::from_str(&get(&url).await.1).unwrap_or_default();
        let alerts = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.filter_map(|alert| Some(alert["labels"]["alertname"].as_str()?.to_owned())).collect()
    }

    /// Waits until these alerts fire and no others.
    async fn wait_for(&self, wanted: &[&str]) {
        let wanted: BTreeSet<_> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let end = Instant::now() + Duration::from_secs(45);
        loop {
            let firing = self.firing().await;
            if firing == wanted {
                return;
            }
            assert!(Instant::now() < end, "{firing:?} fire, and {wanted:?} should");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
#[ignore = "needs Prometheus"]
async fn a_real_prometheus_sees_a_service_under_faults() {
    let closed = Closed::new();
    let rest = email(&["main"]) + &smtp("main", closed.port());
    let mut courier = Courier::start(&config(&format!("#server\nrequest_deadline = \"1s\"\n#rest\n{rest}")));
    let prometheus = Prometheus::start(courier.admin_address());
    // Healthy first: it has been scraped, and nothing fires.
    let scraped =
        format!("http://127.0.0.1:{}/api/v1/query?query=clerk_courier_start_time_seconds", prometheus.port);
    let end = Instant::now() + Duration::from_secs(45);
    while prometheus.firing().await.contains("ClerkCourierDown")
        || tokio::net::TcpStream::connect(("127.0.0.1", prometheus.port)).await.is_err()
        || !get(&scraped).await.1.contains("clerk-courier")
    {
        assert!(Instant::now() < end, "Prometheus does not scrape");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    prometheus.wait_for(&[]).await;
    // The provider is down, somebody signs with another secret, and the URL in Clerk's dashboard is wrong.
    for at in 0..5 {
        let reply = courier.post(&to(code(&format!("ema_{at}")), &format!("a{at}@mail.example"))).await;
        assert_eq!(reply.status, 503);
        let wrong = [("svix-id", "msg_1"), ("svix-timestamp", "1"), ("svix-signature", "v1,AAAA")];
        assert_eq!(post_raw(&courier.url("/webhooks/clerk"), &wrong, b"{}").await.status, 401);
    }
    assert_eq!(post_raw(&courier.url("/webhook"), &[("svix-id", "msg_1")], b"{}").await.status, 404);
    prometheus
        .wait_for(&[
            "ClerkCourierFails",
            "ClerkCourierProviderDown",
            "ClerkCourierUnsigned",
            "ClerkCourierWrongUrl",
        ])
        .await;
    courier.kill();
    let end = Instant::now() + Duration::from_secs(45);
    while !prometheus.firing().await.contains("ClerkCourierDown") {
        assert!(Instant::now() < end, "ClerkCourierDown does not fire");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
