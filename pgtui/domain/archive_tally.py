"""Counts what a listing of an archive holds, fast: a million names in well under two seconds.

A listing comes in pieces of whole records, `size mtime kind name NUL` each: bytes, seconds with a fraction,
one letter (`f` for a file), and the name as it is. Segments of the right size make records of one and the
same length, so that their fields are columns which are cut out as wholes; what breaks the rhythm is read one
by one.
"""

import re
import sys
from array import array
from binascii import unhexlify
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pgtui.domain.archive import likely_segment_size
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE, Segment, parse_segment

_RECORD = re.compile(
    rb"(\d+) (\d+)\S* f ([0-9A-F]{24})(\.gz|\.zst|\.lz4|\.bz2|\.xz)?\0|(\d+) (-?\d+)\S* (.) ([^\0]*)\0"
)
_HEX, _DIGITS = b"0123456789ABCDEF", b"0123456789"
_MOST_BREAKS = 32
"""Breaks of the rhythm in one piece; past them the rest is read record by record."""
_BATCH = 10_000
_NOTHING = b"\0"
_LAST_SECOND = 253402300799
"""The end of the year 9999: no moment can be later."""


@dataclass(frozen=True)
class OddFile:
    """A file that is no whole segment, or an entry that is no file."""

    name: str
    kind: str
    """`f` for a file, `d` a directory, `l` a link; other letters for the rest."""
    size: int
    modified: int
    """Seconds since 1970."""


@dataclass
class Column:
    """Segments of one timeline, in the order of the listing: parallel arrays."""

    numbers: "array[int]" = field(default_factory=lambda: array("Q"))
    times: "array[int]" = field(default_factory=lambda: array("Q"))
    """When each was written: the seconds' decimal digits, read as hexadecimal ones (`seconds_of`)."""


@dataclass
class PackedColumn(Column):
    """Compressed segments: their sizes differ."""

    sizes: "array[int]" = field(default_factory=lambda: array("Q"))


class Tally:
    """What was counted so far. Not for two threads at once."""

    def __init__(self, segment_size: int = DEFAULT_SEGMENT_SIZE) -> None:
        """Take the size that a segment should have."""
        self.segment_size = segment_size
        self.whole: dict[int, Column] = {}
        """Plain segments of the right size, by timeline."""
        self.packed: dict[tuple[int, str], PackedColumn] = {}
        """Compressed segments that are not empty, by timeline and ending."""
        self.odd: list[OddFile] = []
        """Everything else."""
        self.files = 0
        """Entries that are no directories."""
        self.size = 0
        """Bytes in all of them."""
        self._layout = _Layout(segment_size)

    def add(self, piece: bytes) -> None:
        """Count a piece of a listing: whole records."""
        start = breaks = 0
        while start < len(piece) and breaks < _MOST_BREAKS:
            even = self._layout.even_records(piece, start)
            start = self._add_columns(piece, start, even)
            if start < len(piece):
                end = piece.find(b"\0", start) + 1 or len(piece)
                self._add_records(piece[start:end])
                start = end
                breaks += 1
        if start < len(piece):
            self._add_records(piece[start:])

    def likely_size(self) -> int:
        """Return the segment size that most files have; the given one when nothing speaks against it."""
        right = sum(len(column.numbers) for column in self.whole.values())
        sizes = [f.size for f in self.odd if f.kind == "f" and parse_segment(f.name, 2**20)]
        likely = likely_segment_size(sizes)
        return likely if sizes.count(likely) > right else self.segment_size

    def _add_columns(self, piece: bytes, start: int, count: int) -> int:
        """Count records that are columns; return where they end, or `start` when they are none after all."""
        end = start + count * self._layout.width
        if not count or (found := self._layout.columns(piece[start:end])) is None:
            return start
        timelines, numbers, times = found
        first = timelines[0]
        if timelines.count(first) == count:
            column = self.whole.setdefault(first, Column())
            column.numbers.extend(numbers)
            column.times.extend(times)
        else:
            for timeline, number, when in zip(timelines, numbers, times, strict=True):
                self._add_whole(timeline, number, when)
        self.files += count
        self.size += count * self.segment_size
        return end

    def _add_whole(self, timeline: int, number: int, when: int) -> None:
        column = self.whole.setdefault(timeline, Column())
        column.numbers.append(number)
        column.times.append(when)

    def _add_records(self, records: bytes) -> None:
        for size, when, name, ending, odd_size, odd_when, kind, odd_name in _RECORD.findall(records):
            if name:
                self._add_segment(int(size), when, name.decode(), ending.decode())
            else:
                text = odd_name.decode(errors="surrogateescape")
                self._add_odd(OddFile(text, kind.decode(errors="replace"), int(odd_size), int(odd_when)))

    def _add_segment(self, size: int, when: bytes, name: str, ending: str) -> None:
        segment = parse_segment(name, self.segment_size)
        if segment is None or not size or (not ending and size != self.segment_size):
            self._add_odd(OddFile(name + ending, "f", size, int(when)))
            return
        digits = int(when[:16], 16)
        if ending:
            column = self.packed.setdefault((segment.timeline, ending), PackedColumn())
            column.numbers.append(segment.number)
            column.times.append(digits)
            column.sizes.append(size)
        else:
            self._add_whole(segment.timeline, segment.number, digits)
        self.files += 1
        self.size += size

    def _add_odd(self, file: OddFile) -> None:
        self.odd.append(file)
        if file.kind != "d":
            self.files += 1
            self.size += file.size

    def names_of(self, timeline: int, number: int) -> tuple[str, ...]:
        """Return the names that a segment may have in this archive: plain first, then the endings met."""
        plain = Segment(timeline, number).name(self.segment_size)
        return (plain, *(plain + ending for each, ending in self.packed if each == timeline))


class _Layout:
    """Where the fields of a segment's record lie when it has the right size."""

    def __init__(self, segment_size: int) -> None:
        size = str(segment_size).encode()
        self._per_id = 2**32 // segment_size
        # `16777216 1795575071.1234567890 f 000000010000000000000001 NUL`
        self._seconds = len(size) + 1
        self._name = self._seconds + 24
        self.width = self._name + 25
        fixed = [(at, bytes((byte,))) for at, byte in enumerate(size + b" ")]
        fixed += [(self._seconds + 10, b"."), (self._seconds + 21, b" "), (self._seconds + 22, b"f")]
        self._fixed = (*fixed, (self._name - 1, b" "), (self.width - 1, _NOTHING))

    def even_records(self, piece: bytes, start: int) -> int:
        """Return how many records from here on keep the rhythm."""
        count = (len(piece) - start) // self.width
        end = start + count * self.width
        for at, byte in self._fixed:
            column = piece[start + at : end : self.width]
            # The part that is not stripped begins at the first record without this byte in its place.
            count = min(count, len(column) - len(column.lstrip(byte)))
        return count

    def columns(self, records: bytes) -> "tuple[array[int], array[int], array[int]] | None":
        """Return timelines, numbers and times; None when some record is no segment's after all."""
        count = len(records) // self.width
        names = self._cut(records, self._name, 24)
        seconds = self._cut(records, self._seconds, 10)
        fraction = self._cut(records, self._seconds + 11, 10)
        if names.translate(None, _HEX) or (seconds + fraction).translate(None, _DIGITS):
            return None
        words = _big_endian("I", unhexlify(names))
        timelines, high, low = words[0::3], words[1::3], words[2::3]
        if max(low) >= self._per_id or not min(timelines):
            return None
        numbers = array("Q", [h * self._per_id + n for h, n in zip(high, low, strict=True)])
        padded = bytearray(b"0" * (16 * count))
        for at in range(10):
            padded[6 + at :: 16] = seconds[at::10]
        return timelines, numbers, _big_endian("Q", unhexlify(padded))

    def _cut(self, records: bytes, at: int, length: int) -> bytes:
        count = len(records) // self.width
        cut = bytearray(length * count)
        for place in range(length):
            cut[place::length] = records[at + place :: self.width]
        return bytes(cut)


def _big_endian(kind: str, data: bytes) -> "array[int]":
    words = array(kind, data)
    if sys.byteorder == "little":
        words.byteswap()
    return words


def seconds_of(digits: int) -> int:
    """Return the seconds since 1970 of a column's time."""
    return int(f"{digits:x}")


def moment_of(digits: int) -> datetime:
    """Return a column's time as a moment."""
    return datetime.fromtimestamp(min(seconds_of(digits), _LAST_SECOND), UTC)


def batches(numbers: "array[int]") -> Iterator["array[int]"]:
    """Yield an array in parts, so that no single call keeps all other threads waiting for long."""
    for start in range(0, len(numbers), _BATCH):
        yield numbers[start : start + _BATCH]
