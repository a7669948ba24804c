"""Which models a key may use, chosen."""

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.keys.models_editor import ModelsEditor
from pxbin_engine.errors import InvalidInput

MODELS = ("claude-sonnet-4-5", "glm-4.6", "gpt-5.2")


def make(qtbot: QtBot, *allowed: str, models: tuple[str, ...] = MODELS) -> ModelsEditor:
    editor = ModelsEditor(models, allowed)
    qtbot.addWidget(editor)
    editor.show()
    return editor


def choose(editor: ModelsEditor, choice: str) -> None:
    editor.choice.set_value(choice)
    editor.choice.chosen.emit(choice)


def test_every_model_unless_said(qtbot: QtBot) -> None:
    editor = make(qtbot)
    assert editor.allowed == ()
    assert not editor.list.isVisible()


def test_names_are_ticked_and_patterns_stay_text(qtbot: QtBot) -> None:
    editor = make(qtbot, "gpt-5.2", "claude-*", "gone")
    assert editor.list.isVisible()
    assert editor.list.ticked == ("gpt-5.2",)
    assert editor.patterns.text() == "claude-*, gone"
    assert editor.allowed == ("gpt-5.2", "claude-*", "gone")


def test_some_must_be_one_at_least(qtbot: QtBot) -> None:
    editor = make(qtbot)
    choose(editor, "some")
    with pytest.raises(InvalidInput) as refused:
        assert editor.allowed
    assert refused.value.field == "allowed_models"
    editor.patterns.setText(" glm-* ,, gpt-* ")
    assert editor.allowed == ("glm-*", "gpt-*")
    choose(editor, "every")
    assert editor.allowed == ()


@pytest.mark.parametrize(("number", "searched"), [(3, False), (40, True)])
def test_many_can_be_searched(qtbot: QtBot, number: int, searched: bool) -> None:
    editor = make(qtbot, models=tuple(f"m{place}" for place in range(number)))
    choose(editor, "some")
    assert editor.search.isVisible() == searched
    editor.search.searched.emit("m2")
    editor.list.set_all(True)
    assert "m2" in editor.allowed
    assert "m1" not in editor.allowed


def test_without_a_model_there_are_patterns(qtbot: QtBot) -> None:
    editor = make(qtbot, models=())
    choose(editor, "some")
    assert not editor.list.isVisible()
    editor.patterns.setText("glm-*")
    assert editor.allowed == ("glm-*",)
