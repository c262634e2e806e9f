"""Default servers that archive nothing, on every kind of host, and what is asked of them."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pgtui.domain.job import JobSnapshot
from pgtui.domain.plan import Plan
from pgtui.storage.plan_codec import plan_to_json
from tests.docker_engine import ContainerFactory
from tests.local_cluster import ClusterFactory, run_as_server
from tests.services.house import DockerSite, House, LocalSite, Site, build_house

OpenHouse = Callable[[Site], House]
HOSTILE = "a\"b'c; $(x) [red] %f\\ äöü"
SHOWN = ("archive_mode", "archive_command", "archive_timeout", "wal_level", "logging_collector")
SEGMENT_NAME = 24


@dataclass(frozen=True)
class Bare:
    """A default server, and a directory that an archive may be made in."""

    site: Site
    room: str

    def sh(self, script: str, *arguments: str) -> str:
        """What a script prints where the server runs, as its account."""
        argv = ("sh", "-c", script, "sh", *arguments)
        if isinstance(self.site, DockerSite):
            return self.site.container.run(*argv)
        done = run_as_server(argv)
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def data(self) -> str:
        return self.site.psql("SHOW data_directory")

    def settings(self) -> dict[str, str]:
        return {name: self.site.psql(f"SHOW {name}") for name in SHOWN}

    def files(self) -> tuple[str, ...]:
        """The configuration files, byte for byte."""
        names = ("postgresql.conf", "postgresql.auto.conf")
        return tuple(self.sh('cat "$1"; echo .', f"{self.data}/{name}") for name in names)

    def segments(self, directory: str) -> list[str]:
        names = self.sh('ls "$1"', directory).split("\n")
        return [name for name in names if len(name) == SEGMENT_NAME]

    def landed(self, directory: str) -> str:
        """The one segment of an archive, which is byte for byte what the server wrote."""
        (segment,) = self.segments(directory)
        self.sh('cmp "$1" "$2"', f"{self.data}/pg_wal/{segment}", f"{directory}/{segment}")
        return segment


async def kill_in_the_middle(bare: Bare, plan: Plan, state: Path, step: int, when: str) -> House:
    """Have a pgtui run a plan and be killed at a step (`begun`, `done`); the house of the next one."""
    assert isinstance(bare.site, LocalSite)
    order = {
        **{"kind": "local", "place": bare.site.cluster.place.name, "user": bare.site.cluster.user},
        **{"backups": "/b", "archive": None, "state": str(state), "step": step, "when": when},
        "engine": {
            "data_directories": [str(bare.site.local.data)],
            "bindirs": [str(bare.site.local.bindir)],
            "sandbox_directory": str(bare.site.sandboxes),
        },
        "plan": plan_to_json(plan),
    }
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.services.victim", json.dumps(order)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return build_house(bare.site.engine(), bare.site.cluster, state)


def make_bare(request: pytest.FixtureRequest, kind: str, which: object) -> Bare:
    """A default server of a host and version, for one test."""
    if kind == "local":
        clusters: ClusterFactory = request.getfixturevalue("make_cluster")
        cluster = clusters(which, archiving=False)  # type: ignore[arg-type]
        local = LocalSite(cluster)
        local.cluster = replace(local.cluster, archive=None)
        return Bare(local, str(cluster.home))
    containers: ContainerFactory = request.getfixturevalue("postgres_container")
    container = containers(which, volumes=("/wal",))  # type: ignore[arg-type]
    docker = DockerSite(container, archive="", backups="/backup")
    docker.cluster = replace(docker.cluster, archive=None)
    return Bare(docker, "/wal")


async def run(house: House, plan: Plan) -> JobSnapshot:
    """Run a plan to its end."""
    return await house.jobs.wait(house.jobs.submit(plan))


async def undo(house: House, job: JobSnapshot) -> JobSnapshot:
    """Undo a job."""
    house.jobs.undo(job.id)
    return await house.jobs.wait(job.id)


def bash(script: str, *arguments: str) -> str:
    """Run a script as it is, without pgtui, and return what it printed."""
    done = subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=script,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
