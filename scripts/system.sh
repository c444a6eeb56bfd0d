#!/usr/bin/env bash
# Finds out what the machine lacks and installs it by apt where apt exists; elsewhere it
# names what to install. Never fails because of a missing package: the build or the
# window says more precisely what it cannot do without.
#
#   scripts/system.sh run     what building and the window need
#   scripts/system.sh test    the same and what the window tests need
set -euo pipefail
purpose="${1:-run}"

say() { printf '%s\n' "$*" >&2; }

# A package, and the reason for it.
build=(build-essential pkg-config)
window=(libegl1 libgl1-mesa-dri libxkbcommon0 libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2 libwayland-client0)
drawing_tests=(mesa-vulkan-drivers)
chinese_font=fonts-noto-cjk

has_chinese_font() {
    if command -v fc-list >/dev/null 2>&1; then
        [ -n "$(fc-list :lang=zh file 2>/dev/null | head -n 1)" ]
    else
        installed "$chinese_font" || installed fonts-wqy-zenhei || installed fonts-wqy-microhei
    fi
}

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

install_by_apt() {
    local missing=() package
    for package in "${build[@]}" "${window[@]}" "${drawing_tests[@]}"; do
        installed "$package" || missing+=("$package")
    done
    has_chinese_font || missing+=("$chinese_font")
    [ "${#missing[@]}" -gt 0 ] || return 0

    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1; then
            as_root=(sudo)
        else
            say "Missing packages; as root, run: apt-get install -y ${missing[*]}"
            return 0
        fi
    fi
    say "Installing ${missing[*]}"
    if ! { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2; then
        say "apt could not install them; run it by hand: sudo apt-get install -y ${missing[*]}"
    fi
}

case "$(uname -s)" in
Linux)
    if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
        install_by_apt
    elif ! command -v cc >/dev/null 2>&1 || ! has_chinese_font; then
        say "Please install: a C compiler, pkg-config, EGL and Mesa's OpenGL and Vulkan drivers, libxkbcommon (with x11), libXcursor, libXi, libXrandr, and a font with Chinese characters such as Noto Sans CJK."
    fi
    ;;
Darwin)
    command -v cc >/dev/null 2>&1 || say "Please install the command line tools: xcode-select --install"
    ;;
*)
    say "Please make sure that a C compiler is installed; nothing else is needed here."
    ;;
esac

if ! command -v cargo >/dev/null 2>&1; then
    say "Rust is missing. Install it from https://rustup.rs with"
    say "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    say "open a new terminal, and run this again."
    exit 1
fi
if [ "$purpose" = test ]; then
    for tool in fmt clippy; do
        if ! cargo "$tool" --version >/dev/null 2>&1; then
            component="$([ "$tool" = fmt ] && echo rustfmt || echo clippy)"
            if command -v rustup >/dev/null 2>&1; then
                rustup component add "$component"
            else
                say "cargo $tool is missing; install it with your Rust (rustup: rustup component add $component)."
                exit 1
            fi
        fi
    done
fi
