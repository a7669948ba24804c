"""Files of ``resources/`` are found, and a missing one is said."""

from pathlib import Path

import pytest

from pxbin_app import resources


def test_a_file_of_the_checkout_is_found() -> None:
    assert resources.resource("icons/pxbin.svg").read_text("utf-8").startswith("<svg")


def test_an_installed_package_is_asked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_resources").mkdir()
    (tmp_path / "_resources" / "one.txt").write_text("installed")
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    resources._root.cache_clear()
    try:
        assert resources.resource("one.txt").read_text() == "installed"
    finally:
        resources._root.cache_clear()


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        resources.resource("icons/nothing.svg")


def test_the_fonts_come_with_their_license() -> None:
    text = resources.resource("fonts/LICENSE-OFL.txt").read_text("utf-8")
    for font in resources.resource("fonts/LICENSE-OFL.txt").parent.glob("*.?tf"):
        assert font.name in text
