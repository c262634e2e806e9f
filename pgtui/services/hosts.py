"""Opens the host of a place, whichever engine it belongs to."""

from collections.abc import Sequence

from pgtui.domain.errors import HostUnreachable
from pgtui.domain.place import Place
from pgtui.hosts.base import Engine, Host


class Hosts:
    """The engines there are."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        """Take the engines, one of each kind."""
        self._engines = {engine.kind: engine for engine in engines}

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine."""
        return tuple(self._engines.values())

    async def open(self, place: Place) -> Host:
        """Open the host of a place. Raises HostUnreachable, ServerGone."""
        engine = self._engines.get(place.kind)
        if engine is None:
            raise HostUnreachable(
                f"No {place.kind} host is set up here.", "`pgtui doctor` tells what there is."
            )
        return await engine.open(place)
