"""Plans what to prune from an archive; PostgreSQL's own program must agree before there is a plan."""

import asyncio
import os
from dataclasses import dataclass

from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_files import backup_start as start_in_name
from pgtui.domain.archive_prune import Cut, Doomed, PruneProposal, choose_cut, doomed, unknown_backups
from pgtui.domain.archive_report import ProblemKind
from pgtui.domain.archive_scan import ScanInput, odd_files
from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster
from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, HostError
from pgtui.domain.plan import Plan, PlannedStep, RunCommand
from pgtui.domain.preflight import Finding, Severity
from pgtui.hosts.base import Host, check
from pgtui.repositories.directory import DirectoryRepository

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
    _see_owner(found)
    size = found.survey.tally.segment_size
    findings = [*await _see_backups(cluster, host, found)]
    cut = choose_cut(found.backups, keep_from, size)
    going = await asyncio.to_thread(doomed, found.survey.tally, cut.segment)
    program = f"{host.bindir}/pg_archivecleanup" if host.bindir else "pg_archivecleanup"
    cleanup = _Cleanup(program, found.directory, cut.segment.name(size), going.endings)
    if going.names:
        await _compare(host, cleanup, going)
        findings.append(_for_ever(going))
    findings += [*cut.findings, *_unknown(found, cut), _OTHERS]
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
    stays = found.survey.count - sum(1 for name in going.names if ".partial" not in name)
    return PruneProposal(
        plan=plan,
        cut=cleanup.cut,
        goes=going.names,
        goes_count=len(going.names),
        goes_bytes=going.size,
        stays=max(0, stays),
        why=cut.why,
        findings=plan.findings,
    )


def _see_owner(found: ScanInput) -> None:
    foreign = [p for p in found.headers.problems.values() if p.kind is ProblemKind.FOREIGN]
    if foreign:
        raise BadInput(
            f"The archive holds segments of another system, {foreign[0].name} among them: "
            "what is needed cannot be told from names. Nothing is pruned.",
            "Two servers seem to share this directory. `pgtui archive check --every-header` names the files.",
        )


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
            f"pg_archivecleanup would remove {len(listed)} files where pgtui counts {len(own)}: "
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
        f"Delete {len(going.names):,} files ({going.size:,} bytes) before {cleanup.cut} from "
        f"{cleanup.directory}, for ever"
    )
    return tuple(
        PlannedStep(RunCommand(cluster.place, command, words), is_destructive=True)
        for command in cleanup.commands(dry=False)
    )


def _for_ever(going: Doomed) -> Finding:
    words = (
        f"This cannot be undone: {len(going.names):,} files are deleted, {going.names[0]} the first of them."
    )
    return Finding(Severity.WARN, words, "Copy them elsewhere first if any doubt is left.")


def _unknown(found: ScanInput, cut: Cut) -> tuple[Finding, ...]:
    size = found.survey.tally.segment_size
    names = odd_files(found.survey, found.histories).backup_histories
    lost = unknown_backups(names, found.backups, cut.segment, size)
    if not lost:
        return ()
    shown = ", ".join(start_in_name(name) for name in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (
        Finding(
            Severity.WARN,
            f"The archive tells of {count_in_words(len(lost), 'older base backup')} in no known directory, "
            f"begun in {shown}{more}. What of this still exists can then not be recovered any more.",
            "Name their directory under `backups` in the configuration to have them protected.",
        ),
    )
