"""The first run over the window: the steps at the left, what is asked now beside them, and the way on below."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.first_run.steps import ORDER, STEPS, StepName, after, before, step_named
from pxbin_app.settings import Settings
from pxbin_app.theme import METRICS, colors
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.labels import Label, Sign
from pxbin_app.widgets.overlay import Overlay
from pxbin_app.widgets.styling import column, hairline, row

_RAIL = 260
_WIDTH = 620
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FirstRunOverlay(Overlay):
    """The four steps. It opens where it was left; Esc leaves it for now, "Skip" for good.

    Signals:
        ended: all was done, or it was skipped; it is not shown again by itself.
    """

    ended = Signal()

    def __init__(
        self, over: QWidget, settings: Settings, steps: Mapping[StepName, StepWidget]
    ) -> None:
        super().__init__(over, "Set up pxbin")
        self._settings = settings
        self._steps = dict(steps)
        self._step: StepName = step_named(settings.first_run_step)
        self.panel.setProperty("kind", "page")
        self._lines = {name: _Line(name, place) for place, name in enumerate(ORDER, start=1)}
        self._heading = Label("", "title")
        self._sentence = Label("", "body", "text2", wrap=True)
        self._stack = QStackedWidget()
        for name in ORDER:
            self._stack.addWidget(self._steps[name])
        self.skip = Button("Skip the set-up", "quiet", on_click=self._end)
        self.back = Button("Back", on_click=self._go_back)
        self.later = Button("Skip this step", on_click=self._go_on)
        self.primary = Button("", "primary", on_click=self._submit)
        self.content.addLayout(self._laid_out())
        for name in ORDER:
            self._steps[name].primary_changed.connect(self._show_primary)
            self._steps[name].done.connect(self._go_on)

    @property
    def step(self) -> StepName:
        """The step in view."""
        return self._step

    def open(self) -> None:
        """Come into view at the step where it was left."""
        super().open()
        self.go_to(self._step)

    def go_to(self, step: StepName) -> None:
        """Bring a step into view."""
        self._steps[self._step].hidden()
        self._step = step
        self._settings.first_run_step = step
        words = STEPS[step]
        self._heading.setText(words.heading)
        self._sentence.setText(words.sentence)
        self._stack.setCurrentWidget(self._steps[step])
        for name, line in self._lines.items():
            line.show_progress(ORDER.index(name) - ORDER.index(step))
        self.back.setVisible(before(step) is not None)
        self.later.setVisible(step in ("upstream", "client"))
        self._steps[step].shown()
        self._show_primary()
        self.take_focus()

    def close_overlay(self) -> None:
        """Leave it; where it was left is remembered."""
        if self.is_open:
            self._steps[self._step].hidden()
        super().close_overlay()

    def take_focus(self) -> None:
        """On the panel itself: no control shows a ring before a key was pressed."""
        self.panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self) -> None:
        """All of the window."""
        self.panel.setGeometry(self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.modifiers() and self.primary.isEnabled():
            self._submit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """There is no shade to press."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(colors().window))

    def _laid_out(self) -> QHBoxLayout:
        self.panel.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        whole = QHBoxLayout()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._rail())
        whole.addLayout(self._right(), 1)
        return whole

    def _rail(self) -> QWidget:
        rail = QFrame()
        rail.setProperty("kind", "sidebar")
        rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        rail.setFixedWidth(_RAIL)
        brand = row(Sign("arrows-left-right", "accent", 18), Label("pxbin", "heading"), None)
        layout = QVBoxLayout(rail)
        layout.setContentsMargins(20, 16, 16, 16)
        layout.setSpacing(4)
        layout.addLayout(brand)
        layout.addSpacing(20)
        for line in self._lines.values():
            layout.addWidget(line)
        layout.addStretch(1)
        layout.addLayout(row(self.skip, None))
        return rail

    def _right(self) -> QVBoxLayout:
        body = QWidget()
        body.setProperty("kind", "scrolled")
        body.setMaximumWidth(_WIDTH)
        body.setLayout(column(self._heading, self._sentence, 8, self._stack, spacing=8))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        area.setWidget(body)
        framed = QVBoxLayout()
        framed.setContentsMargins(METRICS.page_margin, 48, METRICS.page_margin, 12)
        framed.addWidget(area)
        foot = row(None, self.back, self.later, self.primary)
        foot.setContentsMargins(METRICS.page_margin, 12, METRICS.page_margin, 12)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(framed, 1)
        right.addWidget(hairline())
        right.addLayout(foot)
        return right

    def _show_primary(self) -> None:
        step = self._steps[self._step]
        self.primary.setText(step.primary)
        self.primary.setEnabled(step.can_go_on)

    def _submit(self) -> None:
        if self._steps[self._step].submit():
            self._go_on()

    def _go_on(self) -> None:
        following = after(self._step)
        if following is None:
            self._end()
        else:
            self.go_to(following)

    def _go_back(self) -> None:
        earlier = before(self._step)
        if earlier is not None:
            self.go_to(earlier)

    def _end(self) -> None:
        self._settings.first_run_done = True
        self._settings.first_run_step = ""
        self._settings.save()
        self._step = ORDER[0]
        self.close_overlay()
        self.ended.emit()


class _Line(QWidget):
    """One step in the list: done, the one in view, or still to come."""

    def __init__(self, step: StepName, place: int) -> None:
        super().__init__()
        self._title = STEPS[step].title
        self._place = place
        self._done = Sign("check-circle", "ok", 18)
        self._now = Sign("caret-circle-right", "accent", 18)
        self._open = Sign("circle", "text3", 18)
        self._text = Label(self._title, "body", "text2")
        layout = row(self._done, self._now, self._open, self._text, None)
        layout.setContentsMargins(0, 6, 0, 6)
        self.setLayout(layout)

    def show_progress(self, distance: int) -> None:
        """``distance``: how many steps after the one in view; less than 0: before it."""
        self._done.setVisible(distance < 0)
        self._now.setVisible(distance == 0)
        self._open.setVisible(distance > 0)
        self._text.set_color("text" if distance == 0 else "text2")
        said = "done" if distance < 0 else "now" if distance == 0 else "to come"
        self.setAccessibleName(f"Step {self._place}: {self._title}, {said}")
