"""The form of an upstream."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from msgspec import structs
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from pxbin_app.pages.upstreams.dialogs import UpstreamDialog, seconds
from pxbin_app.pages.upstreams.keys_presenter import UpstreamKeysPresenter
from pxbin_app.pages.upstreams.presenter import UpstreamValues, check_source
from pxbin_app.pages.upstreams.presets import CUSTOM
from pxbin_engine.protocol.quirks import PRESETS
from pxbin_engine.records import (
    HealthReport,
    LearnedQuirk,
    UpstreamFormat,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from tests.support.fake_engine import NOW, FakeEngine, bridge_to

RECORD = UpstreamRecord(
    id=UUID(int=1), name="Mine", base_url="https://llm.example.com/v1", format="anthropic", priority=3,
    is_active=False, created_at=NOW, updated_at=NOW,
)  # fmt: skip
KEY = UpstreamKeyRecord(id=UUID(int=2), secret_place="keyring", created_at=NOW, updated_at=NOW)
KEPT = "Each new key is an entry of the keyring."


@pytest.fixture
def make(qtbot: QtBot) -> Callable[..., UpstreamDialog]:
    held: list[Any] = []

    def build(record: UpstreamRecord | None = None) -> UpstreamDialog:
        bridge, said = bridge_to(FakeEngine()), lambda _text, _tone: None
        keys = UpstreamKeysPresenter(bridge, said, record) if record else None
        dialog = UpstreamDialog(
            None, presets=PRESETS, secret_description=KEPT, record=record, keys=keys
        )
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
        name="Anthropic",
        format="anthropic",
        base_url="https://api.anthropic.com",
        preset="anthropic",
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
    dialog.format.set_value("anthropic")
    dialog.format.chosen.emit("anthropic")
    assert dialog.preset.value == "custom"


def test_a_server_of_ones_own_keeps_its_preset_at_any_address(
    qtbot: QtBot, make: Callable[..., UpstreamDialog]
) -> None:
    dialog = make()
    pick(dialog, "vllm")
    dialog.base_url.clear()
    qtbot.keyClicks(dialog.base_url, "http://10.0.0.7:9000/v1")
    values = dialog.values()
    assert values is not None
    assert (values.preset, values.base_url) == ("vllm", "http://10.0.0.7:9000/v1")
    again = make(structs.replace(RECORD, format="openai", preset="vllm"))
    assert again.preset.value == "vllm"
    pick(dialog, "openai")
    qtbot.keyClicks(dialog.base_url, "/x")
    assert dialog.preset.value == "custom"


def test_what_was_learned_is_told_and_can_be_forgotten(
    qtbot: QtBot, make: Callable[..., UpstreamDialog]
) -> None:
    quirks = tuple(
        LearnedQuirk(
            upstream_model=f"m{n}",
            quirk="dropped_fields",
            value=["user"],
            description="does not take `user`",
            said="Unknown parameter: 'user'",
            learned_at=NOW + timedelta(days=n),
        )
        for n in range(8)
    )
    assert not make(RECORD).learned.isVisible()
    dialog = make(structs.replace(RECORD, learned=quirks))
    assert dialog.learned.lines[0] == "m7 does not take `user` (from its answer of 30 Nov 2026)"
    assert dialog.learned.lines[-1] == "and 4 more"
    with qtbot.waitSignals([dialog.forget_requested], timeout=1000):
        dialog.learned.forget.click()
    dialog.show_forgotten()
    assert not dialog.learned.isVisible()


def test_editing_shows_what_is_stored_but_never_the_key(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make(structs.replace(RECORD, first_byte_timeout_seconds=20.0, keys=(KEY,)))
    assert dialog.values() == UpstreamValues(
        name="Mine", format="anthropic", base_url=RECORD.base_url, priority=3, is_active=False,
        first_byte_timeout_seconds=20.0,
    )  # fmt: skip
    assert not dialog.api_key.isVisible()
    assert [line.name.full_text for line in dialog.keys.lines] == ["The key"]


@pytest.mark.parametrize("record", [None, RECORD])
def test_without_a_key_one_can_be_typed_and_is_hidden(
    make: Callable[..., UpstreamDialog], record: UpstreamRecord | None
) -> None:
    dialog = make(record)
    assert dialog.keys is None
    assert dialog.api_key.isVisible()
    assert dialog.api_key.echoMode() == QLineEdit.EchoMode.Password


def test_no_preset_is_guessed_for_what_is_stored(make: Callable[..., UpstreamDialog]) -> None:
    """Else a test would ask for the key again, and Save would forget what was learned."""
    known = PRESETS[0]
    record = structs.replace(RECORD, base_url=known.base_url, format=known.format, preset=None)
    values = make(record).values()
    assert values is not None
    assert values.preset is None
    assert check_source(values, record) == "saved"
    later = make(structs.replace(record, preset="of-a-later-version"))
    assert later.preset.value == CUSTOM
    assert make(structs.replace(record, preset=known.id)).preset.value == known.id


def test_it_says_where_the_key_is_kept(make: Callable[..., UpstreamDialog]) -> None:
    assert make().api_key.accessibleDescription() == KEPT


@pytest.mark.parametrize(
    ("text", "value"), [("", None), (" 20 ", 20.0), ("1.5", 1.5), ("30 s", 30.0)]
)
def test_a_time_out_is_read_as_people_write_it(text: str, value: float | None) -> None:
    assert seconds(text, field="idle_timeout_seconds") == value


def test_a_time_out_that_is_no_number_is_said_at_its_field(
    make: Callable[..., UpstreamDialog],
) -> None:
    dialog = make()
    dialog.idle.setText("soon")
    assert dialog.values() is None
    assert dialog.idle.accessibleDescription() == "Silent for at most must be a number of seconds."


def test_every_format_is_offered(make: Callable[..., UpstreamDialog]) -> None:
    dialog = make()
    assert all(dialog.format.findData(spoken) >= 0 for spoken in get_args(UpstreamFormat))


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
