#!/usr/bin/env bash
# Builds Attentive and opens its window. Without a display it says so and trains the
# built-in images here instead, with a progress bar.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/system.sh run
cargo build --release
attentive="${CARGO_TARGET_DIR:-target}/release/attentive"

if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "No display (neither DISPLAY nor WAYLAND_DISPLAY is set): training the built-in images without a window." >&2
    exec "$attentive" train configs/fashion.toml
fi
exec "$attentive"
