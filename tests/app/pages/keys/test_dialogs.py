"""The forms of a key, and the one time that a key is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from pxbin_app.pages.keys.dialogs import ConnectDialog, KeyDialog, NewKeyDialog, snippets_of
from pxbin_app.pages.keys.presenter import KeyValues, NewKey
from pxbin_app.snippets import KEY, Access
from pxbin_app.widgets.labels import Label
from pxbin_engine.records import KeyRecord
from tests.support.fake_engine import NOW

RECORD = KeyRecord(
    id=UUID(int=1), type="llm", name="Codex", key_prefix="pxb_01f2", rate_limit=120, created_at=NOW, updated_at=NOW,
)  # fmt: skip
EXPIRES = NOW + timedelta(days=9, seconds=17)
LIMITED = replace(
    RECORD, tokens_per_minute=40_000, max_concurrency=2, allowed_models=("glm-4.6", "claude-*"), expires_at=EXPIRES,
)  # fmt: skip
MANAGEMENT = replace(RECORD, type="management", rate_limit=None, permissions=("read",))
NEW = NewKey(key="pxb_" + "0" * 40, record=RECORD, base_url="http://127.0.0.1:8080", models=("a",))
Show = Callable[[QDialog], Any]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    held: list[QDialog] = []

    def put(dialog: QDialog) -> QDialog:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog, before_close_func=lambda one: one.hide())
        held.append(dialog)
        dialog.show()
        return dialog

    return put


def test_a_new_key_is_for_clients_or_for_management(show: Show) -> None:
    dialog = show(KeyDialog(None, "llm", now=NOW))
    dialog.name.setText("Codex")
    dialog.limits["rate_limit"].setText("1,000")
    assert dialog.values() == KeyValues(type="llm", name="Codex", rate_limit=1000)
    dialog.type.set_value("management")
    dialog.type.chosen.emit("management")
    assert not dialog.limits["rate_limit"].isVisible()
    assert not dialog.models.isVisible()
    assert dialog.expiry.isVisible()
    dialog.may_write.setChecked(False)
    assert dialog.values().permissions == ("read",)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (RECORD, KeyValues(type="llm", name="Codex", rate_limit=120, permissions=())),
        (
            LIMITED,
            KeyValues(
                type="llm",
                name="Codex",
                rate_limit=120,
                tokens_per_minute=40_000,
                max_concurrency=2,
                allowed_models=("glm-4.6", "claude-*"),
                expires_at=EXPIRES,
                permissions=(),
            ),
        ),
        (MANAGEMENT, KeyValues(type="management", name="Codex", permissions=("read",))),
    ],
)
def test_editing_gives_back_what_is_there(
    show: Show, record: KeyRecord, expected: KeyValues
) -> None:
    dialog = show(KeyDialog(None, record.type, record, models=["glm-4.6", "gpt-5.2"], now=NOW))
    assert dialog.values() == expected
    assert not dialog.type.isVisible()


@pytest.mark.parametrize("name", ["rate_limit", "tokens_per_minute", "max_concurrency"])
def test_a_limit_that_is_no_number_is_said_at_its_field(show: Show, name: str) -> None:
    dialog = show(KeyDialog(None, "llm", now=NOW))
    dialog.limits[name].setText("many")
    assert dialog.values() is None
    assert dialog.limits[name].property("invalid")


def test_models_and_expiry_that_cannot_be_used_are_said_at_their_fields(show: Show) -> None:
    dialog = show(KeyDialog(None, "llm", models=["a"], now=NOW))
    dialog.expiry.span.set_value("day")
    dialog.expiry.day.setText("soon")
    assert dialog.values() is None
    assert dialog.expiry.accessibleDescription() == "Expires must be a day such as 2026-12-01."
    dialog.expiry.day.setText("2026-12-01")
    dialog.models.choice.set_value("some")
    assert dialog.values() is None
    assert dialog.models.accessibleDescription().startswith("Models must hold one at least")


def test_a_new_key_cannot_be_closed_before_it_is_said_to_be_copied(
    qtbot: QtBot, show: Show
) -> None:
    dialog = show(NewKeyDialog(None, NEW))
    finished: list[int] = []
    dialog.finished.connect(finished.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert dialog.isVisible()
    assert not dialog.done_button.isEnabled()
    dialog.copied.click()
    dialog.done_button.click()
    assert finished == [QDialog.DialogCode.Accepted]


def test_the_key_and_what_to_paste_are_copied(show: Show) -> None:
    dialog = show(NewKeyDialog(None, NEW))
    assert dialog.key.text() == NEW.key
    assert dialog.key.isReadOnly()
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == NEW.key
    dialog.usage.parts[0].copy.click()
    assert QGuiApplication.clipboard().text().startswith("ANTHROPIC_BASE_URL=")


def test_each_kind_of_key_has_its_own_snippets() -> None:
    management = NewKey(key="pxm_1", record=MANAGEMENT, base_url="http://127.0.0.1:8080")
    assert list(snippets_of(management)) == ["curl"]
    assert "pxm_1" in snippets_of(management)["curl"][0].text
    assert {"Claude Code", "Codex", "OpenCode", "Gemini CLI"} < snippets_of(NEW).keys()


@pytest.mark.parametrize("models", [(), ("a",)])
def test_a_key_made_before_is_used_with_a_word_in_its_place(
    show: Show, models: tuple[str, ...]
) -> None:
    dialog = show(ConnectDialog(None, Access(KEY, "http://127.0.0.1:8080", models)))
    dialog.usage.parts[0].copy.click()
    assert f"ANTHROPIC_AUTH_TOKEN={KEY}" in QGuiApplication.clipboard().text()
    said = [label.text() for label in dialog.findChildren(Label)]
    assert any("import one" in text for text in said) == (not models)
    dialog.close_button.click()
    assert not dialog.isVisible()
