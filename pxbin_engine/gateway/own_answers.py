"""What pxbin itself answers, in the client's dialect: refusals, and that it failed."""

import logging

from msgspec import structs

from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.protocol.dialect import Dialect, EncodedError
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.error import ApiError

logger = logging.getLogger(__name__)

INTERNAL_ERROR = ApiError(
    "api", 500, "pxbin failed at this request; its log says why.", code="internal_error"
)


def dialect_of(format: str) -> Dialect:  # noqa: A002  # the record's own word
    """The dialect in which a path is answered: Anthropic's where it belongs to none."""
    return FORMATS.get(format, FORMATS["anthropic"])


def encode_refusal(exchange: Exchange, error: ApiError) -> EncodedError:
    """The answer that says ``error``; its status stays (405, 426, 501 ...), also where the vendor has none like it."""
    dialect = dialect_of(exchange.input_format)
    encoded = dialect.encode_error(error, request_id=exchange.request_id)
    return structs.replace(encoded, status=error.status)


async def refuse(exchange: Exchange, reply: Reply, error: ApiError) -> None:
    """Tell the client why its request goes no further. Raises ``ConnectionResetError`` where it has gone."""
    exchange.fail("refused", error, status=error.status)
    await reply.send_error(encode_refusal(exchange, error))


async def answer_internal_error(exchange: Exchange, reply: Reply) -> None:
    """Tell the client that pxbin failed, if it is still there and can be told.

    Raises:
        ConnectionResetError: it cannot be told in the middle of a stream: only a broken connection shows that it is cut.
    """
    if reply.committed:
        exchange.fail("stream_error", INTERNAL_ERROR, status=exchange.status)
        raise ConnectionResetError(INTERNAL_ERROR.message)
    try:
        await refuse(exchange, reply, INTERNAL_ERROR)
    except ConnectionResetError:
        logger.debug("exchange.unanswered id=%s", exchange.id)
