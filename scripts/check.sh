#!/usr/bin/env bash
# All checks, the cheapest first; stops at the first that fails. Lints and tests share one
# build: clippy's driver compiles our own code, so that no dependency is gone through twice.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

# As `cargo clippy -- -D warnings` does it.
linted() { RUSTC_WORKSPACE_WRAPPER="$(command -v clippy-driver)" CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__" "$@"; }

step cargo fmt --check
step linted cargo build --release --all-targets
step linted cargo test --release
