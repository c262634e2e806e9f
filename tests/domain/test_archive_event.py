"""What is kept of a verdict once it is past."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.archive_event import event_words, is_news
from pgtui.domain.archive_status import ArchiveState, Verdict

OK, IDLE, FAILING = ArchiveState.OK, ArchiveState.IDLE, ArchiveState.FAILING


def test_a_pause_between_two_writes_is_no_news() -> None:
    assert not is_news(OK, IDLE)
    assert not is_news(IDLE, OK)
    assert not is_news(FAILING, FAILING)
    assert is_news(FAILING, OK)
    assert is_news(IDLE, FAILING)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("Every full segment is archived; the last one 27 s ago.", "Every full segment is archived."),
        (
            "The archive is full: 3 segments (48 MB) wait, the oldest for 2 min 5 s; archive_command has "
            "failed 7 times since the last success.",
            "The archive is full: 3 segments (48 MB) wait; archive_command has failed 7 times since the last "
            "success.",
        ),
        (
            "1 segment (16 MB) waits for 95 s; nothing was archived and nothing failed for 1 h 3 min.",
            "1 segment (16 MB) waits; nothing was archived and nothing failed.",
        ),
        ("The archive's directory /a for 5 s/b is missing.", None),
        ("archive_mode is off.", "archive_mode is off."),
    ],
)
def test_ages_are_left_out(reason: str, kept: str | None) -> None:
    told = event_words(Verdict(FAILING, reason))
    assert told == ("Now failing." if kept is None else f"Now failing: {kept}")


@given(st.floats(0, 10**8), st.sampled_from(["took {}", "{} ago", "late by {} or so", "for {}", "since {}."]))
def test_no_length_of_time_is_left(seconds: float, form: str) -> None:
    told = event_words(Verdict(OK, f"It works {form.format(duration_in_words(seconds))}"))
    assert not re.search(r"[0-9] (d|h|min|s)\b", told)
