"""Texts become values, and the settings that are offered are settings."""

import pytest
from msgspec import structs

from pxbin_app.pages.settings.fields import SETTINGS, Kind, parsed, shown
from pxbin_engine.config import EngineConfig


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " 127.0.0.1:8080 ", "127.0.0.1:8080"),
        ("number", " 30", 30),
        ("list", "a, b ,,c", ("a", "b", "c")),
        ("list", "", ()),
    ],
)
def test_a_text_becomes_a_value(kind: Kind, text: str, value: object) -> None:
    assert parsed(kind, text) == value


@pytest.mark.parametrize("text", ["", "-1", "many", "1.5", "1e3"])
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        parsed("number", text)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_what_is_shown_is_read_as_it_was(setting: object) -> None:
    field = next(one for one in structs.fields(EngineConfig) if one.name == setting.name)  # type: ignore[attr-defined]
    if setting.kind != "switch":  # type: ignore[attr-defined]
        assert parsed(setting.kind, shown(field.default)) == field.default  # type: ignore[attr-defined]
