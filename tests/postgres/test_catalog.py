"""What real servers tell of themselves, PostgreSQL of every installed version."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from pgtui.domain.cluster import ClusterFacts, Relation
from pgtui.domain.errors import QueryFailed
from pgtui.postgres import catalog
from pgtui.postgres.gateway import MOST_CONNECTIONS, ServerGateway
from tests.local_cluster import ClusterFactory, LocalCluster
from tests.postgres.targets import over_socket, sessions, until

HOSTILE = (
    "a\"b'c; $(x) [red]",
    "new\nline\ttab\rreturn",
    "a=b host=evil",
    "ünïcödé 数据库 🐘",
    "\x1b[31mred\x07",
    "%s %(name)s {x}",
    "back\\slash/../x",
    "x" * 63,
)


@pytest.fixture
async def gateway() -> AsyncIterator[ServerGateway]:
    opened = ServerGateway()
    yield opened
    await opened.close()


async def facts_of(cluster: LocalCluster, user: str = "") -> ClusterFacts:
    gateway = ServerGateway()
    try:
        return await gateway.facts(over_socket(cluster, user=user))
    finally:
        await gateway.close()


def session(cluster: LocalCluster, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(cluster.socket_directory),
        port=cluster.port,
        user=cluster.superuser,
        dbname=database,
        autocommit=True,
    )


@pytest.fixture(scope="module")
def crowded(session_clusters: ClusterFactory) -> LocalCluster:
    """A server whose databases, roles, schemas and tables all have hostile names."""
    cluster = session_clusters(archiving=False)
    with session(cluster) as connection:
        for name in HOSTILE:
            quoted = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(quoted))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(quoted, quoted))
            connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(quoted, quoted))
            connection.execute(sql.SQL("CREATE TABLE {}.{} (a int)").format(quoted, quoted))
    return cluster


async def test_a_primary_tells_everything_to_a_superuser(shared_cluster: LocalCluster) -> None:
    shared_cluster.archive_wal()
    facts = await facts_of(shared_cluster)
    control = shared_cluster.run("pg_controldata", "-D", shared_cluster.data)
    assert facts.version.major == shared_cluster.major
    assert facts.version_text.startswith(f"PostgreSQL {shared_cluster.major}")
    assert f"Database system identifier:           {facts.system_identifier}" in control
    assert facts.in_recovery is False
    assert facts.timeline == 1
    assert facts.current_lsn is not None
    assert str(facts.current_lsn)[:4] == shared_cluster.psql("SELECT pg_current_wal_lsn()")[:4]
    assert (facts.wal_level, facts.wal_segment_size, facts.time_zone) == ("replica", 16 * 1024**2, "UTC")
    assert facts.data_directory == str(shared_cluster.data)
    assert timedelta(0) < facts.taken - facts.started < timedelta(hours=1)
    assert abs(facts.taken - datetime.now(UTC)) < timedelta(minutes=1)
    assert facts.archiver.mode == "on"
    assert str(shared_cluster.archive) in facts.archiver.command
    assert facts.archiver.archived_count >= 1
    assert facts.archiver.last_archived_wal
    assert facts.archiver.last_archived_time
    assert facts.size == sum(d.size or 0 for d in facts.databases)
    assert [d.name for d in facts.databases][-2:] == ["template0", "template1"]
    assert [d.allows_connections for d in facts.databases if d.name == "template0"] == [False]
    assert {t.name: t.location for t in facts.tablespaces} == {"pg_default": "", "pg_global": ""}
    assert all(t.size for t in facts.tablespaces)
    assert [(r.name, r.is_superuser) for r in facts.roles if r.name == "postgres"] == [("postgres", True)]
    assert [e.name for e in facts.extensions] == ["plpgsql"]
    assert facts.missing_privileges == ()


async def test_settings_are_listed_when_they_differ_from_the_default(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(settings={"work_mem": "12MB", "statement_timeout": "7s", "datestyle": "SQL, DMY"})
    cluster.psql("ALTER SYSTEM SET max_connections = 77")
    cluster.psql("ALTER ROLE postgres SET timezone = 'Asia/Kolkata'")
    cluster.psql("SELECT pg_reload_conf()")
    await until(
        lambda: cluster.psql("SELECT pending_restart FROM pg_settings WHERE name='max_connections'") == "t"
    )
    facts = await facts_of(cluster)
    settings = {setting.name: setting for setting in facts.changed_settings}
    assert (settings["work_mem"].value, settings["work_mem"].unit) == ("12288", "kB")
    assert settings["work_mem"].source.startswith(f"{cluster.data}/postgresql.conf:")
    # The console's own session has other values of these.
    assert settings["statement_timeout"].value == "7000"
    assert settings["DateStyle"].value == "SQL, DMY"
    assert settings["TimeZone"].value == facts.time_zone == "Asia/Kolkata"
    assert "max_connections" in facts.pending_restart
    assert not {"application_name", "search_path", "default_transaction_read_only"} & set(settings)


async def test_a_role_without_privileges_is_told_what_it_cannot_see(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster()
    cluster.psql('CREATE ROLE "poor one" LOGIN')
    cluster.psql("CREATE DATABASE closed")
    cluster.psql("REVOKE ALL ON DATABASE closed FROM PUBLIC")
    for function in ("pg_control_system", "pg_control_checkpoint", "pg_control_recovery"):
        cluster.psql(f"REVOKE EXECUTE ON FUNCTION {function}() FROM PUBLIC")
    facts = await facts_of(cluster, user="poor one")
    assert facts.data_directory is None
    assert facts.system_identifier is None
    assert facts.timeline == 1
    assert facts.size is None
    assert {d.name: d.size for d in facts.databases}["closed"] is None
    assert {d.name: d.size for d in facts.databases}["postgres"]
    told = " ".join(facts.missing_privileges)
    assert 'GRANT pg_monitor TO "poor one"' in told
    assert "pg_control_system()" in told
    cluster.psql(
        'GRANT pg_monitor TO "poor one"; GRANT EXECUTE ON FUNCTION pg_control_system() TO "poor one"'
    )
    better = await facts_of(cluster, user="poor one")
    assert better.missing_privileges == ()
    assert better.data_directory == str(cluster.data)
    assert better.size


async def test_a_standby_tells_its_replayed_position_and_after_promotion_its_new_timeline(
    make_cluster: ClusterFactory,
) -> None:
    cluster = make_cluster(settings={"restore_command": "false"})
    cluster.stop()
    (cluster.data / "standby.signal").touch()
    cluster.start()
    standby = await facts_of(cluster)
    assert standby.in_recovery
    assert standby.timeline == 1
    assert standby.current_lsn is not None
    cluster.psql("SELECT pg_promote()")
    promoted = await facts_of(cluster)
    assert not promoted.in_recovery
    assert promoted.timeline == 2
    assert promoted.current_lsn is not None
    assert promoted.current_lsn >= standby.current_lsn


async def test_times_at_the_end_of_the_calendar_do_not_break_the_list_of_roles(
    make_cluster: ClusterFactory,
) -> None:
    cluster = make_cluster(archiving=False)
    for name, until_when in (
        ("ever", "infinity"),
        ("never", "-infinity"),
        ("old", "4000-01-01 BC"),
        ("y", "20000-01-01"),
    ):
        cluster.psql(f"CREATE ROLE {name} VALID UNTIL '{until_when}'")
    cluster.psql("CREATE ROLE soon VALID UNTIL '2030-01-01 00:00+00'")
    limits = {role.name: role.valid_until for role in (await facts_of(cluster)).roles}
    assert limits["ever"] is None
    assert limits["y"] is None
    assert limits["soon"] == datetime(2030, 1, 1, tzinfo=UTC)
    for name in ("never", "old"):
        limit = limits[name]
        assert limit is not None
        assert limit.year < 10


async def test_hostile_names_come_back_as_they_are(crowded: LocalCluster, gateway: ServerGateway) -> None:
    facts = await gateway.facts(over_socket(crowded))
    assert {d.name: d.owner for d in facts.databases if d.name in HOSTILE} == dict(
        zip(HOSTILE, HOSTILE, strict=True)
    )
    assert {r.name for r in facts.roles} >= set(HOSTILE)
    schemas = await gateway.schemas(over_socket(crowded))
    assert {s.name: s.relations for s in schemas if s.name in HOSTILE} == dict.fromkeys(HOSTILE, 1)
    for name in HOSTILE:
        (relation,) = await gateway.relations(over_socket(crowded), name)
        assert (relation.name, relation.kind) == (name, "table")


async def test_a_database_of_any_name_can_be_entered_by_a_role_of_any_name(
    crowded: LocalCluster, gateway: ServerGateway
) -> None:
    for name in HOSTILE:
        target = over_socket(crowded, user=name, database=name)
        assert [s.name for s in await gateway.schemas(target)] == ["public"]
    # No more than a few stay open, however many databases were looked at.
    assert sessions(crowded) <= len(HOSTILE)
    held = {name: replace(over_socket(crowded), cluster="one", database=name) for name in HOSTILE}
    for target in held.values():
        await gateway.schemas(target)
    await until(
        lambda: sessions(crowded, "usename = 'postgres' AND application_name = 'pgtui'") <= MOST_CONNECTIONS
    )


async def test_names_that_are_no_utf8_come_as_surrogate_escapes(
    make_cluster: ClusterFactory, gateway: ServerGateway
) -> None:
    cluster = make_cluster(archiving=False, initdb_args=("--encoding=SQL_ASCII",))
    with session(cluster) as connection:
        connection.execute(b'CREATE SCHEMA "\xe9t\xe9"; CREATE TABLE "\xe9t\xe9"."t\xe9" ()')
    names = [schema.name for schema in await gateway.schemas(over_socket(cluster))]
    assert names == ["public", "\udce9t\udce9"]
    (relation,) = await gateway.relations(over_socket(cluster), "\udce9t\udce9")
    assert relation.name == "t\udce9"


async def test_relations_come_with_kind_size_and_estimate(
    shared_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    shared_cluster.psql(
        "DROP SCHEMA IF EXISTS kinds CASCADE; CREATE SCHEMA kinds; SET search_path = kinds;"
        "CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE VIEW seen AS SELECT 1 AS one;"
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one; CREATE SEQUENCE counted;"
        "CREATE TABLE filled (a int PRIMARY KEY, b text); CREATE TABLE fresh (a int);"
        "INSERT INTO filled SELECT g, string_agg(md5((g * i)::text), '') FROM generate_series(1, 20) AS g, "
        "generate_series(1, 2000) AS i GROUP BY g;"
    )
    shared_cluster.psql("ANALYZE kinds.filled")
    relations = {r.name: r for r in await gateway.relations(over_socket(shared_cluster), "kinds")}
    assert {name: relation.kind for name, relation in relations.items()} == {
        "parts": "partitioned table",
        "seen": "view",
        "kept": "materialized view",
        "counted": "sequence",
        "filled": "table",
        "filled_pkey": "index",
        "fresh": "table",
    }
    assert list(relations) == sorted(relations)
    assert relations["filled"].rows == 20
    assert relations["fresh"].rows is None
    assert relations["seen"].rows is None
    # 20 values of 64 kB, which compress by at most half, lie in the TOAST table.
    assert relations["filled"].size > 20 * 30_000
    assert relations["fresh"].size == 0


async def test_a_schema_that_is_not_there_is_said_to_be_gone(
    shared_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    with pytest.raises(QueryFailed, match="no schema 'gone'"):
        await gateway.relations(over_socket(shared_cluster), "gone")


async def test_a_table_that_somebody_locks_does_not_hold_up_the_list(
    shared_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    shared_cluster.psql("CREATE SCHEMA busy; CREATE TABLE busy.held AS SELECT 1 AS a; ANALYZE busy.held")
    with session(shared_cluster) as connection, connection.transaction():
        connection.execute("LOCK TABLE busy.held IN ACCESS EXCLUSIVE MODE")
        (relation,) = await gateway.relations(over_socket(shared_cluster), "busy")
    assert relation == Relation(relation.oid, "held", "table", "postgres", 8192, 1)
    shared_cluster.psql("DROP SCHEMA busy CASCADE")


async def test_functions_of_other_schemas_cannot_take_the_place_of_the_servers_own(
    make_cluster: ClusterFactory,
) -> None:
    cluster = make_cluster(archiving=False)
    cluster.psql(
        "CREATE FUNCTION public.version() RETURNS text LANGUAGE sql AS $$SELECT 'evil'$$;"
        "ALTER ROLE postgres SET search_path = public, pg_catalog"
    )
    assert (await facts_of(cluster)).version_text.startswith("PostgreSQL")


def test_a_query_file_is_chosen_by_the_servers_version() -> None:
    assert "datlocprovider" not in catalog.query("databases", 130022)
    assert "daticulocale" in catalog.query("databases", 160000)
    assert "datlocale" in catalog.query("databases", 180006)
    with pytest.raises(ValueError, match="empty"):
        catalog.query("absent")


@pytest.mark.slow
async def test_a_schema_of_100000_tables_freezes_nothing(
    make_cluster: ClusterFactory, gateway: ServerGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = make_cluster(archiving=False, settings={"autovacuum": "off", "max_wal_size": "4GB"})
    with session(cluster) as connection:
        connection.execute("CREATE SCHEMA big")
        connection.execute(
            "DO $$ BEGIN FOR i IN 1..100000 LOOP EXECUTE format('CREATE TABLE big.t%s (a int)', i);"
            " IF i % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$"
        )
    target = over_socket(cluster)
    (big,) = (s for s in await gateway.schemas(target) if s.name == "big")
    assert big.relations == 100_000
    beats = 0
    seen: set[int] = set()

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    def watched(*fields: object) -> tuple[object, ...]:
        seen.add(beats)
        return fields

    monkeypatch.setattr(catalog, "Relation", watched)
    heart = asyncio.create_task(beat())
    relations = await gateway.relations(target, "big")
    heart.cancel()
    assert len(relations) == 100_000
    # Others had their turn again and again while rows were made into values.
    assert len(seen) >= 100_000 / catalog.BATCH
