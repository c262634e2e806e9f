"""A directory of archived WAL, read through its host: any number of files, whatever their names."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime

from pgtui.domain.archive import ArchivedSegment
from pgtui.domain.archive_tally import Tally, moment_of
from pgtui.domain.command import Command
from pgtui.domain.errors import CommandFailed, FileProblem
from pgtui.domain.segment_header import HEADER_SIZE
from pgtui.domain.timeline import TimelineHistory, parse_history
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE, HISTORY_NAME, Segment, parse_segment
from pgtui.hosts.base import Host, check

_OUT_OF_REACH = 3
"""Exit code of the scripts when the directory is not where programs can run."""
_MOST_SINGLE = 200
"""Heads that are read one by one where no program can."""

_PLAIN = f'cd "$1" || exit {_OUT_OF_REACH}; xargs -0 -r head -v -c {HEADER_SIZE} --; exit 0'

# Names hold no line break: they are a segment's, with one of five endings.
_PACKED = f"""\
cd "$1" || exit {_OUT_OF_REACH}
while IFS= read -r file; do
  case $file in
    *.gz) program=gzip ;; *.zst) program=zstd ;; *.lz4) program=lz4 ;;
    *.bz2) program=bzip2 ;; *) program=xz ;;
  esac
  command -v $program >/dev/null 2>&1 && [ -r "$file" ] || continue
  printf '==> %s <==\\n' "$file"
  $program -dc <"$file" 2>/dev/null | head -c {HEADER_SIZE}
  echo
done
exit 0
"""
_BANNER = re.compile(rb"\n?==> ([0-9A-F]{24}(?:\.\w+)?) <==\n")


class ArchiveDirectory:
    """Lists an archive and reads the heads and histories in it. Every call may raise HostError."""

    def __init__(self, host: Host, path: str) -> None:
        """Take the directory, as the host sees it."""
        self._host = host
        self.path = path

    async def tally(self, segment_size: int | None) -> Tally:
        """Count what lies there; without a known segment size, the likely one is found."""
        tally = Tally(segment_size or DEFAULT_SEGMENT_SIZE)
        await self._host.listing(self.path, tally.add)
        likely = tally.segment_size if segment_size else await asyncio.to_thread(tally.likely_size)
        if likely != tally.segment_size:
            tally = Tally(likely)
            await self._host.listing(self.path, tally.add)
        return tally

    async def heads(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the first bytes of segment files, unpacked; those that cannot be read are left out."""
        plain = [name for name in names if len(name) == 24]
        packed = [name for name in names if len(name) > 24]
        found: dict[str, bytes] = {}
        try:
            if plain:
                found |= _cut(await self._run(_PLAIN, b"\0".join(map(str.encode, plain))))
            if packed:
                found |= _cut(await self._run(_PACKED, b"\n".join(map(str.encode, packed)) + b"\n"))
        except CommandFailed as error:
            if error.code != _OUT_OF_REACH:
                raise
            for name in plain[:_MOST_SINGLE]:
                found[name] = await self._host.read(f"{self.path}/{name}", HEADER_SIZE)
        return found

    async def _run(self, script: str, names: bytes) -> bytes:
        async def sent() -> AsyncIterator[bytes]:
            for start in range(0, len(names), 64 * 1024):
                yield names[start : start + 64 * 1024]

        command = Command(("sh", "-c", script, "sh", self.path), user=self._host.widest_account)
        return await check(self._host.run(command, stdin=sent(), deadline=600), "Reading headers")

    async def histories(self, names: Iterable[str]) -> tuple[dict[int, TimelineHistory], dict[str, str]]:
        """Read history files; return those by timeline, with timeline 1, and what is wrong with others."""
        found, problems = {1: TimelineHistory(1)}, {}
        for name in sorted(names):
            if not (match := HISTORY_NAME.match(name)):
                continue
            timeline = int(match[1], 16)
            try:
                text = (await self._host.read(f"{self.path}/{name}")).decode(errors="replace")
                found[timeline] = parse_history(timeline, text)
            except (FileProblem, ValueError) as error:
                problems[name] = f"The history file {name} cannot be used: {error}."
        return found, problems


def archived(tally: Tally) -> tuple[ArchivedSegment, ...]:
    """Return the plain segments of a tally as values, sorted, those of the wrong size included."""
    size = tally.segment_size
    found: list[ArchivedSegment] = []
    wrong = [(s, f) for f in tally.odd if f.kind != "d" and (s := parse_segment(f.name, size))]
    for timeline in sorted({*tally.whole, *(segment.timeline for segment, _ in wrong)}):
        column = tally.whole.get(timeline)
        rows = [
            (segment.number, file.size, datetime.fromtimestamp(file.modified, UTC))
            for segment, file in wrong
            if segment.timeline == timeline
        ]
        if column:
            pairs = zip(column.numbers, column.times, strict=True)
            rows += [(number, size, moment_of(when)) for number, when in pairs]
        found += [ArchivedSegment(Segment(timeline, number), s, when) for number, s, when in sorted(rows)]
    return tuple(found)


def _cut(output: bytes) -> dict[str, bytes]:
    """Read what `head -v` prints: a banner with the name, then the bytes, whatever they are."""
    found: dict[str, bytes] = {}
    match = _BANNER.search(output)
    while match:
        start = match.end()
        following = _BANNER.match(output, start + HEADER_SIZE)
        if following is None and start + HEADER_SIZE < len(output) - 1:
            # A file that is shorter than a header, or has become so.
            following = _BANNER.search(output, start)
        end = following.start() if following else len(output)
        found[match[1].decode()] = output[start : min(end, start + HEADER_SIZE)]
        match = following
    return found
