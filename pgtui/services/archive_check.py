"""The archive looked through: holes and what they cost, files that do not belong, and what may be pruned."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo

from pgtui.domain.archive import Archive
from pgtui.domain.archive_end import NOT_COMPARED, ReportedSegment, reported_segment
from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_report import ArchiveReport
from pgtui.domain.archive_scan import ScanInput, report_of
from pgtui.domain.backup import BaseBackup
from pgtui.domain.errors import BadInput, HostError, PgtuiError
from pgtui.domain.target_input import parse_zone
from pgtui.hosts.base import Host
from pgtui.repositories.archive_directory import ArchiveDirectory
from pgtui.repositories.directory import DirectoryRepository
from pgtui.services.archive_pruning import propose_pruning
from pgtui.services.archive_reading import Identity, identity_of, read_archive, segment_size_of
from pgtui.services.inventory import Inventory


class ArchiveCheck:
    """Scans archives, and proposes what to prune. The server need not run."""

    def __init__(self, inventory: Inventory, clock: Callable[[], datetime]) -> None:
        """Take the inventory, and the clock that reports are dated with."""
        self._inventory = inventory
        self._clock = clock

    async def scan(self, cluster: str, *, every_header: bool = False) -> ArchiveReport:
        """Look through a cluster's archive; headers of all segments, or of those most likely wrong.

        Raises BadInput, HostError.
        """
        _, found = await self._read(cluster, every_header=every_header)
        seconds = (self._clock() - found.taken).total_seconds()
        return await asyncio.to_thread(report_of, found, seconds)

    async def prune_plan(self, cluster: str, *, keep_from: str = "") -> PruneProposal:
        """Propose to remove what no kept base backup needs. Raises BadInput, HostError.

        `keep_from` is the path of the oldest base backup to be kept; without it all are.
        """
        host, found = await self._read(cluster, every_header=False)
        known = await self._inventory.cluster(cluster)
        return await propose_pruning(known, host, found, keep_from)

    async def _read(self, name: str, *, every_header: bool) -> tuple[Host, ScanInput]:
        began = self._clock()
        path = await self._inventory.archive_of(name)
        host = await self._inventory.host(name)
        if not path:
            raise BadInput(
                f"It is not known where {name} archives its WAL.",
                "Its archive_command could not be recognised: set `archive` in the configuration.",
            )
        directory = ArchiveDirectory(host, path.rstrip("/") or "/")
        identity = await identity_of(self._inventory, name, host)
        backups, notes = await self._backups(name, host, directory.path, identity)
        # Before the scan: what is archived while it goes on may come behind its back.
        reported = await self._reported(name)
        found = await read_archive(directory, identity, backups, began, every_header=every_header)
        if reported is None:
            notes = (*notes, NOT_COMPARED)
        return host, replace(found.with_notes(notes), reported=reported)

    async def _reported(self, name: str) -> ReportedSegment | None:
        try:
            return reported_segment(await self._inventory.archive_sample(name))
        except PgtuiError:
            return None

    async def _backups(
        self, name: str, host: Host, archive: str, identity: Identity
    ) -> tuple[tuple[BaseBackup, ...], tuple[str, ...]]:
        cluster = await self._inventory.cluster(name)
        if not cluster.backups:
            note = "No directory of base backups is known: set `backups` in the configuration."
            return (), (note,)
        repository = DirectoryRepository(host, cluster.backups, archive)
        light = Archive(archive, (), (), segment_size_of(identity))
        try:
            return await repository.backups(light, _zone(identity)), ()
        except HostError as error:
            return (), (f"The base backups could not be looked at: {error.message}",)


def _zone(identity: Identity) -> tzinfo | None:
    try:
        return parse_zone(identity.facts.time_zone) if identity.facts else None
    except BadInput:
        return None
