"""A client that is set up by hand: what to know before, then each step with what is pasted."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from pxbin_app.clients.guides import Guide, Step
from pxbin_app.snippets import KEY, Access
from pxbin_app.widgets.buttons import Button, CopyButton
from pxbin_app.widgets.code_view import CodeView
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import column, row

_MOST_LINES = 22
_PADDING = 30  # of a code view: above and below the text, where a scroll bar may be


class GuideView(QWidget):
    """``key_wanted``: the person wants a key made; it then stands in the steps until the page is left."""

    key_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = Label("", "heading")
        self.note = Label("", "body", "text2", wrap=True)
        self.key_note = Label("", "table", "text2", wrap=True)
        self.make_key = Button("Make a key for it", icon_name="key", on_click=self.key_wanted.emit)
        self.steps: list[StepView] = []
        self._inner = QVBoxLayout()
        self._inner.setContentsMargins(0, 0, 8, 0)
        self._inner.setSpacing(14)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        content.setLayout(self._inner)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = column(self.title, self.note, spacing=10)
        layout.addWidget(area, 1)
        foot = row(self.key_note, self.make_key)
        foot.setStretchFactor(self.key_note, 1)
        layout.addLayout(foot)
        self.setLayout(layout)

    def show_guide(self, guide: Guide, access: Access) -> None:
        """Show the steps of a client."""
        self.title.setText(guide.title)
        self.note.setText(guide.note)
        known = access.key != KEY
        self.make_key.setVisible(not known)
        self.key_note.setText(
            "The new key stands in the steps above. It is shown only now: when you leave this page it is gone."
            if known
            else f"{KEY} stands for one of pxbin’s keys."
        )
        self._show_steps(guide.steps(access))

    def _show_steps(self, steps: Sequence[Step]) -> None:
        while (item := self._inner.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.steps = [StepView(number, step) for number, step in enumerate(steps, start=1)]
        for view in self.steps:
            self._inner.addWidget(view)
        self._inner.addStretch(1)


class StepView(QWidget):
    """A step: what to do, and a text with a button that copies it."""

    def __init__(self, number: int, step: Step) -> None:
        super().__init__()
        self.step = step
        self.setAccessibleName(step.text)
        text = Label(step.text, "body", wrap=True)
        layout = column(spacing=4)
        head = row(Label(f"{number}.", "strong", "text2"), text)
        head.setStretchFactor(text, 1)
        layout.addLayout(head)
        if step.snippet:
            self.copy = CopyButton(lambda: step.snippet, "Copy this")
            head.addWidget(self.copy)
            layout.addWidget(_code(step))
        self.setLayout(layout)


def _code(step: Step) -> CodeView:
    view = CodeView(step.text, json=False)
    view.set_text(step.snippet, layout_json=False)
    lines = min(_MOST_LINES, step.snippet.count("\n") + 1)
    view.setFixedHeight(lines * view.fontMetrics().lineSpacing() + _PADDING)
    return view
