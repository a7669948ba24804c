"""Aliases: names and patterns that mean a model, for everyone, for one key or for one client."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import a_name, given
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import AliasRecord
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.models import ModelStore

logger = logging.getLogger(__name__)

CLAUDE_CODE = "Claude Code"
"""The client that asks for models by these four: its own names, and whatever else it may say."""
CLAUDE_CODE_PATTERNS: Mapping[str, str] = {
    "opus": "*opus*",
    "sonnet": "*sonnet*",
    "haiku": "*haiku*",
    "other": "*",
}
"""How Claude Code's families are called here -> the pattern of their names; titles and other small tasks are haiku's
(code.claude.com/docs, "model-config": ``ANTHROPIC_SMALL_FAST_MODEL`` became ``ANTHROPIC_DEFAULT_HAIKU_MODEL``)."""


class AliasAdmin:
    """The use cases of aliases."""

    def __init__(
        self,
        store: AliasStore,
        models: ModelStore,
        on_changed: OnChanged,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._models = models
        self._on_changed = on_changed
        self._clock = clock

    async def list(self) -> tuple[AliasRecord, ...]:
        """All aliases, those that are switched off too."""
        return await self._store.list()

    async def create(
        self,
        *,
        pattern: str,
        model: str,
        key_id: UUID | None = None,
        client: str = "",
        is_active: bool = True,
    ) -> AliasRecord:
        """Let ``pattern`` mean ``model``; ``*`` stands for any part of a name.

        Raises:
            InvalidInput: a text cannot be used, there is no such model or key, or the model named is an alias itself.
            Conflict: the pattern means something already for that key and client.
        """
        now = self._clock()
        record = AliasRecord(
            id=uuid4(),
            pattern=a_name(pattern, field="pattern"),
            model=await self._a_model(model),
            key_id=key_id,
            client=_a_client(client),
            is_active=is_active,
            created_at=now,
            updated_at=now,
        )
        record = await self._store.insert(record)
        await self._changed("created", record.pattern)
        return record

    async def update(
        self,
        alias_id: UUID,
        *,
        pattern: str | UnsetType = UNSET,
        model: str | UnsetType = UNSET,
        key_id: UUID | UnsetType | None = UNSET,
        client: str | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
    ) -> AliasRecord:
        """Change what is given.

        Raises:
            NotFound: there is no alias of that id.
            InvalidInput, Conflict: see ``create``.
        """
        record = await self._store.get(alias_id)
        if record is None:
            raise _no_alias(alias_id)
        changes = given(key_id=key_id, is_active=is_active)
        if not isinstance(pattern, UnsetType):
            changes["pattern"] = a_name(pattern, field="pattern")
        if not isinstance(model, UnsetType) and model != record.model:
            changes["model"] = await self._a_model(model)
        if not isinstance(client, UnsetType):
            changes["client"] = _a_client(client)
        record = await self._store.update(replace(record, **changes, updated_at=self._clock()))
        await self._changed("changed", record.pattern)
        return record

    async def delete(self, alias_id: UUID) -> None:
        """Remove an alias.

        Raises:
            NotFound: there is no alias of that id.
        """
        if not await self._store.delete(alias_id):
            raise _no_alias(alias_id)
        await self._changed("deleted", alias_id)

    async def set_client_map(
        self, client: str, models: Mapping[str, str | None]
    ) -> tuple[AliasRecord, ...]:
        """Say at once what several patterns mean for a client; None takes the client's alias away, others stay.

        Returns:
            All aliases of that client for every key, as they are now.

        Raises:
            InvalidInput: a text cannot be used, or there is no such model; nothing was changed then.
        """
        client = a_name(client, field="client")
        now = self._clock()
        new = [
            AliasRecord(
                id=uuid4(),
                pattern=a_name(pattern, field="models"),
                model=await self._a_model(model, field="models"),
                client=client,
                created_at=now,
                updated_at=now,
            )
            for pattern, model in models.items()
            if model is not None
        ]
        gone = [pattern.strip() for pattern, model in models.items() if model is None]
        await self._store.set_of_client(new, client, without=gone)
        await self._changed("mapped", client)
        return _of_client(await self._store.list(), client)

    async def _a_model(self, name: str, *, field: str = "model") -> str:
        """The name of a model that there is, switched off or not."""
        name = a_name(name, field=field)
        if any(model.name == name for model in await self._models.list()):
            return name
        if any(alias.pattern == name for alias in await self._store.list()):
            raise InvalidInput(
                f"{name!r} is an alias itself; an alias must mean a model.", field=field
            )
        raise InvalidInput(f"There is no model {name!r}.", field=field)

    async def _changed(self, verb: str, what: object) -> None:
        logger.info("alias.%s what=%r", verb, str(what))
        await self._on_changed("aliases")


def _of_client(aliases: Sequence[AliasRecord], client: str) -> tuple[AliasRecord, ...]:
    return tuple(alias for alias in aliases if alias.client == client and alias.key_id is None)


def _a_client(text: str) -> str:
    return a_name(text, field="client") if text.strip() else ""


def _no_alias(alias_id: UUID) -> NotFound:
    return NotFound(f"There is no alias {alias_id}.")
