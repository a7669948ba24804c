"""What the window remembers between starts: a small INI file in the data directory, never a secret."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QByteArray, QSettings

ThemeMode = Literal["system", "dark", "light"]


class Settings:
    """Typed access to ``<data_dir>/app.ini``."""

    def __init__(self, data_dir: Path) -> None:
        self._store = QSettings(str(data_dir / "app.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeMode:
        """Dark, light, or as the system has it."""
        value = self._store.value("window/theme", "system")
        return value if value in {"dark", "light"} else "system"

    @theme.setter
    def theme(self, mode: ThemeMode) -> None:
        self._store.setValue("window/theme", mode)

    @property
    def geometry(self) -> QByteArray:
        """Where the window was; empty at the first start."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)

    @property
    def page(self) -> str:
        """The page that was open last."""
        return str(self._store.value("window/page", ""))

    @page.setter
    def page(self, key: str) -> None:
        self._store.setValue("window/page", key)

    @property
    def tray_explained(self) -> bool:
        """Whether the person was told once that closing the window keeps pxbin running."""
        return self._store.value("tray/explained", "") == "yes"

    @tray_explained.setter
    def tray_explained(self, told: bool) -> None:
        self._store.setValue("tray/explained", "yes" if told else "")

    def save(self) -> None:
        """Write now (Qt would do it later)."""
        self._store.sync()
