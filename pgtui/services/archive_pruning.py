"""Plans what to prune from an archive; PostgreSQL's own program must agree before there is a plan."""

import asyncio
import os
from dataclasses import dataclass

from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_files import backup_start as start_in_name
from pgtui.domain.archive_prune import (
    Cut,
    Doomed,
    PruneProposal,
    choose_cut,
    doomed,
    lacking,
    unknown_backups,
)
from pgtui.domain.archive_report import ProblemKind
from pgtui.domain.archive_scan import HeaderFindings, ScanInput, odd_files
from pgtui.domain.archive_survey import SegmentFile
from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster
from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, HostError
from pgtui.domain.plan import Plan, PlannedStep, RunCommand
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.wal import Segment
from pgtui.hosts.base import Host, check
from pgtui.repositories.archive_directory import ArchiveDirectory
from pgtui.repositories.backup_tops import look_at_tops
from pgtui.repositories.directory import DirectoryRepository
from pgtui.services.archive_reading import read_headers

_MOST_OUTPUT = 2**30
"""Bytes of the dry run's list: a line for each file, with its whole path."""
_NAMED = 5

_OTHERS = Finding(
    Severity.NOTE,
    "Standbys that fetch WAL from this archive, and backups that lie elsewhere or are packed into tar files, "
    "are not known to pgtui.",
    "Keep what they need: compare the cut with their restart points and starts.",
)


@dataclass(frozen=True)
class _Cleanup:
    """How pg_archivecleanup is called."""

    program: str
    directory: str
    cut: str
    endings: tuple[str, ...]

    def commands(self, *, dry: bool) -> tuple[Command, ...]:
        """One call for each ending, or a single one without; plain files are met by every call."""
        options: list[tuple[str, ...]] = [("-x", ending) for ending in self.endings] or [()]
        run = ("-n",) if dry else ()
        return tuple(
            Command((self.program, *run, *option, self.directory, self.cut), env=(("LC_ALL", "C"),))
            for option in options
        )


async def propose_pruning(cluster: Cluster, host: Host, found: ScanInput, keep_from: str) -> PruneProposal:
    """Choose a cut, list what lies before it, and see that pg_archivecleanup lists the same files.

    Raises BadInput when it is not safe to prune, HostError.
    """
    _see_owner(found.headers)
    size = found.survey.tally.segment_size
    await _see_tops(cluster, host, found)
    findings = [*await _see_backups(cluster, host, found)]
    cut = choose_cut(found.backups, keep_from, size)
    findings += _lacking(found, cut, keep_from)
    going = await asyncio.to_thread(doomed, found.survey.tally, cut.segment)
    unknown = _unknown(found, cut, keep_from) if going.names else ()
    _see_owner(await _headers_of_all(host, found, cut))
    program = f"{host.bindir}/pg_archivecleanup" if host.bindir else "pg_archivecleanup"
    cleanup = _Cleanup(program, found.directory, cut.segment.name(size), going.endings)
    if going.names:
        await _compare(host, cleanup, going)
        findings.append(_for_ever(going))
    findings += [*cut.findings, *unknown, _OTHERS]
    plan = Plan(
        title="Prune the archive",
        cluster=cluster.name,
        steps=_steps(cluster, cleanup, going),
        findings=tuple(findings),
        outcome=(
            f"The archive begins with {cleanup.cut}; timeline histories stay. `pgtui archive check` shows "
            "whether it is whole."
        ),
    )
    return PruneProposal(
        plan=plan,
        cut=cleanup.cut,
        goes=going.names,
        goes_count=len(going.names),
        goes_bytes=going.size,
        stays=_staying(found, cut),
        why=cut.why,
        findings=plan.findings,
    )


def _staying(found: ScanInput, cut: Cut) -> int:
    """Count the segments that stay, once each, in whatever form they lie there."""
    coverage = found.survey.coverage(found.histories)
    runs = (run for t in found.survey.timelines for run in coverage.of(t).within(cut.segment.number, None))
    return sum(last - first + 1 for first, last in runs)


async def _headers_of_all(host: Host, found: ScanInput, cut: Cut) -> HeaderFindings:
    """Read the headers of all plain segments that go: a scan may have read a sample only."""
    tally = found.survey.tally

    def listed() -> list[SegmentFile]:
        return [
            SegmentFile(Segment(timeline, number), "")
            for timeline, column in tally.whole.items()
            for number in column.numbers
            if number < cut.segment.number
        ]

    files = await asyncio.to_thread(listed)
    right = found.system_identifier or found.headers.system_identifier
    directory = ArchiveDirectory(host, found.directory)
    return await read_headers(directory, files, tally.segment_size, right)


def _see_owner(headers: HeaderFindings) -> None:
    foreign = [p for p in headers.problems.values() if p.kind is ProblemKind.FOREIGN]
    if foreign:
        raise BadInput(
            f"The archive holds segments of another system, {foreign[0].name} among them: "
            "what is needed cannot be told from names. Nothing is pruned.",
            "Two servers seem to share this directory. `pgtui archive check --every-header` names the files.",
        )


async def _see_tops(cluster: Cluster, host: Host, found: ScanInput) -> None:
    """See that every configured directory shows its base backups, and that none lies where it is not seen."""
    own = (await host.data_directory()).rstrip("/")
    known = [backup.path for backup in found.backups]
    for top in await look_at_tops(host, cluster.backups, found.directory):
        if top.state:
            raise BadInput(
                f"The directory of base backups {top.path!r} {top.state}: nobody can say which WAL the "
                "backups there need. Nothing is pruned.",
                "Mount it or make it readable; or correct `backups` in the configuration.",
            )
        if top.complaints:
            raise BadInput(
                f"The directory of base backups {top.path!r} cannot be searched: {top.complaints}. "
                "Nothing is pruned.",
                "Make what lies below it readable; or move elsewhere what is no backup.",
            )
        strange = [file for file in top.deeper if not any(_lies_in(file, each) for each in (own, *known))]
        if strange:
            raise BadInput(
                f"{strange[0]!r} tells of a base backup that pgtui cannot read where it lies: nobody can say "
                "which WAL it needs. Nothing is pruned.",
                "Base backups are looked for in the directories under `backups` in the configuration, and "
                "right below them: name the directory it lies in there, or move it elsewhere.",
            )
        if not any(path == top.path or _lies_in(path, top.path) for path in known):
            raise BadInput(
                f"The directory of base backups {top.path!r} holds no base backup. Nothing is pruned.",
                "Is it mounted? Take one with pg_basebackup, or take the directory out of `backups` in the "
                "configuration.",
            )


def _lies_in(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip("/") + "/")


def _lacking(found: ScanInput, cut: Cut, keep_from: str) -> list[Finding]:
    """Tell of kept backups whose own WAL is missing. Raises BadInput when older ones would go for it."""
    coverage = found.survey.coverage(found.histories, frozenset(found.headers.problems))
    findings: list[Finding] = []
    for backup, missing in lacking(cut, coverage):
        starts = missing == backup.label.start_segment
        if starts and keep_from.rstrip("/") == backup.path:
            raise BadInput(
                f"The base backup {backup.path!r} cannot be recovered: {missing}, with which it starts, is "
                "not in the archive. Nothing is pruned.",
                "Keep from a backup on whose WAL is there: `pgtui archive check` tells how far each goes.",
            )
        what = "cannot be recovered" if starts else "can be recovered to its own end only"
        words = f"The base backup {backup.path!r} {what}: {missing}, which it needs, is not in the archive."
        findings.append(Finding(Severity.WARN, words, "Take a new one with pg_basebackup."))
    return findings


async def _see_backups(cluster: Cluster, host: Host, found: ScanInput) -> tuple[Finding, ...]:
    """See that at least one usable backup is this cluster's: others tell nothing about what may go."""
    right = found.headers.system_identifier
    repository = DirectoryRepository(host, cluster.backups, found.directory)
    usable = [backup for backup in found.backups if not backup.problem]
    own, findings = 0, []
    for backup in usable:
        identifier = await _identifier(repository, backup)
        if identifier is not None and right is not None and identifier != right:
            words = f"The base backup {backup.path!r} is of another system ({identifier})."
            findings.append(Finding(Severity.WARN, words, "It is protected like the others."))
        elif identifier is not None:
            own += 1
    if usable and not own:
        raise BadInput(
            "None of the base backups is known to be this cluster's, so all archived WAL may be needed.",
            "Take one with pg_basebackup, and name its directory under `backups` in the configuration.",
        )
    return tuple(findings)


async def _identifier(repository: DirectoryRepository, backup: BaseBackup) -> str | None:
    try:
        return (await repository.control_data(backup)).system_identifier
    except HostError:
        return None


async def _compare(host: Host, cleanup: _Cleanup, going: Doomed) -> None:
    """Have the program list what it would remove; refuse when that is anything but our own list."""
    listed: set[str] = set()
    for command in cleanup.commands(dry=True):
        output = await check(
            host.run(command, deadline=600), "The dry run of pg_archivecleanup", _MOST_OUTPUT
        )
        listed |= await asyncio.to_thread(_names, output, cleanup.directory)
    own = set(going.names)
    if listed != own:
        different = sorted(listed ^ own)
        raise BadInput(
            f"pg_archivecleanup would remove {count_in_words(len(listed), 'file')} where pgtui counts "
            f"{len(own):,}: "
            f"they differ in {', '.join(different[:_NAMED])}. Nothing is pruned.",
            "Files may have come or gone meanwhile: try again.",
        )


def _names(output: bytes, directory: str) -> set[str]:
    # The directory's own name may hold line breaks; those of the files cannot.
    parts = output.split(os.fsencode(directory.rstrip("/") + "/"))
    return {os.fsdecode(part.removesuffix(b"\n")) for part in parts if part}


def _steps(cluster: Cluster, cleanup: _Cleanup, going: Doomed) -> tuple[PlannedStep, ...]:
    if not going.names:
        return ()
    words = (
        f"Delete {count_in_words(len(going.names), 'file')} ({count_in_words(going.size, 'byte')}) "
        f"before {cleanup.cut} from "
        f"{cleanup.directory}, for ever"
    )
    return tuple(
        PlannedStep(RunCommand(cluster.place, command, words), is_destructive=True)
        for command in cleanup.commands(dry=False)
    )


def _for_ever(going: Doomed) -> Finding:
    first = going.names[0]
    what = (
        f"{first} is deleted"
        if len(going.names) == 1
        else f"{len(going.names):,} files are deleted, {first} the first of them"
    )
    words = f"This cannot be undone: {what}."
    return Finding(Severity.WARN, words, "Copy them elsewhere first if any doubt is left.")


def _unknown(found: ScanInput, cut: Cut, keep_from: str) -> tuple[Finding, ...]:
    size = found.survey.tally.segment_size
    names = odd_files(found.survey, found.histories).backup_histories
    lost = unknown_backups(names, found.backups, cut.segment, size)
    if not lost:
        return ()
    shown = ", ".join(start_in_name(name) for name in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    one = len(lost) == 1
    lie, began, exist = (
        ("lies", "it began", "it still exists, it can")
        if one
        else ("lie", "they began", "they still exist, they can")
    )
    words = (
        f"The archive tells of {count_in_words(len(lost), 'older base backup')} that {lie} in no known "
        f"directory; {began} in {shown}{more}. Where {exist} then not be recovered any more."
    )
    hint = "Name their directory under `backups` in the configuration to have them protected"
    if not keep_from:
        raise BadInput(words, f"{hint}; or name the oldest backup to be kept (--keep-from).")
    return (Finding(Severity.WARN, words, f"{hint}."),)
