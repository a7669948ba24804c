from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.accounting.ledger import Ledger, record_of
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Loss
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.records import AttemptRecord, LossRecord, PriceTier, RequestRecord
from tests.support.database import NOW, a_key, a_model, an_upstream

KEY, UPSTREAM = a_key(), an_upstream()
MODEL = a_model(
    input_cost_per_million=Decimal(2), output_cost_per_million=Decimal(10), price_source="model",
    price_tiers=(PriceTier(service_tier="flex", input=Decimal(1), output=Decimal(5)),),
    price_id=UUID(int=9), price_valid_from=NOW,
)  # fmt: skip


def an_exchange(**attributes: Any) -> Exchange:
    headers = {"User-Agent": "claude-cli/2.1.330 (external, cli)", "X-Claude-Code-Session-Id": "s"}
    exchange = Exchange(
        Inbound(
            method="POST",
            path="/v1/messages",
            headers=headers,
            format="anthropic",
            key=KEY,
            remote_addr="127.0.0.1",
            timestamp=NOW,
            arrived=10.0,
            received=10.001,
        )
    )
    for name, value in attributes.items():
        setattr(exchange, name, value)
    return exchange


def a_good_exchange() -> Exchange:
    exchange = an_exchange(
        model="claude",
        model_record=MODEL,
        upstream=UPSTREAM,
        upstream_model="gpt-4o",
        output_format="openai",
        stream=True,
        sent=10.002,
        first_token=10.5,
        upstream_ended=11.0,
        metadata={"a": 1},
    )
    exchange.attempts.append(
        AttemptRecord(upstream_id=UPSTREAM.id, upstream_name="main", upstream_model="gpt-4o")
    )
    exchange.learn(
        Usage(
            input_tokens=1_000_000, output_tokens=100_000, cache_read_tokens=500_000, estimated=True
        ),
        StopReason("tool_use", "tool_calls"),
        [Loss("top_k", "not there")],
    )
    exchange.complete(200)
    exchange.finish(11.001)
    return exchange


class Writer:
    """Takes rows as the log writer does."""

    def __init__(self) -> None:
        self.rows: list[RequestRecord] = []

    def put(self, record: RequestRecord) -> None:
        self.rows.append(record)


def test_a_finished_exchange_becomes_one_priced_row_that_is_put_and_told() -> None:
    writer, events = Writer(), EventBus()
    told: list[RequestRecord] = []
    events.subscribe(RequestFinished, lambda event: told.append(event.record))
    exchange = a_good_exchange()

    record = Ledger(writer, events).finish(exchange)  # type: ignore[arg-type]  # it only puts

    assert writer.rows == told == [record]
    assert record == RequestRecord(
        id=exchange.id,
        timestamp=NOW,
        method="POST",
        path="/v1/messages",
        input_format="anthropic",
        output_format="openai",
        model="claude",
        upstream_model="gpt-4o",
        upstream_id=UPSTREAM.id,
        upstream_name="main",
        llm_key_id=KEY.id,
        key_name="laptop",
        stream=True,
        status_code=200,
        outcome="ok",
        stop_reason="tool_use",
        input_tokens=1_000_000,
        output_tokens=100_000,
        cache_read_tokens=500_000,
        usage_estimated=True,
        cost=Decimal(4),
        cost_input=Decimal(2),
        cost_output=Decimal(1),
        cost_cache_read=Decimal(1),
        cost_cache_write=Decimal(0),
        price_source="model",
        price_id=UUID(int=9),
        price_valid_from=NOW,
        queue_ms=exchange.queue_ms,
        latency_ms=exchange.latency_ms,
        ttft_ms=exchange.ttft_ms,
        upstream_ms=exchange.upstream_ms,
        overhead_us=exchange.overhead_us,
        session_id="s",
        client_name="Claude Code 2.1.330",
        user_agent="claude-cli/2.1.330 (external, cli)",
        remote_addr="127.0.0.1",
        attempts=tuple(exchange.attempts),
        losses=(LossRecord("top_k", "not there"),),
        metadata={"a": 1},
    )


def test_behaviour_26_a_refused_request_is_a_row_that_cost_nothing() -> None:
    exchange = an_exchange(key=None)
    exchange.fail(
        "refused",
        ApiError(kind="authentication_error", message="no such key", status=401),
        status=401,
    )
    exchange.finish(10.1)

    record = record_of(exchange)

    assert (record.outcome, record.status_code, record.error_message) == (
        "refused",
        401,
        "no such key",
    )
    assert (record.llm_key_id, record.key_name, record.upstream_id) == (None, "", None)
    assert record.cost == Decimal(0)


def test_behaviour_27_an_answer_whose_tokens_nobody_counted_has_an_unknown_cost() -> None:
    exchange = an_exchange(model_record=MODEL, upstream=UPSTREAM, first_token=10.2)
    exchange.cancel("gone")
    exchange.finish(10.3)
    record = record_of(exchange)
    assert record.cost is None
    assert record.cost_input is None


def test_behaviour_11_tokens_seen_before_the_client_went_are_priced() -> None:
    exchange = an_exchange(model_record=MODEL, upstream=UPSTREAM, first_token=10.2)
    exchange.learn(Usage(output_tokens=100_000), None, [])
    exchange.cancel("gone")
    exchange.finish(10.3)
    assert record_of(exchange).cost == Decimal(1)


def test_counts_that_cannot_be_are_bounded_and_flagged() -> None:
    exchange = an_exchange(model_record=MODEL, upstream=UPSTREAM, first_token=10.2)
    exchange.learn(Usage(input_tokens=10**30, output_tokens=-5), None, [])
    exchange.complete(200)
    exchange.finish(10.3)
    record = record_of(exchange)
    assert (record.input_tokens, record.output_tokens, record.usage_estimated) == (10**12, 0, True)
    assert record.cost_output == Decimal(0)


def test_an_exchange_that_has_not_ended_has_no_row() -> None:
    with pytest.raises(ValueError, match="once it has finished"):
        record_of(an_exchange())


def test_the_row_says_as_what_it_was_sold_and_costs_that() -> None:
    usage = Usage(
        input_tokens=1_000_000, input_audio_tokens=7, output_image_tokens=3, service_tier="flex"
    )
    exchange = a_good_exchange()
    exchange.usage = usage
    record = record_of(exchange)
    assert (record.service_tier, record.cost) == ("flex", 1)
    assert (record.input_audio_tokens, record.output_image_tokens) == (7, 3)
    assert (record.price_id, record.price_valid_from) == (UUID(int=9), NOW)
