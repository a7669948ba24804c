"""Dialogs: they open beside the loop, answer by signals or a future, and Esc closes them."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.dialogs import ConfirmDialog, FormDialog, ask
from pxbin_app.widgets.fields import Field, TextField


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    result = QWidget()
    qtbot.addWidget(result)
    result.show()
    return result


@pytest.fixture
def form(parent: QWidget) -> tuple[FormDialog, Field, list[str]]:
    dialog = FormDialog(parent, "Add upstream", primary="Add")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    field = dialog.add_field("Name", TextField("Z.ai"), "As shown.")
    told: list[str] = []
    dialog.submitted.connect(lambda: told.append("submitted"))
    dialog.finished.connect(lambda result: told.append(f"finished {result}"))
    dialog.open()
    return dialog, field, told


def test_enter_submits_and_takes_old_errors_back(
    qtbot: QtBot, form: tuple[FormDialog, Field, list[str]]
) -> None:
    dialog, field, told = form
    field.set_error("Taken.")
    dialog.set_error("The database does not answer.")
    assert dialog.error == "The database does not answer."
    qtbot.keyClick(field.control, Qt.Key.Key_Return)
    assert (told, field.error, dialog.error) == (["submitted"], "", "")


def test_escape_closes(qtbot: QtBot, form: tuple[FormDialog, Field, list[str]]) -> None:
    dialog, _, told = form
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert told == ["finished 0"]


def test_while_busy_nothing_is_changed_sent_twice_or_closed(
    qtbot: QtBot, form: tuple[FormDialog, Field, list[str]]
) -> None:
    dialog, field, told = form
    dialog.set_busy(True, "Testing…")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert told == []
    assert dialog.primary.text() == "Testing…"
    assert not field.control.isEnabled()
    dialog.set_error("It refused the key.")
    assert not dialog.busy
    assert (dialog.primary.text(), field.control.isEnabled()) == ("Add", True)


def test_the_safe_answer_has_the_focus(qtbot: QtBot, parent: QWidget) -> None:
    dialog = ConfirmDialog(parent, "Delete Z.ai?", "Three models use it.", confirm="Delete")
    dialog.open()
    assert dialog.focusWidget() is dialog.cancel
    assert dialog.isModal()
    dialog.reject()


async def test_a_coroutine_waits_for_the_answer_and_others_go_on(parent: QWidget) -> None:
    dialog = ConfirmDialog(parent, "Delete Z.ai?", "Three models use it.", confirm="Delete")
    answer = asyncio.ensure_future(ask(dialog))
    await asyncio.sleep(0)
    assert not answer.done()
    dialog.accept()
    assert await answer is True


async def test_a_rejected_dialog_is_a_no(parent: QWidget) -> None:
    dialog = ConfirmDialog(parent, "Delete?", "Really?", confirm="Delete")
    answer = asyncio.ensure_future(ask(dialog))
    await asyncio.sleep(0)
    dialog.reject()
    assert await answer is False


async def test_cancelling_the_question_closes_it(parent: QWidget) -> None:
    dialog = ConfirmDialog(parent, "Delete?", "Really?", confirm="Delete")
    results: list[int] = []
    dialog.finished.connect(results.append)
    answer = asyncio.ensure_future(ask(dialog))
    await asyncio.sleep(0)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    assert results == [QDialog.DialogCode.Rejected.value]


async def test_a_question_beside_the_window_lets_it_go_on(parent: QWidget) -> None:
    dialog = ConfirmDialog(parent, "Let other machines in?", "They need a key.", confirm="Yes")
    answer = asyncio.ensure_future(ask(dialog, modal=False))
    await asyncio.sleep(0)
    assert dialog.isVisible()
    assert not dialog.isModal()
    dialog.accept()
    assert await answer is True
