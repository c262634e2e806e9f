"""A recovery time as a person types it, read without doubt about its zone."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pgtui.domain.errors import BadInput

_EXAMPLE = "2026-11-22 11:59:57+00"
_TIME = re.compile(
    r"^(?P<date>\d{4}-\d{2}-\d{2})[ T]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?)\s*(?P<zone>\S.*)?$"
)
_OFFSET = re.compile(r"^(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?$")


def parse_target_time(text: str, zone: str = "") -> datetime:
    """Read a typed time such as `2026-11-22 11:59:57.25+01` or `2026-11-22T11:59Z`.

    A zone in the text wins over `zone`; when neither gives one the time is refused, and so is a time that
    a change of clocks makes ambiguous or skips. Zones are offsets, UTC, or IANA names (Europe/Berlin);
    abbreviations such as CET are refused, because they mean different things in different places.
    Returns an aware datetime in that zone. Raises BadInput.
    """
    match = _TIME.match(text.strip())
    if not match:
        raise BadInput(
            f"{text.strip()!r} is not a time." if text.strip() else "No time was given.",
            f"Write date, time and offset, such as {_EXAMPLE}.",
        )
    written = (match["zone"] or "").strip()
    if not written and not zone.strip():
        raise BadInput(
            f"{text.strip()!r} has no time zone.",
            f"Write an offset or a zone name behind it, such as {_EXAMPLE} or Europe/Berlin.",
        )
    naive = _naive(match["date"], match["clock"].replace(",", "."))
    return _in_zone(naive, parse_zone(written or zone.strip()))


def parse_zone(text: str) -> timezone | ZoneInfo:
    """Read an offset, `Z`, UTC or an IANA zone name. Raises BadInput."""
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    if match := _OFFSET.match(text):
        hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
        if hours > 15 or minutes > 59:
            raise BadInput(f"{text!r} is not an offset from UTC.", "Offsets go from -15:59 to +15:59.")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if match["sign"] == "-" else offset)
    if "/" in text:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise BadInput(
        f"{text!r} is not a time zone that is safe to use.",
        "Use an offset (+01), UTC, or a full name (Europe/Berlin); abbreviations are ambiguous.",
    )


def _naive(date: str, clock: str) -> datetime:
    hours, _, rest = clock.partition(":")
    try:
        return datetime.fromisoformat(f"{date} {hours:0>2}:{_six_digits(rest)}")
    except ValueError as error:
        raise BadInput(f"'{date} {clock}' is not a time: {error}.", f"Write it as {_EXAMPLE}.") from None


def _six_digits(rest: str) -> str:
    whole, dot, fraction = rest.partition(".")
    return f"{whole}.{fraction:0<6}" if dot else whole


def _in_zone(naive: datetime, zone: timezone | ZoneInfo) -> datetime:
    early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    try:
        early.astimezone(UTC)
    except OverflowError:
        raise BadInput(f"{naive} is too far away.", f"Write a time such as {_EXAMPLE}.") from None
    if early.utcoffset() == late.utcoffset():
        return early
    if _exists(early, naive, zone):
        raise BadInput(
            f"{naive:%Y-%m-%d %H:%M:%S} happened twice in {zone}: the clocks were set back.",
            f"Write the offset instead: {early.isoformat(' ')} or {late.isoformat(' ')}.",
        )
    raise BadInput(
        f"{naive:%Y-%m-%d %H:%M:%S} did not happen in {zone}: the clocks were set forward.",
        "Choose a time before or after the change, or write an offset.",
    )


def _exists(aware: datetime, naive: datetime, zone: timezone | ZoneInfo) -> bool:
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == naive
