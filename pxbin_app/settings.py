"""What the app remembers between starts: a small INI file in the data directory, never a secret."""

from pathlib import Path

from PySide6.QtCore import QSettings

from pxbin_app.language import LANGUAGES
from pxbin_app.theme import Mode

_MODES: tuple[Mode, ...] = ("system", "dark", "light")
SYSTEM = "system"
"""In place of a language's code: what the system prefers."""


class Settings:
    """Typed access to ``<data_dir>/app.ini``; ``store`` is Qt's own, for what the window keeps by itself."""

    def __init__(self, data_dir: Path) -> None:
        self.store = QSettings(str(data_dir / "app.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Mode:
        """Dark, light, or as the system has it."""
        value = self.store.value("window/theme")
        return next((mode for mode in _MODES if mode == value), "system")

    @theme.setter
    def theme(self, mode: Mode) -> None:
        self.store.setValue("window/theme", mode)

    @property
    def language(self) -> str:
        """A code of ``LANGUAGES``, or ``SYSTEM``; it holds from the next start."""
        value = str(self.store.value("window/language", SYSTEM))
        return value if value in LANGUAGES else SYSTEM

    @language.setter
    def language(self, code: str) -> None:
        self.store.setValue("window/language", code)

    @property
    def tray_explained(self) -> bool:
        """Whether the person was told once that closing the window keeps pxbin running."""
        return self._is_on("tray/explained", usual=False)

    @tray_explained.setter
    def tray_explained(self, told: bool) -> None:
        self._switch("tray/explained", told)

    @property
    def no_tray_explained(self) -> bool:
        """Whether the person was told once that this desktop has no tray."""
        return self._is_on("tray/missing_explained", usual=False)

    @no_tray_explained.setter
    def no_tray_explained(self, told: bool) -> None:
        self._switch("tray/missing_explained", told)

    @property
    def notifications(self) -> bool:
        """Whether the desktop tells what happened while nobody looked at the window."""
        return self._is_on("notifications/shown", usual=True)

    @notifications.setter
    def notifications(self, shown: bool) -> None:
        self._switch("notifications/shown", shown)

    def is_notified(self, kind: str) -> bool:
        """Whether news of this kind is among what the desktop tells."""
        return kind not in self._silent_kinds

    def set_notified(self, kind: str, on: bool) -> None:
        """Let the desktop tell news of this kind, or not."""
        silent = self._silent_kinds - {kind} if on else self._silent_kinds | {kind}
        self.store.setValue("notifications/silent", " ".join(sorted(silent)))

    @property
    def _silent_kinds(self) -> frozenset[str]:
        return frozenset(str(self.store.value("notifications/silent", "")).split())

    @property
    def start_hidden(self) -> bool:
        """Whether pxbin, started at login, comes up in the tray alone."""
        return self._is_on("start/hidden", usual=True)

    @start_hidden.setter
    def start_hidden(self, hidden: bool) -> None:
        self._switch("start/hidden", hidden)

    @property
    def start_proxy(self) -> bool:
        """Whether requests are served as soon as pxbin has started; else it starts paused."""
        return self._is_on("start/proxy", usual=True)

    @start_proxy.setter
    def start_proxy(self, serves: bool) -> None:
        self._switch("start/proxy", serves)

    @property
    def first_run_done(self) -> bool:
        """Whether the first steps were gone through, or skipped."""
        return self._is_on("first_run/done", usual=False)

    @first_run_done.setter
    def first_run_done(self, done: bool) -> None:
        self._switch("first_run/done", done)

    @property
    def first_run_step(self) -> str:
        """The step of the first run at which it was left; empty: the first."""
        return str(self.store.value("first_run/step", ""))

    @first_run_step.setter
    def first_run_step(self, step: str) -> None:
        self.store.setValue("first_run/step", step)

    @property
    def exposed_at(self) -> str:
        """The address beyond this machine that the person agreed to; empty: none."""
        return str(self.store.value("exposure/agreed", ""))

    @exposed_at.setter
    def exposed_at(self, address: str) -> None:
        self.store.setValue("exposure/agreed", address)

    def _is_on(self, key: str, *, usual: bool) -> bool:
        return bool(self.store.value(key, "yes" if usual else "no") == "yes")

    def _switch(self, key: str, on: bool) -> None:
        self.store.setValue(key, "yes" if on else "no")

    def save(self) -> None:
        """Write now (Qt would do it later)."""
        self.store.sync()
