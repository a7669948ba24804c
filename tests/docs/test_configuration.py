"""docs/configuration.md names every setting, with the default and the least value that the code has."""

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pxbin_engine import config
from pxbin_engine.config import EngineConfig

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text("utf-8")

ROWS = {
    name: (default.strip(), least.strip())
    for name, default, least in re.findall(
        r"^\| `([a-z_]+)` \|([^|]*)\|([^|]*)\|[^|]+\|$", PAGE, re.MULTILINE
    )
}
DEFAULTS = {field.name: field.default for field in structs.fields(EngineConfig)}
NOT_BY_VALUE = {"data_dir": "the user's data directory"}


def shown(value: Any) -> str:
    """A default as the page shows it."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value == ():
        return "none"
    if value == "":
        return "empty"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_every_setting_has_its_row_and_no_other_has() -> None:
    assert ROWS.keys() == DEFAULTS.keys()


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_default_is_the_code_s(name: str) -> None:
    assert ROWS[name][0] == NOT_BY_VALUE.get(name, shown(DEFAULTS[name]))


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_least_value_is_the_code_s(name: str) -> None:
    least = ROWS[name][1]
    if name in config._LEAST:
        assert least == f"`{config._LEAST[name]:g}`"
    else:
        assert least in {"", "16 characters"}


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    path = tmp_path / "config.yaml"
    path.write_text(example[1], "utf-8")
    assert config.load_config({}, path=path).log_retention_days == 30


def test_every_variable_that_is_no_setting_is_named() -> None:
    for variable in config._NOT_SETTINGS:
        assert f"`{variable}`" in PAGE
