"""The exports of OpenAI's usage dashboard: completions usage, and costs; their days are UTC.

Usage has a row for each bucket and what it was grouped by; a bucket without use has its times alone. ``input_tokens`` include
the cached ones. Costs name a model and a kind of token in one text: ``gpt-5.5-2026-04-23, cached input``, also
``priority | gpt-5.6, output, long context`` and ``gpt-audio-mini-2025-12-15 audio, input``; what is no model's
(``web search tool calls``) has no comma.

Source: the header rows and rows of both exports as in github.com/xavierjflanagan/Guardian (openai-usage-and-cost-report-
2025-10-12.md); the meaning of the columns is that of the same fields of OpenAI's Usage and Costs API
(platform.openai.com/docs/api-reference/usage).
"""

from datetime import date, timedelta

from pxbin_engine.admin.usage_exports.lines import Lines, UsageExport
from pxbin_engine.admin.usage_exports.table import Row, Table
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ProviderUsage

USAGE = frozenset(
    {"start_time_iso", "model", "num_model_requests", "input_tokens", "output_tokens"}
)
"""The columns by which a file is known as usage."""
USAGE_READ = USAGE | {
    "end_time_iso",
    "input_cached_tokens",
    "input_uncached_tokens",
    "input_cache_write_tokens",
    # Parts of the above.
    *(f"{way}_{kind}_tokens" for way in ("input", "output", "input_cached") for kind in ("text", "audio", "image")),
}  # fmt: skip
"""The columns that say how much; of others of that kind it is not known how they belong to the sums."""
COSTS = frozenset({"start_time_iso", "amount_value", "line_item"})
COSTS_READ = COSTS | {"end_time_iso", "amount_currency"}


def read_usage(table: Table) -> UsageExport:
    """Tokens and requests by day and model. Raises ``InvalidInput``."""
    lines = Lines("openai-usage")
    for row in table:
        day = _day(row)
        lines.cover(day)
        if row.text("num_model_requests"):
            lines.add(_usage(row, day))
    return lines.export()


def read_costs(table: Table) -> UsageExport:
    """Dollars by day and model. Raises ``InvalidInput``."""
    lines = Lines("openai-costs")
    for row in table:
        day = _day(row)
        lines.cover(day)
        if not row.text("amount_value"):
            continue
        if row.text("amount_currency").lower() not in ("usd", ""):
            raise row.wrong("amount_currency", "is not the currency that pxbin counts in (usd)")
        lines.add(
            ProviderUsage(
                day=day,
                model=_model_of(row),
                cost=row.dollars("amount_value"),
                cost_rounding=row.rounding("amount_value"),
            )
        )
    return lines.export()


def _day(row: Row) -> date:
    start, end = row.day("start_time_iso"), row.day("end_time_iso")
    if start is None:
        raise row.wrong("start_time_iso", "must say when this bucket begins")
    if end is not None and end - start > timedelta(days=1):
        raise InvalidInput(
            "The export adds up several days at a time; export it again by the day.", field="file"
        )
    return start


def _usage(row: Row, day: date) -> ProviderUsage:
    if not row.text("model"):
        raise InvalidInput(
            "The export does not tell one model from another; export it again grouped by model.",
            field="file",
        )
    prompt, cached = row.count("input_tokens") or 0, row.count("input_cached_tokens")
    written = row.count("input_cache_write_tokens")
    uncached = row.count("input_uncached_tokens")
    if uncached is None and cached is not None:
        uncached = prompt - cached - (written or 0)
    return ProviderUsage(
        day=day,
        model=row.text("model"),
        requests=row.count("num_model_requests"),
        prompt_tokens=prompt,
        input_tokens=uncached,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=row.count("output_tokens") or 0,
    )


def _model_of(row: Row) -> str:
    item = row.text("line_item")
    if not item:
        raise InvalidInput(
            "The export does not tell one model from another; export it again grouped by line item.",
            field="file",
        )
    name, comma, _ = item.rpartition("| ")[2].partition(",")
    return name.split()[0] if comma and name.split() else item
