"""The stylesheet is what Qt can read, and sets no fonts."""

import re

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.theme.stylesheet import stylesheet
from pxbin_app.theme.tokens import DARK, LIGHT, Colors

SCHEMES = pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])


@SCHEMES
def test_qt_reads_it_without_a_word(
    qapp: QApplication, scheme: Colors, capfd: pytest.CaptureFixture[str]
) -> None:
    qapp.setStyleSheet(stylesheet(scheme))
    qapp.setStyleSheet("")
    assert "parse" not in capfd.readouterr().err


@SCHEMES
def test_it_sets_no_font(scheme: Colors) -> None:
    assert "font" not in stylesheet(scheme)


@SCHEMES
def test_every_colour_is_one_of_the_scheme(scheme: Colors) -> None:
    known = {getattr(scheme, name) for name in Colors.__slots__ if name != "series"}
    assert set(re.findall(r"#[0-9a-f]{6}", stylesheet(scheme))) <= known


@SCHEMES
@pytest.mark.parametrize("control", ["QPushButton", "QToolButton", "QLineEdit", "QTableView"])
def test_every_control_has_a_focus_ring(scheme: Colors, control: str) -> None:
    rule = re.search(rf"{control}:focus[^{{]*{{([^}}]*)}}", stylesheet(scheme))
    assert rule is not None
    assert scheme.accent in rule.group(1)
