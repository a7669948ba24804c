"""The sync of prices as a window: see, tick, take over."""

from decimal import Decimal

from msgspec.structs import replace
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.sync_dialog import SyncDialog
from pxbin_engine.errors import DatabaseUnavailable
from tests.app.pages.models.test_sync_presenter import OLD, sync_of
from tests.support.fake_engine import FakeEngine, settled


async def opened(qtbot: QtBot, engine: FakeEngine) -> SyncDialog:
    parent = QWidget()
    qtbot.addWidget(parent)
    sync, _ = await sync_of(engine)
    dialog = SyncDialog(parent, sync)
    dialog.open()
    qtbot.held = parent  # type: ignore[attr-defined]  # qtbot's own references are weak
    return dialog


async def test_all_is_ticked_and_what_stays_ticked_is_taken_over(qtbot: QtBot) -> None:
    engine = FakeEngine()
    dialog = await opened(qtbot, engine)
    assert dialog.spinner.isVisible()
    assert not dialog.primary.isEnabled()
    await settled()
    assert (dialog.view.state, dialog.chosen.text()) == ("content", "2 of 2 models")
    assert dialog.without_price.isVisible()
    dialog.none.click()
    assert not dialog.primary.isEnabled()
    dialog.list.set_filter("b")
    dialog.all.click()
    finished: list[int] = []
    dialog.finished.connect(finished.append)
    dialog.primary.click()
    await settled()
    changed = [m.name for m in await engine.models.list() if m.input_cost_per_million != 3]
    assert changed == ["b", "mine"]
    assert finished == [QDialog.DialogCode.Accepted]


async def test_where_nothing_changes_there_is_nothing_to_take_over(qtbot: QtBot) -> None:
    engine = FakeEngine()
    dialog = await opened(qtbot, engine)
    engine.published = dict.fromkeys(("a", "b"), OLD)
    await settled()
    assert dialog.view.state == "empty"
    assert not dialog.primary.isEnabled()
    dialog.submit()
    await settled()
    assert dialog.isVisible()


async def test_a_failure_can_be_tried_again(qtbot: QtBot) -> None:
    engine = FakeEngine()
    dialog = await opened(qtbot, engine)
    engine.failure = DatabaseUnavailable("The database is away.")
    await settled()
    assert dialog.view.state == "error"
    engine.failure = None
    engine.published = {"a": replace(OLD, output=Decimal(1))}
    dialog.view.error.button.click()
    await settled()
    assert [item.value for item in dialog.list.items] == ["a"]
