"""Text and signs."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from pxbin_app.theme import Tone, colors
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label, MonoLabel, Pill, paint_sign


def test_text_from_outside_is_never_markup(qtbot: QtBot) -> None:
    label = Label("<b>bold</b>")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_a_name_is_cut_and_whole_in_its_tooltip(qtbot: QtBot) -> None:
    label = ElidingLabel("a-model-with-a-very-long-name-indeed")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.text().endswith("…")
    assert label.toolTip() == label.accessibleName() == "a-model-with-a-very-long-name-indeed"
    label.resize(600, 20)
    assert (label.text(), label.toolTip()) == (label.full_text, "")


def test_a_label_changes_its_colour(qtbot: QtBot) -> None:
    label = MonoLabel("sk-1234", color="text2")
    qtbot.addWidget(label)
    label.show()
    label.set_color("err")
    assert label.palette().color(label.foregroundRole()).name() == colors().err


def test_a_pill_says_its_state_in_a_word(qtbot: QtBot) -> None:
    pill = Pill("200", "ok")
    qtbot.addWidget(pill)
    pill.set_state("429", "warn")
    assert (pill.text(), pill.property("tone")) == ("429", "warn")


def picture(tone: Tone) -> set[tuple[int, int]]:
    """Which pixels the sign of a tone covers, whatever its colour."""
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_sign(painter, QRectF(0, 0, 16, 16), tone)
    painter.end()
    return {(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() > 127}


def test_signs_differ_by_shape_and_not_only_by_colour() -> None:
    tones: tuple[Tone, ...] = ("ok", "warn", "err", "neutral")
    pictures = [picture(tone) for tone in tones]
    for place, one in enumerate(pictures):
        for other in pictures[place + 1 :]:
            assert len(one ^ other) > 20


def test_a_dot_paints_its_tone_then_its_series(qtbot: QtBot) -> None:
    dot = Dot("ok")
    qtbot.addWidget(dot)
    assert dot.grab().toImage().pixelColor(5, 5).name() == colors().ok
    dot.set_series(1)
    assert dot.grab().toImage().pixelColor(5, 5).name() == colors().series[1]
    dot.set_tone("err")
    assert dot.grab().toImage().pixelColor(5, 5).name() == colors().err


@pytest.mark.parametrize("style", ["title", "figure"])
def test_sizes_come_from_the_scale(qtbot: QtBot, style: str) -> None:
    label = Label("12", style)  # type: ignore[arg-type]  # parametrised
    qtbot.addWidget(label)
    assert label.font().pixelSize() == {"title": 18, "figure": 24}[style]
