"""State and actions of the page Keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import UNSET
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValues:
    """What a person filled in; the limit (requests a minute) is for an LLM key, permissions for a management key."""

    type: KeyType
    name: str
    rate_limit: int | None = None
    permissions: tuple[Permission, ...] = ("read", "write")


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

    follows = frozenset({"keys"})

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
        self._clock = clock
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.reload)

    def start(self) -> None:
        self._timer.start()
        super().start()

    def stop(self) -> None:
        self._timer.stop()
        super().stop()

    def set_type(self, key_type: KeyType) -> None:
        """Show the keys of the other type."""
        self.type = key_type
        self.rows = ()
        self.state = "loading"
        self.reload()

    def create(self, values: KeyValues, form: FormAnswer) -> None:
        """Make a key."""
        self.act(self._create(values), name="key.create", done=self.created.emit, form=form)

    def change(self, record: KeyRecord, values: KeyValues, form: FormAnswer) -> None:
        """Change a key's name, and its limit or permissions."""
        llm = record.type == "llm"
        work = self.engine.keys.update(
            record.id,
            name=values.name,
            rate_limit=values.rate_limit if llm else UNSET,
            permissions=UNSET if llm else values.permissions,
        )
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
        llm = values.type == "llm"
        created = await self.engine.keys.create(
            values.type,
            values.name,
            rate_limit=values.rate_limit if llm else None,
            permissions=values.permissions,
        )
        return NewKey(
            key=created.key,
            record=created.record,
            base_url=self.engine.base_url,
            models=await self._model_names() if llm else (),
        )

    async def _usage(self) -> Access:
        return Access(KEY, self.engine.base_url, await self._model_names())

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
        rows = tuple(
            KeyRow(record=record, now=now) for record in await self.engine.keys.list(asked)
        )
        return rows if asked == self.type else ()

    def _matches(self, row: KeyRow, sought: str) -> bool:
        status = "active" if row.record.is_active else "revoked"
        return sought in f"{row.record.name}\n{row.record.key_prefix}\n{status}".casefold()

    def _changed(self, record: KeyRecord) -> None:
        self.notify(f"{record.name} saved", "ok")
