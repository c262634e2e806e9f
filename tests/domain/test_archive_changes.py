"""What happened between two samples, and amounts in words."""

from dataclasses import replace

import pytest

from pgtui.domain.amounts import count_in_words, duration_in_words, size_in_words
from pgtui.domain.archive_changes import changes
from pgtui.domain.archive_sample import ArchiveSample
from tests.domain.archiving import at, sample

BEFORE, AFTER = sample(0), sample(1)
assert AFTER.archiver is not None


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (AFTER, ()),
        (replace(AFTER, stats_reset=at(0.5)), ("The statistics of the archiver were reset.",)),
        (replace(AFTER, started=at(0.5)), ("The server was restarted.",)),
        (replace(AFTER, in_recovery=True), ("The server has become a standby.",)),
        (replace(AFTER, timeline=2), ("The server writes timeline 2 now, after 1.",)),
        (replace(AFTER, timeline=None), ()),
        (replace(AFTER, command="cp %p /b/%f"), ("archive_command was changed.",)),
        (replace(AFTER, library="basic_archive"), ("archive_library was changed.",)),
        (replace(AFTER, timeout=60), ("archive_timeout was changed from 0 s to 60 s.",)),
        (
            replace(AFTER, mode="off", command="(disabled)", wal_level="minimal"),
            ("archive_mode was changed from on to off.", "wal_level was changed from replica to minimal."),
        ),
        (
            replace(AFTER, archiver=replace(AFTER.archiver, started=at(0.5))),
            ("The archiver was started anew: the one before has died.",),
        ),
        (
            replace(AFTER, archiver=replace(AFTER.archiver, started=at(0.5)), stats_reset=at(0.4)),
            (
                "The statistics of the archiver were reset.",
                "Every server process was started anew: one of them has crashed.",
            ),
        ),
        (
            replace(AFTER, archiver=replace(AFTER.archiver, started=at(0.5)), started=at(0.4)),
            ("The server was restarted.",),
        ),
    ],
)
def test_each_change_is_told_by_its_name(after: ArchiveSample, sentences: tuple[str, ...]) -> None:
    assert changes(BEFORE, after) == sentences


def test_a_promotion_is_told() -> None:
    standby = replace(BEFORE, in_recovery=True)
    assert changes(standby, replace(AFTER, timeline=2)) == ("The server was promoted to timeline 2.",)
    assert changes(standby, replace(AFTER, timeline=None)) == ("The server was promoted.",)
    following = replace(AFTER, in_recovery=True, timeline=2)
    assert changes(standby, following) == ("The server follows timeline 2 now, after 1.",)


def test_a_clock_that_was_set_is_told() -> None:
    assert changes(BEFORE, replace(AFTER, taken=at(-3600))) == ("The server's clock was set back by 1 h.",)
    assert changes(BEFORE, replace(AFTER, taken=at(-3600)), 1) == ("The server's clock was set back by 1 h.",)
    assert changes(BEFORE, replace(AFTER, taken=at(7201)), 1) == ("The server's clock was set ahead by 2 h.",)
    # Without a clock of our own, a long pause is no jump.
    assert changes(BEFORE, replace(AFTER, taken=at(7200))) == ()
    assert changes(BEFORE, replace(AFTER, taken=at(7200)), 7_198) == ()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1 kB"),
        (7.6 * 1024**2, "7.6 MB"),
        (48 * 1024**2, "48 MB"),
        (1023.7 * 1024, "1 MB"),
        (5 * 1024**5, "5120 TB"),
    ],
)
def test_sizes_in_words(size: float, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-4, "0 s"),
        (45.4, "45 s"),
        (119, "119 s"),
        (120, "2 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3_605, "1 h"),
        (3 * 3600 + 20 * 60 + 7, "3 h 20 min"),
        (86_400 * 5, "5 d"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


def test_counts_in_words() -> None:
    assert count_in_words(1, "segment") == "1 segment"
    assert count_in_words(1_200, "segment") == "1,200 segments"
