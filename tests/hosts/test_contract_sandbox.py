"""What every `Host` must do with sandboxes: a real backup, real WAL, a moment between two rows."""

import asyncio
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from pgtui.domain.command import Command
from pgtui.domain.errors import HostError
from pgtui.domain.plan import (
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    RemoveSandbox,
    StartSandbox,
    Step,
)
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.sandbox import NAME_PREFIX, SandboxSpec
from pgtui.hosts.base import Host, check, collect
from tests.hosts.sites import Past, Site, ask, make_past, spec_of, until

HOSTILE = "a\"b'c; $(touch x) [red]\n\x1b[31m é漢"


@pytest.fixture(scope="module")
def past(site: Site) -> Past:
    return make_past(site, "past")


def sandbox_name() -> str:
    return f"{NAME_PREFIX}{uuid4().hex[:8]}"


async def laid_down(host: Host, spec: SandboxSpec) -> None:
    await host.create_sandbox(spec)
    await check(host.lay_down_backup(spec), "laying down")


async def reach_target(host: Host, spec: SandboxSpec) -> None:
    async def is_paused() -> bool:
        if not await host.sandbox_running(spec):
            raise AssertionError(await host.sandbox_log(spec))
        try:
            paused = await ask(host, spec, "select pg_is_wal_replay_paused()")
        except HostError:
            # It does not answer before it is consistent.
            return False
        return paused == "t" and "pausing at the end of recovery" in await host.sandbox_log(spec)

    await until(is_paused, "replay has paused at the target")


async def test_a_sandbox_shows_the_past_and_goes_without_a_trace(
    any_host: Host, site: Site, past: Past
) -> None:
    spec = await spec_of(site, any_host, past, sandbox_name(), cluster=HOSTILE)
    await laid_down(any_host, spec)
    try:
        assert await any_host.sandbox_size(spec) > 1_000_000
        assert not await any_host.sandbox_running(spec)
        await any_host.start_sandbox(spec)
        await reach_target(any_host, spec)
        assert await ask(any_host, spec, "select x from past") == past.rows
        assert await any_host.sandbox_size(spec) > 1_000_000
        found = [each for each in await site.engine().sandboxes() if each.spec.name == spec.name]
        assert [(each.spec, each.running) for each in found] == [(spec, True)]
    finally:
        await any_host.remove_sandbox(spec)
    assert not await any_host.sandbox_running(spec)
    assert await any_host.sandbox_log(spec) == ""
    assert all(each.spec.name != spec.name for each in await site.engine().sandboxes())
    await any_host.remove_sandbox(spec)


async def test_a_sandbox_is_no_cluster_of_its_own(host: Host, site: Site, past: Past) -> None:
    spec = await spec_of(site, host, past, sandbox_name())
    await laid_down(host, spec)
    try:
        await host.start_sandbox(spec)
        _, clusters = await site.engine().look()
        assert spec.place not in [cluster.place for cluster in clusters]
    finally:
        await host.remove_sandbox(spec)


async def test_the_source_is_left_as_it_was(host: Host, site: Site, past: Past) -> None:
    before = await _listing(host, past.backup)
    spec = await spec_of(site, host, past, sandbox_name())
    await laid_down(host, spec)
    try:
        await host.start_sandbox(spec)
        await reach_target(host, spec)
    finally:
        await host.remove_sandbox(spec)
    assert await _listing(host, past.backup) == before
    assert site.psql("select count(*) from past") == "2"


async def test_a_sandbox_that_was_only_created_is_listed_and_removed(
    host: Host, site: Site, past: Past
) -> None:
    spec = await spec_of(site, host, past, sandbox_name(), cluster=HOSTILE)
    await host.create_sandbox(spec)
    try:
        await host.create_sandbox(spec)
        found = [each for each in await site.engine().sandboxes() if each.spec == spec]
        assert [each.running for each in found] == [False]
    finally:
        await host.remove_sandbox(spec)
    assert spec.name not in [each.spec.name for each in await site.engine().sandboxes()]


async def test_what_was_half_laid_down_can_be_laid_down_again(host: Host, site: Site, past: Past) -> None:
    spec = await spec_of(site, host, past, sandbox_name())
    await host.create_sandbox(spec)
    try:
        running = host.lay_down_backup(spec, tag="job-half")
        task = asyncio.create_task(collect(running))
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 0.3)
        await check(host.lay_down_backup(spec), "laying down")
        await host.start_sandbox(spec)
        await reach_target(host, spec)
        assert await ask(host, spec, "select x from past") == past.rows
    finally:
        await host.remove_sandbox(spec)


async def test_a_missing_backup_is_told(host: Host, site: Site, past: Past) -> None:
    gone = Past(f"{past.backup}-not-there", past.target, past.rows)
    spec = await spec_of(site, host, gone, sandbox_name())
    try:
        with pytest.raises(HostError, match="past-not-there"):
            await laid_down(host, spec)
    finally:
        await host.remove_sandbox(spec)


async def test_the_past_stays_as_it_is(host: Host, site: Site, past: Past) -> None:
    spec = await spec_of(site, host, past, sandbox_name())
    await laid_down(host, spec)
    try:
        await host.start_sandbox(spec)
        await reach_target(host, spec)
        argv = (f"{spec.bindir}/psql", "-X", "-h", spec.socket_directory, "-U", "postgres", "-d", "postgres")
        done = await collect(host.run_in_sandbox(spec, Command((*argv, "-c", "drop table past"))))
        assert done.code != 0
        assert b"read-only" in done.stderr
    finally:
        await host.remove_sandbox(spec)


async def test_the_shell_lines_do_the_same_without_pgtui(
    any_host: Host, site: Site, past: Past, tmp_path: Path
) -> None:
    spec = await spec_of(site, any_host, past, sandbox_name(), cluster=HOSTILE)
    # What is written is what the host knew when it was opened.
    host = await site.engine().open(site.place)
    steps: tuple[Step, ...] = (
        CreateSandbox(spec),
        LayDownBackup(spec, 0),
        StartSandbox(spec),
        AwaitTarget(spec, TimeTarget(past.target, 1), "0/0", "", ""),
    )
    try:
        await _bash([line for step in steps for line in host.shell_lines(step)], tmp_path)
        assert await ask(any_host, spec, "select x from past") == past.rows
        assert spec in [each.spec for each in await site.engine().sandboxes()]
        await _bash(list(host.shell_lines(RemoveSandbox(spec))), tmp_path)
        assert spec.name not in [each.spec.name for each in await site.engine().sandboxes()]
    finally:
        await any_host.remove_sandbox(spec)


async def _bash(lines: list[str], directory: Path) -> None:
    script = directory / "script.sh"
    script.write_text("\n".join(["set -euo pipefail", *lines, ""]))
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
    done = await asyncio.to_thread(
        subprocess.run,
        ["bash", str(script)],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{script.read_text()}"


async def _listing(host: Host, path: str) -> bytes:
    script = 'cd "$1" && find . -type f -exec stat -c "%n %s %Y" {} + | sort'
    return await check(host.run(Command(("sh", "-c", script, "sh", path))), "listing")
