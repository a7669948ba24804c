"""Step 2 of the first run as widgets: the upstream's form, then its models."""

from typing import cast
from urllib.parse import urlsplit

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.first_run.upstream_setup import UpstreamSetup, Wanted
from pxbin_app.pages.upstreams.model import FORMATS
from pxbin_app.pages.upstreams.presets import CUSTOM, preset_of
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import Field, SearchField, SecretField, Select, TextField
from pxbin_app.widgets.format import counted
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.tick_list import TickList
from pxbin_engine.records import Preset, UpstreamFormat

_URL_HINT = "With or without /v1, as the vendor prints it."
_LIST_HEIGHT = 220


class UpstreamStep(StepWidget):
    """The step."""

    def __init__(self, setup: UpstreamSetup) -> None:
        super().__init__()
        self.setup = setup
        self.form = _UpstreamForm(setup)
        self.models = _Models(setup)
        self.there = _There(setup)
        self.error = Banner("", "err", action="Add it all the same", on_click=self._add_untested)
        self._stack = QStackedWidget()
        for part in (self.form, self.models, self.there):
            self._stack.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.error)
        layout.addWidget(self._stack)
        layout.addStretch(1)
        setup.changed.connect(self._show)
        setup.done.connect(self.done)
        self.models.list.ticks_changed.connect(self.primary_changed)
        self._show()

    @property
    def primary(self) -> str:
        if self.setup.busy:
            return self.setup.busy
        return {"form": "Test and add", "models": "Import", "there": "Continue"}[self.setup.phase]

    @property
    def can_go_on(self) -> bool:
        return self.setup.ready and not self.setup.busy

    def submit(self) -> bool:
        if self.setup.phase == "form":
            self.setup.submit(self.form.wanted())
        elif self.setup.phase == "models":
            self.setup.take(self.models.chosen)
        return self.setup.phase == "there"

    def shown(self) -> None:
        self.form.offer()
        self.setup.load()
        self.primary_changed.emit()

    def _add_untested(self) -> None:
        self.setup.submit_untested(self.form.wanted())

    def _show(self) -> None:
        setup = self.setup
        self.form.offer()
        parts = {"form": self.form, "models": self.models, "there": self.there}
        self._stack.setCurrentWidget(parts[setup.phase])
        self.form.show_state()
        self.models.show_state()
        self.there.show_state()
        general = setup.error if not setup.field or setup.field not in self.form.fields else ""
        action = "Add it all the same" if setup.untested and setup.phase == "form" else ""
        self.error.set_message(general, "err", action, self._add_untested)
        self.error.setVisible(bool(general))
        self.primary_changed.emit()


class _UpstreamForm(QWidget):
    """Provider, address and key."""

    def __init__(self, setup: UpstreamSetup) -> None:
        super().__init__()
        self._setup = setup
        self._presets: tuple[Preset, ...] = ()
        self.preset = Select()
        self.format = Select(list(FORMATS.items()))
        self.base_url = TextField(placeholder="https://api.example.com/v1")
        self.api_key = SecretField(placeholder="sk-…")
        self.fields = {
            "preset": Field("Provider", self.preset),
            "format": Field("It speaks", self.format),
            "base_url": Field("Base URL", self.base_url, _URL_HINT),
            "api_key": Field("API key", self.api_key),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for field in self.fields.values():
            layout.addWidget(field)
        layout.addStretch(1)
        self.preset.chosen.connect(self._choose)

    def offer(self) -> None:
        """Offer the presets, once they are known."""
        if self._setup.presets and not self._presets:
            self._presets = self._setup.presets
            options = [(one.id, one.name) for one in self._presets]
            self.preset.set_options([*options, (CUSTOM, "Another address")])
            self._choose(self._presets[0].id)
            self.fields["api_key"].set_hint(self._setup.secret_description)

    def wanted(self) -> Wanted:
        """What is filled in."""
        chosen = preset_of(self._presets, self.preset.value)
        base_url = self.base_url.text().strip()
        return Wanted(
            name=chosen.name if chosen else urlsplit(base_url).hostname or base_url,
            base_url=base_url,
            format=cast("UpstreamFormat", self.format.value),
            preset=chosen.id if chosen else None,
            api_key=self.api_key.text().strip(),
        )

    def show_state(self) -> None:
        """Say what is wrong at the field that it is about; while it works nothing can be changed."""
        for name, field in self.fields.items():
            field.set_error(self._setup.error if name == self._setup.field else "")
            field.setEnabled(not self._setup.busy)

    def _choose(self, preset_id: str) -> None:
        chosen = preset_of(self._presets, preset_id)
        self.fields["format"].setVisible(chosen is None)
        self.base_url.setText(chosen.base_url if chosen else "")
        if chosen is not None:
            self.format.set_value(chosen.format)
        self.fields["base_url"].set_hint((chosen.hint if chosen else "") or _URL_HINT)
        needs_key = chosen is None or chosen.needs_key
        self.api_key.setPlaceholderText("sk-…" if needs_key else "Not needed")


class _Models(QWidget):
    """The upstream's models, to tick; or a name to type where it lists none."""

    def __init__(self, setup: UpstreamSetup) -> None:
        super().__init__()
        self._setup = setup
        self._shown: object = None
        self.said = Label("", "body", "text2", wrap=True)
        self.search = SearchField("Find a model")
        self.list = TickList("Models of the upstream")
        self.list.setFixedHeight(_LIST_HEIGHT)
        self._card = Card(padded=False)
        self._card.add(self.list)
        self.name = TextField(placeholder="gpt-5-mini")
        self._name_field = Field(
            "Model", self.name, "As the upstream calls it; clients ask for it by this name."
        )
        self.another = Button("Another upstream", "quiet", on_click=setup.begin_another)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (self.said, self.search, self._card, self._name_field):
            layout.addWidget(part)
        layout.addLayout(row(self.another, None))
        layout.addStretch(1)
        self.search.searched.connect(self.list.set_filter)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names that are to be imported."""
        if self._setup.items:
            return self.list.ticked
        return tuple(filter(None, (self.name.text().strip(),)))

    def show_state(self) -> None:
        """Show the models where they are new; ticks stay otherwise."""
        setup, name = self._setup, self._setup.record.name if self._setup.record else ""
        listed = bool(setup.items)
        if setup.items is not self._shown:
            self._shown = setup.items
            self.list.set_items(setup.items, setup.ticked)
        found = counted(len(setup.items), "model", "models")
        self.said.setText(
            f"{name} works and has {found}. Choose what clients may ask for."
            if listed
            else f"{name} lists no models. Name the one that you use."
        )
        for part in (self.search, self._card):
            part.setVisible(listed)
        self._name_field.setVisible(not listed)
        self.setEnabled(not setup.busy)


class _There(QWidget):
    """There is an upstream with models already."""

    def __init__(self, setup: UpstreamSetup) -> None:
        super().__init__()
        self._setup = setup
        self.said = Banner("", "ok")
        self.another = Button("Another upstream", "quiet", on_click=setup.begin_another)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.said)
        layout.addLayout(row(self.another, None))
        layout.addStretch(1)

    def show_state(self) -> None:
        """Say what there is."""
        if self._setup.record is not None:
            models = counted(len(self._setup.models), "model", "models")
            name = self._setup.record.name
            self.said.set_message(f"{name} is set up: clients can ask for {models}.", "ok")
