"""Connections that are kept between questions, and renewed when they break."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg import pq

from pgtui.domain.errors import ConnectError, QueryFailed
from pgtui.postgres.connection import Connection, connect, query_error
from pgtui.postgres.target import ConnectionTarget

T = TypeVar("T")

_TRY_OUT = 5.0
"""Seconds that a kept connection has to answer an empty query."""
FIRST_DELAY, LONGEST_DELAY = 1.0, 15.0
"""Seconds during which a failed connection is not tried again: doubled with each failure in a row."""


class HeldConnection:
    """One connection that is kept between questions: used by one at a time, renewed when it broke."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._connection: Connection | None = None
        self._target: ConnectionTarget | None = None
        self._failed: ConnectError | None = None
        self._delay = 0.0
        self._not_before = 0.0
        self._is_retired = False

    @property
    def waits(self) -> bool:
        """Whether the last attempt to connect failed a short while ago."""
        return self._clock() < self._not_before

    async def ask(
        self,
        target: ConnectionTarget,
        what: str,
        question: Callable[[Connection], Awaitable[T]],
        *,
        once: bool = False,
    ) -> T:
        """Put a question; once more over a new connection when the kept one turns out to be broken.

        `once` is for what must not be done twice: the kept connection is tried out before instead.
        After a failed attempt to connect, the same target is not tried again before a delay has passed:
        until then the same error is raised.
        """
        async with self._lock:
            if once:
                await self._try_out()
            kept = not once and self._is_kept(target)
            try:
                try:
                    return await self._answer(await self._connected(target), target, what, question)
                except ConnectError:
                    if not kept:
                        raise
                return await self._answer(await self._connected(target), target, what, question)
            finally:
                if self._is_retired:
                    await self._drop()

    async def _answer(
        self,
        connection: Connection,
        target: ConnectionTarget,
        what: str,
        question: Callable[[Connection], Awaitable[T]],
    ) -> T:
        # The server's own timeout comes first; this one is for a server that does not answer at all.
        limit = target.statement_timeout + 5
        try:
            async with asyncio.timeout(limit):
                return await question(connection)
        except psycopg.Error as error:
            raise query_error(error, what) from error
        except TimeoutError as error:
            await self._drop()
            message = f"{what} failed: the server has not answered for {limit:g} seconds."
            raise QueryFailed(message, "Is the server overloaded, or its container paused?") from error
        finally:
            if connection.info.transaction_status != pq.TransactionStatus.IDLE:
                await self._drop()

    def _is_kept(self, target: ConnectionTarget) -> bool:
        return self._connection is not None and not self._connection.closed and self._target == target

    async def _try_out(self) -> None:
        """Drop the kept connection when the server does not answer over it any more."""
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(_TRY_OUT):
                await self._connection.execute("")
        except (psycopg.Error, TimeoutError):
            await self._drop()

    async def _connected(self, target: ConnectionTarget) -> Connection:
        if self._target != target:
            await self._drop()
            self._target, self._failed, self._delay, self._not_before = target, None, 0.0, 0.0
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if self._failed is not None and self.waits:
            raise type(self._failed)(self._failed.message, self._failed.hint)
        try:
            self._connection = await connect(target)
        except ConnectError as error:
            self._failed = error
            self._delay = min(max(FIRST_DELAY, self._delay * 2), LONGEST_DELAY)
            self._not_before = self._clock() + self._delay
            raise
        self._failed, self._delay = None, 0.0
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def retire(self) -> None:
        """Close the connection, or have the question that uses it close it when it ends."""
        self._is_retired = True
        if not self._lock.locked():
            await self._drop()

    async def close(self) -> None:
        """Close the connection; a question that uses it is waited for."""
        self._is_retired = True
        async with self._lock:
            await self._drop()
