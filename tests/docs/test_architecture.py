"""docs/architecture.md names every room of the engine and of the protocol that the import contracts name."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "architecture.md").read_text("utf-8")))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


@pytest.mark.parametrize("container", ["pxbin_engine", "pxbin_engine.protocol"])
def test_every_floor_is_told(container: str) -> None:
    layers = next(
        contract["layers"]
        for contract in CONTRACTS["contracts"]
        if contract.get("containers") == [container]
    )
    assert set(re.findall(r"[a-z_]+", " ".join(layers))) - NAMED == set()
