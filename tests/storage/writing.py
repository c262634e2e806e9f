"""Run as a process: holds or writes the journal of one job until it is killed or told to end."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pgtui.domain.job import StepState
from pgtui.storage.journal import Journal
from tests.domain.samples import plan


def main(directory: str, job_id: str, mode: str) -> None:
    """Begin a job; then `hold` it until standard input ends, or write `many` records for ever."""
    writer = Journal(Path(directory), lambda: datetime.now(UTC)).open(job_id)
    writer.begin(job_id, plan())
    writer.step(0, StepState.DONE, 0.5)
    writer.step(1, StepState.RUNNING)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while mode == "many":
        writer.step(2, StepState.RUNNING, 0.25)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
