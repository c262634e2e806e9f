"""How long the first frame and `--version` take, as multiples of what they cannot do without."""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

from terminal import run

ROUNDS = 9
FRAME_BUDGET = 2.0
VERSION_BUDGET = 3.0

PGTUI = [sys.executable, "-m", "pgtui"]
FRAMES = (
    ([*PGTUI], b"Clusters"),
    ([sys.executable, "-c", "import textual.app; print('im' + 'ported')"], b"imported"),
)
VERSIONS = (
    ([*PGTUI, "--version"], b"pgtui "),
    ([sys.executable, "-c", "print('bare ' + 'python')"], b"bare python"),
)


def seconds_until(argv: Sequence[str], sentinel: bytes) -> float:
    start = time.perf_counter()
    with run(argv) as terminal:
        terminal.read_until(sentinel)
        return time.perf_counter() - start


def medians(programs: Sequence[tuple[Sequence[str], bytes]]) -> list[float]:
    """Return each program's median; one after the other in turns, so that a busy moment hits all of them."""
    for program in programs:
        # Once before: byte code is compiled and files are read in.
        seconds_until(*program)
    rounds = [[seconds_until(*program) for program in programs] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def report(what: str, against: str, times: Sequence[float], budget: float) -> bool:
    ours, theirs = times
    ratio = ours / theirs
    print(f"{what}: {ours * 1000:.0f} ms, {ratio:.2f} times {against}; budget {budget:g}")
    return ratio <= budget


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when over budget")
    given = parser.parse_args()
    kept = [
        report("first frame", "`import textual.app`", medians(FRAMES), FRAME_BUDGET),
        report("pgtui --version", "bare Python", medians(VERSIONS), VERSION_BUDGET),
    ]
    sys.exit(1 if given.check and not all(kept) else 0)


if __name__ == "__main__":
    main()
