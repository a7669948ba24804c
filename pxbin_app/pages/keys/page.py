"""The page Keys: its table, and the dialogs that it opens."""

from typing import cast
from uuid import UUID

from PySide6.QtCore import Qt

from pxbin_app.listing.page import ListPage
from pxbin_app.listing.panel import Listing, RowAction
from pxbin_app.pages import PageContext
from pxbin_app.pages.keys.dialogs import KEY_TYPES, ConnectDialog, KeyDialog, NewKeyDialog
from pxbin_app.pages.keys.model import COLUMNS, cells
from pxbin_app.pages.keys.presenter import KeyRow, KeysPresenter, NewKey
from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_engine.records import KeyRecord, KeyType

Rows = tuple[KeyRow, ...]


class KeysPage(ListPage[KeyRow]):
    """Who may use pxbin."""

    def __init__(self, context: PageContext) -> None:
        self.presenter = KeysPresenter(context.bridge, context.notify)
        super().__init__("Keys", self.presenter, self._listing_of_keys())
        self.kind = SegmentedControl(KEY_TYPES, "Kind of keys")
        self.header.addWidget(self.kind)
        self.add_primary("Create key", "plus", self.open_create)
        self.set_foot("↑↓ move   Enter edit   Del revoke   Ctrl+F filter")
        self.kind.chosen.connect(lambda kind: self.presenter.set_type(cast("KeyType", kind)))
        self.presenter.created.connect(self._show_once)
        self.presenter.usage_known.connect(lambda access: ConnectDialog(self, access).open())

    def show_item(self, item_id: UUID) -> None:
        """Of whichever kind the key is."""

        def show(kind: KeyType) -> None:
            if kind != self.presenter.type:
                self.kind.set_value(kind)
                self.presenter.set_type(kind)
            self.panel.choose(item_id)

        self.presenter.find_type(item_id, show)

    def show_nothing(self) -> None:
        if self.presenter.type == "llm":
            sentence = "Clients such as Claude Code come in with a key of pxbin’s; your vendors’ keys stay here."
        else:
            sentence = "Scripts that use the management API come in with a key of their own."
        self.panel.show_empty(sentence, "Create a key", self.open_create)

    def open_create(self) -> None:
        """Open the form of a new key, of the kind that is shown."""
        if not self.presenter.ready:
            return
        presenter = self.presenter
        dialog = KeyDialog(self, presenter.type, models=presenter.models, now=presenter.now)

        def create() -> None:
            if (values := dialog.values()) is not None:
                self.presenter.create(values, dialog)

        dialog.submitted.connect(create)
        dialog.open()

    def _open_edit(self, record: KeyRecord) -> None:
        presenter = self.presenter
        dialog = KeyDialog(self, record.type, record, models=presenter.models, now=presenter.now)

        def change() -> None:
            if (values := dialog.values()) is not None:
                self.presenter.change(record, values, dialog)

        dialog.submitted.connect(change)
        dialog.open()

    def _show_once(self, new: NewKey) -> None:
        if new.record.type != self.presenter.type:
            self.kind.set_value(new.record.type)
            self.presenter.set_type(new.record.type)
        NewKeyDialog(self, new).open()

    def _ask_to_revoke(self, rows: Rows) -> None:
        one = len(rows) == 1
        dialog = ConfirmDialog(
            self,
            f"Revoke {rows[0].record.name}?" if one else f"Revoke {len(rows)} keys?",
            "It takes effect at once and cannot be taken back: the next request with "
            f"{'this key' if one else 'one of them'} is refused. What was logged stays in Logs.",
            confirm="Revoke",
        )
        dialog.accepted.connect(lambda: self.presenter.revoke(rows))
        dialog.open()

    def _listing_of_keys(self) -> Listing[KeyRow]:
        return Listing(
            name="Keys",
            columns=COLUMNS,
            cells=cells,
            row_id=lambda row: row.record.id,
            find="Filter by name or prefix",
            actions=(
                RowAction(
                    text="Edit…",
                    icon_name="pencil-simple",
                    run=lambda rows: self._open_edit(rows[0].record),
                    allowed=is_active,
                ),
                RowAction(
                    text="Connect a client…",
                    icon_name="terminal-window",
                    run=lambda _rows: self.presenter.tell_usage(),
                    allowed=opens_the_proxy,
                ),
                RowAction(
                    text="Revoke…",
                    icon_name="prohibit",
                    run=self._ask_to_revoke,
                    many=True,
                    key=Qt.Key.Key_Delete,
                    allowed=is_active,
                ),
            ),
        )


def is_active(row: KeyRow) -> bool:
    """A revoked key is history: nothing can be done with it; one that expired can be given more time."""
    return row.record.is_active


def opens_the_proxy(row: KeyRow) -> bool:
    """An LLM key that is in force."""
    return row.status == "active" and row.record.type == "llm"
