"""Facts in groups, and entries: what is empty is not shown, and what went is gone."""

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.fact_views import EntryList, FactGroups
from pxbin_app.pages.logs.facts import Entry


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_a_group_without_facts_is_left_out(qtbot: QtBot) -> None:
    groups = FactGroups()
    qtbot.addWidget(groups)
    groups.show()
    groups.set_groups([("Time", [("Last byte", "2 s")]), ("Cost", [("Input", "")])])
    assert texts(groups) == ["Time", "Last byte", "2 s"]
    groups.set_groups([("Cost", [("Input", "$1")])])
    assert texts(groups) == ["Cost", "Input", "$1"]
    groups.set_groups([])
    assert texts(groups) == []


def test_entries_stand_below_their_title_and_without_them_nothing(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    entries = EntryList("Attempts")
    entries.setParent(parent)
    parent.show()
    assert not entries.isVisible()
    entries.set_entries(
        [Entry(title="1. Z.ai", note="529"), Entry(title="2. X", text="Went well.")]
    )
    assert texts(entries) == ["Attempts", "1. Z.ai", "529", "2. X", "Went well."]
    entries.set_entries([Entry(title="1. X")])
    assert texts(entries) == ["Attempts", "1. X"]
    entries.set_entries([])
    assert not entries.isVisible()
