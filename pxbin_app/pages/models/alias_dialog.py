"""The dialogs that edit aliases: one alias, or all of Claude Code's names at once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from PySide6.QtWidgets import QWidget

from pxbin_app.listing.forms import EntryDialog
from pxbin_app.pages.models.alias_presenter import (
    CLAUDE_CODE,
    CLAUDE_CODE_NAMES,
    CLIENTS,
    AliasValues,
    problem_of,
)
from pxbin_app.widgets.fields import CheckBox, Select, TextField
from pxbin_app.widgets.labels import Label
from pxbin_engine.records import AliasRecord, KeyRecord, ModelRecord

_AS_SAID = ("", "As it is said")


class AliasDialog(EntryDialog):
    """The form of one alias."""

    def __init__(
        self,
        parent: QWidget | None,
        models: Sequence[ModelRecord],
        keys: Sequence[KeyRecord],
        record: AliasRecord | None = None,
    ) -> None:
        title = "Add an alias" if record is None else f"Edit {record.pattern}"
        super().__init__(parent, title, primary="Add alias" if record is None else "Save")
        self.pattern = TextField(placeholder="gpt-4*")
        self.model = Select(options_of(models, record.model if record else ""))
        self.key = Select([("", "Every key"), *_keys(keys, record)])
        self.client = TextField(placeholder="Every client")
        self.client.suggest(CLIENTS)
        self.active = CheckBox("Active", checked=True)
        self.add_named(
            "pattern",
            "A client asks for",
            self.pattern,
            "* stands for any part of the name; * alone is the default model.",
        )
        self.add_named("model", "It means", self.model)
        self.put_beside(
            self.add_named("key_id", "For the key", self.key),
            self.add_named(
                "client", "For the client", self.client, "The beginning of its name is enough."
            ),
        )
        self.add(self.active)
        self._fill(record)

    def values(self) -> AliasValues:
        """What is filled in."""
        return AliasValues(
            pattern=self.pattern.text().strip(),
            model=self.model.value,
            key_id=UUID(self.key.value) if self.key.value else None,
            client=self.client.text().strip(),
            is_active=self.active.isChecked(),
        )

    def _fill(self, record: AliasRecord | None) -> None:
        if record is None:
            return
        self.pattern.setText(record.pattern)
        self.model.set_value(record.model)
        self.key.set_value(str(record.key_id or ""))
        self.client.setText(record.client)
        self.active.setChecked(record.is_active)


class ClaudeCodeDialog(EntryDialog):
    """What each of the names that Claude Code says means, all at once."""

    def __init__(
        self, parent: QWidget | None, models: Sequence[ModelRecord], meant: Mapping[str, str]
    ) -> None:
        super().__init__(parent, f"{CLAUDE_CODE}’s names", primary="Save", width=520)
        said = "Each of its names can mean any model. What it says stays as it is where you choose nothing."
        self.add(Label(said, "body", "text2", wrap=True))
        self.models: dict[str, Select] = {}
        for pattern, label, hint in CLAUDE_CODE_NAMES:
            means = meant.get(pattern, "")
            select = Select([_AS_SAID, *options_of(models, means)])
            select.set_value(means)
            self.models[pattern] = select
            self.add_named(pattern, label, select, hint)

    def values(self) -> dict[str, str]:
        """The model of each pattern; empty: none."""
        return {pattern: select.value for pattern, select in self.models.items()}


def options_of(models: Sequence[ModelRecord], current: str) -> list[tuple[str, str]]:
    """The models to choose from; what is chosen now stays to be seen, though there may be no such model any more."""
    known = {model.name: model for model in models}
    names = sorted(known.keys() | ({current} if current else set()))
    return [(name, _with_problem(name, known.get(name))) for name in names]


def _with_problem(name: str, model: ModelRecord | None) -> str:
    problem = problem_of(model)
    return f"{name} — {problem[:1].lower()}{problem[1:].removesuffix('.')}" if problem else name


def _keys(keys: Sequence[KeyRecord], record: AliasRecord | None) -> list[tuple[str, str]]:
    """Keys in force, and the one that is chosen in any case."""
    chosen = record.key_id if record else None
    return [(str(key.id), key.name) for key in keys if key.is_active or key.id == chosen]
