"""What happened to a server between two samples, told apart so that none is taken for another."""

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.archive_sample import ArchiveSample

JUMP = 5.0
"""Seconds by which the server's clock must be off what has passed, to be called a jump."""


def changes(before: ArchiveSample, after: ArchiveSample, elapsed: float | None = None) -> tuple[str, ...]:
    """Say what happened between two samples, a sentence each.

    `elapsed` is how many seconds have passed in between by a clock that is never set: without it, only a
    server's clock that went backwards can be told.
    """
    sentences: list[str] = []
    restarted = before.started != after.started
    if restarted:
        sentences.append("The server was restarted.")
    sentences.extend(_role(before, after))
    if before.stats_reset != after.stats_reset and after.stats_reset is not None:
        sentences.append("The statistics of the archiver were reset.")
    sentences.extend(_settings(before, after))
    sentences.extend(_clock(before, after, elapsed))
    if not restarted and _has_new_archiver(before, after):
        # After the crash of a backend every process is started anew, and the statistics begin at zero.
        crashed = before.stats_reset != after.stats_reset
        who = "Every server process was started anew: one of them has crashed."
        sentences.append(who if crashed else "The archiver was started anew: the one before has died.")
    return tuple(sentences)


def _role(before: ArchiveSample, after: ArchiveSample) -> list[str]:
    if before.in_recovery and not after.in_recovery:
        known = "" if after.timeline is None else f" to timeline {after.timeline}"
        return [f"The server was promoted{known}."]
    if not before.in_recovery and after.in_recovery:
        return ["The server has become a standby."]
    if None not in (before.timeline, after.timeline) and before.timeline != after.timeline:
        verb = "follows" if after.in_recovery else "writes"
        return [f"The server {verb} timeline {after.timeline} now, after {before.timeline}."]
    return []


def _settings(before: ArchiveSample, after: ArchiveSample) -> list[str]:
    sentences = [
        f"{name} was changed from {old} to {new}."
        for name, old, new in (
            ("archive_mode", before.mode, after.mode),
            ("wal_level", before.wal_level, after.wal_level),
        )
        if old != new
    ]
    if before.timeout != after.timeout:
        sentences.append(f"archive_timeout was changed from {before.timeout} s to {after.timeout} s.")
    # While archive_mode is off the command is shown as "(disabled)", whatever it is.
    if before.command != after.command and before.mode != "off" != after.mode:
        sentences.append("archive_command was changed.")
    if before.library != after.library:
        sentences.append("archive_library was changed.")
    return sentences


def _clock(before: ArchiveSample, after: ArchiveSample, elapsed: float | None) -> list[str]:
    passed = (after.taken - before.taken).total_seconds()
    jump = passed - elapsed if elapsed is not None else min(0.0, passed)
    if elapsed is not None and abs(jump) <= JUMP:
        return []
    if not jump:
        return []
    direction = "ahead" if jump > 0 else "back"
    return [f"The server's clock was set {direction} by {duration_in_words(abs(jump))}."]


def _has_new_archiver(before: ArchiveSample, after: ArchiveSample) -> bool:
    old, new = before.archiver, after.archiver
    if old is None or new is None or before.library != after.library:
        return False
    return new.started > old.started
