"""What the app remembers between starts: a small INI file in the data directory, never a secret."""

from pathlib import Path

from PySide6.QtCore import QSettings

from pxbin_app.theme import Mode

_MODES: tuple[Mode, ...] = ("system", "dark", "light")


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
    def tray_explained(self) -> bool:
        """Whether the person was told once that closing the window keeps pxbin running."""
        return bool(self.store.value("tray/explained") == "yes")

    @tray_explained.setter
    def tray_explained(self, told: bool) -> None:
        self.store.setValue("tray/explained", "yes" if told else "no")

    @property
    def notifications(self) -> bool:
        """Whether the desktop tells what happened while nobody looked at the window."""
        return bool(self.store.value("notifications/shown", "yes") == "yes")

    @notifications.setter
    def notifications(self, shown: bool) -> None:
        self.store.setValue("notifications/shown", "yes" if shown else "no")

    @property
    def exposed_at(self) -> str:
        """The address beyond this machine that the person agreed to; empty: none."""
        return str(self.store.value("exposure/agreed", ""))

    @exposed_at.setter
    def exposed_at(self, address: str) -> None:
        self.store.setValue("exposure/agreed", address)

    def save(self) -> None:
        """Write now (Qt would do it later)."""
        self.store.sync()
