"""Events as rows: only what is seen is asked for."""

import json

from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.events import DATA, NAME, TIME, EventsView, EventTableModel
from pxbin_engine.records import RecordedEvent

EVENTS = tuple(
    RecordedEvent(ms=800.0 + n, name="delta", data=json.dumps({"n": n, "text": "x" * 1_000}))
    for n in range(20_000)
)


class Counting(EventTableModel):
    """Counts how often it is asked."""

    asked = 0

    def data(self, *args: object) -> object:
        self.asked += 1
        return super().data(*args)  # type: ignore[arg-type]  # handed on


def test_a_row_is_a_time_a_name_and_the_beginning_of_its_data() -> None:
    model = EventTableModel()
    model.set_events(EVENTS)
    assert model.rowCount() == 20_000
    texts = [model.index(7, column).data() for column in (TIME, NAME, DATA)]
    assert texts[:2] == ["0.807 s", "delta"]
    assert len(texts[2]) == 200


def test_of_many_events_only_those_in_view_are_asked_for(qtbot: QtBot) -> None:
    view = EventsView()
    qtbot.addWidget(view)
    view.model = Counting(view)
    view.table.setModel(view.model)
    view.resize(370, 400)
    view.show()
    view.show_events(EVENTS)
    view.table.verticalScrollBar().setValue(view.table.verticalScrollBar().maximum())
    view.grab()
    assert 0 < view.model.asked < 1_500


def test_the_first_event_is_shown_in_full_and_none_of_no_events(qtbot: QtBot) -> None:
    view = EventsView()
    qtbot.addWidget(view)
    view.show_events(EVENTS)
    assert json.loads(view.chosen.code.text)["n"] == 0
    view.table.select_row(9)
    assert json.loads(view.chosen.code.text)["n"] == 9
    view.show_events(())
    assert view.chosen.code.text == ""
