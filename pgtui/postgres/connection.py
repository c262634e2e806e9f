"""Connections, made from a target; errors become sentences here.

Imports psycopg: whatever the console needs before its first frame must not import this module.
"""

import asyncio

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import make_conninfo
from psycopg.types.string import StrDumper

from pgtui.domain.errors import ConnectError, PasswordNeeded, PgtuiError, QueryFailed
from pgtui.postgres.connection_errors import own_words, recognise
from pgtui.postgres.target import Candidate, ConnectionTarget, Endpoint

Connection = AsyncConnection[tuple[object, ...]]


# A path that is not there: with none at all libpq would read ~/.pgpass itself, and warn on the terminal.
_NO_PASSFILE = "/nonexistent/pgtui"
_SESSION = """
SELECT set_config('search_path', 'pg_catalog', false),
       set_config('statement_timeout', %s, false),
       set_config('default_transaction_read_only', 'on', false),
       set_config('DateStyle', 'ISO', false),
       set_config('TimeZone', 'UTC', false),
       -- Into UTF8 the server converts what it can; in SQL_ASCII it would refuse what is not valid.
       set_config('client_encoding', CASE current_setting('server_encoding') WHEN 'SQL_ASCII'
                                     THEN 'SQL_ASCII' ELSE 'UTF8' END, false)
"""


class _TolerantLoader(Loader):
    """Names need not be valid in any encoding: what cannot be decoded comes as surrogate escapes."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "surrogateescape")


class _TolerantDumper(StrDumper):
    def dump(self, obj: str) -> Buffer:
        return obj.encode("utf-8", "surrogateescape")


async def connect(target: ConnectionTarget) -> Connection:
    """Connect at the first address that lets us in. Raises ConnectError, PasswordNeeded."""
    failures: list[_Failure] = []
    for endpoint in target.endpoints:
        found = await _connect_at(target, endpoint)
        if not isinstance(found, _Failure):
            return await _prepared(found, target)
        failures.append(found)
        if not found.try_next_address:
            break
    if not failures:
        raise ConnectError(f"Nothing is known of where the server of {target.cluster} listens.")
    # A server that answered tells more than an address where none was.
    raise min(failures, key=lambda failure: not failure.answered).error


class _Failure:
    """Why one address did not work."""

    def __init__(self, error: ConnectError, *, try_next_address: bool, answered: bool) -> None:
        self.error = error
        self.try_next_address = try_next_address
        self.answered = answered


async def _connect_at(target: ConnectionTarget, endpoint: Endpoint) -> "Connection | _Failure":
    """Try the passwords in turn, as long as it is the password that is refused."""
    if endpoint.is_socket and "," in endpoint.host:
        error = ConnectError(
            f"The socket directory {endpoint.host!r} has a comma in its name, which libpq cannot use.",
            "Connect over TCP: give the cluster an `address` and a `port` in the configuration.",
        )
        return _Failure(error, try_next_address=True, answered=False)
    refused: list[str] = []
    failure: psycopg.Error | TimeoutError | UnicodeError | None = None
    for candidate in endpoint.candidates or (None,):
        try:
            async with asyncio.timeout(target.connect_timeout):
                return await _attempt(target, endpoint, candidate)
        except (psycopg.Error, TimeoutError, UnicodeError) as error:
            failure = error
        if candidate is None or not _password_was_refused(failure):
            break
        refused.append(candidate.source)
    assert failure is not None
    return _failure(target, endpoint, failure, refused)


async def _attempt(target: ConnectionTarget, endpoint: Endpoint, candidate: Candidate | None) -> Connection:
    # make_conninfo quotes; a database called "a=b host=evil" stays a name. An empty password keeps libpq
    # from looking for one by itself, an empty hostaddr keeps PGHOSTADDR from leading elsewhere.
    options: dict[str, str | int | None] = {
        "host": endpoint.host,
        "hostaddr": "",
        "port": endpoint.port,
        "user": target.user,
        "dbname": target.database,
        "password": candidate.password.reveal() if candidate else "",
        "passfile": _NO_PASSFILE,
        "application_name": target.application_name,
        "client_encoding": "UTF8",
        "sslmode": target.sslmode,
        "sslrootcert": target.sslrootcert,
        "connect_timeout": max(2, round(target.connect_timeout)),
    }
    conninfo = make_conninfo("", **options)
    return await AsyncConnection.connect(conninfo, autocommit=True, prepare_threshold=None)


async def _prepared(connection: Connection, target: ConnectionTarget) -> Connection:
    """Make the session read-only, bounded, and deaf to what lies in other schemas."""
    try:
        for name in ("text", "name", "varchar", "bpchar"):
            connection.adapters.register_loader(name, _TolerantLoader)
        connection.adapters.register_dumper(str, _TolerantDumper)
        async with asyncio.timeout(target.connect_timeout):
            await connection.execute(_SESSION, (f"{round(target.statement_timeout * 1000)}ms",))
    except BaseException as error:
        await connection.close()
        if isinstance(error, psycopg.Error | TimeoutError):
            raise _failure(target, target.endpoints[0], error, []).error from error
        raise
    return connection


def _password_was_refused(error: BaseException | None) -> bool:
    """Whether the server asked for a password, got one, and said no."""
    connection = getattr(error, "pgconn", None)
    used = isinstance(error, psycopg.OperationalError) and connection is not None and connection.used_password
    # Past the password a server can still refuse for other reasons, which no other password changes.
    return bool(used) and recognise(str(error)).words[:1] == ("password authentication failed",)


def _failure(
    target: ConnectionTarget,
    endpoint: Endpoint,
    error: psycopg.Error | TimeoutError | UnicodeError,
    refused: list[str],
) -> _Failure:
    """Turn the driver's error into ours."""
    if isinstance(error, UnicodeError):
        name = ConnectError(f"The name of the database {target.database!r} is not valid UTF-8.")
        return _Failure(name, try_next_address=False, answered=False)
    timed_out = isinstance(error, TimeoutError | errors.ConnectionTimeout)
    words = "timeout expired" if timed_out else own_words(str(error))
    refusal = recognise(words)
    where = f"{target.user!r} at {endpoint}, database {target.database!r}"
    notes = " ".join(target.notes)
    connection = getattr(error, "pgconn", None)
    if connection is not None and connection.needs_password:
        needed = PasswordNeeded(
            f"The server of {target.cluster} asks for the password of {where}, and none is known.",
            f"Type it, or write it into ~/.pgpass (mode 0600). {notes}".strip(),
        )
        return _Failure(needed, try_next_address=endpoint.is_socket, answered=True)
    message = f"The server of {target.cluster} cannot be reached as {where}: {words}"
    if refused:
        tried = f"Tried: {', then '.join(refused)}."
        wrong = PasswordNeeded(message, " ".join(part for part in (refusal.hint, tried, notes) if part))
        return _Failure(wrong, try_next_address=False, answered=True)
    answered = "FATAL" in words or not refusal.try_next_address
    hinted = ConnectError(message, f"{refusal.hint} {notes}".strip())
    return _Failure(hinted, try_next_address=refusal.try_next_address, answered=answered)


def query_error(error: psycopg.Error, what: str) -> PgtuiError:
    """Turn the error of a query into ours, by its class."""
    words = error.diag.message_primary or str(error).strip() or "the server closed the connection"
    detail = f" {error.diag.message_detail}" if error.diag.message_detail else ""
    message = f"{what} failed: {words}{detail}"
    match error:
        case errors.InsufficientPrivilege():
            return QueryFailed(message, "GRANT pg_monitor to the role shows all that pgtui asks for.")
        case errors.QueryCanceled():
            return QueryFailed(
                message, "It took too long; statement_timeout in the configuration is the limit."
            )
        case errors.LockNotAvailable():
            return QueryFailed(message, "Another session holds a lock on it; try again later.")
        case errors.UndefinedFunction() | errors.UndefinedTable() | errors.UndefinedColumn():
            return QueryFailed(message, "pgtui knows PostgreSQL 13 to 18.")
        case errors.AdminShutdown() | errors.CrashShutdown() | errors.CannotConnectNow():
            return ConnectError(message, "The server ended this session; asking again connects anew.")
        case psycopg.OperationalError() | psycopg.InterfaceError() if not error.sqlstate:
            return ConnectError(message, "The connection broke; asking again connects anew.")
        case _:
            return QueryFailed(message, error.diag.message_hint or "These are the server's own words.")
