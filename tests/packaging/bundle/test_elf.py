"""What a program asks of the system, read from what objdump tells."""

import shutil
import sys
from pathlib import Path

import pytest
from bundle import elf

TOLD = """
Dynamic Section:
  NEEDED               libX11.so.6
  NEEDED               libc.so.6
  RUNPATH              $ORIGIN/../lib

Version References:
  required from libc.so.6:
    0x09691974 0x00 05 GLIBC_2.3.4
    0x069691b4 0x00 03 GLIBC_2.34
    0x0d696912 0x00 02 GLIBC_2.2.5
"""


def test_the_libraries_that_it_is_linked_with() -> None:
    assert elf.libraries(TOLD) == {"libX11.so.6", "libc.so.6"}


def test_of_the_system_is_what_is_not_brought_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "program", tmp_path / "libX11.so.6"]
    for file in files:
        file.write_bytes(b"\x7fELF")
    monkeypatch.setattr(elf, "headers", lambda file: TOLD if file.name == "program" else "")
    assert elf.needs_of_system(files) == elf.Needs(frozenset(), (2, 34))
    assert elf.needs_of_system(files[:1]).libraries == {"libX11.so.6"}


def test_what_is_no_program_is_not_asked(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("libX11.so.6")
    assert elf.headers(text) == ""


@pytest.mark.skipif(shutil.which("objdump") is None or sys.platform != "linux", reason="no objdump")
def test_a_real_program() -> None:
    needs = elf.needs_of_system([Path(sys.executable).resolve()])
    assert (2, 0) < needs.glibc < (3, 0)
