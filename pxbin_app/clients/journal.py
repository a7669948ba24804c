"""What pxbin changed in a client's files, written down before it is changed: one JSON file for each client."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from pxbin_app.clients.disk import Disk
from pxbin_app.clients.errors import ClientSetupError


class Entry(Struct, frozen=True):
    """One setting: its path, its source before pxbin (None: it was not there), and digests of what pxbin wrote."""

    path: tuple[str, ...]
    before: str | None
    ours: tuple[str, ...]


class FileEntry(Struct, frozen=True, kw_only=True):
    """One file.

    Attributes:
        name: what the client's settings call it.
        target: the file itself, where ``path`` is a link to it.
        existed: whether it was there.
        before: digest of its bytes before pxbin.
        after: digests of its bytes with nothing but pxbin's changes: from these it goes back to the last byte.
        backup: a copy of it before pxbin; empty where there was no file, or one that pointed at pxbin already.
        temporary: what is written beside it, and then put in its place.
        directories: those that were made for it, the outermost first.
        tables: paths of those made in it, the innermost first.
    """

    name: str
    path: str
    target: str
    existed: bool
    before: str
    after: tuple[str, ...]
    backup: str
    temporary: str
    directories: tuple[str, ...] = ()
    tables: tuple[tuple[str, ...], ...] = ()
    entries: tuple[Entry, ...] = ()


class Record(Struct, frozen=True, kw_only=True):
    """What was done to one client's files.

    ``state``: ``applying`` and ``undoing`` stand there while it happens; found at a start, they were interrupted.
    """

    client: str
    state: Literal["applying", "applied", "undoing"]
    at: datetime
    again: bool = False
    """An earlier change was in force, and this one is laid over it."""
    key_id: UUID | None = None
    """Of the key that was made for the client."""
    files: tuple[FileEntry, ...] = ()


class Journal:
    """The records, a file each in ``folder``."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk

    def read(self, client: str) -> Record | None:
        """The record of a client; None where nothing of pxbin's is in its files.

        Raises:
            ClientSetupError: it is there, but cannot be read.
        """
        path = self._path(client)
        content = self._disk.read(path)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=Record)
        except msgspec.DecodeError as error:
            raise ClientSetupError(
                f"{path} tells what pxbin changed, but cannot be read ({error})."
            ) from error

    def write(self, record: Record) -> None:
        """Put a record in the place of the one before."""
        path = self._path(record.client)
        temporary = path.with_suffix(".partial")
        self._disk.write(temporary, msgspec.json.encode(record), mode=0o600)
        self._disk.replace(temporary, path)

    def remove(self, client: str) -> None:
        """Nothing of pxbin's is in its files any more."""
        self._disk.remove(self._path(client))

    def _path(self, client: str) -> Path:
        return self._folder / f"{client}.json"


def digest(content: bytes | None) -> str:
    """By which a file is known again; empty for one that is not there."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def value_digest(value: Any) -> str:
    """By which a value is known again, however it is written."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
