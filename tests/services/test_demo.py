"""The demo: a real cluster with a history, and nothing left of it afterwards, however it ended."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from docker import DockerClient

from pgtui.domain.command import Command
from pgtui.domain.place import HostKind, Place
from pgtui.domain.recovery_settings import sandbox_settings
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.sandbox_json import spec_to_json
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.base import check
from pgtui.hosts.docker_demo import DEMO_LABEL, DockerDemoGround
from pgtui.hosts.local import LocalEngine
from pgtui.hosts.local_demo import LocalDemoGround
from pgtui.hosts.local_postmaster import running_postmaster, server_processes_below
from pgtui.hosts.programs import embedded_directory
from pgtui.services import demo as demo_module
from pgtui.services.demo import DemoCluster
from pgtui.services.demo_history import DATABASE, EVENTS
from tests.docker_engine import image_of
from tests.hosts.sites import until
from tests.local_cluster import server_account

ROOT = Path(__file__).parents[2]
embedded = pytest.mark.skipif(embedded_directory() is None, reason="needs the embedded PostgreSQL")

# Makes a demo's server and says where it is; then it waits to be killed.
HOLDER = """\
import asyncio, sys
from pgtui.hosts.{module} import {ground}

async def main():
    ground = {ground}({arguments})
    await ground.make()
    await ground.start()
    print(ground.{where}, flush=True)
    sys.stdin.readline()
    await ground.remove()
    print("gone", flush=True)

asyncio.run(main())
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def demo() -> AsyncIterator[DemoCluster]:
    demo = DemoCluster(LocalDemoGround())
    steps: list[tuple[str, float]] = []
    await demo.create(lambda words, fraction: steps.append((words, fraction)))
    try:
        assert [fraction for _, fraction in steps] == sorted(fraction for _, fraction in steps)
        assert (steps[0][1], steps[-1][1]) == (0.0, 1.0)
        yield demo
    finally:
        await demo.remove()


@embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_the_history_is_what_the_server_committed(demo: DemoCluster) -> None:
    moments = [moment for moment, _ in demo.history]
    assert [words for _, words in demo.history] == [event.words for event in EVENTS]
    assert all(later - earlier > timedelta(seconds=1) for earlier, later in pairwise(moments))
    assert moments[0] < demo.suggested_target < moments[1]
    assert abs(moments[-1] - datetime.now(UTC)) < timedelta(minutes=10)
    committed = await _psql(
        demo, "select extract(epoch from pg_xact_commit_timestamp(xmin)) from students where id = 7"
    )
    assert datetime.fromtimestamp(float(committed), UTC) == moments[2]
    assert await _psql(demo, "select surname from students where id = 7") == "Iron4"
    assert await _psql(demo, "select to_regclass('grades') is null") == "t"


@embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_the_demo_is_found_as_demo_with_its_backups_and_archive(demo: DemoCluster) -> None:
    _, clusters = await LocalEngine().look()
    (found,) = [cluster for cluster in clusters if cluster.place == demo.cluster.place]
    assert found.name.startswith("demo")
    assert (found.backups, found.archive) == (demo.cluster.backups, demo.cluster.archive)


@embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_between_the_first_two_renames_the_past_says_iron2(demo: DemoCluster) -> None:
    host = await LocalEngine().open(demo.cluster.place)
    name = f"pgtui-sandbox-demo-{os.getpid()}"
    place, directory = host.sandbox_at(name)
    (backup,) = await host.list(demo.cluster.backups[0])
    assert demo.cluster.version is not None
    assert demo.cluster.archive is not None
    settings = sandbox_settings(
        ServerVersion(demo.cluster.version.number),
        TimeTarget(demo.suggested_target, 1),
        directory=directory,
        archive=demo.cluster.archive,
        limits={},
    )
    spec = SandboxSpec(
        name=name,
        cluster="demo",
        source=demo.cluster.place,
        place=place,
        directory=directory,
        backup=f"{demo.cluster.backups[0]}/{backup.name}",
        archive=demo.cluster.archive,
        tablespaces=(),
        settings=settings,
        user="postgres",
        target="",
        created=datetime.now(UTC).isoformat(),
        bindir=host.bindir,
    )
    await host.create_sandbox(spec)
    try:
        await check(host.lay_down_backup(spec), "copying")
        await host.start_sandbox(spec)

        async def reached() -> bool:
            return "pausing at the end of recovery" in await host.sandbox_log(spec)

        await until(reached, "the sandbox pauses")
        argv = (f"{spec.bindir}/psql", "-XqAt", "-h", spec.socket_directory, "-U", "postgres", "-d", DATABASE)
        query = "select surname, (select count(*) > 0 from grades) from students where id = 7"
        rows = await check(host.run_in_sandbox(spec, Command((*argv, "-c", query))), "psql")
        assert rows.decode() == "Iron2|t\n"
    finally:
        await host.remove_sandbox(spec)


@embedded
async def test_a_stopped_demo_still_has_its_log() -> None:
    made = DemoCluster(LocalDemoGround())
    await made.create(lambda *_: None)
    try:
        host = await LocalEngine().open(made.cluster.place)
        await host.stop()
        log = b"".join([chunk async for chunk in host.server_log()])
        assert b"database system is shut down" in log
        await host.start()
        assert b"ready to accept connections" in b"".join([chunk async for chunk in host.server_log(last=3)])
    finally:
        await made.remove()


@embedded
@pytest.mark.asyncio(loop_scope="module")
async def test_another_demo_leaves_a_living_one_alone(demo: DemoCluster) -> None:
    await LocalDemoGround().remove_leftovers()
    assert await _psql(demo, "select 1") == "1"


@embedded
async def test_a_removed_demo_leaves_no_trace_and_neither_do_its_sandboxes(tmp_path: Path) -> None:
    ground = LocalDemoGround(sandbox_directory=str(tmp_path / "sandboxes"))
    await ground.make()
    await ground.start()
    home = ground.home
    sandbox = tmp_path / "sandboxes" / "pgtui-sandbox-x"
    sandbox.mkdir(parents=True)
    (sandbox / "pgtui-sandbox.json").write_text(_mark_of(sandbox, source=f"{home}/data"))
    other = tmp_path / "sandboxes" / "pgtui-sandbox-y"
    other.mkdir()
    (other / "pgtui-sandbox.json").write_text(_mark_of(other, source="/srv/data"))
    assert server_processes_below(str(home))
    await ground.remove()
    assert not home.exists()
    assert not server_processes_below(str(home))
    assert not sandbox.exists()
    assert other.exists()
    await ground.remove()


@embedded
async def test_a_cancelled_demo_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_module, "MOMENT", 60.0)
    ground = LocalDemoGround()
    demo = DemoCluster(ground)
    homes: list[Path] = []

    def progress(words: str, _fraction: float) -> None:
        if words.startswith("History"):
            homes.append(ground.home)
            task.cancel()

    task = asyncio.create_task(demo.create(progress))
    with pytest.raises(asyncio.CancelledError):
        await task
    (home,) = homes
    assert not home.exists()
    assert not server_processes_below(str(home))


@embedded
async def test_what_a_killed_demo_left_is_removed_by_the_next() -> None:
    with _holder("local_demo", "LocalDemoGround", "", "home", sys.executable) as (process, home):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
        assert running_postmaster(f"{home}/data") is not None
        assert await LocalDemoGround().remove_leftovers() >= 1
        assert not Path(home).exists()
        assert not server_processes_below(home)


@embedded
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
async def test_programs_that_are_closed_to_the_account_are_copied_into_the_demo(tmp_path: Path) -> None:
    directory = embedded_directory()
    assert directory is not None
    closed = tmp_path / "venv"
    closed.mkdir(mode=0o700)
    package = Path(directory).parents[1]
    subprocess.run(["cp", "-a", package, package.with_name(f"{package.name}.libs"), closed], check=True)
    ground = LocalDemoGround(bindir=str(closed / package.name / "pginstall" / "bin"))
    try:
        await ground.make()
        await ground.start()
        assert list((ground.home / "programs").rglob("bin/postgres"))
        assert (await ground.sql("select 1", "postgres")).strip() == "1"
    finally:
        await ground.remove()


@embedded
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
async def test_an_ordinary_account_needs_no_other() -> None:
    python = _python_of_others()
    if python is None:
        pytest.skip("this account's Python, its packages or this directory are closed to others")
    with _holder("local_demo", "LocalDemoGround", "", "home", python, as_other=True) as (process, home):
        account = server_account()
        assert account is not None
        assert Path(home).stat().st_uid == account.uid
        said, _ = process.communicate("end\n", timeout=60)
        assert said == "gone\n"
        assert not Path(home).exists()


async def test_the_demo_in_a_container_has_the_same_history(engine: DockerClient) -> None:
    ground = DockerDemoGround(image=image_of(17))
    demo = DemoCluster(ground)
    await demo.create(lambda _words, _fraction: None)
    try:
        assert [words for _, words in demo.history] == [event.words for event in EVENTS]
        assert (await ground.sql("select surname from students where id = 7", DATABASE)).strip() == "Iron4"
        container = engine.containers.get(demo.cluster.place.name)
        listed = container.exec_run(["ls", "-A", demo.cluster.archive or "", demo.cluster.backups[0]])
        assert isinstance(listed.output, bytes)
        assert b".backup" in listed.output
        assert await DockerDemoGround().remove_leftovers() == 0
    finally:
        await demo.remove()
    _assert_nothing_in(engine, container.name or "")


async def test_what_a_killed_demo_left_in_the_engine_is_removed_by_the_next(engine: DockerClient) -> None:
    arguments = f'image="{image_of(17)}"'
    with _holder("docker_demo", "DockerDemoGround", arguments, "container", sys.executable) as (
        process,
        name,
    ):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
        assert engine.containers.get(name).status == "running"
        assert await DockerDemoGround().remove_leftovers() >= 1
        _assert_nothing_in(engine, name)


async def _psql(demo: DemoCluster, sql: str) -> str:
    host = await LocalEngine().open(demo.cluster.place)
    address = (await host.addresses())[0]
    argv = (f"{host.bindir}/psql", "-XqAt", "-h", address.host, "-U", "postgres", "-d", DATABASE, "-c", sql)
    return (await check(host.run(Command(argv)), "psql")).decode().strip()


@contextmanager
def _holder(
    module: str, ground: str, arguments: str, where: str, python: str, *, as_other: bool = False
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of its own that holds a demo, and what it says of where that is."""
    account = server_account() if as_other else None
    script = HOLDER.format(module=module, ground=ground, arguments=arguments, where=where)
    process = subprocess.Popen(
        [python, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": _python_path(), **_docker_environment()},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        assert said, f"the demo did not start: exit code {process.wait(timeout=20)}"
        yield process, said
    finally:
        if process.poll() is None:
            process.communicate("end\n", timeout=60)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _docker_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}


def _python_path() -> str:
    packages = Path(embedded_directory() or "/").parents[2]
    return os.pathsep.join([str(ROOT), str(packages)])


def _python_of_others() -> str | None:
    account = server_account()
    assert account is not None
    for python in (sys.executable, shutil.which("python3", path="/usr/bin")):
        if python is None:
            continue
        try:
            done = subprocess.run(
                [python, "-c", "import sys, pgtui.hosts.local_demo; assert sys.version_info >= (3, 11)"],
                env={"PYTHONPATH": _python_path()},
                cwd="/",
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                capture_output=True,
                check=False,
            )
        except PermissionError:
            continue
        if done.returncode == 0:
            return python
    return None


def _mark_of(directory: Path, *, source: str) -> str:
    place = Place(HostKind.LOCAL, f"{directory}/data")
    return spec_to_json(
        SandboxSpec(
            name=directory.name,
            cluster="demo",
            source=Place(HostKind.LOCAL, source),
            place=place,
            directory=str(directory),
            backup="/b",
            archive="/a",
            tablespaces=(),
            settings=(),
            user="postgres",
            target="",
            created="",
            bindir="",
        )
    )


def _assert_nothing_in(engine: DockerClient, name: str) -> None:
    assert name not in [container.name for container in engine.containers.list(all=True)]
    labelled = engine.volumes.list(filters={"label": DEMO_LABEL})
    assert not [volume.name for volume in labelled if str(volume.name).startswith(name)]
