"""The dialog that imports an upstream's models: ask it, tick, import."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from pxbin_app.listing.model_import import ModelImport
from pxbin_app.listing.tick_dialog import TickDialog
from pxbin_app.widgets.fields import Select

_ALL_AT_ONCE = 12
"""A list this short is ticked as it comes; out of a router's hundreds a person picks."""


class ImportDialog(TickDialog):
    """See the module."""

    def __init__(
        self, parent: QWidget | None, importing: ModelImport, *, title: str, cancel: str = "Cancel"
    ) -> None:
        super().__init__(
            parent,
            title,
            primary="Import",
            list_name="Models of the upstream",
            asking="Asking the upstream for its models",
        )
        self._importing = importing
        self.cancel.setText(cancel)
        self.upstream = Select([(str(one.id), one.name) for one in importing.upstreams])
        if len(importing.upstreams) > 1:
            self.add_named("upstream_id", "Upstream", self.upstream)
        self.add_list()
        importing.changed.connect(self._show)
        self.upstream.chosen.connect(importing.choose)
        self._show()
        importing.discover()

    def take(self, values: Sequence[str]) -> None:
        self._importing.submit(values, self)

    def _show(self) -> None:
        importing, name = self._importing, self._importing.upstream.name
        if importing.state == "loading":
            self.show_loading(f"Asking {name}…")
        elif importing.state == "failed":
            self.show_failed(importing.error, importing.discover)
        elif not importing.items:
            self.show_nothing(f"{name} lists no models. Add one by hand on the page Models.")
        else:
            offered = [item.value for item in importing.items if item.offered]
            self.show_items(importing.items, offered if len(offered) <= _ALL_AT_ONCE else ())
