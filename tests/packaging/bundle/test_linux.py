"""What desktops and software centres read is well-formed, complete, and valid where a validator is there."""

import configparser
import shutil
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bundle import linux
from bundle.product import APP, ENGINE, IDENTIFIER, Product, product

PACKAGED = product()
RELEASED = date(2030, 1, 31)


def validate(*command: str | Path) -> None:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not there")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_desktop_entry_starts_the_app() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as its documentation says
    parser.read_string(linux.desktop_entry(PACKAGED))
    entry = parser["Desktop Entry"]
    assert (entry["Type"], entry["Exec"], entry["Icon"]) == ("Application", APP, APP)
    assert entry["Comment"] == PACKAGED.summary
    assert f"usr/bin/{entry['TryExec']}" in linux.links()


def test_the_desktop_entry_is_valid(tmp_path: Path) -> None:
    path = tmp_path / f"{APP}.desktop"
    path.write_text(linux.desktop_entry(PACKAGED), "utf-8")
    validate("desktop-file-validate", path)


def test_the_metadata_name_what_is_installed() -> None:
    root = ET.fromstring(linux.metainfo(PACKAGED, RELEASED))
    assert root.findtext("id") == IDENTIFIER
    installed = linux.shared_files(PACKAGED, RELEASED)
    assert f"usr/share/applications/{root.findtext('launchable')}" in installed
    assert f"usr/share/metainfo/{IDENTIFIER}.metainfo.xml" in installed
    assert {one.text for one in root.iterfind("provides/binary")} == {APP, ENGINE}


def test_a_summary_is_a_text_in_the_metadata() -> None:
    other = Product("1.0", "Costs < limits & budgets", {})
    root = ET.fromstring(linux.metainfo(other, RELEASED))
    assert root.findtext("summary") == other.summary


def test_the_metadata_are_valid(tmp_path: Path) -> None:
    path = tmp_path / f"{IDENTIFIER}.metainfo.xml"
    path.write_text(linux.metainfo(PACKAGED, RELEASED), "utf-8")
    validate("appstreamcli", "validate", "--no-net", path)


def test_there_is_an_icon_of_every_size_and_one_for_all() -> None:
    installed = linux.shared_files(PACKAGED, RELEASED)
    icons = {name.split("/")[4] for name in installed if "/icons/hicolor/" in name}
    sizes = (16, 24, 32, 48, 64, 128, 256, 512)
    assert icons == {"scalable", *(f"{size}x{size}" for size in sizes)}


def test_who_unpacks_the_archive_is_told_what_it_needs() -> None:
    text = linux.read_me(PACKAGED, ["libx11-6", "libegl1"], (2, 35))
    assert f"pxbin {PACKAGED.version}:" in text
    assert "\n    libx11-6 libegl1\n" in text
    assert "version 2.35 or newer" in text


def test_the_licence_is_written_into_the_copyright_file() -> None:
    text = linux.copyright_file()
    assert "Permission is hereby granted, free of charge" in text
    for line in text.split("License: Expat\n")[-1].split("\n\n")[0].splitlines():
        assert line.startswith(" "), "a continued field is indented"
