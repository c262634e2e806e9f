"""The command palette: the commands of the present mode, and the clusters by name."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import FuzzySearch

from pgtui.ui.commands import COMMANDS, Command, CommandPalette
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.text import content, plain

if TYPE_CHECKING:
    from pgtui.ui.app import PgtuiApp

_MOST = 200


class CommandsProvider(Provider):
    """Textual's matcher reads names as markup when it highlights them; this provider does it by offset."""

    def _offers(self) -> list[tuple[str, str, Callable[[], None]]]:
        app = cast("PgtuiApp", self.app)
        offers: list[tuple[str, str, Callable[[], None]]] = [
            (c.title, c.help, partial(app.run_command, c)) for c in COMMANDS if self._is_offered(c)
        ]
        snapshot = app.inventory_snapshot
        for cluster in snapshot.clusters if snapshot else ():
            words = f"Choose {cluster.name}"
            # Constant words: Textual reads the help of a hit as markup, whatever is done here.
            offers.append(
                (words, f"A cluster, {cluster.place.kind.value}.", partial(app.choose, cluster.name))
            )
        return offers

    def _is_offered(self, command: type[Command]) -> bool:
        if command is CommandPalette:
            return False
        if command.mode is None:
            return True
        screen = self.screen
        here = isinstance(screen, ModeScreen) and screen.mode is command.mode
        return here and bool(cast(ModeScreen, screen).available(command))

    async def discover(self) -> Hits:
        for title, words, run in self._offers()[:_MOST]:
            yield DiscoveryHit(content(title), run, text=plain(title), help=plain(words))

    async def search(self, query: str) -> Hits:
        search = FuzzySearch()
        wanted = set(query.casefold().replace(" ", ""))
        found = 0
        for title, words, run in self._offers():
            shown = plain(title)
            if not wanted <= set(shown.casefold()):
                continue
            score, offsets = search.match(query, shown)
            if score > 0:
                yield Hit(score, _highlighted(shown, offsets), run, text=shown, help=plain(words))
                found += 1
            if found == _MOST:
                return


def _highlighted(shown: str, offsets: object) -> Content:
    whole = Content(shown)
    for offset in cast("tuple[int, ...]", offsets):
        whole = whole.stylize("bold $primary", offset, offset + 1)
    return whole
