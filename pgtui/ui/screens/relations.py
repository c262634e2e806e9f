"""All relations of a schema, however many, with a filter."""

from pgtui.domain.cluster import Relation
from pgtui.ui.present import Cell, Tone, count_text, size_text
from pgtui.ui.screens.sheet import Sheet
from pgtui.ui.widgets.virtual_list import Column


class RelationsSheet(Sheet):
    """A schema's relations by name."""

    def __init__(self, heading: str, relations: tuple[Relation, ...]) -> None:
        """Show relations under a heading."""
        columns: tuple[Column[Relation], ...] = (
            Column("Name", lambda relation: relation.name),
            Column("Kind", lambda relation: Cell(relation.kind, Tone.DIM), 17),
            Column("Size", lambda relation: size_text(relation.size), 9, align_right=True),
            Column("Rows", lambda relation: _rows(relation), 11, align_right=True),
            Column("Owner", lambda relation: Cell(relation.owner, Tone.DIM), 12),
        )
        super().__init__(heading, columns, empty="No relation has this in its name.")
        self._relations = relations

    def on_mount(self) -> None:
        self.show_filtered()

    def show_filtered(self) -> None:
        wanted = self.wanted
        found = [r for r in self._relations if wanted in r.name.casefold()] if wanted else self._relations
        self.listed.show_rows(found)
        whole = count_text(len(self._relations), "relation")
        self.show_count(f"{len(found):,} of {whole}" if wanted else whole)


def _rows(relation: Relation) -> str:
    return "" if relation.rows is None else f"~{relation.rows:,}"
