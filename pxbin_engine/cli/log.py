"""``pxbin-engine logs`` and ``stats``: what was asked, and what it cost."""

import sys
from argparse import Namespace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import cast, get_args

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import Command, on_engine, option
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import (
    ClientUsage,
    ExportFormat,
    KeyUsage,
    ModelUsage,
    RequestFilter,
    RequestRecord,
    SpendForecast,
    UpstreamUsage,
)
from pxbin_engine.server.admin_items import log_item


@on_engine
async def logs(engine: Engine, arguments: Namespace) -> Answer:
    """The newest requests that fit the filter."""
    page = await engine.requests.page(await _wanted(engine, arguments), limit=arguments.limit)
    titles = ("TIME", "STATUS", "MODEL", "UPSTREAM", "IN", "OUT", "COST $", "MS", "KEY", "ERROR")
    return Answer(
        as_table(titles, map(_row, page.items)),
        [log_item(record) for record in page.items],
        note=_searched(page.searched_since),
    )


@on_engine
async def export(engine: Engine, arguments: Namespace) -> Answer:
    """Write what fits the filter to a file."""
    path: Path = arguments.file
    where = engine.requests.bounded(await _wanted(engine, arguments))
    rows = await engine.requests.export_to(
        path, where, _format(path, arguments.format), on_progress=_show_progress
    )
    note = _searched(where.since) if where.reads_text else ""
    return Answer(f"{rows:,} requests written to {path}.", {"rows": rows, "file": str(path)}, note)


async def _wanted(engine: Engine, arguments: Namespace) -> RequestFilter:
    key = find(await engine.keys.list(), arguments.key, kind="key") if arguments.key else None
    within = RequestFilter(
        key_id=key.id if key else None,
        model=arguments.model,
        status_code=arguments.status,
        errors_only=arguments.errors,
    )
    return engine.requests.filter(arguments.query, within=within, zone=_here())


def _here() -> tzinfo:
    return datetime.now().astimezone().tzinfo or UTC


def _searched(since: datetime | None) -> str:
    return f"Text was looked for back to {since.astimezone():%Y-%m-%d %H:%M}." if since else ""


def _format(path: Path, given: ExportFormat | None) -> ExportFormat:
    """What was given, or what the file's name ends in."""
    name = given or path.suffix.removeprefix(".").lower()
    if name not in get_args(ExportFormat):
        raise InvalidInput(f"{path.name} does not end in a format; say one with --format.")
    return cast("ExportFormat", name)


def _show_progress(rows: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{rows:,} requests ")


def _row(record: RequestRecord) -> tuple[object, ...]:
    read_and_written = record.cache_read_tokens + record.cache_creation_tokens
    return (
        record.timestamp,
        record.status_code,
        record.model,
        record.upstream_name,
        record.input_tokens + read_and_written,
        record.output_tokens,
        record.cost,
        record.latency_ms,
        record.key_name,
        record.error_message,
    )


@on_engine
async def stats(engine: Engine, arguments: Namespace) -> Answer:
    """The sums of a period; by model, key, client and upstream; and what the month will have cost."""
    period = arguments.period
    overview = await engine.stats.overview(period)
    latency = await engine.stats.latency(period)
    by_model = await engine.stats.by_model(period)
    by_key = await engine.stats.by_key(period)
    by_client = await engine.stats.by_client(period)
    by_upstream = await engine.stats.by_upstream(period)
    forecast = await engine.stats.forecast()
    sums = as_table(
        ("REQUESTS", "ERRORS", "IN", "OUT", "CACHE READ", "COST $", "P50 MS", "P95 MS"),
        [
            (
                overview.total_requests,
                overview.error_count,
                overview.total_input_tokens,
                overview.total_output_tokens,
                overview.total_cache_read_tokens,
                overview.total_cost,
                latency.p50,
                latency.p95,
            )
        ],
    )
    titles = ("REQUESTS", "IN", "OUT", "COST $", "MS")
    models = as_table(("MODEL", *titles), [(usage.model, *_usage(usage)) for usage in by_model])
    keys = as_table(("KEY", *titles), [(usage.key_name, *_usage(usage)) for usage in by_key])
    clients = as_table(("CLIENT", *titles), [(usage.client, *_usage(usage)) for usage in by_client])
    upstreams = as_table(
        ("UPSTREAM", *titles), [(usage.upstream_name, *_usage(usage)) for usage in by_upstream]
    )
    data = {
        "overview": overview,
        "latency": latency,
        "by_model": by_model,
        "by_key": by_key,
        "by_client": by_client,
        "by_upstream": by_upstream,
        "forecast": forecast,
    }
    told = (sums, models, keys, clients, upstreams, *([_said(forecast)] if forecast else ()))
    return Answer("\n\n".join(told), data)


def _said(forecast: SpendForecast) -> str:
    return (
        f"Forecast: {forecast.total:.2f} dollars for {forecast.month_start:%B} (UTC). {forecast.spent:.2f} were spent so"
        f" far; the rest is taken to go on as in the last {forecast.pace_days:.0f} days, {forecast.pace:.2f} a day."
    )


def _usage(usage: KeyUsage | ModelUsage | ClientUsage | UpstreamUsage) -> tuple[object, ...]:
    return (
        usage.total_requests,
        usage.total_input_tokens,
        usage.total_output_tokens,
        usage.total_cost,
        usage.avg_latency_ms,
    )


_LOG_FILTER = (
    option(
        "query",
        nargs="?",
        default="",
        help="such as 'model:glm status:>=400 since:2h \"timed out\"' (docs/log.md)",
    ),
    option("--key", help="only of that key"),
    option("--model", help="only where the model's name holds this"),
    option("--status", type=int, help="only this status; 400 means every 4xx"),
    option("--errors", action="store_true", help="only failures"),
)
COMMANDS = (
    Command(
        "logs",
        "show the newest requests",
        logs,
        (
            *_LOG_FILTER,
            option("--limit", type=int, default=20, help="how many (up to 500)"),
        ),
    ),
    Command(
        "logs export",
        "write requests to a file",
        export,
        (
            option("file", type=Path, help="ending in .csv, .jsonl or .parquet"),
            *_LOG_FILTER,
            option(
                "--format", choices=get_args(ExportFormat), help="where the name does not say it"
            ),
        ),
    ),
    Command(
        "stats",
        "show requests, tokens and cost of a period",
        stats,
        (option("--period", choices=("24h", "7d", "30d"), default="24h"),),
    ),
)
