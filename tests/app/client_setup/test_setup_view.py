"""One client, as the page and the first run show it; the page's own tests drive the rest."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.client_setup.setup_view import ModelChoices, SetupView
from pxbin_engine.errors import DatabaseUnavailable
from tests.support.client_stage import ClientStage
from tests.support.fake_engine import FakeEngine, settled


@pytest.fixture
async def stage(tmp_path: Path, qtbot: QtBot) -> ClientStage:
    stage = ClientStage(tmp_path)
    await stage.add_models()
    return stage


def shown(stage: ClientStage, qtbot: QtBot, *, with_undo: bool = True) -> SetupView:
    view = SetupView(stage.presenter, with_undo=with_undo)
    qtbot.addWidget(view)
    view.show()
    stage.presenter.start()
    return view


async def test_the_first_run_offers_no_undo(stage: ClientStage, qtbot: QtBot) -> None:
    view = shown(stage, qtbot, with_undo=False)
    await settled()
    view.apply_button.click()
    await settled()
    assert stage.presenter.status is not None
    assert stage.presenter.status.undoable
    assert view.undo_button.isHidden()


async def test_with_changes_to_come_a_client_that_points_here_can_be_tested_as_it_is(
    stage: ClientStage, qtbot: QtBot
) -> None:
    view = shown(stage, qtbot)
    await settled()
    view.apply_button.click()
    await settled()
    stage.presenter.choose_model("main", "glm-4.6-air")
    await settled()
    assert view.primary.text() == "Apply and test"
    view.test_button.click()
    await settled()
    assert [connection.model for _, connection in stage.probed] == ["glm-4.6"]


async def test_while_it_tests_nothing_else_can_be_done(stage: ClientStage, qtbot: QtBot) -> None:
    view = shown(stage, qtbot)
    await settled()
    view.apply_button.click()
    await settled()
    view.primary.click()
    assert "on its way" in view.result.text.text()
    assert not view.primary.isEnabled()
    await settled()
    assert view.primary.isEnabled()
    assert view.result.accessibleName().startswith("It works.")


async def test_a_pxbin_that_does_not_run_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    stage = ClientStage(tmp_path, FakeEngine(state="failed"))
    view = shown(stage, qtbot)
    await settled()
    assert view.view.state == "error"
    assert view.view.error.button.isHidden()
    assert view.primary.isHidden()


async def test_a_database_that_is_away_can_be_tried_again(tmp_path: Path, qtbot: QtBot) -> None:
    stage = ClientStage(tmp_path)
    await stage.add_models()
    stage.engine.failure = DatabaseUnavailable("The database is away.")
    view = shown(stage, qtbot)
    await settled()
    assert view.view.state == "error", "no model is missing as far as anybody knows"
    stage.engine.failure = None
    view.view.error.button.click()
    await settled()
    assert view.view.state == "content"


def test_where_there_is_no_room_the_models_are_one_below_the_other(qtbot: QtBot) -> None:
    choices = ModelChoices()
    qtbot.addWidget(choices)
    slots = [(name, name.title()) for name in ("main", "opus", "sonnet", "haiku and side tasks")]
    choices.show_choices(slots, ["claude-sonnet-4-5", "glm-4.6"], {"main": "glm-4.6"})
    choices.resize(600, 200)
    choices.show()
    main, opus = choices.selects["main"], choices.selects["opus"]
    assert main.y() == opus.y()
    choices.resize(350, 200)
    qtbot.waitUntil(lambda: opus.y() > main.geometry().bottom())
    for label, select in zip(choices._labels, choices.selects.values(), strict=True):
        assert label.geometry().right() < select.x()
        assert select.geometry().right() <= 350
    choices.resize(600, 200)
    qtbot.waitUntil(lambda: main.y() == opus.y())
