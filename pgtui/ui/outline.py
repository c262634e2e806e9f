"""Hosts, clusters, databases, schemas and relations as the rows of a tree. Pure: rows are made of values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pgtui.domain.cluster import Cluster, Database, HostStatus, InventorySnapshot, Relation, Schema
from pgtui.domain.errors import PgtuiError
from pgtui.ui.present import Mark, Tone, count_text, server_mark, size_text

MOST_CHILDREN = 500

Key = tuple[str, ...]
"""Where a row stands: host kind, cluster, database, schema, relation."""


class RowKind(StrEnum):
    """What a row stands for."""

    HOST = "host"
    CLUSTER = "cluster"
    DATABASE = "database"
    SCHEMA = "schema"
    RELATION = "relation"
    MORE = "more"
    NOTE = "note"


@dataclass(frozen=True)
class Loading:
    """Children that were asked for."""


Children = tuple[Database, ...] | tuple[Schema, ...] | tuple[Relation, ...] | PgtuiError | Loading


@dataclass(frozen=True)
class OutlineRow:
    """One line of the tree."""

    key: Key
    kind: RowKind
    text: str
    note: str = ""
    """What stands at the right: a size, a version."""
    mark: Mark | None = None
    tone: Tone = Tone.PLAIN
    value: HostStatus | Cluster | Database | Schema | Relation | PgtuiError | None = None
    can_expand: bool = False
    expanded: bool = False

    @property
    def depth(self) -> int:
        return len(self.key) - 1

    @property
    def cluster(self) -> str | None:
        """The name of the cluster that the row lies in."""
        return self.key[1] if len(self.key) > 1 else None


@dataclass
class Outline:
    """What is expanded and what was loaded; `rows` makes the lines to show."""

    expanded: set[Key] = field(default_factory=set)
    children: dict[Key, Children] = field(default_factory=dict)

    def forget(self, key: Key) -> None:
        """Forget what was loaded at and below a key; what was expanded there is closed."""
        self.children = {k: v for k, v in self.children.items() if k[: len(key)] != key}
        self.expanded = {k for k in self.expanded if k[: len(key)] != key}

    def rows(self, snapshot: InventorySnapshot, wanted: str = "") -> list[OutlineRow]:
        """Return the lines to show; with `wanted`, only names that hold it, and what they lie in."""
        rows: list[OutlineRow] = []
        for host in snapshot.hosts:
            key: Key = (host.kind.value,)
            mark = Mark("✕", "not usable", Tone.BAD) if host.problem else None
            rows.append(OutlineRow(key, RowKind.HOST, host.title, host.version, mark, Tone.STRONG, host))
            if host.problem:
                note = OutlineRow((*key, ""), RowKind.NOTE, host.problem, tone=Tone.BAD, value=host)
                rows.append(note)
            found = [c for c in snapshot.clusters if c.place.kind is host.kind]
            for cluster in found:
                rows.extend(self._cluster(key, cluster, bool(wanted)))
            if not found and not host.problem:
                rows.append(
                    OutlineRow((*key, ""), RowKind.NOTE, "no clusters here", tone=Tone.DIM, value=host)
                )
        return _filtered(rows, wanted) if wanted else rows

    def _cluster(self, parent: Key, cluster: Cluster, unfold: bool) -> Iterator[OutlineRow]:
        key = (*parent, cluster.name)
        version = str(cluster.version) if cluster.version else ""
        yield self._row(
            key, RowKind.CLUSTER, cluster.name, version, cluster, unfold, server_mark(cluster.state)
        )
        yield from self._below(key, unfold)

    def _row(
        self,
        key: Key,
        kind: RowKind,
        text: str,
        note: str,
        value: Cluster | Database | Schema | Relation,
        unfold: bool,
        mark: Mark | None = None,
    ) -> OutlineRow:
        can_expand = kind is not RowKind.RELATION
        if isinstance(value, Database):
            can_expand = value.allows_connections
        return OutlineRow(
            key,
            kind,
            text,
            note,
            mark,
            Tone.PLAIN if can_expand or kind is RowKind.RELATION else Tone.DIM,
            value,
            can_expand,
            can_expand and self._is_open(key, unfold),
        )

    def _is_open(self, key: Key, unfold: bool) -> bool:
        return key in self.expanded or (unfold and isinstance(self.children.get(key), tuple))

    def _below(self, key: Key, unfold: bool) -> Iterator[OutlineRow]:
        if not self._is_open(key, unfold):
            return
        found = self.children.get(key)
        match found:
            case None:
                return
            case Loading():
                yield OutlineRow((*key, ""), RowKind.NOTE, "loading …", tone=Tone.DIM)
            case PgtuiError():
                yield OutlineRow((*key, ""), RowKind.NOTE, found.message, tone=Tone.BAD, value=found)
            case ():
                yield OutlineRow((*key, ""), RowKind.NOTE, "empty", tone=Tone.DIM)
            case _:
                yield from self._children(key, found, unfold)

    def _children(
        self,
        parent: Key,
        found: tuple[Database, ...] | tuple[Schema, ...] | tuple[Relation, ...],
        unfold: bool,
    ) -> Iterator[OutlineRow]:
        for value in found[:MOST_CHILDREN]:
            key = (*parent, value.name)
            match value:
                case Database():
                    yield self._row(key, RowKind.DATABASE, value.name, _size(value.size), value, unfold)
                case Schema():
                    number = count_text(value.relations, "relation")
                    yield self._row(key, RowKind.SCHEMA, value.name, number, value, unfold)
                case Relation():
                    yield self._row(key, RowKind.RELATION, value.name, size_text(value.size), value, unfold)
            yield from self._below(key, unfold)
        rest = len(found) - MOST_CHILDREN
        if rest > 0:
            words = f"… {rest:,} more, press / to filter"
            yield OutlineRow((*parent, ""), RowKind.MORE, words, tone=Tone.ACCENT)


def _size(size: int | None) -> str:
    return "" if size is None else size_text(size)


def _filtered(rows: list[OutlineRow], wanted: str) -> list[OutlineRow]:
    needle = wanted.casefold()
    hits = {row.key for row in rows if row.kind is not RowKind.NOTE and needle in row.text.casefold()}
    kept = {key[:length] for key in hits for length in range(1, len(key) + 1)}
    return [row for row in rows if row.key in kept]


def index_of(rows: list[OutlineRow], key: Key) -> int:
    """Return where a key stands; else its nearest ancestor; else 0."""
    places: Mapping[Key, int] = {row.key: index for index, row in enumerate(rows)}
    for length in range(len(key), 0, -1):
        if key[:length] in places:
            return places[key[:length]]
    return 0
