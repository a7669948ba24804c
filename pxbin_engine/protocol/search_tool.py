"""Searching the web as a function of the model's, for an upstream that cannot search itself: the tool, its calls, its results."""

from collections.abc import Iterable, Iterator
from itertools import chain, count

import msgspec
from msgspec import Raw, Struct, structs

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    Part,
    Request,
    SearchCall,
    SearchResult,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    WebSearch,
)
from pxbin_engine.protocol.search_text import result_text

_NAME = "web_search"
_OTHER_NAME = "pxbin_web_search"
_DESCRIPTION = (
    "Search the web. Tells the titles, addresses and excerpts of the pages that were found, best first. "
    "Search again in other words where they do not answer the question."
)
_PARAMETERS = Raw(
    b'{"type":"object","properties":{"query":{"type":"string","description":"What to search for."}},'
    b'"required":["query"],"additionalProperties":false}'
)


class _Arguments(Struct):
    query: str


_arguments = msgspec.json.Decoder(_Arguments)


def find_search(request: Request) -> WebSearch | None:
    """The client's wish to have the web searched, if it has one."""
    return next((tool for tool in request.tools if isinstance(tool, WebSearch)), None)


def function_name(request: Request) -> str:
    """The function's name: always the same, but for a client that has a function of this name itself."""
    taken = {tool.name for tool in request.tools if isinstance(tool, FunctionTool)}
    numbered = (f"{_OTHER_NAME}_{number}" for number in count(2))
    return next(name for name in chain((_NAME, _OTHER_NAME), numbered) if name not in taken)


def as_function(request: Request, search: WebSearch, name: str, losses: Losses) -> Request:
    """The request with the function in the place of the search, and with earlier searches as calls of it."""
    tools: list[Tool] = []
    for position, tool in enumerate(request.tools):
        if tool is search:
            tools.append(FunctionTool(name, _DESCRIPTION, _PARAMETERS))
        elif isinstance(tool, WebSearch):
            losses.add(f"tools[{position}]", "There is another tool for searching the web.")
        else:
            tools.append(tool)
    choice = request.tool_choice
    if choice is not None and choice.mode == "tool" and choice.name == search.name:
        choice = ToolChoice("tool", name)
    messages = tuple(calling_searches(request.messages, name))
    return structs.replace(request, tools=tuple(tools), tool_choice=choice, messages=messages)


_SEARCHES = frozenset({SearchCall, SearchResult})


def calling_searches(messages: Iterable[Message], name: str) -> Iterator[Message]:
    """The conversation with each search in it as a call of the function ``name`` and its result."""
    for message in messages:
        if message.role == "assistant" and not _SEARCHES.isdisjoint(map(type, message.parts)):
            yield from _rounds(message, name)
        else:
            yield message


def _rounds(message: Message, name: str) -> Iterator[Message]:
    """One turn of the model, cut after each search, for a result stands in the next turn."""
    results = {part.call_id: part for part in message.parts if isinstance(part, SearchResult)}
    said: list[Part] = []
    found: list[Part] = []
    for part in message.parts:
        if isinstance(part, SearchResult):
            continue
        if isinstance(part, SearchCall):
            said.append(ToolCall(part.id, name, as_arguments(part.query)))
            result = results.get(part.id) or SearchResult(part.id, error="unavailable")
            found.append(as_tool_result(result))
            continue
        if found:
            yield structs.replace(message, parts=tuple(said))
            yield Message("user", tuple(found))
            said, found = [], []
        said.append(part)
    if said:
        yield structs.replace(message, parts=tuple(said))
    if found:
        yield Message("user", tuple(found))


def as_arguments(query: str) -> str:
    """The function's arguments."""
    return msgspec.json.encode({"query": query}).decode()


def read_query(arguments: str) -> str | None:
    """What the model wants to know; None where it did not say that as it should."""
    try:
        return _arguments.decode(arguments).query.strip() or None
    except (msgspec.DecodeError, UnicodeError):
        return None


def as_tool_result(result: SearchResult, reason: str = "") -> ToolResult:
    """What the model is told of a search; ``reason`` says more about an error."""
    text = result_text(result)
    if result.error is None:
        return ToolResult(result.call_id, (Text(text),))
    return ToolResult(result.call_id, (Text(f"{text} {reason}".rstrip()),), is_error=True)
