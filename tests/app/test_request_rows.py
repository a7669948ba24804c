"""The table's rows: newest first, live ones change in place, the ring holds so many and no more."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from pxbin_app.request_rows import (
    CLIENT,
    COST,
    LATENCY,
    MODEL,
    STATUS,
    TIME,
    TOKENS_IN,
    TOKENS_OUT,
    RequestTableModel,
    time_text,
)
from pxbin_app.widgets.cells import CellRole
from tests.support.database import NOW, a_request
from tests.support.traffic import started


def at(second: int, **values: Any) -> Any:
    return a_request(at=NOW + timedelta(seconds=second), **values)


@pytest.fixture
def model(qtbot: QtBot) -> RequestTableModel:
    return RequestTableModel(200, clock=lambda: NOW + timedelta(seconds=60))


def shown(model: RequestTableModel, column: int = MODEL) -> list[str]:
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_it_is_a_sound_model(model: RequestTableModel, qtmodeltester: ModelTester) -> None:
    model.reset([at(2), started(at(1, model="m"))])
    qtmodeltester.check(model, force_py=True)


def test_rows_are_newest_first_and_a_record_wins_over_its_start(model: RequestTableModel) -> None:
    both = at(3, model="both")
    model.reset([at(1, model="old"), both, at(9, model="new"), started(both)])
    assert shown(model) == ["new", "both", "old"]
    assert shown(model, STATUS) == ["200", "200", "200"]


def test_a_live_row_becomes_its_record_in_its_place(model: RequestTableModel) -> None:
    running, newer = at(1, model="running"), at(2, model="newer")
    model.update([started(running)])
    model.update([newer])
    assert shown(model, STATUS) == ["200", "live"]
    model.update([running])
    assert shown(model) == ["newer", "running"]
    assert shown(model, STATUS) == ["200", "200"]


def test_a_batch_is_one_insertion(model: RequestTableModel, qtbot: QtBot) -> None:
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.update([at(second, model=str(second)) for second in range(100)])
    assert inserted == [(0, 99)]
    assert shown(model)[:2] == ["99", "98"]


def test_what_the_filter_does_not_show_goes(model: RequestTableModel) -> None:
    running, other = at(1), at(2, model="other")
    model.update([started(running), other])
    model.update([], gone={running.id})
    assert shown(model) == ["other"]


def test_the_ring_drops_its_oldest(model: RequestTableModel) -> None:
    model.most_rows = 3
    model.reset([at(second, model=str(second)) for second in range(3)])
    assert model.full
    model.update([at(7, model="7"), at(8, model="8")])
    assert shown(model) == ["8", "7", "2"]
    model.append([at(-1)])
    assert model.rowCount() == 3


def test_older_rows_are_appended_once(model: RequestTableModel) -> None:
    newest = at(5, model="newest")
    model.reset([newest])
    model.append([newest, at(4, model="older")])
    assert shown(model) == ["newest", "older"]


def test_merging_adds_what_is_missing_where_it_belongs(model: RequestTableModel) -> None:
    rows = [at(second, model=str(second)) for second in range(4)]
    model.reset([rows[0], rows[2]])
    model.merge(rows)
    assert shown(model) == ["3", "2", "1", "0"]


def test_only_live_rows_tick(model: RequestTableModel) -> None:
    model.reset([at(1), started(at(2))])
    changed: list[int] = []
    model.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    model.tick()
    assert changed == [0]
    assert shown(model, LATENCY)[0] == "58 s"


RECORD = {
    "model": "haiku",
    "upstream_model": "glm",
    "client_name": "Claude Code 2.1.330",
    "input_tokens": 1000,
    "cache_read_tokens": 5000,
    "cache_write_5m_tokens": 200,
    "output_tokens": 656,
    "cost": Decimal("0.005"),
    "latency_ms": 9214.0,
}


def test_a_record_in_its_cells(model: RequestTableModel) -> None:
    model.reset([at(0, **RECORD)])
    texts = [model.index(0, column).data() for column in range(model.columnCount())]
    assert texts[1:] == ["200", "Claude Code", "haiku", "6.2k", "656", "$0.0050", "9.21 s"]
    assert model.index(0, MODEL).data(CellRole.SECOND) == "glm"
    assert model.index(0, MODEL).data(CellRole.SERIES) == 0
    assert model.index(0, CLIENT).data(Qt.ItemDataRole.ToolTipRole) == "Claude Code 2.1.330"
    assert model.headerData(TIME, Qt.Orientation.Horizontal) == "Time"


@pytest.mark.parametrize(
    ("values", "text", "tone"),
    [
        ({}, "200", "ok"),
        ({"status_code": 404, "outcome": "refused"}, "404", "warn"),
        ({"status_code": 503, "outcome": "upstream_error"}, "503", "err"),
        ({"outcome": "stream_error"}, "cut", "err"),
        ({"status_code": 499, "outcome": "cancelled"}, "left", "neutral"),
    ],
)
def test_a_status_is_a_word_and_a_tone(
    model: RequestTableModel, values: dict[str, Any], text: str, tone: str
) -> None:
    model.reset([at(0, **values)])
    index = model.index(0, STATUS)
    assert (index.data(), index.data(CellRole.TONE)) == (text, tone)


@pytest.mark.parametrize(
    ("values", "text", "tone"),
    [
        ({"cost": Decimal(0)}, "—", None),
        ({"cost": Decimal(0), "output_tokens": 9}, "$0.00", None),
        ({"cost": None, "output_tokens": 9}, "no price", "warn"),
    ],
)
def test_an_unknown_cost_is_never_a_zero(
    model: RequestTableModel, values: dict[str, Any], text: str, tone: str | None
) -> None:
    model.reset([at(0, **values)])
    index = model.index(0, COST)
    assert (index.data(), index.data(CellRole.TONE)) == (text, tone)


def test_a_row_without_model_shows_what_was_asked(model: RequestTableModel) -> None:
    model.reset([at(0, method="GET", path="/nothing", status_code=404)])
    assert shown(model) == ["GET /nothing"]
    assert shown(model, TOKENS_IN) == ["—"]
    assert shown(model, TOKENS_OUT) == ["—"]


def test_the_sixth_model_shares_the_last_colour(model: RequestTableModel) -> None:
    model.reset([at(-second, model=f"m{second}") for second in range(7)])
    series = [model.index(row, MODEL).data(CellRole.SERIES) for row in range(7)]
    assert series == [0, 1, 2, 3, 4, 4, 4]


def test_models_can_have_the_colours_of_a_chart(model: RequestTableModel) -> None:
    model.reset([at(2, model="a"), at(1, model="b")])
    model.set_series(("b", "x"))
    assert [model.index(row, MODEL).data(CellRole.SERIES) for row in range(2)] == [2, 0]


def test_times_of_other_days_have_their_day() -> None:
    now = datetime(2026, 11, 23, 12, 0).astimezone()
    assert time_text(now - timedelta(hours=23), now) == "13:00:00"
    assert time_text(now - timedelta(hours=25), now) == "22 Nov 11:00"


def test_the_name_that_the_client_said_stands_before_the_model(qtbot: QtBot) -> None:
    model = RequestTableModel(10)
    record = a_request(asked_model="opus", model="glm-4.6", upstream_model="glm-4.6-air")
    model.reset([record])
    index = model.index(0, MODEL)
    assert (index.data(), index.data(CellRole.SECOND)) == ("opus", "glm-4.6")
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "opus → glm-4.6 → glm-4.6-air"
