"""How the configuration's entries, and clusters such as the demo's, lie over what discovery found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place


class EntryLike(Protocol):
    """The fields of a `[[clusters]]` entry."""

    @property
    def name(self) -> str:
        """What every command calls the cluster."""

    @property
    def host(self) -> HostKind:
        """The kind of its host."""

    @property
    def container(self) -> str | None:
        """Docker: the container's name or id."""

    @property
    def data_directory(self) -> str | None:
        """Local: the data directory."""

    @property
    def user(self) -> str | None:
        """The database user to connect as."""

    @property
    def database(self) -> str | None:
        """The database to connect to first."""

    @property
    def password_file(self) -> str | None:
        """A file whose first line is the password."""

    @property
    def address(self) -> str | None:
        """Where to connect, instead of what the host says."""

    @property
    def port(self) -> int | None:
        """The port to connect to, instead of what the host says."""

    @property
    def sslmode(self) -> str | None:
        """libpq's sslmode."""

    @property
    def sslrootcert(self) -> str | None:
        """libpq's sslrootcert."""

    @property
    def backups(self) -> tuple[str, ...]:
        """Directories that hold base backups."""

    @property
    def archive(self) -> str | None:
        """Directory of archived WAL."""

    @property
    def hidden(self) -> bool:
        """Whether the cluster is not to be shown."""


@dataclass(frozen=True)
class Entry:
    """An entry as the console itself makes it."""

    name: str
    host: HostKind
    container: str | None = None
    data_directory: str | None = None
    user: str | None = None
    database: str | None = None
    password_file: str | None = None
    address: str | None = None
    port: int | None = None
    sslmode: str | None = None
    sslrootcert: str | None = None
    backups: tuple[str, ...] = ()
    archive: str | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Known:
    """A cluster with the entry that it was found by or that changes it."""

    cluster: Cluster
    entry: EntryLike | None = None
    needs_probe: bool = False
    """Whether discovery did not find it, so that its host must be asked for it by name."""


RealPath = Callable[[str], str]


def matches(entry: EntryLike, cluster: Cluster, real: RealPath) -> bool:
    """Return whether an entry is about a cluster: by container name or id prefix, or by real path."""
    if entry.host is not cluster.place.kind:
        return False
    if entry.host is HostKind.DOCKER:
        wanted = entry.container or entry.name
        by_id = len(wanted) >= 4 and (cluster.container_id or "").startswith(wanted)
        return wanted == cluster.place.name or by_id
    return entry.data_directory is not None and real(entry.data_directory) == real(cluster.place.name)


def place_of(entry: EntryLike) -> Place:
    """Return the place that an entry names."""
    local = entry.host is HostKind.LOCAL
    return Place(entry.host, (entry.data_directory if local else entry.container) or entry.name)


def overlay(
    found: Sequence[Cluster],
    entries: Sequence[EntryLike],
    extra: Sequence[Cluster],
    real: RealPath,
) -> tuple[Known, ...]:
    """Put entries and extra clusters over the discovered ones; every name is unique afterwards.

    Names that the configuration gives are kept; a discovered cluster whose name is taken gets a suffix.
    """
    rest = sorted(found, key=lambda cluster: cluster.place)
    chosen: list[Known] = []
    for cluster in extra:
        twin = next((c for c in rest if c.place == cluster.place), None)
        rest = [c for c in rest if c is not twin]
        chosen.append(Known(_alive(cluster, twin)) if twin else Known(cluster, needs_probe=True))
    taken: list[Cluster] = []
    for entry in entries:
        # A container may be called like the beginning of another one's id.
        exact = [c for c in rest if c.place == place_of(entry)]
        match = next(iter(exact or [c for c in rest if matches(entry, c, real)]), None)
        if match:
            rest.remove(match)
            taken.append(match)
            if not entry.hidden:
                chosen.append(Known(_configured(match, entry), entry))
        elif not entry.hidden and any(matches(entry, c, real) for c in taken):
            chosen.append(Known(_second(entry), entry))
        elif not entry.hidden:
            unseen = Cluster(entry.name, place_of(entry), ServerState.UNKNOWN)
            chosen.append(Known(_configured(unseen, entry), entry, needs_probe=True))
    return _with_unique_names([*chosen, *(Known(cluster) for cluster in rest)])


def _alive(cluster: Cluster, found: Cluster) -> Cluster:
    """Keep what was said of a cluster, and take its state from discovery."""
    return replace(
        cluster,
        state=found.state,
        version=found.version or cluster.version,
        data_directory=cluster.data_directory or found.data_directory,
        image=found.image,
        container_id=found.container_id,
        problem=found.problem,
    )


def _configured(cluster: Cluster, entry: EntryLike) -> Cluster:
    return replace(
        cluster,
        name=entry.name,
        data_directory=cluster.data_directory or entry.data_directory,
        user=entry.user or cluster.user,
        database=entry.database or cluster.database,
        backups=tuple(entry.backups) or cluster.backups,
        archive=entry.archive or cluster.archive,
        from_config=True,
    )


def _second(entry: EntryLike) -> Cluster:
    place = place_of(entry)
    problem = f"The configuration has an earlier entry for {place.name}; this one does not count."
    return Cluster(entry.name, place, ServerState.UNKNOWN, from_config=True, problem=problem)


def _with_unique_names(known: Iterable[Known]) -> tuple[Known, ...]:
    names: set[str] = set()
    unique: list[Known] = []
    for each in known:
        name, number = each.cluster.name, 1
        while name in names:
            number += 1
            name = f"{each.cluster.name}-{number}"
        names.add(name)
        unique.append(replace(each, cluster=replace(each.cluster, name=name)))
    return tuple(unique)


def entry_for(cluster: Cluster) -> Entry:
    """Return the entry that describes a cluster."""
    docker = cluster.place.kind is HostKind.DOCKER
    return Entry(
        name=cluster.name,
        host=cluster.place.kind,
        container=cluster.place.name if docker else None,
        data_directory=None if docker else cluster.place.name,
        user=cluster.user if cluster.user != "postgres" else None,
        database=cluster.database if cluster.database != "postgres" else None,
        backups=cluster.backups,
        archive=cluster.archive,
    )


def entry_fields(entry: Entry) -> dict[str, object]:
    """Return the keys worth writing down."""
    fields: dict[str, object] = {"name": entry.name, "host": entry.host.value}
    for key in ("container", "data_directory", "user", "database", "archive"):
        if value := getattr(entry, key):
            fields[key] = value
    if entry.backups:
        fields["backups"] = list(entry.backups)
    return fields
