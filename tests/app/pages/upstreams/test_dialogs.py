"""The form of an upstream."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from pxbin_app.pages.upstreams.dialogs import UpstreamDialog
from pxbin_app.pages.upstreams.presenter import UpstreamValues
from pxbin_engine.records import HealthReport, UpstreamRecord
from tests.support.fake_engine import NOW

RECORD = UpstreamRecord(
    id=UUID(int=1), name="Mine", base_url="https://llm.example.com/v1", format="anthropic", priority=3,
    secret_place="keyring", is_active=False, created_at=NOW, updated_at=NOW,
)  # fmt: skip
KEPT = "Each new key is an entry of the keyring."


@pytest.fixture
def make(qtbot: QtBot) -> Callable[..., UpstreamDialog]:
    held: list[Any] = []

    def build(record: UpstreamRecord | None = None) -> UpstreamDialog:
        dialog = UpstreamDialog(None, secret_description=KEPT, record=record)
        qtbot.addWidget(dialog)
        held.append(dialog)
        dialog.show()
        return dialog

    return build


def pick(dialog: UpstreamDialog, preset: str) -> None:
    dialog.preset.set_value(preset)
    dialog.preset.chosen.emit(preset)


def test_a_preset_fills_name_address_and_format(make: Callable[..., UpstreamDialog]) -> None:
    dialog = make()
    pick(dialog, "anthropic")
    assert dialog.values() == UpstreamValues(
        name="Anthropic", format="anthropic", base_url="https://api.anthropic.com"
    )


def test_a_name_of_ones_own_stays(make: Callable[..., UpstreamDialog]) -> None:
    dialog = make()
    dialog.name.setText("Team account")
    pick(dialog, "zai")
    values = dialog.values()
    assert values is not None
    assert (values.name, values.base_url) == ("Team account", "https://api.z.ai/api/paas/v4")


def test_an_address_of_ones_own(qtbot: QtBot, make: Callable[..., UpstreamDialog]) -> None:
    dialog = make()
    pick(dialog, "custom")
    assert dialog.base_url.text() == ""
    qtbot.keyClicks(dialog.base_url, "http://127.0.0.1:11434/v1")
    assert dialog.preset.value == "ollama"
    qtbot.keyClicks(dialog.base_url, "/x")
    assert dialog.preset.value == "custom"


def test_editing_shows_what_is_stored_but_never_the_key(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make(RECORD)
    assert dialog.values() == UpstreamValues(
        name="Mine", format="anthropic", base_url=RECORD.base_url, priority=3, is_active=False
    )
    assert dialog.remove_key.isVisible()
    assert dialog.api_key.echoMode() == QLineEdit.EchoMode.Password
    dialog.remove_key.setChecked(True)
    assert not dialog.api_key.isEnabled()


def test_it_says_where_the_key_is_kept(make: Callable[..., UpstreamDialog]) -> None:
    assert make().api_key.accessibleDescription() == KEPT
    assert make(RECORD).api_key.accessibleDescription().startswith("Stored: OS keyring.")


def test_the_format_that_is_not_served_cannot_be_chosen(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make()
    place = dialog.format.findData("openai-responses")
    assert "not served yet" in dialog.format.itemText(place)
    flags = dialog.format.model().flags(dialog.format.model().index(place, 0))
    assert not flags & Qt.ItemFlag.ItemIsEnabled


def test_a_priority_that_is_no_number_is_said_at_its_field(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make()
    dialog.priority.setText("first")
    assert dialog.values() is None
    assert dialog.priority.property("invalid")


def test_a_test_shows_its_progress_and_result_in_place(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make()
    asked: list[bool] = []
    dialog.check_requested.connect(lambda: asked.append(True))
    dialog.check.click()
    dialog.set_checking(True)
    assert (asked, dialog.check.text(), dialog.check.isEnabled()) == ([True], "Testing…", False)
    dialog.show_report(HealthReport(healthy=True, models_found=12, latency_ms=143))
    dialog.set_checking(False)
    assert dialog.outcome.isVisible()
    assert dialog.outcome.text == "Works · 12 models · 143 ms"
    dialog.show_report(HealthReport(healthy=False, error="It answered 401."))
    assert dialog.outcome.text == "It answered 401."
    dialog.api_key.setText("sk-another")
    assert not dialog.outcome.isVisible()


def test_wrapped_hints_are_seen_whole(make: Callable[..., UpstreamDialog]) -> None:
    dialog = make(RECORD)
    dialog.show_report(HealthReport(healthy=False, error="No answer. " * 12))
    dialog.layout().activate()
    assert dialog.height() >= dialog.layout().totalHeightForWidth(dialog.width())
