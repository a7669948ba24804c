"""The page Clients: the clients at the left, at the right what would change for the chosen one."""

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from pxbin_app.client_setup.presenter import ClientSetupPresenter
from pxbin_app.client_setup.setup_view import SetupView
from pxbin_app.client_setup.words import STATES
from pxbin_app.clients import CLIENTS, Undone
from pxbin_app.clients.guides import GUIDES, Guide
from pxbin_app.pages import PageContext
from pxbin_app.pages.clients.cards import ClientLine, ClientList
from pxbin_app.pages.clients.guide_view import GuideView
from pxbin_app.snippets import KEY, Access
from pxbin_app.tasks import run_action
from pxbin_app.theme import METRICS
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_app.widgets.page import Page
from pxbin_engine.records import CreatedKey


class ClientsPage(Page):
    """Who comes through pxbin, and how one sends them here."""

    def __init__(self, context: PageContext, presenter: ClientSetupPresenter | None = None) -> None:
        super().__init__("Clients")
        self._context = context
        self.presenter = presenter or ClientSetupPresenter(context.bridge, context.notify, self)
        self.list = ClientList()
        self.setup_view = SetupView(self.presenter)
        self.guide_view = GuideView()
        self.views = QStackedWidget()
        self._guide: Guide | None = None
        self._key = KEY
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.header.addStretch(1)
        for view in (self.setup_view, self.guide_view):
            self.views.addWidget(view)
        card = Card()
        card.setAccessibleName("The chosen client")
        card.add(self.views, 1)
        line = QHBoxLayout()
        line.setSpacing(METRICS.gap)
        line.addWidget(self.list, 1)
        line.addWidget(card, 2)
        self.add(line, 1)

    def _connect(self) -> None:
        self.list.chosen.connect(self.choose)
        self.presenter.changed.connect(self._show_list)
        self.presenter.undone.connect(self._offer_to_revoke)
        self.setup_view.models_wanted.connect(lambda: self._context.show_page("models"))
        self.setup_view.request_wanted.connect(self._context.show_request)
        self.guide_view.key_wanted.connect(self._make_key)
        self._show_list()

    def shown(self) -> None:
        self.presenter.start()

    def hidden(self) -> None:
        self._key = KEY
        self.presenter.stop()
        if self._guide is not None:
            self._show_guide(self._guide)

    def choose(self, name: str) -> None:
        """Show another client."""
        self._guide = next((guide for guide in GUIDES if guide.name == name), None)
        if self._guide is not None:
            self._show_guide(self._guide)
        else:
            self.views.setCurrentWidget(self.setup_view)
            self.presenter.choose(name)
        self._show_list()

    def _show_list(self) -> None:
        chosen = self._guide.name if self._guide else self.presenter.chosen.name
        clients = [self._line(client.name, client.title) for client in CLIENTS]
        guides = [
            ClientLine(guide.name, guide.title, guide.subtitle, "By hand", "neutral")
            for guide in GUIDES
        ]
        self.list.show_lines([*clients, *guides], chosen)

    def _line(self, name: str, title: str) -> ClientLine:
        status = self.presenter.statuses.get(name)
        if status is None:
            return ClientLine(name, title, "", "", "neutral")
        state, tone = STATES[status.state]
        path = (
            "not installed"
            if status.state == "not found"
            else self.presenter.shown_path(status.path)
        )
        return ClientLine(name, title, path, state, tone)

    def _show_guide(self, guide: Guide) -> None:
        base_url = self.presenter.base_url
        self.guide_view.show_guide(guide, Access(self._key, base_url, self.presenter.models))
        self.views.setCurrentWidget(self.guide_view)

    def _make_key(self) -> None:
        guide = self._guide
        if guide is None or not self.presenter.ready:
            return

        def show(created: CreatedKey) -> None:
            self._key = created.key
            if self._guide is guide:
                self._show_guide(guide)

        run_action(
            self._context.bridge.engine.keys.create("llm", guide.title),
            name="clients.key",
            done=show,
            failed=lambda text: self._context.notify(text, "err"),
        )

    def _offer_to_revoke(self, undone: Undone) -> None:
        key = self.presenter.key_of(undone)
        if key is None:
            return
        dialog = ConfirmDialog(
            self,
            f"Revoke the key {key.name}?",
            "The client does not use it any more. Keep it only where you have put it somewhere else, too.",
            confirm="Revoke the key",
            cancel="Keep it",
        )
        dialog.accepted.connect(lambda: self.presenter.revoke(key.id))
        dialog.open()
