"""The page Models: its tables (models, and the aliases that mean them), and the dialogs that it opens."""

from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.listing.model_import import ModelImport
from pxbin_app.listing.page import ListPage
from pxbin_app.listing.panel import Listing, ListPanel, RowAction
from pxbin_app.pages import PageContext
from pxbin_app.pages.models.alias_panel import AliasPanel
from pxbin_app.pages.models.dialogs import ModelDialog
from pxbin_app.pages.models.explain_dialog import ExplainDialog
from pxbin_app.pages.models.explain_presenter import ExplainPresenter
from pxbin_app.pages.models.model import COLUMNS, cells
from pxbin_app.pages.models.presenter import ModelRow, ModelsPresenter
from pxbin_app.pages.models.prices_dialog import PricesDialog
from pxbin_app.pages.models.prices_presenter import PricesPresenter
from pxbin_app.pages.models.sync_dialog import SyncDialog
from pxbin_app.pages.models.sync_presenter import PriceSync
from pxbin_app.widgets.buttons import Button, SegmentedControl
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import ModelRecord

Rows = tuple[ModelRow, ...]


class ModelsPage(ListPage[ModelRow]):
    """The names that clients can use."""

    def __init__(self, context: PageContext) -> None:
        self.presenter = ModelsPresenter(context.bridge, context.notify)
        self._context = context
        super().__init__("Models", self.presenter, self._listing_of_models())
        self.aliases = AliasPanel(context, show_models=lambda: self.show_kind("models"))
        self.kind = SegmentedControl(
            [("models", "Models"), ("aliases", "Aliases")], "What is listed"
        )
        self.explain = Button("Explain…", on_click=self.open_explain)
        self.sync = Button("Sync pricing…", on_click=self.open_sync)
        self.add_by_hand = Button("Add by hand", on_click=self.open_add)
        self.claude_code = Button("Claude Code’s names", on_click=self.aliases.open_claude_code)
        self.add_alias = Button(
            "Add alias", "primary", icon_name="plus", on_click=self.aliases.open_add
        )
        self._lay_out_header()
        self.add(self.aliases, 1)
        self.aliases.refreshed.connect(self._show_header)
        self.kind.chosen.connect(self.show_kind)
        self._show_kind()

    @property
    def shown_panel(self) -> ListPanel[Any]:
        return self.aliases if self.kind.value == "aliases" else self.panel

    def show_kind(self, kind: str) -> None:
        """Bring the models or the aliases into view; only what is seen works."""
        for panel in (self.panel, self.aliases):
            panel.stop()
        self.kind.set_value(kind)
        self._show_kind()
        if self.isVisible():
            self.shown_panel.start()

    def show_item(self, item_id: UUID) -> None:
        self.show_kind("models")
        super().show_item(item_id)

    def filter_by(self, words: str) -> None:
        self.show_kind("models")
        super().filter_by(words)

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

    def open_explain(self) -> None:
        """Open what says where a request would go; about the selected model, where there is one."""
        if self.presenter.ready:
            names = [row.record.name for row in self.selected()]
            presenter = ExplainPresenter(self._context.bridge)
            ExplainDialog(self, presenter, names[0] if names else "").open()

    def open_prices(self, record: ModelRecord) -> None:
        """Open what the model cost since when."""
        PricesDialog(self, PricesPresenter(self._context.bridge, record)).open()

    def open_sync(self) -> None:
        """Open what a sync of prices would change."""
        if self.presenter.ready:
            SyncDialog(self, PriceSync(self._context.bridge, self._context.notify)).open()

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

    def _lay_out_header(self) -> None:
        self.header.addWidget(self.kind)
        for button in (self.explain, self.sync, self.add_by_hand, self.claude_code):
            self.header.addWidget(button)
        self.add_primary("Import models", "download-simple", self.open_import)
        self.header.addWidget(self.add_alias)

    def _show_kind(self) -> None:
        aliases = self.shown_panel is self.aliases
        self.panel.setVisible(not aliases)
        self.aliases.setVisible(aliases)
        self.set_foot(
            "↑↓ move   Enter edit   Del delete   Ctrl+F filter",
            "Key before client before model before everyone"
            if aliases
            else "Prices per million tokens",
        )
        self._show_header()

    def _show_header(self) -> None:
        """Without an upstream nothing can be added; without a model nothing has a price, and no alias a meaning."""
        presenter, aliases = self.presenter, self.aliases.presenter
        of_models = self.shown_panel is self.panel
        self.count.setText(self.shown_panel.counted)
        self.primary.setVisible(of_models and (bool(presenter.rows) or presenter.state != "loaded"))
        self.add_by_hand.setVisible(of_models and bool(presenter.upstreams))
        self.sync.setVisible(of_models and bool(presenter.rows))
        self.claude_code.setVisible(not of_models and bool(aliases.models))
        self.add_alias.setVisible(not of_models and bool(aliases.rows))
        self.explain.setVisible(bool(presenter.rows or aliases.models))

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
                    text="Prices…",
                    icon_name="clock-counter-clockwise",
                    run=lambda rows: self.open_prices(rows[0].record),
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
