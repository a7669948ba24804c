"""The names, the version and the identifiers of the packages, from pyproject.toml alone."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

APP, ENGINE = "pxbin", "pxbin-engine"
"""The two programs: the window, and the engine by itself."""
IDENTIFIER = "io.pxbin.app"
"""Of the app for macOS, of the AppStream component, and of what starts it at login."""
WINDOWS_APP_ID = "8A7C0F5E-3B0E-4B5B-9C55-6F1D2B7A4E10"
"""By which the installer knows an older version of itself: never to be changed."""


@dataclass(frozen=True)
class Product:
    """What is packaged."""

    version: str
    """``1.2.3``, with what PEP 440 allows behind it."""
    summary: str
    data: dict[str, str]
    """Folder of the checkout -> where the packages look for it (hatch's table for the wheel)."""

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """The version as Windows wants it: four numbers."""
        digits = [int(part) for part in self.version.split(".")[:3] if part.isdigit()]
        first, second, third = (*digits, 0, 0, 0)[:3]
        return first, second, third, 0


def product(root: Path = ROOT) -> Product:
    """Read what pyproject.toml says."""
    content = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return Product(
        version=content["project"]["version"],
        summary=content["project"]["description"].split(":")[0],
        data=content["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"],
    )
