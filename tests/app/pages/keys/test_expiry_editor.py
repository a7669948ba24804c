"""When a key expires, chosen."""

from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.keys import expiry
from pxbin_app.pages.keys.expiry_editor import ExpiryEditor
from pxbin_engine.errors import InvalidInput

NOW = datetime(2026, 11, 23, 14, 32, 41, tzinfo=UTC)


def make(qtbot: QtBot, expires_at: datetime | None = None) -> ExpiryEditor:
    editor = ExpiryEditor(NOW, expires_at)
    qtbot.addWidget(editor)
    editor.show()
    return editor


def choose(editor: ExpiryEditor, span: str) -> None:
    editor.span.set_value(span)
    editor.span.chosen.emit(span)


def test_never_unless_said(qtbot: QtBot) -> None:
    editor = make(qtbot)
    assert editor.expires_at is None
    assert not editor.day.isVisible()


def test_a_span_fills_in_the_day_which_can_then_be_another(qtbot: QtBot) -> None:
    editor = make(qtbot)
    choose(editor, "30")
    assert editor.day.text() == expiry.in_days(30, NOW)
    assert editor.expires_at == expiry.read(expiry.in_days(30, NOW))
    qtbot.keyClicks(editor.day, "x")
    assert editor.span.value == "day"
    with pytest.raises(InvalidInput):
        assert editor.expires_at
    choose(editor, "")
    assert editor.expires_at is None


def test_what_is_left_as_it_was_stays_that_very_moment(qtbot: QtBot) -> None:
    moment = NOW + timedelta(days=3, seconds=17)  # seconds are not shown
    editor = make(qtbot, moment)
    assert editor.span.value == "day"
    assert editor.expires_at == moment
    choose(editor, "7")
    assert editor.expires_at == expiry.read(expiry.in_days(7, NOW))
