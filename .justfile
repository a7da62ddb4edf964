# `just` lists what there is; `./test.sh` needs no just.

[private]
default:
    @just --list --justfile {{ justfile() }}

# Formatting and lints, as the test command has them
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# Formatting, lints, all tests, the example configuration; `just test --quick` installs nothing
test *args:
    ./test.sh {{ args }}

# How the code is built and explained, in figures: who knows whom, the longest functions, comments
measure dir=".":
    @python3 .ci/house.py {{ dir }}

# What the steps of one message cost
bench *args:
    cargo bench --bench steps {{ args }}

# The playground, in the browser at http://127.0.0.1:8081
dev *args:
    cargo run --release -- dev {{ args }}

# One template to stdout: `just render verification_code --part text`
render slug *args:
    @cargo run --quiet -- render {{ slug }} {{ args }}
