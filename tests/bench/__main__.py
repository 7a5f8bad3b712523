"""bin/bench [name …]: run the benchmarks and print a table of each. `--strict` ends with 1 when a goal is missed.

`bin/bench search --tree FOLDER` measures a tree of markdown of your own, `bin/bench bot --data FOLDER` labelled sentences of your own.
"""

from __future__ import annotations

import importlib
import sys
import time
import traceback
from pathlib import Path

from tests.bench import given, table


def main(words: list[str]) -> int:
    words = given.taken(words)
    wanted = [word for word in words if not word.startswith("-")]
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = [word for word in words if word not in names and word != "--strict"]
    if unknown:
        print(f"{__doc__}\nThere is no {unknown[0]!r}; there are: {', '.join(names)}.")
        return 2
    rows, broken = measured([name for name in names if not wanted or name in wanted])
    missed = [row for row in rows if row.ok is False]
    if missed:
        print("\nMissed:\n" + table.drawn(missed))
    print(f"\n{len(rows)} measured, {len(missed)} missed their goal, {broken} could not be run.")
    return 1 if broken or (missed and "--strict" in words) else 0


def measured(names: list[str]) -> tuple[list[table.Row], int]:
    """The rows of the named benchmarks, and how many of them broke."""
    rows: list[table.Row] = []
    broken = 0
    for name in names:
        began = time.monotonic()
        try:
            found = importlib.import_module(f"tests.bench.bench_{name}").run()
            rows += found
            print(f"\n{table.drawn(found)}\n")
        except Exception:
            traceback.print_exc()
            broken += 1
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return rows, broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
