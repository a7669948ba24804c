"""pxbin's own keys, and what each of them may do."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, field

KeyType = Literal["llm", "management"]
Permission = Literal["read", "write"]


class KeyRecord(Struct, frozen=True, kw_only=True):
    """A pxbin key. The plaintext is never here; ``key_prefix`` is its first 8 characters."""

    id: UUID
    type: KeyType
    name: str
    key_prefix: str
    key_hash: str = ""
    is_active: bool = True
    rate_limit: int | None = None
    """Requests a minute; None: the configuration's default. Only ``llm``, and so are the four that follow."""
    tokens_per_minute: int | None = None
    """Tokens a minute, read and written; cache reads are not counted. None: no limit."""
    max_concurrency: int | None = None
    """Requests at once; None: no limit."""
    allowed_models: tuple[str, ...] = ()
    """Names of models, ``*`` for any part of one; empty: every model."""
    expires_at: datetime | None = None
    """From then on the key is refused, as a revoked one is; None: never."""
    permissions: tuple[Permission, ...] = ()
    """Only ``management``."""
    metadata: dict[str, Any] = field(default_factory=dict)
    last_used_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def __repr__(self) -> str:
        return f"KeyRecord({self.type} {self.name!r} {self.key_prefix}… active={self.is_active})"


class CreatedKey(Struct, frozen=True, kw_only=True):
    """A new key with its plaintext: shown once, here only."""

    key: str
    record: KeyRecord

    def __repr__(self) -> str:
        return f"CreatedKey({self.record!r})"
