"""What the management API takes about aliases, and about where a request would go."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from pxbin_engine.records import UpstreamFormat
from pxbin_engine.server.admin_bodies import Body


class NewAlias(Body, frozen=True):
    """POST /aliases."""

    pattern: str
    model: str
    key_id: UUID | None = None
    client: str = ""
    is_active: bool = True


class AliasChanges(Body, frozen=True):
    """PATCH /aliases/{id}; ``key_id`` null: for every key."""

    pattern: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    key_id: UUID | UnsetType | None = UNSET
    client: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class ClientMap(Body, frozen=True):
    """POST /aliases/client-map; pattern -> model, null takes the client's alias away."""

    client: str
    models: Annotated[dict[str, str | None], Meta(min_length=1, max_length=100)]


class Question(Body, frozen=True):
    """POST /explain."""

    model: str
    key_id: UUID | None = None
    client: str = ""
    session_id: str = ""
    format: UpstreamFormat = "anthropic"
