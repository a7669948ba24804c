"""The page Settings for its tests."""

from typing import Any, cast

from pxbin_app.pages.settings.page import SettingsPage
from pxbin_app.widgets.fields import TextField
from tests.support.page_stage import PageStage

Stage = PageStage[SettingsPage]
URL = "postgresql://pxbin:hunter2@db.example:5432/pxbin"


def section(stage: Stage, name: str, kind: type[Any]) -> Any:
    """A section, brought into view."""
    found = stage.page.sections[name][2]
    assert isinstance(found, kind)
    stage.page.show_section(name)
    return found


def type_into(fields: Any, name: str, text: str) -> TextField:
    """As a person types."""
    control = fields.fields[name].control
    control.setText(text)
    control.textEdited.emit(text)
    return cast("TextField", control)
