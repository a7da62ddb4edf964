#!/usr/bin/env python3
"""Starts the service as each recipe below deploy/ says, and sends a message through it: scripts/check-recipes.py BINARY

As root, with Debian's packages `postgresql` and `python3-yaml`. No container engine is needed: the image's files become a
root directory, its user, variables, arguments, mounts and probes are those of the recipe, and the names of its databases
and mail servers lead to a PostgreSQL and a mail server on loopback, in a network of its own.
"""

import contextlib
import glob
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib

import yaml

HERE = pathlib.Path(__file__).parent
DEPLOY = HERE.parent / "deploy"
sys.path.insert(0, str(HERE))
from servers import Mail, loopback_up  # noqa: E402

# A file whose name has a hyphen can't be imported by a plain `import`.
spec = importlib.util.spec_from_file_location("check_release", HERE / "check-release.py")
release = importlib.util.module_from_spec(spec)
spec.loader.exec_module(release)

# What each recipe leaves to its reader: secrets, and the mail server.
SECRETS = {
    "CLERK_WEBHOOK_SIGNING_SECRET": release.SECRET,
    "SMTP_URL": "smtp://mail:1025?tls=none",
    "LEDGER_URL": "postgres://courier:courier@db:5432/courier?sslmode=disable",
    "LEDGER_KEY": "bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxlIGtleSE=",
}


class Recipe:
    """What a recipe says of one container."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.arguments = ["serve"]
        self.files: dict[str, str] = {}
        # Directories that the container may write, beside /data.
        self.scratch: list[str] = []
        self.probes = ["/healthz", "/readyz"]
        self.volume = True
        self.user = release.USER
        self.port = 8080


def compose() -> Recipe:
    """Compose fills in ${NAME:-default} and ${NAME:?words} by itself."""
    courier = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]["courier"]

    def filled(text: str) -> str:
        def value(found: re.Match) -> str:
            return SECRETS[found[1]] if found[2] == ":?" else found[3]

        return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, str(text))

    # The root is read-only, but the image's volume is not.
    assert courier["read_only"] and courier["cap_drop"] == ["ALL"]
    return Recipe({name: filled(value) for name, value in courier["environment"].items()})


def valid_manifests() -> None:
    """Kubernetes' own schemas, which `pip install kubernetes-validate` brings (110 MB), if it is installed."""
    manifests = DEPLOY / "kubernetes/clerk-courier.yaml"
    if shutil.which("kubernetes-validate"):
        subprocess.run(["kubernetes-validate", "--strict", "--quiet", manifests], check=True)
        release.passed("the manifests for Kubernetes fit its schemas, and have no unknown field")
    else:
        print("left out: the manifests against Kubernetes' schemas, which needs kubernetes-validate (by pip)")


def kubernetes() -> Recipe:
    parts = {part["kind"]: part for part in yaml.safe_load_all((DEPLOY / "kubernetes/clerk-courier.yaml").read_text())}
    pod = parts["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == release.USER
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["terminationGracePeriodSeconds"] > 15
    made = Recipe(of(["CLERK_WEBHOOK_SIGNING_SECRET", "LEDGER_URL", "LEDGER_KEY"]))
    made.arguments = container["args"]
    mounted, spool = container["volumeMounts"]
    made.scratch = [spool["mountPath"]]
    for name, text in parts["ConfigMap"]["data"].items():
        text = text.replace("smtp://smtp.example.com:587", SECRETS["SMTP_URL"])
        # The mail server here speaks plain text, in which the program sends no password.
        text = re.sub(r"(?m)^(username|password) = .*\n", "", text)
        made.files[f"{mounted['mountPath']}/{name}"] = text
    made.probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ["startup", "liveness", "readiness"]]
    made.volume = False
    return made


def fly() -> Recipe:
    told = tomllib.loads((DEPLOY / "fly/fly.toml").read_text())
    (mounted,) = told["mounts"]
    assert mounted["destination"] == "/data" and told["http_service"]["internal_port"] == 8080
    made = Recipe({**told["env"], **of(["CLERK_WEBHOOK_SIGNING_SECRET", "SMTP_URL"])})
    made.probes = [check["path"] for check in told["http_service"]["checks"]]
    return made


def railway() -> Recipe:
    told = json.loads((DEPLOY / "railway/railway.json").read_text())["deploy"]
    assert told["numReplicas"] == 1 and told["drainingSeconds"] > 15
    # The platform chooses the port and sets PORT; the other variables are those of docs/DEPLOYING.md.
    variables = {"EMAIL_FROM": "Acme <login@acme.example>", "CLERK_COURIER__LEDGER__URL": "sqlite:///data/ledger.db"}
    made = Recipe({**variables, **of(["CLERK_WEBHOOK_SIGNING_SECRET", "SMTP_URL"]), "PORT": "5000"})
    made.port = 5000
    # The volume belongs to root there, and this variable, which docs/DEPLOYING.md names, makes the program root too.
    made.user = 0
    made.probes = [told["healthcheckPath"]]
    return made


def render() -> Recipe:
    (told,) = yaml.safe_load((DEPLOY / "render/render.yaml").read_text())["services"]
    assert told["disk"]["mountPath"] == "/data" and told["numInstances"] == 1
    variables = {one["key"]: one["value"] for one in told["envVars"] if "value" in one}
    made = Recipe({**variables, **of(["CLERK_WEBHOOK_SIGNING_SECRET", "SMTP_URL"]), "PORT": "10000"})
    made.port = 10000
    made.probes = [told["healthCheckPath"]]
    return made


def cloud_run() -> Recipe:
    told = yaml.safe_load((DEPLOY / "cloud-run/service.yaml").read_text())["spec"]["template"]["spec"]
    (container,) = told["containers"]
    variables = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    del variables["SMTP_USERNAME"]
    ledger = {
        "CLERK_COURIER__LEDGER__URL": SECRETS["LEDGER_URL"],
        "CLERK_COURIER__LEDGER__RECIPIENT_KEY": SECRETS["LEDGER_KEY"],
    }
    assert all(name in {one["name"] for one in container["env"]} for name in ledger)
    made = Recipe({**variables, **ledger, **of(["CLERK_WEBHOOK_SIGNING_SECRET", "SMTP_URL"]), "PORT": str(container["ports"][0]["containerPort"])})
    made.probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ["startup", "liveness"]]
    made.volume = False
    return made


def of(names: list[str]) -> dict[str, str]:
    return {name: SECRETS[name] for name in names}


@contextlib.contextmanager
def postgres(work: pathlib.Path):
    """A PostgreSQL of its own on port 5432, with the user, password and database of the compose file."""
    told = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]["db"]["environment"]
    assert set(told.values()) == {"courier"}
    programs = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    work.mkdir()
    shutil.chown(work, "postgres")

    def as_postgres(*command: object) -> None:
        subprocess.run(
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *map(str, command)],
            check=True, stdout=subprocess.DEVNULL, cwd=work,
        )  # fmt: skip

    (work / "password").write_text("courier")
    (work / "password").chmod(0o644)
    data = work / "data"
    as_postgres(programs / "initdb", "-D", data, "-U", "courier", "-A", "scram-sha-256", f"--pwfile={work}/password")
    options = f"-k {work} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres(programs / "pg_ctl", "-D", data, "-w", "-l", work / "log", "-o", options, "start")
    try:
        environment = {**os.environ, "PGPASSWORD": "courier"}
        command = [programs / "createdb", "-h", "127.0.0.1", "-U", "courier", "courier"]
        subprocess.run(command, check=True, env=environment)
        yield
    finally:
        as_postgres(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def check(name: str, recipe: Recipe, image: pathlib.Path, work: pathlib.Path, mail: Mail) -> None:
    shutil.copytree(image, work)
    etc = work / "etc"
    etc.mkdir()
    # An engine puts both into each container.
    (etc / "hosts").write_text("127.0.0.1 localhost mail db\n")
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    for file, text in recipe.files.items():
        path = work / file.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for directory in recipe.scratch:
        (work / directory.lstrip("/")).mkdir()
    root = release.Root(work, "/data", recipe.user)
    root.read_only(writable_data=recipe.volume)
    for directory in recipe.scratch:
        release.mount("-t", "tmpfs", "-o", f"uid={recipe.user},mode=0755", "none", work / directory.lstrip("/"))
    mail.taken.clear()
    # As an engine does it: the working directory of the image, the first process, no variables but those told.
    output = tempfile.TemporaryFile()
    told = {"PATH": os.environ["PATH"], **recipe.variables}
    command = root.command(*recipe.arguments, first=True)
    child = subprocess.Popen(command, env=told, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{recipe.port}"
        for probe in recipe.probes:
            release.until(lambda probe=probe: child.poll() is not None or release.page(url + probe))
            assert child.poll() is None, "it does not start"
        healthy = root.run("health", *recipe.arguments[1:], **recipe.variables)
        assert healthy.returncode == 0, healthy.stdout
        sent = root.run(
            "trigger", "verification_code", "--to", "ada@mail.example", "--secret", release.SECRET,
            "--url", f"{url}/webhooks/clerk",
        )  # fmt: skip
        assert sent.returncode == 0 and "accepted" in sent.stdout, sent.stdout
        assert b"To: ada@mail.example" in mail.taken[0]
        os.kill(release.child_of(child.pid), signal.SIGTERM)
        assert child.wait(release.PATIENCE) == 0
    except BaseException:
        output.seek(0)
        print(f"{name}: {output.read().decode(errors='replace')}", file=sys.stderr)
        raise
    finally:
        release.end(child)
        for directory in recipe.scratch:
            subprocess.run(["umount", work / directory.lstrip("/")], check=False)
        root.unmount()
    release.passed(f"{name}: started, {', '.join(recipe.probes)} answer, one signed event became one mail, SIGTERM ends it")


def main() -> None:
    if os.environ.get("CLERK_COURIER_APART") != "yes":
        os.environ["CLERK_COURIER_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, *sys.argv])
    loopback_up()
    valid_manifests()
    work = pathlib.Path(tempfile.mkdtemp())
    work.chmod(0o755)
    image = work / "image"
    subprocess.run([HERE / "image-files", sys.argv[1], image], check=True)
    with Mail(port=1025) as mail, postgres(work / "postgres"):
        for recipe in [compose, kubernetes, fly, railway, render, cloud_run]:
            check(recipe.__name__.replace("_", " "), recipe(), image, work / recipe.__name__, mail)
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
