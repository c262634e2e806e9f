"""Listing a directory of a million files: two `find` share the work, and nothing is made of each name.

What comes out are pieces of whole records, `size mtime kind name NUL` (domain/archive_tally.py reads them).
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from pgtui.domain.errors import FileProblem
from pgtui.hosts.base import Events, Exit, FileEntry, FileKind, Output, Stream

Take = Callable[[bytes], None]

HALVES = ("even", "odd")
"""Names are shared out by the 24th character: a segment's last one."""

# BusyBox has no -printf: there records are set apart by a token that no name can hold.
SCRIPT = """\
if [ ! -d "$1" ]; then
  if [ -e "$1" ]; then echo "$1: Not a directory" >&2; else echo "$1: No such file or directory" >&2; fi
  exit 2
fi
if ! [ -r "$1" ] || ! [ -x "$1" ]; then echo "$1: Permission denied" >&2; exit 2; fi
half='-name'
if [ "$2" = odd ]; then half='! -name'; fi
even='???????????????????????[02468ACE]*'
LC_ALL=C
export LC_ALL token="$3"
if find / -maxdepth 0 -printf '' 2>/dev/null; then
  block=; if stdbuf -o 256K true 2>/dev/null; then block="stdbuf -o 256K"; fi
  exec $block find "$1/" -mindepth 1 -maxdepth 1 $half "$even" -printf '%s %T@ %y %f\\0'
fi
cd "$1" || exit 2
exec find . -mindepth 1 -maxdepth 1 $half "$even" -exec stat -c "$token%f %s %Y %n" -- {} +
"""

_PIECE = 256 * 1024
_TOKEN_RECORD = re.compile(rb"([0-9a-f]+) (\d+) (-?\d+) (?:\./)?(.*)\n", re.DOTALL)
_MODES = {0x4000: "d", 0x8000: "f", 0xA000: "l"}
_LETTERS = {FileKind.DIRECTORY: "d", FileKind.FILE: "f", FileKind.LINK: "l", FileKind.OTHER: "o"}


def argv(path: str, half: str, token: str) -> tuple[str, ...]:
    """Return the command that lists one half of a directory."""
    return ("sh", "-c", SCRIPT, "sh", path, half, token)


def new_token() -> str:
    return uuid4().hex


class Cutter:
    """Cuts output into pieces of whole records, whichever of the two forms it has."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Return the records that are complete by now, once there are many of them."""
        self._rest += data
        return self._cut(last=False) if len(self._rest) > _PIECE else b""

    def end(self) -> bytes:
        """Return the records that are left."""
        return self._cut(last=True)

    def _cut(self, *, last: bool) -> bytes:
        if self._rest.startswith(self._token):
            end = len(self._rest) if last else self._rest.rfind(self._token)
            records, self._rest = self._rest[:end], self._rest[end:]
            return b"".join(map(_translated, records.split(self._token)[1:]))
        end = self._rest.rfind(b"\0") + 1
        records, self._rest = self._rest[:end], self._rest[end:]
        return records


def _translated(record: bytes) -> bytes:
    match = _TOKEN_RECORD.fullmatch(record)
    if not match:
        return b""
    mode, size, modified, name = match.groups()
    kind = _MODES.get(int(mode, 16) & 0xF000, "o").encode()
    return b"%s %s.0 %s %s\0" % (size, modified, kind, name)


async def list_with(run: Callable[[tuple[str, ...]], Events], path: str, take: Take) -> None:
    """Run the listing's commands side by side and hand over their pieces, one at a time, in a thread."""
    token, turn = new_token(), asyncio.Lock()

    async def hand_over(piece: bytes) -> None:
        if piece:
            async with turn:
                await asyncio.to_thread(take, piece)

    async def list_half(half: str) -> None:
        cutter, words, code = Cutter(token), b"", 0
        async with aclosing(run(argv(path, half, token))) as events:
            async for event in events:
                match event:
                    case Output(Stream.STDOUT, data):
                        await hand_over(cutter.feed(data))
                    case Output(_, data):
                        words = (words + data)[-4000:]
                    case Exit():
                        code = event.code
        _check(path, code, words.decode(errors="replace"))
        await hand_over(cutter.end())

    await together(*(list_half(half) for half in HALVES))


def _check(path: str, code: int, words: str) -> None:
    """Files may vanish while they are listed; whatever else `find` complains of is a problem."""
    complaints = [line for line in words.strip().split("\n") if line]
    vanished = code == 1 and all("No such file or directory" in line for line in complaints)
    if code and not (vanished and complaints):
        raise FileProblem("\n".join(complaints) or f"{path}: the listing ended with exit code {code}")


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run work side by side to its end; when one fails, the others are ended and its error is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def records_of(entries: tuple[FileEntry, ...]) -> bytes:
    """Write entries that came in another way as records."""
    return b"".join(
        b"%d %d.0 %s %s\0"
        % (
            entry.size,
            int(entry.modified.timestamp()),
            _LETTERS[entry.kind].encode(),
            entry.name.encode(errors="surrogateescape"),
        )
        for entry in entries
    )
