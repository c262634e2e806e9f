"""The monitor on real servers: each way to break archiving is seen with its cause, and so is its mending."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pgtui.domain.archive_sample import DirectoryState
from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from tests.docker_engine import MAJORS
from tests.local_cluster import installations
from tests.services.archive_ground import (
    FINE,
    Ground,
    LocalGround,
    archive_of,
    being_written,
    docker_ground,
    hanging_command,
    local_ground,
    lying_command,
    sound_command,
    switch,
    unmount,
    use_command,
    watching,
)
from tests.services.house import until

SOON = 3.0
"""Seconds from the server's noticing to the verdict with its cause."""
LOCAL = [pytest.param(("local", each), id=f"local-{each}") for each in installations()]
DOCKER = [pytest.param(("docker", major), id=f"docker-{major}", marks=pytest.mark.docker) for major in MAJORS]
NEWEST = [*LOCAL[-1:], *DOCKER[-1:]]
MOST = [*LOCAL, *DOCKER[-1:]]
everywhere = pytest.mark.parametrize("ground", MOST, indirect=True)
on_the_newest = pytest.mark.parametrize("ground", NEWEST, indirect=True)


@pytest.fixture(scope="module")
def grounds() -> Iterator[dict[object, Ground]]:
    """The servers that were made so far."""
    made: dict[object, Ground] = {}
    yield made
    for each in made.values():
        if isinstance(each, LocalGround):
            unmount(each)


@pytest.fixture
def ground(request: pytest.FixtureRequest, grounds: dict[object, Ground]) -> Ground:
    """A server that archives, shared by tests that leave it as they found it."""
    kind, which = request.param
    if request.param not in grounds:
        if kind == "docker":
            start = request.getfixturevalue("session_postgres_container")
            grounds[request.param] = docker_ground(start, which)
        else:
            grounds[request.param] = local_ground(request.getfixturevalue("session_clusters"), which)
    return grounds[request.param]


@dataclass(frozen=True)
class Way:
    """One way to break archiving."""

    name: str
    logged: str
    """What the server logs when it notices."""
    cause: str
    """Part of the cause that is shown."""
    script: str = ""
    """What breaks it, with the archive as $1 and the next segment as $2."""
    mend: str = ""
    command: str = ""
    """The archive_command that breaks it; `{}` is the archive."""
    directory: DirectoryState = DirectoryState.THERE
    exit_code: int | None = 1
    needs_small: bool = False
    kills_archiver: bool = False
    """The server starts another one only every 10 s, so that these take long."""

    @property
    def grounds(self) -> list[Any]:
        """Where it is shown: all but the oldest container, unless the way there is another one."""
        if self.kills_archiver:
            return LOCAL[-1:]
        return [*LOCAL, *DOCKER] if self.name in ("removed", "not found") else MOST


WAYS = (
    Way(
        "removed",
        "No such file or directory",
        "is missing",
        'mv "$1" "$1.aside"',
        'mv "$1.aside" "$1"',
        directory=DirectoryState.MISSING,
    ),
    Way(
        "closed",
        "Permission denied",
        "may not write",
        'chmod 0500 "$1"',
        'chmod 0700 "$1"',
        directory=DirectoryState.CLOSED,
    ),
    Way(
        "replaced by a file",
        "Not a directory",
        "not a directory",
        'mv "$1" "$1.aside"; : >"$1"',
        'rm "$1"; mv "$1.aside" "$1"',
        directory=DirectoryState.NOT_A_DIRECTORY,
    ),
    Way(
        "filled up",
        "No space left on device",
        "is full",
        'cat /dev/zero >"$1/../filler" 2>/dev/null; :',
        'rm "$1/../filler"',
        needs_small=True,
    ),
    Way(
        "an other file there",
        "archive command failed with exit code 1",
        "lies in the archive already",
        'echo other >"$1/$2"',
        'rm "$1/$2"',
    ),
    Way("not found", "no-such-program", "was not found", command="no-such-program %p", exit_code=127),
    Way(
        "not executable",
        "exit code 126",
        "may not be executed",
        command="/etc/passwd %p",
        exit_code=126,
        kills_archiver=True,
    ),
    Way(
        "killed",
        "terminated by signal 9",
        "was killed",
        command="kill -KILL $$ # %p",
        exit_code=None,
        kills_archiver=True,
    ),
    Way(
        "its own words", "gurgle", "a reason of its own", command="echo gurgle %f >&2; exit 42", exit_code=42
    ),
)


PAIRS = [
    pytest.param(*each.values, way, id=f"{each.id}-{way.name}", marks=each.marks)
    for way in WAYS
    for each in way.grounds
]


@pytest.mark.parametrize(("ground", "way"), PAIRS, indirect=["ground"])
async def test_each_way_is_seen_with_its_cause_and_so_is_the_mending(ground: Ground, way: Way) -> None:
    if way.needs_small and isinstance(ground, LocalGround) and not ground.is_small:
        pytest.skip("no file system can be mounted here")
    archive = archive_of(ground)
    async with watching(ground) as watch:
        await watch.until_fine(ground)
        before = await watch.logged(way.logged)
        current = being_written(ground)
        if way.command:
            use_command(ground, way.command)
        else:
            ground.shell(way.script, archive, current)
        try:
            segment = switch(ground)
            await watch.until_logged(way.logged, before)
            noticed = time.monotonic()
            seen = await watch.until(_fails_with(way), way.name)
            assert time.monotonic() - noticed <= SOON
            assert seen.failure is not None
            assert (seen.failure.segment, seen.failure.exit_code) == (segment, way.exit_code)
            assert seen.look is not None
            assert seen.figures.backlog_segments
            await watch.until(lambda s: s.look is not None and s.look.state is way.directory, "the directory")
        finally:
            if way.command:
                use_command(ground, sound_command(ground))
            else:
                ground.shell(way.mend, archive, current)
                ground.psql("SELECT pg_reload_conf()")
        fine = await watch.until_fine(ground)
        assert fine.sample is not None
        assert (fine.sample.last_archived_wal or "") >= segment
        await watch.until(
            lambda s: s.look is not None and s.look.state is DirectoryState.THERE, "the directory is seen"
        )
        words = " ".join(event.words for event in fine.events)
        assert "Now failing" in words


def _fails_with(way: Way) -> Callable[[ArchiveStatus], bool]:
    def holds(status: ArchiveStatus) -> bool:
        return (
            status.verdict.state is ArchiveState.FAILING
            and status.failure is not None
            and way.cause in status.failure.cause
        )

    return holds


@pytest.mark.parametrize("ground", LOCAL, indirect=True)
async def test_a_read_only_file_system(ground: Ground) -> None:
    if not isinstance(ground, LocalGround) or not ground.is_small:
        pytest.skip("no file system can be mounted here")
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.shell('mount -o remount,ro "$1"', ground.scratch)
        try:
            seen = await watch.until(
                lambda s: s.look is not None and s.look.state is DirectoryState.CLOSED, "it is closed", 5
            )
            assert seen.verdict.state is ArchiveState.FAILING, "before the server trips over it"
            switch(ground)
            await watch.until(
                lambda s: s.failure is not None and "read-only" in s.failure.cause, "the cause", 5
            )
        finally:
            ground.shell('mount -o remount,rw "$1"', ground.scratch)
            ground.psql("SELECT pg_reload_conf()")
        await watch.until_fine()


@everywhere
async def test_a_command_that_lies(ground: Ground) -> None:
    """It reports success, and the segment is not in the archive."""
    async with watching(ground) as watch:
        await watch.until_fine()
        use_command(ground, lying_command(ground))
        try:
            segment = switch(ground)
            seen = await watch.until(lambda s: s.verdict.state is ArchiveState.FAILING, "the lie", 8)
            assert segment in seen.verdict.reason
            assert any(cell.name == segment for cell in watch.monitor.strip("student", 20))
        finally:
            use_command(ground, sound_command(ground))
        # It is in pg_wal yet, and the very words of the hint save it.
        told = await watch.until(lambda s: "cp -n" in s.verdict.hint, "what to do", 10)
        copy = told.verdict.hint.split(": ", 1)[1].removesuffix(". Then mend archive_command.")
        data = ground.psql("SHOW data_directory")
        ground.shell(f'cd "$1" && {copy} && cmp "pg_wal/$2" "$3/$2"', data, segment, archive_of(ground))
        await watch.until_fine()


def archived(ground: Ground) -> str:
    """Have a segment archived; its name."""
    name = switch(ground)
    until(lambda: ground.psql("SELECT last_archived_wal FROM pg_stat_archiver") == name)
    return name


@pytest.mark.parametrize("ground", LOCAL[-1:], indirect=True)
async def test_a_hole_is_seen_in_the_overview_though_archiving_works_again(ground: Ground) -> None:
    archived(ground)
    use_command(ground, lying_command(ground))
    try:
        hole = archived(ground)
    finally:
        use_command(ground, sound_command(ground))
    for _ in range(3):
        archived(ground)
    # A look that comes too soon after the last success could have missed it.
    until(lambda: ground.psql("SELECT now() > last_archived_time + '1.2 s' FROM pg_stat_archiver") == "t")
    async with watching(ground, everything=True) as watch:
        seen = await watch.until(lambda s: s.verdict.state is ArchiveState.FAILING, "the hole")
        assert hole in seen.verdict.reason
        ground.shell(': >"$1/$2"', archive_of(ground), hole)
        switch(ground)
        await watch.until_fine()


@on_the_newest
async def test_a_command_that_hangs(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgtui.domain.archive_health.HUNG", 3.0)
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.shell(': >"$1/hang"', ground.scratch)
        use_command(ground, hanging_command(ground))
        try:
            switch(ground)
            seen = await watch.until(lambda s: s.verdict.state is ArchiveState.STOPPED, "it hangs", 20)
            assert "archive_command" in seen.verdict.reason
        finally:
            ground.shell('rm "$1/hang"', ground.scratch)
            use_command(ground, sound_command(ground))
        await watch.until_fine()


@everywhere
async def test_a_command_that_keeps_nothing_is_not_archiving(ground: Ground) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        use_command(ground, "/bin/true")
        await watch.until(lambda s: s.verdict.state is ArchiveState.OFF, "it keeps nothing", 5)
        use_command(ground, sound_command(ground))
        await watch.until_fine()


@everywhere
async def test_reset_statistics_and_a_cut_connection_change_nothing(ground: Ground) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.psql("SELECT pg_stat_reset_shared('archiver')")
        await watch.until(lambda s: any("reset" in e.words for e in s.events), "the reset", 5)
        ended = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pgtui'"
        )
        assert int(ground.psql(ended)) >= 1
        cut = time.monotonic()
        began = watch.status.sampled
        assert began is not None
        seen = await watch.until(lambda s: s.sampled is not None and s.sampled > began, "a new sample", SOON)
        assert time.monotonic() - cut <= SOON
        assert seen.verdict.state in FINE
        switch(ground)
        await watch.until(lambda s: bool(s.sample and s.sample.archived_count), "the next one", 10)
        fine = await watch.until_fine()
        assert not [event.words for event in fine.events if event.words.startswith("Now")]


@pytest.mark.parametrize("ground", LOCAL[-1:], indirect=True)
async def test_an_idle_server_stays_idle(ground: Ground) -> None:
    switch(ground)
    async with watching(ground) as watch:
        seen: list[ArchiveState] = []
        end = watch.monitor.listen(lambda _: seen.append(watch.status.verdict.state))
        # One sample alone may look idle; a snapshot for standbys, each 15 s, makes it ok for a moment.
        await watch.until(
            lambda s: s.verdict.state is ArchiveState.IDLE and len(watch.monitor.points("student")) > 8,
            "it is idle",
            40,
        )
        end()
        assert set(seen) <= set(FINE)
        assert not watch.status.events
        points = watch.monitor.points("student")
        assert [p.backlog for p in points if p.written is not None][-1] == 0
