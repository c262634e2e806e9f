"""The server log as records: stderr, csvlog and jsonlog (manual: "Error Reporting and Logging").

Whatever the text is, reading it never raises: it comes from outside, cut anywhere, in any locale.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

SEVERITIES = ("DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5") + (
    *("INFO", "NOTICE", "LOG", "WARNING", "ERROR", "FATAL", "PANIC"),
)
_MOST_RAW = 12
"""Lines kept of what a command printed."""
_LONGEST_LINE = 4000


@dataclass
class LogRecord:
    """One message of the server, with what was printed beside the log before it."""

    severity: str
    message: str
    when: datetime | None
    """None when the line carries no time, or one whose zone cannot be told."""
    pids: frozenset[int]
    """The process it came from; with a log_line_prefix all numbers that may be it."""
    detail: str = ""
    hint: str = ""
    backend_type: str = ""
    raw: list[str] = field(default_factory=list)
    """Lines without a prefix that stood before it: what commands wrote to the server's stderr."""


def records_of(path: str, text: str) -> tuple[list[LogRecord], list[str]]:
    """Read a log by the form that its name tells; also return the raw lines behind the last record.

    A tail may begin and end in the middle of a record: what is not whole is left out.
    """
    if path.endswith(".csv"):
        return list(_csv_records(text)), []
    if path.endswith(".json"):
        return list(_json_records(text)), []
    return _stderr_records(text)


_LINE = re.compile(
    rf"(?P<prefix>[^\n]{{0,500}}?)\b(?P<word>{'|'.join(SEVERITIES)}|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION)"
    r":  (?P<rest>.*)"
)


def _stderr_records(text: str) -> tuple[list[LogRecord], list[str]]:
    records: list[LogRecord] = []
    raw: list[str] = []
    continued = ""
    for line in text.split("\n"):
        line = line[:_LONGEST_LINE].rstrip("\r")
        match = _LINE.match(line)
        if match and match["word"] in SEVERITIES:
            prefix = match["prefix"]
            records.append(LogRecord(match["word"], match["rest"], time_in(prefix), _pids(prefix), raw=raw))
            raw, continued = [], "message"
        elif match:
            # Its record may stand before the beginning of a tail.
            continued = match["word"].lower() if records else ""
            if continued in ("detail", "hint"):
                setattr(records[-1], continued, match["rest"])
        elif line.startswith("\t") and records:
            if continued in ("message", "detail", "hint"):
                setattr(records[-1], continued, f"{getattr(records[-1], continued)}\n{line[1:]}")
        elif line.strip():
            raw = [*raw[1 - _MOST_RAW :], line]
    return records, raw


_CSV_START = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\n]{1,40},", re.MULTILINE)


def _csv_records(text: str) -> Iterator[LogRecord]:
    start = _CSV_START.search(text)
    if start is None:
        return
    rows = csv.reader(text[start.start() :].replace("\0", "").splitlines(keepends=True))
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue
        # 23 columns in 12 and older, 24 in 13, 26 since 14; the last one may be cut off in the middle.
        if len(row) >= 23:
            pid = frozenset({int(row[3])}) if row[3].isascii() and row[3].isdigit() else frozenset[int]()
            kind = row[23] if len(row) > 23 else ""
            yield LogRecord(row[11], row[13], time_in(row[0]), pid, row[14], row[15], kind)


def _json_records(text: str) -> Iterator[LogRecord]:
    for line in text.split("\n"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(found, dict):
            continue
        told = {key: value for key, value in found.items() if isinstance(value, str)}
        pid = found.get("pid")
        yield LogRecord(
            severity=told.get("error_severity", ""),
            message=told.get("message", ""),
            when=time_in(told.get("timestamp", "")),
            pids=frozenset({pid}) if isinstance(pid, int) else frozenset(),
            detail=told.get("detail", ""),
            hint=told.get("hint", ""),
            backend_type=told.get("backend_type", ""),
        )


_TIME = re.compile(
    r"(?<!\d)(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? ([+-]\d\d(?::?\d\d)?|[A-Z]{1,5}\b)",
    re.ASCII,
)
_EPOCH = re.compile(r"(?<![\d.])(\d{10})\.(\d{3})(?!\d)", re.ASCII)
# Only those that mean one zone; an unknown one gives no time rather than a wrong one.
_HOURS = {
    **{"UTC": 0.0, "GMT": 0.0, "Z": 0.0, "WET": 0.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0},
    **{"EEST": 3.0, "MSK": 3.0, "SAST": 2.0, "JST": 9.0, "KST": 9.0, "AWST": 8.0, "AEST": 10.0},
    **{"AEDT": 11.0, "ACST": 9.5, "ACDT": 10.5, "NZST": 12.0, "NZDT": 13.0, "EST": -5.0, "EDT": -4.0},
    **{"CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0},
    **{"HST": -10.0},
}


def time_in(prefix: str) -> datetime | None:
    """Return the latest time in a prefix (one may also carry the session's start); None without any."""
    found = [moment for match in _TIME.finditer(prefix) if (moment := _moment(match))]
    found += [
        datetime.fromtimestamp(int(match[1]), UTC) + timedelta(milliseconds=int(match[2]))
        for match in _EPOCH.finditer(prefix)
    ]
    return max(found, default=None)


def _moment(match: "re.Match[str]") -> datetime | None:
    zone = match[8]
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    elif zone in _HOURS:
        offset = timedelta(hours=_HOURS[zone])
    else:
        return None
    try:
        parts = [int(match[number]) for number in range(1, 7)]
        micro = int((match[7] or "0").ljust(6, "0"))
        year, month, day, hour, minute, second = parts
        local = datetime(year, month, day, hour, minute, second, micro, timezone(offset))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _pids(prefix: str) -> frozenset[int]:
    bare = _EPOCH.sub(" ", _TIME.sub(" ", prefix))
    return frozenset(int(number) for number in re.findall(r"(?<![\w.])\d{1,9}(?![\w.])", bare, re.ASCII))
