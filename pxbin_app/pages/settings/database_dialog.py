"""The dialog for another place of the database: tried first, then moved to, or used as it is."""

from PySide6.QtWidgets import QProgressBar, QWidget

from pxbin_app.pages.settings.database_presenter import DatabasePresenter
from pxbin_app.widgets.buttons import Button, SegmentedControl
from pxbin_app.widgets.dialogs import Dialog
from pxbin_app.widgets.fields import Field, SecretField, TextField
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row

_TEXT = (
    "Everything is copied and compared before pxbin uses the new place; the old one stays as it is. The engine is stopped so"
    " long: clients get no connection."
)


class DatabaseDialog(Dialog):
    """A place, what is at it, and how far a move is."""

    def __init__(self, parent: QWidget, presenter: DatabasePresenter) -> None:
        super().__init__(parent, "Move the database", width=520)
        self.presenter = presenter
        self.content.addWidget(Label(_TEXT, "body", "text2", wrap=True))
        self.kind = SegmentedControl(
            [("server", "A PostgreSQL server"), ("embedded", "The embedded PostgreSQL")], "Where to"
        )
        self.kind.chosen.connect(lambda _kind: self._show_kind())
        self.url = SecretField(placeholder="postgresql://pxbin:password@host:5432/pxbin")
        self.url_field = Field("Address", self.url)
        self.schema = TextField("public")
        self.schema_field = Field("Schema", self.schema, "pxbin’s tables are in it.")
        self.found = Label("", "table", "text2", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the move")
        self.step = Label("", "caption", "text2")
        self.content.addLayout(row(self.kind, None))
        for widget in (self.url_field, self.schema_field, self.found, self.bar, self.step):
            self.content.addWidget(widget)
        self.try_it = Button("Try it", on_click=self._try)
        self.cancel = Button("Cancel", on_click=self._cancel)
        self.use = Button("Use what is there", on_click=self._use)
        self.move_all = Button("Move everything", "primary", on_click=self._move)
        for button in (self.try_it, self.cancel, self.use, self.move_all):
            self.foot.addWidget(button)
        self._connect()
        self.kind.set_value("server" if presenter.embedded else "embedded")
        self._show_kind()
        self._show_moving(False)

    def _connect(self) -> None:
        self.presenter.tried.connect(self._show_found)
        self.presenter.moving.connect(self._show_moving)
        self.presenter.progress.connect(self._show_progress)
        self.presenter.ended.connect(self.accept)
        for field in (self.url, self.schema):
            field.textEdited.connect(lambda _text: self._forget_found())
        self.url.returnPressed.connect(self._try)

    @property
    def _place(self) -> tuple[str, str]:
        url = self.url.text() if self.kind.value == "server" else ""
        return url, self.schema.text()

    def _show_kind(self) -> None:
        to_server = self.kind.value == "server"
        for widget in (self.url_field, self.try_it):
            widget.setVisible(to_server)
        self._forget_found()

    def _forget_found(self) -> None:
        self.found.hide()
        self.use.hide()
        self.move_all.setEnabled(self.kind.value == "embedded")

    def _try(self) -> None:
        self._forget_found()
        self.presenter.try_place(*self._place)

    def _move(self) -> None:
        self.presenter.move(*self._place)

    def _use(self) -> None:
        self.presenter.use(*self._place)

    def _cancel(self) -> None:
        if self.busy:
            self.presenter.cancel()
        else:
            self.reject()

    def _show_found(self, found: str, text: str, tone: str) -> None:
        self.found.setText(text)
        self.found.set_color(tone)
        self.found.show()
        self.use.setVisible(found == "used")
        self.move_all.setEnabled(found == "empty" or self.kind.value == "embedded")

    def _show_moving(self, moving: bool) -> None:
        self._busy = moving
        for widget in (self.kind, self.url, self.schema, self.try_it, self.use):
            widget.setEnabled(not moving)
        if moving:
            self.move_all.setEnabled(False)
            self.found.hide()
            self._show_progress("Stopping the engine", 0)
        self.bar.setVisible(moving)
        self.step.setVisible(moving)
        self.cancel.setText("Stop the move" if moving else "Cancel")

    def _show_progress(self, text: str, thousandths: int) -> None:
        self.step.setText(text)
        self.bar.setValue(thousandths)
