"""Rows of the log as files: CSV, JSON lines or Parquet, made piece by piece in worker threads.

Columns are the fields of a row as the management API names them. Times are RFC 3339 in UTC; money has every digit that it has in
the log; lists and objects are JSON. A text that a spreadsheet would run as a formula has an apostrophe before it in CSV.
"""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Protocol, Self
from uuid import UUID

import msgspec

from pxbin_engine.admin.parquet import ParquetEncoder
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ExportFormat, RequestRecord

CONTENT_TYPES: dict[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}

_NAMES = {"metadata": "request_metadata"}
COLUMNS = tuple(_NAMES.get(name, name) for name in RequestRecord.__struct_fields__)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_json = msgspec.json.Encoder(decimal_format="number")


class Piece(NamedTuple):
    """The next bytes of a file, and how many rows there are up to their end."""

    data: bytes
    rows: int


class Encoder(Protocol):
    """One file in the making; called from one thread at a time."""

    def begin(self) -> bytes:
        """What comes before the rows."""

    def add(self, records: Sequence[RequestRecord]) -> bytes:
        """More rows; what of the file is ready now."""

    def end(self) -> bytes:
        """What comes after them."""


async def encoded(
    pages: AsyncIterator[Sequence[RequestRecord]],
    format: ExportFormat,  # noqa: A002  # the file's
) -> AsyncGenerator[Piece, None]:
    """The pieces of a file with these rows.

    Raises:
        InvalidInput: the format needs a package that is not installed.
    """
    encoder = ENCODERS[format]()
    yield Piece(await asyncio.to_thread(encoder.begin), 0)
    rows = 0
    async for page in pages:
        rows += len(page)
        yield Piece(await asyncio.to_thread(encoder.add, page), rows)
    yield Piece(await asyncio.to_thread(encoder.end), rows)


class CsvEncoder:
    """Comma-separated values in UTF-8, with a line of names."""

    def begin(self) -> bytes:
        """The names of the columns."""
        return _csv([COLUMNS])

    def add(self, records: Sequence[RequestRecord]) -> bytes:
        """A line for each row."""
        return _csv(map(_cell, msgspec.structs.astuple(record)) for record in records)

    def end(self) -> bytes:
        """Nothing."""
        return b""


class JsonLinesEncoder:
    """A JSON object a line. Money is a number with all its digits: read it as a decimal."""

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def add(self, records: Sequence[RequestRecord]) -> bytes:
        """A line for each row."""
        return _json.encode_lines([_item(record) for record in records])

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _item(record: RequestRecord) -> dict[str, Any]:
    return dict(zip(COLUMNS, msgspec.structs.astuple(record), strict=True))


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | UUID):
        return msgspec.to_builtins(value)
    if isinstance(value, tuple | dict):
        return _json.encode(value).decode() if value else ""
    return value


ENCODERS: dict[ExportFormat, Callable[[], Encoder]] = {
    "csv": CsvEncoder,
    "jsonl": JsonLinesEncoder,
    "parquet": lambda: ParquetEncoder(COLUMNS),
}


class ExportFile:
    """A file that takes its place only when it is whole; until then it grows beside it.

    Every method raises ``InvalidInput`` where the file cannot be written, with the system's reason.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.unfinished")
        self._file: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._file = await self._do(lambda: self._unfinished.open("wb"))
        return self

    async def write(self, data: bytes) -> None:
        """Add what comes next."""
        file = self._file
        if file is not None and data:
            await self._do(lambda: file.write(data))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            await self._do(self._finish)
        else:
            self._discard()

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
        self._unfinished.replace(self._path)

    def _discard(self) -> None:
        with suppress(OSError):  # what could not be written, or is gone already
            if self._file is not None:
                self._file.close()
        with suppress(OSError):
            self._unfinished.unlink(missing_ok=True)

    async def _do(self, work: Callable[[], Any]) -> Any:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            self._discard()
            raise InvalidInput(f"{self._path.name} cannot be written: {error.strerror}.") from error
