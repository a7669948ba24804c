"""The page Dashboard: the board, or the first steps until there is something to show on it."""

from typing import cast
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget

from pxbin_app.look_back import PERIODS, Period
from pxbin_app.pages import PageContext
from pxbin_app.pages.dashboard.board import Board
from pxbin_app.pages.dashboard.first_steps import FirstSteps
from pxbin_app.pages.dashboard.presenter import DashboardPresenter
from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.states import StatefulView


class DashboardPage(Page):
    """What pxbin did in a period, and what it does now."""

    def __init__(self, context: PageContext) -> None:
        super().__init__("Dashboard")
        self._presenter = presenter = DashboardPresenter(context.bridge, self)
        self.periods = SegmentedControl(
            [(name, text) for name, (text, _) in PERIODS.items()], "Period"
        )
        self.header.addStretch(1)
        self.header.addWidget(self.periods)
        self.board = Board(presenter.requests)
        self.first_steps = FirstSteps()
        self._content = QStackedWidget()
        self._content.addWidget(_scrolled(self.board))
        self._content.addWidget(self.first_steps)
        self.state = StatefulView(self._content, skeleton_rows=18)
        self.add(self.state, 1)
        self.periods.chosen.connect(lambda name: presenter.set_period(cast("Period", name)))
        self._context = context
        self.board.request_opened.connect(self._open_request)
        self.first_steps.page_wanted.connect(context.show_page)
        self.first_steps.set_up_wanted.connect(context.set_up)
        presenter.view.connect(self._show_view)
        presenter.read.connect(self._show_reading)
        presenter.flowing.connect(lambda: self.board.live.show_flow(presenter.in_flight))

    def shown(self) -> None:
        self._presenter.start()

    def hidden(self) -> None:
        self._presenter.stop()

    def _show_view(self, view: str, sentence: str) -> None:
        self.periods.setVisible(view != "first_steps")
        if view == "loading":
            self.state.show_loading()
        elif view == "error":
            self.state.show_error(sentence, "Try again", self._presenter.refresh)
        elif view == "stopped":
            self.state.show_error(sentence, "", None)
        else:
            self._content.setCurrentIndex(1 if view == "first_steps" else 0)
            self.state.show_content()

    def _open_request(self, request_id: UUID | None) -> None:
        if request_id is None:
            self._context.show_page("logs")
        else:
            self._context.show_request(request_id)

    def _show_reading(self) -> None:
        reading = self._presenter.reading
        if reading is not None:
            self.board.show_reading(reading, self._presenter.health)
            self.first_steps.show_setup(reading.setup, self._presenter.base_url)


def _scrolled(board: Board) -> QScrollArea:
    """The board where it is as high as it has to be: banners may leave it less."""
    board.setProperty("kind", "scrolled")
    area = QScrollArea()
    area.setWidget(board)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
