"""A budget of one dollar before three engines on one database: it is used, and it holds."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest

from pxbin_engine import Engine, EngineConfig
from pxbin_engine.config import load_config
from pxbin_engine.events import BudgetChanged
from tests.support.engine_process import EngineProcess
from tests.support.upstream import FakeUpstream, openai_error, openai_stream

ENCRYPTION_KEY = "an-encryption-key-for-tests"
COST = Decimal("0.01")
"""Of each request: 12 tokens read, 7 written."""
PRICES = {"input_cost_per_million": Decimal(250), "output_cost_per_million": Decimal(1000)}
FORESEEN = "A text that is estimated rightly"  # 8 tokens, and 4 of the message
SURPRISING = "Hi"
UNFORESEEN = Decimal("0.00175")
"""How much more than estimated that one costs: 7 tokens read."""


class Fleet:
    """Engines on one database, with one upstream, one model and one key."""

    def __init__(self, configs: Sequence[EngineConfig]) -> None:
        self.engines = [Engine(config) for config in configs]
        self.upstream = FakeUpstream()
        self.upstream.always = openai_stream("Hi", pause=0.02)
        self.told: list[list[BudgetChanged]] = [[] for _ in configs]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.upstream)
        first, *others = self.engines
        await self._start(first)
        upstream = await first.upstreams.create(
            name="u", base_url=self.upstream.url, format="openai", api_key="sk-1"
        )
        await first.models.create(name="m", upstream_id=upstream.id, **PRICES)
        key = (await first.keys.create("llm", "laptop")).key
        for engine in others:
            await self._start(engine)
        connector = aiohttp.TCPConnector(limit=0)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(headers={"x-api-key": key}, connector=connector)
        )
        return self

    async def _start(self, engine: Engine) -> None:
        engine.events.subscribe(BudgetChanged, self.told[self.engines.index(engine)].append)
        await engine.start()
        self._stack.push_async_callback(engine.stop)

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(
        self, number: int = 0, text: str = FORESEEN, *, url: str = "", **more: Any
    ) -> tuple[int, Any]:
        """One request to one of the engines, or to ``url``; the status, and the error where there was one."""
        body = {"model": "m", "max_tokens": 7, "messages": [{"role": "user", "content": text}]}
        engine = self.engines[number % len(self.engines)]
        async with self._session.post(
            f"{url or engine.base_url}/v1/messages", json=body | {"stream": True}, **more
        ) as answer:
            content = await answer.read()
            return answer.status, content if answer.status == 200 else await answer.json()

    async def burst(self, count: int, text: str = FORESEEN) -> Counter[int]:
        """So many requests at once, spread over the engines; how many had each status."""
        answers = await asyncio.gather(*(self.ask(number, text) for number in range(count)))
        return Counter(status for status, _ in answers)

    async def rows(self, count: int) -> Decimal:
        """What the rows of the log cost, once there are so many."""
        async with asyncio.timeout(10):
            while (told := await self.engines[0].stats.overview("24h")).total_requests < count:
                await asyncio.sleep(0.05)
        return told.total_cost


@pytest.fixture
async def fleet(database_url: str, schema: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with Fleet(configs(database_url, schema, tmp_path)) as fleet:
        yield fleet


def configs(database_url: str, schema: str, home: Path, count: int = 3) -> list[EngineConfig]:
    values = {"database_url": database_url, "database_schema": schema, "encryption_key": ENCRYPTION_KEY,
              "listen_addr": "127.0.0.1:0", "max_db_conns": 4, "min_db_conns": 1,
              "health_check_seconds": 0}  # fmt: skip
    return [load_config({}, **values, data_dir=home / str(number)) for number in range(count)]


async def a_budget(fleet: Fleet, **values: Any) -> None:
    await fleet.engines[0].budgets.create(**{"name": "team", "limit": Decimal(1)} | values)
    async with asyncio.timeout(5):  # the others hear of it by a notification
        while not all(
            engine._gateway.budgets.active for engine in fleet.engines
        ):  # in force, not only stored
            await asyncio.sleep(0.02)


async def test_200_at_once_spend_the_dollar_and_not_a_cent_more(fleet: Fleet) -> None:
    await a_budget(fleet)
    statuses = await fleet.burst(200)
    assert {200} < statuses.keys() <= {200, 402, 429}  # 429: what is left is reserved by others
    spent = await fleet.rows(200)
    assert spent == statuses[200] * COST
    assert Decimal("0.9") <= spent <= 1
    (status,) = await fleet.engines[1].budgets.status()
    assert (status.spent, status.level) == (spent, "exhausted" if spent == 1 else "warning")
    assert {(await fleet.ask(number))[0] for number in range(3)} <= (
        {402} if spent == 1 else {200, 402, 429}
    )


async def test_what_nobody_foresaw_overruns_by_so_much_of_each_request_in_flight(
    fleet: Fleet,
) -> None:
    await a_budget(fleet)
    statuses = await fleet.burst(200, SURPRISING)
    spent = await fleet.rows(200)
    assert Decimal("0.9") <= spent <= 1 + statuses[200] * UNFORESEEN
    if spent >= 1:  # an engine hears what the others overran by as it renews its lease
        async with asyncio.timeout(10):
            while (await fleet.ask(1))[0] != 402:
                await asyncio.sleep(0.1)


async def test_it_holds_and_is_used_up_by_one_after_another_too(fleet: Fleet) -> None:
    await a_budget(fleet)
    statuses: Counter[int] = Counter()
    for _ in range(12):
        statuses += await fleet.burst(10)
    assert Decimal("0.97") <= await fleet.rows(120) <= 1


async def test_a_refusal_says_which_budget_how_much_and_until_when(fleet: Fleet) -> None:
    await a_budget(fleet, limit=Decimal("0.02"), time_zone="Europe/Berlin")
    assert [(await fleet.ask())[0] for _ in range(2)] == [200, 200]
    status, answer = await fleet.ask()
    assert status == 402
    assert answer["error"]["type"] == "billing_error"
    text = answer["error"]["message"]
    assert text.startswith(
        "The budget 'team' has too little left for this request: $0.02 of $0.02 are spent. It begins anew at "
    )
    assert text.endswith(" 00:00 (Europe/Berlin).")
    await fleet.rows(3)
    row = (await fleet.engines[0].requests.page()).items[0]
    assert (row.outcome, row.error_type, row.cost, row.attempts) == (
        "refused",
        "budget_exceeded",
        0,
        (),
    )


async def test_a_budget_that_only_tells_refuses_nothing(fleet: Fleet) -> None:
    await fleet.engines[0].budgets.create(name="soft", limit=Decimal("0.02"), is_hard=False)
    assert await fleet.burst(6) == {200: 6}
    async with asyncio.timeout(10):
        while not fleet.told[2]:
            await asyncio.sleep(0.05)
    assert fleet.told[2][-1].status.level == "exhausted"


async def test_each_key_has_the_limit_for_itself(fleet: Fleet) -> None:
    await a_budget(fleet, limit=Decimal("0.02"), scope="key")
    other = (await fleet.engines[0].keys.create("llm", "other")).key
    assert [(await fleet.ask())[0] for _ in range(3)] == [200, 200, 402]
    status, _ = await fleet.ask(headers={"x-api-key": other})
    assert status == 200
    await fleet.rows(4)
    statuses = await fleet.engines[0].budgets.status()
    assert [(s.label, s.spent) for s in statuses] == [("laptop", Decimal("0.02")), ("other", COST)]


async def test_an_upstream_whose_budget_is_used_up_is_passed_over(fleet: Fleet) -> None:
    first = fleet.engines[0]
    spare = await first.upstreams.create(
        name="spare", base_url=fleet.upstream.url, format="openai", api_key="sk-2", priority=9
    )
    (model,) = await first.models.list()
    targets = (
        *model.targets,
        type(model.targets[0])(upstream_id=spare.id, upstream_model="m", priority=1),
    )
    await first.models.update(model.id, targets=targets)
    await a_budget(fleet, limit=COST, scope="upstream", subject="u")
    assert [(await fleet.ask())[0] for _ in range(2)] == [200, 200]
    await fleet.rows(2)
    row = (await first.requests.page()).items[0]
    assert [(a.upstream_name, a.status) for a in row.attempts] == [("u", None), ("spare", 200)]
    assert "The budget 'team'" in (row.attempts[0].error or "")
    assert (row.attempts[1].reason, row.outcome) == ("because the budget of u is used up", "ok")
    await first.upstreams.update(spare.id, is_active=False)
    assert (await fleet.ask())[0] == 402
    await fleet.rows(3)
    row = (await first.requests.page()).items[0]
    assert (row.outcome, row.error_type) == ("refused", "budget_exceeded")


async def test_a_request_that_failed_gives_back_what_it_had_reserved(fleet: Fleet) -> None:
    await a_budget(fleet, limit=COST)
    fleet.upstream.script(*[openai_error(400, "no")] * 5)
    assert [(await fleet.ask())[0] for _ in range(5)] == [400] * 5
    assert (await fleet.ask())[0] == 200


async def test_a_level_is_told_once_by_every_engine(fleet: Fleet) -> None:
    await a_budget(fleet, limit=Decimal("0.10"), period="total")
    for _ in range(9):
        await fleet.ask(0)
    async with asyncio.timeout(10):
        while not all(fleet.told):
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    levels = [[event.status.level for event in told] for told in fleet.told]
    assert levels == [["warning"]] * 3
    await fleet.engines[0].budgets.update(
        (await fleet.engines[0].budgets.list())[0].id, limit=Decimal(10)
    )
    async with asyncio.timeout(10):
        while not all(len(told) > 1 for told in fleet.told):
            await asyncio.sleep(0.05)
    assert [told[-1].status.level for told in fleet.told] == ["ok"] * 3


async def test_what_was_spent_outlives_the_engine(
    database_url: str, schema: str, tmp_path: Path
) -> None:
    async with Fleet(configs(database_url, schema, tmp_path, 1)) as fleet:
        await a_budget(fleet, limit=Decimal("0.03"))
        assert await fleet.burst(2) == {200: 2}
        (engine,) = fleet.engines
        await engine.stop()
        await engine.start()
        (status,) = await engine.budgets.status()
        assert status.spent == 2 * COST
        assert [(await fleet.ask())[0] for _ in range(2)] == [200, 402]


async def test_a_killed_engine_loses_nothing_but_its_lease(
    database_url: str, schema: str, tmp_path: Path
) -> None:
    """What it had leased is missing until the lease runs out; what it had spent stays spent."""
    settings = {"database_url": database_url, "database_schema": schema}
    process = EngineProcess(tmp_path / "killed", **settings)
    await process.start()
    try:
        await process.bootstrap()
        async with Fleet(configs(database_url, schema, tmp_path, 1)) as fleet:
            (engine,) = fleet.engines
            await engine.budgets.create(name="team", limit=Decimal("0.10"))
            await asyncio.sleep(1)
            assert [(await fleet.ask(url=process.base_url))[0] for _ in range(2)] == [200, 200]
            await fleet.rows(2)
            await process.stop(signal.SIGKILL)
            before = await fleet.burst(10)
            assert before[200] <= 8
            await engine._database.write(  # a minute, and the rest of it can be had again
                "update budget_leases set expires_at = clock_timestamp() where engine_id <> $1",
                engine._budget_keeper.engine_id,  # its own stays
            )
            after = await fleet.burst(10)
            assert before[200] + after[200] == 8
            assert await fleet.rows(22) == Decimal("0.10")
    finally:
        await process.stop(signal.SIGKILL)
