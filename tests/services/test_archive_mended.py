"""What was mended and is not tried again yet is told as past, on real servers; a reload has it tried."""

import time
from collections.abc import Iterator

import pytest

from pgtui.domain.archive_mended import RETRY
from pgtui.domain.archive_status import ArchiveState
from tests.local_cluster import ClusterFactory, Installation
from tests.services.archive_ground import (
    LocalGround,
    archive_of,
    local_ground,
    switch,
    unmount,
    use_command,
    watching,
)

AT_ONCE = 15.0
"""Much less than the minute after which the server tries again by itself."""


@pytest.fixture
def ground(make_cluster: ClusterFactory, installation: Installation) -> Iterator[LocalGround]:
    made = local_ground(make_cluster, installation)
    yield made
    unmount(made)


async def test_a_mended_archive_is_told_as_mended_and_a_reload_has_it_tried(ground: LocalGround) -> None:
    async with watching(ground) as watch:
        await watch.until_fine()
        ground.shell('mv "$1" "$1.aside"', archive_of(ground))
        segment = switch(ground)
        broken = await watch.until(
            lambda s: bool(s.failure and s.sample and s.sample.failed_count == 3 and s.verdict.hint),
            "it was tried three times",
        )
        assert "is missing" in broken.verdict.reason
        ground.shell('mv "$1.aside" "$1"', archive_of(ground))
        seen = await watch.until(lambda s: "it seems mended" in s.verdict.reason, "the mending", AT_ONCE)
        assert seen.verdict.state is ArchiveState.FAILING, "it is not safe yet"
        assert seen.verdict.reason.startswith("It failed ")
        assert seen.verdict.hint == RETRY
        assert seen.failure is not None
        assert seen.failure.segment == segment
        assert seen.failure.cause.startswith("It seems mended. It was: The archive directory, or another")
        assert seen.failure.hint == RETRY
        # It was not tried again yet.
        assert seen.sample is not None
        assert seen.sample.failed_count == 3
        ground.psql("SELECT pg_reload_conf()")
        reloaded = time.monotonic()
        fine = await watch.until_fine()
        assert time.monotonic() - reloaded < AT_ONCE
        assert fine.sample is not None
        assert fine.sample.last_archived_wal == segment


async def test_a_command_that_does_not_name_the_file_keeps_its_words_when_the_server_gives_up(
    ground: LocalGround,
) -> None:
    script = f"{ground.scratch}/push"
    ground.shell('printf \'#!/bin/sh\\necho it is wet >&2\\nexit 3\\n\' >"$1"; chmod 0755 "$1"', script)
    async with watching(ground) as watch:
        await watch.until_fine()
        use_command(ground, script)
        segment = switch(ground)
        await watch.until(lambda s: s.failure is not None and s.failure.segment == segment, "the first try")
        await watch.until_logged("failed too many times", 0)
        found, problem = await watch.lookout.cause()
        assert problem == ""
        assert found is not None
        assert (found.segment, found.words, found.exit_code) == (segment, "it is wet", 3)
        assert "a reason of its own" in found.cause
