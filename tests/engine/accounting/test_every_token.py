"""To the last token and the last billionth of a dollar: what upstreams say, rows, totals, and what clients are told."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pxbin_engine.accounting.ledger import record_of
from pxbin_engine.accounting.repricing import Repricer
from pxbin_engine.admin.totals import TotalsAdmin
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import (
    ModelPrice,
    ModelRecord,
    PriceTier,
    RepricingRecord,
    RequestRecord,
    TokenPrices,
    price_fields,
)
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import a_budget, a_key, a_model, an_upstream
from tests.support.upstream_usage import (
    Counted,
    Told,
    counted,
    request,
    streamed_answer,
    told_to_client,
    usages,
    whole_answer,
)

BILLIONTH = Fraction(1, 10**9)
TODAY = datetime(2026, 11, 23, tzinfo=UTC)
NOW = TODAY + timedelta(days=1)
DAYS = 2
CLIENTS = {
    "": "",
    "claude-cli/2.1.330 (external, cli)": "Claude Code",
    "claude-cli/2.2.0-beta.1 (external, cli)": "Claude Code",
    "codex_cli_rs/0.169.0": "Codex",
}
"""What each user agent is counted as."""
KEYS = [a_key(name=name) for name in ("laptop", "build")]
UPSTREAMS = {
    name: an_upstream(name=name, format=dialect.format) for name, dialect in DIALECTS.items()
}


def prices(**figures: str) -> dict[str, Decimal]:
    """Dollars for a million tokens."""
    return {name: Decimal(figure) for name, figure in figures.items()}


FULL = ModelPrice(
    **prices(input="3", output="15", cache_read="0.3", cache_write_5m="3.75", cache_write_1h="6"),  # type: ignore[arg-type]  # none of them is the source
    **prices(input_audio="40", cache_read_audio="2.5", output_audio="80", output_image="30.0000001"),  # type: ignore[arg-type]  # as above
    source="model",
    tiers=(
        PriceTier(above_prompt_tokens=200_000, **prices(input="6", output="22.5", cache_read="0.6")),  # type: ignore[arg-type]  # as above
        PriceTier(service_tier="batch", **prices(input="1.5", output="7.5")),  # type: ignore[arg-type]  # as above
        PriceTier(service_tier="priority", **prices(input="6.123456789", output="30", cache_write_5m="7")),  # type: ignore[arg-type]  # as above
        PriceTier(service_tier="priority", above_prompt_tokens=100, **prices(input="9", output="31")),  # type: ignore[arg-type]  # as above
    ),
)  # fmt: skip
PLAIN = ModelPrice(**prices(input="0.07", output="0.000000333"), source="published")  # type: ignore[arg-type]  # as above
MODELS = [
    a_model(name=name, created_at=TODAY - timedelta(days=99), **price_fields(price))
    for name, price in (("full", FULL), ("plain", PLAIN), ("unknown", ModelPrice()))
]


def dollars(used: Counted, price: ModelPrice) -> Fraction | None:
    """What docs/prices.md says that it costs, in whole fractions."""
    tiers = [tier for tier in price.tiers if tier.service_tier == used.tier]
    tiers = [tier for tier in tiers if used.prompt > tier.above_prompt_tokens]
    held: TokenPrices = TokenPrices() if used.tier else price
    held = max(tiers, key=lambda tier: tier.above_prompt_tokens, default=held)
    read = held.input if held.cache_read is None else held.cache_read
    parts = (
        (used.input - used.sound_in, held.input),
        (used.sound_in, held.input if held.input_audio is None else held.input_audio),
        (used.cache_read - used.sound_cached, read),
        (used.sound_cached, read if held.cache_read_audio is None else held.cache_read_audio),
        (used.write_5m, held.cache_write_5m),
        (used.write_1h, held.cache_write_1h),
        (used.output - used.sound_out - used.pictures_out, held.output),
        (used.sound_out, held.output_audio),
        (used.pictures_out, held.output_image),
    )
    if any(count and figure is None for count, figure in parts):
        return None
    return sum((Fraction(figure or 0) * count for count, figure in parts), Fraction(0)) / 10**6


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer of an upstream, and how it comes to a client."""

    source: str
    target: str
    told: Told
    asks_stream: bool
    gets_stream: bool
    running: bool
    pieces: int
    model: ModelRecord
    at: datetime
    key: int
    session: int
    agent: int
    user_agent: str

    @property
    def used(self) -> Counted:
        """By the vendor's rules."""
        return counted(self.target, self.told)

    def answer(self) -> tuple[Exchange, bytes]:
        """Translate it; the finished exchange, and what the client got."""
        body = request(self.source, stream=self.asks_stream)
        translation = Translation(
            DIALECTS[self.source],
            DIALECTS[self.target],
            model="m",
            wish=Peek("alias", self.asks_stream) if self.source == "gemini_generate" else None,
        )
        translation.request(body)
        got = self._play(translation)
        assert translation.complete
        return self._exchange(translation), got

    def _play(self, translation: Translation) -> bytes:
        whole = whole_answer(self.target, self.told)
        if not self.asks_stream:
            return translation.response(whole)
        stream = streamed_answer(self.target, self.told, running=self.running)
        sent = stream if self.gets_stream else whole
        size = -(-len(sent) // self.pieces)
        pieces = (sent[start : start + size] for start in range(0, len(sent), size))
        return b"".join(map(translation.feed, pieces)) + translation.close()

    def _exchange(self, translation: Translation) -> Exchange:
        agent = {"X-Claude-Code-Agent-Id": f"agent {self.agent}"} if self.agent else {}
        inbound = Inbound(
            method="POST",
            path="/",
            headers={
                "User-Agent": self.user_agent,
                "X-Claude-Code-Session-Id": f"session {self.session}",
                **agent,
            },
            format=DIALECTS[self.source].format,
            key=KEYS[self.key],
            timestamp=self.at,
            arrived=1.0,
            received=1.0,
        )
        exchange = Exchange(inbound)
        exchange.model, exchange.model_record = self.model.name, self.model
        exchange.upstream = UPSTREAMS[self.target]
        exchange.mark_first_token(2.0)
        exchange.learn(translation.usage, translation.stop, translation.losses)
        exchange.complete(200)
        exchange.finish(3.0)
        return exchange


@st.composite
def cases(draw: st.DrawFn, source: str | None = None, target: str | None = None) -> Case:
    """Any answer; now and then an upstream answers at once, though a stream was asked for."""
    target = target or draw(st.sampled_from(sorted(DIALECTS)))
    return Case(
        source=source or draw(st.sampled_from(sorted(DIALECTS))),
        target=target,
        told=draw(usages(target)),
        asks_stream=draw(st.booleans()),
        gets_stream=draw(st.integers(0, 4)) > 0,
        running=draw(st.booleans()),
        pieces=draw(st.integers(1, 40)),
        model=draw(st.sampled_from(MODELS)),
        at=NOW - timedelta(seconds=draw(st.integers(1, DAYS * 86_400))),
        key=draw(st.integers(0, len(KEYS) - 1)),
        session=draw(st.integers(0, 3)),
        agent=draw(st.integers(0, 2)),
        user_agent=draw(st.sampled_from(sorted(CLIENTS))),
    )


@pytest.mark.parametrize("target", sorted(DIALECTS))
@pytest.mark.parametrize("source", sorted(DIALECTS))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_row_is_what_the_upstream_said_and_the_client_is_told_the_same(
    source: str, target: str, data: st.DataObject
) -> None:
    case = data.draw(cases(source, target))
    exchange, got = case.answer()
    row, used = record_of(exchange), case.used
    assert counts_of(row) == {
        "requests": 1,
        "unpriced": int(is_unpriced(used, case.model)),
        "input_tokens": used.input,
        "output_tokens": used.output,
        "cache_read_tokens": used.cache_read,
        "cache_write_tokens": used.written,
    }
    assert (row.cache_write_5m_tokens, row.cache_write_1h_tokens) == (used.write_5m, used.write_1h)
    assert row.service_tier == used.tier
    assert not row.usage_estimated
    assert_cost(row, dollars(used, case.model.price))

    told = counted(source, told_to_client(source, got, stream=case.asks_stream))
    assert (told.prompt, told.cache_read, told.output) == (
        used.prompt,
        used.cache_read,
        used.output,
    )
    if source != "gemini_generate":
        assert told.written == used.written


def assert_cost(row: RequestRecord, wanted: Fraction | None) -> None:
    assert (row.cost is None) == (wanted is None)
    if row.cost is not None and wanted is not None:
        assert abs(Fraction(row.cost) - wanted) <= BILLIONTH
        parts = (row.cost_input, row.cost_output, row.cost_cache_read, row.cost_cache_write)
        assert sum(part or 0 for part in parts) == row.cost


def is_unpriced(used: Counted, model: ModelRecord) -> bool:
    return dollars(used, model.price) is None


def counts_of(row: RequestRecord) -> dict[str, int]:
    tokens = (
        row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens
    )
    return {
        "requests": 1,
        "unpriced": int(row.cost is None and tokens > 0),
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cache_read_tokens": row.cache_read_tokens,
        "cache_write_tokens": row.cache_creation_tokens,
    }


FIGURES = (
    "requests", "unpriced", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost",
)  # fmt: skip
Sums = dict[tuple[str, ...], list[Fraction]]
"""(what of, which) -> the figures; of two things at once, with both."""


def sums_of(cases: Iterable[Case], price_of: Callable[[ModelRecord], ModelPrice]) -> Sums:
    """What the upstreams said, added up by whom and what it is of."""
    found: Sums = defaultdict(lambda: [Fraction(0)] * len(FIGURES))
    for case in cases:
        used, spent = case.used, dollars(case.used, price_of(case.model))
        counts = (1, spent is None, used.input, used.output, used.cache_read, used.written)
        figures = [*map(Fraction, counts), spent or Fraction(0)]
        session, agent = f"session {case.session}", f"agent {case.agent}" if case.agent else ""
        for which in (
            ("total", ""),
            ("key", str(KEYS[case.key].id)),
            ("model", case.model.name),
            ("client", CLIENTS[case.user_agent]),
            ("upstream", str(UPSTREAMS[case.target].id)),
            ("session", session),
            ("agent", session, agent),
            ("served", str(UPSTREAMS[case.target].id), f"{case.at:%Y-%m-%d}"),
        ):
            found[which] = [a + b for a, b in zip(found[which], figures, strict=True)]
    return found


ROWS = """
    select * from (select r.*, (cost is null)::int as unpriced, 1 as requests,
                          cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens from requests r) r
    cross join lateral (values
        ('total', '', null), ('key', llm_key_id::text, null), ('model', model, null), ('upstream', upstream_id::text, null),
        ('client', without_version(client_name), null),
        ('session', session_id, null), ('agent', session_id, coalesce(agent_id, '')),
        ('served', upstream_id::text, to_char(timestamp, 'YYYY-MM-DD'))) d (dimension, dimension_id, within)
"""
SESSIONS = """
    select *, level as dimension, session_id as dimension_id, case level when 'agent' then agent_id end as within
    from session_usage
"""
SERVED = """
    select *, 'served' as dimension, upstream_id::text as dimension_id, day::text as within from served_usage
"""
OF_DIMENSIONS = "select *, null as within from {}"
DIMENSIONS = {"total", "key", "model", "upstream", "client"}
TOTALS = {
    "rows": (ROWS, DIMENSIONS | {"session", "agent", "served"}),
    "hours": (OF_DIMENSIONS.format("usage_hourly"), DIMENSIONS),
    "five minutes": (OF_DIMENSIONS.format("usage_5m"), DIMENSIONS - {"upstream"}),
    "days": (OF_DIMENSIONS.format("usage_daily"), DIMENSIONS),
    "sessions": (SESSIONS, {"session", "agent"}),
    "what upstreams served": (SERVED, {"served"}),
}


async def assert_every_sum_is(wanted: Sums, database: Database) -> None:
    """Tokens and requests to the last one, dollars to the last billionth."""
    for name, (query, dimensions) in TOTALS.items():
        sums = ", ".join(f"coalesce(sum({figure}), 0) as {figure}" for figure in FIGURES)
        rows = await database.fetch(
            f"select dimension, dimension_id, within, {sums} from ({query}) t group by 1, 2, 3"
        )
        found = {
            tuple(part for part in tuple(row)[:3] if part is not None): list(tuple(row)[3:])
            for row in rows
        }
        expected = {which: sums for which, sums in wanted.items() if which[0] in dimensions}
        assert found.keys() == expected.keys(), name
        for which, figures in expected.items():
            *counts, cost = (Fraction(figure) for figure in found[which])
            assert counts == figures[:-1], (name, which)
            assert abs(cost - figures[-1]) <= BILLIONTH, (name, which)


TABLES = (
    "requests, usage_hourly, usage_5m, usage_daily, latency_hourly, latency_daily, session_usage, served_usage,"
    " closed_days, models, model_prices, repricings, budgets"
)
DAMAGE = (
    "update {} set cost = cost + 1, input_tokens = input_tokens + 1",
    "delete from {}",
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(
    answers=st.lists(cases(), min_size=1, max_size=32),
    batches=st.integers(1, 4),
    damage=st.sampled_from(DAMAGE),
    damaged=st.sampled_from(
        ["usage_hourly", "usage_5m", "usage_daily", "session_usage", "served_usage"]
    ),
)
async def test_rows_and_every_total_are_what_the_upstreams_said_also_repriced_and_counted_anew(
    database: Database, answers: list[Case], batches: int, damage: str, damaged: str
) -> None:
    await database.write(f"truncate {TABLES} cascade")
    partitions, totals = Partitions(database), Totals(database)
    await partitions.make(now=TODAY - timedelta(days=DAYS))
    for model in MODELS:
        await ModelStore(database).insert(model)
    budgets = BudgetStore(database)
    await budgets.insert(a_budget(created_at=TODAY - timedelta(days=9), period="total"))
    rows = [record_of(case.answer()[0]) for case in answers]
    for start in range(batches):
        assert await RequestStore(database).insert_batch(rows[start::batches]) == ()
    await totals.close_days(now=NOW)
    first = sums_of(answers, lambda model: model.price)
    await assert_every_sum_is(first, database)
    await assert_spent(budgets, first)

    repriced = await reprice(database)
    await totals.close_days(now=NOW)
    anew = sums_of(answers, lambda model: repriced[model.id])
    await assert_every_sum_is(anew, database)
    await assert_spent(budgets, anew)

    admin = TotalsAdmin(totals, partitions, clock=lambda: NOW)
    assert (await admin.rebuild()).differences == ()
    await database.write(damage.format(damaged))
    report = await admin.rebuild()
    assert {one.table for one in report.differences} == {damaged}
    await assert_every_sum_is(anew, database)


async def assert_spent(budgets: BudgetStore, wanted: Sums) -> None:
    """The meter of a budget for all counts the same dollars."""
    (meter,) = await budgets.meters(now=NOW)
    _, unpriced, *_, cost = wanted["total", ""]
    assert meter.unpriced == unpriced
    assert abs(Fraction(meter.spent) - cost) <= BILLIONTH


async def reprice(database: Database) -> dict[UUID, ModelPrice]:
    """Give the model without a price one, and the plain one another; all rows get what that makes."""
    prices, begin = PriceStore(database), TODAY - timedelta(days=98)
    others = {
        "plain": replace(PLAIN, cache_write_5m=Decimal("0.1"), cache_write_1h=Decimal("0.2")),
        "unknown": FULL,
    }
    for model in MODELS:
        if model.name in others:
            await prices.add(model, others[model.name], valid_from=begin, now=NOW)
    models = await ModelStore(database).list()
    asked = RepricingRecord(id=UUID(int=1), started_at=NOW, by="test", every=True)
    await Repricer(prices, RepricingStore(database), clock=lambda: NOW)(models, asked)
    return {model.id: model.price for model in models}
