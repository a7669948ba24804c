"""What clients of the Responses API ask of answers that were stored: one of them, what it was asked, and to forget it.

Source: OpenAI's API reference ("Get a model response", "Delete a model response", "List input items"). Only what pxbin
remembers is known here; which upstream has one that it answered itself, nothing says.
"""

import re
from urllib.parse import parse_qsl

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.exchange import Inbound
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.reply import Responder
from pxbin_engine.gateway.response_memory import KeyMemory
from pxbin_engine.protocol.dialects.openai_responses.input_list import encode_input_list
from pxbin_engine.protocol.dialects.openai_responses.references import (
    Turn,
    conversation,
    input_items,
)
from pxbin_engine.protocol.error import ApiError

STORED = "/v1/responses/{id:resp_[^/]+}"
"""A response, as routes name it."""

_PATH = re.compile(r"/v1/responses/(resp_[^/]+)(/input_items)?")


class StoredResponses:
    """The handlers, each for whoever has the key by which the answer was asked."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def get(self, inbound: Inbound, responder: Responder) -> None:
        """The response object as it was told at the end; never as a stream."""
        if dict(parse_qsl(inbound.query)).get("stream") == "true":
            reason = "pxbin does not repeat a stream; ask without stream=true."
            error = ApiError("invalid_request", 400, reason, param="stream")
            await self._gateway.refuse(inbound, error, responder)
        elif (turn := self._turn(inbound)) is not None:
            await self._gateway.respond(inbound, turn.answer, responder)
        else:
            await self._refuse_unknown(inbound, responder)

    async def delete(self, inbound: Inbound, responder: Responder) -> None:
        """Forget it at once."""
        response_id = _response_id(inbound)
        memory = self._memory(inbound)
        if memory is not None and memory.forget(response_id):
            answer = {"id": response_id, "object": "response", "deleted": True}
            await self._gateway.respond(inbound, msgspec.json.encode(answer), responder)
        else:
            await self._refuse_unknown(inbound, responder)

    async def list_input(self, inbound: Inbound, responder: Responder) -> None:
        """All that was asked and answered until then, its own answer not included."""
        turn, memory = self._turn(inbound), self._memory(inbound)
        earlier = conversation(turn.previous, memory) if turn and memory else None
        if turn is None or earlier is None:
            await self._refuse_unknown(inbound, responder)
            return
        items = [*earlier, *input_items(turn.asked)]
        key = turn.id.removeprefix("resp_")
        try:
            body = encode_input_list(items, key, dict(parse_qsl(inbound.query)))
        except ProtocolError as error:
            refusal = ApiError("invalid_request", 400, error.message)
            await self._gateway.refuse(inbound, refusal, responder)
            return
        await self._gateway.respond(inbound, body, responder)

    def _memory(self, inbound: Inbound) -> KeyMemory | None:
        return self._gateway.memory.of(inbound.key.id) if inbound.key is not None else None

    def _turn(self, inbound: Inbound) -> Turn | None:
        memory = self._memory(inbound)
        return memory.turn(_response_id(inbound)) if memory is not None else None

    async def _refuse_unknown(self, inbound: Inbound, responder: Responder) -> None:
        message = (
            f"Response with id {_response_id(inbound)!r} not found. pxbin remembers for a while what it answered by itself "
            "in the Responses API, until it is restarted."
        )
        # OpenAI's type for it.
        await self._gateway.refuse(inbound, ApiError("invalid_request", 404, message), responder)


def allowed_of_stored(path: str) -> str | None:
    """The methods that a path of a stored response takes; None for any other path."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    return "GET, HEAD" if found[2] else "GET, HEAD, DELETE"


def _response_id(inbound: Inbound) -> str:
    found = _PATH.fullmatch(inbound.path)
    return found[1] if found is not None else ""
