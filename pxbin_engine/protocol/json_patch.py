"""Single members of a JSON object exchanged; the bytes of every other value stay what they were."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from pxbin_engine.errors import ProtocolError

_MODEL_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*("(?:[^"\\]|\\.)*")')
_MOST_LOOKALIKES = 16
"""Places that are tried, each at the cost of reading the body, before its members are written anew instead."""


class _Model(Struct):
    model: Raw


class _MaybeModel(Struct):
    model: Raw | UnsetType = UNSET


_members = msgspec.json.Decoder(dict[str, Raw])
_MODEL = msgspec.json.Decoder(_Model)
_MAYBE_MODEL = msgspec.json.Decoder(_MaybeModel)


def read_members(body: bytes | Raw) -> dict[str, Raw]:
    """The members of a JSON object, each value as it came. Raises ``ProtocolError`` where it is none."""
    try:
        return _members.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"The request body is not a JSON object: {error}") from error


def write_members(members: Mapping[str, bytes | Raw]) -> bytes:
    """The object of these members, in their order."""
    pieces = [
        b"%b:%b" % (msgspec.json.encode(name), bytes(value)) for name, value in members.items()
    ]
    return b"{%b}" % b",".join(pieces)


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
    lookalikes = re.finditer(rb'"model"\s*:\s*(%b)' % re.escape(_model_of(body)), body)
    for found in islice(lookalikes, _MOST_LOOKALIKES):
        if not _has_model(body[: found.start()] + b'"":0' + body[found.end(1) :]):
            return body[: found.start(1)] + name + body[found.end(1) :]
    if next(lookalikes, None) is not None:
        return write_members({**read_members(body), "model": name})
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


def drop_members(body: bytes, paths: Iterable[str]) -> tuple[bytes, list[str]]:
    """The object without the members at these paths (dots where they are nested), and which of them it had."""
    members = read_members(body)
    dropped = [path for path in paths if _drop(members, path.split("."))]
    return (write_members(members) if dropped else body), dropped


def _drop(members: dict[str, Raw], steps: Sequence[str]) -> bool:
    name, *inside = steps
    if name not in members:
        return False
    if not inside:
        del members[name]
        return True
    try:
        inner = read_members(members[name])
    except ProtocolError:
        return False  # it is no object here
    if not _drop(inner, inside):
        return False
    members[name] = Raw(write_members(inner))
    return True
