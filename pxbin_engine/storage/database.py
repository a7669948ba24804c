"""The database: a pool of connections to one schema, whose failures are those of ``errors.py``."""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
from asyncpg.connect_utils import SessionAttribute
from asyncpg.pool import PoolConnectionProxy

from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.storage.failures import translated
from pxbin_engine.storage.hosts import Host, Hosts, in_order, parse_hosts
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"

HOST_TIMEOUT = 3.0
"""Seconds that one host of several may take to connect: asyncpg itself has a limit only for all of them."""

_WAIT_FOR_CONNECTION = 10.0
_STATEMENT_TIMEOUT = 60.0
_RELISTEN_DELAYS = (0.1, 0.5, 1.0, 2.0, 5.0)

# These mean that no other host would answer differently.
_FINAL = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


class Connector:
    """Opens connections: each host gets its own time-out, the one that answered last goes first."""

    def __init__(self, dsn: str, *, schema: str) -> None:
        self._hosts: Hosts = parse_hosts(dsn)
        self._last_good: Host = None
        self._settings = {"search_path": f'"{schema}"', "jit": "off", "timezone": "UTC"}
        if "application_name" not in dsn:
            self._settings["application_name"] = "pxbin"

    async def connect(self, *_: Any, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
        """A connection to the first host that answers and is what ``target_session_attrs`` asks for.

        Raises:
            Exception: the last host's, as asyncpg raises it (see ``failures.translated``).
        """
        failure: Exception = OSError("no host was given")
        for attributes in self._hosts.session_attributes:
            for host in in_order(self._hosts.hosts, self._last_good):
                try:
                    connection = await self._connect_to(host, attributes, options)
                except _FINAL:
                    raise
                except (
                    OSError,
                    asyncpg.PostgresError,
                    asyncpg.TargetServerAttributeNotMatched,
                ) as error:
                    failure = error
                    continue
                self._last_good = host
                return connection
        raise failure

    async def _connect_to(
        self, host: Host, attributes: SessionAttribute, options: dict[str, Any]
    ) -> asyncpg.Connection[asyncpg.Record]:
        given = self._hosts.options | options
        if host is not None:
            given |= {"host": host[0], "port": host[1]}
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._hosts.dsn,
            timeout=self._hosts.connect_timeout or HOST_TIMEOUT,
            target_session_attrs=attributes,
            server_settings=self._settings,
            **given,
        )
        try:
            await _set_codecs(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection


async def _set_codecs(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    # The leading byte is jsonb's version in the binary protocol, the only one that COPY speaks here.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
    )
    # asyncpg's own UUID class is not one that msgspec can encode.
    await connection.set_type_codec(
        "uuid",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: value.bytes,
        decoder=lambda data: UUID(bytes=bytes(data)),
    )


class Database:
    """A pool of connections. Reads are tried twice where a connection was lost; writes never."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], connector: Connector) -> None:
        self.pool = pool
        self.available = True
        """Whether the last statement reached the database."""
        self._connector = connector
        self._listeners: list[Listener] = []

    @classmethod
    async def connect(
        cls, dsn: str, *, schema: str, min_size: int = 1, max_size: int = 10
    ) -> Database:
        """Connect to ``dsn`` (several hosts may be given); names without a schema are those of ``schema``.

        Raises:
            DatabaseUnavailable: no host answered in time, or the login was refused.
            ConfigError: the URL cannot be understood.
        """
        # The pool would log each failed reconnection with a traceback; DatabaseStateChanged tells it once.
        logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
        connector = Connector(dsn, schema=schema)
        with translated():
            pool = await asyncpg.create_pool(
                init_size=max(1, min_size),
                min_size=min_size,
                max_size=max_size,
                command_timeout=_STATEMENT_TIMEOUT,
                connect=connector.connect,
            )
        return cls(pool, connector)

    async def close(self, *, timeout: float = 5.0) -> None:
        """Stop listening and close all connections; those still busy after ``timeout`` seconds are cut."""
        for listener in self._listeners:
            await listener.stop()
        try:
            async with asyncio.timeout(timeout):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    async def fetch(
        self, sql: str, *arguments: Any, custom_plan: bool = False
    ) -> list[asyncpg.Record]:
        """The rows of a query that only reads.

        Args:
            custom_plan: planned for these arguments each time; else, after some times, once for all. That costs time where
                the log's many partitions are planned, and saves it where a month is read otherwise than a day.
        """
        read = self._fetch_planned_anew if custom_plan else self._fetch
        try:
            return await read(sql, arguments)
        except DatabaseUnavailable:
            return await read(sql, arguments)

    async def fetch_one(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """The first row of a query that only reads."""
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None

    async def _fetch(self, sql: str, arguments: tuple[Any, ...]) -> list[asyncpg.Record]:
        with self._watched():
            async with self.pool.acquire(timeout=_WAIT_FOR_CONNECTION) as connection:
                return await connection.fetch(sql, *arguments)

    async def _fetch_planned_anew(
        self, sql: str, arguments: tuple[Any, ...]
    ) -> list[asyncpg.Record]:
        async with self.transaction() as connection:
            await connection.execute("set local plan_cache_mode = force_custom_plan")
            return await connection.fetch(sql, *arguments)

    async def write(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Run one statement that changes rows; what it returns. Never repeated by itself."""
        return await self._fetch(sql, arguments)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: committed at the end of the block, rolled back where it raises."""
        with self._watched():
            async with (
                self.pool.acquire(timeout=_WAIT_FOR_CONNECTION) as connection,
                connection.transaction(),
            ):
                yield connection

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except DatabaseUnavailable:
            self.available = False
            raise
        self.available = True

    async def listen(self, channel: str, callback: Callable[[str | None], None]) -> Listener:
        """Call ``callback`` with the payload of each notification; it returns once they arrive.

        After a lost connection ``callback(None)`` means: notifications may be missing, reload everything.
        """
        listener = Listener(self._connector, channel, callback)
        with translated():
            await listener.start()
        self._listeners.append(listener)
        return listener


class Listener:
    """LISTEN on a connection of its own (a pool's connection is reset when it is given back)."""

    def __init__(
        self, connector: Connector, channel: str, callback: Callable[[str | None], None]
    ) -> None:
        self._connector = connector
        self._channel = channel
        self._callback = callback
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, and go on listening whatever becomes of the connection."""
        lost = await self._open()
        self._task = spawn(self._keep(lost), name=f"database.listen {self._channel}")

    async def stop(self) -> None:
        """End it; no callback comes afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._connection is not None:
            self._connection.terminate()

    async def _open(self) -> asyncio.Event:
        """Connect and LISTEN; the event is set when that connection is lost."""
        lost = asyncio.Event()
        connection = await self._connector.connect()
        self._connection = connection
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(self._channel, self._heard)
        return lost

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._callback(str(payload))

    async def _keep(self, lost: asyncio.Event) -> None:
        while True:
            await lost.wait()
            logger.warning("listener.lost channel=%s", self._channel)
            lost = await self._reopen()
            logger.info("listener.restored channel=%s", self._channel)
            self._callback(None)

    async def _reopen(self) -> asyncio.Event:
        attempt = 0
        while True:
            await asyncio.sleep(_RELISTEN_DELAYS[min(attempt, len(_RELISTEN_DELAYS) - 1)])
            attempt += 1
            try:
                with translated():
                    return await self._open()
            except DatabaseUnavailable:
                logger.debug("listener.retry channel=%s attempt=%d", self._channel, attempt)
