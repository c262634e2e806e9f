"""The journal: one file a job, written before and after each step, so that nothing is ever half done unseen.

A file is a line of JSON per record: the plan first, then steps as they begin and end, then the end. The
process that runs a job holds a lock on its file; a file without an end that nobody holds was interrupted.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pgtui.domain.job import KEPT_OUTPUT, JobRecord, JobState, StepState
from pgtui.domain.plan import Plan
from pgtui.storage.plan_codec import plan_from_json, plan_to_json

_LOCK_TRIES = 10
_LOCK_PAUSE = 0.01
"""Seconds."""


class JournalWriter:
    """One job's file, open and locked."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        """Open (or make) the file and lock it. Raises BlockingIOError when another process holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise
        self._file = os.fdopen(descriptor, "a", encoding="ascii")
        self._clock = clock
        _drop_torn_line(descriptor)

    def begin(self, job_id: str, plan: Plan) -> None:
        """Write the plan: the first record."""
        self._write({"type": "plan", "id": job_id, "plan": plan_to_json(plan)})

    def resume(self, mode: str) -> None:
        """Write that the job goes on, to `finish` or to `undo`."""
        self._write({"type": "resume", "mode": mode})

    def step(self, index: int, state: StepState, seconds: float | None = None) -> None:
        """Write that a step begins or has ended; on disk when this returns."""
        self._write({"type": "step", "index": index, "state": state, "seconds": seconds})

    def end(self, state: JobState, error: str, hint: str, output: tuple[str, ...]) -> None:
        """Write how the job ended."""
        record = {"type": "end", "state": state, "error": error, "hint": hint}
        self._write({**record, "output": output[-KEPT_OUTPUT:]})

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._file.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps({"at": self._clock().isoformat(), **record}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class Journal:
    """The directory of job files."""

    def __init__(self, directory: Path, clock: Callable[[], datetime]) -> None:
        """Keep the directory's name; it is made when the first job is written."""
        self._directory = directory
        self._clock = clock

    def open(self, job_id: str) -> JournalWriter:
        """Open a job's file for writing. Raises BlockingIOError when another process runs this job."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        writer = JournalWriter(self._directory / f"{job_id}.jsonl", self._clock)
        _sync_directory(self._directory)
        return writer

    def entries(self) -> tuple[JobRecord, ...]:
        """Read every job's file, newest first; one that cannot be read as a job is left out."""
        if not self._directory.is_dir():
            return ()
        found = [entry for path in sorted(self._directory.glob("*.jsonl")) if (entry := _read(path))]
        return tuple(sorted(found, key=lambda entry: entry.started, reverse=True))

    def entry(self, job_id: str) -> JobRecord | None:
        """Read one job's file."""
        return _read(self._directory / f"{job_id}.jsonl")

    def unreadable(self) -> tuple[Path, ...]:
        """Return files that are not a job's: damaged, or written by a newer pgtui."""
        if not self._directory.is_dir():
            return ()
        found = sorted(self._directory.glob("*.jsonl"))
        return tuple(path for path in found if not _is_empty(path) and not _read(path))


def _lock(descriptor: int) -> None:
    """Lock a job's file. Whoever reads it holds a lock, too, for an instant: only a lasting one counts."""
    for left in reversed(range(_LOCK_TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                raise
            time.sleep(_LOCK_PAUSE)
        else:
            return


def _sync_directory(directory: Path) -> None:
    """Have a new file's name survive a power loss, too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _drop_torn_line(descriptor: int) -> None:
    """Cut a last line that a crash left without its end, so that the next record stands alone."""
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, size, 0)
    whole = content.rfind(b"\n") + 1
    if whole != size:
        os.ftruncate(descriptor, whole)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)


def _read(path: Path) -> JobRecord | None:
    try:
        # Asked before reading: a job that ends in between must not look interrupted.
        is_held = _is_held(path)
        records = list(_records(path))
        return _entry(records, is_held=is_held) if records else None
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None


def _entry(records: list[dict[str, Any]], *, is_held: bool) -> JobRecord:
    head, plan = records[0], plan_from_json(records[0]["plan"])
    steps = [StepState.WAITING] * len(plan.steps)
    seconds: list[float | None] = [None] * len(plan.steps)
    end: dict[str, Any] | None = None
    for record in records[1:]:
        match record["type"]:
            case "step":
                steps[record["index"]] = StepState(record["state"])
                seconds[record["index"]] = record["seconds"]
            case "resume":
                end = None
            case "end":
                end = record
    unfinished = JobState.RUNNING if is_held else JobState.INTERRUPTED
    return JobRecord(
        id=head["id"],
        plan=plan,
        started=_moment(head["at"]),
        ended=_moment(end["at"]) if end else None,
        state=JobState(end["state"]) if end else unfinished,
        steps=tuple(steps),
        seconds=tuple(seconds),
        output=tuple(end["output"]) if end else (),
        error=end["error"] if end else "",
        hint=end["hint"] if end else "",
    )


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


def _is_held(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
