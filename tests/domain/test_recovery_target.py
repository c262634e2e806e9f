"""Targets as settings."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pgtui.domain.errors import BadInput
from pgtui.domain.recovery_target import TimeTarget, describe_target, server_time, target_settings

MOMENT = datetime(2026, 11, 22, 11, 59, 57, 250001, tzinfo=timezone(timedelta(hours=1)))


def test_times_go_to_the_server_in_utc_with_their_offset_as_a_number() -> None:
    assert server_time(MOMENT) == "2026-11-22 10:59:57.250001+00"
    assert server_time(datetime(5, 1, 2, tzinfo=UTC)) == "0005-01-02 00:00:00.000000+00"


def test_a_time_without_a_zone_is_no_target() -> None:
    with pytest.raises(BadInput):
        TimeTarget(MOMENT.replace(tzinfo=None), 1)


def test_four_empty_targets_come_before_the_real_one() -> None:
    settings = target_settings(TimeTarget(MOMENT, 10))
    names = [name for name, _ in settings]
    real = names.index("recovery_target_time")
    others = {"recovery_target", "recovery_target_lsn", "recovery_target_xid", "recovery_target_name"}
    assert set(names[:real]) == others
    assert all(value == "" for _, value in settings[:real])
    assert dict(settings)["recovery_target_time"] == "2026-11-22 10:59:57.250001+00"
    assert len(names) == len(set(names))


def test_the_timeline_is_a_decimal_number_and_the_end_is_a_pause() -> None:
    settings = dict(target_settings(TimeTarget(MOMENT, 10)))
    assert settings["recovery_target_timeline"] == "10"
    assert settings["recovery_target_action"] == "pause"
    assert settings["recovery_target_inclusive"] == "on"


def test_a_target_is_told_with_its_timeline() -> None:
    assert describe_target(TimeTarget(MOMENT, 2)) == "2026-11-22 10:59:57.250001+00 on timeline 2"
