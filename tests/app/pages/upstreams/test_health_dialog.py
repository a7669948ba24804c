"""The dialog that says how an upstream is."""

from collections.abc import AsyncIterator

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.upstreams.health_dialog import HealthDialog
from pxbin_app.pages.upstreams.page import UpstreamsPage
from pxbin_app.widgets.labels import Label
from pxbin_engine.records import UpstreamHealthRecord
from tests.support.fake_engine import NOW, settled
from tests.support.page_stage import PageStage

Stage = PageStage[UpstreamsPage]


@pytest.fixture
async def stage(qtbot: QtBot) -> AsyncIterator[Stage]:
    stage = Stage(UpstreamsPage, qtbot)
    await stage.engine.upstreams.create(name="one", base_url="http://one", format="openai")
    await stage.show()
    yield stage
    stage.page.hidden()


def opened(stage: Stage) -> HealthDialog:
    stage.page.table.select_row(0)
    next(one for one in stage.page.panel.buttons if one.text() == "Health…").click()
    return stage.dialog(HealthDialog)


def facts(dialog: HealthDialog) -> str:
    return "\n".join(label.text() for label in dialog.facts.findChildren(Label))


async def test_it_says_how_it_is_and_follows(stage: Stage) -> None:
    dialog = opened(stage)
    assert dialog.state.text.startswith("Not asked yet.")
    record = stage.page.presenter.rows[0].record
    stage.engine.health = [
        UpstreamHealthRecord(
            upstream_id=record.id,
            upstream_name="one",
            level="down",
            circuit="open",
            error_rate=1.0,
            recent_requests=5,
            last_failure_at=NOW,
            last_failure="503 Service Unavailable.",
        )
    ]
    stage.page.presenter._timer.timeout.emit()
    assert dialog.state.text.endswith("503 Service Unavailable.")
    assert "100% of 5 recent requests" in facts(dialog)


async def test_it_is_asked_now(stage: Stage) -> None:
    dialog = opened(stage)
    dialog.check.click()
    await settled()
    assert dialog.state.text == "Works. Works · 0 models · 143 ms"
    assert dialog.check.isEnabled()
    assert not dialog.spinner.isVisible()


async def test_while_it_is_asked_something_turns(stage: Stage) -> None:
    dialog = opened(stage)
    presenter = stage.page.presenter
    presenter.checking.add(presenter.rows[0].record.id)
    presenter.changed.emit()
    assert dialog.spinner.turning
    assert (dialog.check.text(), dialog.check.isEnabled()) == ("Checking…", False)


async def test_it_closes_when_its_upstream_is_deleted(stage: Stage) -> None:
    dialog = opened(stage)
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    record = stage.page.presenter.rows[0].record
    await stage.engine.upstreams.delete(record.id)
    await settled()
    assert closed == [0]
