"""Small courses and bars."""

from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors
from pxbin_app.widgets.sparkline import Meter, Sparkline, course


def test_a_course_goes_from_zero_at_the_bottom_to_the_largest_at_the_top() -> None:
    points = course([0, 5, 10], QRectF(0, 0, 100, 20))
    assert [(one.x(), one.y()) for one in points] == [(0, 20), (50, 10), (100, 0)]


def test_only_zeros_are_a_flat_line() -> None:
    assert {one.y() for one in course([0, 0], QRectF(0, 0, 10, 20))} == {20}


def test_one_value_draws_nothing_and_two_draw_a_line(qtbot: QtBot) -> None:
    line = Sparkline(series=1)
    qtbot.addWidget(line)
    line.resize(80, 24)
    line.set_values([1])
    empty = line.grab().toImage()
    line.set_values([1, 3, 2])
    assert line.grab().toImage() != empty


def test_a_meter_is_full_in_the_error_colour_when_it_is_too_much(qtbot: QtBot) -> None:
    meter = Meter()
    qtbot.addWidget(meter)
    meter.resize(100, 6)
    meter.set_share(0.5, "$5 of $10")
    image = meter.grab().toImage()
    assert image.pixelColor(20, 3).name() == colors().accent
    assert image.pixelColor(80, 3).name() == colors().surface2
    assert meter.accessibleName() == "$5 of $10"
    meter.set_share(1.5, "$15 of $10")
    assert meter.grab().toImage().pixelColor(80, 3).name() == colors().err


def test_a_meter_shows_what_is_held_and_its_threshold(qtbot: QtBot) -> None:
    meter = Meter()
    qtbot.addWidget(meter)
    meter.resize(100, 8)
    meter.set_share(0.3, "$3 of $10", held=0.2, mark=0.8, tone="warn")
    image = meter.grab().toImage()
    assert image.pixelColor(10, 4).name() == colors().warn
    held = image.pixelColor(40, 4).name()
    assert held not in (colors().warn, colors().surface2)
    assert image.pixelColor(60, 4).name() == colors().surface2
    assert image.pixelColor(80, 4).name() == image.pixelColor(80, 0).name() == colors().text2
