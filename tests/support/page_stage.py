"""A page of the window on a fake engine, alone in view."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from pxbin_app.app_controls import AppControls
from pxbin_app.pages import PageContext
from pxbin_app.widgets.page import Page
from tests.support.fake_engine import FakeEngine, bridge_to, settled

P = TypeVar("P", bound=Page)
D = TypeVar("D", bound=QDialog)


class PageStage(Generic[P]):
    """The page, what it said in passing, and which pages, or requests, it sent the person to."""

    def __init__(
        self,
        build: Callable[[PageContext], P],
        qtbot: QtBot,
        engine: FakeEngine | None = None,
        *,
        controls: AppControls | None = None,
    ) -> None:
        self.engine = engine or FakeEngine()
        self.qtbot = qtbot
        self.said: list[str] = []
        self.sent_to: list[str] = []
        context = PageContext(
            bridge=bridge_to(self.engine),
            notify=lambda text, _tone: self.said.append(text),
            show_page=self.sent_to.append,
            show_requests=self.sent_to.append,
            controls=controls,
        )
        self.page = build(context)
        qtbot.addWidget(self.page)
        self.page.resize(1084, 780)

    async def show(self) -> None:
        """Bring the page into view and let it load."""
        self.page.show()
        self.page.shown()
        await settled()

    def dialog(self, kind: type[D]) -> D:
        """The dialog of this kind that is open."""
        found = self.open_dialogs(kind)
        assert found, f"no {kind.__name__} is open"
        return found[-1]

    def open_dialogs(self, kind: type[D]) -> list[D]:
        """All dialogs of this kind that are open."""
        return [one for one in self.page.findChildren(kind) if one.isVisible()]
