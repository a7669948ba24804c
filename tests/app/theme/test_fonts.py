"""The fonts: bundled where the system has none, with digits that keep their width."""

import sys

import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication

from pxbin_app.theme.fonts import mono_font, text_font
from pxbin_app.theme.tokens import TYPE_SCALE, TextStyle

pytestmark = pytest.mark.usefixtures("qapp")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system's fonts are used elsewhere")


@linux
def test_the_bundled_fonts_are_the_ones_used(qapp: QApplication) -> None:
    assert QFontInfo(text_font()).family() == "Inter"
    assert QFontInfo(mono_font()).family() == "JetBrains Mono"


@pytest.mark.parametrize("style", TYPE_SCALE)
def test_each_style_has_its_size_and_weight(style: TextStyle) -> None:
    font = text_font(style)
    assert (font.pixelSize(), font.weight()) == TYPE_SCALE[style]


@pytest.mark.parametrize("style", TYPE_SCALE)
def test_digits_keep_their_width(style: TextStyle) -> None:
    metrics = QFontMetricsF(text_font(style))
    assert metrics.horizontalAdvance("111111") == pytest.approx(metrics.horizontalAdvance("888888"))


@linux
def test_without_the_feature_they_would_not() -> None:
    font = QFont(text_font("figure"))
    font.clearFeatures()
    metrics = QFontMetricsF(font)
    assert metrics.horizontalAdvance("111111") < metrics.horizontalAdvance("888888")
