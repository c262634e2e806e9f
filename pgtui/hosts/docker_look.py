"""The archive directory inside a container, seen as the server's account sees it."""

import posixpath
from collections.abc import Sequence
from datetime import datetime

from pgtui.domain.archive_sample import ArchiveLook, DirectoryState
from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import HostError
from pgtui.hosts import docker_scripts as scripts
from pgtui.hosts.docker_exec import Job
from pgtui.hosts.docker_log import DockerLog


class DockerLook(DockerLog):
    """One program run in the container tells all."""

    async def look_at_archive(self, directory: str, names: Sequence[str], taken: datetime) -> ArchiveLook:
        name = self._container.name
        if await self._state() is not ServerState.RUNNING:
            raise HostError(f"The container {name!r} does not run.", "Start it first.")
        wal = posixpath.join(self._home.data_directory, "pg_wal")
        job = Job(("sh", "-c", scripts.ARCHIVE_LOOK, "sh", wal, directory, *names), self._home.account)
        code, output, words = await self._execs.collected(name, job)
        lines = output.decode(errors="surrogateescape").splitlines()
        if code != 0 or len(lines) < 3:
            raise HostError(f"The archive directory in {name!r} could not be looked at: {words}")
        state = DirectoryState(lines[0])
        is_there = state in (DirectoryState.THERE, DirectoryState.CLOSED)
        return ArchiveLook(
            taken,
            directory,
            state,
            free=_bytes(lines[2]) if is_there else None,
            wal_free=_bytes(lines[1]),
            asked=tuple(names) if is_there else (),
            present=frozenset(lines[3:]) & frozenset(names) if is_there else frozenset(),
        )


def _bytes(line: str) -> int | None:
    numbers = line.split()
    return int(numbers[0]) * int(numbers[1]) if len(numbers) == 2 else None
