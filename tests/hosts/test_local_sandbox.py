"""Sandboxes on this machine: whose server is stopped, what is refused, and what a bare script makes."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pgtui.domain.errors import BadInput, CommandFailed, HostError
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import AwaitTarget, CreateSandbox, LayDownBackup, RemoveSandbox, StartSandbox
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.sandbox import SandboxSpec
from pgtui.hosts.base import check
from pgtui.hosts.local import LocalEngine
from pgtui.hosts.local_host import LocalHost
from tests.hosts.sites import LocalSite, Past, ask, make_past, spec_of
from tests.local_cluster import ClusterFactory, LocalCluster, run_as_server


@pytest.fixture
def base(make_cluster: ClusterFactory) -> Iterator[Path]:
    """A directory for sandboxes whose name would do harm in a careless shell."""
    base = make_cluster.root / 'it\'s $(x) "b"'
    base.mkdir(mode=0o755)
    yield base
    left = [str(path) for path in base.iterdir()]
    assert left == []


async def _host(cluster: LocalCluster, base: Path) -> LocalHost:
    return await LocalEngine(sandbox_directory=str(base)).open(Place(HostKind.LOCAL, str(cluster.data)))


async def test_the_past_is_reached_in_a_directory_of_a_hostile_name(
    local_cluster: LocalCluster, base: Path
) -> None:
    site, host = LocalSite(local_cluster), await _host(local_cluster, base)
    past = make_past(site, "past")
    spec = await spec_of(site, host, past, "pgtui-sandbox-a")
    await host.create_sandbox(spec)
    await check(host.lay_down_backup(spec), "copying")
    await host.start_sandbox(spec)
    assert await host.sandbox_running(spec)
    while await _paused(host, spec) != "t":
        assert await host.sandbox_running(spec), await host.sandbox_log(spec)
    assert await ask(host, spec, 'select * from "past"') == past.rows
    (found,) = await LocalEngine(sandbox_directory=str(base)).sandboxes()
    assert (found.spec, found.running) == (spec, True)
    assert await host.sandbox_size(spec) > 1_000_000
    await host.remove_sandbox(spec)
    await host.remove_sandbox(spec)
    assert local_cluster.is_running()


async def _paused(host: LocalHost, spec: SandboxSpec) -> str:
    try:
        return await ask(host, spec, "select pg_is_wal_replay_paused()")
    except CommandFailed:
        # Not consistent yet.
        return ""


async def test_the_lines_alone_reach_the_past_and_remove_it(local_cluster: LocalCluster, base: Path) -> None:
    site, host = LocalSite(local_cluster), await _host(local_cluster, base)
    past = make_past(site, "past")
    spec = await spec_of(site, host, past, "pgtui-sandbox-b")
    target = TimeTarget(past.target, 1)
    steps = (
        *(CreateSandbox(spec), LayDownBackup(spec, 0), StartSandbox(spec)),
        AwaitTarget(spec, target, "0/0", "", ""),
    )
    _bash([line for step in steps for line in host.shell_lines(step)])
    assert await ask(host, spec, 'select * from "past"') == past.rows
    _bash(list(host.shell_lines(RemoveSandbox(spec))))


def _bash(lines: list[str]) -> None:
    script = "set -euo pipefail\n" + "\n".join(lines)
    done = subprocess.run(
        ["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


async def test_a_copied_lock_file_never_stops_the_original(make_cluster: ClusterFactory, base: Path) -> None:
    cluster = make_cluster()
    site, host = LocalSite(cluster), await _host(cluster, base)
    spec = await spec_of(site, host, _some_past(cluster), "pgtui-sandbox-c")
    await host.create_sandbox(spec)
    run_as_server(["cp", str(cluster.data / "postmaster.pid"), f"{spec.directory}/data/postmaster.pid"])
    assert not await host.sandbox_running(spec)
    await host.remove_sandbox(spec)
    assert cluster.is_running()


async def test_a_server_that_refuses_its_settings_is_told_in_its_own_words(
    make_cluster: ClusterFactory, base: Path
) -> None:
    cluster = make_cluster()
    site, host = LocalSite(cluster), await _host(cluster, base)
    spec = await spec_of(site, host, _some_past(cluster), "pgtui-sandbox-d")
    spec = replace(spec, settings=(*spec.settings, ("max_connections", "many")))
    await host.create_sandbox(spec)
    await check(host.lay_down_backup(spec), "copying")
    with pytest.raises(HostError, match="max_connections"):
        await host.start_sandbox(spec)
    await host.remove_sandbox(spec)


@pytest.mark.skipif(os.geteuid() != 0, reason="to root nothing is closed, so it takes another account")
async def test_an_archive_that_is_closed_to_the_account_is_refused_first(
    make_cluster: ClusterFactory, base: Path
) -> None:
    cluster = make_cluster()
    site, host = LocalSite(cluster), await _host(cluster, base)
    closed = make_cluster.root / "closed"
    closed.mkdir(mode=0o700)
    spec = await spec_of(site, host, _some_past(cluster), "pgtui-sandbox-e")
    with pytest.raises(HostError, match="archive") as raised:
        await host.create_sandbox(replace(spec, archive=str(closed)))
    assert "chmod" in raised.value.hint
    assert not Path(spec.directory).exists()


async def test_what_lies_there_already_is_neither_used_nor_removed(
    make_cluster: ClusterFactory, base: Path
) -> None:
    cluster = make_cluster()
    site, host = LocalSite(cluster), await _host(cluster, base)
    spec = await spec_of(site, host, _some_past(cluster), "pgtui-sandbox-f")
    thesis = Path(spec.directory) / "thesis"
    thesis.parent.mkdir()
    thesis.write_text("mine")
    for doing in (host.create_sandbox, host.remove_sandbox):
        with pytest.raises(HostError, match="mark"):
            await doing(spec)
    assert thesis.read_text() == "mine"
    thesis.unlink()
    await host.remove_sandbox(spec)


async def test_a_path_too_long_for_a_socket_is_refused(make_cluster: ClusterFactory) -> None:
    host = await _host(make_cluster(start=False), Path("/tmp") / ("x" * 80))
    with pytest.raises(BadInput, match="too long") as raised:
        host.sandbox_at("pgtui-sandbox-a")
    assert "sandbox_directory" in raised.value.hint


def _some_past(cluster: LocalCluster) -> Past:
    return Past(str(cluster.base_backup()), datetime.now(UTC), "")
