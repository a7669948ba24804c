"""Searching the web by the upstream itself, where its quirks say how."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Message, Request, Text, Tool, ToolChoice, WebSearch

HI = (Message("user", (Text("Hi"),)),)
LOCATION = {"city": "Wien", "country": "AT"}
ANTHROPICS = WebSearch(
    "anthropic_messages",
    "web_search_20250305",
    "web_search",
    Raw(b"{}"),
    3,
    ("a.example",),
    location=LOCATION,
)


def encode(quirks: Quirks, *tools: Tool, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    request = Request("m", HI, tools=tools, **fields)
    body = OpenAIChat().encode_request(request, model="m", quirks=quirks, losses=losses)
    return msgspec.json.decode(body), [loss.path for loss in losses]


def decode(options: Any) -> Request:
    body = {"model": "m", "messages": [], "web_search_options": options}
    return OpenAIChat().decode_request(msgspec.json.encode(body))


def test_openais_options() -> None:
    body, losses = encode(Quirks(web_search="options"), ANTHROPICS)
    assert body["web_search_options"] == {
        "user_location": {"type": "approximate", "approximate": LOCATION}
    }
    assert "tools" not in body
    assert losses == ["tools[0]", "tools[0].max_uses"]


def test_openrouters_tool() -> None:
    body, losses = encode(
        Quirks(web_search="server_tool"), ANTHROPICS, tool_choice=ToolChoice("tool", "web_search")
    )
    assert body["tools"] == [
        {"type": "openrouter:web_search", "parameters": {"allowed_domains": ["a.example"]}}
    ]
    assert "tool_choice" not in body
    assert losses == ["tools[0].max_uses", "tools[0].user_location", "tool_choice"]


def test_an_upstream_that_cannot_search_is_a_loss() -> None:
    body, losses = encode(Quirks(), ANTHROPICS)
    assert not {"tools", "web_search_options"} & body.keys()
    assert losses == ["tools[0]"]


def test_the_loss_of_a_search_says_how_pxbin_could_make_it() -> None:
    losses = Losses()
    request = Request("m", HI, tools=(ANTHROPICS,))
    OpenAIChat().encode_request(request, model="m", quirks=Quirks(), losses=losses)
    (loss,) = losses
    assert loss.path == "tools[0]"
    assert "web_search_provider" in loss.reason


@pytest.mark.parametrize(
    "options",
    [{}, {"search_context_size": "low", "user_location": {"type": "approximate", "approximate": {**LOCATION, "region": None}}}],
)  # fmt: skip
def test_a_clients_options_are_understood_and_kept(options: dict[str, Any]) -> None:
    request = decode(options)
    (tool,) = request.tools
    assert isinstance(tool, WebSearch)
    assert tool.location == (LOCATION if options else None)
    assert request.extensions is None
    body, losses = encode(Quirks(web_search="options"), tool)
    assert body["web_search_options"] == options
    assert losses == []


def test_no_options_are_no_search() -> None:
    assert decode(None).tools == ()
    with pytest.raises(ProtocolError, match="web_search_options"):
        decode("yes")
