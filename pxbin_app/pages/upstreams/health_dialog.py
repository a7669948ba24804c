"""The dialog that says how an upstream is and why, as it changes."""

from uuid import UUID

from PySide6.QtWidgets import QWidget

from pxbin_app.pages.upstreams.health import facts_of
from pxbin_app.pages.upstreams.presenter import UpstreamRow, UpstreamsPresenter
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.details import KeyValueList
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.spinner import Spinner


class HealthDialog(Dialog):
    """All that is known of one upstream's health, and the button that asks it now."""

    def __init__(
        self, parent: QWidget | None, presenter: UpstreamsPresenter, row: UpstreamRow
    ) -> None:
        super().__init__(parent, f"Health of {row.record.name}", width=520)
        self._presenter = presenter
        self._id: UUID = row.record.id
        self.state = Banner("", "neutral")
        self.facts = KeyValueList(label_width=96)
        self.spinner = Spinner(f"Asking {row.record.name}")
        self.check = Button("Check now", icon_name="heartbeat", on_click=self._check)
        self.close_button = Button("Close", on_click=self.accept)
        self.content.addWidget(self.state)
        self.content.addWidget(self.facts)
        self.content.addStretch(1)
        self.foot.insertWidget(0, self.check)
        self.foot.insertWidget(1, self.spinner)
        self.foot.addWidget(self.close_button)
        self.spinner.hide()
        presenter.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        row = next((one for one in self._presenter.rows if one.record.id == self._id), None)
        if row is None:  # it was deleted, here or elsewhere
            self.reject()
            return
        words = row.health
        self.state.set_message(f"{words.word.capitalize()}. {words.reason}", words.tone)
        self.facts.set_rows(facts_of(row.record, row.seen, row.check, row.now))
        checking = self._id in self._presenter.checking
        self.spinner.setVisible(checking)
        self.check.setEnabled(not checking)
        self.check.setText("Checking…" if checking else "Check now")

    def _check(self) -> None:
        row = next(one for one in self._presenter.rows if one.record.id == self._id)
        self._presenter.check(row)
