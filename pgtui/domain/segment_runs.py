"""Segment numbers of one timeline as runs without a hole."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Runs:
    """Sorted, disjoint and not adjacent runs of numbers."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """The last number of each run."""

    @classmethod
    def of(cls, present: set[int]) -> "Runs":
        """Find the runs of a set of numbers; a million take a third of a second, others get their turns."""
        starts = [n for n in present if n - 1 not in present]
        ends = [n for n in present if n + 1 not in present]
        return cls(tuple(sorted(starts)), tuple(sorted(ends)))

    def __bool__(self) -> bool:
        return bool(self.starts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)

    def __contains__(self, number: int) -> bool:
        return self.last_of(number) is not None

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(self.ends) - sum(self.starts) + len(self.starts)

    def last_of(self, number: int) -> int | None:
        """Return the last number of the run that holds this one; None when it is not there."""
        at = bisect_right(self.starts, number) - 1
        return self.ends[at] if at >= 0 and number <= self.ends[at] else None

    def without(self, numbers: Iterable[int]) -> "Runs":
        """Return the runs that are left when some numbers are taken out."""
        starts, ends = list(self.starts), list(self.ends)
        for number in numbers:
            at = bisect_right(starts, number) - 1
            if at < 0 or number > ends[at]:
                continue
            left = [(a, b) for a, b in ((starts[at], number - 1), (number + 1, ends[at])) if a <= b]
            starts[at : at + 1] = [a for a, _ in left]
            ends[at : at + 1] = [b for _, b in left]
        return Runs(tuple(starts), tuple(ends))

    def within(self, first: int, last: int | None) -> Iterator[tuple[int, int]]:
        """Yield the runs between two numbers, cut to them; without an end when `last` is None."""
        at = bisect_left(self.ends, first)
        while at < len(self.starts) and (last is None or self.starts[at] <= last):
            end = self.ends[at]
            yield max(first, self.starts[at]), end if last is None else min(last, end)
            at += 1


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges (first, last) that overlap or touch, sorted."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
