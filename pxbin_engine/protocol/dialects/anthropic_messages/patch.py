"""A client's own bytes made fit for another Anthropic upstream: nothing is changed but what must be.

1. The model's name becomes the upstream's, in the bytes: prompt caches depend on every other byte.
2. Thinking that was signed here (by ``SYNTHETIC_SIGNATURE``) is left out: Anthropic would refuse the request.
"""

import re
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import decode_fields
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import SYNTHETIC_SIGNATURE

T = TypeVar("T")

_MODEL_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*("(?:[^"\\]|\\.)*")')
_SYNTHETIC = re.compile(re.escape(SYNTHETIC_SIGNATURE.encode()))
"""Half the cost of ``in`` on a long body that has none."""

_LEFT_OUT = Raw(b'{"type":"text","text":"(no content)"}')


class _Model(Struct):
    model: Raw


class _MaybeModel(Struct):
    model: Raw | UnsetType = UNSET


class _Signed(Struct):
    type: str | None = None
    signature: str | None = None


_MODEL = msgspec.json.Decoder(_Model)
_MAYBE_MODEL = msgspec.json.Decoder(_MaybeModel)
_SIGNED = msgspec.json.Decoder(_Signed)


def patch_request(body: bytes, *, model: str, losses: Losses) -> bytes:
    """The body for an upstream that calls the model ``model``. Raises ``ProtocolError``."""
    if _SYNTHETIC.search(body):
        body = _without_synthetic_thinking(body, losses)
    return patch_model(body, model)


def patch_model(body: bytes, model: str) -> bytes:
    """``model`` as the body's own, all other bytes as they are.

    Raises:
        ProtocolError: it has none, or two: which of them counts would be for each parser to say, so a client could be
            routed and billed by one model and be served by another.
    """
    name = msgspec.json.encode(model)
    first = _MODEL_FIRST.match(body)
    if first and not _has_model(b'{"":0' + body[first.end(1) :]):
        return body[: first.start(1)] + name + body[first.end(1) :]
    # A nested "model" may look the same; the parser says which one is the request's own.
    for found in re.finditer(rb'"model"\s*:\s*(%b)' % re.escape(_model_of(body)), body):
        if not _has_model(body[: found.start()] + b'"":0' + body[found.end(1) :]):
            return body[: found.start(1)] + name + body[found.end(1) :]
    raise ProtocolError("model: must be given once, as a plain string")


def _has_model(body: bytes) -> bool:
    try:
        return _MAYBE_MODEL.decode(body).model is not UNSET
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True  # what was taken out was not a member


def _model_of(body: bytes) -> bytes:
    try:
        return bytes(_MODEL.decode(body).model)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"model: Field required ({error})") from error


def _without_synthetic_thinking(body: bytes, losses: Losses) -> bytes:
    """Only the contents that hold such a block are written anew; everything else stays the text it was."""
    fields = decode_fields(body, "")
    messages = _list_of(dict[str, Raw], fields.get("messages"))
    for i, message in enumerate(messages):
        content = message.get("content", Raw(b"null"))
        if not _SYNTHETIC.search(bytes(content)):
            continue
        blocks = _list_of(Raw, content)
        kept = [block for block in blocks if not _is_synthetic(block)]
        if len(kept) < len(blocks):
            losses.add(
                f"messages[{i}]", "Thinking of another vendor, which Anthropic would refuse."
            )
            message["content"] = Raw(msgspec.json.encode(kept or [_LEFT_OUT]))
    return msgspec.json.encode({**fields, "messages": messages})


def _list_of(item: type[T], raw: Raw | None) -> list[T]:
    """Empty for what is no such list: that is for Anthropic to say."""
    try:
        return msgspec.json.decode(raw or b"[]", type=list[item])  # type: ignore[valid-type]  # a run-time type
    except msgspec.ValidationError:
        return []


def _is_synthetic(block: Raw) -> bool:
    try:
        said = _SIGNED.decode(block)
    except msgspec.ValidationError:
        return False
    return said.type == "thinking" and (said.signature or "").startswith(SYNTHETIC_SIGNATURE)
