"""Reconciling: what a provider says was used, beside what pxbin counted of the same upstream."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from msgspec import Struct

UsageExportFormat = Literal[
    "openai-usage",
    "openai-costs",
    "anthropic-usage",
    "anthropic-costs",
    "openrouter-activity",
    "openrouter-requests",
]
"""Which export of a provider a file is."""

ReconcileState = Literal["equal", "close", "differs", "only_there", "only_here"]
"""``close``: within 1 %. ``only_there``: pxbin counted nothing. ``only_here``: the provider did not. ``STATES`` has words."""

ReconcileReason = Literal[
    "elsewhere", "before", "unsettled", "not_exported", "estimated", "classes", "unpriced", "price"
]
"""What probably explains a difference; ``REASONS`` has the words."""

STATES: Mapping[ReconcileState, str] = MappingProxyType(
    {
        "equal": "equal",
        "close": "within 1 %",
        "differs": "differs",
        "only_there": "only there",
        "only_here": "only here",
    }
)
"""Each state in a word or two."""

REASONS: Mapping[ReconcileReason, str] = MappingProxyType(
    {
        "elsewhere": "The provider counted more: some traffic did not go through pxbin.",
        "before": "pxbin did not count by the provider's names yet on this day.",
        "unsettled": "The export was made before this day was over; import a newer one.",
        "not_exported": "pxbin counted more: the export is filtered, or was made before the provider had counted all.",
        "estimated": "The tokens of some requests are estimated, because the upstream did not report them.",
        "classes": "The sum of the tokens is the same; what was read from a cache or written to it is not.",
        "unpriced": "The price of some requests is unknown, so pxbin's cost is too low.",
        "price": "The tokens are the same, but the provider charged by another price.",
    }
)


class ProviderUsage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a provider says of one model on one day. None: its export does not say.

    Attributes:
        model: as the provider calls it.
        prompt_tokens: all that was read; the three classes that follow add up to it, where they are told.
        cost: in dollars.
        cost_rounding: how far the export's own rounding may have moved ``cost``.
    """

    day: date
    model: str
    requests: int | None = None
    prompt_tokens: int | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None
    cost_rounding: Decimal = Decimal(0)


class ServedUsage(Struct, frozen=True, kw_only=True):
    """What pxbin counted of one model on one UTC day.

    Attributes:
        model: as the upstream calls it.
        estimated: requests whose tokens pxbin estimated.
        unpriced: requests whose price is unknown; they are missing from ``cost``.
    """

    day: date
    model: str
    requests: int = 0
    estimated: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)


class UsageImport(Struct, frozen=True, kw_only=True):
    """A file that was imported, as far as later ones did not replace it.

    Attributes:
        sha256: of the file, in hexadecimal digits.
        days: how many days it tells of, also those on which nothing was used.
        replaced_days: how many of them an earlier import had told of; answered by the import alone.
    """

    id: UUID
    upstream_id: UUID
    upstream_name: str
    format: UsageExportFormat
    file_name: str
    sha256: str
    imported_at: datetime
    first_day: date
    last_day: date
    days: int
    models: int
    requests: int | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None
    replaced_days: int = 0


class Compared(Struct, frozen=True, kw_only=True):
    """One figure as both sides tell it: dollars or a count.

    Attributes:
        provider: None where no export says it.
        difference: pxbin's less the provider's.
        percent: the difference in percent of the provider's; None where that is 0 or unknown.
    """

    provider: Decimal | None
    pxbin: Decimal
    difference: Decimal | None = None
    percent: float | None = None


class ReconcileLine(Struct, frozen=True, kw_only=True):
    """One model on one day, or a total.

    Attributes:
        day: None in a total of several days.
        model: as the provider calls it, else as pxbin asked for it; empty in the total of all.
        provider_models, served_models: the names on both sides that are taken to mean this model.
    """

    day: date | None
    model: str
    provider_models: tuple[str, ...]
    served_models: tuple[str, ...]
    requests: Compared
    prompt_tokens: Compared
    input_tokens: Compared
    cache_read_tokens: Compared
    cache_write_tokens: Compared
    output_tokens: Compared
    cost: Compared
    state: ReconcileState
    reasons: tuple[ReconcileReason, ...] = ()


class Reconciliation(Struct, frozen=True, kw_only=True):
    """A comparison of the days that imports tell of; days are UTC, as all of these exports count.

    Attributes:
        first_day, last_day: of the comparison; None where no import tells of any day in it.
        counted_since: the first day that pxbin has counted in these terms.
        lines: by day and model, the oldest day first.
        models: the totals of each model, the most expensive first.
    """

    upstream_id: UUID
    upstream_name: str
    first_day: date | None
    last_day: date | None
    counted_since: date | None
    lines: tuple[ReconcileLine, ...]
    models: tuple[ReconcileLine, ...]
    total: ReconcileLine
