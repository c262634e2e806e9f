"""What the recovery mode says about the reachable range and about a target, in every zone that matters."""

from datetime import datetime

from textual.content import Content

from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.preflight import Severity
from pgtui.domain.recovery_choice import choose_backup
from pgtui.services.recovery import RecoveryRange
from pgtui.ui.instants import Zones, ceil_second, floor_second, instant_text
from pgtui.ui.present import age_text, count_text
from pgtui.ui.recovery_rows import backup_name
from pgtui.ui.text import content

LABEL_WIDTH = 11
_ZONE_WIDTH = 8
_LONG = 2048


def range_words(reach: RecoveryRange, zones: Zones) -> Content:
    """Return the reachable range in every zone, and what is known of the archive."""
    rows = [_label("Reachable") + first for first in _range_rows(reach, zones)[:1]]
    rows += [_label("") + row for row in _range_rows(reach, zones)[1:]]
    return Content("\n").join([*rows, _label("Archive") + _archive(reach)])


def _range_rows(reach: RecoveryRange, zones: Zones) -> list[Content]:
    if reach.earliest is None:
        return [Content.styled("✕ nothing yet: there is no base backup that can be used", "$error")]
    # Rounded inwards: a user who types what stands here must not be told that it cannot be reached.
    first, last = ceil_second(reach.earliest), floor_second(reach.latest) if reach.latest else None
    return [
        Content.assemble(
            (f"{label:<{_ZONE_WIDTH}}", "$dim"),
            content(instant_text(first, zone)),
            (" to ", "$dim"),
            content(instant_text(last, zone) if last else "an end that is not known"),
        )
        for label, zone in zones.spoken()
    ]


def _archive(reach: RecoveryRange) -> Content:
    if not reach.archive:
        return Content.styled("✕ not known", "$error")
    grave = sum(finding.severity is not Severity.NOTE for finding in reach.findings)
    said = (
        Content.styled(f"  ! {count_text(grave, 'warning')}, see below", "$warning")
        if grave
        else Content.styled("  ✓ no hole found", "$success")
    )
    return content(reach.archive) + said


def instant_words(moment: datetime, zones: Zones, now: datetime) -> Content:
    """Return a target in every zone, how long ago it was, and what it means."""
    rows = [
        Content.assemble((f"{label:<{_ZONE_WIDTH}}", "$dim"), content(instant_text(moment, zone), "bold"))
        + (content(f"  {zone}", "$dim") if zone != label else Content(""))
        for label, zone in zones.spoken()
    ]
    rows[-1] += content(f"  {age_text(moment, now)}", "$dim")
    kept = "Kept: every commit up to this instant. Later ones are not there."
    return Content("\n").join([*rows, Content(kept)])


def start_words(reach: RecoveryRange, moment: datetime, pinned: str) -> Content:
    """Return which base backup the recovery starts from and why, by the rule that the plan goes by."""
    try:
        backup = choose_backup(reach.backups, moment, pinned)
    except BadInput as error:
        return problem_words(error)
    why = "because you chose it" if pinned else "the newest that fits"
    words = f"From base backup {backup_name(backup)}, {why}."
    rows = [Content.assemble(("→ ", "$primary bold"), content(words, limit=_LONG))]
    if reach.latest and moment > reach.latest:
        late = "! Nothing in the archive is known to be that late: it may not be reached."
        rows.append(Content.styled(late, "$warning"))
    return Content("\n").join(rows)


def problem_words(error: PgtuiError) -> Content:
    """Return why something cannot be, and what to do about it."""
    return Content.assemble(
        ("✕ ", "$error bold"), content(error.message, limit=_LONG), " ", content(error.hint, "$dim", _LONG)
    )


def _label(words: str) -> Content:
    return Content.styled(f"{words:<{LABEL_WIDTH}}", "$primary")
