"""Parquet: read back by pyarrow it is what was put in; without pyarrow it says so."""

import io
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from pxbin_engine.admin.log_export import COLUMNS
from pxbin_engine.admin.parquet import ROWS_OF_A_GROUP, ParquetEncoder
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import LossRecord
from tests.support.database import a_request

AT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def test_rows_are_read_back_as_they_were() -> None:
    record = a_request(
        at=AT, cost=Decimal("0.000000123456789"), stream=True, latency_ms=1.5, input_tokens=2**40,
        losses=(LossRecord("tools[0]", "ü"),), metadata={"k": 1},
    )  # fmt: skip
    encoder = ParquetEncoder(COLUMNS)
    data = encoder.begin() + encoder.add([record, a_request()]) + encoder.end()
    table = pq.read_table(io.BytesIO(data))
    assert table.column_names == list(COLUMNS)
    row, bare = table.to_pylist()
    assert row["id"] == str(record.id)
    assert row["timestamp"] == AT
    assert (row["cost"], bare["cost"]) == (Decimal("0.000000123456789"), None)
    assert (row["stream"], row["latency_ms"], row["input_tokens"]) == (True, 1.5, 2**40)
    assert row["losses"] == '[{"path":"tools[0]","reason":"ü"}]'
    assert row["request_metadata"] == '{"k":1}'
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["cost"] == "decimal128(38, 18)"
    assert kinds["timestamp"] == "timestamp[us, tz=UTC]"
    assert (kinds["status_code"], kinds["ttft_ms"], kinds["upstream_id"]) == (
        "int64",
        "double",
        "string",
    )


def test_money_finer_than_a_column_is_rounded_and_not_refused() -> None:
    encoder = ParquetEncoder(COLUMNS)
    data = encoder.begin() + encoder.add([a_request(cost=Decimal("1e-19") * 7)]) + encoder.end()
    (row,) = pq.read_table(io.BytesIO(data)).to_pylist()
    assert row["cost"] == Decimal("1e-18")


def test_rows_leave_group_by_group() -> None:
    records = [a_request(at=AT + timedelta(seconds=n)) for n in range(500)]
    encoder = ParquetEncoder(COLUMNS)
    pieces = [encoder.add(records) for _ in range(2 * ROWS_OF_A_GROUP // 500)]
    assert sum(map(bool, pieces)) == 2 + 1, "the file's mark, and two groups"
    assert not encoder._waiting
    pieces += [encoder.add(records[:3]), encoder.end()]
    file = pq.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert (file.num_row_groups, file.metadata.num_rows) == (3, 2 * ROWS_OF_A_GROUP + 3)


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidInput, match=r"pip install 'pxbin\[parquet\]'"):
        ParquetEncoder(COLUMNS)
