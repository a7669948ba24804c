"""Where the data is, and the way to another place."""

from pathlib import Path

from pxbin_app.pages.settings.database_dialog import DatabaseDialog
from pxbin_app.pages.settings.database_section import DatabaseSection, place_words
from pxbin_engine.config import load_config
from tests.support.app_controls import FakeApp
from tests.support.fake_engine import settled
from tests.support.settings_stage import URL, Stage, section


async def test_the_database_is_tried_and_then_moved(stage: Stage, app: FakeApp) -> None:
    database = section(stage, "database", DatabaseSection)
    assert "embedded" in database.kind.text()
    database.change.click()
    dialog = stage.dialog(DatabaseDialog)
    dialog.url.setText(URL)
    assert not dialog.move_all.isEnabled()
    dialog.presenter.tried.emit("empty", "There is room.", "ok")
    assert dialog.found.text() == "There is room."
    dialog.move_all.click()
    await settled()
    assert app.file.load().database_url == URL
    assert not dialog.isVisible()
    assert "1,234 rows" in stage.said[0]
    assert "db.example:5432/pxbin" in database.place.text()


def test_where_the_database_is_tells_no_password(tmp_path: Path) -> None:
    config = load_config({}, data_dir=tmp_path, database_url=URL, database_schema="own")
    assert place_words(config) == "db.example:5432/pxbin, schema own"
