"""What the files of an archive are that are no whole segments, and what is wrong with them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pgtui.domain.archive_report import FileProblemFound, ProblemKind
from pgtui.domain.archive_sample import COMPRESSED
from pgtui.domain.archive_tally import OddFile
from pgtui.domain.safe_archive_command import ARCHIVE_MARK
from pgtui.domain.wal import Segment, parse_segment

_ENDING = rf"(?:{'|'.join(re.escape(ending) for ending in COMPRESSED)})?"
_SEGMENT = re.compile(rf"([0-9A-F]{{24}}){_ENDING}\Z")
_PARTIAL = re.compile(rf"([0-9A-F]{{24}})\.partial{_ENDING}\Z")
_HISTORY = re.compile(rf"([0-9A-F]{{8}})\.history{_ENDING}\Z")
_BACKUP_HISTORY = re.compile(rf"([0-9A-F]{{24}})\.[0-9A-F]{{8}}\.backup{_ENDING}\Z")
_TEMPORARY = re.compile(
    r"\.?[0-9A-F]{24}.*(?:temp|tmp|part)(?:[.\-_]?\w*)\Z|(?:arch|xlog)temp\.|\.pgtui-|\..*\.tmp\Z|.*\.tmp\Z",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class OddFiles:
    """The files that are no whole segments, sorted out."""

    histories: frozenset[int]
    """Timelines that have a `.history` file."""
    readable_histories: tuple[str, ...]
    """Names of those that are not compressed."""
    backup_histories: tuple[str, ...]
    """Names, sorted."""
    partials: tuple[tuple[Segment, OddFile], ...]
    problems: tuple[FileProblemFound, ...]


def sort_out(odd: Iterable[OddFile], segment_size: int, is_there: Callable[[Segment], bool]) -> OddFiles:
    """Say of each odd file what it is; `is_there` tells whether a segment is there, whole, on this timeline
    or on one that replaced it from there on."""
    histories: set[int] = set()
    readable: list[str] = []
    backups: list[str] = []
    partials: list[tuple[Segment, OddFile]] = []
    problems: list[FileProblemFound] = []
    for file in odd:
        name = file.name
        if file.kind == "d":
            if name != "lost+found":
                problems.append(_problem(file, ProblemKind.UNKNOWN, "A directory: nothing looks into it."))
        elif name == ARCHIVE_MARK:
            continue
        elif file.kind == "f" and file.size and (match := _HISTORY.match(name)):
            histories.add(int(match[1], 16))
            if name.endswith(".history"):
                readable.append(name)
        elif file.kind == "f" and _BACKUP_HISTORY.match(name):
            backups.append(name)
        elif file.kind == "f" and (partial := _partial_of(name, segment_size)):
            partials.append((partial, file))
            problems.append(_of_partial(file, is_there(partial)))
        else:
            problems.append(_of_other(file, segment_size))
    return OddFiles(
        frozenset(histories),
        tuple(sorted(readable)),
        tuple(sorted(backups)),
        tuple(partials),
        tuple(sorted(problems, key=lambda problem: problem.name)),
    )


def backup_start(name: str) -> str:
    """Return the segment that a backup history file's name tells its backup begins in."""
    return name[:24]


def _partial_of(name: str, segment_size: int) -> Segment | None:
    match = _PARTIAL.match(name)
    return parse_segment(match[1], segment_size) if match else None


def _of_partial(file: OddFile, is_replaced: bool) -> FileProblemFound:
    if is_replaced:
        words = "The beginning of a segment that a promotion cut short; another timeline's file holds it too."
    else:
        words = (
            "The beginning of a segment that a promotion cut short: recovery does not read it under this "
            "name, and no other file of the archive holds it."
        )
    return FileProblemFound(file.name, ProblemKind.PARTIAL, file.size, words, is_harmless=is_replaced)


def _of_other(file: OddFile, segment_size: int) -> FileProblemFound:
    match = _SEGMENT.match(file.name)
    if _TEMPORARY.match(file.name):
        words = "Not finished: it is being written right now, or an interrupted copy left it behind."
        return FileProblemFound(file.name, ProblemKind.TEMPORARY, file.size, words, is_harmless=True)
    if file.kind != "f":
        what = "A link, which is not followed" if file.kind == "l" else "No regular file"
        return _problem(file, ProblemKind.UNKNOWN, f"{what}: it counts as absent.")
    if match and parse_segment(match[1], segment_size) is None:
        words = f"No segment has this name when segments have {segment_size:,} bytes."
        return _problem(file, ProblemKind.UNKNOWN, words)
    if not file.size and (match or _HISTORY.match(file.name)):
        return _problem(file, ProblemKind.EMPTY, "It has no content and counts as missing.")
    if match:
        words = f"It has {file.size:,} bytes instead of {segment_size:,}; PostgreSQL refuses it."
        return _problem(file, ProblemKind.WRONG_SIZE, words)
    return _problem(file, ProblemKind.UNKNOWN, "Not a file that belongs into an archive.")


def _problem(file: OddFile, kind: ProblemKind, words: str) -> FileProblemFound:
    return FileProblemFound(file.name, kind, file.size, words)
