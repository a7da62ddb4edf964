#!/usr/bin/env python3
"""Tries out what scripts/release has built: scripts/check-release.py DIST VERSION TARGET ARCH, as root.

Everything runs in a network and a file system of its own, and the program in a root directory that holds nothing but the
archive's or the image's files, as a user that this machine does not know. So it can lean on nothing that is installed.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from servers import Dns, Files, Mail, loopback_up  # noqa: E402

USER = 65532
SECRET = "whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG"
PATIENCE = 20.0


class Root:
    """A root directory that the program runs in."""

    def __init__(self, path: pathlib.Path, work: str = "/", user: int = USER) -> None:
        self.path = path
        self.work = work
        self.user = user

    def read_only(self, writable_data: bool = True) -> None:
        mount("--bind", self.path, self.path)
        mount("-o", "remount,bind,ro", self.path)
        if writable_data:
            mount("-t", "tmpfs", "-o", f"uid={self.user},gid={self.user},mode=0755", "none", self.path / "data")

    def unmount(self) -> None:
        for path in [self.path / "data", self.path]:
            subprocess.run(["umount", path], stderr=subprocess.DEVNULL, check=False)

    def command(self, *arguments: str, first: bool = False) -> list[str]:
        """The program as PID 1 of its own, if it is to be the first process, else beside all others."""
        space = ["--pid", "--fork"] if first else []
        user = ["setpriv", "--clear-groups", "--no-new-privs", "unshare", f"--setuid={self.user}", f"--setgid={self.user}"]
        return [*user, *space, f"--root={self.path}", f"--wd={self.work}", "--", "/clerk-courier", *arguments]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Runs a command to its end, with no variables but these; both streams come as one."""
        told = {"PATH": os.environ["PATH"], **variables}
        return subprocess.run(
            self.command(*arguments), env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    @contextlib.contextmanager
    def running(self, *arguments: str, first: bool = False, **variables: str):
        child = subprocess.Popen(
            self.command(*arguments, first=first), env={"PATH": os.environ["PATH"], **variables},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        output: list[bytes] = []
        reader = threading.Thread(target=lambda: output.extend(child.stdout), daemon=True)
        reader.start()
        try:
            yield child, output
        except BaseException:
            print(b"".join(output).decode(errors="replace"), file=sys.stderr)
            raise
        finally:
            end(child)


def mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def end(child: subprocess.Popen) -> None:
    """Ends a process, and the one that `unshare --fork` has started for it."""
    if child.poll() is None:
        for inner in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(inner), signal.SIGKILL)
        child.kill()
    child.wait()


def child_of(pid: int) -> int:
    """The process that `unshare --fork` has started."""
    return int(until(lambda: pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or None)[0])


def until(wanted, within: float = PATIENCE):
    """What `wanted` returns, once that is something."""
    end = time.monotonic() + within
    while True:
        found = wanted()
        if found:
            return found
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.01)


def page(url: str):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read()
    except OSError:
        return None


def passed(what: str) -> None:
    print(f"ok: {what}", flush=True)


def check_binary(binary: pathlib.Path) -> None:
    data = binary.read_bytes()
    assert data[:5] == b"\x7fELF\x02", "not a 64-bit ELF file"
    (at,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    kinds = {struct.unpack_from("<I", data, at + size * index)[0] for index in range(count)}
    assert 3 not in kinds, "the binary asks for an interpreter, so it is not static"
    assert len(data) <= 16 << 20, len(data)
    passed(f"the binary is static and has {len(data):,} bytes")


def check_workshop(root: Root) -> None:
    work = root.path / "work"
    work.mkdir()
    os.chown(work, USER, USER)
    took = []
    # The best of three: the machine that builds a release may be busy.
    while len(took) < 3 and not (took and min(took) < 1.0):
        started = time.monotonic()
        with root.running("dev", "--outbox", "/work/outbox"):
            shown = until(lambda: page("http://127.0.0.1:8081/"))
            took.append(time.monotonic() - started)
            assert b"<html" in shown.lower()
    assert min(took) < 1.0, took
    passed(f"`dev` shows the workshop in an empty root directory, {min(took):.2f} s after its start")


def check_names(root: Root, mail: Mail) -> None:
    etc = root.path / "etc"
    etc.mkdir()
    (etc / "hosts").write_text("127.0.0.1 mail.hosts.test\n")
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    with Dns({"mail.dns.test": "127.0.0.1"}) as dns:
        for name in ["mail.hosts.test", "mail.dns.test"]:
            (root.path / "config.toml").write_text(configuration(f"smtp://{name}:{mail.port}?tls=none", "/work/l.db"))
            sent = root.run("send", "verification_code", "--to", "ada@mail.example")
            assert sent.returncode == 0, sent.stdout
            mail.wait_for(f"by {name}", lambda: len(mail.taken) > 0)
            mail.taken.clear()
        assert "mail.dns.test" in dns.asked and "mail.hosts.test" not in dns.asked, dns.asked
        (root.path / "config.toml").write_text(configuration(f"smtp://mail.gone.test:{mail.port}?tls=none", "/work/l.db"))
        lost = root.run("send", "verification_code", "--to", "ada@mail.example")
        assert lost.returncode == 1 and "host name not found" in lost.stdout, lost.stdout
    passed("names are found in /etc/hosts and by DNS; one that is nowhere is an error in words")


def check_trust(root: Root) -> None:
    """No bundle of certificates is there: the authorities are compiled in, and a stranger is refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
            + ["-days", "2", "-subj", "/CN=mail.hosts.test", "-addext", "subjectAltName=DNS:mail.hosts.test"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        with Mail(tls=(certificate, key)) as mail:
            trusted = root.path / "work/ca.pem"
            url = f"smtps://mail.hosts.test:{mail.port}"
            (root.path / "config.toml").write_text(configuration(url, "/work/l.db"))
            refused = root.run("send", "verification_code", "--to", "ada@mail.example")
            assert refused.returncode == 1 and "self-signed" in refused.stdout, refused.stdout
            shutil.copy(certificate, trusted)
            trusted.chmod(0o644)
            (root.path / "config.toml").write_text(configuration(url, "/work/l.db", 'ca_file = "/work/ca.pem"'))
            sent = root.run("send", "verification_code", "--to", "ada@mail.example")
            assert sent.returncode == 0, sent.stdout
    passed("without any bundle of certificates: an unknown authority is refused in words, `ca_file` is trusted")


def configuration(smtp: str, ledger: str, more: str = "") -> str:
    return f"""
[server]
listen = "127.0.0.1:8080"
[clerk]
signing_secrets = ["${{CLERK_WEBHOOK_SIGNING_SECRET}}"]
[email]
from = "Acme <login@acme.example>"
providers = ["main"]
[providers.main]
type = "smtp"
url = "{smtp}"
{more}
[ledger]
url = "sqlite://{ledger}"
""".replace("${CLERK_WEBHOOK_SIGNING_SECRET}", SECRET)


def check_image(files: pathlib.Path, work: pathlib.Path, mail: Mail) -> None:
    shutil.copytree(files, work)
    root = Root(work, "/data")
    size = sum(file.stat().st_size for file in files.rglob("*") if file.is_file())
    names = sorted(str(file.relative_to(files)) for file in files.rglob("*"))
    assert names == ["clerk-courier", "data"] and size < 20_000_000, (names, size)
    root.read_only()
    try:
        toml = configuration(f"smtp://127.0.0.1:{mail.port}", "/data/ledger.db")
        (root.path / "data/config.toml").write_text(toml)
        asks = ["--config", "/data/config.toml"]
        idle = root.run("health", *asks)
        assert idle.returncode == 1 and "no answer" in idle.stdout, idle.stdout
        with root.running("serve", *asks, first=True) as (child, output):
            until(lambda: root.run("health", *asks).returncode == 0)
            first = child_of(child.pid)
            status = pathlib.Path(f"/proc/{first}/status").read_text()
            assert f"Uid:\t{USER}\t{USER}" in status and "\t1\n" in status.split("NSpid:")[1][:40], status
            sent = root.run("trigger", "verification_code", "--to", "ada@mail.example", "--secret", SECRET)
            assert sent.returncode == 0 and "accepted" in sent.stdout, sent.stdout
            assert len(mail.taken) == 1
            # One message is under way when the signal comes: it is finished, and then the process ends with 0.
            mail.pause.clear()
            waiting = threading.Thread(
                target=lambda: root.run("trigger", "verification_code", "--to", "bob@mail.example", "--secret", SECRET)
            )
            waiting.start()
            until(lambda: mail.paused)
            os.kill(first, signal.SIGTERM)
            until(lambda: root.run("health", *asks).returncode == 1)
            assert child.poll() is None, "the process left a message behind"
            mail.pause.set()
            assert child.wait(PATIENCE) == 0, output
            waiting.join()
            assert len(mail.taken) == 2
        # Signals that come before anything is built are not lost either. PID 1 gets only those that it handles.
        with root.running("serve", *asks, first=True) as (child, output):
            first = child_of(child.pid)
            until(lambda: is_handled(first, signal.SIGTERM))
            os.kill(first, signal.SIGTERM)
            assert child.wait(PATIENCE) == 0, output
        (root.path / "data/config.toml").write_text("[email]\nform = 1\n")
        with root.running("serve", *asks, first=True) as (child, output):
            assert child.wait(PATIENCE) == 2, output
    finally:
        root.unmount()
    passed(f"the image ({size:,} bytes): read-only root, unknown user, PID 1, health, SIGTERM, exit statuses 0 and 2")
    # Without a volume, the ledger has no place: that is said at the start, and not with the first message.
    (work / "data/config.toml").write_text(toml)
    root.read_only(writable_data=False)
    try:
        refused = root.run("serve", "--config", "/data/config.toml")
        assert refused.returncode == 2 and "/data/ledger.db" in refused.stdout, refused.stdout
        passed(f"without a volume it says: {refused.stdout.strip().splitlines()[0]}")
    finally:
        root.unmount()


def is_handled(pid: int, wanted: signal.Signals) -> bool:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (wanted - 1) & 1)
    return False


def check_install(dist: pathlib.Path, version: str, target: str, work: pathlib.Path) -> None:
    name = f"clerk-courier-{version}-{target}.tar.gz"
    served = work / "served"
    served.mkdir(parents=True)
    for file in [name, f"SHA256SUMS-{target}"]:
        shutil.copy(dist / file, served / file)
    into = work / "bin"
    with Files(served) as files:
        command = ["sh", str(dist / "install.sh"), "--from", files.url, "--dir", str(into)]

        def install(*more: str) -> subprocess.CompletedProcess:
            return subprocess.run(
                [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
            )

        done = install()
        assert done.returncode == 0 and (into / "clerk-courier").exists(), done.stdout
        shown = subprocess.run([into / "clerk-courier", "--version"], check=True, stdout=subprocess.PIPE, text=True)
        assert shown.stdout.strip() == f"clerk-courier {version}", shown.stdout
        shutil.rmtree(into)
        wrong = install("--sha256", "0" * 64)
        assert wrong.returncode == 1 and "nothing was installed" in wrong.stdout and not into.exists(), wrong.stdout
        with open(served / name, "r+b") as archive:
            archive.truncate(1000)
        cut = install()
        assert cut.returncode == 1 and "nothing was installed" in cut.stdout and not into.exists(), cut.stdout
        (served / name).unlink()
        gone = install()
        assert gone.returncode == 1 and "can't be fetched" in gone.stdout and not into.exists(), gone.stdout
    passed("install.sh installs, and refuses an archive that is cut, missing, or not the one that was promised")


def check_sums(dist: pathlib.Path, target: str) -> None:
    lines = (dist / f"SHA256SUMS-{target}").read_text().splitlines()
    for line in lines:
        wanted, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == wanted, name
    bom = json.loads(next(dist.glob(f"*{target}.cdx.json")).read_text())
    names = {component["name"] for component in bom["components"]}
    assert {"rustls", "tokio", "ring"} <= names and "syn" not in names and "tempfile" not in names
    passed(f"{len(lines)} checksums are right; the SBOM names {len(names)} crates")


def main() -> None:
    dist, version, target, arch = pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:]
    if os.environ.get("CLERK_COURIER_APART") != "yes":
        os.environ["CLERK_COURIER_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, *sys.argv])
    loopback_up()
    work = pathlib.Path(tempfile.mkdtemp())
    work.chmod(0o755)
    check_sums(dist, target)
    with tarfile.open(dist / f"clerk-courier-{version}-{target}.tar.gz") as archive:
        archive.extractall(work / "archive", filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(
            work / "archive"
        )
    root = Root(next((work / "archive").iterdir()))
    check_binary(root.path / "clerk-courier")
    check_workshop(root)
    with Mail() as mail:
        check_names(root, mail)
        check_trust(root)
        check_image(dist / "image", work / "image", mail)
    check_install(dist, version, target, work / "install")
    if shutil.which("systemd-nspawn"):
        package = dist / f"clerk-courier_{version}_{arch}.deb"
        subprocess.run(["scripts/check-systemd", package], check=True)
    else:
        print("left out: the Debian package under systemd, which needs Debian's systemd-container")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
