"""The export's bar: asks without a nested loop, is there while it runs, and cancels."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.export import FORMATS, LogExport
from pxbin_app.pages.logs.export_bar import ExportBar, counted_up_to
from tests.support.fake_engine import FakeEngine, bridge_to


class Stand:
    """The bar on a page, and the export that it shows."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.export = LogExport(bridge_to(FakeEngine()), self.parent)
        self.page = QWidget()
        self.bar = ExportBar(self.export)
        self.bar.setParent(self.page)
        self.bar.button.setParent(self.page)

    def write(self, rows: int, *, running: bool = True) -> None:
        """The export went on."""
        self.export.running, self.export.rows = running, rows
        self.export.changed.emit()


@pytest.fixture
def stand(qtbot: QtBot) -> Stand:
    stand = Stand()
    qtbot.addWidget(stand.page)
    stand.page.show()
    return stand


def test_it_is_there_while_one_runs(stand: Stand) -> None:
    stand.bar.expect(450)
    assert not stand.bar.isVisible()
    assert stand.bar.button.isEnabled()
    stand.write(90)
    assert stand.bar.isVisible()
    assert stand.bar.exported.text() == "90 of 450 exported"
    assert stand.bar.progress.accessibleName() == "90 of 450 exported"
    assert not stand.bar.button.isEnabled()
    stand.write(450, running=False)
    assert not stand.bar.isVisible()
    assert stand.bar.button.isEnabled()


def test_of_nothing_there_is_no_export(stand: Stand) -> None:
    stand.bar.expect(0)
    assert not stand.bar.button.isEnabled()


def test_what_is_not_counted_has_no_share(stand: Stand) -> None:
    stand.bar.expect(10_000)
    stand.write(120)
    assert stand.bar.exported.text() == "120 of 10,000+ exported"
    assert counted_up_to(9_999) == "9,999"


def test_it_cancels(stand: Stand) -> None:
    told: list[str] = []
    stand.export.said.connect(lambda text, _tone: told.append(text))
    stand.write(1)
    stand.bar.cancel.click()
    assert told == [], "there is no task behind this one"


def test_it_asks_for_a_file_of_each_format(stand: Stand, tmp_path: Path) -> None:
    told: list[tuple[Path, str]] = []
    stand.bar.chosen.connect(lambda path, kind: told.append((path, kind)))
    actions = stand.bar.button.menu().actions()
    assert [action.text() for action in actions] == [f"As {name}…" for name in FORMATS.values()]
    actions[1].trigger()
    (dialog,) = stand.bar.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(tmp_path / "rows.jsonl"))
    dialog.close()
    assert told == [(tmp_path / "rows.jsonl", "jsonl")]
