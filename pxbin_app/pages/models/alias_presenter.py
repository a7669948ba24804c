"""State and actions of the aliases: which names mean which model, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_engine.records import AliasRecord, KeyRecord, ModelRecord

CLAUDE_CODE = "Claude Code"
CLAUDE_CODE_NAMES = (
    ("*opus*", "Opus", "What Claude Code asks for as opus, whatever its version."),
    ("*sonnet*", "Sonnet", "Its usual model."),
    ("*haiku*", "Haiku, small and fast", "Titles, summaries and other small tasks."),
    ("*", "Default", "Every other name that it may say, also a model’s own."),
)
"""Patterns of the names that Claude Code says, what they are called, and what they are for."""

CLIENTS = (CLAUDE_CODE, "Codex", "opencode", "Gemini CLI", "Anthropic SDK", "OpenAI SDK", "AI SDK")
"""Beginnings of the names by which pxbin knows clients; any other may be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """One alias as the table shows it."""

    record: AliasRecord
    key_name: str = ""
    """Of the key for which it is said."""
    problem: str = ""
    """Why its model cannot be served; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasValues:
    """What a person filled in."""

    pattern: str
    model: str
    key_id: UUID | None = None
    client: str = ""
    is_active: bool = True


class AliasesPresenter(ListPresenter[AliasRow]):
    """All aliases, with what can be chosen for one."""

    follows = frozenset({"aliases", "models", "keys"})

    def __init__(self, bridge: EngineBridge, notify: Notify) -> None:
        super().__init__(bridge, notify)
        self.models: tuple[ModelRecord, ...] = ()
        self.keys: tuple[KeyRecord, ...] = ()

    @property
    def claude_code(self) -> dict[str, str]:
        """What the patterns of ``CLAUDE_CODE_NAMES`` mean for Claude Code now."""
        return {
            row.record.pattern: row.record.model
            for row in self.rows
            if row.record.client == CLAUDE_CODE and row.record.key_id is None
        }

    def save(
        self, values: AliasValues, form: FormAnswer, record: AliasRecord | None = None
    ) -> None:
        """Make an alias, or change ``record``."""
        aliases = self.engine.aliases
        fields: dict[str, Any] = {
            "pattern": values.pattern,
            "model": values.model,
            "key_id": values.key_id,
            "client": values.client,
            "is_active": values.is_active,
        }
        work = aliases.create(**fields) if record is None else aliases.update(record.id, **fields)
        self.act(work, name="alias.save", done=self._saved, form=form)

    def set_claude_code(self, models: Mapping[str, str], form: FormAnswer) -> None:
        """Say what Claude Code's names mean; an empty model takes what was said away."""
        meant = {pattern: model or None for pattern, model in models.items()}

        def done(_aliases: object) -> None:
            self.notify(f"{CLAUDE_CODE}’s names saved", "ok")

        work = self.engine.aliases.set_client_map(CLAUDE_CODE, meant)
        self.act(work, name="alias.set_client_map", done=done, form=form)

    def set_active(self, rows: Sequence[AliasRow], active: bool) -> None:
        """Let aliases hold, or not."""
        for row in rows:
            work = self.engine.aliases.update(row.record.id, is_active=active)
            self.act(work, name="alias.set_active", done=lambda _record: None)

    def delete(self, rows: Sequence[AliasRow]) -> None:
        """Remove aliases."""
        patterns = [row.record.pattern for row in rows]
        said = f"{patterns[0]} deleted" if len(rows) == 1 else f"{len(rows)} aliases deleted"
        work = self._delete([row.record.id for row in rows])
        self.act(work, name="alias.delete", done=lambda _none: self.notify(said, "ok"))

    async def _delete(self, ids: Sequence[UUID]) -> None:
        for alias_id in ids:
            await self.engine.aliases.delete(alias_id)

    async def _load(self) -> tuple[AliasRow, ...]:
        aliases = await self.engine.aliases.list()
        self.models = await self.engine.models.list()
        self.keys = await self.engine.keys.list("llm")
        served = {model.name: model for model in self.models}
        names = {key.id: key.name for key in self.keys}
        return tuple(
            AliasRow(
                record=alias,
                key_name=names.get(alias.key_id, "?") if alias.key_id else "",
                problem=problem_of(served.get(alias.model)),
            )
            for alias in aliases
        )

    def _matches(self, row: AliasRow, sought: str) -> bool:
        record = row.record
        return sought in f"{record.pattern}\n{record.model}\n{whom(row)}".casefold()

    def _saved(self, record: AliasRecord) -> None:
        self.notify(f"{record.pattern} → {record.model} saved", "ok")


def whom(row: AliasRow) -> str:
    """For whom an alias holds, in words."""
    parts = [f"key {row.key_name}"] if row.key_name else []
    parts += [row.record.client] if row.record.client else []
    return ", ".join(parts) or "everyone"


def problem_of(model: ModelRecord | None) -> str:
    """Why the model that an alias means cannot be served; empty where it can."""
    if model is None:
        return "There is no such model."
    if not model.is_active:
        return "The model is switched off."
    return "" if model.targets else "No upstream serves the model."
