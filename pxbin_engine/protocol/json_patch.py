"""Single members of a JSON object exchanged; the bytes of every other value stay what they were."""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError

_members = msgspec.json.Decoder(dict[str, Raw])


def read_members(body: bytes) -> dict[str, Raw]:
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
