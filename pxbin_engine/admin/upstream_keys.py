"""The keys of an upstream: added, changed, put in order and taken away; each change is whole or did not happen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin.checks import given
from pxbin_engine.admin.upstream_fields import a_label, a_secret
from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore

MOST_KEYS = 100


class UpstreamKeys:
    """What ``UpstreamAdmin`` does with keys; each method returns the upstream as it is afterwards."""

    def __init__(
        self,
        upstreams: UpstreamStore,
        store: UpstreamKeyStore,
        secrets: SecretStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._upstreams = upstreams
        self._store = store
        self._secrets = secrets
        self._clock = clock

    async def add(self, upstream: UpstreamRecord, secret: str, *, label: str) -> UpstreamRecord:
        """See ``UpstreamAdmin.add_key``."""
        clean, label = _a_given_secret(secret), a_label(label)
        _refuse_taken(upstream, label)
        if len(upstream.keys) >= MOST_KEYS:
            raise Conflict(f"{upstream.name} has {MOST_KEYS} keys already.")
        now = self._clock()
        key = UpstreamKeyRecord(id=uuid4(), label=label, created_at=now, updated_at=now)
        await self._secrets.add(upstream.id, key, clean)
        return await self._again(upstream)

    async def update(
        self,
        upstream: UpstreamRecord,
        key_id: UUID,
        *,
        label: str | UnsetType = UNSET,
        secret: str | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
        position: int | UnsetType = UNSET,
    ) -> UpstreamRecord:
        """See ``UpstreamAdmin.update_key``."""
        before = _key(upstream, key_id)
        changes: dict[str, Any] = given(label=label, is_active=is_active)
        if "label" in changes:
            changes["label"] = a_label(changes["label"])
            _refuse_taken(upstream, changes["label"], but=key_id)
        order = None if isinstance(position, UnsetType) else _moved(upstream, key_id, position)
        clean = None if isinstance(secret, UnsetType) else _a_given_secret(secret)
        if changes:
            await self._store.update(replace(before, **changes, updated_at=self._clock()))
        if clean is not None:
            try:
                await self._secrets.replace(before, clean)
            except BaseException:
                if changes:
                    await self._store.update(before)
                raise
        if order is not None:
            await self._store.reorder(upstream.id, order)
        return await self._again(upstream)

    async def remove(self, upstream: UpstreamRecord, key_id: UUID) -> UpstreamRecord:
        """See ``UpstreamAdmin.remove_key``."""
        await self._secrets.delete(_key(upstream, key_id))
        return await self._again(upstream)

    async def replace_first(self, upstream: UpstreamRecord, secret: str | None) -> UpstreamRecord:
        """``secret`` in place of the first key, or the first key taken away."""
        if not upstream.keys:
            return await self.add(upstream, secret, label="") if secret else upstream
        first = upstream.keys[0]
        if secret:
            await self._secrets.replace(first, secret)
        else:
            await self._secrets.delete(first)
        return await self._again(upstream)

    async def _again(self, upstream: UpstreamRecord) -> UpstreamRecord:
        record = await self._upstreams.get(upstream.id)
        if record is None:
            raise NotFound(f"There is no upstream {upstream.id}.")
        return record


def _key(upstream: UpstreamRecord, key_id: UUID) -> UpstreamKeyRecord:
    for key in upstream.keys:
        if key.id == key_id:
            return key
    raise NotFound(f"{upstream.name} has no key {key_id}.")


def _a_given_secret(secret: str) -> str:
    clean = a_secret(secret)
    if clean is None:
        raise InvalidInput("The key is empty.", field="api_key")
    return clean


def _refuse_taken(upstream: UpstreamRecord, label: str, *, but: UUID | None = None) -> None:
    if label and any(key.label == label and key.id != but for key in upstream.keys):
        raise Conflict(f"{upstream.name} has a key that is called {label!r} already.")


def _moved(upstream: UpstreamRecord, key_id: UUID, position: int) -> list[UUID]:
    """The keys' ids with this one at ``position``."""
    if not 0 <= position < len(upstream.keys):
        raise InvalidInput(
            f"position must be from 0 to {len(upstream.keys) - 1}.", field="position"
        )
    others = [key.id for key in upstream.keys if key.id != key_id]
    return [*others[:position], key_id, *others[position:]]
