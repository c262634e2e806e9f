"""Segments that were reported as archived and are not in the archive, in words: what can still be done."""

import shlex
from collections.abc import Sequence

from pgtui.domain.amounts import count_in_words
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.visible import visible

_MOST_COPIED = 4
_NEW_BACKUP = "then take a new base backup: older ones cannot be rolled forward past it."


def lost_in_words(lost: Sequence[str], sample: ArchiveSample, look: ArchiveLook | None) -> tuple[str, str]:
    """Return what is lost, and what to do; `lost` is not empty, oldest first.

    A finished segment keeps its name in pg_wal until the server removes it or uses its file again, which a
    checkpoint may do at any time once the segment was reported as archived (the manual's section 28.5).
    """
    which = lost[0] if len(lost) == 1 else f"{lost[0]} and {count_in_words(len(lost) - 1, 'other')}"
    verb, are = ("was", "is") if len(lost) == 1 else ("were", "are")
    where = look.directory if look else "the archive"
    reason = f"{which} {verb} reported as archived and {are} not in {where}"
    if sample.wal is None:
        hint = (
            "What is still in pg_wal can be copied into the archive: do it at once, before the server uses "
            f"the file again. Mend archive_command; if it is gone from pg_wal, {_NEW_BACKUP}"
        )
        return f"{reason}.", hint
    there = frozenset(sample.wal.names)
    kept = [name for name in lost if name in there]
    if not kept or look is None:
        return f"{reason}, and gone from pg_wal.", f"Mend archive_command, {_NEW_BACKUP}"
    names = " ".join(f"pg_wal/{name}" for name in kept[:_MOST_COPIED])
    copy = f"cp -n {names} {shlex.quote(look.directory.rstrip('/') + '/')}"
    if visible(copy) != copy or "|" in copy:
        # What is shown in other characters, as a plugin does with a bar, cannot be typed from the screen.
        copy = f"{names} to {visible(look.directory)}"
    more = " and so on" if len(kept) > _MOST_COPIED else ""
    hint = (
        "Copy at once, before the server uses the file again, as its account and in its data directory: "
        f"{copy}{more}. Then mend archive_command"
    )
    if len(kept) == len(lost):
        return f"{reason}, but still in pg_wal.", f"{hint}."
    still = (
        f"{count_in_words(len(kept), 'segment')} of them {'is' if len(kept) == 1 else 'are'} still in pg_wal"
    )
    return f"{reason}; {still}.", f"{hint}, {_NEW_BACKUP}"
