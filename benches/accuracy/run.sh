#!/usr/bin/env bash
# Same-recipe accuracy: Attentive and PyTorch train the same settings on the same split,
# preprocessing and token ids, several seeds each; a baseline without attention stands beside.
#
#   benches/accuracy/run.sh --seeds 5 --python .venv/bin/python configs/fashion.toml configs/helpdesk.toml
#   benches/accuracy/run.sh --set data.source=/data/movie-reviews.csv configs/reviews.toml
#
#   --seeds N      seeds 0 to N-1 (5)       --threads T    threads of both programs (0 = all)
#   --python PY    a Python with torch, numpy and scikit-learn (python3)
#   --set K=V      over the settings file, as for `attentive train`; may be given often
#   --out DIR      where prepared data, runs and results.jsonl go (a temporary folder)
#
# The seed also draws the validation split and trains the tokenizer, so the data are exported
# from each run and both programs get the same. Needs a quiet machine only for the times.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"

seeds=5 threads=0 python=python3 out="" configs=() assignments=()
while [ $# -gt 0 ]; do
    case "$1" in
    --seeds) seeds="$2"; shift 2 ;;
    --threads) threads="$2"; shift 2 ;;
    --python) python="$2"; shift 2 ;;
    --set) assignments+=(--set "$2"); shift 2 ;;
    --out) out="$2"; shift 2 ;;
    -h | --help) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "unknown option $1; see --help" >&2; exit 2 ;;
    *) configs+=("$1"); shift ;;
    esac
done
[ "${#configs[@]}" -gt 0 ] || { echo "name at least one settings file; see --help" >&2; exit 2; }
out="${out:-$(mktemp -d)}"
mkdir -p "$out"
echo "everything goes to $out" >&2

(cd "$root" && cargo build --release --quiet --bin attentive --example export_prepared)
binaries="${CARGO_TARGET_DIR:-$root/target}/release"

for config in "${configs[@]}"; do
    name="$(basename "$config" .toml)"
    for seed in $(seq 0 $((seeds - 1))); do
        prepared="$out/$name-$seed-prepared" run="$out/$name-$seed-run"
        settings=("${assignments[@]}" --set "train.seed=$seed" --set "train.threads=$threads")
        rm -rf "$prepared" "$run"
        echo "$name seed $seed: attentive" >&2
        "$binaries/attentive" train "$config" "${settings[@]}" --run "$run" --json 2>>"$out/messages.txt" |
            tail -n 1 | "$python" "$here/table.py" add "$name" "$seed" attentive "$out/results.jsonl"
        # Read back from the run: the split, pixel statistics and tokenizer are the run's own.
        "$binaries/examples/export_prepared" "$run" "$prepared"
        echo "$name seed $seed: pytorch" >&2
        "$python" "$here/pytorch_reference.py" "$prepared" --seed "$seed" --threads "$threads" |
            "$python" "$here/table.py" add "$name" "$seed" pytorch "$out/results.jsonl"
        echo "$name seed $seed: baseline" >&2
        "$python" "$here/baselines.py" "$prepared" |
            "$python" "$here/table.py" add "$name" "$seed" baseline "$out/results.jsonl"
        rm -rf "$prepared"
    done
done
"$python" "$here/table.py" show "$out/results.jsonl"
