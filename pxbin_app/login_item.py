"""Start at login: XDG autostart on Linux, a LaunchAgent on macOS, the ``Run`` key on Windows. No Qt here.

The sources: the Desktop Application Autostart and Desktop Entry specifications (freedesktop.org), launchd.plist(5), and
Microsoft's page "Run and RunOnce Registry Keys".
"""

import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pxbin_engine.errors import PxbinError
from pxbin_engine.programs import app_command

NAME = "pxbin"
HIDDEN = "--hidden"
LABEL = "io.pxbin.app"
"""The LaunchAgent's, which names its file, too."""

_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


class LoginItemError(PxbinError):
    """The system's list of what starts at login cannot be read or changed."""


class RunKey(Protocol):
    """The values of ``HKEY_CURRENT_USER\\...\\Run``."""

    def get(self, name: str) -> str | None: ...
    def set(self, name: str, command: str) -> None: ...
    def delete(self, name: str) -> None: ...


class LoginItem:
    """pxbin among what starts at login, for this user alone."""

    def __init__(
        self,
        *,
        platform: str = sys.platform,
        home: Path | None = None,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        run_key: RunKey | None = None,
    ) -> None:
        """Everything is for tests; as it is, it is this user's on this system."""
        self._platform = platform
        self._home = home or Path.home()
        self._environment = os.environ if environment is None else environment
        self._command = tuple(command or app_command())
        self._run_key = run_key

    @property
    def path(self) -> Path | None:
        """The file that starts it; None on Windows, where it is a value of the registry."""
        if self._platform == "win32":
            return None
        if self._platform == "darwin":
            return self._home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        config = self._environment.get("XDG_CONFIG_HOME") or self._home / ".config"
        return Path(config) / "autostart" / f"{NAME}.desktop"

    def is_on(self) -> bool:
        """Whether pxbin starts at login.

        Raises:
            LoginItemError: nobody can tell.
        """
        try:
            if self.path is None:
                return self._registry().get(NAME) is not None
            return self.path.is_file() and not _is_off(self.path.read_text("utf-8", "replace"))
        except OSError as error:
            raise _failure("read", error) from error

    def set(self, on: bool, hidden: bool) -> None:
        """Start pxbin at login, or no more; ``hidden``: into the tray, without its window.

        Raises:
            LoginItemError: the system does not let us.
        """
        command = (*self._command, HIDDEN) if hidden else self._command
        try:
            if self.path is None:
                self._set_value(subprocess.list2cmdline(command) if on else None)
            elif on:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(self._entry(command), "utf-8")
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise _failure("changed", error) from error

    def _entry(self, command: Sequence[str]) -> str:
        return launch_agent(command) if self._platform == "darwin" else desktop_entry(command)

    def _set_value(self, command: str | None) -> None:
        if command is None:
            self._registry().delete(NAME)
        else:
            self._registry().set(NAME, command)

    def _registry(self) -> RunKey:
        return self._run_key or _Registry()


def is_on() -> bool:
    """``LoginItem.is_on`` of this user."""
    return LoginItem().is_on()


def set(on: bool, hidden: bool) -> None:  # noqa: A001  # read as login_item.set(...)
    """``LoginItem.set`` of this user."""
    LoginItem().set(on, hidden)


def desktop_entry(command: Sequence[str]) -> str:
    """The text of an XDG autostart file."""
    words = " ".join(_quoted(word) for word in command)
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Version=1.5\n"
        f"Name={NAME}\n"
        "Comment=The control tower of your LLM traffic\n"
        f"Exec={words}\n"
        f"Icon={NAME}\n"
        "Terminal=false\n"
        "StartupNotify=false\n"
        "X-GNOME-Autostart-enabled=true\n"
    )


def _quoted(word: str) -> str:
    """One argument of ``Exec``: quoted by its rules, and that by the rules of a value of type string."""
    for one in ("\\", '"', "`", "$"):
        word = word.replace(one, f"\\{one}")
    word = word.replace("%", "%%")
    return f'"{word}"'.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _is_off(text: str) -> bool:
    """Whether a session's own settings switched the entry off: they write it so."""
    lines = {line.replace(" ", "").lower() for line in text.splitlines()}
    return bool(lines & {"hidden=true", "x-gnome-autostart-enabled=false"})


def launch_agent(command: Sequence[str]) -> str:
    """The text of a LaunchAgent's property list; it is read at the next login, and nothing is started now."""
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "LimitLoadToSessionType": "Aqua",
    }
    return plistlib.dumps(agent, sort_keys=False).decode()


class _Registry:
    """The ``Run`` key of this user, by ``winreg``."""

    if sys.platform == "win32":

        def get(self, name: str) -> str | None:
            import winreg  # noqa: PLC0415  # only Windows has it

            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                try:
                    return str(winreg.QueryValueEx(key, name)[0])
                except FileNotFoundError:
                    return None

        def set(self, name: str, command: str) -> None:
            import winreg  # noqa: PLC0415  # only Windows has it

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, command)

        def delete(self, name: str) -> None:
            import winreg  # noqa: PLC0415  # only Windows has it

            access = winreg.KEY_SET_VALUE
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY, access=access) as key:
                try:
                    winreg.DeleteValue(key, name)
                except FileNotFoundError:
                    return

    else:

        def get(self, name: str) -> str | None:
            raise OSError(f"there is no registry to look {name} up in")

        def set(self, name: str, command: str) -> None:
            raise OSError(f"there is no registry to write {name} to: {command}")

        def delete(self, name: str) -> None:
            raise OSError(f"there is no registry to delete {name} from")


def _failure(what: str, error: OSError) -> LoginItemError:
    return LoginItemError(
        f"What starts at login cannot be {what}: {error.strerror or error}. The system’s own settings may let you."
    )
