"""The main job by the window alone: what is made and changed by clicks holds for the next request of a client.

Nothing is faked but the vendor: the app's own composition root, the engine with its embedded database, HTTP in and out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from PySide6.QtWidgets import QApplication, QDialog

from pxbin_app.application import Application
from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.pages.keys.dialogs import KeyDialog, NewKeyDialog
from pxbin_app.pages.models.alias_dialog import ClaudeCodeDialog
from pxbin_app.pages.models.explain_dialog import ExplainDialog
from pxbin_app.pages.upstreams.dialogs import UpstreamDialog
from pxbin_app.pages.upstreams.keys_editor import UpstreamKeyDialog
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_app.widgets.page import Page
from pxbin_engine.config import load_config
from tests.support.running_app import play
from tests.support.upstream import FakeUpstream, json_answer, openai_completion

D = TypeVar("D", bound=QDialog)
MODELS = {"object": "list", "data": [{"id": "gpt-4o"}, {"id": "a-local-model"}]}


class Person:
    """Clicks through the window of a running app."""

    def __init__(self, app: Application, vendor: FakeUpstream) -> None:
        self.app = app
        self.vendor = vendor

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.02)

    async def go_to(self, name: str) -> Any:
        self.app.window.show_page(name)
        return self.app.window.current_page

    async def dialog(self, page: Page, kind: type[D]) -> D:
        def opened() -> list[D]:
            return [one for one in page.findChildren(kind) if one.isVisible()]

        await self.until(opened)
        return opened()[-1]

    async def ask(self, key: str, model: str = "gpt-4o") -> tuple[int, dict[str, Any]]:
        """What Claude Code does."""
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        url = f"{self.app.bridge.engine.base_url}/v1/messages"
        headers = {"x-api-key": key, "User-Agent": "claude-cli/2.1.330 (external, cli)"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()


async def add_upstream(person: Person) -> None:
    page = await person.go_to("upstreams")
    await person.until(lambda: page.view.state == "empty")
    page.view.empty.button.click()
    form = await person.dialog(page, UpstreamDialog)
    form.name.setText("Vendor")
    form.base_url.setText(person.vendor.url)
    form.api_key.setText("sk-a-vendors-key")
    form.check.click()
    await person.until(lambda: form.outcome.text.startswith("Works · 2 models"))
    form.submit()
    importing = await person.dialog(page, ImportDialog)
    await person.until(lambda: importing.list.ticked == ("gpt-4o", "a-local-model"))
    importing.submit()
    await person.until(lambda: page.presenter.rows and len(page.presenter.rows[0].models) == 2)


async def create_key(person: Person) -> str:
    page = await person.go_to("keys")
    await person.until(lambda: page.view.state == "empty")
    page.view.empty.button.click()
    form = await person.dialog(page, KeyDialog)
    form.name.setText("Claude Code")
    form.submit()
    shown = await person.dialog(page, NewKeyDialog)
    assert "ANTHROPIC_MODEL=gpt-4o" in shown.usage.parts[0].text.text
    key = shown.key.text()
    shown.copied.click()
    shown.done_button.click()
    return key


async def revoke_key(person: Person) -> None:
    page = await person.go_to("keys")
    await person.until(lambda: page.presenter.rows)
    page.table.select_row(0)
    page.panel.buttons[-1].click()
    (await person.dialog(page, ConfirmDialog)).confirm.click()
    await person.until(lambda: not page.presenter.rows[0].record.is_active)


async def first_run(person: Person) -> None:
    await person.until(lambda: person.app.bridge.ready)
    person.vendor.always = json_answer(MODELS)
    await add_upstream(person)
    key = await create_key(person)
    person.vendor.always = openai_completion("Hello")
    status, answer = await person.ask(key)
    assert (status, answer["content"][0]["text"]) == (200, "Hello")
    assert person.vendor.requests[-1].headers["Authorization"] == "Bearer sk-a-vendors-key"
    await revoke_key(person)
    status, answer = await person.ask(key)
    assert (status, answer["error"]["type"]) == (401, "authentication_error")


async def map_opus(person: Person) -> None:
    page = await person.go_to("models")
    page.show_kind("aliases")
    await person.until(page.claude_code.isVisible)
    page.claude_code.click()
    form = await person.dialog(page, ClaudeCodeDialog)
    form.models["*opus*"].set_value("a-local-model")
    form.submit()
    await person.until(lambda: page.aliases.presenter.rows)
    page.explain.click()
    explained = await person.dialog(page, ExplainDialog)
    explained.model.setText("claude-opus-4-6")
    explained.client.setText("Claude Code")
    await person.until(lambda: explained.verdict.text == "It goes to Vendor as a-local-model.")
    assert any("*opus*" in line for line in explained.answer.lines)
    explained.close_button.click()


async def use_another_upstream_key(person: Person) -> None:
    page = await person.go_to("upstreams")
    await person.until(lambda: page.presenter.rows)
    page.table.select_row(0)
    page.table.activated_row.emit(0)
    form = await person.dialog(page, UpstreamDialog)
    form.keys.add.click()
    key = await person.dialog(page, UpstreamKeyDialog)
    key.label.setText("second")
    key.secret.setText("sk-another-key")
    key.submit()
    await person.until(lambda: len(form.keys.lines) == 2)
    form.keys.lines[0].toggle.click()
    await person.until(lambda: form.keys.lines[0].state.text() == "off")
    form.reject()


async def hold_the_key_to_one_model(person: Person) -> None:
    page = await person.go_to("keys")
    await person.until(lambda: page.presenter.rows)
    page.table.select_row(0)
    page.table.activated_row.emit(0)
    form = await person.dialog(page, KeyDialog)
    form.models.choice.set_value("some")
    form.models.patterns.setText("gpt-*")
    form.submit()
    await person.until(lambda: page.presenter.rows[0].record.allowed_models == ("gpt-*",))


async def routing(person: Person) -> None:
    await person.until(lambda: person.app.bridge.ready)
    person.vendor.always = json_answer(MODELS)
    await add_upstream(person)
    key = await create_key(person)
    await map_opus(person)
    person.vendor.always = openai_completion("Hello")
    status, _ = await person.ask(key, "claude-opus-4-6")
    assert (status, person.vendor.requests[-1].json["model"]) == (200, "a-local-model")
    await use_another_upstream_key(person)
    status, _ = await person.ask(key)
    assert person.vendor.requests[-1].headers["Authorization"] == "Bearer sk-another-key"
    await hold_the_key_to_one_model(person)
    assert (await person.ask(key))[0] == 200
    status, answer = await person.ask(key, "claude-opus-4-6")
    assert (status, answer["error"]["type"]) == (403, "permission_error")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("story", [first_run, routing])
def test_what_is_clicked_holds_for_a_client(
    tmp_path: Path, qapp: QApplication, story: Callable[[Person], Awaitable[None]]
) -> None:
    # A sealing key of its own: the test must not ask the keyring of whoever runs it.
    settings = {
        "PXBIN_LISTEN_ADDR": "127.0.0.1:0",
        "PXBIN_ENCRYPTION_KEY": "a-key-for-this-test-only",
        "PXBIN_HEALTH_CHECK_SECONDS": "0",
    }
    app = Application(load_config(settings, data_dir=tmp_path))
    app.settings.first_run_done = True  # by the pages themselves, without the steps over them
    play(app, lambda vendor: story(Person(app, vendor)))
