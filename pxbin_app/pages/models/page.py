"""The page Models: its table, and the dialogs that it opens."""

from PySide6.QtCore import Qt

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.listing.model_import import ModelImport
from pxbin_app.listing.page import ListPage
from pxbin_app.listing.panel import Listing, RowAction
from pxbin_app.pages import PageContext
from pxbin_app.pages.models.dialogs import ModelDialog
from pxbin_app.pages.models.model import COLUMNS, cells
from pxbin_app.pages.models.presenter import ModelRow, ModelsPresenter
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import ModelRecord

Rows = tuple[ModelRow, ...]
_SYNC = "Sync pricing"


class ModelsPage(ListPage[ModelRow]):
    """The names that clients can use."""

    def __init__(self, context: PageContext) -> None:
        self.presenter = ModelsPresenter(context.bridge, context.notify)
        self._context = context
        super().__init__("Models", self.presenter, self._listing_of_models())
        self.sync = Button(
            _SYNC, icon_name="arrows-clockwise", on_click=self.presenter.sync_pricing
        )
        self.add_by_hand = Button("Add by hand", on_click=self.open_add)
        self.header.addWidget(self.sync)
        self.header.addWidget(self.add_by_hand)
        self.add_primary("Import models", "download-simple", self.open_import)
        self.set_foot(
            "↑↓ move   Enter edit   Del delete   Ctrl+F filter", "Prices per million tokens"
        )
        self.presenter.syncing.connect(self._show_syncing)
        self.presenter.changed.connect(self._show_tools)
        self._show_tools()

    def show_nothing(self) -> None:
        upstreams = self.presenter.upstreams
        if upstreams:
            self.panel.show_empty(
                "Clients ask for models by name. Import the names that an upstream has, or add one by hand.",
                f"Import models from {upstreams[0].name}",
                self.open_import,
            )
        else:
            self.panel.show_empty(
                "Models are served by upstreams, and there is none yet.",
                "Add your first upstream",
                lambda: self._context.show_page("upstreams"),
            )

    def open_import(self) -> None:
        """Open the import from one of the upstreams."""
        if self.presenter.ready and self.presenter.upstreams:
            importing = ModelImport(
                self._context.bridge, self._context.notify, self.presenter.upstreams
            )
            ImportDialog(self, importing, title="Import models").open()

    def open_add(self) -> None:
        """Open the form of a new model."""
        self._open_form(None)

    def _open_form(self, record: ModelRecord | None) -> None:
        if not self.presenter.ready:
            return
        dialog = ModelDialog(self, self.presenter.upstreams, record)

        def save() -> None:
            if (values := dialog.values()) is not None:
                self.presenter.save(values, dialog, record)

        dialog.submitted.connect(save)
        dialog.open()

    def _ask_to_delete(self, rows: Rows) -> None:
        one = len(rows) == 1
        dialog = ConfirmDialog(
            self,
            f"Delete {rows[0].record.name}?" if one else f"Delete {len(rows)} models?",
            f"Clients that ask for {'it' if one else 'them'} are refused from then on. "
            "What was logged stays in Logs.",
            confirm="Delete",
        )
        dialog.accepted.connect(lambda: self.presenter.delete(rows))
        dialog.open()

    def _show_syncing(self, syncing: bool) -> None:
        self.sync.setEnabled(not syncing)
        self.sync.setText("Syncing…" if syncing else _SYNC)

    def _show_tools(self) -> None:
        """Without an upstream nothing can be added; without a model nothing has a price."""
        self.add_by_hand.setVisible(bool(self.presenter.upstreams))
        self.sync.setVisible(bool(self.presenter.rows))

    def _listing_of_models(self) -> Listing[ModelRow]:
        def toggle(rows: Rows) -> None:
            self.presenter.set_active(rows, not rows[0].record.is_active)

        return Listing(
            name="Models",
            columns=COLUMNS,
            cells=cells,
            row_id=lambda row: row.record.id,
            find="Filter by name or upstream",
            actions=(
                RowAction(
                    text="Edit…",
                    icon_name="pencil-simple",
                    run=lambda rows: self._open_form(rows[0].record),
                ),
                RowAction(
                    text=lambda rows: "Disable" if rows and rows[0].record.is_active else "Enable",
                    icon_name="power",
                    run=toggle,
                    many=True,
                ),
                RowAction(
                    text="Delete…",
                    icon_name="trash",
                    run=self._ask_to_delete,
                    many=True,
                    key=Qt.Key.Key_Delete,
                ),
            ),
        )
