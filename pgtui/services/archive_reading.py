"""Reads an archive for a scan: names and sizes of all files, histories, and the headers worth a look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pgtui.domain.archive_headers import HeaderJudge
from pgtui.domain.archive_paths import holes_of
from pgtui.domain.archive_report import FileProblemFound, ProblemKind
from pgtui.domain.archive_scan import HeaderFindings, ScanInput
from pgtui.domain.archive_survey import SegmentFile, Survey
from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import ClusterFacts
from pgtui.domain.command import Command
from pgtui.domain.control_data import ControlData, parse_control_data
from pgtui.domain.errors import HostError, PgtuiError
from pgtui.domain.hole_cost import hole_neighbours
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE
from pgtui.hosts.base import Host, check
from pgtui.repositories.archive_directory import ArchiveDirectory
from pgtui.services.inventory import Inventory

_HEADS_AT_ONCE = 20_000
_MOST_LOOKS = 3
_ARRIVING = timedelta(minutes=1)
"""A hole before a segment that came this shortly before the scan may be one that was filled meanwhile."""


@dataclass(frozen=True)
class Identity:
    """Whose archive it should be; None what could not be known."""

    system_identifier: str | None
    segment_size: int | None
    timeline: int | None
    facts: ClusterFacts | None
    notes: tuple[str, ...] = ()


async def identity_of(inventory: Inventory, name: str, host: Host) -> Identity:
    """Ask the control file, which a stopped server has as well, and the server itself."""
    control, facts = await asyncio.gather(_control_data(host), _facts(inventory, name))
    if control is not None:
        return Identity(control.system_identifier, control.segment_size, control.timeline, facts)
    if facts is not None:
        return Identity(facts.system_identifier, facts.wal_segment_size, facts.timeline, facts)
    note = (
        "Neither the server nor its control file could be asked: the size of segments is the one that most "
        "files have, and the right system is the one that most segments are of."
    )
    return Identity(None, None, None, None, (note,))


async def _control_data(host: Host) -> ControlData | None:
    try:
        program = f"{host.bindir}/pg_controldata" if host.bindir else "pg_controldata"
        command = Command((program, "-D", await host.data_directory()), env=(("LC_ALL", "C"),))
        output = await check(host.run(command, deadline=60), "Reading the control file")
        return parse_control_data(output.decode(errors="replace"))
    except (HostError, ValueError):
        return None


async def _facts(inventory: Inventory, name: str) -> ClusterFacts | None:
    try:
        return await inventory.facts(name)
    except PgtuiError:
        return None


async def read_archive(
    directory: ArchiveDirectory,
    identity: Identity,
    backups: Sequence[BaseBackup],
    began: datetime,
    *,
    every_header: bool,
) -> ScanInput:
    """Read an archive; once more when a hole may only be a file that came while it was listed.

    Raises HostError.
    """
    found = await _read_once(directory, identity, backups, began, every_header=every_header)
    for _ in range(_MOST_LOOKS - 1):
        if not await asyncio.to_thread(_may_have_come, found):
            break
        found = await _read_once(directory, identity, backups, began, every_header=every_header)
    return found


async def _read_once(
    directory: ArchiveDirectory,
    identity: Identity,
    backups: Sequence[BaseBackup],
    began: datetime,
    *,
    every_header: bool,
) -> ScanInput:
    tally = await directory.tally(identity.segment_size)
    survey = await asyncio.to_thread(Survey, tally)
    names = [file.name for file in tally.odd if file.kind == "f" and file.size]
    histories, problems = await directory.histories(names)
    files = await asyncio.to_thread(lambda: survey.heads_to_read(every=every_header))
    headers = await read_headers(directory, files, tally.segment_size, identity.system_identifier)
    return ScanInput(
        directory=directory.path,
        taken=began,
        survey=survey,
        histories=histories,
        history_problems=tuple(
            FileProblemFound(name, ProblemKind.DAMAGED, 0, words) for name, words in problems.items()
        ),
        headers=headers,
        system_identifier=identity.system_identifier,
        timeline=identity.timeline,
        backups=backups,
        notes=identity.notes,
    )


async def read_headers(
    directory: ArchiveDirectory,
    files: Sequence[SegmentFile],
    segment_size: int,
    system_identifier: str | None,
) -> HeaderFindings:
    """Read and judge the headers of segment files. Raises HostError."""
    judge = HeaderJudge(segment_size, system_identifier)
    for start in range(0, len(files), _HEADS_AT_ONCE):
        batch = files[start : start + _HEADS_AT_ONCE]
        heads = await directory.heads([file.name(segment_size) for file in batch])
        await asyncio.to_thread(judge.add, batch, heads)
    return judge.findings()


def _may_have_come(found: ScanInput) -> bool:
    """Whether a hole lies right before a segment that was archived about when the scan began."""
    coverage = found.survey.coverage(found.histories, frozenset(found.headers.problems))
    ranges = [(t, *each) for t, ranges in holes_of(coverage).items() for each in ranges]
    behind = {s for each in ranges for s in hole_neighbours(coverage, *each)[1]}
    times = found.survey.times(behind) if behind else {}
    return any(when >= found.taken - _ARRIVING for when in times.values())


def segment_size_of(identity: Identity) -> int:
    """Return the segment size to read names of backups with."""
    return identity.segment_size or DEFAULT_SEGMENT_SIZE
