"""Which details belong to which row of the tree."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from pgtui.domain.cluster import Cluster, Database, HostStatus, Relation, Schema
from pgtui.domain.errors import PgtuiError
from pgtui.ui.details import (
    Detail,
    cluster_details,
    database_details,
    error_details,
    host_details,
    nothing_details,
    relation_details,
    schema_details,
)
from pgtui.ui.outline import Key, Outline, OutlineRow

if TYPE_CHECKING:
    from pgtui.ui.app import PgtuiApp

ChildT = TypeVar("ChildT", Schema, Relation)


def details_of(row: OutlineRow | None, outline: Outline, app: "PgtuiApp") -> Iterable[Detail]:
    """Return what is known of a row; when there is no cluster at all, what to do about it."""
    snapshot = app.inventory_snapshot
    if snapshot is not None and not snapshot.clusters:
        return nothing_details(snapshot.hosts, app.config_path)
    match row.value if row else None:
        case HostStatus() as host:
            return host_details(host)
        case Cluster() as cluster:
            return cluster_details(cluster, app.facts_of(cluster.name), app.clock())
        case Database() as database:
            return database_details(database, _children(outline, row, Schema))
        case Schema() as schema:
            return schema_details(schema, _children(outline, row, Relation))
        case Relation() as relation:
            return relation_details(relation)
        case PgtuiError() as error:
            return error_details(error)
        case _:
            return ()


def _children(outline: Outline, row: OutlineRow | None, kind: type[ChildT]) -> tuple[ChildT, ...]:
    key: Key = row.key if row else ()
    found = outline.children.get(key)
    return tuple(each for each in found if isinstance(each, kind)) if isinstance(found, tuple) else ()
