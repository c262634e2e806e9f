"""Connections to real servers: how they are refused, and how they are kept."""

import asyncio
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.errors import ConnectError, PasswordNeeded, QueryFailed
from pgtui.domain.secret import Secret
from pgtui.postgres.connection import Connection, connect
from pgtui.postgres.held_connection import HeldConnection
from pgtui.postgres.target import Candidate, ConnectionTarget, Endpoint
from tests.local_cluster import ClusterFactory, LocalCluster
from tests.postgres.targets import over_socket, over_tcp, sessions, until

ACTIVE = "state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def server(session_clusters: ClusterFactory) -> LocalCluster:
    """A server that asks for passwords over TCP and has roles of every kind."""
    cluster = session_clusters(tcp=True, settings={"max_connections": "12"})
    cluster.psql(
        "CREATE ROLE expired LOGIN PASSWORD 'right' VALID UNTIL '2001-01-01';"
        "CREATE ROLE nologin; CREATE ROLE limited LOGIN PASSWORD 'right' CONNECTION LIMIT 0;"
        "CREATE ROLE rejected LOGIN PASSWORD 'right'; CREATE ROLE peering LOGIN"
    )
    hba = cluster.data / "pg_hba.conf"
    hba.write_text(
        "host all rejected all reject\nlocal all peering peer\n" + hba.read_text(), encoding="utf-8"
    )
    cluster.psql("SELECT pg_reload_conf()")
    return cluster


async def scalar(connection: Connection, sql: str) -> object:
    cursor = await connection.execute(sql.encode())
    row = await cursor.fetchone()
    assert row
    return row[0]


async def refusal(target: ConnectionTarget) -> ConnectError:
    with pytest.raises(ConnectError) as refused:
        await connect(target)
    assert refused.value.hint
    return refused.value


async def pid_of(connection: Connection) -> int:
    return connection.info.backend_pid


async def sleep(connection: Connection) -> object:
    return await scalar(connection, "SELECT pg_sleep(600)")


async def test_a_wrong_password_is_told_in_the_servers_words_and_asks_for_another(
    server: LocalCluster,
) -> None:
    error = await refusal(over_tcp(server, "wrong", "also wrong"))
    assert isinstance(error, PasswordNeeded)
    assert 'password authentication failed for user "postgres"' in error.message
    assert "source 1, then source 2" in error.hint
    assert "wrong" not in error.message.replace("source", "")


async def test_the_next_password_is_tried_when_one_is_refused(server: LocalCluster) -> None:
    connection = await connect(over_tcp(server, "wrong", server.password))
    await connection.close()


async def test_an_expired_password_is_refused_with_a_hint_at_its_expiry(server: LocalCluster) -> None:
    error = await refusal(over_tcp(server, "right", user="expired"))
    assert isinstance(error, PasswordNeeded)
    assert "VALID UNTIL" in error.hint


async def test_without_a_password_the_console_is_told_to_ask(server: LocalCluster) -> None:
    target = replace(over_tcp(server), notes=("A file was ignored.",))
    error = await refusal(target)
    assert isinstance(error, PasswordNeeded)
    assert "A file was ignored." in error.hint


async def test_libpq_looks_for_no_password_by_itself(
    server: LocalCluster, monkeypatch: pytest.MonkeyPatch, isolated_environment: Path
) -> None:
    pgpass = isolated_environment / ".pgpass"
    pgpass.write_text(f"*:*:*:*:{server.password}\n")
    pgpass.chmod(0o600)
    monkeypatch.setenv("PGPASSWORD", server.password)
    assert isinstance(await refusal(over_tcp(server)), PasswordNeeded)


async def test_the_environment_cannot_lead_to_another_address(
    server: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    connection = await connect(over_tcp(server, server.password))
    await connection.close()


async def test_a_rejection_by_pg_hba_names_the_file(server: LocalCluster) -> None:
    error = await refusal(over_tcp(server, "right", user="rejected"))
    assert not isinstance(error, PasswordNeeded)
    assert "pg_hba.conf rejects connection" in error.message
    assert "pg_hba.conf" in error.hint


async def test_peer_authentication_says_what_to_do(server: LocalCluster) -> None:
    error = await refusal(over_socket(server, user="peering"))
    assert "Peer authentication failed" in error.message
    assert "sudo -u" in error.hint


async def test_after_a_socket_that_lets_nobody_in_the_next_address_is_tried(server: LocalCluster) -> None:
    server.psql("ALTER ROLE peering PASSWORD 'right'")
    socket, tcp = over_socket(server, user="peering"), over_tcp(server, "right", user="peering")
    connection = await connect(replace(socket, endpoints=(*socket.endpoints, *tcp.endpoints)))
    assert connection.info.host == "127.0.0.1"
    await connection.close()


@pytest.mark.parametrize(
    ("user", "database", "words"),
    [
        ("nologin", "postgres", "not permitted to log in"),
        ("nobody here", "postgres", 'role "nobody here" does not exist'),
        ("postgres", 'no "such" one', 'database "no "such" one" does not exist'),
        ("postgres", "template0", "not currently accepting connections"),
        ("limited", "postgres", "too many connections for role"),
    ],
)
async def test_other_refusals_keep_the_servers_words(
    server: LocalCluster, user: str, database: str, words: str
) -> None:
    error = await refusal(over_socket(server, user=user, database=database))
    assert words in error.message


async def test_too_many_connections_are_told_with_a_hint(server: LocalCluster) -> None:
    held: list[Connection] = []
    refused: ConnectError | None = None
    try:
        for _ in range(13):
            held.append(await connect(over_socket(server)))
    except ConnectError as error:
        refused = error
    finally:
        for connection in held:
            await connection.close()
    assert refused is not None
    assert "too many clients already" in refused.message
    assert "max_connections" in refused.hint


async def test_where_nobody_listens_the_address_is_named(server: LocalCluster, tmp_path: Path) -> None:
    free = replace(over_tcp(server, "x"), endpoints=(Endpoint("127.0.0.1", 1),))
    assert "127.0.0.1:1" in (await refusal(free)).message
    absent = replace(free, endpoints=(Endpoint(str(tmp_path), 5432),))
    assert str(tmp_path) in (await refusal(absent)).message


async def test_a_server_that_answered_tells_more_than_an_address_where_none_was(server: LocalCluster) -> None:
    tcp = over_tcp(server, "wrong")
    error = await refusal(replace(tcp, endpoints=(Endpoint("127.0.0.1", 1), *tcp.endpoints)))
    assert "password authentication failed" in error.message


async def test_an_address_that_swallows_everything_is_given_up_in_time(server: LocalCluster) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = Endpoint("127.0.0.1", silent.getsockname()[1])
        target = replace(over_tcp(server), endpoints=(endpoint,), connect_timeout=0.3)
        assert "timeout expired" in (await refusal(target)).message


async def test_a_socket_directory_with_a_comma_is_refused_clearly() -> None:
    target = ConnectionTarget("tested", (Endpoint("/srv/a,b", 5432),), "postgres", "postgres")
    assert "comma" in (await refusal(target)).message


async def test_sslmode_is_passed_through(server: LocalCluster) -> None:
    error = await refusal(replace(over_tcp(server, server.password), sslmode="require"))
    assert "does not support SSL" in error.message
    assert "sslmode" in error.hint


async def test_a_name_with_an_equals_sign_stays_a_name(server: LocalCluster) -> None:
    error = await refusal(over_socket(server, database="a=b host=192.0.2.1"))
    assert 'database "a=b host=192.0.2.1" does not exist' in error.message
    server.psql('CREATE ROLE "x y=z\' \\" LOGIN')
    connection = await connect(over_socket(server, user="x y=z' \\"))
    assert await scalar(connection, "SELECT current_user") == "x y=z' \\"
    await connection.close()


async def test_a_session_is_read_only_bounded_and_deaf_to_other_schemas(server: LocalCluster) -> None:
    connection = await connect(over_socket(server, statement_timeout=7))
    assert await scalar(connection, "SELECT current_setting('statement_timeout')") == "7s"
    assert await scalar(connection, "SELECT current_setting('search_path')") == "pg_catalog"
    assert await scalar(connection, "SELECT current_setting('transaction_read_only')") == "on"
    assert (
        await scalar(connection, "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        == "pgtui"
    )
    await connection.close()


async def test_a_server_in_recovery_without_hot_standby_says_so(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(settings={"restore_command": "false", "hot_standby": "off"})
    cluster.stop()
    (cluster.data / "standby.signal").touch()
    cluster.run("pg_ctl", "-D", cluster.data, "-l", cluster.log, "-W", "start")
    await until(lambda: os.path.exists(cluster.socket_directory / ".s.PGSQL.5432"))
    error = await refusal(over_socket(cluster))
    assert any(words in error.message for words in ("starting up", "not accepting connections", "not yet"))
    assert "hot_standby" in error.hint


@pytest.fixture
def held() -> HeldConnection:
    return HeldConnection()


async def test_a_connection_is_kept_between_questions(server: LocalCluster, held: HeldConnection) -> None:
    first = await held.ask(over_socket(server), "Asking", pid_of)
    assert await held.ask(over_socket(server), "Asking", pid_of) == first
    assert sessions(server) == 1
    await held.close()
    await until(lambda: sessions(server) == 0)


async def test_a_connection_cut_between_questions_is_renewed_unnoticed(
    server: LocalCluster, held: HeldConnection
) -> None:
    first = await held.ask(over_socket(server), "Asking", pid_of)
    server.psql(f"SELECT pg_terminate_backend({first})")
    await until(lambda: sessions(server) == 0)
    answer = await held.ask(over_socket(server), "Asking", lambda c: scalar(c, "SELECT 'here'"))
    assert answer == "here"
    await held.close()


async def test_a_connection_cut_in_the_middle_fails_and_the_next_question_works(
    server: LocalCluster, held: HeldConnection
) -> None:
    running = asyncio.create_task(held.ask(over_socket(server), "Sleeping", sleep))
    await until(lambda: sessions(server, ACTIVE) == 1)
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + ACTIVE)
    with pytest.raises(ConnectError, match="Sleeping failed: terminating connection"):
        await running
    assert await held.ask(over_socket(server), "Asking", lambda c: scalar(c, "SELECT 1")) == 1
    await held.close()


async def test_what_must_be_done_once_is_not_put_again_over_a_new_connection(
    server: LocalCluster, held: HeldConnection
) -> None:
    asked: list[int] = []

    async def work(connection: Connection) -> int:
        asked.append(connection.info.backend_pid)
        return await pid_of(connection)

    async def cut(connection: Connection) -> int:
        asked.append(connection.info.backend_pid)
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return 0

    first = await held.ask(over_socket(server), "Working", work, once=True)
    server.psql(f"SELECT pg_terminate_backend({first})")
    await until(lambda: sessions(server) == 0)
    second = await held.ask(over_socket(server), "Working", work, once=True)
    with pytest.raises(ConnectError):
        await held.ask(over_socket(server), "Working", cut, once=True)

    assert asked == [first, second, second]
    await held.close()


async def test_cancelling_leaves_no_query_running_and_the_connection_usable(
    server: LocalCluster, held: HeldConnection
) -> None:
    before = await held.ask(over_socket(server), "Asking", pid_of)
    running = asyncio.create_task(held.ask(over_socket(server), "Sleeping", sleep))
    await until(lambda: sessions(server, ACTIVE) == 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sessions(server, ACTIVE) == 0
    assert await held.ask(over_socket(server), "Asking", pid_of) == before
    await held.close()


async def test_cancelling_while_connecting_leaves_no_session(
    server: LocalCluster, held: HeldConnection
) -> None:
    target = over_tcp(server, server.password)
    for steps in range(12):
        running = asyncio.create_task(held.ask(target, "Asking", pid_of))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await held.close()
    await until(lambda: sessions(server) == 0)


async def test_a_statement_that_takes_too_long_is_cancelled(
    server: LocalCluster, held: HeldConnection
) -> None:
    with pytest.raises(QueryFailed, match="statement timeout") as failed:
        await held.ask(over_socket(server, statement_timeout=0.1), "Sleeping", sleep)
    assert "statement_timeout" in failed.value.hint
    await held.close()


async def test_a_query_that_the_server_refuses_is_quoted(server: LocalCluster, held: HeldConnection) -> None:
    with pytest.raises(QueryFailed, match="division by zero") as failed:
        await held.ask(over_socket(server), "Dividing", lambda c: scalar(c, "SELECT 1/0"))
    assert failed.value.hint
    with pytest.raises(QueryFailed, match="read-only"):
        await held.ask(over_socket(server), "Writing", lambda c: scalar(c, "CREATE TABLE t ()"))
    await held.close()


async def test_after_a_failure_the_server_is_left_alone_for_a_growing_while(server: LocalCluster) -> None:
    now = 100.0
    held = HeldConnection(lambda: now)
    gone = replace(over_socket(server), endpoints=(Endpoint("127.0.0.1", 1),))
    waits: list[float] = []
    for _ in range(7):
        with pytest.raises(ConnectError, match="refused"):
            await held.ask(gone, "Asking", pid_of)
        begun = now
        while held.waits:
            now += 0.5
        waits.append(now - begun)
    assert waits == [1, 2, 4, 8, 15, 15, 15]


async def test_another_password_is_tried_at_once(server: LocalCluster, held: HeldConnection) -> None:
    with pytest.raises(PasswordNeeded):
        await held.ask(over_tcp(server, "wrong"), "Asking", pid_of)
    assert await held.ask(over_tcp(server, server.password), "Asking", pid_of)
    await held.close()


async def test_a_retired_connection_is_closed_when_its_question_ends(
    server: LocalCluster, held: HeldConnection
) -> None:
    running = asyncio.create_task(
        held.ask(over_socket(server), "Sleeping", lambda c: scalar(c, "SELECT pg_sleep(0.3)"))
    )
    await until(lambda: sessions(server, ACTIVE) == 1)
    await held.retire()
    await running
    await until(lambda: sessions(server) == 0)


def test_a_target_shows_no_password() -> None:
    endpoint = Endpoint("h", 1, (Candidate(Secret("hush"), "a file"),))
    assert "hush" not in repr(ConnectionTarget("c", (endpoint,), "u", "d"))
