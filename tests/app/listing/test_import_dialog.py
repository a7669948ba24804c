"""The import as a window: ask, tick, import."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_engine.records import DiscoveredModel
from tests.app.listing.test_model_import import make
from tests.support.fake_engine import FakeEngine, settled


async def opened(qtbot: QtBot, engine: FakeEngine, *names: str) -> ImportDialog:
    parent = QWidget()
    qtbot.addWidget(parent)
    importing, _ = await make(engine, *names)
    dialog = ImportDialog(parent, importing, title="Import models")
    dialog.open()
    qtbot.held = parent  # type: ignore[attr-defined]  # qtbot's own references are weak
    await settled()
    return dialog


@pytest.mark.parametrize(("number", "ticked"), [(3, 3), (40, 0)])
async def test_a_short_list_comes_ticked_a_long_one_does_not(
    qtbot: QtBot, number: int, ticked: int
) -> None:
    engine = FakeEngine()
    engine.upstream_models = [DiscoveredModel(id=f"m{place}") for place in range(number)]
    dialog = await opened(qtbot, engine, "one")
    assert dialog.view.state == "content"
    assert len(dialog.list.ticked) == ticked
    assert dialog.primary.isEnabled() == bool(ticked)
    assert dialog.chosen.text() == f"{ticked} of {number} models"


async def test_the_ticked_ones_are_imported(qtbot: QtBot) -> None:
    engine = FakeEngine()
    engine.upstream_models = [DiscoveredModel(id=name) for name in ("a", "b", "c")]
    dialog = await opened(qtbot, engine, "one")
    finished: list[int] = []
    dialog.finished.connect(finished.append)
    dialog.none.click()
    dialog.list.set_filter("b")
    dialog.all.click()
    dialog.primary.click()
    await settled()
    assert [model.name for model in await engine.models.list()] == ["b"]
    assert finished == [QDialog.DialogCode.Accepted]


async def test_enter_in_the_filter_imports_nothing(qtbot: QtBot) -> None:
    engine = FakeEngine()
    engine.upstream_models = [DiscoveredModel(id=name) for name in ("a", "b")]
    dialog = await opened(qtbot, engine, "one")
    dialog.search.setFocus()
    qtbot.keyClicks(dialog.search, "b")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    await settled()
    assert [item.value for item in dialog.list.shown] == ["b"]
    assert await engine.models.list() == ()
    dialog.submit()
    await settled()
    assert len(await engine.models.list()) == 2


async def test_an_upstream_that_refuses_is_an_error_with_a_way_on(qtbot: QtBot) -> None:
    engine = FakeEngine()
    engine.upstream_failure = "It answered 401."
    dialog = await opened(qtbot, engine, "one")
    assert dialog.view.state == "error"
    assert dialog.view.error.text == "It answered 401."
    assert not dialog.primary.isEnabled()
    engine.upstream_failure = ""
    engine.upstream_models = [DiscoveredModel(id="a")]
    dialog.view.error.button.click()
    await settled()
    assert dialog.list.ticked == ("a",)


async def test_a_list_without_models_says_so(qtbot: QtBot) -> None:
    dialog = await opened(qtbot, FakeEngine(), "one")
    assert dialog.view.state == "empty"
    assert not dialog.primary.isEnabled()


async def test_with_several_upstreams_one_is_chosen(qtbot: QtBot) -> None:
    engine = FakeEngine()
    dialog = await opened(qtbot, engine, "one", "two")
    second = dialog.upstream.itemData(1)
    dialog.upstream.set_value(second)
    dialog.upstream.chosen.emit(second)
    await settled()
    assert engine.discovery.asked[-1].base_url == "http://two"


async def test_something_turns_while_the_upstream_is_asked(qtbot: QtBot) -> None:
    engine = FakeEngine()
    gate = asyncio.Event()

    async def late(_address: object) -> tuple[DiscoveredModel, ...]:
        await gate.wait()
        return (DiscoveredModel(id="a"),)

    engine.discovery.models = late  # type: ignore[method-assign]
    dialog = await opened(qtbot, engine, "one")
    assert dialog.spinner.turning
    assert dialog.chosen.text() == "Asking one…"
    gate.set()
    await settled()
    assert not dialog.spinner.isVisible()
