"""What speaks against a directory that is to become an archive, and what to know about it."""

from collections.abc import Iterator

from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_place import ArchivePlace, PathState
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.safe_archive_command import MAX_COMMAND, command_bytes


def place_findings(place: ArchivePlace, *, can_be_root: bool) -> tuple[Finding, ...]:
    """Return what speaks against a place, and what to know about it."""
    return (
        *_path_findings(place, can_be_root=can_be_root),
        *_command_findings(place),
        *_content_findings(place),
        *_disk_findings(place),
    )


def _path_findings(place: ArchivePlace, *, can_be_root: bool) -> Iterator[Finding]:
    """Where it lies, and whether the server's account may write there."""
    where = place.directory
    if place.is_inside_data:
        yield Finding(
            Severity.REFUSE,
            f"{where} lies inside the data directory.",
            "Every base backup would carry the whole archive with it: choose a directory elsewhere.",
        )
    match place.state:
        case PathState.IN_THE_WAY:
            yield Finding(
                Severity.REFUSE, f"{place.nearest} is there and is no directory.", "Choose another path."
            )
        case PathState.CLOSED if place.former_owner:
            yield Finding(
                Severity.WARN,
                f"{where} is empty and belongs to root: it is given to the server's account.",
                "If it is meant for something else, choose another directory.",
            )
        case PathState.CLOSED:
            yield Finding(
                Severity.REFUSE,
                f"The server's account may not write into {place.nearest}.",
                "Give it to the server's account (chown, mode 0700), or choose another.",
            )
        case PathState.MISSING if not (place.nearest_is_open or can_be_root):
            yield Finding(
                Severity.REFUSE,
                f"{where} is missing, and the server's account may not make a directory in {place.nearest}.",
                "Have it made by root and given to the server's account, or choose another.",
            )
        case _:
            pass


def _command_findings(place: ArchivePlace) -> Iterator[Finding]:
    """Whether archive_command can be run for this path."""
    if (length := command_bytes(place.directory)) > MAX_COMMAND:
        yield Finding(
            Severity.REFUSE,
            f"With this path archive_command has up to {length:,} bytes, of which {MAX_COMMAND:,} are safe.",
            "PostgreSQL 15 and older cut off the rest: choose a shorter path.",
        )
    if place.missing_programs:
        names = ", ".join(place.missing_programs)
        yield Finding(
            Severity.REFUSE,
            f"Where the server runs there is no {names}, which archive_command needs.",
            "Install it (packages diffutils and coreutils).",
        )


def _content_findings(place: ArchivePlace) -> Iterator[Finding]:
    """What lies there already."""
    if place.foreign:
        yield Finding(
            Severity.REFUSE,
            f"{place.directory} is the archive of another database system ({place.foreign}).",
            "Two servers must never archive into one directory: choose another.",
        )
    elif place.names:
        lie = "lies" if place.names == 1 else "lie"
        strange = f", among them {place.strange}, which is no WAL" if place.strange else ""
        yield Finding(
            Severity.NOTE,
            f"{place.directory} is not empty: {count_in_words(place.names, 'file')} {lie} there{strange}. "
            "Nothing is overwritten.",
        )


def _disk_findings(place: ArchivePlace) -> Iterator[Finding]:
    """What the archive would be lost with."""
    if place.is_in_layer:
        yield Finding(
            Severity.WARN,
            f"{place.directory} lies in the container itself, on no volume: whoever removes the container "
            "removes it.",
            "Mount a volume there, or choose a directory on one.",
        )
    elif place.shares_disk:
        yield Finding(
            Severity.WARN,
            f"{place.directory} is on the same file system as the data: one lost disk takes both.",
            "An archive belongs on another disk, better on another machine.",
        )
