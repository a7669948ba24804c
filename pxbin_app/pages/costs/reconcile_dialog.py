"""The dialog that lays a provider's usage export beside what pxbin counted."""

from collections.abc import Callable
from pathlib import Path
from typing import cast
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.model import RowsModel
from pxbin_app.pages.costs.reconcile_presenter import ReconcilePresenter
from pxbin_app.pages.costs.reconcile_rows import (
    COLUMNS,
    By,
    ReconcileRow,
    cells,
    explained,
    said_of,
)
from pxbin_app.theme import METRICS, Tone
from pxbin_app.widgets.buttons import Button, SegmentedControl
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.dialogs import ConfirmDialog, Dialog
from pxbin_app.widgets.fields import CheckBox, Select
from pxbin_app.widgets.format import counted
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.table import DataTable
from pxbin_engine.records import UsageImport

WIDTH = 1000
_MARGIN = 48
_MOST_LINES = 10
_LEAST_LINES = 4
_BESIDE_LINES = 390
"""Pixels of the height of what is not the table."""
_WHAT = (
    "Export usage or costs as CSV from OpenAI, Anthropic or OpenRouter, and import the file for the upstream of that"
    " account. Here is what pxbin counted, there what the provider says."
)
_FILES = "Usage exports (*.csv *.tsv *.txt *.json);;All files (*)"


class ReconcileDialog(Dialog):
    """Import, comparison, and what explains a line; open it by ``open()``."""

    def __init__(self, parent: QWidget, bridge: EngineBridge) -> None:
        window = parent.window()
        width = min(WIDTH, max(640, window.width() - _MARGIN))
        super().__init__(parent, "Reconcile with a provider", width=width)
        self.presenter = ReconcilePresenter(bridge, self)
        self.upstreams = Select(name="Upstream")
        self.import_button = Button("Import export…", "primary", icon_name="upload-simple", on_click=self.ask_for_file)  # fmt: skip
        self.imports = Button("", on_click=self._open_imports)
        self.spinner = Spinner("Importing")
        self.message = Banner("", "neutral")
        self.by = SegmentedControl([("day", "By day"), ("model", "By model")], "Lines")
        self.differing = CheckBox("Only what differs")
        self.span = Label("", "caption", "text2")
        self.model = RowsModel[ReconcileRow](COLUMNS, cells, lambda one: one.id)
        self.table = DataTable(COLUMNS, "Comparison with the provider")
        self.table.setModel(self.model)
        self.why = Label("", "table", "text2", wrap=True)
        self.content_view = StatefulView(self._compared(window.height()), skeleton_rows=8)
        self.close_button = Button("Close", on_click=self.accept)
        self._lay_out()
        self._connect()

    def _compared(self, height: int) -> QWidget:
        """The table in its card, as tall as a window of this height has room for."""
        card = Card(padded=False)
        card.add(self.table)
        lines = (height - _BESIDE_LINES) // METRICS.row
        lines = min(_MOST_LINES, max(_LEAST_LINES, lines))
        self.table.setMinimumHeight(METRICS.header_row + lines * METRICS.row + 4)
        return card

    def _lay_out(self) -> None:
        self.message.hide()
        self.spinner.hide()
        self.content.addWidget(Label(_WHAT, "body", "text2", wrap=True))
        self.content.addLayout(
            row(self.upstreams, self.import_button, self.spinner, None, self.imports)
        )
        self.content.addWidget(self.message)
        self.content.addLayout(row(self.by, self.differing, None, self.span))
        self.content.addWidget(self.content_view, 1)
        self.content.addWidget(self.why)
        self.foot.addWidget(self.close_button)

    def _connect(self) -> None:
        presenter = self.presenter
        presenter.view.connect(self._show_view)
        presenter.changed.connect(self._show)
        presenter.said.connect(self._say)
        presenter.working.connect(self._show_working)
        self.upstreams.chosen.connect(lambda value: presenter.choose(UUID(value)))
        self.by.chosen.connect(lambda value: presenter.show_by(cast("By", value)))
        self.differing.toggled.connect(presenter.show_differing)
        self.table.selected.connect(lambda _: self._explain())
        self.finished.connect(lambda _: presenter.stop())

    def open(self) -> None:
        """Show it, and begin to read."""
        super().open()
        self.presenter.start()

    # ------------------------------------------------------------------ what the presenter tells

    def _show_view(self, view: str, sentence: str) -> None:
        shown = self.content_view
        if view == "loading":
            shown.show_loading()
        elif view == "error":
            shown.show_error(sentence, "Try again", self.presenter.refresh)
        elif view == "empty":
            can_import = self.presenter.upstream is not None
            shown.show_empty(sentence, "Import export…", self.ask_for_file if can_import else None)
        else:
            shown.show_content()
        self.import_button.setVisible(view != "empty")  # it is in the middle then
        for widget in (self.by, self.differing, self.span):
            widget.setVisible(view == "content")

    def _show(self) -> None:
        presenter = self.presenter
        self.upstreams.set_options([(str(one.id), one.name) for one in presenter.upstreams])
        if presenter.upstream is not None:
            self.upstreams.set_value(str(presenter.upstream.id))
        self.by.set_value(presenter.by)
        self.import_button.setEnabled(presenter.upstream is not None)
        self.imports.setVisible(bool(presenter.imports))
        self.imports.setText(counted(len(presenter.imports), "import", "imports"))
        self.span.setText(said_of(presenter.found))
        self.model.set_rows(presenter.rows)
        self._explain()

    def _say(self, sentence: str, tone: Tone) -> None:
        self.message.set_message(sentence, tone)
        self.message.setVisible(bool(sentence))

    def _show_working(self, working: bool) -> None:
        self.spinner.setVisible(working)
        self.import_button.setEnabled(not working)
        self._busy = working

    def _explain(self) -> None:
        place = self.table.current_row
        rows = self.model.rows
        self.why.setText(explained(rows[place].line) if 0 <= place < len(rows) else "")

    # ------------------------------------------------------------------ what the person does

    def ask_for_file(self) -> None:
        """Ask for the export; the loop goes on meanwhile."""
        dialog = QFileDialog(self, "Import a usage export", str(Path.home()), _FILES)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.presenter.import_file(Path(path)))
        dialog.open()

    def _open_imports(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for made in self.presenter.imports:
            menu.addAction(said_of_file(made), self._asking_to_forget(made))
        menu.popup(self.imports.mapToGlobal(self.imports.rect().bottomLeft()))

    def _asking_to_forget(self, made: UsageImport) -> Callable[[], None]:
        return lambda: self.ask_to_forget(made)

    def ask_to_forget(self, made: UsageImport) -> None:
        """Ask before an import is taken out."""
        name = made.file_name or "this import"
        text = (
            f"What it says of {made.first_day} to {made.last_day} is no longer compared."
            " The file can be imported again."
        )
        question = ConfirmDialog(self, f"Take out {name}?", text, confirm="Take out")
        question.accepted.connect(lambda: self.presenter.forget(made))
        question.open()


def said_of_file(made: UsageImport) -> str:
    """``usage.csv · anthropic-usage · 2026-11-01 to 2026-11-23``: what a click would take out."""
    parts = (made.file_name, made.format, f"{made.first_day} to {made.last_day}")
    return " · ".join(filter(None, parts)).replace("&", "&&")
