"""The audit log: who had pgtui change what, when, and how it ended. Lines are only ever added."""

import json
import os
import pwd
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pgtui.domain.job import JobState
from pgtui.domain.plan import Plan
from pgtui.domain.words import describe_step


class AuditLog:
    """A file of JSON lines, readable by its owner only."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        """Keep the file's name; it is made with the first line."""
        self._path = path
        self._clock = clock

    @property
    def path(self) -> Path:
        """Where the log lies."""
        return self._path

    def began(self, job_id: str, plan: Plan, what: str) -> None:
        """Write that a plan begins to be run, finished or undone."""
        steps = [describe_step(planned.step) for planned in plan.steps]
        self._write(job_id, plan, what, {"steps": steps})

    def ended(self, job_id: str, plan: Plan, state: JobState, error: str) -> None:
        """Write how it ended."""
        self._write(job_id, plan, state, {"error": error} if error else {})

    def _write(self, job_id: str, plan: Plan, what: str, more: dict[str, object]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        record = {
            "at": self._clock().isoformat(),
            "who": _who(),
            "job": job_id,
            "cluster": plan.cluster,
            "plan": plan.title,
            "what": what,
            **more,
        }
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="ascii") as file:
            file.write(json.dumps(record) + "\n")


def _who() -> str:
    # By the uid: the environment can say anything.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
