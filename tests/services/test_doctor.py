"""What the doctor calls well, worth knowing, and wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pgtui.domain.cluster import Cluster, HostStatus, InventorySnapshot, ServerState
from pgtui.domain.errors import ConfigError, ConnectError
from pgtui.domain.job import JobSnapshot, JobState, StepStatus
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import Plan, PlannedStep, ReloadServer
from pgtui.domain.sandbox import Sandbox, SandboxSpec
from pgtui.domain.server_version import ServerVersion
from pgtui.postgres.credentials import PasswordSources
from pgtui.services.doctor import Check, Doctor, Health, Leftover, Tool, is_healthy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOCAL = HostStatus(HostKind.LOCAL, "This machine")
DOCKER = HostStatus(HostKind.DOCKER, "Docker", "28.5.2")
NO_DOCKER = HostStatus(HostKind.DOCKER, "Docker", problem="No engine runs.", hint="Start it.")
HOME = Place(HostKind.LOCAL, "/srv/pg")
MAIN = Cluster("main", HOME, ServerState.RUNNING, ServerVersion(180001))
BOX = Sandbox(
    SandboxSpec(
        name="pgtui-sandbox-x",
        cluster="main",
        source=HOME,
        place=HOME,
        directory="/s",
        backup="/b",
        archive="/a",
        tablespaces=(),
        settings=(),
        user="postgres",
        target="noon",
        created="2026-11-22T12:00:00+00:00",
        bindir="",
    ),
    running=True,
)
JOB = JobSnapshot(
    "j1",
    Plan("Reload", "main", (PlannedStep(ReloadServer(HOME)),)),
    JobState.INTERRUPTED,
    NOW,
    steps=(StepStatus(),),
)


class Found:
    """What there is, for every collaborator at once."""

    def __init__(self) -> None:
        self.hosts: tuple[HostStatus, ...] = (DOCKER, LOCAL)
        self.clusters: tuple[Cluster, ...] = (MAIN,)
        self.tools: Sequence[Tool] = (Tool("/usr/bin", "18.1", "PATH"),)
        self.interrupted: tuple[JobSnapshot, ...] = ()
        self.boxes: tuple[Sandbox, ...] = ()
        self.leftovers: Sequence[Leftover] = ()
        self.unreadable: Sequence[Path] = ()
        self.config_problem: ConfigError | None = None
        self.password_problems: tuple[ConnectError, ...] = ()

    async def look(self) -> InventorySnapshot:
        return InventorySnapshot(self.hosts, self.clusters, NOW)

    async def load_past(self) -> tuple[JobSnapshot, ...]:
        return self.interrupted

    async def list(self) -> tuple[Sandbox, ...]:
        return self.boxes

    async def find_tools(self) -> Sequence[Tool]:
        return self.tools

    async def find_leftovers(self) -> Sequence[Leftover]:
        return self.leftovers

    async def close(self) -> None:
        pass

    async def examined(self) -> tuple[Check, ...]:
        doctor = Doctor(
            config_path=Path("/c.toml"),
            config_exists=True,
            config_problem=self.config_problem,
            inventory=self,
            jobs=self,
            sandboxes=self,
            find_tools=self.find_tools,
            find_leftovers=self.find_leftovers,
            unreadable_records=lambda: self.unreadable,
            close=self.close,
            password_problems=lambda: self.password_problems,
        )
        return await doctor.examine()


def of(checks: tuple[Check, ...], health: Health) -> list[str]:
    return [check.message for check in checks if check.health is health]


async def test_a_machine_in_order_is_healthy() -> None:
    checks = await Found().examined()

    assert is_healthy(checks)
    assert {check.health for check in checks} == {Health.OK}
    assert "Docker 28.5.2 can be used." in of(checks, Health.OK)
    assert "main: running, PostgreSQL 18.1, at local:/srv/pg." in of(checks, Health.OK)


async def test_a_machine_without_docker_is_healthy_unless_the_configuration_counts_on_it() -> None:
    found = Found()
    found.hosts = (NO_DOCKER, LOCAL)
    checks = await found.examined()
    assert is_healthy(checks)
    assert of(checks, Health.NOTE) == ["Docker: No engine runs."]

    inside = Cluster("in", Place(HostKind.DOCKER, "c"), ServerState.UNKNOWN, from_config=True)
    found.clusters = (inside,)
    assert not is_healthy(await found.examined())


async def test_no_usable_host_at_all_is_a_problem() -> None:
    found = Found()
    found.hosts = (NO_DOCKER, replace(LOCAL, problem="It cannot be searched."))

    assert of(await found.examined(), Health.PROBLEM) == [
        "Docker: No engine runs.",
        "This machine: It cannot be searched.",
    ]


async def test_a_cluster_that_the_configuration_names_and_that_is_not_there_is_a_problem() -> None:
    found = Found()
    found.clusters = (replace(MAIN, state=ServerState.MISSING),)

    assert "main" in of(await found.examined(), Health.PROBLEM)[0]


async def test_a_clusters_own_problem_is_told_in_its_words() -> None:
    found = Found()
    found.clusters = (replace(MAIN, problem="It has no archive."),)

    assert of(await found.examined(), Health.PROBLEM) == ["main: It has no archive."]


async def test_a_version_that_is_not_known_is_worth_knowing() -> None:
    found = Found()
    found.clusters = (replace(MAIN, version=ServerVersion(120000)),)

    (note,) = of(await found.examined(), Health.NOTE)
    assert "PostgreSQL 12" in note


async def test_an_interrupted_job_is_a_problem_with_both_ways_out() -> None:
    found = Found()
    found.interrupted = (JOB,)
    checks = await found.examined()

    (problem,) = [check for check in checks if check.health is Health.PROBLEM]
    assert "after 0 of 1 steps" in problem.message
    assert "jobs finish j1" in problem.hint
    assert "jobs undo j1" in problem.hint


async def test_leftovers_and_unreadable_records_are_problems_and_a_sandbox_is_none() -> None:
    found = Found()
    found.boxes = (BOX,)
    checks = await found.examined()
    assert is_healthy(checks)
    assert "pgtui-sandbox-x" in of(checks, Health.NOTE)[0]

    found.leftovers = (Leftover("A dead demo lies there.", "Remove it."),)
    found.unreadable = (Path("/state/x.jsonl"),)
    problems = of(await found.examined(), Health.PROBLEM)
    assert problems[1] == "A dead demo lies there."
    assert problems[0].startswith("/state/x.jsonl")


async def test_a_problem_of_the_configuration_comes_first_with_its_hint() -> None:
    found = Found()
    found.config_problem = ConfigError("/c.toml, line 2: no.", "Did you mean yes?")
    checks = await found.examined()

    assert (checks[0].health, checks[0].hint) == (Health.PROBLEM, "Did you mean yes?")


async def test_a_file_of_passwords_that_cannot_be_used_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".pgpass").write_text("*:*:*:*:x\n")
    (tmp_path / ".pgpass").chmod(0o644)
    (tmp_path / "open").write_text("x\n")
    (tmp_path / "open").chmod(0o640)
    (tmp_path / "good").write_text("x\n")
    (tmp_path / "good").chmod(0o400)
    files = {name: str(tmp_path / name) for name in ("absent", "open", "good")}
    found = Found()
    found.password_problems = PasswordSources({}, tmp_path).problems(files)
    problems = [check for check in await found.examined() if check.health is Health.PROBLEM]

    assert [check.area for check in problems] == ["configuration"] * 3
    absent, is_open, pgpass = problems
    assert "absent, cannot be read: No such file" in absent.message
    assert "group and others may read it" in is_open.message
    assert is_open.hint.startswith("Make it yours alone: chmod 0600")
    assert ".pgpass was ignored: its mode is 0644" in pgpass.message


async def test_nothing_found_is_worth_knowing_and_tells_what_to_do() -> None:
    found = Found()
    found.tools, found.clusters = (), ()
    checks = await found.examined()

    assert is_healthy(checks)
    notes = [check for check in checks if check.health is Health.NOTE]
    assert [check.area for check in notes] == ["tools", "clusters"]
    assert all(check.hint for check in notes)
