"""What the window remembers survives a restart."""

from pathlib import Path

from PySide6.QtCore import QByteArray

from pxbin_app.settings import Settings


def test_first_start(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert (settings.theme, settings.page, settings.tray_explained) == ("system", "", False)
    assert settings.geometry.isEmpty()


def test_what_was_set_is_there_again(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.theme, settings.page, settings.tray_explained = "dark", "logs", True
    settings.geometry = QByteArray(b"\x01\x02")
    settings.save()
    again = Settings(tmp_path)
    assert (again.theme, again.page, again.tray_explained) == ("dark", "logs", True)
    assert again.geometry == QByteArray(b"\x01\x02")


def test_a_damaged_file_is_a_first_start(tmp_path: Path) -> None:
    (tmp_path / "app.ini").write_bytes(b"\x00[window\ntheme=purple")
    assert Settings(tmp_path).theme == "system"
