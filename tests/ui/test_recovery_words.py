"""Instants in three zones, and what the recovery mode says of targets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pgtui.domain.target_input import parse_target_time
from pgtui.ui.instants import (
    Zones,
    between,
    ceil_second,
    instant_text,
    local_zone_name,
    typed_text,
    usable_zone,
)
from pgtui.ui.recovery_rows import entries, moments
from pgtui.ui.target_words import instant_words, range_words, start_words
from tests.ui.fakes import NOW
from tests.ui.fakes_recovery import MONDAY, REACH, SUNDAY, TARGET

ZONES = Zones("Europe/Berlin", "America/New_York")


def test_an_instant_is_told_in_server_time_local_time_and_utc_with_offsets() -> None:
    words = instant_words(TARGET, ZONES, NOW).plain
    assert "2026-11-22 12:52:30+01:00" in words
    assert "2026-11-22 06:52:30-05:00" in words
    assert "2026-11-22 11:52:30+00:00" in words
    assert "7 min ago" in words


def test_microseconds_of_a_target_are_shown() -> None:
    assert instant_text(TARGET + timedelta(microseconds=7), "UTC") == "2026-11-22 11:52:30.000007+00:00"


def test_whatever_is_typed_for_a_moment_means_that_moment() -> None:
    for zone in ("", "UTC", "Europe/Berlin", "+05:30"):
        for moment in (TARGET, TARGET + timedelta(microseconds=123_456)):
            assert parse_target_time(typed_text(moment, zone), zone) == moment


def test_a_moment_that_the_clocks_made_ambiguous_is_typed_with_its_offset() -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    text = typed_text(twice, "Europe/Berlin")
    assert text == "2026-10-25 02:30:00+02:00"
    assert parse_target_time(text, "Europe/Berlin") == twice


def test_the_time_proposed_for_a_moment_lies_after_it_and_before_the_next() -> None:
    event = datetime(2026, 11, 22, 12, 0, 0, 900_000, tzinfo=UTC)
    for gap in (timedelta(seconds=60), timedelta(seconds=1), timedelta(microseconds=2)):
        assert event < between(event, event + gap) < event + gap
    assert between(event, None) == event
    assert between(event, event - timedelta(seconds=1)) == event


def test_known_moments_come_in_order_each_with_a_time_that_keeps_it_and_nothing_later() -> None:
    shuffled = replace(REACH, suggestions=tuple(reversed(REACH.suggestions)))
    found = moments(shuffled)
    assert [moment.words for moment in found] == [
        "Iron renamed to Iron2",
        "Iron2 renamed to Iron3",
        "table grades dropped",
    ]
    assert found[0].happened < found[0].after < found[1].happened
    assert REACH.latest is not None
    assert found[2].happened < found[2].after < REACH.latest


def test_the_reachable_range_is_rounded_inwards() -> None:
    early = datetime(2026, 11, 21, 2, 0, 41, 5, tzinfo=UTC)
    words = range_words(replace(REACH, earliest=early), ZONES).plain
    assert "2026-11-21 02:00:42+00:00 to 2026-11-22 11:58:20+00:00" in words
    assert ceil_second(TARGET) == TARGET


def test_an_archive_with_a_hole_is_told_beside_its_path() -> None:
    assert "! 1 warning" in range_words(REACH, ZONES).plain
    assert "no hole found" in range_words(replace(REACH, findings=()), ZONES).plain


def test_without_a_usable_backup_nothing_is_said_to_be_reachable() -> None:
    words = range_words(replace(REACH, backups=(), earliest=None, latest=None), ZONES).plain
    assert "nothing yet" in words


def test_the_newest_backup_that_had_ended_is_named_with_the_reason() -> None:
    assert "monday, the newest that fits" in start_words(REACH, TARGET, "").plain
    before_monday = MONDAY.ended - timedelta(hours=1)
    assert "sunday, the newest that fits" in start_words(REACH, before_monday, "").plain


def test_a_chosen_backup_is_used_and_refused_when_it_ended_too_late() -> None:
    assert "sunday, because you chose it" in start_words(REACH, TARGET, SUNDAY.path).plain
    before_monday = MONDAY.ended - timedelta(hours=1)
    assert start_words(REACH, before_monday, MONDAY.path).plain.startswith("✕")


def test_a_target_behind_the_archive_is_warned_of() -> None:
    assert "it may not be reached" in start_words(REACH, NOW, "").plain


def test_every_group_is_named_once_and_unusable_backups_give_their_reason() -> None:
    rows = entries(REACH, (), "UTC", SUNDAY.path, NOW)
    assert [row.group for row in rows if row.group] == ["Moments", "Noticed", "Backups"]
    texts = [row.what.text for row in rows]
    assert any("friday cannot be used: It is incomplete" in text for text in texts)
    assert [text for text in texts if "→ chosen" in text][0].startswith("→ chosen  sunday")


@pytest.mark.parametrize("name", ["CET", "Nowhere/Land", "", "\x1b[31m", "localtime"])
def test_a_zone_that_times_cannot_be_converted_to_is_not_usable(name: str) -> None:
    assert usable_zone(name) == ""


def test_the_terminals_zone_is_taken_from_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_zone_name(NOW) == "Asia/Tokyo"


def test_the_terminals_zone_is_usable_without_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    assert usable_zone(local_zone_name(NOW))
