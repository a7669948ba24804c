"""Where the data is, as a card with the button that moves it."""

from urllib.parse import urlsplit

from pxbin_app.pages.settings.database_dialog import DatabaseDialog
from pxbin_app.pages.settings.database_presenter import DatabasePresenter
from pxbin_app.pages.settings.sections import Section
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.labels import Label, MonoLabel
from pxbin_app.widgets.styling import row
from pxbin_engine.config import EngineConfig

_EMBEDDED = "The embedded PostgreSQL. It runs with pxbin and for it alone."
_SERVER = "A PostgreSQL server. Several pxbin may share it."


class DatabaseSection(Section):
    """What holds, and the way to another place."""

    def __init__(self, presenter: DatabasePresenter) -> None:
        super().__init__()
        self.presenter = presenter
        self.kind = Label("", "body", wrap=True)
        self.place = MonoLabel("", selectable=True)
        self.place.setWordWrap(True)
        self.locked = Label("", "caption", "text3", wrap=True)
        self.change = Button("Move it…", on_click=self.open_dialog)
        self.add_card(
            "Where the data is", self.kind, self.place, self.locked, row(self.change, None)
        )

    def refresh(self) -> None:
        config, locked = self.presenter.controls.running(), self.presenter.locked
        self.kind.setText(_EMBEDDED if config.embedded else _SERVER)
        self.place.setText(place_words(config))
        self.locked.setText(locked)
        self.locked.setVisible(bool(locked))
        self.change.setEnabled(not locked)

    def open_dialog(self) -> None:
        """Ask where to."""
        DatabaseDialog(self, self.presenter).open()


def place_words(config: EngineConfig) -> str:
    """Where the database is, without what one logs in with."""
    if config.embedded:
        return f"{config.data_dir / 'pg'}, schema {config.database_schema}"
    where = urlsplit(config.database_url)
    return f"{where.netloc.rpartition('@')[2]}{where.path}, schema {config.database_schema}"
