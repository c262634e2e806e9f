"""Why archiving fails, found in the server log: pg_stat_archiver never says it (manual: "pg_stat_archiver").

Exit codes above 125 and signals end the archiver process before it counts a failure: the log alone has them.
"""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pgtui.domain.archive_cause import cause_of, exit_meaning
from pgtui.domain.archive_status import ArchiveFailure
from pgtui.domain.masked import masked
from pgtui.postgres.server_log import LogRecord, records_of

_COMMAND = re.compile(
    r"archive command (?:failed with exit code (?P<code>\d{1,9})"
    r"|was terminated by signal (?P<signal>\d{1,9})"
    r"|was terminated by exception \S+|exited with unrecognized status \S+)"
)
_DETAIL = "The failed archive command was: "
_GAVE_UP = re.compile(r'archiving (?:write-ahead|transaction) log file "(?P<file>[^"]+)" failed too many')
_UNSET = re.compile(r"archive_mode\W+enabled, yet (?:archiving is not configured|archive_command is not)")
_BOTH = re.compile(r'both "?archive_command"? and "?archive_library"? set')
_ENDED = re.compile(r"archiver process \(PID (\d{1,9})\)")
_FILE = re.compile(
    r"(?<![0-9A-F])(?:[0-9A-F]{24}(?:\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history)(?![0-9A-F])"
)
_APART = 20
"""Messages of other processes that may stand between a command's words and the message on its failure."""
_SHOWN_LINES, _SHOWN_WIDTH = 5, 500
_NEVER = datetime.min.replace(tzinfo=UTC)
_BESIDE = timedelta(seconds=5)
"""A command's words reach the file beside a csvlog or jsonlog about when its failure is logged."""


@dataclass(frozen=True)
class LogText:
    """The end of one log file."""

    path: str
    text: str
    modified: datetime | None = None


def failures(path: str, text: str) -> tuple[ArchiveFailure, ...]:
    """Return what one log tells of failures to archive, oldest first. Never raises, whatever the text is."""
    records, _ = records_of(path, text)
    archivers = _archiver_pids(records)
    found: list[ArchiveFailure] = []
    printed: deque[list[str]] = deque(maxlen=_APART)
    for record in records:
        printed.append(record.raw)
        # What the command printed stands right before, or before messages of sessions that came in between.
        raw = record.raw or [line for lines in printed for line in lines]
        failure = _failure(record, raw, archivers)
        if failure is None:
            continue
        printed.clear()
        if _GAVE_UP.search(record.message) and found and found[-1].segment in ("", failure.segment):
            # Repeats what the failures before it have told more of, all but the name if theirs was not told.
            when = failure.when or found[-1].when
            found[-1] = replace(found[-1], segment=failure.segment, when=when)
        else:
            found.append(failure)
    return tuple(found)


def newest_failure(logs: Iterable[LogText]) -> ArchiveFailure | None:
    """Return the newest failure of all logs of a server, with a command's words from the file beside it."""
    texts = tuple(logs)
    found = [each[-1] for log in texts if (each := failures(log.path, log.text))]
    if not found:
        return None
    if len(found) > 1:
        dated = [each for each in found if each.when is not None]
        newest = max(dated, key=lambda each: each.when or _NEVER, default=found[-1])
        # The same failure stands in several forms; the one with the command's own words tells most.
        same = [each for each in dated if newest.when and each.when and newest.when - each.when < _BESIDE]
        found = [each for each in same if each.segment == newest.segment] or [newest]
    best = max(found, key=lambda each: not _COMMAND.search(each.words))
    if not _COMMAND.search(best.words):
        return best
    return _with_words_beside(best, texts)


def _with_words_beside(failure: ArchiveFailure, texts: tuple[LogText, ...]) -> ArchiveFailure:
    for log in texts:
        if log.path.endswith((".csv", ".json")):
            continue
        records, raw = records_of(log.path, log.text)
        is_of_now = log.modified is None or failure.when is None or log.modified >= failure.when - _BESIDE
        if raw and is_of_now and not any(_COMMAND.search(record.message) for record in records):
            words = _shown(raw)
            found = cause_of(words, failure.exit_code, failure.signal)
            return replace(failure, words=words, cause=found.cause, hint=found.hint)
    return failure


def _failure(record: LogRecord, raw: list[str], archivers: frozenset[int]) -> ArchiveFailure | None:
    message = record.message
    if match := _COMMAND.search(message):
        command = record.detail.partition(_DETAIL)[2] or record.detail
        code = int(match["code"]) if match["code"] else None
        signal = int(match["signal"]) if match["signal"] else None
        return _made(record, _file_in(command), _shown(raw) or _shown([message]), code, signal, command)
    if match := _GAVE_UP.search(message):
        return _made(record, match["file"], _shown([message]))
    if _UNSET.search(message) or _BOTH.search(message):
        return _made(record, "", _shown([message, *record.detail.split("\n")]))
    is_archivers = record.backend_type == "archiver" or bool(record.pids & archivers)
    if is_archivers and record.severity in ("WARNING", "ERROR", "FATAL", "PANIC"):
        words = _shown([message, *record.detail.split("\n")])
        if not message.startswith("terminating "):
            return _made(record, _file_in(f"{message}\n{record.detail}"), words)
    return None


def _made(
    record: LogRecord,
    segment: str,
    words: str,
    code: int | None = None,
    signal: int | None = None,
    command: str = "",
) -> ArchiveFailure:
    found = cause_of(words, code, signal, command)
    if code is None and signal is None and found == cause_of("", None, None):
        found = replace(
            found,
            cause="The archiver reports an error of its own.",
            hint=masked(record.hint) or "These are the server's own words.",
        )
    return ArchiveFailure(
        segment=segment,
        when=record.when,
        words=words,
        exit_code=code,
        signal=signal,
        meaning=exit_meaning(code, signal, command),
        cause=found.cause,
        hint=found.hint,
    )


def _archiver_pids(records: list[LogRecord]) -> frozenset[int]:
    """Return the numbers of archiver processes, from their own messages and those on their end."""
    found: set[int] = set()
    for record in records:
        if match := _ENDED.search(record.message):
            found.add(int(match[1]))
        elif len(record.pids) == 1 and (_COMMAND.search(record.message) or _GAVE_UP.search(record.message)):
            found |= record.pids
    return frozenset(found)


def _file_in(text: str) -> str:
    match = _FILE.search(text)
    return match[0] if match else ""


def _shown(lines: list[str]) -> str:
    """The last different lines, with secrets masked: a command that is tried again repeats itself."""
    kept = list(dict.fromkeys(line.strip()[:_SHOWN_WIDTH] for line in lines if line.strip()))
    return masked("\n".join(kept[-_SHOWN_LINES:]))
