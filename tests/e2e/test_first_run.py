"""The first run as a person has it: the real window on the real engine, driven by its own dialogs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from pxbin_app.application import Application
from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.pages.keys.dialogs import KeyDialog, NewKeyDialog
from pxbin_app.pages.keys.page import KeysPage
from pxbin_app.pages.logs.page import LogsPage
from pxbin_app.pages.upstreams.dialogs import UpstreamDialog
from pxbin_app.pages.upstreams.page import UpstreamsPage
from pxbin_engine.config import load_config
from tests.support.upstream import FakeUpstream, json_answer, openai_stream

D = TypeVar("D", bound=QDialog)

BODY = {
    "model": "gpt-4o",
    "max_tokens": 20,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
}


class Person:
    """Somebody before the window."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def wait_for(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)

    async def dialog(self, kind: type[D]) -> D:
        """The open dialog of this kind."""
        found: list[D] = []

        def look() -> bool:
            found[:] = [one for one in self.app.window.findChildren(kind) if one.isVisible()]
            return bool(found)

        await self.wait_for(look)
        return found[0]

    async def add_upstream(self, url: str) -> None:
        self.app.window.show_page("upstreams")
        page = self.app.window.current_page
        assert isinstance(page, UpstreamsPage)
        page.open_add()
        form = await self.dialog(UpstreamDialog)
        form.name.setText("Scripted")
        form.base_url.setText(url)
        form.api_key.setText("sk-upstream")
        form.check.click()
        await self.wait_for(form.outcome.isVisible)
        assert "1 model" in form.outcome.text
        form.submit()

    async def import_models(self) -> None:
        offer = await self.dialog(ImportDialog)
        await self.wait_for(lambda: offer.list.shown)
        offer.list.set_all(True)
        offer.submit()
        await self.wait_for(lambda: not self.app.window.findChildren(ImportDialog))

    async def create_key(self) -> str:
        self.app.window.show_page("keys")
        page = self.app.window.current_page
        assert isinstance(page, KeysPage)
        page.open_create()
        form = await self.dialog(KeyDialog)
        form.name.setText("laptop")
        form.submit()
        shown = await self.dialog(NewKeyDialog)
        key = shown.key.text()
        shown.copied.setChecked(True)
        shown.done_button.click()
        return key


async def first_run(app: Application) -> None:
    person = Person(app)
    await person.wait_for(lambda: app.bridge.ready)
    async with FakeUpstream() as upstream:
        upstream.always = json_answer({"data": [{"id": "gpt-4o", "owned_by": "openai"}]})
        await person.add_upstream(upstream.url)
        await person.import_models()
        key = await person.create_key()
        upstream.always = openai_stream("Hel", "lo")
        async with (
            aiohttp.ClientSession(headers={"x-api-key": key}) as session,
            session.post(f"{app.bridge.engine.base_url}/v1/messages", json=BODY) as answer,
        ):
            assert b"message_stop" in await answer.read()
        assert upstream.requests[-1].headers["authorization"] == "Bearer sk-upstream"
    app.window.show_page("logs")
    page = app.window.current_page
    assert isinstance(page, LogsPage)
    model = page.table.model()
    await person.wait_for(lambda: model.rowCount() == 1)
    texts = [str(model.index(0, column).data()) for column in range(model.columnCount())]
    assert "200" in texts
    assert "gpt-4o" in texts
    assert any(text.startswith("$0.0001") for text in texts), (
        "12 in and 7 out at the published price"
    )


@pytest.mark.timeout(90)
def test_upstream_model_key_and_the_first_request(tmp_path: Path, qtbot: QtBot) -> None:
    config = load_config(
        {},
        data_dir=tmp_path,
        listen_addr="127.0.0.1:0",
        encryption_key="an-encryption-key-for-tests",
    )
    app = Application(config)
    main = app._main

    async def main_with_a_person(loop: asyncio.AbstractEventLoop) -> None:
        there = loop.create_task(main(loop))
        try:
            await first_run(app)
        finally:
            app.quit()
            await there

    app._main = main_with_a_person  # type: ignore[method-assign]
    assert app.run() == 0
