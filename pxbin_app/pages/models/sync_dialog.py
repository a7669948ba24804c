"""The dialog that shows what a sync of prices would change, and takes over what is ticked of it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from pxbin_app.listing.tick_dialog import TickDialog
from pxbin_app.pages.models.sync_presenter import PriceSync
from pxbin_app.widgets.labels import Label

_SAID = (
    "What vendors publish and what upstreams list, in dollars per million tokens. Prices of your own stay as they are, and "
    "so does what past requests cost."
)


class SyncDialog(TickDialog):
    """See the module."""

    def __init__(self, parent: QWidget | None, sync: PriceSync) -> None:
        super().__init__(
            parent,
            "Sync pricing",
            primary="Take over",
            list_name="Models whose price changes",
            asking="Asking for prices",
            width=680,
        )
        self._sync = sync
        self.without_price = Label("", "caption", "warn", wrap=True)
        self.add(Label(_SAID, "body", "text2", wrap=True))
        self.add_list()
        self.add(self.without_price)
        sync.changed.connect(self._show)
        self._show()
        sync.ask()

    def take(self, values: Sequence[str]) -> None:
        self._sync.submit(values, self)

    def _show(self) -> None:
        sync = self._sync
        self.without_price.setText(sync.without_price)
        self.without_price.setVisible(bool(sync.without_price))
        if sync.state == "loading":
            self.show_loading("Asking for prices…")
        elif sync.state == "failed":
            self.show_failed(sync.error, sync.ask)
        elif not sync.items:
            self.show_nothing("Every price that is known is up to date.")
        else:
            self.show_items(sync.items, [item.value for item in sync.items])
