"""Rows of the log to a file, as CSV or as a JSON array. No Qt here; the file is written in a thread."""

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import RequestFilter, RequestPage, RequestRecord

Format = Literal["csv", "json"]
MOST_EXPORTED = 100_000
"""As many rows as the log counts; more is work for a database client."""

_PAGE_ROWS = 500
_COLUMNS = RequestRecord.__struct_fields__
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Requests(Protocol):
    """What of ``engine.requests`` an export asks."""

    async def page(
        self, where: RequestFilter, /, *, cursor: str | None = None, limit: int = 50
    ) -> RequestPage: ...


async def export(requests: Requests, where: RequestFilter, path: Path, kind: Format) -> int:
    """Write what fits ``where``, newest first, page by page; returns how many rows.

    Raises:
        InvalidInput: the file cannot be written.
        StorageError: the log cannot be read; the file ends where it failed.
    """
    file = ExportFile(path, kind)
    await asyncio.to_thread(file.begin)
    cursor: str | None = None
    while file.rows < MOST_EXPORTED:
        page = await requests.page(where, cursor=cursor, limit=_PAGE_ROWS)
        await asyncio.to_thread(file.add, page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    await asyncio.to_thread(file.end)
    return file.rows


class ExportFile:
    """A file that pages of rows are added to, between ``begin`` and ``end``.

    Every method raises ``InvalidInput`` where the file cannot be written, with the system's reason.
    """

    def __init__(self, path: Path, kind: Format) -> None:
        self._path = path
        self._kind = kind
        self.rows = 0

    def begin(self) -> None:
        """Make the file, or empty the one that is there."""
        self._write("w", "[\n" if self._kind == "json" else _csv([_COLUMNS]))

    def add(self, records: Sequence[RequestRecord]) -> None:
        """Write one page of rows."""
        if self._kind == "csv":
            text = _csv(map(_cells, records))
        else:
            items = (msgspec.json.encode(record).decode() for record in records)
            text = "".join(f",\n{item}" for item in items)
            text = text if self.rows else text.removeprefix(",\n")
        self.rows += len(records)
        self._write("a", text)

    def end(self) -> None:
        """Nothing more comes."""
        self._write("a", "\n]\n" if self._kind == "json" else "")

    def _write(self, mode: Literal["w", "a"], text: str) -> None:
        try:
            with self._path.open(mode, encoding="utf-8", newline="") as file:
                file.write(text)
        except OSError as error:
            raise InvalidInput(f"{self._path.name} cannot be written: {error.strerror}.") from error


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _cells(record: RequestRecord) -> list[Any]:
    values = msgspec.to_builtins(record)
    return [_cell(values[column]) for column in _COLUMNS]


def _cell(value: Any) -> Any:
    """Lists as JSON; a text that a spreadsheet would run as a formula (a model's name is the client's word) is quoted."""
    if isinstance(value, list | dict):
        return msgspec.json.encode(value).decode() if value else ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
