"""Brings the database's schema up to this program: plain SQL files, each applied once, in order, under a lock."""

from __future__ import annotations  # asyncpg's classes are generic only for the type checker

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from msgspec import Struct

from pxbin_engine.errors import MigrationError
from pxbin_engine.storage.database import Connector
from pxbin_engine.storage.failures import translated

logger = logging.getLogger(__name__)

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_NO_TRANSACTION = "-- no-transaction"
_ASK_AGAIN = 0.05


class Migration(Struct, frozen=True, kw_only=True):
    """One file of ``migrations/``."""

    version: int
    name: str
    sql: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.version:04}_{self.name}.sql"

    @property
    def sha256(self) -> str:
        """What it must still be when it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_directory() -> Path:
    """``_migrations`` in the installed package, else ``migrations`` beside the packages of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def load_migrations(directory: Path | None = None) -> tuple[Migration, ...]:
    """All files of ``directory``, in order.

    Raises:
        MigrationError: a file's name is not ``NNNN_name.sql``, or the numbers have a gap.
    """
    directory = migrations_directory() if directory is None else directory
    migrations: list[Migration] = []
    for path in sorted(directory.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None or int(match[1]) != len(migrations) + 1:
            raise MigrationError(
                f"{path.name} in {directory} is not migration {len(migrations) + 1:04}"
            )
        # Line ends are git's business: they must not change the hash.
        migrations.append(
            Migration(version=int(match[1]), name=match[2], sql=path.read_text(encoding="utf-8"))
        )
    if not migrations:
        raise MigrationError(f"there are no migrations in {directory}")
    return tuple(migrations)


async def migrate(
    dsn: str, *, schema: str, migrations: Sequence[Migration] | None = None
) -> tuple[Migration, ...]:
    """Apply what is missing; returns what was applied by this call. Any number of starters may call it at once.

    Raises:
        MigrationError: an applied file was changed, a file failed (it left nothing behind), the schema cannot be
            made, or the database was migrated by a newer program.
        DatabaseUnavailable: the database is away.
    """
    migrations = load_migrations() if migrations is None else migrations
    with translated():
        connection = await Connector(dsn, schema=schema).connect()
        try:
            await _lock(connection, schema)
            await _make_schema(connection, schema)
            return await _apply_missing(connection, migrations)
        finally:
            await connection.close(timeout=5)


async def _lock(connection: asyncpg.Connection[asyncpg.Record], schema: str) -> None:
    """Wait for the other starters. The lock is the session's: it ends with the connection, however this process ends.

    Asked for again and again: a statement that waits would hold a snapshot, and "create index concurrently" of the
    starter that has the lock waits for all snapshots.
    """
    ask = "select pg_try_advisory_lock(hashtext('pxbin migrations'), hashtext($1))"
    while not await connection.fetchval(ask, schema):  # noqa: ASYNC110  # the event is in another process
        await asyncio.sleep(_ASK_AGAIN)


async def _make_schema(connection: asyncpg.Connection[asyncpg.Record], schema: str) -> None:
    # "create schema if not exists" needs the right to create one even where it is there already.
    if not await connection.fetchval("select 1 from pg_namespace where nspname = $1", schema):
        try:
            await connection.execute(f'create schema "{schema}"')
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationError(
                f"the schema {schema} does not exist and this role may not create it: "
                f'let an administrator run: create schema "{schema}" authorization <role>'
            ) from error
    try:
        await connection.execute(
            "create table if not exists schema_migrations (version integer primary key, name text not null, "
            "sha256 text not null, applied_at timestamptz not null default now(), took_ms integer not null)"
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationError(
            f"this role may not create tables in the schema {schema}: give it a schema of its own (database_schema)"
        ) from error


async def _apply_missing(
    connection: asyncpg.Connection[asyncpg.Record], migrations: Sequence[Migration]
) -> tuple[Migration, ...]:
    rows = await connection.fetch(
        "select version, name, sha256 from schema_migrations order by version"
    )
    _check_applied(migrations, {row["version"]: (row["name"], row["sha256"]) for row in rows})
    missing = tuple(migrations[len(rows) :])
    for migration in missing:
        await _apply(connection, migration)
    return missing


def _check_applied(migrations: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> None:
    """Refuse a database that is newer than this program, and files that were changed since."""
    known = {migration.version: migration for migration in migrations}
    for version, (name, sha256) in applied.items():
        migration = known.get(version)
        if migration is None:
            raise MigrationError(
                f"this database was migrated by a newer pxbin ({version:04}_{name}.sql is not known here): update pxbin"
            )
        if migration.sha256 != sha256:
            raise MigrationError(
                f"{migration.file} was changed after it was applied to this database"
            )


async def _apply(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> None:
    started = time.monotonic()
    try:
        if migration.sql.startswith(_NO_TRANSACTION):
            # Several statements in one message would be one transaction again: one by one.
            for statement in filter(str.strip, migration.sql.split(";\n")):
                await connection.execute(statement)
            await _record(connection, migration, started)
        else:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await _record(connection, migration, started)
    except asyncpg.PostgresError as error:
        if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError):
            raise
        raise MigrationError(f"{migration.file} failed: {error}") from error
    logger.info("migration.applied file=%s", migration.file)


async def _record(
    connection: asyncpg.Connection[asyncpg.Record], migration: Migration, started: float
) -> None:
    await connection.execute(
        "insert into schema_migrations (version, name, sha256, took_ms) values ($1, $2, $3, $4)",
        migration.version,
        migration.name,
        migration.sha256,
        round((time.monotonic() - started) * 1000),
    )
