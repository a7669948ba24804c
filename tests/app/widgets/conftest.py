"""Widgets are tested as they are shown: with the theme on."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.theme import current


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    """The dark theme on the application, and nothing of it left after the test."""
    theme = current()
    theme.set_mode("dark")
    theme.apply(qapp)
    yield
    qapp.setStyleSheet("")
