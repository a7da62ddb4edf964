#!/bin/sh
# Runs the tests, and installs first what they need and is not there. Exit status 0: all passed.
set -eu
cd "$(dirname "$0")"

usage() {
    cat <<'END'
Usage: ./test.sh [--quick]

Checks formatting and lints, runs all tests, and checks the example configuration.
Programs of other people that judge our mails, SMS and signatures are installed first where they are missing
(apt-get, npm, pip): Postfix, PostgreSQL, PgBouncer, Prometheus, Kannel, Caddy, nginx, Chromium, SpamAssassin, Node.js, curl, dkimpy, moto, rotel, typos.

  --quick  installs nothing and needs only Rust and a C compiler; lists the tests that are left out
  --help   prints this
END
}

step() { printf '==> %s\n' "$1"; }
fail() { printf 'test.sh: %s\n' "$1" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Postfix' programs are in /usr/sbin, which is not on everybody's PATH.
PATH="$PATH:/usr/sbin:/sbin"
[ -d "${HOME:-/nonexistent}/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
export PATH

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# Freshly installed packages must not start a daemon: the tests start their own, in a directory of their own.
policy=/usr/sbin/policy-rc.d
policy_is_ours=
remove_policy() {
    [ -z "$policy_is_ours" ] || as_root rm -f "$policy"
    policy_is_ours=
}
# Tests that run beside others end with this script, also when somebody stops it.
running=
fleets=
stop_fleets() {
    # Cargo does not pass the signal on to the tests that it runs.
    [ -z "$running" ] || pkill -P "$running" 2>/dev/null || true
    [ -z "$running" ] || kill "$running" 2>/dev/null || true
    [ -z "$fleets" ] || rm -f "$fleets"
    running='' fleets=''
}
trap 'stop_fleets; remove_policy' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_packages() {
    has apt-get || fail "missing: $missing; install them with this system's package manager (no apt-get here)"
    [ "$(id -u)" -eq 0 ] || has sudo || fail "missing: $missing; run this as root once, or install sudo"
    if [ ! -e "$policy" ]; then
        policy_is_ours=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root apt-get update
    # Word splitting is meant: one argument a package.
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
    remove_policy
}

# What checks mails and pages, at the versions of the lock file: in target/, and only when that changed.
install_checkers() {
    cmp -s tests/mail/package-lock.json target/mail/installed.json && return
    step "installing what checks mails and pages: npm ci"
    mkdir -p target/mail
    cp tests/mail/package.json tests/mail/package-lock.json target/mail/
    (cd target/mail && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp tests/mail/package-lock.json target/mail/installed.json
}

# What verifies signatures of mails and of requests to AWS, at pinned versions: in target/, and only when those changed.
install_verifiers() {
    cmp -s tests/requirements.txt target/python/installed.txt && return
    step "installing what verifies signatures: pip install"
    python3 -m venv --clear target/python
    target/python/bin/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
    cp tests/requirements.txt target/python/installed.txt
}

install_everything() {
    missing=
    if ! has postconf || ! has postfix; then missing="$missing postfix"; fi
    has bearerbox || missing="$missing kannel"
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
    has pgbouncer || missing="$missing pgbouncer"
    if ! has prometheus || ! has promtool; then missing="$missing prometheus"; fi
    [ -x /usr/lib/kannel/test/fakesmsc ] || missing="$missing kannel-extras"
    has caddy || missing="$missing caddy"
    has nginx || missing="$missing nginx-light"
    has curl || missing="$missing curl"
    has cc || missing="$missing gcc libc6-dev"
    has chromium || missing="$missing chromium"
    has chromedriver || missing="$missing chromium-driver"
    has spamassassin || missing="$missing spamassassin"
    has node || missing="$missing nodejs"
    has npm || missing="$missing npm"
    has python3 || missing="$missing python3"
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    if [ -n "$missing" ]; then
        missing="ca-certificates$missing"
        step "installing $missing"
        install_packages
    fi
    install_checkers
    install_verifiers
}

quick=
case "${1-}" in
    "") ;;
    --quick) quick=yes ;;
    -h | --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
esac

[ -n "$quick" ] || install_everything

has cargo || fail "cargo is missing: install Rust 1.91 or later (https://rustup.rs)"
cargo fmt --version >/dev/null 2>&1 || fail "rustfmt is missing: rustup component add rustfmt"
cargo clippy --version >/dev/null 2>&1 || fail "clippy is missing: rustup component add clippy"

step "formatting: cargo fmt --check"
cargo fmt --check

step "lints: cargo clippy"
cargo clippy --locked --all-targets -- -D warnings

# Tests that need more than Rust are marked `#[ignore = "needs …"]`.
step "tests: cargo test"
if [ -n "$quick" ]; then
    cargo test --locked
else
    cargo test --locked --no-run
    # Fleets of servers and floods of messages take turns, for about four minutes. So they run beside all others, which would
    # wait behind them otherwise.
    fleets=$(mktemp)
    cargo test --locked --test it -- --include-ignored --test-threads=1 fleet:: flood:: >"$fleets" 2>&1 &
    running=$!
    # Most of these tests wait for other programs, or for time limits, more than they compute.
    failed=
    cargo test --locked -- --include-ignored --test-threads=$(($(getconf _NPROCESSORS_ONLN) + 2)) \
        --skip fleet:: --skip flood:: || failed=yes
    step "tests: fleets and floods"
    wait "$running" || failed=yes
    running=
    cat "$fleets"
    [ -z "$failed" ] || fail "tests failed: see above"
    step "spelling: typos"
    target/python/bin/typos --config .typos.toml
fi

step "the example configuration: clerk-courier check"
CLERK_WEBHOOK_SIGNING_SECRET=whsec_bm90IGEgc2VjcmV0IGJ1dCBhbiBleGFtcGxl \
SMTP_PASSWORD=not-a-password \
    "${CARGO_TARGET_DIR:-target}/debug/clerk-courier" check --config config.example.toml

if [ -n "$quick" ]; then
    step "left out, since they need an installed program; ./test.sh runs them:"
    cargo test --quiet --locked --test it -- --ignored --list | sed -n 's/: test$//p'
    step "spelling was left out too; all else passed"
else
    step "all passed"
fi
