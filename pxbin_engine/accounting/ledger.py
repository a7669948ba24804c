"""The ledger: the one place where a finished exchange becomes its row, priced once."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import structs

from pxbin_engine.accounting.log_writer import LogWriter
from pxbin_engine.accounting.pricing import Cost, cost
from pxbin_engine.events import EventBus, RequestFinished
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.protocol.response import COUNTS, Usage
from pxbin_engine.records import ModelPrice, RecordingState, RequestRecord

_NOTHING = Cost(input=Decimal(0), output=Decimal(0), cache_read=Decimal(0), cache_write=Decimal(0))
_UNKNOWN = Cost(input=None, output=None, cache_read=None, cache_write=None)
_NO_PRICE = ModelPrice()
_MOST_TOKENS = 10**12
"""Of one class in one answer; an upstream that says more than could ever be must not break the totals."""


class Ledger:
    """Makes rows and hands them on: to the budgets, to the log writer, then to whoever listens.

    Args:
        keep_recording: keeps what the exchange said and heard, if that is wished, and tells what became of it.
    """

    def __init__(
        self,
        writer: LogWriter,
        events: EventBus,
        *,
        on_priced: Callable[[RequestRecord], None] = lambda _: None,
        keep_recording: Callable[[Exchange], RecordingState] = lambda _: "",
    ) -> None:
        self._writer = writer
        self._events = events
        self._on_priced = on_priced
        self._keep_recording = keep_recording

    def finish(self, exchange: Exchange) -> RequestRecord:
        """Price a finished exchange, put its row to the log and publish ``RequestFinished``. Returns at once."""
        record = record_of(exchange, self._keep_recording(exchange))
        self._on_priced(record)  # first: the writer tells when the row is written
        self._writer.put(record)
        self._events.publish(RequestFinished(record))
        return record


def record_of(exchange: Exchange, recording: RecordingState = "") -> RequestRecord:
    """The row of a finished exchange, priced by the model's price as it was when the request was routed.

    Raises:
        ValueError: the exchange has not finished.
    """
    if exchange.outcome is None:
        raise ValueError(f"an exchange is recorded once it has finished: {exchange!r}")
    told = _plausible(exchange.usage) if exchange.usage else None
    usage = told or Usage()
    model = exchange.model_record
    price = model.price if model else _NO_PRICE
    spent = _cost(exchange, told, price)
    return RequestRecord(
        id=exchange.id,
        timestamp=exchange.timestamp,
        method=exchange.method,
        path=exchange.path,
        input_format=exchange.input_format,
        output_format=exchange.output_format,
        model=exchange.model,
        upstream_model=exchange.upstream_model,
        upstream_id=exchange.upstream.id if exchange.upstream else None,
        upstream_name=exchange.upstream.name if exchange.upstream else "",
        asked_model=exchange.asked_model,
        route_reason=exchange.route_reason,
        llm_key_id=exchange.key.id if exchange.key else None,
        key_name=exchange.key.name if exchange.key else "",
        stream=exchange.stream,
        status_code=exchange.status,
        outcome=exchange.outcome,
        error_type=exchange.error_type,
        error_message=exchange.error_message,
        stop_reason=exchange.stop.unified if exchange.stop else None,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_5m_tokens=usage.cache_write_5m_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        input_audio_tokens=usage.input_audio_tokens,
        cache_read_audio_tokens=usage.cache_read_audio_tokens,
        output_audio_tokens=usage.output_audio_tokens,
        output_image_tokens=usage.output_image_tokens,
        service_tier=usage.service_tier,
        usage_estimated=usage.estimated,
        cost=spent.total,
        cost_input=spent.input,
        cost_output=spent.output,
        cost_cache_read=spent.cache_read,
        cost_cache_write=spent.cache_write,
        price_source=price.source,
        price_id=model.price_id if model else None,
        price_valid_from=model.price_valid_from if model else None,
        queue_ms=exchange.queue_ms,
        latency_ms=exchange.latency_ms,
        ttft_ms=exchange.ttft_ms,
        upstream_ms=exchange.upstream_ms,
        overhead_us=exchange.overhead_us,
        session_id=exchange.session_id,
        agent_id=exchange.agent_id,
        parent_agent_id=exchange.parent_agent_id,
        client_name=exchange.client_name,
        user_agent=exchange.user_agent,
        project=exchange.project,
        remote_addr=exchange.remote_addr,
        attempts=tuple(exchange.attempts),
        losses=exchange.loss_records,
        recording=recording,
        metadata=exchange.metadata,
    )


def _plausible(usage: Usage) -> Usage:
    """Counts from 0 to ``_MOST_TOKENS``; what had to be changed is no longer what the upstream reported."""
    counts = {name: getattr(usage, name) for name in COUNTS}
    bounded = {name: min(max(count, 0), _MOST_TOKENS) for name, count in counts.items()}
    if bounded == counts:
        return usage
    return structs.replace(usage, **bounded, estimated=True)


def _cost(exchange: Exchange, usage: Usage | None, price: ModelPrice) -> Cost:
    if usage is not None:
        return cost(usage, price)
    # An answer whose tokens nobody counted has a cost that nobody knows; without an answer nothing was used.
    return _NOTHING if exchange.first_token is None else _UNKNOWN
