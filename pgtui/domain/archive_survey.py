"""A tally made sense of: which segments are there, on which timeline, and which headers are worth a look."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.archive_paths import Coverage
from pgtui.domain.archive_report import FileProblemFound, ProblemKind
from pgtui.domain.archive_tally import Column, Tally, batches, moment_of
from pgtui.domain.segment_runs import Runs
from pgtui.domain.timeline import TimelineHistory
from pgtui.domain.wal import Segment

ALL_HEADERS_UP_TO = 2000
"""So many segments have all their headers read; of more, those that are most likely wrong, and a spread."""
_AT_RUNS, _NEWEST, _SPREAD = 500, 200, 800
MOST_UNPACKED = 200
"""Compressed heads that are read without `every_header`: each takes a program of its own."""


@dataclass(frozen=True)
class SegmentFile:
    """One file that holds a segment."""

    segment: Segment
    ending: str
    """The ending of a compressed one, else ""."""

    def name(self, segment_size: int) -> str:
        """Return the file's name."""
        return self.segment.name(segment_size) + self.ending


class Survey:
    """The segments of an archive, as numbers. Made in a thread: nothing here keeps others waiting long."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._endings: dict[int, dict[int, str]] = {}
        duplicates: list[SegmentFile] = []
        every: dict[int, set[int]] = {}
        for timeline, column in tally.whole.items():
            present = every.setdefault(timeline, set())
            for batch in batches(column.numbers):
                present.update(batch)
        for (timeline, ending), packed in sorted(tally.packed.items()):
            present = every.setdefault(timeline, set())
            endings = self._endings.setdefault(timeline, {})
            for number in packed.numbers:
                if number in present:
                    duplicates.append(SegmentFile(Segment(timeline, number), ending))
                else:
                    present.add(number)
                    endings[number] = ending
        self._duplicates = tuple(duplicates)
        self._runs = {timeline: Runs.of(present) for timeline, present in every.items()}

    @property
    def timelines(self) -> tuple[int, ...]:
        """Timelines that have segments, sorted."""
        return tuple(sorted(self._runs))

    @property
    def count(self) -> int:
        """Segments that are there, once each."""
        return sum(runs.count for runs in self._runs.values())

    def coverage(
        self, histories: Mapping[int, TimelineHistory], bad: frozenset[Segment] = frozenset()
    ) -> Coverage:
        """Return the segments that a recovery can use: `bad` ones count as absent."""
        runs = dict(self._runs)
        for timeline in {segment.timeline for segment in bad}:
            runs[timeline] = runs[timeline].without({s.number for s in bad if s.timeline == timeline})
        return Coverage(runs, histories, self.tally.segment_size)

    def duplicates(self) -> Iterator[FileProblemFound]:
        """Yield the compressed files of segments that lie there in another form, too."""
        words = "The same segment lies there in another form as well; recovery takes whichever it is told to."
        for file in self._duplicates:
            name = file.name(self.tally.segment_size)
            yield FileProblemFound(name, ProblemKind.DUPLICATE, self._size_of(file), words)

    def _size_of(self, file: SegmentFile) -> int:
        packed = self.tally.packed[file.segment.timeline, file.ending]
        return packed.sizes[packed.numbers.index(file.segment.number)]

    def compressed(self, timeline: int) -> int:
        """How many segments are there in compressed form only."""
        return len(self._endings.get(timeline, {}))

    def size_of(self, timeline: int) -> int:
        """Return the bytes of a timeline's segment files."""
        whole = self.tally.whole.get(timeline)
        plain = len(whole.numbers) * self.tally.segment_size if whole else 0
        return plain + sum(sum(p.sizes) for (each, _), p in self.tally.packed.items() if each == timeline)

    def bounds_of(self, timeline: int) -> tuple[datetime, datetime]:
        """Return when the oldest and the newest segment file of a timeline were written."""
        times = [column.times for column in self._columns(timeline)]
        return moment_of(min(map(min, times))), moment_of(max(map(max, times)))

    def _columns(self, timeline: int) -> Iterator[Column]:
        """Yield the columns of a timeline, the plain one last; none is empty."""
        yield from (packed for (each, _), packed in self.tally.packed.items() if each == timeline)
        if timeline in self.tally.whole:
            yield self.tally.whole[timeline]

    def times(self, wanted: Iterable[Segment]) -> dict[Segment, datetime]:
        """Return when segments were written, of those that are there."""
        by_timeline: dict[int, set[int]] = {}
        for segment in wanted:
            by_timeline.setdefault(segment.timeline, set()).add(segment.number)
        found: dict[Segment, datetime] = {}
        for timeline, numbers in by_timeline.items():
            for column in self._columns(timeline):
                pairs = zip(column.numbers, column.times, strict=True)
                found |= {Segment(timeline, n): moment_of(when) for n, when in pairs if n in numbers}
        return found

    def files(self, segments: Iterable[Segment]) -> tuple[SegmentFile, ...]:
        """Return the file of each segment: the plain one where there is one."""
        return tuple(SegmentFile(s, self._endings.get(s.timeline, {}).get(s.number, "")) for s in segments)

    def heads_to_read(self, *, every: bool) -> tuple[SegmentFile, ...]:
        """Return the files whose first bytes are worth reading."""
        if every:
            chosen = self._all()
            return (*self.files(chosen), *self._duplicates)
        everything = self.count <= ALL_HEADERS_UP_TO
        files = self.files(self._all() if everything else sorted(self._telling()))
        packed = [file for file in files if file.ending]
        step = -(-len(packed) // MOST_UNPACKED) or 1
        return (*(file for file in files if not file.ending), *packed[::-step][:MOST_UNPACKED])

    def _all(self) -> Iterator[Segment]:
        for timeline, runs in self._runs.items():
            for first, last in runs:
                yield from (Segment(timeline, number) for number in range(first, last + 1))

    def _telling(self) -> set[Segment]:
        """Those at the ends of runs, the newest of each timeline, and an even spread."""
        every_run = [(timeline, *run) for timeline, runs in self._runs.items() for run in runs]
        chosen: set[Segment] = set()
        for timeline, first, last in every_run[-_AT_RUNS // 2 :]:
            chosen |= {Segment(timeline, first), Segment(timeline, last)}
        left = _NEWEST
        for timeline, first, last in reversed(every_run):
            newest = range(max(first, last - left + 1), last + 1)
            chosen.update(Segment(timeline, number) for number in newest)
            left -= len(newest)
            if not left:
                break
        step, at = max(1, self.count // _SPREAD), 0
        for timeline, first, last in every_run:
            chosen.update(Segment(timeline, number) for number in range(first + (-at) % step, last + 1, step))
            at += last - first + 1
        return chosen
