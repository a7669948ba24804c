"""What routing must know of a request before anything else is read of it: all dialects name it alike."""

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError


class Peek(Struct, frozen=True):
    """The model's name, whether the answer is to be a stream, what the client noted about itself, and by what it wants
    its prompts cached (OpenAI's); the last two as they came."""

    model: str
    stream: bool | None = False
    metadata: Raw = Raw()
    prompt_cache_key: Raw = Raw()


_PEEK = msgspec.json.Decoder(Peek)


def peek(body: bytes) -> Peek:
    """The model and whether a stream is wanted. Raises ``ProtocolError`` with a text for the client."""
    try:
        peeked = _PEEK.decode(body)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"The request body is not as it should be: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"The request body is not valid JSON: {error}") from error
    except RecursionError as error:
        raise ProtocolError("The request body is nested too deeply.") from error
    if not peeked.model:
        raise ProtocolError("model: must not be empty")
    return peeked
