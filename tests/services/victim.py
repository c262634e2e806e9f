"""A pgtui that is killed at a chosen point of a plan: run as a program, by test_killed.py and others."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.job import JobSnapshot, StepState
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.base import Engine
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.local import LocalEngine
from pgtui.services.recovery import RecoveryDraft
from pgtui.storage.journal import Journal, JournalWriter
from pgtui.storage.plan_codec import plan_from_json
from tests.services.house import build_house, now


class DeadlyWriter(JournalWriter):
    """Kills its own process as `kill -9` would, before a step begins or before its end is written."""

    step_number: int
    when: str

    def step(self, index: int, state: StepState, seconds: float | None = None) -> None:
        if index == self.step_number and self.when == "done" and state is StepState.DONE:
            die()
        super().step(index, state, seconds)
        if index == self.step_number and self.when == "begun" and state is StepState.RUNNING:
            die()


class DeadlyJournal(Journal):
    """Gives deadly writers."""

    def __init__(self, directory: Path, step_number: int, when: str) -> None:
        super().__init__(directory, now)
        self._directory = directory
        self._step_number, self._when = step_number, when

    def open(self, job_id: str) -> DeadlyWriter:
        self._directory.mkdir(parents=True, exist_ok=True)
        writer = DeadlyWriter(self._directory / f"{job_id}.jsonl", now)
        writer.step_number, writer.when = self._step_number, self._when
        return writer


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def engine_of(order: dict[str, Any]) -> Engine:
    if order["kind"] == "docker":
        return DockerEngine()
    return LocalEngine(**{name: _tuple(value) for name, value in order["engine"].items()})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


async def run(order: dict[str, Any]) -> None:
    cluster = Cluster(
        name="student",
        place=Place(HostKind(order["kind"]), order["place"]),
        state=ServerState.RUNNING,
        user=order["user"],
        backups=(order["backups"],),
        archive=order["archive"],
    )
    house = build_house(engine_of(order), cluster, Path(order["state"]))
    journal = DeadlyJournal(Path(order["state"]) / "jobs", order["step"], order["when"])
    house.jobs._journal = journal  # noqa: SLF001  # the one seam: only a journal knows when a step begins
    if order["when"] == "working":
        house.jobs.listen(lambda job: _die_at_work(job, order["step"]))
    if "plan" in order:
        plan = plan_from_json(order["plan"])
    else:
        plan = (await house.recovery.propose(RecoveryDraft("student", order["target"]))).plan
    await house.jobs.wait(house.jobs.submit(plan))


def _die_at_work(job: JobSnapshot, step: int) -> None:
    if job.steps[step].state is StepState.RUNNING and job.progress is not None:
        die()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
