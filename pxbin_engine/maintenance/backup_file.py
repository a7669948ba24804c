"""The file of a backup: a ZIP with ``manifest.json``, a CSV for each table, and the upstreams' keys sealed by a passphrase.

The keys are sealed with AES-256-GCM; the key for that is derived from the passphrase by scrypt. The manifest has the checksum
of each table, and itself is what the sealed keys are bound to by its id.
"""

import asyncio
import hashlib
import os
import zipfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from pxbin_engine.errors import InvalidInput, SecretUndecryptable
from pxbin_engine.storage.restoring import StoredTable
from pxbin_engine.storage.table_copy import Partition

FORMAT = 1
SUFFIX = ".pxbin-backup"
SHORTEST_PASSPHRASE = 8
_MANIFEST, _SECRETS = "manifest.json", "upstream-keys.sealed"
_PIECE = 1 << 20
_MOST_SECRETS = 64 << 20
_LARGEST_MANIFEST = 16 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError)
"""What reading a damaged member raises; a RuntimeError where its flags say that it is encrypted, or packed in another way."""

COST = 2**16
"""scrypt's n: 64 MB and about 0.2 s."""


class Sealing(Struct, frozen=True):
    """How the upstreams' keys were sealed: scrypt's figures, salt and nonce in hexadecimal."""

    salt: str
    nonce: str
    n: int
    r: int = 8
    p: int = 1


class Manifest(Struct, frozen=True, kw_only=True):
    """What is in a backup.

    Attributes:
        schema_version: the number of the newest migration of the database that it was made of.
        sealing: None where the upstreams' keys are not in it.
    """

    format: int = FORMAT
    id: UUID
    made_at: datetime
    made_by: str
    schema_version: int
    with_log: bool
    tables: tuple[StoredTable, ...]
    partitions: tuple[Partition, ...] = ()
    sealing: Sealing | None = None

    def rows(self, table: str) -> int:
        """How many rows of a table it has."""
        return sum(one.contents.rows for one in self.tables if one.name == table)


class BackupWriter:
    """Writes beside ``path``, and puts the file in place when it is whole; ``abandon`` leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        """Begin.

        Raises:
            InvalidInput: nothing can be written there.
        """
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        try:
            descriptor = os.open(self._part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            self._file = os.fdopen(descriptor, "wb")
        except OSError as error:
            raise _unwritable(path, error) from error
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    async def add(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        """Add a table."""
        with self._zip.open(_member(name), "w", force_zip64=True) as member:
            waiting = bytearray()
            async for chunk in chunks:
                waiting += chunk
                if len(waiting) >= _PIECE:
                    await self._write(member, bytes(waiting))
                    waiting.clear()
            await self._write(member, bytes(waiting))

    async def finish(self, manifest: Manifest, secrets: bytes | None) -> int:
        """Add the rest, and put the file in place; its size in bytes."""

        def finish() -> int:
            if secrets is not None:
                self._zip.writestr(_SECRETS, secrets)
            self._zip.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            return self._path.stat().st_size

        try:
            return await asyncio.to_thread(finish)
        except OSError as error:
            raise _unwritable(self._path, error) from error

    def abandon(self) -> None:
        """Leave nothing behind; harmless after ``finish``."""
        if not self._file.closed:
            with suppress(OSError):  # it is thrown away
                self._zip.close()
            self._file.close()
        with suppress(FileNotFoundError):
            self._part.unlink()

    async def _write(self, member: IO[bytes], piece: bytes) -> None:
        try:
            await asyncio.to_thread(member.write, piece)
        except OSError as error:
            raise _unwritable(self._path, error) from error


class BackupFile:
    """A backup that is there. It is a ``storage.restoring.Source``."""

    def __init__(self, path: Path) -> None:
        """Read its manifest.

        Raises:
            InvalidInput: it cannot be read, is no backup, or one of a newer pxbin.
        """
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            with self._zip.open(_MANIFEST) as file:
                text = file.read(_LARGEST_MANIFEST)
            self.manifest = msgspec.json.decode(text, type=Manifest)
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
        except (*_BROKEN, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{path} is not a backup of pxbin, or it is damaged.") from error
        if self.manifest.format != FORMAT or self.manifest.schema_version < 1:
            raise InvalidInput(f"{path} was made by a newer pxbin: update this one.")

    @property
    def tables(self) -> tuple[StoredTable, ...]:
        """The tables in it."""
        return self.manifest.tables

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The days that its log has."""
        return self.manifest.partitions

    async def chunks(
        self, table: StoredTable, told: Callable[[int], None]
    ) -> AsyncGenerator[bytes, None]:
        """A table's CSV in pieces.

        Raises:
            InvalidInput: it is damaged.
        """
        digest = hashlib.sha256()
        try:
            with self._zip.open(_member(table.name)) as member:
                while piece := await asyncio.to_thread(member.read, _PIECE):
                    digest.update(piece)
                    yield piece
                    told(piece.count(b"\n"))
        except (*_BROKEN, OSError) as error:
            raise self._damaged(table) from error
        if digest.hexdigest() != table.contents.sha256:
            raise self._damaged(table)

    async def verify(self) -> None:
        """Read all of it, and compare.

        Raises:
            InvalidInput: something of it is damaged or missing.
        """
        for table in self.tables:
            async for _ in self.chunks(table, lambda _lines: None):
                pass

    async def secrets(self, passphrase: str) -> dict[UUID, str]:
        """The upstreams' keys, by the id of each.

        Raises:
            SecretUndecryptable: it is not the passphrase, or the file was changed.
            InvalidInput: it has no keys in it, or is damaged.
        """
        sealing = self.manifest.sealing
        if sealing is None:
            raise InvalidInput("The backup has no upstream keys in it.", field="passphrase")
        try:
            with self._zip.open(_SECRETS) as file:
                sealed = file.read(_MOST_SECRETS)
        except (*_BROKEN, OSError) as error:
            raise InvalidInput(f"{self.path} is damaged.") from error
        return await asyncio.to_thread(
            unseal, sealed, passphrase, sealing, bound_to=self.manifest.id
        )

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _damaged(self, table: StoredTable) -> InvalidInput:
        return InvalidInput(f"{self.path} is damaged: {table.name} is not as it was written.")


def seal(secrets: Mapping[UUID, str], passphrase: str, *, bound_to: UUID) -> tuple[bytes, Sealing]:
    """Seal the upstreams' keys; takes about 0.2 s.

    Raises:
        InvalidInput: the passphrase is too short.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InvalidInput(
            f"A passphrase has at least {SHORTEST_PASSPHRASE} characters.", field="passphrase"
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    sealing = Sealing(salt=salt.hex(), nonce=nonce.hex(), n=COST)
    plain = msgspec.json.encode({str(key_id): secret for key_id, secret in secrets.items()})
    return _cipher(passphrase, sealing).encrypt(nonce, plain, bound_to.bytes), sealing


def unseal(sealed: bytes, passphrase: str, sealing: Sealing, *, bound_to: UUID) -> dict[UUID, str]:
    """The keys again. Raises what ``BackupFile.secrets`` raises."""
    if sealing.n > 2**20 or sealing.r > 16 or sealing.p > 4:
        raise InvalidInput("The backup asks for more memory than it may.")
    try:
        cipher = _cipher(passphrase, sealing)
        plain = cipher.decrypt(bytes.fromhex(sealing.nonce), sealed, bound_to.bytes)
        return msgspec.json.decode(plain, type=dict[UUID, str])
    except InvalidTag:
        raise SecretUndecryptable("That is not the passphrase of this backup.") from None
    except (ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise InvalidInput("The upstream keys in the backup are damaged.") from error


def _cipher(passphrase: str, sealing: Sealing) -> AESGCM:
    salt = bytes.fromhex(sealing.salt)
    derive = Scrypt(salt=salt, length=32, n=sealing.n, r=sealing.r, p=sealing.p)
    return AESGCM(derive.derive(passphrase.encode()))


def _member(table: str) -> str:
    return f"tables/{table}.csv"


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"{path} cannot be written: {error.strerror}.", field="path")
