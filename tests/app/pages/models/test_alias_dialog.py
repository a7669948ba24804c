"""The forms of aliases."""

from uuid import UUID

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.alias_dialog import AliasDialog, ClaudeCodeDialog, options_of
from pxbin_app.pages.models.alias_presenter import AliasValues
from pxbin_engine.records import AliasRecord, KeyRecord
from tests.app.pages.models.test_alias_presenter import MODEL
from tests.support.fake_engine import NOW

KEYS = tuple(
    KeyRecord(
        id=UUID(int=number), type="llm", name=name, key_prefix="pxb_0000", is_active=active, created_at=NOW, updated_at=NOW
    )
    for number, name, active in ((7, "laptop", True), (8, "old", False))
)  # fmt: skip
RECORD = AliasRecord(
    id=UUID(int=1), pattern="*opus*", model="gone", key_id=KEYS[1].id, client="Codex", is_active=False,
    created_at=NOW, updated_at=NOW,
)  # fmt: skip


def test_editing_gives_back_what_is_there_even_what_is_gone(qtbot: QtBot) -> None:
    dialog = AliasDialog(None, [MODEL], KEYS, RECORD)
    qtbot.addWidget(dialog)
    assert dialog.values() == AliasValues(
        pattern="*opus*", model="gone", key_id=KEYS[1].id, client="Codex", is_active=False
    )
    assert "there is no such model" in dialog.model.currentText()


def test_a_new_one_is_for_everyone_unless_said(qtbot: QtBot) -> None:
    dialog = AliasDialog(None, [MODEL], KEYS)
    qtbot.addWidget(dialog)
    dialog.pattern.setText(" gpt-4* ")
    assert dialog.values() == AliasValues(pattern="gpt-4*", model="glm-4.6")
    assert dialog.key.findText("old") < 0  # a revoked key asks for nothing
    dialog.key.set_value(str(KEYS[0].id))
    dialog.client.setText("Claude")
    values = dialog.values()
    assert (values.key_id, values.client) == (KEYS[0].id, "Claude")


def test_clients_are_suggested_by_any_part_of_their_name(qtbot: QtBot) -> None:
    dialog = AliasDialog(None, [MODEL], KEYS)
    qtbot.addWidget(dialog)
    completer = dialog.client.completer()
    completer.setCompletionPrefix("code")
    assert completer.completionCount() == 3  # Claude Code, Codex, opencode


def test_claude_codes_names_show_what_they_mean_and_can_be_left_as_said(qtbot: QtBot) -> None:
    dialog = ClaudeCodeDialog(None, [MODEL], {"*opus*": "glm-4.6", "*": "gone"})
    qtbot.addWidget(dialog)
    assert dialog.values() == {"*opus*": "glm-4.6", "*sonnet*": "", "*haiku*": "", "*": "gone"}
    dialog.models["*"].set_value("")
    dialog.models["*haiku*"].set_value("glm-4.6")
    assert dialog.values() == {
        "*opus*": "glm-4.6",
        "*sonnet*": "",
        "*haiku*": "glm-4.6",
        "*": "",
    }


def test_a_model_that_is_off_can_be_chosen_and_says_so() -> None:
    assert options_of([replace(MODEL, is_active=False)], "") == [
        ("glm-4.6", "glm-4.6 — the model is switched off")
    ]
