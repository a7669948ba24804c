"""The page Logs: filters, the live table, and the detail pane beside it."""

from collections.abc import Callable
from typing import cast, get_args
from uuid import UUID

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QSplitter, QWidget

from pxbin_app.pages import PageContext
from pxbin_app.pages.logs.detail import WIDTH, DetailPane
from pxbin_app.pages.logs.export_bar import ExportBar, counted_up_to
from pxbin_app.pages.logs.presenter import LogsPresenter
from pxbin_app.pages.logs.query import PERIODS
from pxbin_app.pages.logs.replay_dialog import ReplayDialog
from pxbin_app.pages.logs.replay_presenter import ReplayPresenter
from pxbin_app.request_rows import COLUMNS
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.fields import SearchField, Select
from pxbin_app.widgets.find_bar import SearchWords
from pxbin_app.widgets.format import count
from pxbin_app.widgets.labels import Dot, Label
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row, set_style_property
from pxbin_app.widgets.table import DataTable
from pxbin_engine.records import FilterWord, RequestRecord

_HINT = "Filter: model:glm status:>=400 -client:codex cost:>0.05 timed out"
_LANGUAGE = (
    "All must hold: model:glm,gpt  status:>=400  cost:>0.05  latency:>2s  tokens:>10k  since:2h\n"
    f"Words: {', '.join(get_args(FilterWord))}, since, until. A minus before a word: not. Anything else is text."
)
_KEYS = "↑↓ move     Enter details     Esc close     Ctrl+F filter     Ctrl+C copy as cURL     Space pause"
_TABLE_WIDTH = 320
"""Time, status and client, and the model's beginning."""


class LogsPage(Page):
    """All requests, the newest on top."""

    def __init__(self, context: PageContext) -> None:
        super().__init__("Logs", edge_to_edge=True)
        self._context = context
        self._presenter = LogsPresenter(context.bridge, self)
        self._build_header()
        self._build_toolbar()
        self.table = DataTable(COLUMNS, "Requests")
        self.table.setModel(self._presenter.model)
        self.state = StatefulView(self.table, skeleton_rows=20)
        self.pane = DetailPane(self._presenter.chosen.recorded)
        self.pane.hide()
        self._problem = Label("", "table", "warn", wrap=True)
        self._problem.setContentsMargins(METRICS.page_margin, 6, METRICS.page_margin, 6)
        self._problem.hide()
        self.add(self._problem)
        self.beside = self._beside_each_other()
        self.add(self.beside, 1)
        self.set_foot(_KEYS)
        self._connect()

    def _beside_each_other(self) -> QSplitter:
        """The table and the pane; what the window gains is the table's."""
        body = QSplitter(Qt.Orientation.Horizontal)
        body.addWidget(self.state)
        body.addWidget(self.pane)
        body.setStretchFactor(0, 1)
        body.setStretchFactor(1, 0)
        body.setChildrenCollapsible(False)
        body.setHandleWidth(1)
        body.setSizes([METRICS.sidebar, WIDTH])
        self.state.setMinimumWidth(_TABLE_WIDTH)
        return body

    def _build_header(self) -> None:
        self._dot = Dot("ok")
        self._live = Label("", "table", "text2")
        self._pause = Button("Pause", icon_name="pause", on_click=self._toggle_live)
        self.header.addLayout(row(self._dot, self._live, spacing=6))
        self.header.addStretch(1)
        self.exporting = ExportBar(self._presenter.export)
        self.exporting.chosen.connect(self._presenter.export_to)
        self.header.addWidget(self.exporting)
        self.header.addWidget(self._pause)
        self.header.addWidget(self.exporting.button)

    def _build_toolbar(self) -> None:
        self.search = SearchField(_HINT)
        self.search.setAccessibleName("Filter words")
        self.search.setToolTip(_LANGUAGE)
        self.period = Select([(value, text) for value, (text, _) in PERIODS.items()], name="Period")
        self.period.set_value(self._presenter.choice.period)
        self.model = Select([("", "Any model")], name="Model")
        self.key = Select([("", "Any key")], name="Key")
        for select in (self.model, self.key):
            select.keep_short(8)
        self.errors_only = Button("Errors only")
        self.errors_only.setCheckable(True)
        self._count = Label("", "table", "text3")
        self.toolbar.addWidget(self.search, 1)
        for control in (self.period, self.model, self.key, self.errors_only):
            self.toolbar.addWidget(control)
        self.toolbar.addSpacing(4)
        self.toolbar.addWidget(self._count)

    def _connect(self) -> None:
        presenter = self._presenter
        self.search.searched.connect(lambda text: presenter.filter_by(words=text))
        self.period.chosen.connect(lambda value: presenter.filter_by(period=value))
        self.model.chosen.connect(lambda value: presenter.filter_by(model=value))
        self.key.chosen.connect(lambda value: presenter.filter_by(key_id=value))
        self.errors_only.clicked.connect(lambda on: presenter.filter_by(errors_only=on))
        presenter.view.connect(self._show_view)
        presenter.counted.connect(self._show_counts)
        presenter.offered.changed.connect(self._show_options)
        presenter.problems.connect(self._show_problems)
        presenter.chosen.changed.connect(self._show_chosen)
        presenter.said.connect(self._context.notify)
        presenter.model.rowsInserted.connect(self._keep_place)
        presenter.model.modelReset.connect(self._select_chosen)
        self.table.selected.connect(self._on_selected)
        self.table.activated_row.connect(lambda _: self.pane.setFocus())
        self.table.near_end.connect(presenter.load_older)
        self.table.menu_requested.connect(self._open_menu)
        self._on_table_key("Ctrl+C", self.pane.copy_curl)
        self._on_table_key("Space", self._toggle_live)
        self.pane.closed.connect(self.dismiss)
        self.pane.replay_wanted.connect(self.open_replay)
        self.pane.copied.connect(lambda said: self._context.notify(said, "ok"))

    def _on_table_key(self, keys: str, action: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(action)

    # ------------------------------------------------------------------ what the window tells

    def shown(self) -> None:
        self._presenter.start()

    def hidden(self) -> None:
        self._presenter.stop()

    def show_item(self, item_id: UUID) -> None:
        self._presenter.choose_by_id(item_id)

    def focus_filter(self) -> None:
        """The words within the pane's text for who is there, else, or with the second Ctrl+F, those of the filter."""
        focus = cast("QWidget | None", self.focusWidget())
        reads = focus is not None and self.pane.isVisible() and self.pane.isAncestorOf(focus)
        if reads and not isinstance(focus, SearchWords) and self.pane.open_search():
            return
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def dismiss(self) -> bool:
        if self.pane.isHidden():
            return False
        self.table.select_row(-1)
        self._presenter.chosen.choose(-1)
        self.table.setFocus()
        return True

    # ------------------------------------------------------------------ what the presenter tells

    def _show_view(self, view: str, sentence: str) -> None:
        if view == "content":
            self.state.show_content()
        elif view == "loading":
            self.state.show_loading()
        elif view == "empty":
            self.state.show_empty(sentence, "Clear the filter", self.clear_filter)
        elif view == "unused":
            self.state.show_empty(sentence, "Copy base URL", self._copy_base_url)
        elif view == "stopped":
            self.state.show_error(sentence, "", None)
        else:
            self.state.show_error(sentence, "Try again", self._presenter.reload)

    def _show_counts(self) -> None:
        presenter, counts = self._presenter, self._presenter.counts
        self._count.setText(
            f"{counted_up_to(counts.fitting)} of {counted_up_to(counts.everything)}"
        )
        self._count.setToolTip("Requests that fit the filter, of all in the log")
        self._pause.setText("Pause" if presenter.live else "Resume")
        self._dot.set_tone("ok" if presenter.live else "warn")
        going = f"{count(presenter.in_flight)} in flight"
        if presenter.live:
            self._live.setText(f"Live · {going}")
        else:
            self._live.setText(f"Paused · {count(presenter.held)} new · {going}")
        self.exporting.expect(counts.fitting)
        self.set_foot(_KEYS, self._bounds())

    def _bounds(self) -> str:
        """Why there may be more than what is shown."""
        if self._presenter.model.full:
            shown = count(self._presenter.model.rowCount())
            return f"The newest {shown} are shown; narrow the filter for older ones"
        since = self._presenter.searched_since
        if since is not None:
            return f"Text was looked for back to {since.astimezone():%d %b %H:%M}; since: reaches further"
        return ""

    def _show_options(self) -> None:
        self.model.set_options([("", "Any model"), *self._presenter.offered.models])
        self.key.set_options([("", "Any key"), *self._presenter.offered.keys])

    def _show_problems(self, problems: tuple[str, ...]) -> None:
        self._problem.setText("  ".join(problems))
        self._problem.setVisible(bool(problems))
        set_style_property(self.search, "invalid", bool(problems))
        self.search.setAccessibleDescription("  ".join(problems))

    def _show_chosen(self) -> None:
        chosen = self._presenter.chosen.row
        if chosen is not None:
            self.pane.show_request(chosen)
            self._select_chosen()
        self.pane.setVisible(chosen is not None)

    def _select_chosen(self) -> None:
        """The chosen request is the selected one, where it is among the rows."""
        chosen = self._presenter.chosen.row
        number = self._presenter.model.number_of(chosen.id) if chosen else -1
        if number != self.table.current_row:
            self.table.select_row(number)

    def _keep_place(self, _parent: QModelIndex, first: int, last: int) -> None:
        """New rows on top push nothing away from someone who has scrolled down to read."""
        bar = self.table.verticalScrollBar()
        if first == 0 and bar.value() > 0:
            place = bar.value() + (last - first + 1) * METRICS.row
            self.table.updateGeometries()
            bar.setValue(place)

    # ------------------------------------------------------------------ what the person does

    def _on_selected(self, number: int) -> None:
        if number >= 0:
            self._presenter.chosen.choose(number)

    def _toggle_live(self) -> None:
        self._presenter.set_live(not self._presenter.live)

    def clear_filter(self) -> None:
        """Any model, any key, any time."""
        self.filter_by("")

    def filter_by(self, words: str) -> None:
        self.search.show_words(words)
        self.period.set_value("all")
        self.model.set_value("")
        self.key.set_value("")
        self.errors_only.setChecked(False)
        self._presenter.filter_by(words=words, period="all", model="", key_id="", errors_only=False)

    def _copy_base_url(self) -> None:
        self._copy(self._presenter.base_url, "Base URL copied")

    def _copy(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.notify(said, "ok")

    def _open_menu(self, number: int, point: QPoint) -> None:
        request = self._presenter.model.row(number)
        if request is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy request id", lambda: self._copy(str(request.id), "Request id copied"))
        if isinstance(request, RequestRecord):
            menu.addAction("Copy as cURL", self.pane.copy_curl)
            self._add_filter(menu, "model", request.model)
            self._add_filter(menu, "key", request.key_name)
            self._add_filter(menu, "format", request.input_format)
            self._add_filter(menu, "session", request.session_id or "")
        menu.popup(point)

    def _add_filter(self, menu: QMenu, word: str, value: str) -> None:
        if value:
            words = self._presenter.term(word, value)
            menu.addAction(f"Only this {word}", lambda: self._search(words))

    def _search(self, words: str) -> None:
        self.search.show_words(words)
        self._presenter.filter_by(words=words)

    def open_replay(self) -> None:
        """Ask to which model the chosen request is sent again."""
        chosen, offered = self._presenter.chosen.row, self._presenter.offered
        if isinstance(chosen, RequestRecord):
            presenter = ReplayPresenter(self._context.bridge, chosen, self)
            dialog = ReplayDialog(self, presenter, offered.models, offered.keys, self.show_item)
            dialog.destroyed.connect(presenter.deleteLater)
            dialog.open()
