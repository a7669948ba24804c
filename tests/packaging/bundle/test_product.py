"""Names, version and identifiers come from one place, and every system's files have them."""

import re
import tomllib
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from bundle import linux, macos, product, windows
from bundle.product import ROOT, Product

from pxbin_app import login_item

PACKAGED = product.product()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_version_is_that_of_the_project_and_of_what_is_installed() -> None:
    assert PACKAGED.version == PROJECT["version"] == version("pxbin")


def test_the_programs_are_the_projects_commands() -> None:
    assert {product.ENGINE} == PROJECT["scripts"].keys()
    assert {product.APP} == PROJECT["gui-scripts"].keys()


def test_the_app_is_the_same_one_to_the_system_that_starts_it_at_login() -> None:
    assert product.IDENTIFIER == login_item.LABEL


def test_wayland_finds_the_icon_by_the_name_that_the_app_gives_itself() -> None:
    text = (ROOT / "pxbin_app" / "application.py").read_text("utf-8")
    assert re.findall(r'setDesktopFileName\("(\w+)"\)', text) == [product.APP]


def test_no_file_of_a_system_has_a_version_or_an_identifier_of_its_own() -> None:
    written = [
        path
        for folder in ("linux", "windows")
        for path in (ROOT / "packaging" / folder).rglob("*")
        if path.is_file()
    ]
    assert len(written) == 6
    for path in written:
        text = path.read_text("utf-8")
        assert PACKAGED.version not in text, path
        assert product.IDENTIFIER not in text, path


@pytest.mark.parametrize(
    ("version_text", "numbers"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("1.2", (1, 2, 0, 0)),
        ("2", (2, 0, 0, 0)),
        ("1.2.3.post4", (1, 2, 3, 0)),
        ("1.4.0rc1", (1, 4, 0, 0)),
    ],
)
def test_windows_gets_four_numbers(version_text: str, numbers: tuple[int, int, int, int]) -> None:
    assert Product(version_text, "", {}).numbers == numbers


def test_every_system_is_told_the_same_version() -> None:
    other = Product("7.8.9", "A summary", {})
    assert macos.info_plist(other)["CFBundleShortVersionString"] == "7.8.9"
    assert "'ProductVersion', '7.8.9'" in windows.version_resource(other, "pxbin")
    assert "filevers=(7, 8, 9, 0)" in windows.version_resource(other, "pxbin")
    released = date(2030, 1, 31)
    assert '<release version="7.8.9" date="2030-01-31"/>' in linux.metainfo(other, released)
    command = windows.installer_command(other, Path("folder"), Path("out"))
    assert {"/DAppVersion=7.8.9", "/DFourNumbers=7.8.9.0"} <= set(command)


def test_the_installer_is_told_every_name_that_its_script_uses() -> None:
    used = set(re.findall(r"\{#(\w+)\}", windows.SCRIPT.read_text("utf-8")))
    command = windows.installer_command(PACKAGED, Path("folder"), Path("out"))
    given = {match[1] for word in command if (match := re.match(r"/D(\w+)=", word))}
    assert used == given
