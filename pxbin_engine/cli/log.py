"""``pxbin-engine logs`` and ``stats``: what was asked, and what it cost."""

from argparse import Namespace

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.lookup import find
from pxbin_engine.engine import Engine
from pxbin_engine.records import KeyUsage, ModelUsage, RequestFilter, RequestRecord
from pxbin_engine.server.admin_items import log_item


@on_engine
async def logs(engine: Engine, arguments: Namespace) -> Answer:
    """The newest requests that fit the filter."""
    key = find(await engine.keys.list(), arguments.key, kind="key") if arguments.key else None
    wanted = RequestFilter(
        key_id=key.id if key else None,
        model=arguments.model,
        status_code=arguments.status,
        errors_only=arguments.errors,
    )
    page = await engine.requests.page(wanted, limit=arguments.limit)
    titles = ("TIME", "STATUS", "MODEL", "UPSTREAM", "IN", "OUT", "COST $", "MS", "KEY", "ERROR")
    return Answer(
        as_table(titles, map(_row, page.items)), [log_item(record) for record in page.items]
    )


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
    """The sums of a period, then model by model and key by key."""
    period = arguments.period
    overview = await engine.stats.overview(period)
    latency = await engine.stats.latency(period)
    by_model = await engine.stats.by_model(period)
    by_key = await engine.stats.by_key(period)
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
    data = {"overview": overview, "latency": latency, "by_model": by_model, "by_key": by_key}
    return Answer(f"{sums}\n\n{models}\n\n{keys}", data)


def _usage(usage: KeyUsage | ModelUsage) -> tuple[object, ...]:
    return (
        usage.total_requests,
        usage.total_input_tokens,
        usage.total_output_tokens,
        usage.total_cost,
        usage.avg_latency_ms,
    )
