"""Facts and the waterfall."""

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors
from pxbin_app.widgets.details import KeyValueList, Span, Waterfall


def test_facts_without_a_value_are_left_out(qtbot: QtBot) -> None:
    facts = KeyValueList()
    qtbot.addWidget(facts)
    facts.set_rows([("Route", "A → B"), ("Session", ""), ("Cost", "$0.0050")])
    facts.set_rows([("Cost", "$0.0060")])
    shown = [(a.text(), b.text()) for a, b in facts._rows if not a.isHidden()]
    assert shown == [("Cost", "$0.0060")]
    assert facts._rows[0][1].accessibleName() == "Cost: $0.0060"


SPANS = (
    Span(label="Queue", start_ms=0, took_ms=0.2, series=2),
    Span(label="Streaming", start_ms=100, took_ms=900),
    Span(label="Never", start_ms=1000, took_ms=None),
)


def test_the_waterfall_says_its_times_in_words(qtbot: QtBot) -> None:
    times = Waterfall()
    qtbot.addWidget(times)
    times.set_spans(SPANS)
    assert times.accessibleName() == "Timing: Queue 200 µs, Streaming 900 ms, Never —"


def test_a_short_step_is_seen_and_no_bar_leaves_the_track(qtbot: QtBot) -> None:
    times = Waterfall()
    track = QRectF(50, 0, 200, 6)
    short = times._bar(track, SPANS[0], 1000)
    assert short.width() == 3
    late = times._bar(track, Span(label="Late", start_ms=1000, took_ms=0), 1000)
    assert late.right() == pytest.approx(track.right())


def test_bars_are_painted_in_their_colours(qtbot: QtBot) -> None:
    times = Waterfall()
    qtbot.addWidget(times)
    times.set_spans(SPANS)
    times.resize(300, 60)
    image = times.grab().toImage()
    seen = {image.pixelColor(x, 30).name() for x in range(300)}
    assert colors().series[0] in seen


def test_a_long_name_leaves_room_for_the_bars(qtbot: QtBot) -> None:
    times = Waterfall()
    qtbot.addWidget(times)
    times.set_spans(
        [Span(label="1. The router of a very large company" * 4, start_ms=0, took_ms=9)]
    )
    times.resize(300, 20)
    image = times.grab().toImage()
    seen = [x for x in range(300) if image.pixelColor(x, 10).name() == colors().series[0]]
    assert len(seen) > 100


def test_no_spans_are_painted_without_a_division_by_zero(qtbot: QtBot) -> None:
    times = Waterfall()
    qtbot.addWidget(times)
    times.set_spans([Span(label="Queue", start_ms=0, took_ms=0)])
    times.grab()
    times.set_spans([])
    assert times.sizeHint().height() == 0
