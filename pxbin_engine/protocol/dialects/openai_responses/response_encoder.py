"""The canonical response -> the client's whole answer."""

from pxbin_engine.protocol.dialects.openai_responses.response_object import NOWHERE, Place
from pxbin_engine.protocol.dialects.openai_responses.stream_encoder import ResponsesStreamEncoder
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.stream import events_of


def encode_response(
    response: Response, request: Request, *, losses: Losses, now: int, place: Place = NOWHERE
) -> bytes:
    """The response object that a stream of this answer would end with; ``place``: in a remembered conversation."""
    encoder = ResponsesStreamEncoder(request, losses=losses, now=now, place=place)
    encoder.encode(events_of(response))
    return encoder.answer
