"""What base backups tell of themselves."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.backup import (
    BackupLabel,
    history_file_name,
    manifest_end,
    parse_label,
    parse_label_time,
)
from pgtui.domain.lsn import Lsn
from tests.domain.made import MB, backup, minutes

LABEL = """\
START WAL LOCATION: 0/4000028 (file 000000010000000000000004)
CHECKPOINT LOCATION: 0/4000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-22 11:57:03 UTC
LABEL: pg_basebackup base backup
START TIMELINE: 1
"""
HISTORY = """\
START WAL LOCATION: A/4000028 (file 0000000C0000000A00000004)
STOP WAL LOCATION: A/4000120 (file 0000000C0000000A00000004)
CHECKPOINT LOCATION: A/4000060
BACKUP METHOD: streamed
BACKUP FROM: standby
START TIME: 2026-11-22 11:57:03 CET
LABEL: x
START TIMELINE: 12
STOP TIME: 2026-11-22 11:57:04 CET
STOP TIMELINE: 12
"""


def test_a_backup_label_is_read() -> None:
    assert parse_label(LABEL) == BackupLabel(
        start_lsn=Lsn.parse("0/4000028"),
        start_segment="000000010000000000000004",
        checkpoint_lsn=Lsn.parse("0/4000060"),
        method="streamed",
        taken_from="primary",
        start_time="2026-11-22 11:57:03 UTC",
        label="pg_basebackup base backup",
        timeline=1,
    )


def test_a_history_file_also_tells_where_and_when_the_backup_stopped() -> None:
    label = parse_label(HISTORY)
    assert label.stop_lsn == Lsn.parse("A/4000120")
    assert label.stop_time == "2026-11-22 11:57:04 CET"
    assert (label.timeline, label.taken_from) == (12, "standby")


def test_an_incremental_backup_says_so() -> None:
    label = parse_label(LABEL + "INCREMENTAL FROM LSN: 0/2000028\nINCREMENTAL FROM TLI: 1\n")
    assert label.incremental_from == Lsn.parse("0/2000028")


def test_without_a_timeline_line_the_segments_name_tells_it() -> None:
    text = HISTORY.replace("START TIMELINE: 12\n", "")
    assert parse_label(text).timeline == 12


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=80))
def test_a_label_of_any_text_is_kept_and_changes_nothing_else(text: str) -> None:
    read = parse_label(HISTORY.replace("LABEL: x", f"LABEL: {text}"))
    assert read.label == text
    assert read.start_lsn == Lsn.parse("A/4000028")
    assert read.stop_time == "2026-11-22 11:57:04 CET"


def test_no_line_separator_in_a_label_makes_a_line_of_its_own() -> None:
    forged = "x\x0bSTART WAL LOCATION: 0/0 (file 000000010000000000000000)\u2028STOP TIME: never\x85\x1e\r"
    read = parse_label(HISTORY.replace("LABEL: x", f"LABEL: {forged}"))
    assert read.start_lsn == Lsn.parse("A/4000028")
    assert read.label == forged


@pytest.mark.parametrize(
    "text",
    ["", "LABEL: x\n", LABEL.replace("0/4000028", "123456789/0"), LABEL.replace("0/4000060", "nowhere")]
    + [LABEL.replace("START TIMELINE: 1", "START TIMELINE: one"), LABEL.lower(), "\0\0\0"]
    + [HISTORY.replace("A/4000120", "A/123456789"), LABEL + "INCREMENTAL FROM LSN: /\n"],
)
def test_what_is_no_label_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_label(text)


@pytest.mark.parametrize(
    ("size", "name"),
    [
        (16 * MB, "0000000C0000000A00000004.00000028.backup"),
        (64 * MB, "0000000C0000000A00000004.00000028.backup"),
    ],
)
def test_the_history_file_is_named_after_segment_and_offset(size: int, name: str) -> None:
    assert history_file_name(parse_label(HISTORY), size) == name


def test_the_offset_is_counted_within_the_segment() -> None:
    text = LABEL.replace("0/4000028", "0/4A00028")
    assert history_file_name(parse_label(text), MB).endswith(".00000028.backup")
    assert history_file_name(parse_label(text), 16 * MB).endswith(".00A00028.backup")


def _manifest(files: list[str], ends: list[int]) -> str:
    lines = ",\n".join(json.dumps({"Path": path, "Size": 1}) for path in files)
    ranges = ",\n".join(
        json.dumps({"Timeline": 1, "Start-LSN": "0/0", "End-LSN": str(Lsn(end))}) for end in ends
    )
    return f'{{ "Files": [\n{lines}],\n"WAL-Ranges": [\n{ranges}\n],\n"Manifest-Checksum": "ab"}}\n'


@given(
    st.lists(st.text() | st.just('"End-LSN": "FFFF/0"'), max_size=3),
    st.lists(st.integers(0, 2**64 - 1), max_size=3),
)
def test_the_manifests_last_end_is_found_whatever_its_files_are_called(
    files: list[str], ends: list[int]
) -> None:
    expected = Lsn(max(ends)) if ends else None
    assert manifest_end(_manifest(files, ends)) == expected


@pytest.mark.parametrize("tail", ["", "{}", '"End-LSN": "123456789/0"', '"End-LSN": 5', '"End-LSN": "0/'])
def test_a_manifest_without_an_end_has_none(tail: str) -> None:
    assert manifest_end(tail) is None


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-22 11:57:03 UTC", None, datetime(2026, 11, 22, 11, 57, 3, tzinfo=UTC)),
        ("2026-11-22 11:57:03 GMT", None, datetime(2026, 11, 22, 11, 57, 3, tzinfo=UTC)),
        ("2026-11-22 11:57:03 -03", None, datetime(2026, 11, 22, 14, 57, 3, tzinfo=UTC)),
        ("2026-11-22 11:57:03 CET", "Europe/Berlin", datetime(2026, 11, 22, 10, 57, 3, tzinfo=UTC)),
        ("2026-07-22 11:57:03 CEST", "Europe/Berlin", datetime(2026, 7, 22, 9, 57, 3, tzinfo=UTC)),
        # In the hour that comes twice the abbreviation tells which one is meant.
        ("2026-10-25 02:30:00 CEST", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25 02:30:00 CET", "Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_labels_time_is_read_in_its_zone(text: str, zone: str | None, expected: datetime) -> None:
    assert parse_label_time(text, ZoneInfo(zone) if zone else None) == expected


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-11-22 11:57:03 CET", None),
        ("2026-11-22 11:57:03 IST", "Europe/Berlin"),
        ("2026-11-22 11:57:03 CEST", "Europe/Berlin"),
        ("2026-11-22 11:57:03", "Europe/Berlin"),
        ("2026-13-22 11:57:03 UTC", None),
        ("2026-11-22 11:57:63 CET", "Europe/Berlin"),
        ("0001-01-01 00:00:00 +01", None),
        ("", None),
    ],
)
def test_a_labels_time_that_cannot_be_known_is_none(text: str, zone: str | None) -> None:
    assert parse_label_time(text, ZoneInfo(zone) if zone else None) is None


def test_a_fixed_offset_is_no_abbreviation() -> None:
    assert parse_label_time("2026-11-22 11:57:03 CET", timezone(timedelta(hours=1))) is None


def test_a_backup_is_over_one_second_after_the_second_that_its_history_tells() -> None:
    assert backup(ended=5).ended == minutes(5)
