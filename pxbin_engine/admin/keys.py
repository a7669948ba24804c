"""pxbin's own keys: make, change, revoke; a key's plaintext leaves here once and is never stored."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pxbin_engine.admin import OnChanged
from pxbin_engine.admin.checks import given
from pxbin_engine.admin.key_fields import checked
from pxbin_engine.errors import AuthenticationFailed, InvalidInput, NotFound, PermissionDenied
from pxbin_engine.records import CreatedKey, KeyRecord, KeyType, Permission
from pxbin_engine.storage.keys import KeyStore

logger = logging.getLogger(__name__)

PREFIXES: dict[KeyType, str] = {"llm": "pxb_", "management": "pxm_"}
"""What a key of each type begins with."""
_SHOWN = 8


def new_key(key_type: KeyType) -> str:
    """A fresh key: ``pxb_`` or ``pxm_`` and 40 hexadecimal digits (20 random bytes)."""
    return PREFIXES[key_type] + secrets.token_hex(20)


def hash_key(key: str) -> str:
    """What is stored of a key, and what it is found by: SHA-256 in hexadecimal digits."""
    # Header bytes that are no UTF-8 arrive as lone surrogates; they match nothing, but must not raise.
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


class KeyAdmin:
    """The use cases of keys."""

    def __init__(
        self,
        store: KeyStore,
        on_changed: OnChanged,
        *,
        bootstrap_key: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._on_changed = on_changed
        self._bootstrap_key = bootstrap_key
        self._clock = clock

    async def list(self, type: KeyType | None = None) -> tuple[KeyRecord, ...]:  # noqa: A002  # the contract's word
        """All keys of that type, revoked ones too; newest first."""
        return await self._store.list(type)

    async def create(
        self,
        type: KeyType,  # noqa: A002  # the contract's word
        name: str,
        *,
        rate_limit: int | None = None,
        tokens_per_minute: int | None = None,
        max_concurrency: int | None = None,
        allowed_models: Sequence[str] = (),
        expires_at: datetime | None = None,
        permissions: Sequence[Permission] = ("read", "write"),
        metadata: Mapping[str, Any] | None = None,
    ) -> CreatedKey:
        """Make a key; ``permissions`` are a management key's, limits, models and metadata an llm key's.

        Args:
            rate_limit: requests a minute; None: the configuration's default.
            tokens_per_minute: read and written, without cache reads; None: no limit.
            max_concurrency: requests at once; None: no limit.
            allowed_models: names, or patterns with ``*``; empty: every model.
            expires_at: when it stops by itself; None: never.

        Raises:
            InvalidInput: the name is blank, a limit is under 1 or belongs to the other type, the expiry has passed, or no
                permission is left.
        """
        if type not in PREFIXES:
            raise InvalidInput("type must be llm or management.", field="type")
        key, now = new_key(type), self._clock()
        fields = {
            "name": name,
            "rate_limit": rate_limit,
            "tokens_per_minute": tokens_per_minute,
            "max_concurrency": max_concurrency,
            "allowed_models": allowed_models,
            "expires_at": expires_at,
            "metadata": metadata or {},
        }
        if type == "management":
            fields["permissions"] = permissions
        record = KeyRecord(
            id=uuid4(),
            type=type,
            key_prefix=key[:_SHOWN],
            key_hash=hash_key(key),
            created_at=now,
            updated_at=now,
            **checked(fields, type, now),
        )
        record = await self._store.insert(record)
        await self._changed("created", record)
        return CreatedKey(key=key, record=record)

    async def update(
        self,
        key_id: UUID,
        *,
        type: KeyType | None = None,  # noqa: A002  # the contract's word
        name: str | UnsetType = UNSET,
        is_active: bool | UnsetType = UNSET,
        rate_limit: int | UnsetType | None = UNSET,
        tokens_per_minute: int | UnsetType | None = UNSET,
        max_concurrency: int | UnsetType | None = UNSET,
        allowed_models: Sequence[str] | UnsetType = UNSET,
        expires_at: datetime | UnsetType | None = UNSET,
        permissions: Sequence[Permission] | UnsetType = UNSET,
        metadata: Mapping[str, Any] | UnsetType = UNSET,
    ) -> KeyRecord:
        """Change what is given. ``type``, where given, must be the key's own.

        Raises:
            NotFound: there is no key of that id (and type).
            InvalidInput: see ``create``; also what belongs to keys of the other type.
        """
        record, now = await self._find(key_id, type), self._clock()
        changes = given(
            name=name,
            is_active=is_active,
            rate_limit=rate_limit,
            tokens_per_minute=tokens_per_minute,
            max_concurrency=max_concurrency,
            allowed_models=allowed_models,
            expires_at=expires_at,
            permissions=permissions,
            metadata=metadata,
        )
        changes = checked(changes, record.type, now)
        record = await self._store.update(replace(record, **changes, updated_at=now))
        await self._changed("changed", record)
        return record

    async def revoke(self, key_id: UUID, *, type: KeyType | None = None) -> KeyRecord:  # noqa: A002  # the contract's word
        """Stop a key for good; its row stays, for the log. A key that is revoked already is answered again.

        Raises:
            NotFound: there is no key of that id (and type).
        """
        return await self.update(key_id, type=type, is_active=False)

    async def bootstrap(
        self,
        given: str,
        *,
        name: str = "bootstrap",
        type: KeyType | None = None,  # noqa: A002  # the contract's word
    ) -> CreatedKey:
        """Make the first key (a management key, unless told otherwise) with the configured bootstrap key.

        Raises:
            PermissionDenied: no ``management_bootstrap_key`` is configured.
            AuthenticationFailed: the key given is another one.
        """
        if not self._bootstrap_key:
            raise PermissionDenied("Bootstrap is off: management_bootstrap_key is not set.")
        # Equal lengths whatever was given, so the time taken tells nothing.
        if not hmac.compare_digest(hash_key(given), hash_key(self._bootstrap_key)):
            raise AuthenticationFailed("The bootstrap key is not right.")
        return await self.create(type or "management", name)

    async def _find(self, key_id: UUID, key_type: KeyType | None) -> KeyRecord:
        record = await self._store.get(key_id)
        if record is None or key_type not in {None, record.type}:
            raise _no_key(key_id)
        return record

    async def _changed(self, verb: str, record: KeyRecord) -> None:
        logger.info(
            "key.%s type=%s name=%r prefix=%s", verb, record.type, record.name, record.key_prefix
        )
        await self._on_changed("keys")


def _no_key(key_id: UUID) -> NotFound:
    return NotFound(f"There is no key {key_id}.")
