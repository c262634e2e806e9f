"""Typed recovery times: understood without doubt, or refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.errors import BadInput
from pgtui.domain.recovery_target import server_time
from pgtui.domain.target_input import parse_target_time, parse_zone

offsets = st.integers(-15 * 60 - 59, 15 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(
    min_value=datetime(1000, 1, 3),  # noqa: DTZ001
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=offsets,
)


@given(moments)
def test_an_instant_written_with_its_offset_reads_back(moment: datetime) -> None:
    for text in (
        moment.isoformat(),
        moment.isoformat(" "),
        moment.strftime("%Y-%m-%d %H:%M:%S.%f %z"),
        moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z",
        server_time(moment),
    ):
        found = parse_target_time(text)
        assert found == moment, text
        assert found.utcoffset() is not None


@given(moments, offsets)
def test_a_written_offset_wins_over_the_given_zone(moment: datetime, other: timezone) -> None:
    del other
    assert parse_target_time(moment.isoformat(), "America/New_York") == moment


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-22 11:59:57+00", "", "2026-11-22 11:59:57.000000+00"),
        ("2026-11-22T11:59Z", "", "2026-11-22 11:59:00.000000+00"),
        ("2026-11-22t11:59z".upper(), "", "2026-11-22 11:59:00.000000+00"),
        ("  2026-11-22   1:05 UTC ", "", "2026-11-22 01:05:00.000000+00"),
        ("2026-11-22 11:59:57.000001+01", "", "2026-11-22 10:59:57.000001+00"),
        ("2026-11-22 11:59:57.25 +0530", "", "2026-11-22 06:29:57.250000+00"),
        ("2026-11-22 11:59:57,5-03:30", "", "2026-11-22 15:29:57.500000+00"),
        ("2026-11-22 11:59:57 Europe/Berlin", "", "2026-11-22 10:59:57.000000+00"),
        ("2026-07-22 11:59:57", "Europe/Berlin", "2026-07-22 09:59:57.000000+00"),
        ("2026-07-22 11:59:57", " America/New_York ", "2026-07-22 15:59:57.000000+00"),
        ("2026-07-22 11:59:57", "America/Argentina/Buenos_Aires", "2026-07-22 14:59:57.000000+00"),
        ("2026-07-22 11:59:57", "+05:45", "2026-07-22 06:14:57.000000+00"),
        ("2026-07-22 11:59:57Z", "Europe/Berlin", "2026-07-22 11:59:57.000000+00"),
    ],
)
def test_times_are_read_in_the_zone_they_name(text: str, zone: str, expected: str) -> None:
    assert server_time(parse_target_time(text, zone)) == expected


@pytest.mark.parametrize(
    ("text", "zone", "early", "late"),
    [
        ("2026-10-25 02:30:00", "Europe/Berlin", "+02:00", "+01:00"),
        ("2026-10-25 02:00:00", "Europe/Berlin", "+02:00", "+01:00"),
        ("2026-10-25 02:59:59.999999", "Europe/Berlin", "+02:00", "+01:00"),
        ("2026-11-01 01:30:00", "America/New_York", "-04:00", "-05:00"),
    ],
)
def test_a_time_that_happened_twice_is_refused_with_both_offsets(
    text: str, zone: str, early: str, late: str
) -> None:
    with pytest.raises(BadInput, match="happened twice") as refused:
        parse_target_time(text, zone)
    assert f"{text}{early}" in refused.value.hint
    assert f"{text}{late}" in refused.value.hint
    # What the hint offers can be typed, and the two are an hour apart.
    first, second = parse_target_time(text + early), parse_target_time(text + late)
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-03-29 02:00:00", "Europe/Berlin"),
        ("2026-03-29 02:59:59.999999", "Europe/Berlin"),
        ("2026-03-08 02:30:00", "America/New_York"),
    ],
)
def test_a_time_that_the_clocks_skipped_is_refused(text: str, zone: str) -> None:
    with pytest.raises(BadInput, match="did not happen"):
        parse_target_time(text, zone)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_a_time_in_a_named_zone_shows_that_very_time_there(naive: datetime, zone: str) -> None:
    try:
        found = parse_target_time(naive.isoformat(), zone)
    except BadInput:
        pair = [naive.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)]
        assert pair[0] != pair[1]
    else:
        shown = found.astimezone(UTC).astimezone(ZoneInfo(zone))
        assert shown.replace(tzinfo=None, fold=0) == naive


@pytest.mark.parametrize(
    "zone",
    ["CET", "CEST", "EST", "IST", "CST", "MSK", "Berlin", "local", "+16", "+1:60", "+", "01", "++01", "+01 x"]
    + ["Europe/Atlantis", "Europe/", "/etc/passwd", "../UTC", "Europe/../../etc/passwd", "a/\0", "a/\udce9"],
)
def test_abbreviations_and_nonsense_are_no_zones(zone: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_target_time("2026-11-22 11:59:57", zone)
    assert refused.value.hint
    with pytest.raises(BadInput):
        parse_zone(zone)


def test_a_time_without_any_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="no time zone"):
        parse_target_time("2026-11-22 11:59:57")
    with pytest.raises(BadInput, match="no time zone"):
        parse_target_time("2026-11-22 11:59:57", "  ")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "now", "yesterday", "infinity", "epoch", "2026-11-22", "11:59:57+00", "2026-11-22 11+00"]
    + ["2026-02-30 11:59+00", "2026-11-22 24:00+00", "2026-11-22 11:60+00", "2026-11-22 11:59:60+00"]
    + ["22.11.2026 11:59+00", "26-11-22 11:59+00", "2026-11-22 11:59:57.1234567+00", "0000-01-01 00:00+00"]
    + ["2026-11-22 11:59:57+00; drop table x", "2026-11-22\n11:59:57+00", "2026-11-22 11:59:57'+00"]
    # Instants whose UTC lies outside the years 1 to 9999.
    + ["0001-01-01 00:00+01", "9999-12-31 23:59-01"],
)
def test_what_is_no_time_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_target_time(text)
    assert refused.value.hint


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_is_typed_is_understood_or_refused(text: str, zone: str) -> None:
    for typed in (text, f"2026-11-22 11:59{text}"):
        try:
            assert parse_target_time(typed, zone).utcoffset() is not None
        except BadInput as refused:
            assert refused.message  # noqa: PT017


@pytest.mark.parametrize("zone", ["UTC+5", "GMT+5", "UTC-03:00"])
def test_an_offset_behind_a_name_is_refused_because_posix_counts_it_westwards(zone: str) -> None:
    with pytest.raises(BadInput, match="not a time zone that is safe"):
        parse_target_time(f"2026-11-22 11:59:57 {zone}")
