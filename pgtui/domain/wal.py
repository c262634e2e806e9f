"""WAL segment names and ranges (manual: "WAL Internals"; source: xlog_internal.h)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pgtui.domain.lsn import Lsn

SEGMENT_NAME = re.compile(r"^[0-9A-F]{24}\Z")
BACKUP_HISTORY_NAME = re.compile(r"^([0-9A-F]{24})\.([0-9A-F]{8})\.backup\Z")
HISTORY_NAME = re.compile(r"^([0-9A-F]{8})\.history\Z")
DEFAULT_SEGMENT_SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Segment:
    """One WAL segment: timeline number and segment number (LSN / segment size)."""

    timeline: int
    number: int

    def name(self, segment_size: int = DEFAULT_SEGMENT_SIZE) -> str:
        """Return the file name: `%08X%08X%08X`."""
        per_id = 2**32 // segment_size
        return f"{self.timeline:08X}{self.number // per_id:08X}{self.number % per_id:08X}"

    def start(self, segment_size: int = DEFAULT_SEGMENT_SIZE) -> Lsn:
        """Return the position of the segment's first byte."""
        return Lsn(self.number * segment_size)

    def end(self, segment_size: int = DEFAULT_SEGMENT_SIZE) -> Lsn:
        """Return the position just behind the segment's last byte."""
        return Lsn((self.number + 1) * segment_size)


def parse_segment(name: str, segment_size: int = DEFAULT_SEGMENT_SIZE) -> Segment | None:
    """Read a segment's file name; None when it is not one, or impossible for this segment size."""
    if not SEGMENT_NAME.match(name):
        return None
    per_id = 2**32 // segment_size
    timeline, high, low = (int(name[i : i + 8], 16) for i in (0, 8, 16))
    if low >= per_id or timeline == 0:
        return None
    return Segment(timeline, high * per_id + low)


def segment_number(lsn: Lsn, segment_size: int = DEFAULT_SEGMENT_SIZE) -> int:
    """Return the number of the segment that holds the byte at this position."""
    return lsn.value // segment_size


def holes(numbers: Iterable[int], first: int, last: int) -> tuple[range, ...]:
    """Return the runs of segment numbers from `first` to `last` (both included) that are not there."""
    present = sorted({n for n in numbers if first <= n <= last})
    runs: list[range] = []
    expected = first
    for number in [*present, last + 1]:
        if number > expected:
            runs.append(range(expected, number))
        expected = number + 1
    return tuple(runs)
