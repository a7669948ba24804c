"""Where a person's files and programs are: home directory, environment, operating system."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PROGRAM_FOLDERS = (
    ".local/bin",
    ".claude/local",
    ".npm-global/bin",
    ".bun/bin",
    ".volta/bin",
    ".opencode/bin",
    ".cargo/bin",
    "AppData/Roaming/npm",
)
"""Where installers put programs; an app started from the desktop often lacks them in its PATH."""
_NODE_VERSIONS = ".nvm/versions/node/*/bin"
_SHARED_FOLDERS = ("opt/homebrew/bin", "usr/local/bin", "home/linuxbrew/.linuxbrew/bin")

STARTUP_FILES = (
    ".bashrc",
    ".bash_profile",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".config/fish/config.fish",
)
"""What shells read when they start, below the home directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One person's view of one machine; ``root`` is what paths for all of its users are below."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    platform: str = sys.platform
    root: Path = Path("/")

    @classmethod
    def this(cls) -> "Machine":
        """The one that pxbin runs on."""
        return cls(home=Path.home(), environment=os.environ)

    def folder(self, variable: str, otherwise: str) -> Path:
        """A directory that an environment variable may move."""
        moved = self.environment.get(variable, "")
        return Path(moved) if moved else self.home / otherwise

    def program(self, name: str) -> Path | None:
        """A program, in PATH or where installers put it; None where it is not on this machine."""
        found = shutil.which(name, path=self._search_path())
        return Path(found) if found else None

    def shown(self, path: Path) -> str:
        """A path as people write it."""
        try:
            return f"~/{path.relative_to(self.home).as_posix()}"
        except ValueError:
            return str(path)

    def of_all_users(self, linux: str, mac: str, windows: str) -> Path:
        """A file of the whole machine, by system; relative to ``root``."""
        return self.root / {"darwin": mac, "win32": windows}.get(self.platform, linux)

    def _search_path(self) -> str:
        folders = [self.home / folder for folder in _PROGRAM_FOLDERS]
        folders += sorted(self.home.glob(_NODE_VERSIONS), reverse=True)
        folders += [self.root / folder for folder in _SHARED_FOLDERS]
        return os.pathsep.join([self.environment.get("PATH", ""), *map(str, folders)])
