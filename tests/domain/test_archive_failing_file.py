"""The file that cannot be archived, where the log does not name it."""

from dataclasses import replace

from pgtui.domain.archive_failing_file import with_file
from pgtui.domain.archive_sample import ArchiveSample
from pgtui.domain.archive_status import ArchiveFailure
from tests.domain.archiving import failure, name, sample

UNNAMED = replace(failure(2), segment="")


def told(made: ArchiveSample, found: ArchiveFailure = UNNAMED) -> str:
    shown = with_file(found, made)
    assert shown is not None
    return shown.segment


def test_the_logs_own_word_counts_most() -> None:
    failing = sample(9, current=8, archived=6, failed_at=2, failed_count=1)
    assert told(failing, failure(2)) == name(5)
    assert told(failing) == name(7)


def test_a_failure_before_the_last_success_is_of_another_file() -> None:
    uncounted = sample(9, current=8, archived=4, archived_at=1, failed_at=0, failed_count=1, ready=3)
    assert told(uncounted) == name(5)
    assert told(replace(uncounted, wal=None)) == ""


def test_a_history_that_may_go_first_leaves_it_open() -> None:
    waiting = sample(9, ready=3)
    assert waiting.wal is not None
    assert told(replace(waiting, wal=replace(waiting.wal, other_ready=1))) == ""


def test_without_a_failure_or_a_sample_there_is_nothing_to_fill_in() -> None:
    assert with_file(None, sample()) is None
    assert with_file(UNNAMED, None) is UNNAMED
