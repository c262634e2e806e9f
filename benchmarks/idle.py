"""How much of a core the console takes while nobody touches it."""

import argparse
import os
import sys
import time
from pathlib import Path

from terminal import Terminal, run

SETTLE = 8.0
SECONDS = 20.0
BUDGET = 2.0


def cpu_seconds(pid: int) -> float:
    """Return what a process and its ended children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def watch(terminal: Terminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not terminal.read_for(left):
            raise SystemExit(f"the console ended:\n{terminal.drawn.decode(errors='replace')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when over budget")
    given = parser.parse_args()
    with run([sys.executable, "-m", "pgtui"]) as terminal:
        terminal.read_until(b"Clusters")
        watch(terminal, SETTLE)
        before = cpu_seconds(terminal.process.pid)
        watch(terminal, SECONDS)
        share = 100 * (cpu_seconds(terminal.process.pid) - before) / SECONDS
    print(f"idle console: {share:.2f} % of a core over {SECONDS:.0f} s; budget {BUDGET:g} %")
    sys.exit(1 if given.check and share > BUDGET else 0)


if __name__ == "__main__":
    main()
