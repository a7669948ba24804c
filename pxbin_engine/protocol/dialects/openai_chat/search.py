"""The vendor's own search of the web: OpenAI's ``web_search_options`` and OpenRouter's ``openrouter:web_search``.

Source: OpenAI's API reference, ``web_search_options`` (``search_context_size``, ``user_location`` with ``approximate``); OpenRouter's
"Web Search Server Tool" (``parameters`` with ``allowed_domains``, ``excluded_domains``).
"""

from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request, WebSearch

_KIND = "web_search_options"


class _Location(Struct):
    approximate: dict[str, str | None] | None = None


class _Options(Struct):
    user_location: _Location | None = None


_options = msgspec.json.Decoder(_Options)


def decode_search(raw: Raw) -> WebSearch:
    """A client's ``web_search_options``. Raises ``ProtocolError``."""
    try:
        asked = _options.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{_KIND}: {error}") from error
    said = (asked.user_location and asked.user_location.approximate) or {}
    location = {name: place for name, place in said.items() if place}
    return WebSearch(NAME, _KIND, "web_search", raw, location=location or None)


def search_options(request: Request, losses: Losses) -> dict[str, Any]:
    """The field of the body for a model that searches by OpenAI's options; empty where no search is wished."""
    for position, tool in enumerate(request.tools):
        if isinstance(tool, WebSearch):
            return {_KIND: _encode_options(tool, f"tools[{position}]", losses)}
    return {}


def _encode_options(tool: WebSearch, path: str, losses: Losses) -> Raw | dict[str, Any]:
    if tool.dialect == NAME:
        return tool.raw
    if tool.allowed_domains or tool.blocked_domains:
        losses.add(path, "OpenAI's search options know no domains.")
    _note_uses(tool, path, losses)
    if not tool.location:
        return {}
    return {"user_location": {"type": "approximate", "approximate": tool.location}}


def encode_server_search(
    tool: WebSearch, path: str, how: Literal["options", "server_tool"], losses: Losses
) -> list[dict[str, Any]]:
    """OpenRouter's tool; none where the search is asked for outside of the tools."""
    if how == "options":
        return []
    _note_uses(tool, path, losses)
    if tool.location:
        losses.add(f"{path}.user_location", "OpenRouter's search takes no place.")
    wished = {
        "allowed_domains": tool.allowed_domains,
        "excluded_domains": tool.blocked_domains,
    }
    parameters = {name: domains for name, domains in wished.items() if domains}
    return [{"type": "openrouter:web_search", **({"parameters": parameters} if parameters else {})}]


def _note_uses(tool: WebSearch, path: str, losses: Losses) -> None:
    if tool.max_uses is not None:
        losses.add(f"{path}.max_uses", "The upstream decides itself how often it searches.")
