"""The command palette over the window: type, choose by arrows, Enter does it."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from pxbin_app.palette.presenter import PalettePresenter
from pxbin_app.palette.rows import ROW, ResultDelegate, ResultModel
from pxbin_app.theme import text_font
from pxbin_app.widgets.fields import TextField
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.labels import ElidingLabel
from pxbin_app.widgets.overlay import Overlay
from pxbin_app.widgets.styling import hairline

_ROWS = 11
_MOVES = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
_WITHOUT_RECORDS = "Only pages, actions and filters are found. {reason}"
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Palette(Overlay):
    """The palette. The cursor stays in the text; the arrows move the choice below it."""

    def __init__(self, over: QWidget, presenter: PalettePresenter) -> None:
        super().__init__(over, "Command palette", width=640, top=72)
        self._presenter = presenter
        self.text = TextField(placeholder="Find a page, an action, a model, a key or a request")
        self.text.setProperty("kind", "palette")
        self.text.setFont(text_font("heading"))
        self.text.setAccessibleName("Command palette")
        self.text.addAction(
            icon("magnifying-glass", "text3"), TextField.ActionPosition.LeadingPosition
        )
        self._model = ResultModel()
        self.list = QListView()
        self.list.setAccessibleName("What was found")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setProperty("kind", "bare")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setModel(self._model)
        self.list.setItemDelegate(ResultDelegate(self.list))
        self.list.setFixedHeight(_ROWS * ROW)
        self.problem = ElidingLabel(style="caption", color="warn")
        self.problem.setContentsMargins(16, 6, 16, 0)
        self.problem.hide()
        self.content.setContentsMargins(1, 1, 1, 8)
        self.content.addWidget(self.text)
        self.content.addWidget(hairline())
        self.content.addSpacing(6)
        self.content.addWidget(self.list)
        self.content.addWidget(self.problem)
        self.text.installEventFilter(self)
        self.text.textEdited.connect(presenter.find)
        self.list.clicked.connect(self._run)
        presenter.changed.connect(self._show)
        self.closed.connect(presenter.stop)

    @property
    def titles(self) -> list[str]:
        """The results shown, from above."""
        return [result.entry.title for result in self._model.results]

    def open(self) -> None:
        """Begin anew."""
        self.text.clear()
        self._presenter.start()
        super().open()

    def take_focus(self) -> None:
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys that mean the list come to the text, where the cursor is."""
        if (
            watched is self.text
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            if event.key() in _ENTER:
                self._run(self.list.currentIndex())
                return True
            if event.key() in _MOVES:
                self._move(Qt.Key(event.key()))
                return True
        return super().eventFilter(watched, event)

    def _move(self, key: Qt.Key) -> None:
        rows, now = self._model.rowCount(), self.list.currentIndex().row()
        if not rows:
            return
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if key in steps:
            self._choose((now + steps[key]) % rows)
        else:
            step = _ROWS if key == Qt.Key.Key_PageDown else -_ROWS
            self._choose(min(max(now + step, 0), rows - 1))

    def _choose(self, row: int) -> None:
        index = self._model.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def _show(self) -> None:
        before = self._chosen_title()
        self._model.set_results(self._presenter.results)
        problem = self._presenter.problem
        self.problem.set_text(_WITHOUT_RECORDS.format(reason=problem))
        self.problem.setVisible(bool(problem))
        titles = self.titles
        self._choose(titles.index(before) if before in titles and not self.text.text() else 0)

    def _chosen_title(self) -> str:
        row = self.list.currentIndex().row()
        return self.titles[row] if 0 <= row < len(self.titles) else ""

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self._model.results[index.row()].entry
        self.close_overlay()
        entry.run()
