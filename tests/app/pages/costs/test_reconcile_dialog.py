"""The dialog of reconciling, as a person uses it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.page import CostsPage
from pxbin_app.pages.costs.reconcile_dialog import ReconcileDialog, said_of_file
from pxbin_app.widgets.dialogs import ConfirmDialog
from tests.support.fake_engine import NOW, FakeEngine, settled
from tests.support.memory_usage import served
from tests.support.page_stage import PageStage
from tests.support.traffic import MemoryLog, MemoryStats

DAY = NOW.date()
COSTS = f"usage_date_utc,model,cost_usd\n{DAY},Claude Sonnet 4.5,2.00\n{DAY},Claude Opus 4.1,1.00\n"


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[PageStage[CostsPage]]:
    engine = FakeEngine()
    log = MemoryLog(())
    engine.requests, engine.stats = log, MemoryStats(log)
    made = await engine.upstreams.create(name="claude", base_url="http://127.0.0.1:9", format="anthropic")  # fmt: skip
    engine.usage.counted[made.id] = [served(DAY, "claude-sonnet-4-5", cost=Decimal(2))]
    stage = PageStage(CostsPage, qtbot, engine)
    yield stage
    stage.page.hidden()
    await settled()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a thread reads."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def opened(stage: PageStage[CostsPage]) -> ReconcileDialog:
    await stage.show()
    stage.page.reconcile.click()
    await settled()
    return stage.dialog(ReconcileDialog)


async def test_a_file_is_chosen_imported_and_explained(
    stage: PageStage[CostsPage], tmp_path: Path
) -> None:
    dialog = await opened(stage)
    assert dialog.content_view.state == "empty"
    assert dialog.content_view.empty.text == "Nothing was imported for claude yet."
    assert not dialog.by.isVisible()
    file = tmp_path / "costs & more.csv"
    file.write_text(COSTS, "utf-8")
    dialog.content_view.empty.button.click()
    chooser = dialog.findChild(QFileDialog)
    assert chooser is not None
    chooser.fileSelected.emit(str(file))
    chooser.close()
    await until(lambda: dialog.content_view.state == "content")
    assert dialog.message.text == f"Imported 1 day and 2 models, {DAY} to {DAY}."
    assert dialog.upstreams.value == str(dialog.presenter.upstreams[0].id)
    assert (dialog.imports.text(), dialog.by.isVisible()) == ("1 import", True)
    assert dialog.span.text().endswith("days in UTC")

    dialog.table.select_row(1)
    assert dialog.why.text().startswith("The export was made before this day was over")
    dialog.differing.click()
    assert [row.line.model for row in dialog.model.rows] == ["", "Claude Opus 4.1"]
    dialog.by._buttons["model"].click()
    assert dialog.presenter.by == "model"

    (made,) = dialog.presenter.imports
    assert said_of_file(made) == f"costs && more.csv · anthropic-costs · {DAY} to {DAY}"
    dialog.ask_to_forget(made)
    await settled()
    question = dialog.findChild(ConfirmDialog)
    assert question is not None
    question.confirm.click()
    await settled()
    await until(lambda: dialog.content_view.state == "empty")
    assert not dialog.imports.isVisible()


async def test_what_is_no_export_is_refused_where_it_is_seen(
    stage: PageStage[CostsPage], tmp_path: Path
) -> None:
    dialog = await opened(stage)
    file = tmp_path / "notes.csv"
    file.write_text("a,b\n1,2\n", "utf-8")
    could_be_closed: list[tuple[bool, bool]] = []
    dialog.presenter.working.connect(
        lambda _: could_be_closed.append((not dialog.busy, dialog.import_button.isEnabled()))
    )
    dialog.presenter.import_file(file)
    await until(lambda: len(could_be_closed) == 2)
    assert could_be_closed == [(False, False), (True, True)]
    assert "Its columns are: a, b." in dialog.message.text
    assert dialog.import_button.isEnabled()


async def test_closed_it_reads_no_more(stage: PageStage[CostsPage]) -> None:
    dialog = await opened(stage)
    presenter = dialog.presenter
    dialog.close_button.click()
    assert not presenter._in_view.working
    await settled()
