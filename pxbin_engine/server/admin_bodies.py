"""What the management API takes: one struct for each body and query; what does not fit is an ``InvalidInput``."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pxbin_engine.admin.requests import LARGEST_PAGE
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import (
    ExportFormat,
    KeyType,
    Permission,
    PriceTier,
    TargetRecord,
    UpstreamFormat,
)
from pxbin_engine.storage.stats import Period
from pxbin_engine.storage.steps import Interval

Instant = Annotated[datetime, Meta(tz=True)]

T = TypeVar("T")


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object of exactly these fields."""


class Bootstrap(Body, frozen=True):
    """POST /bootstrap; the key may be in the header instead."""

    bootstrap_key: str | None = None
    name: str = "bootstrap"
    type: KeyType | None = None


class NewKey(Body, frozen=True):
    """POST /keys."""

    type: KeyType
    name: str
    rate_limit: int | None = None
    tokens_per_minute: int | None = None
    max_concurrency: int | None = None
    allowed_models: tuple[str, ...] = ()
    expires_at: Instant | None = None
    permissions: tuple[Permission, ...] | UnsetType = UNSET
    metadata: dict[str, Any] | None = None


class KeyChanges(Body, frozen=True):
    """PATCH /keys/{id}; ``type`` only narrows which key is meant."""

    type: KeyType | None = None
    name: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    rate_limit: int | UnsetType | None = UNSET
    tokens_per_minute: int | UnsetType | None = UNSET
    max_concurrency: int | UnsetType | None = UNSET
    allowed_models: tuple[str, ...] | UnsetType = UNSET
    expires_at: Instant | UnsetType | None = UNSET
    permissions: tuple[Permission, ...] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class NewUpstream(Body, frozen=True):
    """POST /upstreams."""

    name: str
    base_url: str
    format: UpstreamFormat
    api_key: str | None = None
    priority: int = 0
    is_active: bool = True
    preset: str | None = None
    first_byte_timeout_seconds: float | None = None
    idle_timeout_seconds: float | None = None


class UpstreamChanges(Body, frozen=True):
    """PATCH /upstreams/{id}; ``api_key`` null or empty takes the first key away."""

    name: str | UnsetType = UNSET
    base_url: str | UnsetType = UNSET
    format: UpstreamFormat | UnsetType = UNSET
    api_key: str | UnsetType | None = UNSET
    priority: int | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    preset: str | UnsetType | None = UNSET
    first_byte_timeout_seconds: float | UnsetType | None = UNSET
    idle_timeout_seconds: float | UnsetType | None = UNSET


class NewUpstreamKey(Body, frozen=True):
    """POST /upstreams/{id}/keys."""

    api_key: str
    label: str = ""


class UpstreamKeyChanges(Body, frozen=True):
    """PATCH /upstreams/{id}/keys/{key_id}."""

    api_key: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    position: int | UnsetType = UNSET


class HealthCheck(Body, frozen=True):
    """POST /upstreams/health-check: one that exists, or one that is about to be made."""

    upstream_id: UUID | None = None
    base_url: str | None = None
    api_key: str | None = None
    format: UpstreamFormat = "openai"
    paid: bool = False
    preset: str | None = None


class Ids(Body, frozen=True):
    """POST .../bulk-delete."""

    ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=1000)]


class Discovery(Body, frozen=True):
    """POST /models/discover."""

    upstream_id: UUID


class ImportedModel(Body, frozen=True):
    """One model of an import, with its provider."""

    name: str
    provider: str = ""


class Import(Body, frozen=True):
    """POST /models/import."""

    upstream_id: UUID
    models: Annotated[tuple[str | ImportedModel, ...], Meta(min_length=1, max_length=5000)]


class NewModel(Body, frozen=True):
    """POST /models."""

    name: str
    upstream_id: UUID | None = None
    upstream_model: str | None = None
    display_name: str = ""
    provider: str = ""
    input_cost_per_million: Decimal | None = None
    output_cost_per_million: Decimal | None = None
    cache_read_cost_per_million: Decimal | None = None
    cache_write_5m_cost_per_million: Decimal | None = None
    cache_write_1h_cost_per_million: Decimal | None = None
    input_audio_cost_per_million: Decimal | None = None
    cache_read_audio_cost_per_million: Decimal | None = None
    output_audio_cost_per_million: Decimal | None = None
    output_image_cost_per_million: Decimal | None = None
    price_tiers: tuple[PriceTier, ...] = ()
    context_window: int | None = None
    max_output_tokens: int | None = None
    targets: tuple[TargetRecord, ...] | None = None
    is_active: bool = True


class ModelChanges(Body, frozen=True):
    """PATCH /models/{id}."""

    name: str | UnsetType = UNSET
    upstream_id: UUID | UnsetType = UNSET
    upstream_model: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    input_cost_per_million: Decimal | UnsetType | None = UNSET
    output_cost_per_million: Decimal | UnsetType | None = UNSET
    cache_read_cost_per_million: Decimal | UnsetType | None = UNSET
    cache_write_5m_cost_per_million: Decimal | UnsetType | None = UNSET
    cache_write_1h_cost_per_million: Decimal | UnsetType | None = UNSET
    input_audio_cost_per_million: Decimal | UnsetType | None = UNSET
    cache_read_audio_cost_per_million: Decimal | UnsetType | None = UNSET
    output_audio_cost_per_million: Decimal | UnsetType | None = UNSET
    output_image_cost_per_million: Decimal | UnsetType | None = UNSET
    price_tiers: tuple[PriceTier, ...] | UnsetType = UNSET
    context_window: int | UnsetType | None = UNSET
    max_output_tokens: int | UnsetType | None = UNSET
    targets: tuple[TargetRecord, ...] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
PageSize = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]


class Paging(Body, frozen=True):
    """Which page of a list."""

    page: PageNumber = 1
    per_page: PageSize = 50


class KeyQuery(Paging, frozen=True):
    """GET /keys."""

    type: KeyType | None = None


class KeyKind(Body, frozen=True):
    """DELETE /keys/{id}; narrows which key is meant."""

    type: KeyType | None = None


class LogConditions(Body, frozen=True, rename={"since": "from", "until": "to"}):
    """Which rows of the log; ``q`` is in the log's language."""

    q: str = ""
    key_id: UUID | None = None
    upstream_id: UUID | None = None
    model: str | None = None
    status_code: Annotated[int, Meta(ge=100, le=599)] | None = None
    errors_only: bool = False
    input_format: UpstreamFormat | None = None
    session_id: str | None = None
    since: Instant | None = None
    until: Instant | None = None


class LogQuery(LogConditions, frozen=True):
    """GET /logs; ``cursor`` goes on from a page's ``next_cursor`` and stands in place of ``page``."""

    page: PageNumber = 1
    per_page: PageSize = 50
    cursor: str | None = None


class LogExport(LogConditions, frozen=True, kw_only=True):
    """GET /logs/export."""

    format: ExportFormat


class StatsQuery(Body, frozen=True):
    """GET /stats/..."""

    period: Period = "24h"


class SeriesQuery(StatsQuery, frozen=True):
    """GET /stats/timeseries; ``tz`` is an IANA name that days begin by."""

    interval: Interval = "1h"
    tz: str = "UTC"


class ForecastQuery(Body, frozen=True):
    """GET /stats/forecast; ``tz`` is an IANA name that the month begins by."""

    tz: str = "UTC"


def decode_body(body: bytes, kind: type[T]) -> T:
    """The JSON object in ``body``; an empty body counts as ``{}``."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _refused(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise InvalidInput("The body is nested too deeply.") from error


def decode_query(query: Mapping[str, str], kind: type[T]) -> T:
    """The parameters of a query; texts become numbers, times and ids."""
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(error) from error


def given_fields(body: Struct) -> dict[str, Any]:
    """The fields of a body that were given, as keyword arguments of a use case."""
    fields = msgspec.structs.asdict(body)
    return {name: value for name, value in fields.items() if not isinstance(value, UnsetType)}


_AT = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_QUOTED_FIELD = re.compile(r"field `(?P<field>[^`]+)`")


def _refused(error: msgspec.ValidationError) -> InvalidInput:
    """The same complaint with the field's name in front, in place of msgspec's path."""
    text = str(error)
    at = _AT.search(text)
    reason = text[: at.start()] if at else text
    inner = _QUOTED_FIELD.search(reason)
    path = ".".join(
        part for part in (at["path"] if at else "", inner["field"] if inner else "") if part
    )
    return InvalidInput(f"{path}: {reason}." if path else f"{reason}.", field=path)
