"""The monitor goes on through all that can happen to a server, and never shows an old figure as a new one."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus, Figures
from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import BadInput, FileProblem
from pgtui.domain.secret import Secret
from tests.docker_engine import MAJORS
from tests.local_cluster import ClusterFactory, installations
from tests.services.archive_ground import (
    FINE,
    NAME,
    Ground,
    LocalGround,
    Watching,
    archive_of,
    docker_ground,
    local_ground,
    sound_command,
    switch,
    unmount,
    use_command,
    watching,
)
from tests.services.house import now, until

SOON = 5.0
"""Seconds until it is seen that a server does not answer, and until it is seen that it does again."""
KINDS = ("local", pytest.param("docker", marks=pytest.mark.docker))


@pytest.fixture(scope="module", params=KINDS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """One of the newest servers on each kind of host; each test leaves it running."""
    if request.param == "docker":
        yield docker_ground(request.getfixturevalue("session_postgres_container"), MAJORS[-1], is_small=False)
        return
    if not installations():
        pytest.skip("no PostgreSQL on this machine")
    local = local_ground(request.getfixturevalue("session_clusters"), installations()[-1])
    yield local
    unmount(local)


async def gone(watch: Watching, state: ServerState) -> ArchiveStatus:
    """Wait until it is seen that the server does not answer: then nothing old is shown as current."""
    seen = await watch.until(lambda s: not s.is_current and s.server is state, f"it is {state}", SOON)
    assert seen.figures == Figures()
    assert seen.verdict.state in (ArchiveState.STOPPED, ArchiveState.UNKNOWN)
    assert watch.monitor.points(NAME)[-1].written is None, "a gap is shown as a gap"
    return seen


async def back(watch: Watching) -> ArchiveStatus:
    began = time.monotonic()
    seen = await watch.until(lambda s: s.is_current, "it is seen again", SOON)
    assert time.monotonic() - began <= SOON
    assert any("answers again" in event.words for event in seen.events)
    return seen


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
async def test_a_server_that_stops_and_comes_back(ground: Ground, kill: bool) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.stop(kill=kill)
        seen = await gone(watch, ServerState.STOPPED)
        assert seen.sample is not None, "what was seen last can be shown as such"
        ground.start()
        again = await back(watch)
        assert any("restarted" in event.words for event in again.events)
        await watch.until_fine()
        gaps = [point for point in watch.monitor.points(NAME) if point.written is None]
        assert gaps


async def test_a_server_that_is_frozen(ground: Ground) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.freeze()
        try:
            is_local = isinstance(ground, LocalGround)
            silent = await gone(watch, ServerState.RUNNING if is_local else ServerState.PAUSED)
            later = await watch.until(
                lambda s: s.taken > silent.taken + timedelta(seconds=2), "a while later"
            )
            # Nothing in it counts: a number would stand still, or be taken for one that does not.
            assert later.verdict == silent.verdict
            if is_local:
                assert re.fullmatch(
                    r"The server has not answered since \d\d:\d\d:\d\d\+00:00\.", later.verdict.reason
                )
        finally:
            ground.thaw()
        seen = await back(watch)
        assert not any("restarted" in event.words for event in seen.events)
        await watch.until_fine()


async def test_archive_mode_off_needs_a_restart_to_count(ground: Ground) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        if not isinstance(ground, LocalGround):
            pytest.skip("its archive_mode stands on the container's command line")
        with (ground.local.data / "postgresql.conf").open("a") as conf:
            conf.write("archive_mode = off\n")
        ground.stop()
        ground.start()
        await watch.until(lambda s: s.is_current and s.verdict.state is ArchiveState.OFF, "it is off", 10)
        with (ground.local.data / "postgresql.conf").open("a") as conf:
            conf.write("archive_mode = on\n")
        ground.stop()
        ground.start()
        seen = await watch.until_fine()
        assert sum("archive_mode was changed" in event.words for event in seen.events) == 2


async def test_a_role_that_may_not_see_all_is_told_what_to_grant(ground: Ground) -> None:
    role = "plain \"r'o; $(x) [red]"
    quoted = '"' + role.replace('"', '""') + '"'
    ground.psql(f"CREATE ROLE {quoted} LOGIN PASSWORD 'secret'")
    cluster = replace(ground.cluster, user=role, database="postgres")
    async with watching(ground, cluster=cluster) as watch:
        if not isinstance(ground, LocalGround):
            watch.inventory.use_password(NAME, Secret("secret"))
        seen = await watch.until(lambda s: s.is_current and s.look is not None, "a look", 10)
        assert seen.sample is not None
        assert seen.sample.wal is None
        assert any("pg_monitor" in sentence for sentence in seen.sample.unseen)
        assert seen.look is not None
        assert seen.look.free is not None
        use_command(ground, "echo no >&2; test %p = x")
        try:
            switch(ground)
            await watch.until(
                lambda s: s.verdict.state is ArchiveState.FAILING and s.failure is not None, "it fails", 10
            )
        finally:
            use_command(ground, sound_command(ground))
        await watch.until(lambda s: s.verdict.state in FINE, "it works again")


async def test_a_single_look_of_a_role_that_sees_little_is_not_fooled(ground: Ground) -> None:
    """A failure that the statistics do not count, and nobody who may see the archiver or pg_wal."""
    ground.psql("CREATE ROLE little LOGIN PASSWORD 'secret'")
    cluster = replace(ground.cluster, user="little", database="postgres")
    switch(ground)
    async with watching(ground, cluster=cluster) as watch:
        watch.monitor.watch(deep=None, all=False)
        if not isinstance(ground, LocalGround):
            watch.inventory.use_password(NAME, Secret("secret"))
        before = await watch.logged("no-such-program")
        use_command(ground, "no-such-program %p")
        segment = switch(ground)
        try:
            await watch.until_logged("no-such-program", before)
            seen = await watch.monitor.look(NAME, seconds=0.5)
        finally:
            use_command(ground, sound_command(ground))
            # Each reload has the postmaster start an archiver, if one died a while ago.
            mended = f"SELECT last_archived_wal >= '{segment}', pg_reload_conf() FROM pg_stat_archiver"
            until(lambda: ground.psql(mended).startswith("t"))
        assert seen.sample is not None
        assert (seen.sample.wal, seen.sample.sees_archiver) == (None, False)
        assert seen.verdict.state is ArchiveState.FAILING
        assert seen.failure is not None
        assert (seen.failure.exit_code, seen.failure.segment) == (127, segment)


async def test_clocks_that_differ_change_no_verdict(ground: Ground) -> None:
    def slow() -> datetime:
        return now() - timedelta(hours=1)

    switch(ground)
    async with watching(ground, clock=slow) as watch:
        seen = await watch.until_fine()
        assert 3590 < seen.clock_skew < 3610
        ground.shell('mv "$1" "$1.aside"', archive_of(ground))
        try:
            await watch.until(lambda s: s.verdict.state is ArchiveState.FAILING, "it is missing", 10)
        finally:
            ground.shell('mv "$1.aside" "$1"', archive_of(ground))
        await watch.until_fine()


async def test_nothing_is_asked_that_is_not_watched(ground: Ground) -> None:
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgtui'"
    async with watching(ground) as watch:
        await watch.until_fine()
        points = len(watch.monitor.points(NAME))
        watch.monitor.watch(deep=None, all=False)
        asked = "SELECT max(query_start) FROM pg_stat_activity WHERE application_name = 'pgtui'"
        async with asyncio.timeout(SOON):
            while watch.monitor.status(NAME) is not None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        before = ground.psql(asked)
        await asyncio.sleep(2.5)
        assert ground.psql(asked) == before
        watch.monitor.watch(deep=NAME, all=False)
        await watch.until_fine()
        assert len(watch.monitor.points(NAME)) > points, "its curve was kept"
    assert ground.psql(sessions) == "0"


async def test_a_single_look(ground: Ground) -> None:
    switch(ground)
    async with watching(ground) as watch:
        watch.monitor.watch(deep=None, all=False)
        seen = await watch.monitor.look(NAME, seconds=0.5)
        assert seen.verdict.state in FINE
        assert seen.figures.written_per_second is not None
        assert seen.look is not None
        with pytest.raises(BadInput):
            await watch.monitor.look("nobody")


# With servers of their own.


async def test_a_cluster_that_vanishes(make_ground: Ground) -> None:
    async with watching(make_ground) as watch:
        await watch.until_fine()
        make_ground.vanish()
        seen = await gone(watch, ServerState.MISSING)
        assert seen.problem


@pytest.fixture(params=KINDS)
def make_ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    if request.param == "docker":
        yield docker_ground(request.getfixturevalue("postgres_container"), MAJORS[-1])
        return
    local = local_ground(request.getfixturevalue("make_cluster"), installations()[-1])
    yield local
    unmount(local)


async def test_a_log_that_is_gone_or_was_rotated(make_cluster: ClusterFactory) -> None:
    collected = {"logging_collector": "on", "log_filename": "pg-%H%M%S.log", "log_destination": "jsonlog"}
    ground = local_ground(make_cluster, installations()[-1], collected)
    try:
        async with watching(ground) as watch:
            await watch.until_fine()
            for log in (ground.local.data / "log").iterdir():
                log.unlink()
            use_command(ground, "echo words >&2; test %p = x")
            switch(ground)
            seen = await watch.until(lambda s: bool(s.log_problem), "the log is gone", 10)
            assert seen.verdict.state is ArchiveState.FAILING
            assert "is not there" in seen.log_problem
            (named,) = (ground.local.data / "current_logfiles").read_text().split("\n")[:1]
            in_its_place = ground.local.data / named.split(" ", 1)[1]
            in_its_place.mkdir()
            seen = await watch.until(lambda s: "It is no file" in s.log_problem, "a directory", 15)
            assert seen.verdict.state is ArchiveState.FAILING
            in_its_place.rmdir()
            ground.psql("SELECT pg_rotate_logfile()")
            ground.psql("SELECT pg_reload_conf()")
            seen = await watch.until(lambda s: s.failure is not None, "the new file is read", 15)
            assert seen.log_problem == ""
            assert seen.failure is not None
            assert (seen.failure.words, seen.failure.exit_code) == ("words", 1)
    finally:
        unmount(ground)


async def test_a_log_that_may_not_be_read_names_what_is_missing(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a host tells it: tests/hosts shows that it really does."""

    async def refused(host: object) -> None:
        assert host is not None
        raise FileProblem("'/log/pg.log': Permission denied.", "pgtui runs as 'ann'; run it as the owner.")

    monkeypatch.setattr("pgtui.services.archive_lookout.failure_in_log", refused)
    async with watching(ground) as watch:
        await watch.until_fine()
        use_command(ground, "test %p = x")
        try:
            switch(ground)
            seen = await watch.until(lambda s: bool(s.log_problem), "it may not be read", 10)
            assert seen.verdict.state is ArchiveState.FAILING
            assert seen.log_problem == (
                "'/log/pg.log': Permission denied. pgtui runs as 'ann'; run it as the owner."
            )
            assert seen.failure is None
        finally:
            use_command(ground, sound_command(ground))
        await watch.until_fine()


async def test_one_that_hangs_delays_no_other(make_cluster: ClusterFactory) -> None:
    one, other = (local_ground(make_cluster, installations()[-1]) for _ in range(2))
    try:
        async with watching(one, everything=True) as watch:
            watch.inventory._extra = (one.cluster, replace(other.cluster, name="other"))  # noqa: SLF001
            await watch.until(lambda _: len(_both(watch)) == 2, "both are seen", 20)
            other.freeze()
            try:
                seen = len(watch.monitor.points(NAME))
                began = time.monotonic()
                await watch.until(lambda _: len(watch.monitor.points(NAME)) >= seen + 4, "four samples", 10)
                assert time.monotonic() - began < 5.5
                assert watch.status.is_current
                await watch.until(lambda _: _both(watch) == [NAME], "the other one does not answer", 5)
            finally:
                other.thaw()
    finally:
        unmount(one)
        unmount(other)


def _both(watch: Watching) -> list[str]:
    mine = (NAME, "other")
    return [s.cluster for s in watch.monitor.statuses() if s.is_current and s.cluster in mine]
