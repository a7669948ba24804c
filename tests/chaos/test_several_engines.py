"""Three engines on one database: what one is told holds for all within a second, and every request is counted once."""

import asyncio
import time
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from tests.chaos.clients import Load
from tests.chaos.proxy import add_model, all_rows, impatient_engine, upstreams
from tests.support.engine_process import EngineProcess
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.timeout(180)

ENGINES = 3
BODY = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "chaos-1."}]}


async def started(
    stack: AsyncExitStack, tmp_path: Path, server: PostgresServer, schema: str
) -> list[EngineProcess]:
    settings = {"database_url": server.dsn, "database_schema": schema}
    return [
        await stack.enter_async_context(impatient_engine(tmp_path / str(at), **settings))
        for at in range(ENGINES)
    ]


async def status_of(engine: EngineProcess, key: str) -> int:
    async with (
        aiohttp.ClientSession(headers={"x-api-key": key}) as session,
        session.post(f"{engine.base_url}/v1/messages", json=BODY) as answer,
    ):
        await answer.read()
        return answer.status


async def seconds_until(status: int, engine: EngineProcess, key: str) -> float:
    """How long it takes until a request with this key is answered so."""
    started = time.monotonic()
    while await status_of(engine, key) != status:
        assert time.monotonic() - started < 10
        await asyncio.sleep(0.02)
    return time.monotonic() - started


async def test_a_revocation_holds_everywhere_within_a_second(
    tmp_path: Path, postgres_server: PostgresServer, schema: str
) -> None:
    """Also while the connections that the others listen at have just been cut."""
    async with AsyncExitStack() as stack:
        (good,) = stack.enter_context(upstreams(0.0))
        first, *others = await started(stack, tmp_path, postgres_server, schema)
        await add_model(first, [await first.add_upstream("u", good.url)])
        for cut in (False, True):
            key = await first.add_key(f"key {cut}")
            for engine in others:
                assert await seconds_until(200, engine, key) < 1.0
            if cut:
                postgres_server.psql(
                    "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'"
                )
            key_id = next(
                one["id"] for one in await first.call("GET", "keys") if one["name"] == f"key {cut}"
            )
            await first.call("DELETE", f"keys/{key_id}")
            for engine in [first, *others]:
                assert await seconds_until(401, engine, key) < 1.0


async def test_every_request_is_counted_once(
    tmp_path: Path, postgres_server: PostgresServer, schema: str
) -> None:
    async with AsyncExitStack() as stack:
        served_by = stack.enter_context(upstreams(0.2, 0.0))
        engines = await started(stack, tmp_path, postgres_server, schema)
        ids = [await engines[0].add_upstream(f"u{at}", one.url) for at, one in enumerate(served_by)]
        name, key = await add_model(engines[0], ids), await engines[0].add_key()
        for engine in engines[1:]:
            await seconds_until(200, engine, key)
        warmed = len(await all_rows(engines[0], ENGINES - 1, within=10))
        loads = [
            Load(engine.base_url, key, name, clients=6, seed=at)
            for at, engine in enumerate(engines)
        ]
        await asyncio.gather(*(load.run(150) for load in loads))
        sent = warmed + sum(load.sent for load in loads)
        rows = await all_rows(engines[0], sent, within=20)
        assert len(rows) == sent
        for load in loads:
            assert load.wrong == []
        assert len({row["id"] for row in rows}) == sent
        overview = await engines[1].call("GET", "stats/overview?period=24h")
        assert overview["total_requests"] == sent
        for total, column in (
            ("total_input_tokens", "input_tokens"),
            ("total_output_tokens", "output_tokens"),
        ):
            assert overview[total] == sum(row[column] for row in rows)
        spent = sum(Decimal(str(row["cost"] or 0)) for row in rows)
        assert abs(Decimal(str(overview["total_cost"])) - spent) < Decimal("1e-9")
