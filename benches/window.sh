#!/usr/bin/env bash
# The real window on a screen in memory (Xvfb, openbox, software Vulkan), measured from outside:
#
#   benches/window.sh first      how long a start takes until the first picture (REPEATS, 5)
#   benches/window.sh idle       processor time while nothing runs, of one core (SECONDS_EACH, 30)
#   benches/window.sh hidden     steps a second while the window is seen, put away, and while the
#                                screen does not answer it (REPEATS, 3; SECONDS_EACH, 30)
#   benches/window.sh signals    a run ends in order at SIGTERM and SIGINT, at once at a second one
#
# ATTENTIVE names the program, DISPLAY_NUMBER the screen (95), SIZE the screen's (1280x800).
# The program has folders of its own under TMPDIR; what was started is ended at the end. It needs
# xvfb, openbox and xdotool.
set -euo pipefail
what="${1:?first, idle, hidden or signals}"
attentive="${ATTENTIVE:-target/release/attentive}"
seconds="${SECONDS_EACH:-30}"
home="$(mktemp -d)"
started=()
leave() {
    for pid in "${started[@]}"; do kill -CONT "$pid" 2>/dev/null && kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$home"
}
trap leave EXIT

mkdir -m 700 "$home/runtime"
export XDG_RUNTIME_DIR="$home/runtime" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache" \
    XDG_DATA_HOME="$home/data" XDG_STATE_HOME="$home/state" DISPLAY=":${DISPLAY_NUMBER:-95}"
export ATTENTIVE_CONFIG="$home/config/attentive" ATTENTIVE_RUNS="$home/runs"
mkdir -p "$ATTENTIVE_CONFIG"
echo 'tour_seen = true' >"$ATTENTIVE_CONFIG/window.toml"
unset WAYLAND_DISPLAY
Xvfb "$DISPLAY" -noreset -screen 0 "${SIZE:-1280x800}x24" >"$home/x.log" 2>&1 &
started+=($!)
screen=$!
until xdotool getdisplaygeometry >/dev/null 2>&1; do sleep 0.2; done
openbox >"$home/openbox.log" 2>&1 &
started+=($!)

# Starts the window, with what it is given, and waits for its first picture.
open() {
    : >"$home/errors"
    "$attentive" --timing "$@" 2>"$home/errors" &
    program=$!
    until grep -q 'first frame' "$home/errors"; do
        kill -0 "$program" || { cat "$home/errors" >&2; exit 1; }
        sleep 0.1
    done
}
# Closes it and says how it ended.
close() {
    kill -TERM "$program"
    local code=0
    wait "$program" || code=$?
    [ "$code" = 0 ] || { echo "the window left with $code" >&2; cat "$home/errors" >&2; }
}
# Ticks, a hundred a second, in which the threads of the program ran.
ticks() { sed 's/.*) //' "/proc/$program/stat" | awk '{ print $12 + $13 }'; }
window() { xdotool search --onlyvisible --pid "$program" --name Attentive | tail -1; }
idle() {
    local before
    before="$(ticks)"
    sleep "$seconds"
    awk -v t="$(($(ticks) - before))" -v s="$seconds" -v what="$1" \
        'BEGIN { printf "%-42s %5.2f %% of a core over %d s\n", what, t / s, s }'
}
# Starts a run of many epochs and waits until it steps.
train() {
    # The settings of the built-in set, but that it does not end while it is measured.
    sed 's/^epochs *=.*/epochs = 100000/' configs/fashion.toml >"$ATTENTIVE_CONFIG/settings.toml"
    open builtin:fashion
    sleep 3
    xdotool key --window "$(window)" F5 || xdotool key F5
    until log="$(ls "$ATTENTIVE_RUNS"/*/events.jsonl 2>/dev/null | tail -1)" && [ -n "$log" ] &&
        grep -q '"step"' "$log"; do sleep 0.2; done
}
steps() { grep -c '"samples_per_s"' "$log"; }
# Steps a second over a while, by the clock.
pace() {
    local before began
    before="$(steps)" began="$(date +%s%N)"
    sleep "$seconds"
    awk -v n="$(($(steps) - before))" -v t="$(($(date +%s%N) - began))" 'BEGIN { printf "%.1f", n / t * 1e9 }'
}

case "$what" in
first)
    for _ in $(seq "${REPEATS:-5}"); do
        open
        cat "$home/errors"
        sleep 1
        close
    done
    ;;
idle)
    open builtin:fashion
    sleep 10
    idle "open data"
    xdotool mousemove 640 400
    sleep 3
    idle "the pointer over the window"
    # The palette, with a field to type into.
    xdotool key ctrl+k
    sleep 3
    idle "a cursor in a field"
    xdotool key Escape
    xdotool key F5
    sleep 20
    xdotool key shift+F5
    sleep 20
    idle "a run that was stopped"
    close
    ;;
hidden)
    train
    for _ in $(seq "${REPEATS:-3}"); do
        id="$(window)"
        seen="$(pace)"
        xdotool windowminimize "$id"
        sleep 1
        hidden="$(pace)"
        xdotool windowmap "$id"
        xdotool windowactivate "$id"
        sleep 1
        kill -STOP "$screen"
        sleep 1
        halted="$(pace)"
        kill -CONT "$screen"
        sleep 1
        awk -v s="$seen" -v h="$hidden" -v b="$halted" 'BEGIN {
            printf "steps a second: seen %.1f, put away %.1f (%.2f x), screen halted %.1f (%.2f x)\n", s, h, h / s, b, b / s }'
    done
    close
    ;;
signals)
    for signal in TERM INT; do
        train
        sleep 3
        kill "-$signal" "$program"
        code=0
        wait "$program" || code=$?
        echo "$signal: left with $code, saved $(ls "$(dirname "$log")/checkpoints"), the log ends with $(tail -1 "$log" | cut -c1-52)"
        rm -r "$ATTENTIVE_RUNS"
        train
        sleep 3
        kill "-$signal" "$program"
        # Two at once would be one.
        sleep 0.1
        began="$(date +%s%N)"
        kill "-$signal" "$program" || true
        code=0
        wait "$program" || code=$?
        echo "$signal twice: left with $code after $((($(date +%s%N) - began) / 1000000)) ms"
        rm -r "$ATTENTIVE_RUNS"
    done
    ;;
*)
    echo "first, idle, hidden or signals, not $what" >&2
    exit 2
    ;;
esac
