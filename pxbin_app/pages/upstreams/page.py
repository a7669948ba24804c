"""The page Upstreams: its table, and the dialogs that it opens."""

from PySide6.QtCore import Qt

from pxbin_app.listing.import_dialog import ImportDialog
from pxbin_app.listing.model_import import ModelImport
from pxbin_app.listing.page import ListPage
from pxbin_app.listing.panel import Listing, RowAction
from pxbin_app.pages import PageContext
from pxbin_app.pages.upstreams.dialogs import UpstreamDialog
from pxbin_app.pages.upstreams.health_dialog import HealthDialog
from pxbin_app.pages.upstreams.model import COLUMNS, cells
from pxbin_app.pages.upstreams.presenter import UpstreamRow, UpstreamsPresenter, losing_models
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import UpstreamRecord

Rows = tuple[UpstreamRow, ...]


class UpstreamsPage(ListPage[UpstreamRow]):
    """Where requests can be sent."""

    def __init__(self, context: PageContext) -> None:
        self.presenter = UpstreamsPresenter(context.bridge, context.notify)
        self._context = context
        super().__init__("Upstreams", self.presenter, self._listing_of_upstreams())
        self.add_primary("Add upstream", "plus", self.open_add)
        self.set_foot("↑↓ move   Enter edit   Del delete   Ctrl+F filter")
        self.presenter.added.connect(self._offer_import)

    def show_nothing(self) -> None:
        self.panel.show_empty(
            "Requests go out to upstreams: a vendor’s API, a router, or a model server on this machine.",
            "Add your first upstream",
            self.open_add,
        )

    def open_add(self) -> None:
        """Open the form of a new upstream."""
        self._open_form(None)

    def _open_form(self, record: UpstreamRecord | None) -> None:
        if not self.presenter.ready:
            return
        dialog = UpstreamDialog(
            self,
            presets=self.presenter.presets,
            secret_description=self.presenter.secret_description,
            record=record,
            keys=self.presenter.keys_of(record) if record else None,
        )

        def save() -> None:
            if (values := dialog.values()) is not None:
                self.presenter.save(values, dialog, record)

        def check() -> None:
            if (values := dialog.values()) is not None:
                self.presenter.test(values, dialog, record)

        def forget() -> None:
            if record is not None:
                self.presenter.forget(record, dialog.show_forgotten)

        dialog.submitted.connect(save)
        dialog.forget_requested.connect(forget)
        dialog.check_requested.connect(check)
        dialog.open()

    def _offer_import(self, record: UpstreamRecord) -> None:
        self._open_import(record, f"{record.name} is added. Import its models?", "Not now")

    def _open_import(self, record: UpstreamRecord, title: str, cancel: str = "Cancel") -> None:
        importing = ModelImport(self._context.bridge, self._context.notify, [record])
        ImportDialog(self, importing, title=title, cancel=cancel).open()

    def _ask_to_delete(self, rows: Rows) -> None:
        one = len(rows) == 1
        title = f"Delete {rows[0].record.name}?" if one else f"Delete {len(rows)} upstreams?"
        said = losing_models(rows, self.presenter.rows)
        keys = " Its stored key is removed too." if one else " Their stored keys are removed too."
        held = any(row.record.secret_place != "none" for row in rows)
        dialog = ConfirmDialog(self, title, said + (keys if held else ""), confirm="Delete")
        dialog.accepted.connect(lambda: self.presenter.delete(rows))
        dialog.open()

    def _checks(self, rows: Rows) -> bool:
        """Whether one of them is being tested."""
        return any(row.record.id in self.presenter.checking for row in rows)

    def _listing_of_upstreams(self) -> Listing[UpstreamRow]:
        def toggle(rows: Rows) -> None:
            self.presenter.set_active(rows, not rows[0].record.is_active)

        def import_models(rows: Rows) -> None:
            self._open_import(rows[0].record, f"Import models from {rows[0].record.name}")

        return Listing(
            name="Upstreams",
            columns=COLUMNS,
            cells=cells,
            row_id=lambda row: row.record.id,
            find="Filter by name or address",
            actions=(
                RowAction(
                    text="Edit…",
                    icon_name="pencil-simple",
                    run=lambda rows: self._open_form(rows[0].record),
                ),
                RowAction(
                    text="Health…",
                    icon_name="heartbeat",
                    run=lambda rows: HealthDialog(self, self.presenter, rows[0]).open(),
                ),
                RowAction(
                    text=lambda rows: "Checking…" if self._checks(rows) else "Check now",
                    icon_name="arrows-clockwise",
                    run=lambda rows: self.presenter.check(rows[0]),
                ),
                RowAction(text="Import models…", icon_name="download-simple", run=import_models),
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
