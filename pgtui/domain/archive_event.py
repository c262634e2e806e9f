"""What is kept of a verdict once it is past: nothing that was only true at that moment."""

import re

from pgtui.domain.archive_status import ArchiveState, Verdict

_CALM = (ArchiveState.OK, ArchiveState.IDLE)
_LENGTH = r"[0-9]+ (?:d|h|min|s)\b(?: [0-9]+ (?:h|min|s)\b)?"
_AGES = re.compile(
    rf"[,;]? (?:(?:and )?(?:the (?:oldest|last one|last success)|(?:it was )?last archived)(?: was)? )?"
    rf"(?:for (?:at least )?{_LENGTH}|{_LENGTH} ago)(?=[.,;:]|$| \()"
)
"""`, the oldest for 2 min 5 s`, ` for 95 s`, `; the last one 27 s ago`."""
_LENGTHS = re.compile(rf"\b{_LENGTH}")


def is_news(before: ArchiveState, after: ArchiveState) -> bool:
    """Whether a new verdict is worth a line: a server that pauses between two writes is not."""
    return before is not after and not (before in _CALM and after in _CALM)


def event_words(verdict: Verdict) -> str:
    """Return `Now failing: …` with the reason, but without ages: they would stand still in a list."""
    reason = _AGES.sub("", verdict.reason)
    if _LENGTHS.search(reason):
        return f"Now {verdict.state.value}."
    return f"Now {verdict.state.value}: {reason}"
