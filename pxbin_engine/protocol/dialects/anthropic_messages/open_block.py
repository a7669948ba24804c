"""The block of a stream that is open, and what is kept of it until its end is known."""

from typing import Literal

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block
from pxbin_engine.protocol.request import SearchCall


class _ServerTool(Struct):
    name: str = ""


class OpenBlock:
    """The block that is open.

    Attributes:
        start: its ``content_block`` as it came.
        early_arguments: came with a call's start and count only if no delta follows.
        query: the JSON of a search's input, in pieces.
    """

    __slots__ = ("early_arguments", "index", "kind", "query", "start", "wire_index")

    def __init__(self, wire_index: int, index: int, start: Raw) -> None:
        self.wire_index = wire_index
        self.index = index
        self.kind: Literal["text", "thinking", "tool_call", "search", "whole", "opaque"] = "opaque"
        self.early_arguments = ""
        self.start = start
        self.query: list[str] = []

    @property
    def may_search(self) -> bool:
        """Whether a call of a server's tool is a search; its input is empty while it begins."""
        return msgspec.json.decode(self.start, type=_ServerTool).name == "web_search"

    def search(self) -> SearchCall | None:
        """The search that the start and its input tell; None where it is more than a plain query."""
        fields = msgspec.json.decode(self.start, type=dict[str, Raw])
        if self.query:
            fields["input"] = Raw("".join(self.query).encode(errors="replace"))
        try:
            part = decode_block(Raw(msgspec.json.encode(fields)), "content")
        except ProtocolError:
            return None
        return part if isinstance(part, SearchCall) else None
