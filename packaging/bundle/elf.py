"""What Linux programs need of the system that they run on: libraries, and how new a C library. Asked from objdump."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_C_LIBRARY = re.compile(r"^(ld-linux.*|lib(c|m|dl|pthread|rt|util|resolv)\.so\.\d+)$")


@dataclass(frozen=True)
class Needs:
    """What one or several files ask of the system."""

    libraries: frozenset[str]
    glibc: tuple[int, int]
    """The newest version of the C library that a symbol is taken from."""


def headers(file: Path) -> str:
    """What objdump tells of a file's dynamic section; empty for what is no ELF file."""
    if not is_elf(file):
        return ""
    return subprocess.run(
        ["objdump", "-p", file], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}
    ).stdout  # fmt: skip


def is_elf(file: Path) -> bool:
    """Whether it is a program or a library of Linux."""
    with file.open("rb") as content:
        return content.read(4) == b"\x7fELF"


def libraries(text: str) -> frozenset[str]:
    """The libraries that a file is linked with."""
    return frozenset(re.findall(r"^\s+NEEDED\s+(\S+)", text, flags=re.MULTILINE))


def needs_of_system(files: Iterable[Path]) -> Needs:
    """What these files need and do not bring along; the parts of the C library are its version alone."""
    asked: set[str] = set()
    own: set[str] = set()
    versions = {(2, 0)}
    for file in files:
        own.add(file.name)
        text = headers(file)
        asked |= libraries(text)
        versions |= {(int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", text)}
    missing = {name for name in asked - own if not _C_LIBRARY.match(name)}
    return Needs(frozenset(missing), max(versions))
