"""Exports hold what the filter shows, in files that other programs read."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import cast

import msgspec
import pytest

from pxbin_app.pages.logs import export as export_module
from pxbin_app.pages.logs.export import Requests, export
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import RequestFilter, RequestRecord
from tests.support.database import a_request
from tests.support.traffic import MemoryLog, a_days_requests


def a_log(records: list[RequestRecord]) -> Requests:
    return cast("Requests", MemoryLog(records))


async def test_json_holds_every_row_as_it_is(tmp_path: Path) -> None:
    records = a_days_requests(1_203)
    path = tmp_path / "rows.json"
    assert await export(a_log(records), RequestFilter(), path, "json") == 1_203
    written = msgspec.json.decode(path.read_bytes(), type=list[RequestRecord])
    assert written == list(reversed(records))


async def test_csv_holds_every_row(tmp_path: Path) -> None:
    records = a_days_requests(700)
    path = tmp_path / "rows.csv"
    await export(a_log(records), RequestFilter(model="glm"), path, "csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [record for record in reversed(records) if "glm" in record.model]
    assert [row["id"] for row in rows] == [str(record.id) for record in wanted]
    assert [Decimal(row["cost"]) for row in rows] == [record.cost for record in wanted]


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_nothing_is_a_sound_file_too(tmp_path: Path, kind: export_module.Format) -> None:
    path = tmp_path / "none"
    assert await export(a_log([]), RequestFilter(), path, kind) == 0
    if kind == "json":
        assert msgspec.json.decode(path.read_bytes()) == []
    else:
        assert path.read_text("utf-8").splitlines() == [",".join(RequestRecord.__struct_fields__)]


async def test_a_model_that_is_a_formula_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    record = a_request(model='=HYPERLINK("http://x")', client_name="a, b\nc")
    await export(a_log([record]), RequestFilter(), path, "csv")
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["model"] == "'" + record.model
    assert row["client_name"] == "a, b\nc"


async def test_an_export_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_module, "MOST_EXPORTED", 1_000)
    log = a_log(a_days_requests(1_700))
    assert await export(log, RequestFilter(), tmp_path / "rows.csv", "csv") == 1_000


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written: No such file"):
        await export(a_log([]), RequestFilter(), tmp_path / "missing" / "rows.csv", "csv")
