"""Recalling: what a request of the Responses API only points to is put in its place, and its answer is remembered.

This happens before any upstream is asked, and for all of them alike: what pxbin answered by itself is known to none. What
pxbin does not know stays in the request, for the upstream that may know it.
"""

from msgspec import structs

from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.response_memory import ResponseMemory
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.references import put_in_place
from pxbin_engine.protocol.dialects.openai_responses.remembering import Remembering


def recalled(memory: ResponseMemory, inbound: Inbound) -> Inbound:
    """The request with what is remembered in its place; untouched where it points to nothing."""
    if inbound.format != OpenAIResponses.format or inbound.key is None:
        return inbound
    body = put_in_place(inbound.body, memory.of(inbound.key.id))
    return inbound if body is inbound.body else structs.replace(inbound, body=body)


def remembering(memory: ResponseMemory, inbound: Inbound, exchange: Exchange) -> Dialect | None:
    """The dialect by which the answer to this request, as the client sent it, is remembered; None where it is of another."""
    if inbound.format != OpenAIResponses.format or inbound.key is None:
        return None
    return Remembering(
        inbound.body,
        response_id=f"resp_{exchange.id.hex}",
        keep=memory.of(inbound.key.id).keep,
        longest=memory.longest,
    )
