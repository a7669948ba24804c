"""The tray's pictures."""

import typing

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.status_box import RunState
from pxbin_app.widgets.tray_glyphs import SIZES, Badge, glyph, tray_icon


def covered(state: RunState, size: int) -> set[tuple[int, int]]:
    image: QImage = glyph(state, size, mask=True).toImage()
    return {
        (x, y) for x in range(size) for y in range(size) if image.pixelColor(x, y).alpha() > 100
    }


@pytest.mark.parametrize("size", [16, 22, 64])
def test_states_differ_by_shape_at_every_size(qtbot: QtBot, size: int) -> None:
    states: tuple[RunState, ...] = ("running", "paused", "failed", "starting")
    shapes = [covered(state, size) for state in states]
    for place, one in enumerate(shapes):
        assert len(one) > size * size * 0.03
        for other in shapes[place + 1 :]:
            assert len(one ^ other) > len(one | other) * 0.5


def test_white_with_a_dark_outline_shows_on_light_and_dark_panels(qtbot: QtBot) -> None:
    image = glyph("paused", 64, mask=False).toImage()
    seen = [image.pixelColor(x, 32) for x in range(64)]
    assert any(one.name() == "#ffffff" and one.alpha() == 255 for one in seen)
    assert any(one.name() == "#000000" and 100 < one.alpha() < 255 for one in seen)


@pytest.mark.parametrize("state", typing.get_args(RunState))
def test_every_state_has_all_sizes(qtbot: QtBot, state: RunState) -> None:
    sizes = {size.width() for size in tray_icon(state).availableSizes()}
    assert sizes == set(SIZES)


@pytest.mark.parametrize("size", [16, 22, 64])
def test_budgets_differ_by_shape_at_every_size(qtbot: QtBot, size: int) -> None:
    def lower_right(badge: Badge | None) -> set[tuple[int, int]]:
        image = glyph("running", size, mask=True, badge=badge).toImage()
        half = range(size // 2, size)
        return {(x, y) for x in half for y in half if image.pixelColor(x, y).alpha() > 100}

    shapes = [lower_right(badge) for badge in (None, "warning", "exhausted")]  # type: ignore[arg-type]
    for place, one in enumerate(shapes):
        for other in shapes[place + 1 :]:
            assert len(one ^ other) > len(one | other) * 0.25


def test_a_badge_has_room_around_it(qtbot: QtBot) -> None:
    image = glyph("running", 64, mask=True, badge="exhausted").toImage()
    assert image.pixelColor(30, 42).alpha() == 0, "the arrow ends before the badge"
    assert image.pixelColor(48, 48).alpha() == 255
