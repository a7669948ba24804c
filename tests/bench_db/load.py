"""Thirty days of requests, made by the database itself: a few of many keys and models are busy, some requests fail."""

from datetime import datetime, timedelta

from pxbin_engine.storage.database import Database

DAYS = 30
KEYS = 50
MODELS = 30
UPSTREAMS = 5
REQUESTS_OF_A_SESSION = 40

_COLUMNS = (
    "id, timestamp, method, path, input_format, output_format, model, upstream_model, upstream_id, upstream_name, "
    "llm_key_id, key_name, stream, status_code, outcome, error_type, error_message, stop_reason, input_tokens, "
    "output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, usage_estimated, "
    "cost, cost_input, cost_output, cost_cache_read, cost_cache_write, price_source, latency_ms, ttft_ms, upstream_ms, "
    "overhead_us, session_id, client_name, user_agent, remote_addr, attempts, losses, metadata"
)

# $1: when the day begins, $2: rows. An id is a uuid7 of its row's time, as the engine makes them.
_ROWS_OF_A_DAY = f"""
    insert into {{table}} ({_COLUMNS})
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(noise, 1, 3) || '8'
                || substr(noise, 4, 15))::uuid,
           at, 'POST', '/v1/messages', 'anthropic', 'openai', 'model-' || model, 'vendor/model-' || model,
           md5('upstream-' || model % {UPSTREAMS})::uuid, 'upstream-' || model % {UPSTREAMS},
           md5('key-' || key)::uuid, 'key-' || key, true, status,
           case when status < 400 then 'ok' when status < 500 then 'client_error' else 'upstream_error' end,
           case when status >= 400 then 'api_error' end, case when status >= 400 then 'The upstream said no.' end,
           case when status < 400 then 'end_turn' end,
           size, size / 8, size * 3, size / 4, 0, 0, false,
           size * 0.0000125, size * 0.000003, size * 0.000004, size * 0.0000035, size * 0.000002, 'published',
           took, case when status < 400 then took / 5 end, took * 0.98, 400 + size % 900,
           'session-' || extract(epoch from $1)::bigint + n / {REQUESTS_OF_A_SESSION}, 'Claude Code 2.1.' || key,
           'claude-cli/2.1', '127.0.0.1',
           jsonb_build_array(jsonb_build_object('upstream_id', md5('upstream-' || model % {UPSTREAMS})::uuid,
               'upstream_name', 'upstream-' || model % {UPSTREAMS}, 'upstream_model', 'vendor/model-' || model,
               'status', status, 'took_ms', took)),
           '[]', '{{{{}}}}'
    from (
        select n, $1::timestamptz + (n + random()) / $2 * interval '1 day' as at, md5(random()::text) as noise,
               floor({KEYS} * random() ^ 2)::int as key, floor({MODELS} * random() ^ 3)::int as model,
               floor(exp(4 + 5 * random()))::int as size, exp(6 + 4 * random()) as took,
               case when random() < 0.98 then 200 else (array[400, 404, 429, 500, 502])[1 + floor(5 * random())] end as status
        from generate_series(0, $2::int - 1) as n
    ) r
"""


async def load_day(database: Database, start: datetime, rows: int) -> None:
    """A day of ``rows`` requests, from midnight UTC on, without their totals: those are counted afterwards."""
    name = f"requests_{start:%Y%m%d}"
    end = start + timedelta(days=1)
    async with database.transaction() as connection:
        # Filled before it becomes a part of the log: its indexes are then built at once, not row by row.
        await connection.execute(
            f"create table {name} (like requests including defaults including constraints)"
        )
        await connection.execute(_ROWS_OF_A_DAY.format(table=name), start, rows, timeout=600)
        await connection.execute(
            f"insert into model_names select distinct model from {name} on conflict do nothing"
        )
        await connection.execute(
            f"alter table requests attach partition {name}"
            f" for values from ('{start.isoformat()}') to ('{end.isoformat()}')",
            timeout=600,
        )
