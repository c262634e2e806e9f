"""The directory that is to become an archive: how it is looked at, judged, made and given up again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pgtui.domain.command import Command
from pgtui.domain.safe_archive_command import ARCHIVE_MARK


class PathState(StrEnum):
    """What is at a path, as the server's account finds it."""

    THERE = "there"
    """A directory that it may read and write."""
    CLOSED = "closed"
    """A directory that it may not write, or not even get to."""
    IN_THE_WAY = "in the way"
    """Something that is no directory."""
    MISSING = "missing"


@dataclass(frozen=True)
class ArchivePlace:
    """What was found at the path of an archive to be."""

    directory: str
    state: PathState
    nearest: str = ""
    """The nearest directory above (or the directory itself) that is there."""
    nearest_is_open: bool = True
    """Whether the server's account may make a directory in it."""
    former_owner: str = ""
    """Owner and mode (`0:0 755`) of an empty directory of root's, which can be given to the server."""
    is_inside_data: bool = False
    shares_disk: bool = False
    """Whether it is on the file system of the data directory."""
    is_in_layer: bool = False
    """Whether it lies in the container itself, on no volume."""
    is_marked: bool = False
    """Whether the mark of an archive lies there."""
    names: int = 0
    """How many files lie there."""
    strange: str = ""
    """Name of a file there that belongs into no archive."""
    foreign: str = ""
    """The system identifier in a segment there when it is another server's."""
    missing_programs: tuple[str, ...] = ()
    """What archive_command needs and is not on the server's path."""

    @property
    def missing_parents(self) -> tuple[str, ...]:
        """The directories that have to be made, the innermost first."""
        if self.state is not PathState.MISSING:
            return ()
        above = len(self.nearest.rstrip("/"))
        found, path = [], self.directory
        while len(path) > above:
            found.append(path)
            path = path.rpartition("/")[0]
        return tuple(found)


# One path a line would not do: names hold line breaks. So each fact has a line, and no name is printed raw.
LOOK = r"""
d=$1 data=$2; shift 2
near=$d
while [ -n "$near" ] && ! [ -e "$near" ] && ! [ -L "$near" ]; do near=${near%/*}; done
near=${near:-/}
if ! [ -d "$near" ]; then state=way
elif [ "$near" = "$d" ]; then state=closed; [ -r "$d" ] && [ -w "$d" ] && [ -x "$d" ] && state=there
else state=missing; [ -x "$near" ] || state=closed; fi
echo "state $state"
echo "near ${#near}"
[ -w "$near" ] && [ -x "$near" ] && echo "open"
real=$(readlink -f -- "$near"; echo .); real=${real%??}
for each in "$data" "$data/pg_wal"; do
  home=$(readlink -f -- "$each"; echo .); home=${home%??}
  case "$real${d#"$near"}/" in "$home"/*) echo inside;; esac
done
[ -d "$near" ] && echo "disk $(stat -c %d -- "$near") $(stat -c %d -- "$data") $(stat -c %d /)"
for program do command -v "$program" >/dev/null || echo "lacks $program"; done
[ $state = there ] || exit 0
cd "$d" || exit 0
[ -e "$0" ] && echo marked
ls -A | { grep -vxF "$0" || true; } | awk '
  { count++ }
  /^[0-9A-F]+$/ && length($0) == 24 { segment[++segments] = $0; next }
  !/^[0-9A-F]+(\.[0-9A-F]+)?(\.history|\.backup|\.partial)?(\.gz|\.zst|\.lz4|\.bz2|\.xz)?$/ { strange = $0 }
  END {
    print "names " count + 0
    if (segments) print "segment " segment[1]
    if (segments > 2) print "segment " segment[int((segments + 1) / 2)]
    if (segments > 1) print "segment " segment[segments]
    if (strange) print "strange " strange
  }'
"""
OWNER = """\
[ -d "$1" ] && ! [ -L "$1" ] && [ -z "$(ls -A -- "$1")" ] || exit 0
stat -c '%u:%g %a' -- "$1"
"""
"""Prints owner and mode of an empty directory, as root sees it."""
HEADERS = 'for file do dd if="$file" bs=40 count=1 2>/dev/null | od -A n -v -t x1; echo .; done'
"""The first page's header of each segment, in hexadecimal, and a line with a dot."""


def look_command(directory: str, data_directory: str, programs: Sequence[str]) -> Command:
    """Return the command that looks at a path as the server's account."""
    return Command(
        ("sh", "-c", LOOK, ARCHIVE_MARK, directory, data_directory, *programs), env=(("LC_ALL", "C"),)
    )


def headers_command(paths: Sequence[str]) -> Command:
    """Return the command that prints the headers of segments."""
    return Command(("sh", "-c", HEADERS, "sh", *paths))


def owner_command(directory: str) -> Command:
    """Return the command by which root sees whose an empty directory is."""
    return Command(("sh", "-c", OWNER, "sh", directory), user="root")


def place_from(
    directory: str, lines: Sequence[str], *, in_container: bool
) -> tuple[ArchivePlace, tuple[str, ...]]:
    """Read what `look_command` printed: the place, and names of the first, middle and last segment there."""
    told = [line.partition(" ") for line in lines]
    value = {name: text for name, _, text in told}
    states = {
        "way": PathState.IN_THE_WAY,
        "closed": PathState.CLOSED,
        "there": PathState.THERE,
        "missing": PathState.MISSING,
    }
    # A length in bytes, because the name itself may hold anything.
    raw = directory.encode(errors="surrogateescape")
    nearest = raw[: int(value["near"])].decode(errors="surrogateescape") or "/"
    place, data, root = (*value.get("disk", "").split(), "", "", "")[:3]
    found = ArchivePlace(
        directory=directory,
        state=states[value["state"]],
        nearest=nearest,
        nearest_is_open="open" in value,
        is_inside_data="inside" in value,
        shares_disk=bool(place) and place == data,
        is_in_layer=in_container and bool(place) and place == root,
        is_marked="marked" in value,
        names=int(value.get("names", "0")),
        strange=value.get("strange", ""),
        missing_programs=tuple(text for name, _, text in told if name == "lacks"),
    )
    return found, tuple(text for name, _, text in told if name == "segment")


def foreign_identifier(headers: str, own: str) -> str:
    """Return the first system identifier that is not the server's own from what `headers_command` printed."""
    found = (system_identifier_of(header) for header in headers.split("."))
    return next((each for each in found if each is not None and each != own), "")


def system_identifier_of(header: str) -> str | None:
    """Read the system identifier from a segment's header; None when it is no such header."""
    raw = bytes.fromhex("".join(re.findall(r"\b[0-9a-f]{2}\b", header)))
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        # XLP_LONG_HEADER, which the first page of every segment has (source: xlog_internal.h).
        if len(raw) >= 40 and int.from_bytes(raw[2:4], order) & 2 and raw[0:2] != b"\0\0":
            size = int.from_bytes(raw[32:36], order)
            if size and size & (size - 1) == 0 and 2**20 <= size <= 2**30:
                return str(int.from_bytes(raw[24:32], order))
    return None


# What is not empty belongs to somebody.
_MAKE = """\
set -eu
umask 022
[ -d "$1" ] || { mkdir -p -- "${1%/*}/" && mkdir -m 0700 -- "$1"; }
[ -z "$(ls -A -- "$1")" ] || exit 0
chmod 0700 -- "$1"
[ -z "$2" ] || chown -- "$2" "$1"
"""
_GIVE_BACK = """\
set -eu
[ -z "$(ls -A -- "$1")" ] || { echo "kept, it is not empty: $1"; exit 0; }
chown -- "$2" "$1"
chmod -- "$3" "$1"
"""
_UNMAKE = """\
for directory do
  [ ! -d "$directory" ] || rmdir -- "$directory" 2>/dev/null ||
    { echo "kept, it is not empty: $directory"; exit 0; }
done
"""
# The shell's own words tell the server's account what it may not do.
_MARK = """\
set -eu
cd "$1"
: >>"$2"
"""
_UNMARK = """\
cd "$1" 2>/dev/null || exit 0
[ "$(ls -A)" = "$2" ] || { echo "kept, it is not empty: $1"; exit 0; }
rm -f -- "$2"
"""


def make_command(place: ArchivePlace, owner: str, account: str) -> Command:
    """Return the command that makes the directory; `owner` is `uid:gid`, "" when its owner makes it."""
    return Command(("sh", "-c", _MAKE, "sh", place.directory, owner), user=account)


def unmake_command(place: ArchivePlace, account: str) -> Command:
    """Return the command that removes the directories that were made, or gives it back: while it is empty."""
    if place.former_owner:
        words = ("sh", place.directory, *place.former_owner.split())
        return Command(("sh", "-c", _GIVE_BACK, *words), user=account)
    return Command(("sh", "-c", _UNMAKE, "sh", *place.missing_parents), user=account)


def mark_command(directory: str) -> Command:
    """Return the command that puts the mark into the archive, and so sees that one may write there."""
    return Command(("sh", "-c", _MARK, "sh", directory, ARCHIVE_MARK))


def unmark_command(directory: str) -> Command:
    """Return the command that takes the mark away from an archive that holds nothing else."""
    return Command(("sh", "-c", _UNMARK, "sh", directory, ARCHIVE_MARK))
