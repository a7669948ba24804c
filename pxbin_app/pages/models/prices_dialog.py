"""The dialog of a model's prices: what held since when, and requests that can be given a cost."""

from PySide6.QtWidgets import QWidget

from pxbin_app.pages.models.prices_presenter import PricesPresenter
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.details import KeyValueList
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.spinner import Spinner

_REPRICE = "Price past requests"


class PricesDialog(Dialog):
    """The history, newest first, and the button that fills in what was unknown."""

    def __init__(self, parent: QWidget | None, presenter: PricesPresenter) -> None:
        super().__init__(parent, f"Prices of {presenter.model.name}", width=640)
        self._presenter = presenter
        self.state = Banner("", "neutral")
        self.history = KeyValueList(label_width=150)
        self.spinner = Spinner("Reading prices")
        self.reprice = Button(_REPRICE, on_click=presenter.reprice)
        self.close_button = Button("Close", on_click=self.accept)
        self.content.addWidget(self.state)
        self.content.addWidget(self.history)
        self.content.addStretch(1)
        self.foot.insertWidget(0, self.reprice)
        self.foot.insertWidget(1, self.spinner)
        self.foot.addWidget(self.close_button)
        presenter.changed.connect(self._show)
        presenter.working.connect(self._show_working)
        self._show()
        presenter.load()

    def _show(self) -> None:
        text, tone = self._presenter.state
        self.state.set_message(text, tone)
        self.state.setVisible(bool(text))
        self.history.set_rows(self._presenter.rows)
        self.reprice.setEnabled(self._presenter.can_reprice)

    def _show_working(self, working: bool) -> None:
        self.spinner.setVisible(working)
        if working:
            self.reprice.setEnabled(False)
