"""Connection targets of the test clusters, and a second session beside the tested one."""

import asyncio
import time
from collections.abc import Callable

from pgtui.domain.secret import Secret
from pgtui.postgres.target import Candidate, ConnectionTarget, Endpoint
from tests.local_cluster import LocalCluster

DEADLINE = 20.0


def over_socket(
    cluster: LocalCluster, *, user: str = "", database: str = "postgres", statement_timeout: float = 30.0
) -> ConnectionTarget:
    """Through the socket, which trusts everybody."""
    endpoint = Endpoint(str(cluster.socket_directory), cluster.port)
    return ConnectionTarget(
        "tested", (endpoint,), user or cluster.superuser, database, statement_timeout=statement_timeout
    )


def over_tcp(cluster: LocalCluster, *passwords: str, user: str = "") -> ConnectionTarget:
    """Over TCP, where the server asks for a password."""
    candidates = tuple(Candidate(Secret(password), f"source {n}") for n, password in enumerate(passwords, 1))
    endpoint = Endpoint("127.0.0.1", cluster.port, candidates)
    return ConnectionTarget("tested", (endpoint,), user or cluster.superuser, "postgres")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, asked in a thread."""
    end = time.monotonic() + DEADLINE
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, "the condition never held"
        await asyncio.sleep(0.02)


def sessions(cluster: LocalCluster, where: str = "application_name = 'pgtui'") -> int:
    """How many sessions there are of a kind."""
    return int(cluster.psql(f"SELECT count(*) FROM pg_stat_activity WHERE {where}"))
