"""Whether what failed last seems mended already: PostgreSQL says nothing of it until it tries again.

After three failures the archiver waits for a minute (PGARCH_AUTOWAKE_INTERVAL), and one that died is started
again up to a minute later. A reload, or another segment that becomes ready, has it try at once.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_faults import directory_fault
from pgtui.domain.archive_position import waiting
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState
from pgtui.domain.archive_status import ArchiveFailure

RETRY = "The server tries again within a minute, at once after a reload (SELECT pg_reload_conf())."
_TRIES = 3.0
"""Seconds in which the server tries three times; after them it waits."""
_SURE = timedelta(seconds=0.5)
"""How far a moment of this machine's clock may be off when it is told by the server's."""
_OF_DIRECTORY = re.compile(r"no such file or directory|not a directory", re.IGNORECASE)


class Mending:
    """Follows one cluster's samples and looks: what was changed, or was wrong and is right again."""

    def __init__(self) -> None:
        self._before: ArchiveSample | None = None
        self._other_until: datetime | None = None
        """The last moment (of the server's clock) at which another command or library was set."""
        self._is_wrong = False
        self._right_since: datetime | None = None
        """When the first look found the directory right again, by the server's clock."""

    def note(
        self, samples: Sequence[ArchiveSample], look: ArchiveLook | None, now: datetime, clock_skew: float
    ) -> None:
        """Take in the newest samples and the newest look."""
        newest, before = samples[-1], self._before
        if before is not None and (before.command, before.library) != (newest.command, newest.library):
            self._other_until = before.taken
        self._before = newest
        if look is None:
            return
        if _is_right(look, newest):
            if self._is_wrong:
                self._is_wrong, self._right_since = False, look.taken + timedelta(seconds=clock_skew)
        elif directory_fault(newest, waiting(samples), look, now, clock_skew) is not None:
            self._is_wrong, self._right_since = True, None

    def evidence(
        self,
        samples: Sequence[ArchiveSample],
        look: ArchiveLook | None,
        failure: ArchiveFailure | None,
        clock_skew: float,
    ) -> str:
        """Return why the newest failure seems mended, in words; "" when nothing tells so."""
        failed = failed_at(samples, failure)
        if failed is None:
            return ""
        if self._other_until is not None and failed <= self._other_until:
            return "what archives was changed since"
        again = "the archive's directory is as it should be again"
        if self._right_since is not None:
            # One that failed after it was found right failed for another reason.
            return again if failed < self._right_since - _SURE else ""
        if look is None or failure is None or not _is_right(look, samples[-1]):
            return ""
        looked = look.taken + timedelta(seconds=clock_skew)
        return again if looked - _SURE > failed and _is_of(failure, look, samples[-1].command) else ""


def failed_at(samples: Sequence[ArchiveSample], failure: ArchiveFailure | None) -> datetime | None:
    """When something failed last, as statistics and log tell."""
    moments = (samples[-1].last_failed_time, failure.when if failure else None)
    return max((moment for moment in moments if moment is not None), default=None)


def told_as_past(failure: ArchiveFailure | None, evidence: str) -> ArchiveFailure | None:
    """Return a failure that seems mended with its cause told as what it was, and with what to do now."""
    if failure is None or not evidence:
        return failure
    return replace(failure, cause=f"It seems mended. It was: {failure.cause}", hint=RETRY)


def mended_in_words(samples: Sequence[ArchiveSample], failure: ArchiveFailure | None, evidence: str) -> str:
    """Return what is to be said of what seems mended and was not tried again, without a full stop."""
    failed = failed_at(samples, failure)
    ago = "" if failed is None else f" {_since(samples, failed)} ago"
    cause = f" ({failure.cause.rstrip('.')})" if failure is not None and failure.cause else ""
    return f"It failed{ago}{cause}, and it seems mended: {evidence}"


def with_retry(hint: str, samples: Sequence[ArchiveSample], failure: ArchiveFailure | None) -> str:
    """Return what to do, and once the server has ceased to try, how it is made to try again."""
    failed = failed_at(samples, failure)
    if failed is None or (samples[-1].taken - failed).total_seconds() <= _TRIES:
        return hint
    return f"{hint} {RETRY}".strip()


def _since(samples: Sequence[ArchiveSample], failed: datetime) -> str:
    return duration_in_words(max(0.0, (samples[-1].taken - failed).total_seconds()))


def _is_right(look: ArchiveLook, sample: ArchiveSample) -> bool:
    return look.state is DirectoryState.THERE and (look.free is None or look.free >= sample.segment_size)


def _is_of(failure: ArchiveFailure, look: ArchiveLook, command: str) -> bool:
    """Whether a failure says of this very directory what a look shows not to be so any more."""
    directory = look.directory.rstrip("/")
    is_its = bool(directory) and (archive_directory(command) or "").rstrip("/") == directory
    return is_its and f"{directory}/" in failure.words and bool(_OF_DIRECTORY.search(failure.words))
