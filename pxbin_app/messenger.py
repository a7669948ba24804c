"""Carries what happens in the engine to where a person sees it: banners, passing words, the tray, the desktop."""

from functools import partial

from PySide6.QtCore import QObject

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.main_window import MainWindow
from pxbin_app.model_routes import ModelRoutes
from pxbin_app.notices import Notice, Notices
from pxbin_app.settings import Settings
from pxbin_app.traffic_summary import Today, TrafficSummary
from pxbin_app.tray import Tray
from pxbin_app.widgets.format import counted
from pxbin_engine.events import DatabaseStateChanged, DiskStateChanged, UpstreamHealthChanged


class Messenger(QObject):
    """In the window, a banner says what holds. Who looks elsewhere is told by the desktop, unless that is off."""

    def __init__(
        self,
        bridge: EngineBridge,
        window: MainWindow,
        tray: Tray,
        settings: Settings,
        login: LoginSwitch,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tray = tray
        self._settings = settings
        self._login = login
        self._summary = TrafficSummary(bridge, self)
        self._notices = Notices(bridge, self)
        self._summary.today.connect(self._show_today)
        self._summary.errors.connect(tray.menu.set_errors)
        self._routes = ModelRoutes(bridge, self)
        self._routes.changed.connect(tray.menu.set_routes)
        self._routes.failed.connect(lambda reason: self._say("The route was not changed", reason))
        tray.menu.route_chosen.connect(self._routes.choose)
        tray.menu.aboutToShow.connect(login.refresh)
        tray.menu.login_toggled.connect(login.set)
        login.changed.connect(tray.menu.set_login)
        login.failed.connect(lambda reason: self._say("Start at login was not changed", reason))
        tray.menu.set_login(login.on)
        self._notices.told.connect(self._tell)
        bridge.database.connect(self._database_changed)
        bridge.disk.connect(self._disk_changed)
        bridge.health.connect(self._health_changed)

    def _database_changed(self, event: DatabaseStateChanged) -> None:
        if event.available:
            self._window.hide_banner("database")
            return
        rows = counted(event.queued, "request waits", "requests wait")
        waiting = f" {rows} to be logged; none is lost." if event.queued else ""
        text = f"The database is away. {event.detail}{waiting}"
        self._window.show_banner("database", text, "err")

    def _disk_changed(self, event: DiskStateChanged) -> None:
        if not event.error:
            self._window.hide_banner("disk")
            return
        text = (
            f"The disk takes no rows of the log ({event.error}). What the database does not take waits in memory:"
            " make room before pxbin ends."
        )
        self._window.show_banner("disk", text, "err")

    def _health_changed(self, event: UpstreamHealthChanged) -> None:
        key = f"upstream {event.upstream_id}"
        if event.state == "open":
            text = f"{event.upstream_name} is failing and is left alone for a while: {event.reason}"
            self._window.show_banner(key, text, "warn", closable=True)
        else:
            self._window.hide_banner(key)

    def _show_today(self, today: Today) -> None:
        self._tray.set_today(today.line, today.budget, today.badge)
        if not today.refusing:
            self._window.hide_banner("budgets")
            return
        self._window.show_banner(
            "budgets",
            today.refusing,
            "err",
            action="Open Costs",
            on_click=partial(self._window.show_page, "costs"),
        )

    def _tell(self, notice: Notice) -> None:
        """By the desktop, or where it shows nothing in the window; there, what is red has its banner already."""
        if not self._window.isActiveWindow():
            settings = self._settings
            if not (settings.notifications and settings.is_notified(notice.kind)):
                return
            told = self._tray.show_message(
                notice.title, notice.text, page=notice.page, item=notice.item
            )
            if told:
                return
        if notice.tone != "err":
            self._window.toast(
                notice.title,
                notice.tone,
                notice.text,
                action=f"Open {notice.page.title()}",
                on_click=partial(self._window.open_place, notice.page, notice.item),
            )

    def _say(self, title: str, reason: str) -> None:
        """What was asked for in the tray could not be done."""
        if not self._tray.show_message(title, reason):
            self._window.toast(title, "err", reason)
