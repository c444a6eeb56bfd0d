#!/usr/bin/env bash
# All checks, the cheapest first; stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

step cargo fmt --check
step cargo clippy --release --all-targets -- -D warnings
step cargo test --release
