"""Values as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pgtui.domain.cluster import ArchiverState, ServerState
from pgtui.domain.job import JobState, StepState
from pgtui.domain.preflight import Severity
from pgtui.ui import present

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "unknown"),
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 kB"),
        (7_900_000, "7.5 MB"),
        (16 * 1024**2, "16 MB"),
        (10_188_000, "9.7 MB"),
        (1024**4 * 3000, "3000 TB"),
    ],
)
def test_sizes_are_written_with_their_unit(size: int | None, text: str) -> None:
    assert present.size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (95, "95 s"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (90_061, "1 d 1 h"),
        (86_400 + 65, "1 d"),
        (-5, "-5.0 s"),
    ],
)
def test_spans_are_written_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert present.duration_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (59, "59 s ago"), (7200, "2 h ago"), (86_400 * 3, "3 d ago"), (-300, "in 5 min")],
)
def test_ages_tell_past_from_future(seconds: int, text: str) -> None:
    assert present.age_text(NOW - timedelta(seconds=seconds), NOW) == text


def test_times_always_carry_their_offset() -> None:
    assert present.time_text(NOW) == "2026-11-22 12:00:00+00:00"
    assert present.time_text(NOW.astimezone(timezone(timedelta(hours=5.5)))) == "2026-11-22 17:30:00+05:30"
    assert present.time_text(NOW, fraction=True) == "2026-11-22 12:00:00.000000+00:00"


def test_every_state_has_a_symbol_and_a_word_of_its_own() -> None:
    for marks in (
        [present.server_mark(state) for state in ServerState],
        [present.job_mark(state) for state in JobState],
        [present.step_mark(state) for state in StepState],
        [present.severity_mark(severity) for severity in Severity],
    ):
        assert len({mark.symbol for mark in marks}) == len(marks)
        assert len({mark.word for mark in marks}) == len(marks)


def _archiver(**changes: object) -> ArchiverState:
    values: dict[str, object] = {
        "mode": "on",
        "command": "cp %p /archive/%f",
        "library": "",
        "timeout": 0,
        "archived_count": 0,
        "last_archived_wal": None,
        "last_archived_time": None,
        "failed_count": 0,
        "last_failed_wal": None,
        "last_failed_time": None,
    }
    return ArchiverState(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("archiver", "word"),
    [
        (_archiver(mode="off"), "archiving off"),
        (_archiver(command=""), "archiving has no command"),
        (_archiver(), "archiving on, nothing archived yet"),
        (_archiver(last_archived_time=NOW), "archiving works"),
        (_archiver(last_failed_time=NOW), "archiving fails"),
        (_archiver(last_archived_time=NOW, last_failed_time=NOW - timedelta(1)), "archiving works"),
        (_archiver(last_archived_time=NOW - timedelta(1), last_failed_time=NOW), "archiving fails"),
    ],
)
def test_archiving_is_judged_by_its_last_attempt(archiver: ArchiverState, word: str) -> None:
    assert present.archiving_mark(archiver).word == word
