"""What is told of the thing under the cursor: headings, labelled values, sentences. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.cluster import (
    ArchiverState,
    Cluster,
    ClusterFacts,
    Database,
    HostStatus,
    Relation,
    Role,
    Schema,
)
from pgtui.domain.errors import PasswordNeeded, PgtuiError
from pgtui.domain.masked import masked
from pgtui.ui.present import (
    UNKNOWN,
    Mark,
    Tone,
    age_text,
    archiving_mark,
    count_text,
    duration_text,
    server_mark,
    size_text,
    time_text,
)


@dataclass(frozen=True)
class Detail:
    """One entry: a heading (no value), a labelled value, or a sentence (no label)."""

    label: str
    value: str = ""
    tone: Tone = Tone.PLAIN
    is_heading: bool = False


def _heading(text: str) -> Detail:
    return Detail(text, is_heading=True)


def _state(mark: Mark) -> Detail:
    return Detail("State", str(mark), mark.tone)


def host_details(host: HostStatus) -> Iterator[Detail]:
    yield _heading(host.title)
    if host.problem:
        yield _state(Mark("✕", "not usable", Tone.BAD))
        yield Detail("", host.problem, Tone.BAD)
        if host.hint:
            yield Detail("", f"Hint: {host.hint}")
    else:
        yield _state(Mark("●", "answers", Tone.GOOD))
        if host.version:
            yield Detail("Version", host.version)


def error_details(error: PgtuiError) -> Iterator[Detail]:
    yield Detail("", f"✕ {error.message}", Tone.BAD)
    if error.hint:
        yield Detail("", f"Hint: {error.hint}")


def cluster_details(
    cluster: Cluster, facts: ClusterFacts | PgtuiError | None, now: datetime
) -> Iterator[Detail]:
    yield _heading(cluster.name)
    yield _state(server_mark(cluster.state))
    yield Detail("Place", str(cluster.place))
    if cluster.problem:
        yield Detail("", f"✕ {cluster.problem}", Tone.BAD)
    if isinstance(facts, PasswordNeeded):
        yield Detail("", "")
        yield Detail("", "! The server asks for a password. Press p to type it.", Tone.WARN)
    if isinstance(facts, PgtuiError):
        yield from error_details(facts)
    if isinstance(facts, ClusterFacts):
        yield from _server(facts, now)
        yield from _archiving(facts, now)
        yield from _contents(facts)
    else:
        yield from _from_outside(cluster)


def _from_outside(cluster: Cluster) -> Iterator[Detail]:
    yield Detail("Version", str(cluster.version) if cluster.version else UNKNOWN)
    if cluster.image:
        yield Detail("Image", cluster.image)
    if cluster.data_directory:
        yield Detail("Data directory", cluster.data_directory)
    yield Detail("Connects as", f"{cluster.user}, database {cluster.database}")
    if cluster.backups:
        yield Detail("Base backups", ", ".join(cluster.backups))
    if cluster.archive:
        yield Detail("WAL archive", cluster.archive)


def _server(facts: ClusterFacts, now: datetime) -> Iterator[Detail]:
    if facts.pending_restart:
        names = ", ".join(facts.pending_restart)
        yield Detail("Restart needed", f"! for {names}", Tone.WARN)
    yield _heading("Server")
    yield Detail("Version", str(facts.version))
    yield Detail("Role", "standby, or recovering" if facts.in_recovery else "primary")
    yield Detail("Timeline", _or_unknown(facts.timeline))
    yield Detail("Replayed to" if facts.in_recovery else "WAL position", _or_unknown(facts.current_lsn))
    yield Detail("WAL level", facts.wal_level)
    yield Detail("System identifier", facts.system_identifier or UNKNOWN)
    yield Detail("Started", _moment(facts.started, now))
    yield Detail("Time zone", facts.time_zone)
    yield Detail("Data directory", facts.data_directory or UNKNOWN)
    yield Detail("Size", f"{size_text(facts.size)} in {count_text(len(facts.databases), 'database')}")


def _archiving(facts: ClusterFacts, now: datetime) -> Iterator[Detail]:
    archiver = facts.archiver
    yield _heading("Archiving")
    yield _state(archiving_mark(archiver))
    yield Detail("archive_mode", archiver.mode)
    if archiver.mode == "off":
        return
    if archiver.library:
        yield Detail("archive_library", archiver.library)
    else:
        yield Detail("archive_command", masked(archiver.command) or "(empty)")
    yield Detail("archive_timeout", duration_text(archiver.timeout) if archiver.timeout >= 1 else "off")
    yield from _attempts(archiver, now)


def _attempts(archiver: ArchiverState, now: datetime) -> Iterator[Detail]:
    yield Detail("Archived", count_text(archiver.archived_count, "file"))
    if archiver.last_archived_wal and archiver.last_archived_time:
        yield Detail("Last archived", archiver.last_archived_wal)
        yield Detail("  at", _moment(archiver.last_archived_time, now))
    if archiver.failed_count:
        yield Detail("Failed", count_text(archiver.failed_count, "attempt"))
    if archiver.last_failed_wal and archiver.last_failed_time:
        yield Detail("Last failed", archiver.last_failed_wal)
        yield Detail("  at", _moment(archiver.last_failed_time, now))


def _moment(moment: datetime, now: datetime) -> str:
    return f"{time_text(moment)}, {age_text(moment, now)}"


def _contents(facts: ClusterFacts) -> Iterator[Detail]:
    yield _heading("Databases")
    for database in facts.databases:
        yield Detail(database.name, size_text(database.size))
    yield _heading("Tablespaces")
    for space in facts.tablespaces:
        where = f" in {space.location}" if space.location else ""
        yield Detail(space.name, f"{size_text(space.size)}{where}")
    yield _heading("Roles")
    for role in facts.roles:
        yield Detail(role.name, _role(role))
    if facts.extensions:
        yield _heading("Extensions")
        for extension in facts.extensions:
            yield Detail(extension.name, f"{extension.version} in {extension.schema}")
    if facts.changed_settings:
        yield _heading("Settings changed from their default")
        for setting in facts.changed_settings:
            pending = "  ! waits for a restart" if setting.pending_restart else ""
            tone = Tone.WARN if pending else Tone.PLAIN
            value = f"{setting.value} {setting.unit}".strip() or "(empty)"
            yield Detail("", f"{setting.name} = {value}{pending}", tone)
            yield Detail("", f"  {setting.source}", Tone.DIM)
    if facts.missing_privileges:
        yield _heading("What this role may not see")
        for sentence in facts.missing_privileges:
            yield Detail("", sentence, Tone.WARN)
    yield _heading("Build")
    yield Detail("", facts.version_text)


def _role(role: Role) -> str:
    words = [
        word
        for word, holds in (
            ("superuser", role.is_superuser),
            ("replication", role.can_replicate),
            ("login" if role.can_login else "no login", True),
        )
        if holds
    ]
    if role.valid_until:
        words.append(f"until {time_text(role.valid_until)}")
    return ", ".join(words)


def database_details(database: Database, schemas: tuple[Schema, ...]) -> Iterator[Detail]:
    yield _heading(database.name)
    yield Detail("Size", size_text(database.size))
    yield Detail("Owner", database.owner)
    yield Detail("Encoding", database.encoding)
    yield Detail("Collation", database.collation)
    yield Detail("OID", str(database.oid))
    if database.is_template:
        yield Detail("Template", "yes")
    if not database.allows_connections:
        yield Detail("Connections", "! not allowed", Tone.WARN)
    if schemas:
        yield _heading("Schemas")
        for schema in schemas:
            yield Detail(schema.name, count_text(schema.relations, "relation"))


def schema_details(schema: Schema, relations: tuple[Relation, ...]) -> Iterator[Detail]:
    yield _heading(schema.name)
    yield Detail("Relations", f"{schema.relations:,}")
    yield Detail("Owner", schema.owner)
    yield Detail("OID", str(schema.oid))
    if relations:
        yield Detail("Size", size_text(sum(relation.size for relation in relations)))
        yield _heading("Largest")
        for relation in sorted(relations, key=lambda each: -each.size)[:20]:
            yield Detail(relation.name, f"{size_text(relation.size)}, {relation.kind}")


def relation_details(relation: Relation) -> Iterator[Detail]:
    yield _heading(relation.name)
    yield Detail("Kind", relation.kind)
    yield Detail("Size", size_text(relation.size))
    if relation.rows is not None:
        yield Detail("Rows", f"about {relation.rows:,}")
    yield Detail("Owner", relation.owner)
    yield Detail("OID", str(relation.oid))


def nothing_details(hosts: tuple[HostStatus, ...], config: str) -> Iterator[Detail]:
    """What to do when there is no cluster at all."""
    yield _heading("No clusters found")
    for host in hosts:
        if host.problem:
            yield Detail(host.title, f"✕ {host.problem}", Tone.BAD)
            if host.hint:
                yield Detail("", f"Hint: {host.hint}")
        else:
            yield Detail(host.title, "● answers, and has no PostgreSQL", Tone.PLAIN)
    yield _heading("What to do")
    yield Detail("To try pgtui", "run `pgtui demo`: a real cluster that is gone afterwards")
    yield Detail("A container", "start it: every container that holds PostgreSQL is found by itself")
    yield Detail("A directory", "press a to add a cluster by its data directory")
    yield Detail("By hand", f"[[clusters]] entries in {config}")
    yield Detail("What is missing", "`pgtui doctor` tells")


def _or_unknown(value: object) -> str:
    return UNKNOWN if value is None else str(value)
