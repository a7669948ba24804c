"""The exports of Anthropic's Console (usage and cost), and the two reports of its Admin API; their days are UTC.

The usage export has a column for each class of token and names models as requests do; the cost export has a row for each class,
rounded to cents, and names models as people do (``Claude Sonnet 4.5``). Searches and code execution cost without being tokens.

Source: the usage export's columns as in github.com/erezgit/my-jarvis-desktop (03-anthropic-schema-comparison.md, from a real
export); the cost export's ``usage_date_utc, model, workspace, api_key, usage_type, context_window, token_type, cost_usd,
list_price_usd, cost_type, inference_geo, speed`` as several public importers read it; the reports:
platform.claude.com/docs/en/api/admin/usage_report and .../cost_report, whose amounts are cents.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pxbin_engine.admin.usage_exports.lines import Lines, UsageExport
from pxbin_engine.admin.usage_exports.table import Row, Table, a_figure, utc_day
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ProviderUsage

USAGE = frozenset(
    {"usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_output_tokens"}
)
"""The columns by which a file is known as usage."""
USAGE_READ = USAGE | {
    "usage_input_tokens_cache_read",
    "usage_input_tokens_cache_write",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
}
"""The columns that say how much; of others of that kind it is not known how they belong to the sums."""
COSTS = frozenset({"usage_date_utc", "model", "cost_usd"})
COSTS_READ = COSTS | {"token_type", "list_price_usd", "cost_type"}


def read_usage(table: Table) -> UsageExport:
    """Tokens by day and model. Raises ``InvalidInput``."""
    lines = Lines("anthropic-usage")
    for row in table:
        writes = ("", "_5m", "_1h")
        written = [row.count(f"usage_input_tokens_cache_write{kind}") or 0 for kind in writes]
        lines.add(
            _tokens(
                row.day("usage_date_utc"),
                row.text("model_version"),
                uncached=row.count("usage_input_tokens_no_cache") or 0,
                read=row.count("usage_input_tokens_cache_read") or 0,
                written=sum(written),
                output=row.count("usage_output_tokens") or 0,
                where=f"Line {row.number}",
            )
        )
    return lines.export()


def read_costs(table: Table) -> UsageExport:
    """Dollars by day and model. Raises ``InvalidInput``."""
    lines = Lines("anthropic-costs")
    for row in table:
        day = row.day("usage_date_utc")
        cost = row.dollars("cost_usd")
        if day is None or cost is None:
            raise row.wrong("usage_date_utc" if day is None else "cost_usd", "must not be empty")
        lines.add(
            ProviderUsage(
                day=day,
                model=_named(row),
                cost=cost,
                cost_rounding=row.rounding("cost_usd"),
            )
        )
    return lines.export()


def _named(row: Row) -> str:
    """The model; what is no model's is named by what it is: ``web_search``."""
    name = row.text("model")
    return name if name.strip("-") else row.text("cost_type") or "other"


def _tokens(
    day: Any, model: str, *, uncached: int, read: int, written: int, output: int, where: str
) -> ProviderUsage:
    if day is None or not model:
        raise InvalidInput(f"{where} does not say its day and its model.", field="file")
    return ProviderUsage(
        day=day,
        model=model,
        prompt_tokens=uncached + read + written,
        input_tokens=uncached,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=output,
    )


_Count = Annotated[int, Meta(ge=0, le=10**15)]


class _CacheCreation(Struct, frozen=True):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _UsageResult(Struct, frozen=True):
    uncached_input_tokens: _Count
    output_tokens: _Count
    model: str | None = None
    cache_read_input_tokens: _Count = 0
    cache_creation: _CacheCreation = _CacheCreation()


class _CostResult(Struct, frozen=True):
    amount: Decimal
    currency: str = "USD"
    model: str | None = None
    cost_type: str | None = None


class _Bucket(Struct, frozen=True):
    starting_at: str
    results: list[msgspec.Raw]


class _Report(Struct, frozen=True):
    data: list[_Bucket]


def read_report(text: str) -> UsageExport:
    """A report of the Admin API, of usage or of cost. Raises ``InvalidInput``."""
    try:
        report = msgspec.json.decode(text.removeprefix("\ufeff").encode(), type=_Report)
        if any(b"amount" in bytes(result) for bucket in report.data for result in bucket.results):
            return _costs_of(report)
        return _usage_of(report)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidInput(
            f"The file is JSON, but no usage or cost report of Anthropic's Admin API: {error}.",
            field="file",
        ) from None


def _usage_of(report: _Report) -> UsageExport:
    lines = Lines("anthropic-usage")
    for start, raw in _results(report, lines):
        result = msgspec.json.decode(raw, type=_UsageResult)
        made = result.cache_creation
        lines.add(
            _tokens(
                utc_day(start),
                _grouped(result.model, "model"),
                uncached=result.uncached_input_tokens,
                read=result.cache_read_input_tokens,
                written=made.ephemeral_5m_input_tokens + made.ephemeral_1h_input_tokens,
                output=result.output_tokens,
                where=f"The bucket of {start}",
            )
        )
    return lines.export()


def _costs_of(report: _Report) -> UsageExport:
    lines = Lines("anthropic-costs")
    for start, raw in _results(report, lines):
        result = msgspec.json.decode(raw, type=_CostResult)
        if result.currency.upper() != "USD":
            raise InvalidInput(f"The report is in {result.currency}, not in USD.", field="file")
        kind = result.cost_type or ""
        other = "" if kind in ("", "tokens") else kind
        model = result.model or other or _grouped(None, "description")
        lines.add(
            ProviderUsage(day=utc_day(start), model=model, cost=a_figure(result.amount) / 100)
        )
    return lines.export()


def _results(report: _Report, lines: Lines) -> Iterator[tuple[str, msgspec.Raw]]:
    for bucket in report.data:
        lines.cover(utc_day(bucket.starting_at))
        for result in bucket.results:
            yield bucket.starting_at, result


def _grouped(model: str | None, by: str) -> str:
    if not model:
        raise InvalidInput(
            f"The report does not tell one model from another; ask for it with group_by[]={by}.",
            field="file",
        )
    return model
