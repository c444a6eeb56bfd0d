"""Merges the English and the Chinese messages into helpdesk.csv.

    python3 make.py ENGLISH.csv CHINESE.csv

Each has the columns text and label. The order is that of the SHA-256 of the text, so it is
mixed and the same everywhere. Standard library only.
"""

import csv
import hashlib
import pathlib
import sys


def main():
    rows = []
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8-sig", newline="") as file:
            header, *body = csv.reader(file)
            assert header == ["text", "label"], name
            rows += body
    rows.sort(key=lambda row: hashlib.sha256(row[0].encode()).digest())
    target = pathlib.Path(__file__).resolve().parent / "helpdesk.csv"
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
