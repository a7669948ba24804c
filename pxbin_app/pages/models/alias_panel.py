"""The aliases as a panel of the page Models, and the dialogs that it opens."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from pxbin_app.listing.panel import Listing, ListPanel, RowAction
from pxbin_app.pages import PageContext
from pxbin_app.pages.models.alias_dialog import AliasDialog, ClaudeCodeDialog
from pxbin_app.pages.models.alias_model import COLUMNS, cells
from pxbin_app.pages.models.alias_presenter import AliasesPresenter, AliasRow
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import AliasRecord

Rows = tuple[AliasRow, ...]


class AliasPanel(ListPanel[AliasRow]):
    """Which names mean which model. ``show_models`` leads to the models, where there is none that could be meant."""

    def __init__(self, context: PageContext, show_models: Callable[[], None]) -> None:
        self._show_models = show_models
        self.presenter = AliasesPresenter(context.bridge, context.notify)
        super().__init__(self.presenter, self._listing_of_aliases(), self._show_nothing)

    def open_add(self) -> None:
        """Open the form of a new alias."""
        self._open_form(None)

    def open_claude_code(self) -> None:
        """Open what Claude Code's names mean."""
        presenter = self.presenter
        if not presenter.ready:
            return
        dialog = ClaudeCodeDialog(self, presenter.models, presenter.claude_code)
        dialog.submitted.connect(lambda: presenter.set_claude_code(dialog.values(), dialog))
        dialog.open()

    def _open_form(self, record: AliasRecord | None) -> None:
        presenter = self.presenter
        if not presenter.ready:
            return
        dialog = AliasDialog(self, presenter.models, presenter.keys, record)
        dialog.submitted.connect(lambda: presenter.save(dialog.values(), dialog, record))
        dialog.open()

    def _show_nothing(self) -> None:
        if self.presenter.models:
            self.show_empty(
                "An alias lets a name that a client says mean a model: gpt-4* → glm-4.6, or * → a default.",
                "Add an alias",
                self.open_add,
            )
        else:
            self.show_empty(
                "An alias means a model, and there is none yet.",
                "Go to the models",
                self._show_models,
            )

    def _ask_to_delete(self, rows: Rows) -> None:
        one = len(rows) == 1
        dialog = ConfirmDialog(
            self,
            f"Delete {rows[0].record.pattern}?" if one else f"Delete {len(rows)} aliases?",
            "The names are taken as they are said from then on.",
            confirm="Delete",
        )
        dialog.accepted.connect(lambda: self.presenter.delete(rows))
        dialog.open()

    def _listing_of_aliases(self) -> Listing[AliasRow]:
        def toggle(rows: Rows) -> None:
            self.presenter.set_active(rows, not rows[0].record.is_active)

        return Listing(
            name="Aliases",
            columns=COLUMNS,
            cells=cells,
            row_id=lambda row: row.record.id,
            find="Filter by name, model or client",
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
