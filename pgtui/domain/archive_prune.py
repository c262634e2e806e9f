"""Pruning an archive: what no kept base backup needs any more (manual: "pg_archivecleanup")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_paths import Coverage
from pgtui.domain.archive_sample import COMPRESSED
from pgtui.domain.archive_tally import Tally
from pgtui.domain.backup import BaseBackup
from pgtui.domain.errors import BadInput
from pgtui.domain.hole_cost import short_time
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.wal import BACKUP_HISTORY_NAME, Segment, parse_segment

_ENDINGS = "|".join(re.escape(ending) for ending in COMPRESSED)
_REMOVABLE = re.compile(rf"[0-9A-F]{{8}}([0-9A-F]{{16}})(?:\.partial)?({_ENDINGS})?\Z")


@dataclass(frozen=True)
class PruneProposal:
    """What a pruning would take away, and the plan for it."""

    plan: Plan
    """Without steps when nothing is to go."""
    cut: str
    """The oldest segment that stays."""
    goes: tuple[str, ...]
    """Names of the files that go, sorted."""
    goes_count: int
    goes_bytes: int
    stays: int
    """Segment files that stay."""
    why: tuple[str, ...]
    """What decided on the cut, a sentence each."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Cut:
    """Where an archive is cut: what lies before is needed by no kept backup, on whichever timeline."""

    segment: Segment
    why: tuple[str, ...]
    findings: tuple[Finding, ...]
    kept: tuple[BaseBackup, ...]


@dataclass(frozen=True)
class Doomed:
    """The files before a cut."""

    names: tuple[str, ...]
    """Sorted."""
    size: int
    endings: tuple[str, ...]
    """Endings of the compressed ones among them."""


def choose_cut(backups: Sequence[BaseBackup], keep_from: str, segment_size: int) -> Cut:
    """Return the start of the oldest kept backup. Raises BadInput when nothing safe can be said.

    Backups that cannot be used are protected like the others: they may be mended, or still be growing.
    With `keep_from`, a backup's path, older ones are given up.
    """
    if not any(not backup.problem for backup in backups):
        reasons = " ".join(f"{b.path}: {b.problem}" for b in backups)
        raise BadInput(
            f"There is no usable base backup, so all archived WAL may be needed. {reasons}".strip(),
            "Take one with pg_basebackup, and name its directory under `backups` in the configuration.",
        )
    oldest = _named(backups, keep_from) if keep_from else None
    kept, given_up, findings = [], [], []
    for backup in backups:
        start = backup_start(backup, segment_size)
        if start is None:
            if oldest is None:
                raise BadInput(
                    f"Nobody can say which WAL the base backup {backup.path!r} needs: {backup.problem}",
                    "Move it elsewhere, or name the oldest backup to be kept (--keep-from).",
                )
            given_up.append(backup)
        elif oldest is not None and start.number < _start(oldest, segment_size).number:
            given_up.append(backup)
        else:
            kept.append(backup)
    for backup in given_up:
        findings.append(
            Finding(
                Severity.WARN,
                f"The base backup {backup.path!r} is given up: the WAL that it needs goes.",
                "It can then not be recovered any more, to no moment.",
            )
        )
    first = min(kept, key=lambda backup: _start(backup, segment_size).number)
    start = _start(first, segment_size)
    state = f" It cannot be used as it is ({first.problem.rstrip('.')}) and is protected all the same."
    why = (
        f"The oldest base backup that is kept is that of {short_time(first.ended)} ({first.path}): it needs "
        f"{start.name(segment_size)} and all that follows.{state if first.problem else ''}",
        f"{count_in_words(len(kept), 'base backup')} {'is' if len(kept) == 1 else 'are'} kept.",
    )
    return Cut(start, why, tuple(findings), tuple(kept))


def backup_start(backup: BaseBackup, segment_size: int) -> Segment | None:
    """Return the first segment that a backup needs; None when it cannot be known."""
    lsn = backup.label.start_lsn
    return Segment(backup.label.timeline, lsn.value // segment_size) if lsn.value else None


def _start(backup: BaseBackup, segment_size: int) -> Segment:
    start = backup_start(backup, segment_size)
    assert start is not None
    return start


def _named(backups: Sequence[BaseBackup], path: str) -> BaseBackup:
    found = next((backup for backup in backups if backup.path == path.rstrip("/")), None)
    if found is None:
        known = ", ".join(repr(backup.path) for backup in backups)
        raise BadInput(f"There is no base backup {path!r}.", f"These are there: {known}.")
    if found.problem:
        raise BadInput(
            f"The base backup {path!r} cannot be used: {found.problem}",
            "Keep from a backup on that can be recovered.",
        )
    return found


def doomed(tally: Tally, cut: Segment) -> Doomed:
    """Return the segment files before a cut: by position alone, as pg_archivecleanup compares them.

    Positions grow along every path, so what lies before the cut on any timeline is needed by no backup
    that starts at the cut or later. Timeline histories and backup histories stay.
    """
    names: list[str] = []
    endings: set[str] = set()
    size = 0
    for name, ending, length in _candidates(tally, cut):
        names.append(name)
        size += length
        if ending:
            endings.add(ending)
    return Doomed(tuple(sorted(names)), size, tuple(sorted(endings)))


def _candidates(tally: Tally, cut: Segment) -> Iterator[tuple[str, str, int]]:
    segment_size = tally.segment_size
    for timeline, column in tally.whole.items():
        for number in column.numbers:
            if number < cut.number:
                yield Segment(timeline, number).name(segment_size), "", segment_size
    for (timeline, ending), packed in tally.packed.items():
        for number, size in zip(packed.numbers, packed.sizes, strict=True):
            if number < cut.number:
                yield Segment(timeline, number).name(segment_size) + ending, ending, size
    position = cut.name(segment_size)[8:]
    for file in tally.odd:
        match = _REMOVABLE.match(file.name)
        if match and file.kind != "d" and match[1] < position:
            yield file.name, match[2] or "", file.size


def lacking(cut: Cut, coverage: Coverage) -> Iterator[tuple[BaseBackup, str]]:
    """Yield the kept backups that begin at the cut and whose WAL is not there, with what is missing.

    One that carries its WAL lacks nothing as long as no later segment is archived: it is whole by itself.
    """
    size = coverage.segment_size
    for backup in cut.kept:
        start = backup_start(backup, size)
        if start is None or start.number != cut.segment.number or _is_there(coverage, start):
            continue
        carried = {s.number for name in backup.carried_segments if (s := parse_segment(name, size))}
        if start.number not in carried:
            yield backup, start.name(size)
            continue
        next_one = max(carried) + 1
        later = any(runs.ends[-1] >= next_one for runs in coverage.runs.values() if runs)
        if later and not any(next_one in runs for runs in coverage.runs.values()):
            yield backup, Segment(start.timeline, next_one).name(size)


def _is_there(coverage: Coverage, segment: Segment) -> bool:
    """Whether a segment is there, on its timeline or one that left it in its middle."""
    heirs = (
        history.timeline
        for history in coverage.histories.values()
        if any(switch.parent == segment.timeline for switch in history.switches)
    )
    return any(segment.number in coverage.of(timeline) for timeline in (segment.timeline, *heirs))


def unknown_backups(
    names: Sequence[str], backups: Sequence[BaseBackup], cut: Segment, segment_size: int
) -> tuple[str, ...]:
    """Return backup histories of the archive that tell of a backup before the cut that is known nowhere."""
    known = {start for b in backups if (start := backup_start(b, segment_size))}
    known_names = {start.name(segment_size)[8:] for start in known}
    position = cut.name(segment_size)[8:]
    return tuple(
        name
        for name in names
        if (match := BACKUP_HISTORY_NAME.match(name))
        and match[1][8:] < position
        and match[1][8:] not in known_names
    )
