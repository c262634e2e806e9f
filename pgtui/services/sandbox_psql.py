"""Statements in a sandbox, through psql at its socket: the one way in, on every host."""

import codecs
import csv
import time
import uuid
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass

from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, QueryFailed
from pgtui.domain.sandbox import SandboxSpec
from pgtui.hosts.base import Exit, Output, SandboxRoom, Stream

STATEMENT_TIMEOUT = 60
"""Seconds until the server cancels a statement."""
LOCK_TIMEOUT = 3
"""Seconds: a lock that replay holds is not let go while it is paused, so waiting for it is in vain."""


@dataclass(frozen=True)
class QueryResult:
    """Rows as the server writes them out; None is NULL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    truncated: bool
    """Whether there were more rows than asked for."""
    seconds: float


async def run_sql(room: SandboxRoom, spec: SandboxSpec, database: str, sql: str, rows: int) -> QueryResult:
    """Run one statement and return at most `rows` rows. Raises BadInput, QueryFailed."""
    statement = sql.strip()
    if not statement:
        raise BadInput("There is no statement to run.", "Type a query, such as select * from ...")
    if statement.startswith("\\"):
        raise BadInput("psql's backslash commands are not run here.", "Type an SQL statement.")
    null = f"null-{uuid.uuid4().hex}"
    started = time.monotonic()
    found = _Rows(rows)
    errors: list[bytes] = []
    code = 0
    running = room.run_in_sandbox(
        spec, _psql(spec, database, statement, null), deadline=STATEMENT_TIMEOUT + 15
    )
    async with aclosing(running) as events:
        async for event in events:
            match event:
                case Output(Stream.STDOUT, data):
                    found.feed(data)
                case Output(_, data):
                    errors.append(data)
                case Exit():
                    code = event.code
            if found.is_full:
                break
    if code != 0 and not found.is_full:
        raise _failure(b"".join(errors).decode(errors="replace"))
    return found.result(null, time.monotonic() - started)


def _psql(spec: SandboxSpec, database: str, statement: str, null: str) -> Command:
    # The database goes by environment: psql reads a -d value that holds "=" as a connection string.
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT}s -c lock_timeout={LOCK_TIMEOUT}s "
        "-c default_transaction_read_only=on"
    )
    return Command(
        (
            f"{spec.bindir}/psql" if spec.bindir else "psql",
            *("--no-psqlrc", "--no-password", "--quiet"),
            *("--csv", "--pset", f"null={null}", "--variable", "FETCH_COUNT=500"),
            *("--variable", "ON_ERROR_STOP=1", "--command", statement),
        ),
        env=(
            ("PGHOST", spec.socket_directory),
            ("PGPORT", "5432"),
            ("PGUSER", spec.user),
            ("PGDATABASE", database),
            ("PGOPTIONS", options),
            ("PGCONNECT_TIMEOUT", "5"),
            ("PGCLIENTENCODING", "UTF8"),
            ("PGAPPNAME", "pgtui"),
        ),
    )


def _failure(words: str) -> QueryFailed:
    text = words.strip() or "psql ended without a word."
    hint = ""
    if "lock timeout" in text:
        hint = (
            "The transaction at the target holds this table locked (it is about to drop or change it). "
            "Choose a target shortly before that transaction."
        )
    elif "read-only" in text or "recovery is in progress" in text:
        hint = "A sandbox is for looking: it takes no changes."
    return QueryFailed(text, hint)


class _Rows:
    """Collects CSV rows as bytes come, up to a number of rows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines: list[str] = []
        self._partial = ""
        self._quotes = 0
        self._complete = 0

    @property
    def is_full(self) -> bool:
        """Whether more rows have come than were asked for (the header is one line more)."""
        return self._complete > self._limit + 1

    def feed(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + self._decoder.decode(data)).split("\n")
        for line in lines:
            self._lines.append(line + "\n")
            self._quotes += line.count('"')
            if self._quotes % 2 == 0:
                self._complete += 1

    def result(self, null: str, seconds: float) -> QueryResult:
        rest: Iterable[str] = [self._partial] if self._partial else []
        parsed = list(csv.reader([*self._lines, *rest]))
        if not parsed:
            return QueryResult((), (), truncated=False, seconds=seconds)
        header, body = parsed[0], parsed[1:]
        # psql writes a single empty value as an empty line, which csv reads as no value at all.
        cells = (row or [""] for row in body[: self._limit])
        rows = tuple(tuple(None if cell == null else cell for cell in row) for row in cells)
        return QueryResult(tuple(header), rows, truncated=len(body) > self._limit, seconds=seconds)
