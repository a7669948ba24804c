"""Upstreams: where requests can be sent, each with its keys in the secret store, and whether they work."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import a_name, given
from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.upstream_fields import (
    a_first_byte_limit,
    a_format,
    a_preset,
    a_priority,
    a_secret,
    an_idle_limit,
)
from pxbin_engine.admin.upstream_keys import UpstreamKeys
from pxbin_engine.admin.upstream_questions import UpstreamQuestions, no_upstream
from pxbin_engine.errors import SecretError, SecretStoreUnavailable
from pxbin_engine.records import (
    LearnedQuirk,
    UpstreamFormat,
    UpstreamRecord,
)
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)


class UpstreamAdmin(UpstreamQuestions):
    """The use cases of upstreams: the questions, and all that changes one."""

    def __init__(
        self,
        store: UpstreamStore,
        keys: UpstreamKeyStore,
        secrets: SecretStore,
        discovery: Discovery,
        on_changed: OnChanged,
        *,
        objection: Callable[[str], str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(store, secrets, discovery, objection)
        self._on_changed = on_changed
        self._clock = clock
        self._keys = UpstreamKeys(store, keys, secrets, clock)

    @property
    def secret_description(self) -> str:
        """Where the key of a new upstream is kept, and why there; for a person."""
        return self._secrets.description

    async def create(
        self,
        *,
        name: str,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002  # the contract's word
        api_key: str | None = None,
        priority: int = 0,
        is_active: bool = True,
        preset: str | None = None,
        first_byte_timeout_seconds: float | None = None,
        idle_timeout_seconds: float | None = None,
    ) -> UpstreamRecord:
        """Make an upstream; either it stands with its key afterwards, or not at all.

        Args:
            api_key: its first key; ``add_key`` adds others.
            preset: the id of the one in ``presets`` that says which program answers there.
            first_byte_timeout_seconds, idle_timeout_seconds: None for what the configuration says.

        Raises:
            InvalidInput: a value cannot be used.
            Conflict: there is an upstream of that name.
            SecretError: the key cannot be stored.
        """
        now = self._clock()
        record = UpstreamRecord(
            id=uuid4(),
            name=a_name(name),
            base_url=self._a_base_url(base_url),
            format=a_format(format),
            priority=a_priority(priority),
            is_active=is_active,
            preset=a_preset(preset),
            first_byte_timeout_seconds=a_first_byte_limit(first_byte_timeout_seconds),
            idle_timeout_seconds=an_idle_limit(idle_timeout_seconds),
            created_at=now,
            updated_at=now,
        )
        secret = a_secret(api_key)
        record = await self._store.insert(record)
        if secret:
            try:
                record = await self._keys.replace_first(record, secret)
            except BaseException:
                await self._store.delete_many([record.id])
                raise
        await self._changed("created", record.name)
        return record

    async def update(
        self,
        upstream_id: UUID,
        *,
        name: str | UnsetType = UNSET,
        base_url: str | UnsetType = UNSET,
        format: UpstreamFormat | UnsetType = UNSET,  # noqa: A002  # the contract's word
        api_key: str | UnsetType | None = UNSET,
        priority: int | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
        preset: str | UnsetType | None = UNSET,
        first_byte_timeout_seconds: float | UnsetType | None = UNSET,
        idle_timeout_seconds: float | UnsetType | None = UNSET,
    ) -> UpstreamRecord:
        """Change what is given; an ``api_key`` of None or "" takes the first key away. All of it changes, or nothing.

        What an upstream has taught is forgotten with its address, format or preset: another one answers there now.

        Raises:
            NotFound: there is no upstream of that id.
            InvalidInput, Conflict, SecretError: see ``create``.
        """
        before = await self.get(upstream_id)
        changes = given(
            name=name,
            base_url=base_url,
            format=format,
            priority=priority,
            is_active=is_active,
            preset=preset,
            first_byte_timeout_seconds=first_byte_timeout_seconds,
            idle_timeout_seconds=idle_timeout_seconds,
        )
        checks: dict[str, Callable[[Any], Any]] = {
            "name": a_name,
            "base_url": self._a_base_url,
            "format": a_format,
            "priority": a_priority,
            "preset": a_preset,
            "first_byte_timeout_seconds": a_first_byte_limit,
            "idle_timeout_seconds": an_idle_limit,
        }
        for field, check in checks.items():
            if field in changes:
                changes[field] = check(changes[field])
        secret = UNSET if isinstance(api_key, UnsetType) else a_secret(api_key)
        record = replace(before, **changes, updated_at=self._clock())
        record = await self._store.update(record)
        if not isinstance(secret, UnsetType):
            try:
                record = await self._keys.replace_first(record, secret)
            except BaseException:
                await self._store.update(before)
                raise
        if before.learned and _server(before) != _server(record):
            await self._store.forget(record.id)
            record = replace(record, learned=())
        await self._changed("changed", record.name)
        return record

    async def delete(self, upstream_id: UUID) -> None:
        """Remove an upstream, its keys and its place among the models' targets.

        Raises:
            NotFound: there is no upstream of that id.
            SecretError: it is removed, but its key could not be taken out of the secret store.
        """
        if not await self.delete_many([upstream_id]):
            raise no_upstream(upstream_id)

    async def delete_many(self, ids: Sequence[UUID]) -> int:
        """Remove those of ``ids`` that exist; how many they were. Raises ``SecretError`` as ``delete`` does."""
        deleted = await self._store.delete_many(ids)
        if not deleted:
            return 0
        left = [failure for record in deleted if (failure := await self._forget(record))]
        await self._changed("deleted", ", ".join(record.name for record in deleted))
        if left:
            raise SecretStoreUnavailable(" ".join(left))
        return len(deleted)

    async def add_key(self, upstream_id: UUID, secret: str, *, label: str = "") -> UpstreamRecord:
        """Give the upstream one more key, after those that it has.

        Raises:
            NotFound: there is no upstream of that id.
            InvalidInput: the key or its label cannot be used.
            Conflict: another of its keys has this label.
            SecretError: the key cannot be stored.
        """
        record = await self._keys.add(await self.get(upstream_id), secret, label=label)
        await self._changed("key_added", record.name)
        return record

    async def update_key(
        self,
        upstream_id: UUID,
        key_id: UUID,
        *,
        label: str | UnsetType = UNSET,
        secret: str | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
        position: int | UnsetType = UNSET,
    ) -> UpstreamRecord:
        """Change what is given of one of its keys; ``position`` is its place among them, from 0.

        Raises:
            NotFound: there is no such upstream, or it has no such key.
            InvalidInput, Conflict, SecretError: see ``add_key``.
        """
        record = await self._keys.update(
            await self.get(upstream_id),
            key_id,
            label=label,
            secret=secret,
            is_active=is_active,
            position=position,
        )
        await self._changed("key_changed", record.name)
        return record

    async def remove_key(self, upstream_id: UUID, key_id: UUID) -> UpstreamRecord:
        """Take one of its keys away.

        Raises:
            NotFound: there is no such upstream, or it has no such key.
            SecretError: the key could not be taken out of the secret store; it is still in use.
        """
        record = await self._keys.remove(await self.get(upstream_id), key_id)
        await self._changed("key_removed", record.name)
        return record

    async def learn(
        self, upstream_id: UUID, quirks: Sequence[LearnedQuirk]
    ) -> tuple[LearnedQuirk, ...]:
        """Keep what the upstream's refusals have taught; returns what was new."""
        new = await self._store.learn(upstream_id, quirks)
        for quirk in new:
            logger.info("upstream.learned model=%s: %s", quirk.upstream_model, quirk.description)
        if new:
            await self._on_changed("upstreams")
        return new

    async def forget(self, upstream_id: UUID) -> UpstreamRecord:
        """Drop what its refusals have taught; it is learned again where it still holds.

        Raises:
            NotFound: there is no upstream of that id.
        """
        record = await self.get(upstream_id)
        if await self._store.forget(upstream_id):
            await self._changed("forgotten", record.name)
        return replace(record, learned=())

    async def _forget(self, record: UpstreamRecord) -> str | None:
        """Take the keys of a deleted upstream away; what a person must know where that failed."""
        try:
            for key in record.keys:
                await self._secrets.delete(key)
        except SecretError as error:
            logger.warning("upstream.secret_left name=%r reason=%s", record.name, error.message)
            return f"{record.name} was deleted, but its key is still stored: {error.message}"
        return None

    async def _changed(self, verb: str, name: str) -> None:
        logger.info("upstream.%s name=%r", verb, name)
        await self._on_changed("upstreams")


def _server(record: UpstreamRecord) -> tuple[str, str, str | None]:
    """What decides which server is talked to, and how."""
    return record.base_url, record.format, record.preset
