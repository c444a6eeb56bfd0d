#!/usr/bin/env bash
# Attentive and PyTorch by turns on one machine: for each case three repeats of training and
# inference, PyTorch in its four modes. One JSON line a run goes to the standard output.
#
#   benches/side_by_side.sh PYTHON PYTORCH_PROGRAM [CASE...] > lines.jsonl
#
# SECONDS_EACH, THREADS, REPEATS, MODES and ATTENTIVE (the program) may be set. AROUND, a command,
# is put before each run, for example one that quiets the machine meanwhile.
set -euo pipefail
python="$1" program="$2"
shift 2
cases=("$@")
[ "${#cases[@]}" -gt 0 ] || cases=(vit28 vit28s text128 vit224)
seconds="${SECONDS_EACH:-8}" threads="${THREADS:-2}"
attentive="${ATTENTIVE:-target/release/attentive}"
read -r -a modes <<<"${MODES:-eager compile bf16 compile-bf16}"
read -r -a around <<<"${AROUND:-}"

for case in "${cases[@]}"; do
    for repeat in $(seq "${REPEATS:-3}"); do
        for mode in train infer; do
            "${around[@]}" "$attentive" bench --case "$case" --mode "$mode" --threads "$threads" --seconds "$seconds" --json
        done
        for mode in "${modes[@]}"; do
            "${around[@]}" "$python" "$program" --case "$case" --mode "$mode" --threads "$threads" --seconds "$seconds" ||
                printf '{"case": "%s", "mode": "%s", "failed": true}\n' "$case" "$mode"
        done
    done
done
