# `just` lists what there is; `./test.sh` needs no just.

[private]
default:
    @just --list --justfile {{ justfile() }}

# Formatting and lints, as the test command has them
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# Everything: what is missing is installed, then formatting, lints, tests, the example configuration
test:
    ./test.sh

# What the steps of one message cost
bench *args:
    cargo bench --bench steps {{ args }}

# The playground, in the browser at http://127.0.0.1:8081
dev *args:
    cargo run --release -- dev {{ args }}

# One template to stdout: `just render verification_code --part text`
render slug *args:
    @cargo run --quiet -- render {{ slug }} {{ args }}

# Licences, advisories and banned crates (needs cargo-deny), spelling (needs typos)
audit:
    cargo deny --config .deny.toml check
    typos --config .typos.toml
