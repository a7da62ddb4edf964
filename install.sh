#!/bin/sh
# Installs clerk-courier's static binary for Linux (x86-64, arm64), after checking its SHA-256.
# Everything is in functions, and the last line calls one: half a script, as a broken download leaves it, does nothing.
set -eu

url='@URL@'
version='@VERSION@'

usage() {
    cat <<'END'
Usage: install.sh [--dir DIR] [--from URL] [--version VERSION] [--sha256 SUM]

  --dir DIR          where the binary goes (default: /usr/local/bin for root, else ~/.local/bin)
  --from URL         the directory that holds the archive and SHA256SUMS-…, where this script does not know it
  --version VERSION  which version, where this script does not know it
  --sha256 SUM       the archive's checksum, if you have it from elsewhere; without it, that of SHA256SUMS-… counts
END
}

fail() { printf 'install.sh: %s\n' "$1" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

fetch() {
    if has curl; then
        curl --fail --silent --show-error --location --retry 2 --max-time 300 --output "$2" "$1"
    elif has wget; then
        wget --quiet --tries 3 --output-document "$2" "$1"
    else
        fail "curl and wget are both missing: install one of them"
    fi || fail "$1 can't be fetched. Check the address, and that this machine reaches it"
}

sum_of() {
    if has sha256sum; then
        sha256sum "$1"
    elif has shasum; then
        shasum -a 256 "$1"
    else
        fail "sha256sum is missing, so the download can't be checked: install coreutils"
    fi | cut -d ' ' -f 1
}

main() {
    case "$url" in @*) url= ;; esac
    case "$version" in @*) version= ;; esac
    dir='' wanted=''
    while [ $# -gt 0 ]; do
        case "$1" in
            -h | --help) usage; exit ;;
            --dir | --from | --version | --sha256) [ $# -ge 2 ] || fail "$1 needs a value" ;;
            *) usage >&2; exit 2 ;;
        esac
        case "$1" in
            --dir) dir=$2 ;;
            --from) url=$2 ;;
            --version) version=$2 ;;
            --sha256) wanted=$2 ;;
        esac
        shift 2
    done
    [ -n "$url" ] || fail "this script does not know where the files are: give --from URL"
    [ -n "$version" ] || fail "this script does not know which version to install: give --version VERSION"
    [ "$(uname -s)" = Linux ] || fail "there are binaries for Linux only: build it here with cargo install --locked --path ."
    case "$(uname -m)" in
        x86_64 | amd64) target=x86_64-unknown-linux-musl ;;
        aarch64 | arm64) target=aarch64-unknown-linux-musl ;;
        *) fail "there is no binary for $(uname -m): build it here with cargo install --locked --path ." ;;
    esac
    if [ -z "$dir" ]; then
        if [ "$(id -u)" -eq 0 ]; then dir=/usr/local/bin; else dir=$HOME/.local/bin; fi
    fi

    name=clerk-courier-$version-$target
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    fetch "${url%/}/$name.tar.gz" "$work/archive"
    if [ -z "$wanted" ]; then
        fetch "${url%/}/SHA256SUMS-$target" "$work/sums"
        wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.gz\$/\1/p" "$work/sums")
        [ -n "$wanted" ] || fail "SHA256SUMS-$target names no $name.tar.gz: nothing was installed"
    fi
    found=$(sum_of "$work/archive")
    [ "$found" = "$wanted" ] \
        || fail "the archive's SHA-256 is $found, and should be $wanted: nothing was installed. Fetch it again; if that does not help, tell the publisher"

    tar -xzf "$work/archive" -C "$work" "$name/clerk-courier" || fail "the archive can't be unpacked: nothing was installed"
    mkdir -p "$dir" || fail "$dir can't be made: choose another directory with --dir"
    # Beside its place first, then renamed: a program that runs is replaced in one step.
    cp "$work/$name/clerk-courier" "$dir/.clerk-courier.new" || fail "$dir can't be written: choose another one with --dir, or run this as root"
    chmod 0755 "$dir/.clerk-courier.new"
    mv -f "$dir/.clerk-courier.new" "$dir/clerk-courier"
    printf 'installed %s, version %s\n' "$dir/clerk-courier" "$version"
    case ":$PATH:" in
        *":$dir:"*) ;;
        *) printf '%s is not on your PATH: add it, or call the program by its whole path\n' "$dir" ;;
    esac
}

main "$@"
