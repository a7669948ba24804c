"""Rows of the log as Parquet, by pyarrow, which is the extra ``parquet`` and imported only here."""

import types
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import RequestRecord

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_OF_A_GROUP = 5_000
"""Rows that wait in memory for a row group: smaller groups make files large and slow to read."""

_MONEY_DIGITS, _MONEY_PLACES = 38, 18
"""The widest decimal that every reader knows."""


class ParquetEncoder:
    """See ``log_export.Encoder``.

    Raises:
        InvalidInput: pyarrow is not installed.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415  # an extra, and half a second
            import pyarrow.parquet as pq  # noqa: PLC0415  # as above
        except ImportError:
            raise InvalidInput(
                "Parquet needs pyarrow: pip install 'pxbin[parquet]' (packages have no room for it). CSV and JSON lines need nothing.",
                field="format",
            ) from None
        self._arrow = pa
        self._sink = _Sink()
        hints = get_type_hints(RequestRecord)
        names = RequestRecord.__struct_fields__
        self._schema = pa.schema(
            [
                (column, _arrow_type(pa, hints[name]))
                for column, name in zip(columns, names, strict=True)
            ]
        )
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._waiting: list[RequestRecord] = []

    def begin(self) -> bytes:
        """The file's mark."""
        return self._sink.take()

    def add(self, records: Sequence[RequestRecord]) -> bytes:
        """A row group whenever enough rows are there."""
        self._waiting += records
        if len(self._waiting) >= ROWS_OF_A_GROUP:
            self._write_group()
        return self._sink.take()

    def end(self) -> bytes:
        """The last row group and the footer."""
        if self._waiting:
            self._write_group()
        self._writer.close()
        return self._sink.take()

    def _write_group(self) -> None:
        rows = [msgspec.structs.astuple(record) for record in self._waiting]
        self._waiting = []
        arrays = [
            self._arrow.array(map(_plain, values), type=field.type)
            for values, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))


class _Sink:
    """A file that hands out what was written to it."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self._length += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces = []
        return data


def _arrow_type(arrow: Any, hint: Any) -> "pa.DataType":
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal or hint in (str, UUID):
        return arrow.string()
    simple = {
        bool: arrow.bool_(),
        int: arrow.int64(),
        float: arrow.float64(),
        Decimal: arrow.decimal128(_MONEY_DIGITS, _MONEY_PLACES),
        datetime: arrow.timestamp("us", tz="UTC"),
    }
    return simple.get(hint, arrow.string())


def _plain(value: Any) -> Any:
    """As Arrow takes it: ids as text, lists and objects as JSON."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return round(value, _MONEY_PLACES)
    if isinstance(value, tuple | dict):
        return msgspec.json.encode(value).decode()
    return value
