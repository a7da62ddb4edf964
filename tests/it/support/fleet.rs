//! Several real `serve` processes on one database, with a mail server and callers: what the heavy tests and the benchmark of
//! the fleet stand on.

pub(crate) mod callers;
pub(crate) mod proxy;
pub(crate) mod sink;
pub(crate) mod verdict;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::{self, watch};
use tokio::task::spawn_blocking;

use self::callers::Addresses;
use self::sink::Sink;
use super::courier::{Courier, PATIENCE, config, program};

/// One fleet at a time: each is a load for the machine, and two of them would measure each other.
static TURN: sync::Mutex<()> = sync::Mutex::const_new(());

/// What a server logs that delivers a message though its database did not answer.
const WITHOUT_CLAIM: &str = "a message is delivered without a claim";

/// The servers. Each has a directory, a configuration and a port of the mail server to itself.
pub(crate) struct Fleet {
    servers: Vec<Mutex<Option<Courier>>>,
    dirs: Vec<Arc<TempDir>>,
    addresses: watch::Sender<Vec<SocketAddr>>,
    kills: Mutex<Vec<(usize, Instant)>>,
    /// What servers printed that are gone.
    printed: Mutex<String>,
    _turn: sync::MutexGuard<'static, ()>,
}

/// `[ledger]` for a database.
pub(crate) fn ledger(url: &str) -> String {
    format!("[ledger]\nurl = \"{url}\"\nrecipient_key = \"key\"\n")
}

/// A configuration for the server at this port of the sink. `rest` may begin with keys of `[server]`, as for [`config`].
fn mailing(port: u16, rest: &str) -> String {
    config(&format!(
        "{rest}\n[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{port}\"\n"
    ))
}

impl Fleet {
    /// One server for each port of the sink.
    pub(crate) async fn start(sink: &Sink, rest: &str) -> Self {
        let dirs: Vec<_> = sink.ports.iter().map(|_| Arc::new(tempfile::tempdir().unwrap())).collect();
        for (dir, port) in dirs.iter().zip(&sink.ports) {
            std::fs::write(dir.path().join("config.toml"), mailing(*port, rest)).unwrap();
        }
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let fleet = Self {
            servers: dirs.iter().map(|_| Mutex::default()).collect(),
            addresses: watch::Sender::new(vec![nowhere; dirs.len()]),
            dirs,
            kills: Mutex::default(),
            printed: Mutex::default(),
            _turn: TURN.lock().await,
        };
        for server in 0..fleet.dirs.len() {
            fleet.launch(server).await;
        }
        fleet
    }

    pub(crate) fn addresses(&self) -> Addresses {
        self.addresses.subscribe()
    }

    pub(crate) fn server(&self, server: usize) -> MutexGuard<'_, Option<Courier>> {
        self.servers[server].lock().unwrap()
    }

    /// Starts a server that does not run.
    pub(crate) async fn launch(&self, server: usize) {
        let (dir, mut command) = (Arc::clone(&self.dirs[server]), Command::new(program()));
        command.arg("serve");
        let courier = spawn_blocking(move || {
            Courier::launch(dir, command, |command| {
                command.env("CLERK_COURIER_LOG", "debug");
            })
        })
        .await
        .unwrap();
        let address = courier.address().parse().unwrap();
        self.addresses.send_modify(|addresses| addresses[server] = address);
        *self.server(server) = Some(courier);
    }

    /// kill -9.
    pub(crate) fn kill(&self, server: usize) {
        let mut courier = self.server(server).take().unwrap();
        courier.kill();
        self.printed.lock().unwrap().push_str(&(courier.output() + "\n"));
        self.kills.lock().unwrap().push((server, Instant::now()));
    }

    /// SIGTERM, and the end of the process with what it printed.
    pub(crate) async fn stop(&self, server: usize) -> String {
        let mut courier = self.server(server).take().unwrap();
        courier.terminate();
        let stopped = spawn_blocking(move || (courier.wait(), courier.output()));
        let (status, output) = stopped.await.unwrap();
        assert!(status.success(), "{status}: {output}");
        self.printed.lock().unwrap().push_str(&(output.clone() + "\n"));
        output
    }

    /// One server after the other is killed and started again, until the future is dropped.
    pub(crate) async fn kill_in_turns(&self, every: Duration) {
        for at in 0.. {
            tokio::time::sleep(every).await;
            let server = at % self.servers.len();
            self.kill(server);
            self.launch(server).await;
        }
    }

    pub(crate) fn kills(&self) -> Vec<(usize, Instant)> {
        self.kills.lock().unwrap().clone()
    }

    /// What the servers said of the ledger, but for single messages.
    pub(crate) fn of_the_ledger(&self) -> Vec<String> {
        let printed = self.printed();
        let lines = printed.lines().filter(|line| line.contains("ledger") && !line.contains("svix.id"));
        lines.map(str::to_owned).collect()
    }

    fn printed(&self) -> String {
        let mut printed = self.printed.lock().unwrap().clone();
        for server in 0..self.servers.len() {
            printed.extend(self.server(server).as_ref().map(|courier| courier.output() + "\n"));
        }
        printed
    }

    /// The messages that a server delivered without a claim, since the database did not answer in time.
    pub(crate) fn unclaimed(&self) -> HashSet<String> {
        let printed = self.printed();
        let lines = printed.lines().filter(|line| line.contains(WITHOUT_CLAIM));
        lines
            .filter_map(|line| Some(line.split_once("\"svix.id\":\"msg_")?.1.split_once('"')?.0.to_owned()))
            .collect()
    }

    /// The value of a metric without labels.
    pub(crate) async fn metric(&self, server: usize, name: &str) -> u64 {
        let admin = self.server(server).as_ref().unwrap().admin_address().to_owned();
        let (_, metrics) = super::courier::get(&format!("http://{admin}/metrics")).await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {metrics}"))
    }

    /// Waits until every server has a ledger that can be written, and has written all.
    pub(crate) async fn until_written(&self) {
        let end = Instant::now() + PATIENCE;
        for server in 0..self.servers.len() {
            // One that was killed last does not run.
            while self.server(server).is_some()
                && (self.metric(server, "clerk_courier_ledger_writable").await == 0
                    || self.metric(server, "clerk_courier_ledger_unwritten").await > 0)
            {
                assert!(Instant::now() < end, "the ledger of server {server} does not recover");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// What the system says of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Resident memory in KiB.
    pub(crate) memory: u64,
    /// Open files and sockets.
    pub(crate) files: usize,
    /// For how long its main thread could have run and had no CPU: on a busy machine nothing comes sooner.
    pub(crate) starved: Duration,
}

/// What a process uses now, and used until now.
pub(crate) fn usage(pid: u32) -> Usage {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let status = read("status");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    Usage {
        memory: resident.and_then(|kib| kib.parse().ok()).unwrap_or_default(),
        files: std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count),
        starved: read("schedstat")
            .split(' ')
            .nth(1)
            .and_then(|nanos| nanos.parse().ok())
            .map(Duration::from_nanos)
            .unwrap_or_default(),
    }
}
