"""The doctor: looks at everything pgtui stands on, and at what may have been left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pgtui.domain.cluster import Cluster, HostStatus, InventorySnapshot, ServerState
from pgtui.domain.errors import ConfigError, PgtuiError
from pgtui.domain.job import JobSnapshot
from pgtui.domain.sandbox import Sandbox
from pgtui.domain.visible import visible


class Health(StrEnum):
    """What a check found."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    PROBLEM = "problem"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    area: str
    """configuration, hosts, tools, clusters, jobs or leftovers."""
    health: Health
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Tool:
    """A directory with PostgreSQL's programs on this machine."""

    directory: str
    version: str
    origin: str
    """How it was found."""


@dataclass(frozen=True)
class Leftover:
    """Something that pgtui made for a moment and that is still there."""

    what: str
    hint: str


class LooksAround(Protocol):
    """The part of the inventory that the doctor needs."""

    async def look(self) -> InventorySnapshot:
        """Look at every host."""


class TellsOfJobs(Protocol):
    """The part of the jobs that the doctor needs."""

    async def load_past(self) -> tuple[JobSnapshot, ...]:
        """Return the jobs that were interrupted."""


class TellsOfSandboxes(Protocol):
    """The part of the sandboxes that the doctor needs."""

    async def list(self) -> tuple[Sandbox, ...]:
        """Return all sandboxes."""


@dataclass(frozen=True)
class Doctor:
    """Everything to be looked at; given by bootstrap."""

    config_path: Path
    config_exists: bool
    config_problem: ConfigError | None
    inventory: LooksAround
    jobs: TellsOfJobs
    sandboxes: TellsOfSandboxes
    find_tools: Callable[[], Awaitable[Sequence[Tool]]]
    find_leftovers: Callable[[], Awaitable[Sequence[Leftover]]]
    unreadable_records: Callable[[], Sequence[Path]]
    """Files of the journal that are not a job's."""
    close: Callable[[], Awaitable[None]]
    password_problems: Callable[[], Sequence[PgtuiError]] = tuple
    """What is wrong with the files that hold passwords; it reads them."""

    async def examine(self) -> tuple[Check, ...]:
        """Look at all of it and return what was found, area by area. Never raises for what it finds."""
        snapshot, tools, interrupted, sandboxes, leftovers = await asyncio.gather(
            self.inventory.look(),
            self.find_tools(),
            self.jobs.load_past(),
            self.sandboxes.list(),
            self.find_leftovers(),
        )
        return (
            self._configuration(),
            *(
                Check("configuration", Health.PROBLEM, visible(problem.message), problem.hint)
                for problem in await asyncio.to_thread(self.password_problems)
            ),
            *_hosts(snapshot),
            *_tools(tools),
            *_clusters(snapshot.clusters),
            *_jobs(interrupted),
            *(_unreadable(path) for path in await asyncio.to_thread(self.unreadable_records)),
            *(_sandbox(sandbox) for sandbox in sandboxes),
            *(
                Check("leftovers", Health.PROBLEM, visible(left.what), visible(left.hint))
                for left in leftovers
            ),
        )

    def _configuration(self) -> Check:
        if self.config_problem:
            problem = self.config_problem
            return Check("configuration", Health.PROBLEM, problem.message, problem.hint)
        if not self.config_exists:
            return Check("configuration", Health.OK, f"There is no {self.config_path}: defaults are used.")
        return Check("configuration", Health.OK, f"{self.config_path} has no problems.")


def is_healthy(checks: Sequence[Check]) -> bool:
    """Return whether nothing is wrong."""
    return all(check.health is not Health.PROBLEM for check in checks)


def _hosts(snapshot: InventorySnapshot) -> list[Check]:
    usable = any(not host.problem for host in snapshot.hosts)
    return [_host(host, snapshot, is_needed=not usable) for host in snapshot.hosts]


def _host(host: HostStatus, snapshot: InventorySnapshot, *, is_needed: bool) -> Check:
    if not host.problem:
        return Check("hosts", Health.OK, f"{host.title} {host.version}".rstrip() + " can be used.")
    # A machine without Docker is no sick machine, unless the configuration counts on it.
    named = any(c.from_config and c.place.kind is host.kind for c in snapshot.clusters)
    health = Health.PROBLEM if is_needed or named else Health.NOTE
    return Check("hosts", health, f"{host.title}: {host.problem}", host.hint)


def _tools(tools: Sequence[Tool]) -> list[Check]:
    if not tools:
        return [
            Check(
                "tools",
                Health.NOTE,
                "No programs of PostgreSQL were found on this machine; clusters in containers need none.",
                "Install PostgreSQL, or name its directory under `bindirs` in the configuration.",
            )
        ]
    return [
        Check("tools", Health.OK, f"PostgreSQL {tool.version} in {tool.directory} ({tool.origin}).")
        for tool in tools
    ]


def _clusters(clusters: Sequence[Cluster]) -> list[Check]:
    if not clusters:
        hint = "Start one, name one in the configuration, or try `pgtui demo`."
        return [Check("clusters", Health.NOTE, "No clusters were found.", hint)]
    return [_cluster(cluster) for cluster in clusters]


def _cluster(cluster: Cluster) -> Check:
    name, place = visible(cluster.name), visible(str(cluster.place))
    if cluster.problem:
        return Check("clusters", Health.PROBLEM, f"{name}: {visible(cluster.problem)}")
    if cluster.state is ServerState.MISSING:
        message = f"{name}: the configuration names {place}, which is not there."
        return Check("clusters", Health.PROBLEM, message, "Correct its entry, or remove it.")
    version = f", PostgreSQL {cluster.version}" if cluster.version else ""
    message = f"{name}: {cluster.state.value}{version}, at {place}"
    if cluster.version and not cluster.version.is_supported:
        hint = "It knows the rules of PostgreSQL 13 to 18."
        return Check("clusters", Health.NOTE, f"{message}; pgtui does not know this version.", hint)
    return Check("clusters", Health.OK, f"{message}.")


def _jobs(interrupted: Sequence[JobSnapshot]) -> list[Check]:
    if not interrupted:
        return [Check("jobs", Health.OK, "No operation was interrupted.")]
    return [
        Check(
            "jobs",
            Health.PROBLEM,
            f"{visible(job.plan.title)} ({visible(job.plan.cluster)}) was interrupted"
            f" after {job.steps_done} of {len(job.plan.steps)} steps.",
            f"`pgtui jobs finish {job.id}` goes on with it, `pgtui jobs undo {job.id}` takes it back.",
        )
        for job in interrupted
    ]


def _unreadable(path: Path) -> Check:
    return Check(
        "jobs",
        Health.PROBLEM,
        f"{visible(str(path))} in the journal cannot be read as a job: it is damaged, or of a newer pgtui.",
        "Look at it, and remove it when nothing of that operation is left to be done.",
    )


def _sandbox(sandbox: Sandbox) -> Check:
    spec = sandbox.spec
    state = "runs" if sandbox.running else "does not run"
    message = (
        f"The sandbox {visible(spec.name)} of {visible(spec.cluster)} {state}; it was made {spec.created}."
    )
    return Check("leftovers", Health.NOTE, message, f"`pgtui sandbox remove {spec.name}` removes it.")
