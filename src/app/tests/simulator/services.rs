//! The services of one run, and the ends and starts of their processes. All of a service is real but the network below its
//! SMTP client.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use axum::Router;
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::mail_server::MailServer;
use super::misbehaviour::Misbehaviour;
use super::script::{Disk, End, Millis, Secrets, When};
use super::svix::{NEW_SECRET, OLD_SECRET};
use super::world::{Died, Life, World};
use crate::app::build::policy;
use crate::app::composers::composers;
use crate::clock::Clock;
use crate::compose;
use crate::config::Config;
use crate::decision::Policy;
use crate::decision::policy::OnDoubt;
use crate::decision::variant::PerVariant;
use crate::delivery::breaker::{Breaker, Pauses};
use crate::delivery::smtp::{Relay, Settings, Tls};
use crate::delivery::{Provider, Transport};
use crate::ledger::held::hold_clock;
use crate::ledger::{self, Ledger, SqliteSettings};
use crate::limits::Limits;
use crate::pipeline::{Patience, Pipeline, Signing};
use crate::secret::Secret;
use crate::server::{self, Service};
use crate::telemetry::metrics::Metrics;
use crate::webhook::SigningSecrets;

/// The path of the webhook.
pub(super) const PATH: &str = "/webhooks/clerk";

const CONFIG: &str = r#"
[clerk]
signing_secrets = ["whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG"]
[email]
from = "Larkfield <login@larkfield.example>"
providers = ["p0"]
[providers.p0]
type = "smtp"
url = "smtp://127.0.0.1:25"
"#;

/// What all runs share, because it takes a while to make: the templates are proven with samples.
struct Shared {
    config: Config,
    policy: Policy,
    composer: compose::Current,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let config = Config::parse(CONFIG, Path::new("config.toml"), &|_: &str| None).unwrap();
        let composer = Arc::new(ArcSwap::from_pointee(composers(&config).unwrap()));
        Shared { policy: policy(&config), composer, config }
    })
}

/// When all runs begin, by the time of day.
pub(super) fn epoch() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_787_300_000)
}

/// A running process.
pub(super) struct Process {
    /// What makes its disk hang. Dropped before the ledger, which would wait five real seconds for a disk that hangs.
    hang: Option<[Sender<()>; 2]>,
    pub(super) life: Life,
    pub(super) router: Router,
    /// Cancelled when the process is dead. What it does after that reaches nobody.
    pub(super) dead: CancellationToken,
    service: Arc<Service>,
    database: PathBuf,
}

impl Process {
    fn ledger(&self) -> &Ledger {
        &self.service.pipeline.ledger
    }

    fn sqlite(&self) -> &ledger::SqliteLedger {
        let Ledger::Sqlite(ledger) = self.ledger() else { unreachable!("the simulator uses SQLite") };
        ledger
    }
}

#[derive(Default)]
struct Slot {
    process: Option<Process>,
    /// How many processes there were.
    lives: usize,
    /// How many messages mail servers have taken.
    taken: usize,
}

struct Inner {
    world: World,
    servers: Vec<MailServer>,
    misbehaviour: Misbehaviour,
    slots: Mutex<Vec<Slot>>,
    /// The ends that have not come yet.
    ends: Mutex<Vec<End>>,
    directory: TempDir,
}

/// Clones are the same services.
#[derive(Clone)]
pub(super) struct Services(Arc<Inner>);

impl Services {
    /// Starts all services, and what the script has in store for them.
    pub(super) fn start(world: &World, misbehaviour: Misbehaviour) -> Self {
        hold_clock(true);
        let script = &world.script;
        // In memory where the system has such a place, since nothing here is about a real disk.
        let memory = Path::new("/dev/shm");
        let directory =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let services = Self(Arc::new(Inner {
            world: world.clone(),
            servers: script.providers.iter().map(|to_come| MailServer::new(world, to_come)).collect(),
            misbehaviour,
            slots: Mutex::new((0..script.services).map(|_| Slot::default()).collect()),
            ends: Mutex::new(script.ends.clone()),
            directory,
        }));
        (0..script.services).for_each(|service| services.begin(service));
        for end in script.ends.iter().copied() {
            let services = Arc::downgrade(&services.0);
            tokio::spawn(end_by_time(services, end));
        }
        if let Some(disk) = script.disk {
            tokio::spawn(fail(Arc::downgrade(&services.0), disk));
        }
        services
    }

    /// Looks at the process of a service, if it runs.
    pub(super) fn with<T>(&self, service: usize, look: impl FnOnce(&Process) -> T) -> Option<T> {
        self.0.slots.lock().unwrap()[service].process.as_ref().map(look)
    }

    /// Whether nothing goes wrong from now on.
    pub(super) fn are_calm(&self) -> bool {
        let Inner { world, servers, ends, .. } = &*self.0;
        servers.iter().all(MailServer::is_calm)
            && ends.lock().unwrap().is_empty()
            && world.script.disk.is_none_or(|disk| disk.hangs && disk.to < world.now())
    }

    /// A mail server took a message of the service. Gives whether that kills it, and if so for how long: with `true` only
    /// after the reply.
    pub(super) fn taken(&self, service: usize) -> Option<(bool, Millis)> {
        let nth = {
            let mut slots = self.0.slots.lock().unwrap();
            slots[service].taken += 1;
            slots[service].taken
        };
        let mut ends = self.0.ends.lock().unwrap();
        let said = |end: &End| match end.when {
            When::Taken { nth: at, said } if end.service == service && at == nth => Some(said),
            _ => None,
        };
        let at = ends.iter().position(|end| said(end).is_some())?;
        let end = ends.remove(at);
        said(&end).map(|said| (said, end.down))
    }

    /// Kills a service: what it knew and had not written is gone.
    pub(super) fn kill(&self, service: usize, down: Millis) {
        let Some((mut process, database)) = self.end(service) else { return };
        if process.hang.is_none() {
            process.sqlite().rest();
        }
        // The next process finds the files as they are now. What the dead one writes from here on is in the old ones.
        for suffix in ["", "-wal"] {
            let from = PathBuf::from(format!("{}{suffix}", process.database.display()));
            if from.exists() && self.0.misbehaviour != Misbehaviour::Forgets {
                std::fs::copy(from, format!("{}{suffix}", database.display())).unwrap();
            }
        }
        process.hang = None;
        process.dead.cancel();
        self.note_death(process.life, true);
        self.begin_after(service, down);
    }

    /// Stops a service as SIGTERM does.
    async fn stop(&self, service: usize, down: Millis) {
        let Some(tasks) = self.with(service, |process| {
            process.service.drain();
            process.service.tasks.clone()
        }) else {
            return;
        };
        let life = self.with(service, |process| process.life);
        tasks.wait().await;
        // It may have been killed meanwhile.
        if self.with(service, |process| process.life) != life {
            return;
        }
        let Some((mut process, database)) = self.end(service) else { return };
        process.hang = None;
        process.ledger().close(Duration::from_secs(30));
        if self.0.misbehaviour != Misbehaviour::Forgets {
            std::fs::copy(&process.database, database).unwrap();
        }
        process.dead.cancel();
        self.note_death(process.life, false);
        self.begin_after(service, down);
    }

    fn note_death(&self, life: Life, killed: bool) {
        let at = self.0.world.now();
        let mut log = self.0.world.log();
        log.died.push(Died { life, at, killed });
        log.last_fault = at;
    }

    /// Takes the process away, and gives the path of the next one's database.
    fn end(&self, service: usize) -> Option<(Process, PathBuf)> {
        let mut slots = self.0.slots.lock().unwrap();
        let process = slots[service].process.take()?;
        Some((process, self.database(service, slots[service].lives)))
    }

    fn database(&self, service: usize, number: usize) -> PathBuf {
        self.0.directory.path().join(format!("{service}-{number}.db"))
    }

    fn begin_after(&self, service: usize, down: Millis) {
        let services = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            sleep(Duration::from_millis(down)).await;
            if let Some(services) = services.upgrade() {
                Self(services).begin(service);
            }
        });
    }

    /// Starts a service's next process.
    fn begin(&self, service: usize) {
        let Inner { world, slots, misbehaviour, .. } = &*self.0;
        let life = Life { service, number: slots.lock().unwrap()[service].lives };
        let database = self.database(service, life.number);
        let dead = CancellationToken::new();
        let pipeline = self.pipeline(life, &database, &dead);
        let service = Arc::new(Service::new(Arc::new(pipeline), 256));
        let router = misbehaviour.around(server::unconnected(Arc::clone(&service), PATH));
        let mut process = Process { life, router, dead, service, database, hang: None };
        let now = world.now();
        if let Some(disk) = world.script.disk.filter(|disk| (disk.from..disk.to).contains(&now)) {
            process.fail(disk);
        }
        let mut slots = slots.lock().unwrap();
        slots[life.service].lives += 1;
        slots[life.service].process = Some(process);
    }

    fn pipeline(&self, life: Life, database: &Path, dead: &CancellationToken) -> Pipeline {
        let Inner { world, servers, .. } = &*self.0;
        let Shared { config, policy, composer } = shared();
        let provider = |at: usize, server: &MailServer| {
            let relay = Relay::over(settings(), server.dial(self, life, dead), 64 * 1024).unwrap();
            let name: Arc<str> = format!("p{at}").into();
            let provider = Provider {
                name: Arc::clone(&name),
                transport: Transport::Smtp(relay),
                attempt_timeout: Duration::from_secs(5),
                breaker: Arc::new(Breaker::new(Pauses::default(), 7)),
                evidence: Arc::default(),
            };
            (name.to_string(), provider)
        };
        let providers: HashMap<_, _> =
            servers.iter().enumerate().map(|(at, server)| provider(at, server)).collect();
        let mut policy = policy.clone();
        policy.email.base.route.providers = (0..servers.len()).map(|at| format!("p{at}")).collect();
        policy.email.base.route.on_doubt = if world.script.stop { OnDoubt::Stop } else { OnDoubt::Resend };
        let secrets = match world.script.secrets {
            Secrets::Old | Secrets::BothForOld => vec![OLD_SECRET],
            Secrets::BothForNew => vec![NEW_SECRET],
            Secrets::ChangedAt(_) => vec![OLD_SECRET, NEW_SECRET],
        };
        let clock = Clock::Along(Arc::new((epoch(), world.began)));
        let ledger = ledger::Settings::Sqlite(SqliteSettings {
            path: database.to_owned(),
            retention: Duration::from_hours(30 * 24),
            recipient_key: Some(Secret::new("0123456789abcdef0123456789abcdef")),
            full_sync: false,
        });
        Pipeline {
            secrets: SigningSecrets::new(secrets).unwrap(),
            variants: Vec::new(),
            policies: PerVariant::alone(policy),
            composer: Arc::clone(composer),
            signing: Signing::new(config.dkim.clone()),
            providers,
            ledger: Ledger::open(ledger, clock.clone()).unwrap(),
            languages: crate::language::Languages::new(None, []),
            patience: Patience::default(),
            limits: PerVariant::alone(Arc::new(Limits::new(config.limits.clone(), Instant::now()))),
            clock,
            metrics: Arc::new(Metrics::new(Duration::ZERO)),
            traces: None,
            request_deadline: config.server.request_deadline,
        }
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Services")
    }
}

impl Process {
    fn fail(&mut self, disk: Disk) {
        if disk.hangs {
            self.hang = Some(self.sqlite().hang());
        } else {
            self.sqlite().refuse();
        }
    }
}

fn settings() -> Settings {
    Settings {
        host: "mail.example".to_owned(),
        port: 25,
        tls: Tls::None,
        credentials: None,
        helo: "client.example".to_owned(),
        ca_file: None,
        connections: 16,
        chunking: true,
        attempt_timeout: Duration::from_secs(5),
    }
}

async fn end_by_time(services: Weak<Inner>, end: End) {
    let (When::Killed(at) | When::Stopped(at)) = end.when else { return };
    sleep(Duration::from_millis(at)).await;
    let Some(services) = services.upgrade().map(Services) else { return };
    services.0.ends.lock().unwrap().retain(|other| (other.service, other.when) != (end.service, end.when));
    if matches!(end.when, When::Killed(_)) {
        services.kill(end.service, end.down);
    } else {
        services.stop(end.service, end.down).await;
    }
}

/// Lets the disk of all services fail, and work again if it hangs.
async fn fail(services: Weak<Inner>, disk: Disk) {
    let all = |change: &mut dyn FnMut(&mut Process)| {
        let Some(services) = services.upgrade() else { return };
        services.slots.lock().unwrap().iter_mut().filter_map(|slot| slot.process.as_mut()).for_each(change);
    };
    sleep(Duration::from_millis(disk.from)).await;
    all(&mut |process| {
        process.sqlite().rest();
        process.fail(disk);
    });
    if disk.hangs {
        hold_clock(false);
        sleep(Duration::from_millis(disk.to - disk.from)).await;
        all(&mut |process| {
            process.hang = None;
            process.sqlite().rest();
        });
        hold_clock(true);
    }
}
