"""The sections of the page: cards with fields and switches. Each shows what its presenter says, and tells it what is pressed."""

import platform
from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from pxbin_app.language import LANGUAGES, tr
from pxbin_app.notice_kinds import NOTICE_KINDS
from pxbin_app.pages.settings.fields import BODIES, LOG, NETWORK, Setting, shown
from pxbin_app.pages.settings.presenter import RecordingMode, SettingsPresenter
from pxbin_app.settings import SYSTEM
from pxbin_app.theme import METRICS, Mode
from pxbin_app.widgets.buttons import Button, CopyButton, SegmentedControl
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import CheckBox, Field, TextField
from pxbin_app.widgets.labels import Label, MonoLabel
from pxbin_app.widgets.styling import row

_WIDTH = 640


class Section(QWidget):
    """A column of cards, no wider than one reads well."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "scrolled")
        self.setMaximumWidth(_WIDTH)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, METRICS.page_margin)
        self._column.setSpacing(METRICS.gap)
        self._column.addStretch(1)

    def add_card(self, title: str, *items: QWidget | QLayout) -> Card:
        """A card with these things below each other."""
        card = Card(title)
        card.body.setSpacing(12)
        for item in items:
            card.add(item)
        self._column.insertWidget(self._column.count() - 1, card)  # before the stretch
        return card

    def refresh(self) -> None:
        """Show what holds now."""


class SettingFields:
    """The controls of some settings, each with its error, or with the reason why it cannot be changed."""

    def __init__(self, presenter: SettingsPresenter, settings: Sequence[Setting]) -> None:
        self._presenter = presenter
        self._settings = settings
        self.fields: dict[str, Field] = {}
        self.switches: dict[str, CheckBox] = {}
        self._reasons: dict[str, Label] = {}
        self.items: list[QWidget] = []
        for setting in settings:
            self._add(setting)

    def refresh(self) -> None:
        """Show values, errors and locks; what is being typed is left alone."""
        for setting in self._settings:
            name, locked = setting.name, self._presenter.locked(setting.name)
            if setting.kind == "switch":
                self.switches[name].setChecked(bool(self._presenter.value(name)))
                self.switches[name].setEnabled(not locked)
                self._reasons[name].setText(locked)
                self._reasons[name].setVisible(bool(locked))
                continue
            field = self.fields[name]
            error = self._presenter.errors.get(name, "")
            text = cast("TextField", field.control)
            if not error and not text.hasFocus():
                text.setText(shown(self._presenter.value(name)))
            text.setEnabled(not locked)
            field.set_hint(locked or setting.hint)
            field.set_error(error)

    def _add(self, setting: Setting) -> None:
        if setting.kind == "switch":
            switch = CheckBox(setting.label)
            switch.clicked.connect(lambda on: self._presenter.switch(setting.name, on))
            self.switches[setting.name] = switch
            reason = Label("", "caption", "text3", wrap=True)
            self._reasons[setting.name] = reason
            self.items += [switch, reason]
            return
        text = TextField()
        text.textEdited.connect(lambda typed: self._presenter.enter(setting.name, typed))
        self.fields[setting.name] = Field(setting.label, text, setting.hint)
        self.items.append(self.fields[setting.name])


class NetworkSection(Section):
    """Where pxbin listens, and who may come."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        self.settings = SettingFields(presenter, NETWORK)
        self.check = Button("Is it free?", on_click=presenter.check_address)
        self.answer = Label("", "table", "text2")
        address, *others = self.settings.items
        self.add_card("Where pxbin listens", address, row(self.check, self.answer, None))
        self.add_card("Who may call it", *others)
        presenter.address_checked.connect(self._show_answer)
        presenter.changed.connect(lambda: self._show_answer("", "text2"))
        self.answer.hide()

    def refresh(self) -> None:
        self.settings.refresh()

    def _show_answer(self, text: str, color: str) -> None:
        self.answer.setText(text)
        self.answer.set_color(color)
        self.answer.setVisible(bool(text))


_MODES: tuple[tuple[RecordingMode, str], ...] = (
    ("off", "None"),
    ("errors", "Of failed requests"),
    ("all", "Of all requests"),
)
_BODIES_TEXT = (
    "What clients send and upstreams answer, to look at in Logs. Keys are taken out; what was said in the conversation is in"
    " it. This holds at once."
)


class LogSection(Section):
    """How long the log is kept, and what of it."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.settings = SettingFields(presenter, (*LOG, *BODIES))
        self.bodies = SegmentedControl(list(_MODES), "Bodies that are kept")
        self.bodies.chosen.connect(lambda mode: presenter.set_bodies(cast("RecordingMode", mode)))
        self.locked = Label("", "caption", "text3", wrap=True)
        of_log = len(LOG) + 1  # a switch has a second line
        self.add_card("Log", *self.settings.items[:of_log])
        self.add_card(
            "Bodies of requests",
            Label(_BODIES_TEXT, "body", "text2", wrap=True),
            row(self.bodies, None),
            self.locked,
            *self.settings.items[of_log:],
        )

    def refresh(self) -> None:
        self.settings.refresh()
        locked = self._presenter.locked("log_bodies")
        self.bodies.set_value(self._presenter.config.log_bodies)
        self.bodies.setEnabled(not locked)
        self.locked.setText(locked)
        self.locked.setVisible(bool(locked))


class NotificationsSection(Section):
    """Of what the desktop tells while nobody looks at the window."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        self._settings = presenter.controls.settings
        self.all = CheckBox("Tell me on the desktop while the window is not in front")
        self.all.clicked.connect(self._set_all)
        self.kinds: dict[str, CheckBox] = {}
        for kind, text in NOTICE_KINDS.items():
            self.kinds[kind] = box = CheckBox(text)
            box.clicked.connect(lambda on, kind=kind: self._settings.set_notified(kind, on))
        self.add_card("Notifications", self.all, *self.kinds.values())

    def refresh(self) -> None:
        on = self._settings.notifications
        self.all.setChecked(on)
        for kind, box in self.kinds.items():
            box.setChecked(self._settings.is_notified(kind))
            box.setEnabled(on)

    def _set_all(self, on: bool) -> None:
        self._settings.notifications = on
        self.refresh()


class StartSection(Section):
    """The three switches of the start, and how the window looks."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        controls = presenter.controls
        self._login, self._settings = controls.login, controls.settings
        self.at_login = CheckBox("Start pxbin when I log in")
        self.hidden = CheckBox("Then without its window, in the tray")
        self.proxy = CheckBox("Serve requests as soon as pxbin has started")
        self.proxy_hint = Label("Otherwise it starts paused.", "caption", "text3")
        self.at_login.clicked.connect(self._login.set)
        self.hidden.clicked.connect(presenter.set_start_hidden)
        self.proxy.clicked.connect(self._set_proxy)
        self._login.changed.connect(self._show_login)
        self._login.failed.connect(lambda reason: presenter.notify(reason, "err"))
        themes: list[tuple[Mode, str]] = [
            ("system", "As the system"),
            ("dark", "Dark"),
            ("light", "Light"),
        ]
        self.theme = SegmentedControl(list(themes), "Theme")
        self.theme.chosen.connect(lambda mode: presenter.set_theme(cast("Mode", mode)))
        languages = [(SYSTEM, tr("As the system")), *LANGUAGES.items()]
        self.language = SegmentedControl(languages, tr("Language"))
        self.language.chosen.connect(self._set_language)
        self.reset = Button("Reset the window", on_click=self._reset)
        self.add_card("Start", self.at_login, self.hidden, self.proxy, self.proxy_hint)
        self.add_card("Look", row(self.theme, None))
        self.add_card(
            tr("Language"),
            row(self.language, None),
            Label(tr("It holds from the next start."), "caption", "text3"),
        )
        self.add_card(
            "Window",
            Label(
                "Size and columns go back to what they were at first, panes at the next start.",
                "body",
                "text2",
                wrap=True,
            ),
            row(self.reset, None),
        )

    def refresh(self) -> None:
        self._show_login(self._login.on)
        self.hidden.setChecked(self._settings.start_hidden)
        self.proxy.setChecked(self._settings.start_proxy)
        self.theme.set_value(self._settings.theme)
        self.language.set_value(self._settings.language)

    def _show_login(self, on: bool) -> None:
        self.at_login.setChecked(on)

    def _set_proxy(self, on: bool) -> None:
        self._settings.start_proxy = on

    def _set_language(self, code: str) -> None:
        self._settings.language = code

    def _reset(self) -> None:
        self._presenter.controls.reset_window()
        self._presenter.notify("Size and columns are as they were at first", "ok")


_DIAGNOSTICS_TEXT = (
    "An archive for who helps you: versions, settings, health, the end of the logs, crash reports. Keys, passwords and bodies"
    " are not in it. Look through it before you hand it on: names of upstreams and models are."
)


class DiagnosticsSection(Section):
    """What to send to who helps."""

    def __init__(self, presenter: SettingsPresenter) -> None:
        super().__init__()
        controls = presenter.controls
        self.save = Button(
            "Save diagnostics…",
            icon_name="archive",
            on_click=lambda: controls.save_diagnostics(self),
        )
        self.logs = Button("Open the logs", on_click=self._open("logs", presenter))
        self.data = Button("Open the data directory", on_click=self._open("", presenter))
        self.add_card(
            "Diagnostics",
            Label(_DIAGNOSTICS_TEXT, "body", "text2", wrap=True),
            row(self.save, self.logs, self.data, None),
        )

    def _open(self, folder: str, presenter: SettingsPresenter) -> Callable[[], None]:
        def show() -> None:
            path = presenter.controls.running().data_dir / folder
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
                presenter.notify(f"It is at {path}", "info")

        return show


class AboutSection(Section):
    """Which pxbin this is, and where it keeps its things."""

    def __init__(self, presenter: SettingsPresenter, version: str) -> None:
        super().__init__()
        controls = presenter.controls
        python = platform.python_version()
        self.version = Label(f"pxbin {version}", "heading")
        self.add_card(
            "",
            self.version,
            Label("The control tower of your LLM traffic. MIT licence.", "body", "text2"),
            Label(
                f"Python {python}, Qt {qVersion()}, {platform.platform()}",
                "table",
                "text2",
                wrap=True,
            ),
        )
        self.add_card(
            "Where its things are",
            _path_line("Data", str(controls.running().data_dir)),
            _path_line("Settings", str(controls.file.path)),
        )


def _path_line(name: str, path: str) -> QLayout:
    label = Label(name, "table", "text2")
    label.setFixedWidth(64)
    shown_path = MonoLabel(path, selectable=True)
    shown_path.setWordWrap(True)
    line = row(label, spacing=8)
    line.addWidget(shown_path, 1)
    line.addWidget(CopyButton(lambda: path, f"Copy the path of {name.lower()}"))
    return line
