"""Exports hold every row, exactly, in files that other programs read; a file is there only when it is whole."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from pxbin_engine.admin.log_export import COLUMNS, CONTENT_TYPES, ENCODERS, ExportFile, encoded
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ExportFormat, LossRecord, RequestRecord
from tests.support.database import a_request

AT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
TINY = Decimal("0.000000123456789")


async def pages(*given: Sequence[RequestRecord]) -> AsyncIterator[Sequence[RequestRecord]]:
    for page in given:
        yield page


async def file_of(kind: ExportFormat, *given: Sequence[RequestRecord]) -> bytes:
    return b"".join([piece.data async for piece in encoded(pages(*given), kind)])


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


async def test_csv_is_exact() -> None:
    record = a_request(
        at=AT, cost=TINY, cost_input=Decimal("1E-7"), stream=True, latency_ms=1.5, client_name="a, b\nc",
        losses=(LossRecord("tools[0]", "ü"),), metadata={"k": [1]},
    )  # fmt: skip
    (row,) = csv_rows(await file_of("csv", [record]))
    assert list(row) == list(COLUMNS)
    assert row["id"] == str(record.id)
    assert row["timestamp"] == "2026-11-23T01:02:03.456789Z"
    assert (row["cost"], row["cost_input"], row["cost_output"]) == (
        "0.000000123456789",
        "0.0000001",
        "",
    )
    assert (row["stream"], row["latency_ms"], row["ttft_ms"]) == ("true", "1.5", "")
    assert row["client_name"] == "a, b\nc"
    assert row["losses"] == '[{"path":"tools[0]","reason":"ü"}]'
    assert (row["attempts"], row["request_metadata"]) == ("", '{"k":[1]}')


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1"]
)
async def test_a_text_that_is_a_formula_is_not_run(name: str) -> None:
    record = a_request(model=name, error_message=name, cost=Decimal(-1))
    (row,) = csv_rows(await file_of("csv", [record]))
    assert row["model"] == row["error_message"] == f"'{name}"
    assert row["cost"] == "-1", "a number stays one"


async def test_json_lines_are_exact() -> None:
    records = [a_request(at=AT, cost=TINY, metadata={"k": None}), a_request(model="a\nb")]
    lines = (await file_of("jsonl", records[:1], records[1:])).splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0], parse_float=Decimal)["cost"] == TINY
    assert b'"timestamp":"2026-11-23T01:02:03.456789Z"' in lines[0]
    assert list(msgspec.json.decode(lines[0])) == list(COLUMNS)
    assert [_record(line) for line in lines] == records


def _record(line: bytes) -> RequestRecord:
    item = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    item["metadata"] = item.pop("request_metadata")
    return msgspec.json.decode(msgspec.json.encode(item), type=RequestRecord)


@pytest.mark.parametrize("kind", get_args(ExportFormat))
async def test_no_rows_are_a_sound_file_too(kind: ExportFormat) -> None:
    data = await file_of(kind, ())
    if kind == "csv":
        assert data.decode().splitlines() == [",".join(COLUMNS)]
    elif kind == "jsonl":
        assert data == b""
    else:
        assert data.startswith(b"PAR1")
        assert data.endswith(b"PAR1")


async def test_pieces_tell_how_many_rows_there_are() -> None:
    two, one = [a_request(), a_request()], [a_request()]
    assert [piece.rows async for piece in encoded(pages(two, one), "csv")] == [0, 2, 3, 3]


def test_every_format_can_be_made_and_is_named() -> None:
    assert ENCODERS.keys() == CONTENT_TYPES.keys() == {*get_args(ExportFormat)}


async def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before")
    async with ExportFile(path) as file:
        await file.write(b"a")
        await file.write(b"b")
        assert path.read_text() == "before"
    assert path.read_text() == "ab"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [asyncio.CancelledError, InvalidInput])
async def test_who_fails_or_cancels_leaves_what_was_there(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("before")

    async def write_half() -> None:
        async with ExportFile(path) as file:
            await file.write(b"half")
            raise failure("no")

    with pytest.raises(failure):
        await write_half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"rows.csv cannot be written: No such file"):
        async with ExportFile(tmp_path / "missing" / "rows.csv"):
            pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match="folder cannot be written"):
        async with ExportFile(tmp_path / "folder"):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
