"""Signs that archiving is broken, each judged by itself; `archive_health` makes a verdict of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pgtui.domain.amounts import size_in_words
from pgtui.domain.archive_position import Waiting, is_same_run, missing_segments
from pgtui.domain.archive_sample import ArchiveLook, ArchiverProcess, ArchiveSample, DirectoryState
from pgtui.domain.archive_status import ArchiveFailure

LOOK_HOLDS = 60.0
"""Seconds after which a look at the archive is not taken for its present state."""
_SETTLED = timedelta(seconds=30)
_BRIEF = timedelta(seconds=5)
_RECENT = timedelta(seconds=90)
_MEANING = "its command ends with an exit code above 125 or by a signal, which is not counted as a failure"
_HINT = "The server log names the exit code: 127 means that a program was not found, 126 that it may not run."


@dataclass(frozen=True)
class Fault:
    """Something that is broken: words without a full stop, and what to do."""

    words: str
    hint: str


def directory_fault(
    sample: ArchiveSample, waits: Waiting, look: ArchiveLook | None, now: datetime, clock_skew: float
) -> Fault | None:
    """Say what is wrong with the archive's directory, before the server trips over it."""
    if look is None or not look.directory or (now - look.taken).total_seconds() > LOOK_HOLDS:
        return None
    success = sample.last_archived_time
    if success is not None and (success - look.taken).total_seconds() > clock_skew + 1.0:
        # It was mended since.
        return None
    where = look.directory
    match look.state:
        case DirectoryState.MISSING if "mkdir" not in sample.command:
            return Fault(
                f"The archive's directory {where} is missing", "Make it, or mount what should be there."
            )
        case DirectoryState.NOT_A_DIRECTORY:
            return Fault(
                f"Something that is no directory lies where the archive should be, at {where}",
                "Move it away, and make the directory.",
            )
        case DirectoryState.CLOSED if "sudo" not in sample.command:
            return Fault(
                f"The server's account may not write into the archive's directory {where}",
                "Give the directory to the account that the server runs as, or mend its mode.",
            )
        case DirectoryState.THERE if waits.anything and (look.free or 0) < sample.segment_size:
            if look.free is None:
                return None
            return Fault(
                f"The file system of {where} is full: {size_in_words(look.free)} are free",
                "Make room there: prune what no kept backup needs, or give it more space.",
            )
        case _:
            return None


def lost_segments(
    samples: Sequence[ArchiveSample], look: ArchiveLook | None, now: datetime, clock_skew: float
) -> tuple[str, ...]:
    """Return what was reported as archived and is not in the archive."""
    if look is None or (now - look.taken).total_seconds() > LOOK_HOLDS:
        return ()
    return missing_segments(samples, look, clock_skew)


def failing_now(samples: Sequence[ArchiveSample], waits: Waiting, failure: ArchiveFailure | None) -> bool:
    """Whether the newest thing that is known to have happened is a failure."""
    sample = samples[-1]
    failed, archived = sample.last_failed_time, sample.last_archived_time
    logged = failure.when if failure else None
    if failed is None and archived is None and sample.stats_reset is not None:
        if logged is not None and logged < sample.stats_reset:
            # A success after it may have been forgotten by the reset.
            logged = None
        failed = _failed_before_reset(samples)
    newest = max((moment for moment in (failed, logged) if moment is not None), default=None)
    if newest is None or (archived is not None and newest <= archived):
        return False
    looked = sample.wal.taken if sample.wal else None
    is_settled = looked is not None and looked > newest and not waits.is_estimate and not waits.anything
    return not is_settled


def _failed_before_reset(samples: Sequence[ArchiveSample]) -> datetime | None:
    """When archiving failed last before the statistics were reset, unless it had succeeded since."""
    newest = samples[-1]
    for sample in reversed(samples):
        if sample.started != newest.started:
            return None
        if sample.stats_reset != newest.stats_reset:
            return sample.last_failed_time if sample.failed_last else None
    return None


def command_runs_for(samples: Sequence[ArchiveSample], waits: Waiting) -> float:
    """Return for how many seconds the archiver has been waiting for one and the same run of its command."""
    newest = samples[-1]
    archiver = newest.archiver
    if archiver is None or archiver.wait_event != "ArchiveCommand":
        return 0.0
    since = newest
    for older in reversed(samples[:-1]):
        if not is_same_run(older, since) or not _same_command(older, newest):
            break
        since = older
    begun = since.taken
    if waits.oldest is not None and not newest.failed_last:
        # Without a failure the archiver begins as soon as there is something, and does not pause between.
        became = newest.taken - timedelta(seconds=waits.oldest)
        moments = (became, newest.last_archived_time, newest.last_failed_time, archiver.started)
        begun = min(begun, max(moment for moment in moments if moment is not None))
    return max(0.0, (newest.taken - begun).total_seconds())


def _same_command(older: ArchiveSample, newer: ArchiveSample) -> bool:
    return (
        older.archiver == newer.archiver
        and (older.archived_count, older.failed_count) == (newer.archived_count, newer.failed_count)
        and older.stats_reset == newer.stats_reset
    )


def archiver_fault(samples: Sequence[ArchiveSample], waits: Waiting) -> Fault | None:
    """Say whether the archiver dies, as it does without counting when its command cannot be run."""
    newest = samples[-1]
    if not newest.sees_archiver or not waits.anything:
        return None
    if newest.archiver is None:
        before = samples[-2] if len(samples) > 1 else None
        is_new = newest.taken - newest.started < _SETTLED and before is None
        just_now = before is not None and (before.archiver is not None or not is_same_run(before, newest))
        if not is_new and not just_now:
            return Fault("There is no archiver process although something waits", _HINT)
        if not _died_before(samples):
            return None
        return Fault(f"The archiver has died: {_MEANING}", _HINT)
    is_other_library = any(sample.library != newest.library for sample in samples)
    if _died_before(samples) or (not is_other_library and _looks_restarted(newest, newest.archiver)):
        return Fault(f"The archiver dies and is started again: {_MEANING}", _HINT)
    return None


def _died_before(samples: Sequence[ArchiveSample]) -> bool:
    """Whether an archiver was replaced by a younger one since the last success, and not by a restart."""
    newest = samples[-1]
    seen: set[datetime] = set()
    for sample in reversed(samples):
        if sample.started != newest.started or sample.stats_reset != newest.stats_reset:
            break
        if (sample.archived_count, sample.in_recovery) != (newest.archived_count, newest.in_recovery):
            break
        if (sample.library, sample.mode) != (newest.library, newest.mode):
            # A new library is loaded by a new archiver.
            break
        if sample.archiver is not None:
            seen.add(sample.archiver.started)
    return len(seen) > 1


def _looks_restarted(sample: ArchiveSample, archiver: ArchiverProcess) -> bool:
    """Whether one sample alone tells that this archiver is not the first one of the server's run."""
    oldest = sample.wal.oldest_ready if sample.wal else None
    begun = archiver.started
    archived, reset = sample.last_archived_time, sample.stats_reset
    return (
        oldest is not None
        # A recovery that took long, or a promotion, starts an archiver late as well.
        and begun - sample.started > _SETTLED
        and begun - oldest > _BRIEF
        and sample.taken - begun < _RECENT
        and (archived is None or archived < begun)
        and (reset is None or begun - reset > _BRIEF)
    )


def untried_for(samples: Sequence[ArchiveSample], waits: Waiting) -> float:
    """Return for how many seconds something has waited without anything being archived or failing."""
    newest = samples[-1]
    if not waits.segments or waits.oldest is None:
        return 0.0
    moments = [newest.last_archived_time, newest.last_failed_time, newest.started]
    if newest.archiver is not None:
        moments.append(newest.archiver.started)
    latest = max(moment for moment in moments if moment is not None)
    return max(0.0, min(waits.oldest, (newest.taken - latest).total_seconds()))


def idle_for(run: Sequence[ArchiveSample]) -> float:
    """Return for how many seconds nothing has been written, as far as the run reaches back."""
    newest = run[-1]
    since = newest.taken
    for older in reversed(run):
        if older.lsn is None or older.lsn != newest.lsn:
            break
        since = older.taken
    return (newest.taken - since).total_seconds()
