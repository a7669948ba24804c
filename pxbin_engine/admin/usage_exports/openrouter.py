"""The exports of OpenRouter's activity page: sums by day and model, or one row for each request; their days are UTC.

Prompt tokens include those that were read from a cache; only the rows of single requests say how many these were. What OpenRouter
charged and what went to a provider's account of one's own (BYOK) add up to what the tokens cost.

Source: the activity export as openrouter.ai/docs (guides, activity export; the same fields as ``ActivityItem`` of its API)
describes it, ``Date, Slug, Usage, BYOK Usage, Requests, Prompt Tokens, Completion Tokens, Reasoning Tokens``; the rows of single
requests as github.com/CodexClawd/codexclawd (openrouter-analyzer) reads them.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pxbin_engine.admin.usage_exports.lines import Lines, UsageExport
from pxbin_engine.admin.usage_exports.table import Row, Table
from pxbin_engine.records import ProviderUsage, UsageExportFormat

ACTIVITY = frozenset({"date", "slug", "usage", "prompt_tokens", "completion_tokens"})
"""The columns by which a file is known as sums."""
ACTIVITY_READ = ACTIVITY | {"byok_usage", "requests", "reasoning_tokens"}
"""The columns that say how much; of others of that kind it is not known how they belong to the sums."""
REQUESTS = frozenset(
    {"generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion", "model_permaslug"}
)  # fmt: skip
REQUESTS_READ = REQUESTS | {
    "byok_usage_inference",
    "tokens_reasoning",
    "tokens_cached",
    # Parts of the total.
    "cost_web_search",
    "cost_cache",
    "cost_file_processing",
    # No amounts.
    "generation_time_ms",
    "time_to_first_token_ms",
}
_USUAL_VARIANTS = frozenset({"", "standard"})


def read_activity(table: Table) -> UsageExport:
    """Tokens and dollars by day and model. Raises ``InvalidInput``."""
    return _read(table, "openrouter-activity", "date", _sums)


def read_requests(table: Table) -> UsageExport:
    """The same, from a row for each request. Raises ``InvalidInput``."""
    return _read(table, "openrouter-requests", "created_at", _request)


def _read(
    table: Table,
    format: UsageExportFormat,  # noqa: A002  # the record's own word
    when: str,
    usage_of: Callable[[Row, date], ProviderUsage],
) -> UsageExport:
    lines = Lines(format)
    for row in table:
        day = row.day(when)
        if day is None:
            raise row.wrong(when, "must not be empty")
        lines.add(usage_of(row, day))
    return lines.export()


def _sums(row: Row, day: date) -> ProviderUsage:
    cost, rounding = _charged(row, "usage", "byok_usage")
    return ProviderUsage(
        day=day,
        model=_model(row, "slug"),
        requests=row.count("requests"),
        prompt_tokens=row.count("prompt_tokens") or 0,
        output_tokens=row.count("completion_tokens") or 0,
        cost=cost,
        cost_rounding=rounding,
    )


def _request(row: Row, day: date) -> ProviderUsage:
    prompt, cached = row.count("tokens_prompt") or 0, row.count("tokens_cached")
    cost, rounding = _charged(row, "cost_total", "byok_usage_inference")
    return ProviderUsage(
        day=day,
        model=_model(row, "model_permaslug"),
        requests=1,
        prompt_tokens=prompt,
        input_tokens=None if cached is None else max(prompt - cached, 0),
        cache_read_tokens=cached,
        output_tokens=row.count("tokens_completion") or 0,
        cost=cost,
        cost_rounding=rounding,
    )


def _charged(row: Row, *columns: str) -> tuple[Decimal, Decimal]:
    """The sum of the amounts, and by how much they may be rounded."""
    amounts = [row.dollars(column) or Decimal(0) for column in columns]
    return sum(amounts, Decimal(0)), sum(map(row.rounding, columns), Decimal(0))


def _model(row: Row, column: str) -> str:
    """The model; a variant of it belongs to its name, as in requests: ``deepseek/deepseek-r1:free``."""
    name, variant = row.text(column), row.text("variant")
    if not name:
        raise row.wrong(column, "must not be empty")
    return name if variant in _USUAL_VARIANTS or ":" in name else f"{name}:{variant}"
