//! A real PostgreSQL, Debian's package, with a cluster of its own that only this test uses.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::courier::PATIENCE;
use super::server::{Server, free_port, listening};

const PASSWORD: &str = "canary/postgres@password";
/// The same as a URL holds it.
const PASSWORD_IN_URL: &str = "canary%2Fpostgres%40password";

/// A running server; stopped when dropped.
pub(crate) struct Postgres {
    dir: TempDir,
    programs: PathBuf,
    pub(crate) port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// Starts a cluster of its own, with the superuser `clerk` and the empty database `courier`.
    pub(crate) async fn start() -> Self {
        let dir = accessible(TempDir::new_in(place()).unwrap());
        let programs = programs();
        copy(&template(&programs), &dir.path().join("data"));
        let mut postgres = Self { dir, programs, port: free_port().await, child: None };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nfsync = off\nmax_connections = 60\n",
            postgres.port
        );
        let file = postgres.data().join("postgresql.conf");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &settings).unwrap();
        postgres.resume().await;
        postgres
    }

    /// Starts the server again after [`Postgres::stop`], and waits until it answers.
    pub(crate) async fn resume(&mut self) {
        let log =
            std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = as_user(Command::new(self.programs.join("postgres")), self.dir.path());
        command.arg("-D").arg(self.data()).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        listening(self.port).await;
        let end = std::time::Instant::now() + PATIENCE;
        while tokio_postgres::connect(&self.url_of("clerk", "postgres"), NoTls).await.is_err() {
            assert!(std::time::Instant::now() < end, "PostgreSQL does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the server at once, as a crash of it would.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal("-QUIT", child.id());
            child.wait().unwrap();
        }
    }

    /// Stops all of its processes from running: connections stay open and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.signal_all("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal_all("-CONT");
    }

    fn signal_all(&self, name: &str) {
        let Some(child) = &self.child else { return };
        let children = Command::new("pgrep").args(["-P", &child.id().to_string()]).output().unwrap().stdout;
        signal(name, child.id());
        for id in String::from_utf8(children).unwrap().lines() {
            let _ = Command::new("kill").args([name, id]).output();
        }
    }

    /// The URL of the database `courier`.
    pub(crate) fn url(&self) -> String {
        self.url_of("clerk", "courier")
    }

    pub(crate) fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}:{PASSWORD_IN_URL}@127.0.0.1:{}/{database}", self.port)
    }

    /// Changes its settings while it runs; some of them hold after a restart only.
    pub(crate) async fn set(&self, settings: &[(&str, &str)]) {
        let admin = self.connect("postgres").await;
        for (name, value) in settings {
            admin.batch_execute(&format!("ALTER SYSTEM SET {name} = '{value}'")).await.unwrap();
        }
        admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    }

    /// Gives it a certificate and its key, and switches TLS on.
    pub(crate) async fn encrypt(&self, (certificate, key): (String, String)) {
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = self.data().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            if let Some((uid, gid)) = user() {
                chown(&path, Some(uid), Some(gid)).unwrap();
            }
        }
        self.set(&[("ssl", "on")]).await;
    }

    pub(crate) async fn connect(&self, database: &str) -> Client {
        let (client, connection) =
            tokio_postgres::connect(&self.url_of("clerk", database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        self.stop();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            let tail: Vec<_> = log.lines().rev().take(30).collect();
            eprintln!("--- PostgreSQL logged:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}

/// A running PgBouncer in transaction mode before a PostgreSQL.
pub(crate) struct Bouncer {
    pub(crate) port: u16,
    _server: Server,
    _dir: TempDir,
}

impl Bouncer {
    pub(crate) async fn start(postgres: &Postgres) -> Self {
        let program = Path::new("/usr/sbin/pgbouncer");
        assert!(program.exists(), "this test needs Debian's package `pgbouncer`: test.sh installs it");
        let dir = accessible(TempDir::new().unwrap());
        let port = free_port().await;
        let file = dir.path().join("pgbouncer.ini");
        std::fs::write(dir.path().join("users"), format!("\"clerk\" \"{PASSWORD}\"\n")).unwrap();
        let users = dir.path().join("users");
        std::fs::write(
            &file,
            format!(
                "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\n\
                 default_pool_size = 4\nmax_client_conn = 200\n",
                postgres.port,
                users.display()
            ),
        )
        .unwrap();
        let server = Server::start(as_user(Command::new(program), dir.path()).arg(&file));
        listening(port).await;
        Self { port, _server: server, _dir: dir }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://clerk:{PASSWORD_IN_URL}@127.0.0.1:{}/courier", self.port)
    }
}

/// The cluster that each test has a copy of: to make one takes half a second of the processor. It is kept for the next run, under
/// a name that says how it was made.
fn template(programs: &Path) -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let arguments = [
        "--username=clerk",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--pgdata=data",
    ];
    let make = || {
        let mut how = DefaultHasher::new();
        (programs, arguments, PASSWORD).hash(&mut how);
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cluster-{:x}", how.finish()));
        if made.is_dir() {
            return made;
        }
        let dir = accessible(TempDir::new().unwrap());
        std::fs::write(dir.path().join("password"), PASSWORD).unwrap();
        std::fs::write(dir.path().join("commands"), "CREATE DATABASE courier\n").unwrap();
        let run = |program: &str, arguments: &[&str], input: &str| {
            let input = std::fs::File::open(dir.path().join(input)).unwrap();
            let mut command = as_user(Command::new(programs.join(program)), dir.path());
            let output = command.args(arguments).stdin(input).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run("initdb", &[&arguments[..], &["--pwfile=/dev/stdin"]].concat(), "password");
        run("postgres", &["--single", "-D", "data", "postgres"], "commands");
        // Other processes may make it at the same time, and the first one's is everybody's.
        let mine = made.with_extension(std::process::id().to_string());
        copy(&dir.path().join("data"), &mine);
        if std::fs::rename(&mine, &made).is_err() {
            std::fs::remove_dir_all(&mine).unwrap();
        }
        made
    };
    MADE.get_or_init(make).clone()
}

/// Where clusters are: in memory where there is room for many of them (a container often has 64 MB). The thousand files of each
/// are made and deleted much faster there, and most disks would be busy with nothing else.
fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let output = Command::new("df").args(["--output=avail", "/dev/shm"]).output().unwrap().stdout;
        let output = String::from_utf8(output).unwrap();
        let kilobytes = output.lines().nth(1).and_then(|line| line.trim().parse::<u64>().ok());
        if kilobytes > Some(4_000_000) { PathBuf::from("/dev/shm") } else { std::env::temp_dir() }
    })
}

/// The same directory, which [`user`] may use as well.
fn accessible(dir: TempDir) -> TempDir {
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    if let Some((uid, gid)) = user() {
        chown(dir.path(), Some(uid), Some(gid)).unwrap();
    }
    dir
}

/// Copies a directory with its owners and modes.
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

fn as_user(mut command: Command, dir: &Path) -> Command {
    if let Some((uid, gid)) = user() {
        command.uid(uid).gid(gid);
    }
    command.current_dir(dir).env("LC_ALL", "C");
    command
}

fn signal(name: &str, id: u32) {
    let status = Command::new("kill").args([name, &id.to_string()]).status().unwrap();
    assert!(status.success());
}

/// The directory of the newest version's programs.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map_while(Result::ok);
    let newest = installed.map(|version| version.path().join("bin")).max();
    newest.expect("this test needs Debian's package `postgresql`: test.sh installs it")
}

/// The user `postgres`, where this is root, as whom PostgreSQL refuses to run.
fn user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> u32 {
        let output = Command::new("id").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
}
