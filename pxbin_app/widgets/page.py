"""The base of every page: title row, body, and what the window tells a page."""

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from pxbin_app.theme import METRICS
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import hairline


class Page(QWidget):
    """A page of the window. Subclasses fill ``header`` (right of the title) and ``body``.

    Under the title row may stand a ``toolbar`` (filters) and at the very foot a line of hints, ``set_foot``.

    The window calls ``shown`` and ``hidden``: a hidden page must do no work. ``focus_filter`` is Ctrl+F, ``dismiss``
    is Esc (return True where something was closed by it).
    """

    def __init__(self, title: str, *, edge_to_edge: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.setFocusPolicy(
            Qt.FocusPolicy.ClickFocus
        )  # it holds the focus until something in it is wanted
        margin = METRICS.page_margin
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 14, 0, 0 if edge_to_edge else 16)
        self.header = QHBoxLayout()
        self.header.setContentsMargins(margin, 0, margin, 0)
        self.header.setSpacing(METRICS.gap)
        heading = Label(title, "title")
        heading.setMinimumHeight(METRICS.control)
        self.header.addWidget(heading)
        self.toolbar = QHBoxLayout()
        self.toolbar.setContentsMargins(margin, 0, margin, 0)
        self.toolbar.setSpacing(8)
        self.body = QVBoxLayout()
        side = 0 if edge_to_edge else margin
        self.body.setContentsMargins(side, 0, side, 0)
        self.body.setSpacing(0 if edge_to_edge else METRICS.gap)
        outer.setSpacing(0)
        outer.addLayout(self.header)
        outer.addSpacing(METRICS.gap - 2)
        outer.addLayout(self.toolbar)
        if edge_to_edge:
            outer.addSpacing(METRICS.gap - 2)
            outer.addWidget(hairline())
        outer.addLayout(self.body, 1)
        self._foot = _Foot()
        outer.addWidget(self._foot)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout at the end of the body."""
        if isinstance(item, QWidget):
            self.body.addWidget(item, stretch)
        else:
            self.body.addLayout(item, stretch)

    def set_foot(self, left: str, right: str = "") -> None:
        """Show hints in a line along the bottom: keys at the left, facts at the right."""
        self._foot.set_texts(left, right)

    def shown(self) -> None:
        """The page came into view: load, and follow events."""

    def hidden(self) -> None:
        """The page left the view: stop all work."""

    def show_item(self, item_id: UUID) -> None:
        """Bring one of the page's things into view, where it has it."""

    def filter_by(self, words: str) -> None:
        """Show only what these words say, where the page has a filter."""

    def begin_new(self) -> None:
        """Begin to make one of the page's things, where it has any."""

    def focus_filter(self) -> None:
        """Put the cursor into the page's filter, where it has one."""

    def dismiss(self) -> bool:
        """Close what is open in the page; False where there is nothing."""
        return False


class _Foot(QFrame):
    """A thin line of hints."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.setFixedHeight(26)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(METRICS.page_margin, 0, METRICS.page_margin, 0)
        self._left = Label("", "caption", "text2")
        self._right = Label("", "caption", "text2")
        layout.addWidget(self._left)
        layout.addStretch(1)
        layout.addWidget(self._right)
        self.hide()

    def set_texts(self, left: str, right: str) -> None:
        self._left.setText(left)
        self._right.setText(right)
        self.setVisible(bool(left or right))
