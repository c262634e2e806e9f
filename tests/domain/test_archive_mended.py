"""A failure that seems mended is told as past: by what was seen to change, until it fails again."""

from dataclasses import replace

import pytest

from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_mended import RETRY, Mending, told_as_past
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState
from pgtui.domain.archive_status import ArchiveFailure, ArchiveState
from tests.domain.archiving import at, failure, look, sample, verdict
from tests.domain.made import SIZE

MISSING, CLOSED = DirectoryState.MISSING, DirectoryState.CLOSED
AGAIN = "the archive's directory is as it should be again"
CHANGED = "what archives was changed since"
WORDS = "cp: cannot create regular file '/archive/000000010000000000000005': No such file or directory"


def failing(seconds: float, failed_at: float = 2) -> ArchiveSample:
    return sample(seconds, ready=1, oldest=0, failed_at=failed_at, failed_count=3)


def seen(
    *moments: tuple[ArchiveSample, ArchiveLook | None],
    logged: ArchiveFailure | None = None,
    skew: float = 0,
) -> str:
    """What is told after these samples, each with the look that was the newest one then."""
    mending, samples = Mending(), []
    found = ""
    for each, shown in moments:
        samples.append(each)
        mending.note(samples, shown, at((each.taken - at(0)).total_seconds() - skew), skew)
        found = mending.evidence(samples, shown, logged, skew)
    return found


@pytest.mark.parametrize("wrong", [MISSING, CLOSED, DirectoryState.NOT_A_DIRECTORY])
def test_a_directory_that_was_wrong_and_is_right_again(wrong: DirectoryState) -> None:
    broken, mended = (failing(3), look(3, state=wrong)), (failing(9), look(9))
    assert seen(broken) == ""
    assert seen(broken, mended) == AGAIN
    assert seen(broken, mended, (failing(30), look(30))) == AGAIN
    assert seen(broken, mended, (failing(12), look(12, state=wrong))) == ""


def test_a_file_system_that_was_full_and_has_room_again() -> None:
    broken = (failing(3), look(3, free=1))
    assert seen(broken, (failing(9), look(9, free=SIZE))) == AGAIN
    assert seen(broken, (failing(9), look(9, free=SIZE - 1))) == ""


def test_one_that_fails_after_it_was_right_again_fails_for_another_reason() -> None:
    broken, mended = (failing(3), look(3, state=MISSING)), (failing(9), look(9))
    assert seen(broken, mended, (failing(70, failed_at=69), look(72))) == ""
    assert seen(broken, (failing(9, failed_at=8.9), look(9))) == ""


def test_a_directory_that_was_never_seen_wrong_tells_nothing() -> None:
    assert seen((failing(3), look(3)), (failing(9), look(9))) == ""
    assert seen((failing(3), None), (failing(9), None)) == ""


def test_looks_are_of_this_machine_and_failures_of_the_server() -> None:
    # The server's clock is an hour ahead: looks are taken an hour before by ours.
    broken = (failing(3), look(3 - 3600, state=MISSING))
    assert seen(broken, (failing(9), look(9 - 3600)), skew=3600) == AGAIN
    assert seen(broken, (failing(9, failed_at=8.9), look(9 - 3600)), skew=3600) == ""


def test_one_look_is_enough_where_the_words_name_the_directory() -> None:
    logged = replace(failure(2), words=WORDS)
    assert seen((failing(9), look(9)), logged=logged) == AGAIN
    assert seen((failing(9), look(9, state=MISSING)), logged=logged) == ""
    assert seen((failing(9), look(2.2)), logged=logged) == ""
    assert (
        seen((failing(9), look(9)), logged=replace(logged, words=WORDS.replace("/archive", "/other"))) == ""
    )
    elsewhere = replace(failing(9), command="cp %p /archive/sub/%f")
    assert seen((elsewhere, look(9)), logged=logged) == ""
    assert (
        seen((failing(9), look(9)), logged=replace(logged, words="cp: /archive/x: Permission denied")) == ""
    )


def test_a_command_that_was_changed_after_the_failure() -> None:
    old = (failing(3), look(3))
    new = replace(failing(4), command="cp %p /archive/%f && sync")
    assert seen(old, (new, look(4))) == CHANGED
    # The failure may be the new command's.
    assert seen(old, (replace(new, last_failed_time=at(3.5)), look(4))) == ""
    assert seen(old, (new, look(4)), logged=failure(3.2)) == ""


def test_the_verdict_tells_it_as_past_and_what_makes_the_server_try() -> None:
    logged = failure(2, "The archive directory is missing.")
    known = Circumstances(at(20), sampled=at(20), failure=logged, mended=AGAIN)
    found = judge([failing(20)], look(20), known)
    assert found.state is ArchiveState.FAILING
    assert found.reason == (
        f"It failed 18 s ago (The archive directory is missing), and it seems mended: {AGAIN}; "
        "1 segment (16 MB) waits for 20 s."
    )
    assert found.hint == RETRY
    told = told_as_past(logged, AGAIN)
    assert told is not None
    assert (told.cause, told.hint) == (
        "It seems mended. It was: The archive directory is missing.",
        RETRY,
    )
    assert told_as_past(logged, "") is logged
    assert told_as_past(None, AGAIN) is None


def test_what_is_wrong_now_counts_more() -> None:
    known = Circumstances(at(20), sampled=at(20), failure=failure(2), mended=CHANGED)
    assert "is missing" in judge([failing(20)], look(20, state=MISSING), known).reason


def test_a_server_that_has_ceased_to_try_is_made_to_by_a_reload() -> None:
    logged = failure(2, "It is full.")
    assert verdict(failing(4), failure=logged).hint == "Mend it."
    assert verdict(failing(9), failure=logged).hint == f"Mend it. {RETRY}"
