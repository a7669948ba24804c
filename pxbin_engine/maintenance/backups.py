"""Backups: the configuration, and the log where it is wanted, in one file; and put in place again, all of it or nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from msgspec import Struct

from pxbin_engine.errors import InvalidInput, SecretError
from pxbin_engine.maintenance.backup_file import (
    SUFFIX,
    BackupFile,
    BackupWriter,
    Manifest,
    Sealing,
    seal,
)
from pxbin_engine.storage import table_copy
from pxbin_engine.storage.backup_upgrade import brought_up_to_date
from pxbin_engine.storage.failures import translated
from pxbin_engine.storage.migrations import load_migrations
from pxbin_engine.storage.restoring import (
    KeptSecret,
    Part,
    Restoration,
    Restored,
    Source,
    StoredTable,
    part_of,
    saved_columns,
)
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.table_copy import Session, Table, TableReader
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)

SAFETY = "backups"
"""Where, in the data directory, what a restoration replaces is kept first."""


class BackupProgress(Struct, frozen=True):
    """What is being read or written, and how many of its lines passed."""

    table: str
    lines: int


Told = Callable[[BackupProgress], None]


def _quiet(_progress: BackupProgress) -> None:
    """For those who need not know."""


class BackupReport(Struct, frozen=True):
    """What was written.

    Attributes:
        unreadable: why some upstreams' keys are not in it, a sentence each.
    """

    manifest: Manifest
    path: Path
    size: int
    unreadable: tuple[str, ...] = ()


class RestoreReport(Struct, frozen=True):
    """What was put in place.

    Attributes:
        before: the backup of what was there.
        without_secret: upstreams of which a key's secret is nowhere; once for each such key.
    """

    tables: tuple[tuple[str, int], ...]
    before: Path
    without_secret: tuple[str, ...] = ()


class Backups:
    """Makes and restores backups of one database.

    Attributes:
        directory: where what a restoration replaces is kept.
    """

    def __init__(
        self,
        dsn: str,
        schema: str,
        *,
        secrets: SecretStore,
        upstreams: UpstreamStore,
        directory: Path,
        on_restored: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``on_restored`` is awaited once a restoration holds."""
        self._dsn, self._schema = dsn, schema
        self._secrets, self._upstreams = secrets, upstreams
        self.directory = directory
        self._on_restored, self._clock = on_restored, clock

    # ------------------------------------------------------------------ make

    async def create(
        self, path: Path, *, with_log: bool = False, passphrase: str = "", told: Told = _quiet
    ) -> BackupReport:
        """Write a backup; a file that is there is replaced once the new one is whole.

        Args:
            passphrase: seals the upstreams' keys, which are left out where it is empty.

        Raises:
            InvalidInput: nothing can be written there, or the passphrase is too short.
            DatabaseUnavailable: the database is away.
        """
        identity = uuid4()
        sealed, sealing, unreadable = await self._sealed(passphrase, identity)
        writer = BackupWriter(path)
        try:
            with translated():
                async with (
                    table_copy.session(self._dsn, self._schema) as connection,
                    connection.transaction(isolation="repeatable_read", readonly=True),
                ):
                    partitions = await table_copy.partitions(connection)
                    stored = await _save(connection, writer, with_log=with_log, told=told)
            names = {table.name for table in stored}
            manifest = Manifest(
                id=identity,
                made_at=self._clock(),
                made_by=version("pxbin"),
                schema_version=load_migrations()[-1].version,
                with_log=with_log,
                tables=stored,
                partitions=tuple(one for one in partitions if one.parent in names),
                sealing=sealing,
            )
            size = await writer.finish(manifest, sealed)
        finally:
            writer.abandon()
        logger.info("backup.made path=%s with_log=%s", path, with_log)
        return BackupReport(manifest, path, size, unreadable)

    async def _sealed(
        self, passphrase: str, identity: UUID
    ) -> tuple[bytes | None, Sealing | None, tuple[str, ...]]:
        if not passphrase:
            return None, None, ()
        secrets: dict[UUID, str] = {}
        unreadable = []
        for upstream in await self._upstreams.list():
            for key in upstream.keys:
                try:
                    secrets[key.id] = await self._secrets.get(key, of=upstream.name)
                except SecretError as error:
                    unreadable.append(error.message)
        sealed, sealing = await asyncio.to_thread(seal, secrets, passphrase, bound_to=identity)
        return sealed, sealing, tuple(unreadable)

    # ------------------------------------------------------------------ restore

    async def inspect(self, path: Path) -> Manifest:
        """What is in a backup, once all of it was read and is whole.

        Raises:
            InvalidInput: it is no backup, is damaged, or was made by a newer pxbin.
        """
        backup = _open(path)
        try:
            await backup.verify()
            return backup.manifest
        finally:
            backup.close()

    async def restore(
        self,
        path: Path,
        *,
        with_log: bool = False,
        passphrase: str = "",
        told: Told = _quiet,
    ) -> RestoreReport:
        """Put a backup in place of what is there, which is backed up first. All of it is in force afterwards, or nothing.

        Args:
            with_log: replace the log, too.
            passphrase: the backup's, where it has upstream keys that are wanted.

        Raises:
            InvalidInput: it cannot be used (see ``inspect``), or has no log.
            SecretUndecryptable: the passphrase is wrong.
            SecretError: a key cannot be kept here.
            StorageError: the database is away, or did not take all of it.
        """
        backup = _open(path)
        try:
            if with_log and not backup.manifest.with_log:
                raise InvalidInput("The backup has no log in it.", field="with_log")
            await backup.verify()
            secrets = await backup.secrets(passphrase) if passphrase else {}
            before = await self._keep_what_is_there(with_log=with_log)
            parts: frozenset[Part] = frozenset(
                {"configuration", "log"} if with_log else {"configuration"}
            )
            restored = await self._restore(backup, parts, secrets, told)
        finally:
            backup.close()
        for key_id in restored.gone_keys:
            await self._secrets.forget(key_id)
        logger.info("backup.restored path=%s with_log=%s", path, with_log)
        await self._on_restored()
        return RestoreReport(restored.tables, before, restored.without_secret)

    async def _keep_what_is_there(self, *, with_log: bool) -> Path:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / f"before-restore-{self._clock():%Y%m%d-%H%M%S}{SUFFIX}"
        await self.create(path, with_log=with_log)
        return path

    async def _restore(
        self, backup: BackupFile, parts: frozenset[Part], secrets: dict[UUID, str], told: Told
    ) -> Restored:
        behind = backup.manifest.schema_version < load_migrations()[-1].version
        if not behind:
            return await self._put_in_place(backup, parts, secrets, told)
        with translated():
            version_then = backup.manifest.schema_version
            async with brought_up_to_date(self._dsn, backup, version_then) as brought:
                return await self._put_in_place(brought, parts, secrets, told)

    async def _put_in_place(
        self, source: Source, parts: frozenset[Part], secrets: dict[UUID, str], told: Told
    ) -> Restored:
        before = {key_id: await self._secrets.entry(key_id) for key_id in secrets}
        try:
            kept = {
                key_id: KeptSecret(*await self._secrets.keep(key_id, secret))
                for key_id, secret in secrets.items()
            }
            with translated():
                async with (
                    table_copy.session(self._dsn, self._schema) as connection,
                    connection.transaction(),
                ):
                    return await Restoration(
                        connection,
                        source,
                        kept=kept,
                        now=self._clock(),
                        told=lambda table, lines: told(BackupProgress(table, lines)),
                    ).run(parts)
        except BaseException:
            for key_id, secret in before.items():
                await self._secrets.put_back(key_id, secret)
            raise


async def _save(
    connection: Session, writer: BackupWriter, *, with_log: bool, told: Told
) -> tuple[StoredTable, ...]:
    stored = []
    for table in _wanted(await table_copy.tables(connection), with_log=with_log):
        columns = saved_columns(table)

        def tell(lines: int, name: str = table.name) -> None:
            told(BackupProgress(name, lines))

        reader = TableReader(connection, table, columns=columns, told=tell)
        async with aclosing(reader.chunks()) as chunks:
            await writer.add(table.name, chunks)
        stored.append(StoredTable(table.name, columns, reader.contents))
    return tuple(stored)


def _wanted(tables: Iterable[Table], *, with_log: bool) -> list[Table]:
    parts: set[Literal["configuration", "log"] | None] = {"configuration"}
    if with_log:
        parts.add("log")
    return [table for table in tables if part_of(table.name) in parts]


def _open(path: Path) -> BackupFile:
    backup = BackupFile(path)
    if backup.manifest.schema_version > load_migrations()[-1].version:
        backup.close()
        raise InvalidInput(f"{path} was made by a newer pxbin: update this one.")
    return backup
