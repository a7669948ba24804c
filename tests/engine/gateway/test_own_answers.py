"""What pxbin itself answers: in the client's dialect, with its own status, and nothing where nobody listens."""

import time

import pytest

from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.own_answers import (
    INTERNAL_ERROR,
    answer_internal_error,
    dialect_of,
    encode_refusal,
    refuse,
)
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.protocol.error import ApiError
from tests.engine.gateway.test_relay import inbound
from tests.engine.gateway.test_reply import Sent


class Gone(Sent):
    """A client that has gone."""

    async def send(self, *_: object) -> None:
        raise ConnectionResetError


def answering(to: Sent | None = None) -> tuple[Exchange, Reply, Sent]:
    exchange, sent = Exchange(inbound(b"")), to or Sent()
    watch = Deadlines().watch()
    return exchange, Reply(exchange, sent, time.monotonic, watch, patience=5.0), sent


@pytest.mark.parametrize("spoken", ["anthropic", "openai", "openai-responses", "gemini", ""])
@pytest.mark.parametrize("status", [400, 404, 405, 426, 501])
def test_a_refusal_keeps_its_status_in_every_dialect(spoken: str, status: int) -> None:
    exchange = Exchange(inbound(b""))
    exchange.input_format = spoken
    encoded = encode_refusal(exchange, ApiError("invalid_request", status, "No, for a reason."))
    assert encoded.status == status
    assert b"No, for a reason." in encoded.body


def test_a_path_of_no_dialect_is_answered_in_anthropics() -> None:
    assert dialect_of("") is dialect_of("anthropic") is not dialect_of("gemini")


async def test_a_refusal_is_sent_and_is_the_outcome() -> None:
    exchange, reply, sent = answering()
    await refuse(exchange, reply, ApiError("not_found", 404, "There is no such model."))
    assert (exchange.outcome, exchange.status) == ("refused", 404)
    assert sent.calls[0][:2] == ("send", 404)


async def test_a_failure_of_pxbin_is_told_while_that_is_possible() -> None:
    exchange, reply, sent = answering()
    await answer_internal_error(exchange, reply)
    assert (exchange.error_type, sent.calls[0][1]) == ("internal_error", 500)


async def test_in_the_middle_of_a_stream_only_a_broken_connection_tells_it() -> None:
    exchange, reply, sent = answering()
    await reply.write(b"data: 1\n\n")
    before = len(sent.calls)
    with pytest.raises(ConnectionResetError, match="its log says why"):
        await answer_internal_error(exchange, reply)
    assert (exchange.outcome, exchange.status) == ("stream_error", 200)
    assert len(sent.calls) == before


async def test_whoever_has_gone_is_told_nothing() -> None:
    exchange, reply, _ = answering(Gone())
    await answer_internal_error(exchange, reply)
    assert (exchange.outcome, exchange.error_message) == ("refused", INTERNAL_ERROR.message)
