"""docs/upstreams.md lists every preset as the code has it, and every kind of lesson that there is a word for."""

import re
from pathlib import Path

import pytest

from pxbin_engine.protocol.quirks import PRESETS
from pxbin_engine.records import Preset

PAGE = (Path(__file__).parents[2] / "docs" / "upstreams.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([a-z-]+)` (\|.*)$", PAGE, re.MULTILINE))


def row_of(preset: Preset) -> str:
    """A preset as its line of the table; print these to write the table anew."""
    where = f"`{preset.base_url}`" + (" (or any)" if preset.any_host else "")
    return f"| {preset.name} | `{preset.format}` | {where} | <{preset.source}> |"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_is_listed(preset: Preset) -> None:
    assert ROWS[preset.id] == row_of(preset)


def test_no_other_is() -> None:
    assert list(ROWS) == [preset.id for preset in PRESETS]
