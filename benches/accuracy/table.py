#!/usr/bin/env python3
"""Collects results and prints them side by side. Used by run.sh.

    ... | table.py add NAME SEED PROGRAM results.jsonl     one JSON line from standard input
    table.py show results.jsonl                            the table, with means
"""
import json
import sys


def add(name, seed, program, path):
    line = json.loads(sys.stdin.read())
    if program == "attentive":
        if line.get("outcome") != "finished":
            raise SystemExit(f"{name}, seed {seed}: the run ended as {line.get('outcome')}: {line.get('reason')}")
        line = dict(line["validation"], seconds=line["seconds"])
    with open(path, "a") as out:
        out.write(json.dumps(dict(line, name=name, seed=int(seed), program=program)) + "\n")


def show(path):
    rows = [json.loads(line) for line in open(path)]
    programs = ["attentive", "pytorch", "baseline"]
    print("| data | seed | " + " | ".join(programs) + " | attentive, s | pytorch, s |")
    print("|---|---:|" + "---:|" * (len(programs) + 2))
    for name in dict.fromkeys(row["name"] for row in rows):
        # The newest result of a seed counts, should it have been run again.
        found = {(r["seed"], r["program"]): r for r in rows if r["name"] == name}
        seeds = sorted({seed for seed, _ in found})
        means = {}
        for seed in seeds:
            cells = [found.get((seed, program), {}) for program in programs]
            times = [found.get((seed, program), {}).get("seconds") for program in programs[:2]]
            print(f"| {name} | {seed} | " + " | ".join(percent(c.get("accuracy")) for c in cells)
                  + " | " + " | ".join("-" if t is None else f"{t:.0f}" for t in times) + " |")
        for program in programs:
            values = [found[s, program]["accuracy"] for s in seeds if (s, program) in found]
            means[program] = sum(values) / len(values) if values else None
        print(f"| **{name}** | mean | " + " | ".join(f"**{percent(means[p])}**" for p in programs) + " | | |")
        if means["attentive"] is not None and means["pytorch"] is not None:
            print(f"\n{name}: attentive minus pytorch {100 * (means['attentive'] - means['pytorch']):+.2f} points\n")


def percent(value):
    return "-" if value is None else f"{100 * value:.2f} %"


if __name__ == "__main__":
    {"add": add, "show": show}[sys.argv[1]](*sys.argv[2:])
