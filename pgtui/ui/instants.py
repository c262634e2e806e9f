"""One instant in the zones that matter: the server's, this terminal's, and UTC."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

from pgtui.domain.errors import BadInput
from pgtui.domain.target_input import parse_target_time, parse_zone
from pgtui.ui.present import time_text

_LOCALTIME = Path("/etc/localtime")


class ZoneChoice(StrEnum):
    """In which zone a typed time without an offset is meant."""

    SERVER = "server"
    UTC = "UTC"
    LOCAL = "local"
    TYPED = "typed"
    """In none: the text has to carry its own."""


@dataclass(frozen=True)
class Zones:
    """The zones a user may mean; a name is "" when it is not known or cannot be used."""

    server: str
    local: str

    def name(self, choice: ZoneChoice) -> str:
        """The name of a choice's zone; "" when there is none."""
        names = {ZoneChoice.SERVER: self.server, ZoneChoice.LOCAL: self.local, ZoneChoice.UTC: "UTC"}
        return names.get(choice, "")

    def spoken(self) -> tuple[tuple[str, str], ...]:
        """Every zone in which an instant is shown, as (label, zone name); those not known are left out."""
        every = (("server", self.server), ("local", self.local), ("UTC", "UTC"))
        return tuple((label, name) for label, name in every if name)


def usable_zone(name: str) -> str:
    """Return the name of a zone when times can be converted to it, else ""."""
    try:
        parse_zone(name)
    except BadInput:
        return ""
    return name


def local_zone_name(fallback: datetime) -> str:
    """Return the name of this terminal's zone; its present offset when it has no name that is known."""
    named = usable_zone(os.environ.get("TZ", "").removeprefix(":"))
    if named:
        return named
    try:
        link = os.readlink(_LOCALTIME)
    except OSError:
        link = ""
    named = usable_zone(link.partition("zoneinfo/")[2])
    return named or f"{fallback.astimezone():%z}"


def zoned(moment: datetime, zone: str) -> datetime:
    """Return the moment in a zone that `usable_zone` accepts."""
    return moment.astimezone(_tz(zone))


def floor_second(moment: datetime) -> datetime:
    """Return the last whole second not after the moment."""
    return moment.replace(microsecond=0)


def ceil_second(moment: datetime) -> datetime:
    """Return the first whole second not before the moment."""
    return floor_second(moment) + timedelta(seconds=1) if moment.microsecond else moment


def instant_text(moment: datetime, zone: str) -> str:
    """Return the moment in a zone, with its offset; microseconds only when there are any."""
    return time_text(zoned(moment, zone), fraction=bool(moment.microsecond))


def typed_text(moment: datetime, zone: str) -> str:
    """Return what has to be typed for exactly this moment when `zone` is chosen ("" for none)."""
    local = zoned(moment, zone or "UTC")
    bare = local.replace(tzinfo=None).isoformat(" ", "microseconds" if moment.microsecond else "seconds")
    try:
        means_it = parse_target_time(bare, zone) == moment
    except BadInput:
        means_it = False
    return bare if means_it else instant_text(moment, zone or "UTC")


def between(event: datetime, following: datetime | None) -> datetime:
    """Return a time after an event and before the next one, as round as there is room for."""
    if following is None or following <= event:
        return event
    middle = event + (following - event) / 2
    whole, tenth = floor_second(middle), middle.replace(microsecond=middle.microsecond // 100_000 * 100_000)
    return next(time for time in (whole, tenth, middle) if time > event or time is middle)


def _tz(zone: str) -> tzinfo:
    return parse_zone(zone)
