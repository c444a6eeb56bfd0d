#!/usr/bin/env bash
# Puts the program, its menu entry and its icon below PREFIX (default ~/.local); needs a release
# build. DESTDIR is put before every path, for packages. `scripts/install.sh remove` takes them away.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix="${PREFIX:-$HOME/.local}"
root="${DESTDIR:-}$prefix"
program="${CARGO_TARGET_DIR:-target}/release/attentive"

if [ "${1:-}" = remove ]; then
    rm -f "$root/bin/attentive" "$root/share/applications/attentive.desktop" \
        "$root/share/icons/hicolor/256x256/apps/attentive.png"
    exit 0
fi
if [ ! -x "$program" ]; then
    echo "install: $program is missing; run: make build" >&2
    exit 1
fi
install -Dm755 "$program" "$root/bin/attentive"
install -Dm644 assets/icon/attentive.png "$root/share/icons/hicolor/256x256/apps/attentive.png"
# The menu may not search PATH for the program, so the entry names the whole path.
mkdir -p "$root/share/applications"
sed "s|^Exec=attentive|Exec=$prefix/bin/attentive|" assets/attentive.desktop \
    >"$root/share/applications/attentive.desktop"
if [ -z "${DESTDIR:-}" ] && command -v update-desktop-database >/dev/null; then
    update-desktop-database -q "$root/share/applications" || true
fi
echo "installed $root/bin/attentive, its menu entry and its icon"
case ":$PATH:" in *":$prefix/bin:"*) ;; *) echo "$prefix/bin is not in PATH: add it, or start Attentive from the menu" ;; esac
