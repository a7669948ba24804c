"""The page Settings: its sections at the left, the one in view beside them, and below what waits to be applied."""

from importlib.metadata import version

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pxbin_app.pages import PageContext
from pxbin_app.pages.settings.backup_presenter import BackupPresenter
from pxbin_app.pages.settings.backup_section import BackupSection
from pxbin_app.pages.settings.database_presenter import DatabasePresenter
from pxbin_app.pages.settings.database_section import DatabaseSection
from pxbin_app.pages.settings.presenter import SettingsPresenter
from pxbin_app.pages.settings.sections import (
    AboutSection,
    DiagnosticsSection,
    LogSection,
    NetworkSection,
    NotificationsSection,
    Section,
    StartSection,
)
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button, ChoiceButton
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.labels import Dot, Label
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.page import Page

_LIST_WIDTH = 176


class SettingsPage(Page):
    """Sections by their names: ``show_section`` brings one into view."""

    def __init__(self, context: PageContext) -> None:
        super().__init__("Settings")
        if context.controls is None:
            raise ValueError("the page needs the app's controls")
        self.presenter = SettingsPresenter(context.controls, context.bridge, context.notify)
        database = DatabasePresenter(context.controls, context.notify)
        backups = BackupPresenter(context.bridge, context.notify)
        self.sections: dict[str, tuple[str, str, Section]] = {
            "network": ("Network", "globe", NetworkSection(self.presenter)),
            "database": ("Database", "database", DatabaseSection(database)),
            "log": ("Log", "list-dashes", LogSection(self.presenter)),
            "notifications": ("Notifications", "bell", NotificationsSection(self.presenter)),
            "start": ("Start and look", "power", StartSection(self.presenter)),
            "backup": ("Backup", "archive", BackupSection(backups)),
            "diagnostics": ("Diagnostics", "first-aid-kit", DiagnosticsSection(self.presenter)),
            "about": ("About", "info", AboutSection(self.presenter, version("pxbin"))),
        }
        self.problem = Banner("", "err")
        self.bar = ApplyBar(self.presenter)
        self._stack = QStackedWidget()
        self._buttons: dict[str, ChoiceButton] = {}
        self._lay_out()
        self.presenter.changed.connect(self._refresh)
        database.ended.connect(self.presenter.refresh)
        context.bridge.state.connect(lambda _event: self._refresh_in_view())
        self._in_view = False
        self.show_section("network")

    def shown(self) -> None:
        self._in_view = True
        self.presenter.refresh()

    def hidden(self) -> None:
        self._in_view = False

    def show_section(self, name: str) -> None:
        """Bring a section into view.

        Raises:
            KeyError: there is none of this name.
        """
        self._buttons[name].setChecked(True)
        self._stack.setCurrentIndex(list(self.sections).index(name))

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        group = QButtonGroup(self)
        for name, (title, icon_name, section) in self.sections.items():
            self._buttons[name] = button = self._button(name, title, icon_name)
            group.addButton(button)
            names.addWidget(button)
            self._stack.addWidget(_scrolled(section))
        names.addStretch(1)
        self.problem.hide()
        both = QHBoxLayout()
        both.setSpacing(METRICS.page_margin)
        both.addLayout(names)
        both.addWidget(self._stack, 1)
        self.add(self.problem)
        self.add(both, 1)
        self.add(self.bar)

    def _button(self, name: str, title: str, icon_name: str) -> ChoiceButton:
        button = ChoiceButton(f"  {title}")
        button.setProperty("kind", "nav")
        button.setIcon(icon(icon_name, on="accent"))
        button.setAccessibleName(title)
        button.setFixedWidth(_LIST_WIDTH)
        button.clicked.connect(lambda: self.show_section(name))
        return button

    def _refresh_in_view(self) -> None:
        if self._in_view:
            self.presenter.refresh()

    def _refresh(self) -> None:
        self.problem.set_message(self.presenter.problem, "err")
        self.problem.setVisible(bool(self.presenter.problem))
        for _, _, section in self.sections.values():
            section.refresh()
        self.bar.refresh()


class ApplyBar(QFrame):
    """What was changed and does not hold yet, and the button that makes it hold."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._presenter = presenter
        self.text = Label("", "body", wrap=True)
        self.discard = Button("Discard", on_click=presenter.discard)
        self.apply = Button("Apply and restart the engine", "primary", on_click=presenter.apply)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(Dot("info"))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.discard)
        layout.addWidget(self.apply)
        presenter.busy.connect(lambda busy: self.setEnabled(not busy))
        self.hide()

    def refresh(self) -> None:
        """Show what waits."""
        pending, errors = self._presenter.pending, self._presenter.errors
        outdated = self._presenter.outdated
        self.setVisible(bool(pending or outdated))
        self.apply.setEnabled(not errors)
        self.discard.setVisible(bool(pending))
        self.text.setText(_bar_text(len(pending), len(errors), outdated=bool(outdated)))


def _bar_text(pending: int, errors: int, *, outdated: bool) -> str:
    if errors:
        return "Nothing is written before every field is right."
    if not pending and outdated:
        return "The settings on the disk are newer than those that the engine runs with."
    changes = "1 change" if pending == 1 else f"{pending} changes"
    return f"{changes}. The engine starts anew with it; running requests have five seconds to end."


def _scrolled(section: Section) -> QScrollArea:
    holder = QWidget()
    holder.setProperty("kind", "scrolled")
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 8, 0)
    line.addWidget(section, 10)
    line.addStretch(1)
    area = QScrollArea()
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
