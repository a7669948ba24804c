"""The page Clients by mouse and keyboard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.client_setup.probe import Probed
from pxbin_app.pages import PageContext
from pxbin_app.pages.clients.page import ClientsPage
from pxbin_app.snippets import KEY
from pxbin_app.widgets.dialogs import ConfirmDialog
from tests.support.client_stage import ClientStage
from tests.support.fake_engine import settled
from tests.support.page_stage import PageStage


class Stage(PageStage[ClientsPage]):
    """The page over a home directory of its own."""

    def __init__(self, clients: ClientStage, qtbot: QtBot) -> None:
        def build(context: PageContext) -> ClientsPage:
            return ClientsPage(context, clients.presenter)

        super().__init__(build, qtbot, clients.engine)
        self.clients = clients

    async def choose(self, name: str) -> None:
        """Click on a client."""
        self.qtbot.mouseClick(self.page.list.cards[name], Qt.MouseButton.LeftButton)
        await settled()

    async def apply(self) -> None:
        """Click on the primary button."""
        self.qtbot.mouseClick(self.page.setup_view.primary, Qt.MouseButton.LeftButton)
        await settled()


@pytest.fixture
async def stage(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Stage]:
    clients = ClientStage(tmp_path)
    await clients.add_models()
    stage = Stage(clients, qtbot)
    yield stage
    stage.page.hidden()


def said_of(stage: Stage, name: str) -> str:
    return stage.page.list.cards[name].accessibleName()


async def test_every_client_tells_how_it_stands(stage: Stage) -> None:
    stage.clients.write(".claude/settings.json", '{"env": {"ANTHROPIC_BASE_URL": "https://x"}}')
    stage.clients.write(".codex/config.toml", "a = = 1")
    stage.clients.write(".config/opencode/opencode.json", "{}")
    await stage.show()
    assert said_of(stage, "claude-code") == "Claude Code: Points elsewhere, ~/.claude/settings.json"
    assert said_of(stage, "codex") == "Codex CLI: Cannot be read, ~/.codex/config.toml"
    assert said_of(stage, "opencode") == "OpenCode: Not set up, ~/.config/opencode/opencode.json"
    assert said_of(stage, "gemini-cli") == "Gemini CLI: Not found, not installed"
    assert said_of(stage, "cursor") == "Cursor: By hand, steps to follow"


async def test_from_the_diff_to_a_tested_client_and_back(stage: Stage) -> None:
    path = stage.clients.write(".codex/config.toml", 'model = "gpt-5" # mine\n')
    await stage.show()
    await stage.choose("codex")
    view = stage.page.setup_view
    shown = view.diff.toPlainText().splitlines()
    assert '- model = "gpt-5" # mine' in shown
    assert '+ model = "glm-4.6" # mine' in shown
    assert '+ experimental_bearer_token = "pxb_…"' in shown
    assert "backups/codex.config.toml." in view.backup.full_text
    assert view.undo_button.isHidden()

    await stage.apply()
    assert said_of(stage, "codex").startswith("Codex CLI: Connected")
    assert view.result.text.text().startswith("It works.")
    assert view.primary.text() == "Test"
    assert view.apply_button.isHidden()
    assert "Everything is as it should be" in view.lead.text()
    assert path.read_text().count("pxb_") == 1
    assert path.read_text().split("pxb_")[1][:20] not in view.diff.toPlainText()

    view.undo_button.click()
    await settled()
    assert path.read_text() == 'model = "gpt-5" # mine\n'
    dialog = stage.dialog(ConfirmDialog)
    assert dialog.windowTitle() == "Revoke the key Codex CLI?"
    dialog.confirm.click()
    await settled()
    (key,) = await stage.engine.keys.list("llm")
    assert not key.is_active


async def test_apply_alone_tests_nothing(stage: Stage) -> None:
    await stage.show()
    stage.page.setup_view.apply_button.click()
    await settled()
    assert stage.clients.probed == []
    stage.page.setup_view.primary.click()
    await settled()
    assert [name for name, _ in stage.clients.probed] == ["claude-code"]


async def test_a_failed_test_tells_what_mends_it(stage: Stage) -> None:
    stage.clients.result = Probed(
        record=stage.clients.result.record, problem="Refused.", advice="Mend it."
    )
    await stage.show()
    await stage.apply()
    result = stage.page.setup_view.result
    assert result.text.text() == "200: Refused."
    assert result.advice.text() == "Mend it."
    assert result.open_button.isVisible()
    opened: list[object] = []
    stage.page.setup_view.request_wanted.connect(opened.append)
    result.open_button.click()
    assert stage.clients.result.record is not None
    assert opened == [stage.clients.result.record.id]


async def test_models_are_chosen_for_each_slot(stage: Stage) -> None:
    await stage.show()
    view = stage.page.setup_view
    assert {name: select.value for name, select in view.models.selects.items()} == {
        "main": "glm-4.6", "opus": "glm-4.6", "sonnet": "glm-4.6", "haiku": "glm-4.6-air",
    }  # fmt: skip
    select = view.models.selects["opus"]
    assert select.accessibleName() == "Model: Opus"
    select.setCurrentIndex(1)
    select.activated.emit(1)
    await settled()
    assert '+     "ANTHROPIC_DEFAULT_OPUS_MODEL": "glm-4.6-air",' in view.diff.toPlainText()
    await stage.choose("opencode")
    assert list(view.models.selects) == ["main", "small"]


async def test_conflicts_are_told(stage: Stage) -> None:
    stage.clients.write(".bashrc", "export CLAUDE_CODE_USE_BEDROCK=1\n")
    await stage.show()
    (label,) = stage.page.setup_view.conflicts.labels
    assert label.text().startswith("CLAUDE_CODE_USE_BEDROCK is set in ~/.bashrc")
    await stage.choose("codex")
    assert stage.page.setup_view.conflicts.isHidden()


async def test_a_file_that_cannot_be_read_can_be_tried_again(stage: Stage) -> None:
    path = stage.clients.write(".codex/config.toml", "a = = 1")
    await stage.show()
    await stage.choose("codex")
    view = stage.page.setup_view
    assert view.view.state == "error"
    assert "line 1, column 5" in view.view.error.text
    assert view.primary.isHidden()
    path.write_text("a = 1\n")
    view.view.error.button.click()
    await settled()
    assert view.view.state == "content"


async def test_without_a_model_it_leads_to_models(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(ClientStage(tmp_path), qtbot)
    await stage.show()
    stage.page.setup_view.view.empty.button.click()
    assert stage.sent_to == ["models"]
    stage.page.hidden()


async def test_a_client_by_hand_gets_a_key_that_is_shown_until_the_page_is_left(
    stage: Stage,
) -> None:
    await stage.show()
    await stage.choose("any")
    guide = stage.page.guide_view
    assert f"OPENAI_API_KEY={KEY}" in guide.steps[0].step.snippet
    guide.make_key.click()
    await settled()
    text = guide.steps[0].step.snippet
    assert "ANTHROPIC_AUTH_TOKEN=pxb_" in text
    assert guide.make_key.isHidden()
    guide.steps[0].copy.click()
    assert QGuiApplication.clipboard().text() == text
    (key,) = await stage.engine.keys.list("llm")
    assert key.name == "Any other client"
    stage.page.hidden()
    assert KEY in stage.page.guide_view.steps[0].step.snippet
    await stage.show()
    await stage.choose("cursor")
    assert guide.title.text() == "Cursor"
    await stage.choose("codex")
    assert stage.page.views.currentWidget() is stage.page.setup_view
