"""The database moved: from the embedded PostgreSQL to a server, and back. What was there stays where it was.

1. Nobody may serve by the old database meanwhile: rows that it took after it was read would stay behind. Rows that wait
   in ``spool/`` wait on, and go to whichever database is used next.
2. All is copied in one transaction, read again and compared, before anything points to the new place.
3. A new embedded server is made beside its place. The one that was there is put aside, under a name with the time in it;
   where that is broken off, the next start of the embedded server ends it (``storage/postgres/replacement.py``).
"""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import Conflict, StorageError
from pxbin_engine.storage.database_copy import (
    CopyProgress,
    CopyReport,
    Place,
    PlaceReport,
    Told,
    copy_database,
    look_at,
    others_use,
)
from pxbin_engine.storage.postgres.replacement import building_place, replace
from pxbin_engine.storage.server import EmbeddedServer, embedded_root

__all__ = ["CopyProgress", "CopyReport", "PlaceReport", "Target", "Told", "examine", "move"]

logger = logging.getLogger(__name__)

_SETTLE_SECONDS = 3.0
"""An engine that was just stopped may be heard of so long by the server."""


class Target(Struct, frozen=True):
    """Where to; an empty ``url`` is the embedded server."""

    url: str = ""
    schema: str = "public"


async def examine(target: Target) -> PlaceReport:
    """What is at a server; nothing is changed.

    Raises:
        DatabaseUnavailable, ConfigError: it cannot be used; says why.
    """
    return await look_at(Place(target.url, target.schema))


async def move(config: EngineConfig, target: Target, told: Told, *, now: datetime) -> CopyReport:
    """Copy everything from the database of ``config`` to ``target``; the settings are the caller's to change afterwards.

    Raises:
        Conflict: another pxbin uses the database, or keeps its data at the target.
        StorageError: it failed; the old database is as it was, and the target has no row.
    """
    both_embedded = config.embedded and not target.url
    if both_embedded or target == Target(config.database_url, config.database_schema):
        raise Conflict("The database is there already.")
    async with _source(config) as source:
        await _left_alone(source)
        if target.url:
            return await copy_database(source, Place(target.url, target.schema), told)
        return await _copy_to_embedded(config.data_dir, source, target.schema, told, now)


@asynccontextmanager
async def _source(config: EngineConfig) -> AsyncIterator[Place]:
    if not config.embedded:
        yield Place(config.database_url, config.database_schema)
        return
    async with _running(config.data_dir) as dsn:
        yield Place(dsn, config.database_schema)


@asynccontextmanager
async def _running(data_dir: Path) -> AsyncIterator[str]:
    server = EmbeddedServer(data_dir)
    dsn = await server.start()
    try:
        yield dsn
    finally:
        await server.stop()


async def _left_alone(place: Place) -> None:
    """Wait until no other pxbin is connected.

    Raises:
        Conflict: one still is.
    """
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while await others_use(place):  # noqa: ASYNC110  # the event is in another process
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Conflict(
            "Another pxbin uses this database now. Stop it first: what it writes meanwhile would stay behind."
        ) from None


async def _copy_to_embedded(
    data_dir: Path, source: Place, schema: str, told: Told, now: datetime
) -> CopyReport:
    building = building_place(embedded_root(data_dir))
    await asyncio.to_thread(
        shutil.rmtree, building, ignore_errors=True
    )  # of a move that was killed
    try:
        async with _running(building) as dsn:
            report = await copy_database(source, Place(dsn, schema), told)
        _put_in_place(data_dir, embedded_root(building), now)
    finally:
        await asyncio.to_thread(shutil.rmtree, building, ignore_errors=True)
    return report


def _put_in_place(data_dir: Path, built: Path, now: datetime) -> None:
    try:
        aside = replace(embedded_root(data_dir), built, now)
    except OSError as error:
        raise StorageError(
            f"The new database could not be put in place: {os.strerror(error.errno or 0)}."
        ) from error
    logger.info("database.embedded_replaced aside=%s", aside or "")
