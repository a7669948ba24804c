"""The keys of an upstream as lines of its form."""

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.upstreams.keys_editor import KeysEditor, UpstreamKeyDialog
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import UpstreamHealthRecord
from tests.app.pages.upstreams.test_keys_presenter import Edited
from tests.support.fake_engine import settled


@pytest.fixture
async def edited(qtbot: QtBot) -> Edited:
    return await Edited().open()


@pytest.fixture
async def editor(qtbot: QtBot, edited: Edited) -> AsyncIterator[KeysEditor]:
    editor = KeysEditor(edited.presenter)
    qtbot.addWidget(editor)
    editor.show()
    yield editor
    editor.hide()


def shown(editor: KeysEditor) -> list[tuple[str, str]]:
    return [(line.name.full_text, line.state.text()) for line in editor.lines]


async def test_each_key_says_its_name_its_place_and_how_it_is(
    editor: KeysEditor, edited: Edited
) -> None:
    assert shown(editor) == [("Key 1", "on"), ("team", "on")]
    assert editor.lines[1].accessibleName() == "team, OS keyring, on"
    edited.engine.health = [
        UpstreamHealthRecord(
            upstream_id=edited.presenter.record.id,
            upstream_name="Z.ai",
            resting_keys=(edited.keys[1].id,),
        )
    ]
    edited.presenter._timer.timeout.emit()
    assert shown(editor) == [("Key 1", "on"), ("team", "resting")]


async def test_a_key_is_added_in_a_form_of_its_own(editor: KeysEditor, edited: Edited) -> None:
    editor.add.click()
    [dialog] = editor.findChildren(UpstreamKeyDialog)
    dialog.submit()
    await settled()
    assert dialog.secret.property("invalid")  # what is refused stays in the form
    dialog.label.setText("backup")
    dialog.secret.setText("sk-3")
    dialog.submit()
    await settled()
    assert shown(editor)[2] == ("backup", "on")
    assert edited.secrets[2] == "sk-3"


async def test_a_key_is_renamed_without_being_typed_again(
    editor: KeysEditor, edited: Edited
) -> None:
    editor.lines[1].edit.click()
    [dialog] = editor.findChildren(UpstreamKeyDialog)
    assert (dialog.label.text(), dialog.secret.text()) == ("team", "")
    dialog.label.setText("work")
    dialog.submit()
    await settled()
    assert shown(editor)[1] == ("work", "on")
    assert edited.secrets == ["sk-1", "sk-2"]


async def test_a_key_is_switched_off_and_on(editor: KeysEditor) -> None:
    editor.lines[0].toggle.click()
    await settled()
    assert shown(editor)[0] == ("Key 1", "off")
    assert editor.lines[0].toggle.toolTip() == "Use Key 1"
    editor.lines[0].toggle.click()
    await settled()
    assert shown(editor)[0] == ("Key 1", "on")


async def test_the_order_is_changed(editor: KeysEditor, edited: Edited) -> None:
    editor.lines[1].up.click()
    await settled()
    assert edited.secrets == ["sk-2", "sk-1"]
    assert shown(editor) == [("team", "on"), ("Key 2", "on")]


async def test_who_works_by_the_keyboard_goes_on_where_they_were(
    qtbot: QtBot, editor: KeysEditor, edited: Edited
) -> None:
    editor.activateWindow()
    await settled()
    button = editor.lines[1].edit
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    await settled()
    assert edited.secrets == ["sk-2", "sk-1"]
    assert editor.lines[0].edit.hasFocus()


async def test_a_key_is_removed_only_after_a_yes(editor: KeysEditor, edited: Edited) -> None:
    editor.lines[0].remove.click()
    [question] = editor.findChildren(ConfirmDialog)
    question.reject()
    await settled()
    assert len(edited.keys) == 2
    for _ in range(2):
        editor.lines[0].remove.click()
        next(one for one in editor.findChildren(ConfirmDialog) if one.isVisible()).accept()
        await settled()
    assert edited.keys == ()
    assert editor.lines == []
    assert edited.engine.secrets.held == {}


async def test_nothing_is_looked_after_while_it_is_hidden(
    editor: KeysEditor, edited: Edited
) -> None:
    assert edited.presenter._timer.isActive()
    editor.hide()
    assert not edited.presenter._timer.isActive()


async def test_the_buttons_are_reached_by_the_keyboard(editor: KeysEditor) -> None:
    stops = editor.lines[0].stops
    assert all(stop.focusPolicy() & Qt.FocusPolicy.TabFocus for stop in stops)
    assert len(stops) == 5
