"""State and actions of the page Keys."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from PySide6.QtCore import QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_app.snippets import KEY, Access
from pxbin_engine.errors import PxbinError
from pxbin_engine.records import KeyRecord, KeyType, Permission

REFRESH_MS = 15_000
"""How often "last used" is asked for anew while the page is seen: using a key is no change of configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key, and the moment at which it is looked at."""

    record: KeyRecord
    now: datetime

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        expires_at = self.record.expires_at
        return expires_at is not None and expires_at <= self.now

    @property
    def status(self) -> Literal["active", "expired", "revoked"]:
        """Whether it opens anything, and if not, why."""
        if not self.record.is_active:
            return "revoked"
        return "expired" if self.expired else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValues:
    """What a person filled in; limits and models are for an LLM key, permissions for a management key."""

    type: KeyType
    name: str
    rate_limit: int | None = None
    tokens_per_minute: int | None = None
    max_concurrency: int | None = None
    allowed_models: tuple[str, ...] = ()
    expires_at: datetime | None = None
    permissions: tuple[Permission, ...] = ("read", "write")

    @property
    def fields(self) -> dict[str, Any]:
        """What there is for a key of its type."""
        common = {"name": self.name, "expires_at": self.expires_at}
        if self.type == "management":
            return common | {"permissions": self.permissions}
        return common | {
            "rate_limit": self.rate_limit,
            "tokens_per_minute": self.tokens_per_minute,
            "max_concurrency": self.max_concurrency,
            "allowed_models": self.allowed_models,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made, with what is needed to say how it is used."""

    key: str
    record: KeyRecord
    base_url: str
    models: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"NewKey({self.record!r})"


class KeysPresenter(ListPresenter[KeyRow]):
    """The keys of one type."""

    follows = frozenset({"keys", "models"})

    created = Signal(object)
    """A ``NewKey``: the one time that its plaintext is there."""

    usage_known = Signal(object)
    """An ``Access``, with a word in the key's place."""

    def __init__(
        self,
        bridge: EngineBridge,
        notify: Notify,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(bridge, notify)
        self.type: KeyType = "llm"
        self.models: tuple[str, ...] = ()
        """What a key can be held to."""
        self._clock = clock
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.reload)

    def start(self) -> None:
        self._timer.start()
        super().start()

    def stop(self) -> None:
        self._timer.stop()
        super().stop()

    @property
    def now(self) -> datetime:
        """The time by the presenter's clock."""
        return self._clock()

    def set_type(self, key_type: KeyType) -> None:
        """Show the keys of the other type."""
        self.type = key_type
        self.rows = ()
        self.state = "loading"
        self.reload()

    def find_type(self, key_id: UUID, found: Callable[[KeyType], None]) -> None:
        """Tell of which type a key is, where there is one of this id."""

        def done(keys: tuple[KeyRecord, ...]) -> None:
            for key in keys:
                if key.id == key_id:
                    found(key.type)

        if self.ready:
            self.act(self.engine.keys.list(), name="key.find", done=done)

    def create(self, values: KeyValues, form: FormAnswer) -> None:
        """Make a key."""
        self.act(self._create(values), name="key.create", done=self.created.emit, form=form)

    def change(self, record: KeyRecord, values: KeyValues, form: FormAnswer) -> None:
        """Change what is another than in ``record``: an expiry that has passed, say, may stay."""
        changes = {
            field: value
            for field, value in values.fields.items()
            if value != getattr(record, field)
        }
        work = self.engine.keys.update(record.id, **changes)
        self.act(work, name="key.change", done=self._changed, form=form)

    def tell_usage(self) -> None:
        """Say how clients use a key."""
        self.act(self._usage(), name="key.usage", done=self.usage_known.emit)

    def revoke(self, rows: Sequence[KeyRow]) -> None:
        """Stop keys for good."""
        for row in rows:
            self.act(
                self.engine.keys.revoke(row.record.id),
                name="key.revoke",
                done=lambda record: self.notify(f"{record.name} revoked", "ok"),
            )

    async def _create(self, values: KeyValues) -> NewKey:
        created = await self.engine.keys.create(values.type, **values.fields)
        return NewKey(
            key=created.key,
            record=created.record,
            base_url=self.engine.base_url,
            models=await self._usable(created.record) if values.type == "llm" else (),
        )

    async def _usage(self) -> Access:
        return Access(KEY, self.engine.base_url, await self._model_names())

    async def _usable(self, record: KeyRecord) -> tuple[str, ...]:
        """The models that the key may use."""
        allowed = record.allowed_models
        return tuple(
            name
            for name in await self._model_names()
            if not allowed or any(matches(pattern, name) for pattern in allowed)
        )

    async def _model_names(self) -> tuple[str, ...]:
        """For the snippets only: a key that was made must be shown, whatever fails after it."""
        try:
            models = await self.engine.models.list()
        except PxbinError:
            return ()
        return tuple(model.name for model in models if model.is_active)

    async def _load(self) -> tuple[KeyRow, ...]:
        asked = self.type
        now = self._clock()
        if asked == "llm":
            self.models = tuple(model.name for model in await self.engine.models.list())
        rows = tuple(
            KeyRow(record=record, now=now) for record in await self.engine.keys.list(asked)
        )
        return rows if asked == self.type else ()

    def _matches(self, row: KeyRow, sought: str) -> bool:
        record = row.record
        parts = (record.name, record.key_prefix, row.status, *record.allowed_models)
        return sought in "\n".join(parts).casefold()

    def _changed(self, record: KeyRecord) -> None:
        self.notify(f"{record.name} saved", "ok")


def matches(pattern: str, name: str) -> bool:
    """Whether a name of a model, or a pattern in which ``*`` stands for any part, names this model."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None
