"""The table's rows: newest first, live ones change in place, the ring holds so many and no more."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from pxbin_app.request_rows import CLIENT, LATENCY, MODEL, STATUS, TIME, RequestTableModel
from pxbin_app.widgets.cells import CellRole
from pxbin_engine.records import RequestRecord
from tests.support.database import NOW, a_request, uuid7
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


def test_what_happens_fills_it_only_so_far_but_for_what_was_scrolled_to(qtbot: QtBot) -> None:
    model = RequestTableModel(100, live_rows=5)
    model.reset([at(second) for second in range(4)])
    assert not model.full
    model.update([at(10), at(11), at(12)])
    assert (model.rowCount(), model.full) == (5, True)
    model.reset([at(second) for second in range(4)])
    assert not model.full
    model.append([at(-second) for second in range(1, 9)])
    model.update([at(20)])
    assert (model.rowCount(), model.full) == (12, True)


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


def test_the_sixth_model_shares_the_last_colour(model: RequestTableModel) -> None:
    model.reset([at(-second, model=f"m{second}") for second in range(7)])
    series = [model.index(row, MODEL).data(CellRole.SERIES) for row in range(7)]
    assert series == [0, 1, 2, 3, 4, 4, 4]


def test_models_can_have_the_colours_of_a_chart(model: RequestTableModel) -> None:
    model.reset([at(2, model="a"), at(1, model="b")])
    model.set_series(("b", "x"))
    assert [model.index(row, MODEL).data(CellRole.SERIES) for row in range(2)] == [2, 0]


def test_a_record_in_its_line(model: RequestTableModel) -> None:
    model.reset([at(0, model="haiku", upstream_model="glm", client_name="Codex 1.0")])
    texts = [model.index(0, column).data() for column in range(model.columnCount())]
    assert texts[1:4] == ["200", "Codex", "haiku"]
    assert model.index(0, MODEL).data(CellRole.SECOND) == "glm"
    assert model.index(0, STATUS).data(CellRole.TONE) == "ok"
    assert model.index(0, CLIENT).data(Qt.ItemDataRole.ToolTipRole) == "Codex 1.0"
    assert model.headerData(TIME, Qt.Orientation.Horizontal) == "Time"


@pytest.fixture
def deep(qtbot: QtBot) -> RequestTableModel:
    """A thousand and a half rows and more, of which the topmost ten are whole."""
    model = RequestTableModel(5_000, whole_rows=10, clock=lambda: NOW + timedelta(hours=1))
    model.reset([at(second, model=str(second)) for second in range(1_500)])
    return model


def whole(model: RequestTableModel) -> list[bool]:
    return [isinstance(model.row(number), RequestRecord) for number in range(model.rowCount())]


def test_only_the_topmost_rows_are_whole(deep: RequestTableModel) -> None:
    assert whole(deep) == [True] * 10 + [False] * 1_490
    older = [at(-second, model=str(-second)) for second in range(1, 4)]
    deep.append(older)
    deep.update([at(2_000), at(2_001)])
    deep.merge([at(700, model="merged")])
    assert whole(deep) == [True] * 10 + [False] * 1_496
    assert shown(deep)[9:12] == ["1492", "1491", "1490"]
    assert shown(deep)[-1] == "-3"


def test_a_row_that_is_not_whole_counts_as_recorded_and_is_found(deep: RequestTableModel) -> None:
    row = deep.row(1_000)
    assert row is not None
    assert deep.is_recorded(row.id)
    assert deep.number_of(row.id) == 1_000
    assert len(deep.recorded_ids(None)) == 1_500


def test_one_in_flight_stays_what_it_is_however_far_down(deep: RequestTableModel) -> None:
    running = at(3)
    deep.merge([started(running)])
    number = deep.number_of(running.id)
    assert 1_490 < number < 1_500
    ticked: list[int] = []
    deep.dataChanged.connect(lambda first, _last: ticked.append(first.row()))
    deep.tick()
    assert ticked == [number]
    deep.update([running])
    assert deep.is_recorded(running.id)
    deep.tick()
    assert ticked == [number, number], "the second is its record"


def test_one_that_was_told_late_is_found_though_it_is_not_in_its_place(
    deep: RequestTableModel,
) -> None:
    late = at(5, model="late")
    deep.update([late])
    assert deep.number_of(late.id) == 0
    assert deep.number_of(deep.row(700).id) == 700  # type: ignore[union-attr]  # there is one


def test_what_is_missing_far_up_moves_nothing_else(deep: RequestTableModel) -> None:
    inserted: list[int] = []
    deep.rowsInserted.connect(lambda _parent, first, _last: inserted.append(first))
    resets: list[int] = []
    deep.modelReset.connect(lambda: resets.append(1))
    deep.merge([at(1_498, id=uuid7(), model="a"), at(9_000, model="b")])
    assert (inserted[0], len(inserted), resets) == (0, 2, [])
    assert shown(deep)[:4] == ["b", "1499", "a", "1498"] or shown(deep)[:4] == [
        "b",
        "1499",
        "1498",
        "a",
    ]


class Counted(UUID):
    """An id that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return super().__eq__(other)

    __hash__ = UUID.__hash__


def test_a_hundred_thousand_rows_are_not_gone_through_by_a_live_view(qtbot: QtBot) -> None:
    model = RequestTableModel(100_000)
    model.reset(
        RequestRecord(
            id=Counted(int=n), timestamp=NOW - timedelta(seconds=n), method="POST", path="/"
        )
        for n in range(100_000)
    )
    Counted.compared = 0
    fresh = [at(second) for second in range(1, 30)]
    model.update([started(one) for one in fresh])
    model.tick()
    model.update(fresh)
    model.merge([at(31)])
    assert model.number_of(Counted(int=99_900)) >= 99_900
    assert Counted.compared < 500
