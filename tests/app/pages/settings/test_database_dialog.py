"""A place that is used already, and a move that is under way."""

from pxbin_app.pages.settings.database_dialog import DatabaseDialog
from pxbin_app.pages.settings.database_section import DatabaseSection
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import settled
from tests.support.settings_stage import URL, Stage, section


async def test_a_place_that_is_used_can_be_used(stage: Stage, app: FakeApp) -> None:
    section(stage, "database", DatabaseSection).change.click()
    dialog = stage.dialog(DatabaseDialog)
    dialog.url.setText(URL)
    dialog.presenter.tried.emit("used", "It is used.", "warn")
    assert not dialog.move_all.isEnabled()
    dialog.use.click()
    await settled()
    assert app.calls == ["restart"]
    assert app.file.load().database_url == URL


async def test_a_move_under_way_can_be_stopped_but_not_closed(stage: Stage) -> None:
    section(stage, "database", DatabaseSection).change.click()
    dialog = stage.dialog(DatabaseDialog)
    dialog.presenter.moving.emit(True)
    dialog.presenter.progress.emit("Copying keys", 250)
    assert (dialog.step.text(), dialog.bar.value(), dialog.cancel.text()) == ("Copying keys", 250, "Stop the move")  # fmt: skip
    dialog.reject()
    assert dialog.isVisible()
    dialog.presenter.moving.emit(False)
    dialog.kind._buttons["embedded"].click()
    assert not dialog.url_field.isVisible()
    dialog.cancel.click()
    assert not dialog.isVisible()
