"""Upstreams: where requests can be sent, each with its secret in the secret store, and whether they work."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import LARGEST_NUMBER, a_base_url, a_name, a_number, given
from pxbin_engine.admin.discovery import Address, Discovery
from pxbin_engine.errors import InvalidInput, NotFound, SecretError, SecretStoreUnavailable
from pxbin_engine.records import DiscoveredModel, HealthReport, UpstreamFormat, UpstreamRecord
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)

_LONGEST_SECRET = 8000
"""Servers commonly refuse a header line of more than 8 KB."""


class UpstreamAdmin:
    """The use cases of upstreams."""

    def __init__(
        self,
        store: UpstreamStore,
        secrets: SecretStore,
        discovery: Discovery,
        on_changed: OnChanged,
        *,
        is_own_address: Callable[[str], bool],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._discovery = discovery
        self._on_changed = on_changed
        self._is_own_address = is_own_address
        self._clock = clock

    @property
    def secret_description(self) -> str:
        """Where the key of a new upstream is kept, and why there; for a person."""
        return self._secrets.description

    async def list(self) -> tuple[UpstreamRecord, ...]:
        """All upstreams in the order in which they are tried, inactive ones too."""
        return await self._store.list()

    async def get(self, upstream_id: UUID) -> UpstreamRecord:
        """One upstream.

        Raises:
            NotFound: there is none of that id.
        """
        record = await self._store.get(upstream_id)
        if record is None:
            raise _no_upstream(upstream_id)
        return record

    async def create(
        self,
        *,
        name: str,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002  # the contract's word
        api_key: str | None = None,
        priority: int = 0,
        is_active: bool = True,
    ) -> UpstreamRecord:
        """Make an upstream; either it stands with its key afterwards, or not at all.

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
            format=_a_format(format),
            priority=_a_priority(priority),
            is_active=is_active,
            created_at=now,
            updated_at=now,
        )
        secret = _a_secret(api_key)
        record = await self._store.insert(record)
        if secret:
            try:
                record = await self._put(record, secret)
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
    ) -> UpstreamRecord:
        """Change what is given; an ``api_key`` of None or "" takes the key away. All of it changes, or nothing.

        Raises:
            NotFound: there is no upstream of that id.
            InvalidInput, Conflict, SecretError: see ``create``.
        """
        before = await self.get(upstream_id)
        changes = given(
            name=name, base_url=base_url, format=format, priority=priority, is_active=is_active
        )
        checks: dict[str, Callable[[Any], Any]] = {
            "name": a_name,
            "base_url": self._a_base_url,
            "format": _a_format,
            "priority": _a_priority,
        }
        for field, check in checks.items():
            if field in changes:
                changes[field] = check(changes[field])
        secret = UNSET if isinstance(api_key, UnsetType) else _a_secret(api_key)
        record = replace(before, **changes, updated_at=self._clock())
        record = await self._store.update(record)
        if not isinstance(secret, UnsetType):
            try:
                record = await self._replace_secret(record, secret)
            except BaseException:
                await self._store.update(before)
                raise
        await self._changed("changed", record.name)
        return record

    async def delete(self, upstream_id: UUID) -> None:
        """Remove an upstream, its secret and its place among the models' targets.

        Raises:
            NotFound: there is no upstream of that id.
            SecretError: it is removed, but its key could not be taken out of the secret store.
        """
        if not await self.delete_many([upstream_id]):
            raise _no_upstream(upstream_id)

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

    async def check(
        self, upstream_id: UUID, *, paid: bool = False, model: str | None = None
    ) -> HealthReport:
        """Whether the upstream works; with ``paid``, by one tiny completion of ``model`` or its first model.

        Raises:
            NotFound: there is no upstream of that id.
        """
        record = await self.get(upstream_id)
        try:
            address = await self._address(record)
        except SecretError as error:
            return HealthReport(healthy=False, error=error.message)
        return await self._discovery.check(address, paid=paid, model=model)

    async def check_new(
        self,
        *,
        base_url: str,
        api_key: str | None,
        format: UpstreamFormat,  # noqa: A002  # the contract's word
        paid: bool = False,
    ) -> HealthReport:
        """The same for an upstream that is about to be made.

        Raises:
            InvalidInput: a value cannot be used.
        """
        address = Address(
            base_url=self._a_base_url(base_url),
            format=_a_format(format),
            api_key=_a_secret(api_key),
        )
        return await self._discovery.check(address, paid=paid)

    async def discover(self, upstream_id: UUID) -> tuple[DiscoveredModel, ...]:
        """What the upstream says it has.

        Raises:
            NotFound: there is no upstream of that id.
            SecretError: its key cannot be read.
            UpstreamError: it does not answer with a model list.
        """
        return await self._discovery.models(await self._address(await self.get(upstream_id)))

    async def _address(self, record: UpstreamRecord) -> Address:
        api_key = await self._secrets.get(record)
        return Address(base_url=record.base_url, format=record.format, api_key=api_key)

    async def _put(self, record: UpstreamRecord, secret: str) -> UpstreamRecord:
        await self._secrets.put(record.id, secret)
        return await self.get(record.id)  # the row says where its key lives, and that it changed

    async def _replace_secret(self, record: UpstreamRecord, secret: str | None) -> UpstreamRecord:
        if secret:
            return await self._put(record, secret)
        await self._secrets.delete(record)
        return await self.get(record.id)

    async def _forget(self, record: UpstreamRecord) -> str | None:
        """Take the secret of a deleted upstream away; what a person must know where that failed."""
        try:
            await self._secrets.delete(record)
        except SecretError as error:
            logger.warning("upstream.secret_left name=%r reason=%s", record.name, error.message)
            return f"{record.name} was deleted, but its key is still stored: {error.message}"
        return None

    def _a_base_url(self, base_url: str) -> str:
        return a_base_url(base_url, is_own_address=self._is_own_address)

    async def _changed(self, verb: str, name: str) -> None:
        logger.info("upstream.%s name=%r", verb, name)
        await self._on_changed("upstreams")


def _no_upstream(upstream_id: UUID) -> NotFound:
    return NotFound(f"There is no upstream {upstream_id}.")


def _a_format(upstream_format: UpstreamFormat) -> UpstreamFormat:
    if upstream_format not in get_args(UpstreamFormat):
        raise InvalidInput("format must be openai, anthropic or openai-responses.", field="format")
    return upstream_format


def _a_priority(priority: int) -> int:
    return a_number(priority, field="priority", least=-LARGEST_NUMBER)


def _a_secret(api_key: str | None) -> str | None:
    """The key without what comes along when it is pasted (blanks, a pair of quotes); None where nothing is left."""
    secret = (api_key or "").strip()
    if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'`":
        secret = secret[1:-1].strip()
    if any(character.isspace() for character in secret):
        raise InvalidInput("The key holds a blank: give the key alone.", field="api_key")
    if any(not "!" <= character <= "~" for character in secret):
        raise InvalidInput(
            "The key holds characters that no HTTP header can carry.", field="api_key"
        )
    if len(secret) > _LONGEST_SECRET:
        raise InvalidInput(f"The key has more than {_LONGEST_SECRET} characters.", field="api_key")
    return secret or None
