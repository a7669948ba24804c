"""The dialog that says where a request would go and why, without sending it; the answer follows the typing."""

from typing import cast
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from pxbin_app.pages.models.alias_presenter import CLIENTS
from pxbin_app.pages.models.explain_presenter import (
    STATES,
    ExplainPresenter,
    Question,
    verdict,
)
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.fields import Field, Select, TextField
from pxbin_app.widgets.labels import Label, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import hairline, row
from pxbin_engine.records import ExplainedTarget, Explanation, UpstreamFormat

_HEIGHT = 340
_ANYONE = ("", "Any key")
_FORMATS = [
    ("anthropic", "Anthropic"),
    ("openai", "OpenAI Chat"),
    ("openai-responses", "OpenAI Responses"),
    ("gemini", "Gemini"),
]
_NOTHING = "Type the name of a model as a client would say it."


class ExplainDialog(Dialog):
    """What a request says at the top; below, how it would be decided."""

    def __init__(
        self, parent: QWidget | None, presenter: ExplainPresenter, model: str = ""
    ) -> None:
        super().__init__(parent, "Explain a route", width=720)
        self._presenter = presenter
        self.model = TextField(model, placeholder="claude-sonnet-4-5")
        self.key = Select([_ANYONE])
        self.client = TextField(placeholder="Any client")
        self.client.suggest(CLIENTS)
        self.format = Select(_FORMATS)
        self.verdict = Banner("", "neutral")
        self.answer = AnswerView()
        self._lay_out()
        self._connect()
        self._ask()
        self.model.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._presenter.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._presenter.stop()

    def _lay_out(self) -> None:
        fields = (
            Field("Model", self.model),
            Field("Key", self.key),
            Field("Client", self.client),
            Field("It speaks", self.format),
        )
        line = row(*fields, spacing=12)
        for place, width in enumerate((3, 2, 2, 2)):
            line.setStretch(place, width)
        self.key.setMinimumContentsLength(8)
        area = QScrollArea()
        area.setWidget(self.answer)
        area.setWidgetResizable(True)
        area.setFixedHeight(_HEIGHT)
        area.setAccessibleName("How it is decided")
        self.content.addLayout(line)
        self.content.addWidget(self.verdict)
        self.content.addWidget(area)
        self.close_button = Button("Close", on_click=self.accept)
        self.foot.addWidget(self.close_button)

    def _connect(self) -> None:
        for field in (self.model, self.client):
            field.textChanged.connect(lambda _text: self._ask())
        for select in (self.key, self.format):
            select.chosen.connect(lambda _value: self._ask())
        self._presenter.changed.connect(self._show)

    def _ask(self) -> None:
        self._presenter.set_question(
            Question(
                model=self.model.text().strip(),
                key_id=UUID(self.key.value) if self.key.value else None,
                client=self.client.text().strip(),
                format=cast("UpstreamFormat", self.format.value),
            )
        )
        if not self.model.text().strip():
            self._say(_NOTHING)

    def _show(self) -> None:
        presenter = self._presenter
        keys = [(str(key.id), _key_name(key.name, key.is_active)) for key in presenter.keys]
        if [_ANYONE, *keys] != [
            (self.key.itemData(n), self.key.itemText(n)) for n in range(self.key.count())
        ]:
            self.key.set_options([_ANYONE, *keys])
            self.model.suggest([model.name for model in presenter.models])
        if presenter.error:
            self.verdict.set_message(presenter.error, "err")
            self.answer.clear()
        elif presenter.explanation is None:
            self._say(_NOTHING)
        else:
            self.verdict.set_message(*verdict(presenter.explanation))
            self.answer.set_explanation(presenter.explanation)

    def _say(self, text: str) -> None:
        self.verdict.set_message(text, "neutral")
        self.answer.clear()


class AnswerView(QWidget):
    """The steps of the decision, then each target in the order in which it would be tried."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "scrolled")
        self.lines: list[str] = []
        """What is said, line by line."""
        self._shown: tuple[tuple[str, ...], tuple[ExplainedTarget, ...]] = ((), ())
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 8, 0)
        self._body = QWidget()
        self._whole.addWidget(self._body)
        self._whole.addStretch(1)

    def set_explanation(self, explanation: Explanation) -> None:
        """Show an answer; the same one again leaves everything as it is."""
        new = (explanation.steps, explanation.targets)
        if new == self._shown:
            return
        layout = self._begin(new)
        if explanation.steps:
            layout.addWidget(Label("How it is decided", "table-strong"))
        for number, step in enumerate(explanation.steps, start=1):
            self._add_line(layout, f"{number}.", Label(step, wrap=True, selectable=True))
            self.lines.append(step)
        if explanation.targets:
            layout.addSpacing(8)
            layout.addWidget(Label("Where it is tried, in this order", "table-strong"))
        for number, target in enumerate(explanation.targets, start=1):
            layout.addWidget(hairline())
            self._add_line(layout, f"{number}.", TargetView(target))
            self.lines.append(f"{STATES[target.state][0]}: {target.upstream_name}")

    def clear(self) -> None:
        """Show nothing."""
        self._begin(((), ()))

    def _begin(self, new: tuple[tuple[str, ...], tuple[ExplainedTarget, ...]]) -> QVBoxLayout:
        self._shown = new
        self.lines = []
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._whole.replaceWidget(self._body, body)
        self._body.deleteLater()
        self._body.hide()
        self._body = body
        return layout

    @staticmethod
    def _add_line(layout: QVBoxLayout, number: str, said: QWidget) -> None:
        label = Label(number, "body", "text3")
        label.setFixedWidth(20)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        line = row(label, said, spacing=4)
        line.setStretch(1, 1)
        layout.addLayout(line)


class TargetView(QWidget):
    """One target: its state, the place, what decides its turn, and why."""

    def __init__(self, target: ExplainedTarget) -> None:
        super().__init__()
        word, tone = STATES[target.state]
        turn = f"priority {target.priority} · weight {target.weight}"
        if target.verbatim:
            turn += " · bytes go through"
        name = Label(target.upstream_name, "strong")
        there = Label(f"→ {target.upstream_model}", "body", "text2")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2)
        layout.setSpacing(2)
        layout.addLayout(row(name, there, Pill(word, tone), None, Label(turn, "table", "text3")))
        if target.reason:
            layout.addWidget(Label(target.reason, "table", "text2", wrap=True, selectable=True))
        self.setAccessibleName(
            f"{target.upstream_name}, {target.upstream_model}: {word}. {target.reason}"
        )


def _key_name(name: str, active: bool) -> str:
    return name if active else f"{name} (revoked)"
