"""Pages are tested as they are shown: with the theme on, once for a module, for putting it on is most of a test's time."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.theme import current


@pytest.fixture(autouse=True, scope="module")
def dressed(qapp: QApplication) -> Iterator[None]:
    """The dark theme on the application, and nothing of it left after the module."""
    theme = current()
    theme.set_mode("dark")
    theme.apply(qapp)
    yield
    qapp.setStyleSheet("")
