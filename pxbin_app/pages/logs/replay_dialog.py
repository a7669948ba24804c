"""The dialog that sends a request again to another model, and shows both answers side by side."""

from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from pxbin_app.pages.logs.differences import Part
from pxbin_app.pages.logs.offered import Options
from pxbin_app.pages.logs.replay_presenter import ReplayPresenter, figures, said, spoken
from pxbin_app.theme import Tone
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.compared_text import ComparedText
from pxbin_app.widgets.details import KeyValueList
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.fields import Field, Select
from pxbin_app.widgets.labels import ElidingLabel, Label, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.styling import row
from pxbin_engine.records import ReplayAnswer

_WIDTH = 860
_OWN_KEY = ("", "The key it came with")
_COSTS = (
    "The request is sent once more as it was recorded: it is billed, limited and logged like any other. "
    "Tools that the model calls are not carried out."
)


class ReplayDialog(Dialog):
    """Esc, or closing it, cancels the request that runs."""

    def __init__(
        self,
        parent: QWidget | None,
        presenter: ReplayPresenter,
        models: Options,
        keys: Options,
        show_request: Callable[[UUID], None],
    ) -> None:
        super().__init__(parent, "Send again to another model", width=_WIDTH)
        self._presenter = presenter
        self._show_request = show_request
        self.model = Select(models, name="Model")
        self.key = Select([_OWN_KEY, *keys], name="Paid by")
        self.model.set_value(_another(models, presenter.record.model))
        self._model_field = Field("Model", self.model)
        self._key_field = Field("Paid by", self.key)
        self.error = Banner("", "err")
        self.error.hide()
        self._spinner = Spinner("Waiting for the answer")
        self._waiting = Label("Waiting for the answer…", "table", "text2")
        self.original = AnswerView("As it was answered", "err")
        self.replayed = AnswerView("Now", "ok")
        self._lay_out()
        self._connect()
        self._show_running(False)

    def _lay_out(self) -> None:
        fields = row(self._model_field, self._key_field, spacing=12)
        fields.setStretch(0, 1)
        fields.setStretch(1, 1)
        self.content.addWidget(Label(_COSTS, "table", "text2", wrap=True))
        self.content.addLayout(fields)
        self.content.addWidget(self.error)
        self.content.addLayout(row(self._spinner, self._waiting, None))
        self._answers = QFrame()
        answers = row(self.original, self.replayed, spacing=16)
        for place in range(2):
            answers.setStretch(place, 1)
        self._answers.setLayout(answers)
        self._answers.hide()
        self.content.addWidget(self._answers)
        self.open_row = Button("Show it in the log", "quiet", on_click=self._open_row)
        self.open_row.hide()
        self.cancel = Button("Cancel", on_click=self._presenter.cancel)
        self.shut = Button("Close", on_click=self.reject)
        self.send = Button("Send", "primary", on_click=self._send)
        self.foot.insertWidget(0, self.open_row)
        for button in (self.cancel, self.shut, self.send):
            self.foot.addWidget(button)

    def _connect(self) -> None:
        self._presenter.running.connect(self._show_running)
        self._presenter.compared.connect(self._show_comparison)
        self._presenter.failed.connect(self._show_error)
        self._presenter.invalid.connect(self._show_invalid)
        self.finished.connect(lambda _: self._presenter.cancel())

    def _send(self) -> None:
        self.error.hide()
        for field in (self._model_field, self._key_field):
            field.set_error("")
        self._presenter.run(self.model.value, self.key.value)

    def _open_row(self) -> None:
        comparison = self._presenter.comparison
        if comparison is not None and comparison.replay.replayed.request_id is not None:
            self._show_request(comparison.replay.replayed.request_id)
            self.accept()

    def _show_running(self, running: bool) -> None:
        for part in (self._spinner, self._waiting, self.cancel):
            part.setVisible(running)
        for field in (self._model_field, self._key_field):
            field.setEnabled(not running)
        self.send.setEnabled(not running and bool(self.model.value))
        self.send.setText("Send again" if self._presenter.comparison else "Send")

    def _show_comparison(self) -> None:
        comparison = self._presenter.comparison
        if comparison is None:
            return
        replay = comparison.replay
        self.original.show_answer(replay.original, comparison.of_original)
        self.replayed.show_answer(replay.replayed, comparison.of_replayed)
        self._answers.show()
        self.open_row.setVisible(replay.replayed.request_id is not None)

    def _show_error(self, reason: str) -> None:
        self.error.set_message(reason, "err")
        self.error.show()

    def _show_invalid(self, field: str, reason: str) -> None:
        fields = {"model": self._model_field, "key_id": self._key_field}
        if field in fields:
            fields[field].set_error(reason)
        else:
            self._show_error(reason)


class AnswerView(QWidget):
    """One answer: its model, its figures, and what it said and called, tinted where only it says so."""

    def __init__(self, title: str, tone: Tone) -> None:
        super().__init__()
        self._status = Pill()
        self.model = ElidingLabel("", "strong")
        self.figures = KeyValueList(84)
        self.note = Label("", "table", "text2", wrap=True)
        self.text = ComparedText(f"{title}: what the model said", tone)
        self.text.setFixedHeight(190)
        head = row(self.model, self._status)
        head.setStretchFactor(self.model, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(Label(title, "caption-strong", "text3"))
        layout.addLayout(head)
        for part in (self.figures, self.note, self.text):
            layout.addWidget(part)
        layout.addStretch(1)

    def show_answer(self, answer: ReplayAnswer, only_here: Sequence[Part]) -> None:
        """Show this one."""
        good = answer.error is None and answer.status < 400
        self._status.set_state(str(answer.status or "none"), "ok" if good else "err")
        self.model.set_text(answer.model)
        self.figures.set_rows(figures(answer))
        cut = "Only the beginning of this answer was kept." if answer.is_cut else ""
        self.note.setText(" ".join(filter(None, (said(answer), cut))))
        self.note.setVisible(bool(self.note.text()))
        text = spoken(answer)
        self.text.show_text(text, only_here)
        self.text.setVisible(bool(text))


def _another(models: Options, model: str) -> str:
    """The first model but this one, for that is what one wants to compare with."""
    names = [name for name, _ in models]
    return next((name for name in names if name != model), names[0] if names else "")
