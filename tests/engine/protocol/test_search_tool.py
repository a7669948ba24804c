"""Searching as a function: the tool, the choice of it, and conversations in which was searched before."""

import json

import pytest
from msgspec import Raw, structs

from pxbin_engine.protocol.loss import Loss, Losses
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    ServerTool,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    WebSearch,
)
from pxbin_engine.protocol.search_tool import (
    as_function,
    as_tool_result,
    calling_searches,
    find_search,
    function_name,
    read_query,
)

SEARCH = WebSearch(
    "anthropic_messages", "web_search_20250305", "web_search", Raw(b"{}"), max_uses=8
)
ASKED = Request(model="m", messages=(Message("user", (Text("What is new?"),)),), tools=(SEARCH,))
HIT = SearchHit("https://a.example", "A", text="It says so.")


def test_the_tool_stands_in_its_place_and_says_the_same_every_time() -> None:
    other = FunctionTool("Read")
    asked = structs.replace(ASKED, tools=(other, SEARCH, ServerTool("d", "k", "n", Raw(b"{}"))))
    first = as_function(asked, SEARCH, "web_search", Losses())
    assert first == as_function(asked, SEARCH, "web_search", Losses())
    tool = first.tools[1]
    assert (first.tools[0], first.tools[2]) == (other, asked.tools[2])
    assert isinstance(tool, FunctionTool)
    assert tool.parameters is not None
    schema = json.loads(bytes(tool.parameters))
    assert (schema["required"], list(schema["properties"])) == (["query"], ["query"])


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ((), "web_search"),
        (("Read",), "web_search"),
        (("web_search",), "pxbin_web_search"),
        (("web_search", "pxbin_web_search"), "pxbin_web_search_2"),
        (("web_search", "pxbin_web_search", "pxbin_web_search_2"), "pxbin_web_search_3"),
    ],
)
def test_a_client_s_own_function_of_the_name_is_left_alone(
    taken: tuple[str, ...], name: str
) -> None:
    asked = structs.replace(ASKED, tools=(SEARCH, *(FunctionTool(each) for each in taken)))
    assert function_name(asked) == name


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        (ToolChoice("auto"), ToolChoice("auto")),
        (ToolChoice("tool", "web_search"), ToolChoice("tool", "pxbin_web_search")),
        (ToolChoice("tool", "Read"), ToolChoice("tool", "Read")),
    ],
)
def test_the_choice_of_the_search_is_of_the_function(
    choice: ToolChoice | None, sent: ToolChoice | None
) -> None:
    asked = structs.replace(ASKED, tool_choice=choice)
    assert as_function(asked, SEARCH, "pxbin_web_search", Losses()).tool_choice == sent


def test_a_second_tool_for_searching_is_a_loss() -> None:
    second = structs.replace(SEARCH, kind="web_search_preview")
    asked, losses = structs.replace(ASKED, tools=(SEARCH, second)), Losses()
    assert find_search(asked) is SEARCH
    assert len(as_function(asked, SEARCH, "web_search", losses).tools) == 1
    assert losses == [Loss("tools[1]", "There is another tool for searching the web.")]


def call(query: str, call_id: str = "s1") -> ToolCall:
    return ToolCall(call_id, "web_search", json.dumps({"query": query}, separators=(",", ":")))


def result(text: str, call_id: str = "s1", *, failed: bool | None = None) -> ToolResult:
    return ToolResult(call_id, (Text(text),), failed)


FOUND = result("A\nhttps://a.example\nIt says so.")
CONVERSATIONS: dict[str, tuple[tuple[Part, ...], tuple[Message, ...]]] = {
    "a search and the answer": (
        (SearchCall("s1", "news"), SearchResult("s1", (HIT,)), Text("It is so.")),
        (
            Message("assistant", (call("news"),)),
            Message("user", (FOUND,)),
            Message("assistant", (Text("It is so."),)),
        ),
    ),
    "words before it, and a client's call after it": (
        (
            Text("Let me see."),
            SearchCall("s1", "news"),
            SearchResult("s1", (HIT,)),
            ToolCall("t", "Read", "{}"),
        ),
        (
            Message("assistant", (Text("Let me see."), call("news"))),
            Message("user", (FOUND,)),
            Message("assistant", (ToolCall("t", "Read", "{}"),)),
        ),
    ),
    "two at once": (
        (
            SearchCall("s1", "news"),
            SearchCall("s2", "more"),
            SearchResult("s1", (HIT,)),
            SearchResult("s2", error="unavailable"),
        ),
        (
            Message("assistant", (call("news"), call("more", "s2"))),
            Message(
                "user",
                (FOUND, result("Error: the web search failed (unavailable).", "s2", failed=True)),
            ),
        ),
    ),
    "a search that was cut": (
        (Text("Let me see."), SearchCall("s1", "news")),
        (
            Message("assistant", (Text("Let me see."), call("news"))),
            Message(
                "user", (result("Error: the web search failed (unavailable).", failed=True),)
            ),
        ),
    ),
    "a result without its call": ((SearchResult("s1", (HIT,)), Text("So.")), (Message("assistant", (Text("So."),)),)),
}  # fmt: skip


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_earlier_searches_are_calls_and_results(case: str) -> None:
    parts, turns = CONVERSATIONS[case]
    before, after = Message("user", (Text("What?"),)), Message("user", (Text("And?"),))
    told = tuple(calling_searches((before, Message("assistant", parts), after), "web_search"))
    assert told == (before, *turns, after)


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ('{"query": " llm proxy "}', "llm proxy"),
        ('{"query": "a", "count": 3}', "a"),
        ('{"query": ""}', None),
        ('{"query": 3}', None),
        ('{"query": "a', None),
        ("[]", None),
        ("", None),
    ],
)
def test_what_the_model_wants_to_know(arguments: str, query: str | None) -> None:
    assert read_query(arguments) == query


def test_a_model_is_told_why_nothing_was_found() -> None:
    told = as_tool_result(SearchResult("s1", error="unavailable"), "SearXNG answered 502.")
    text = "Error: the web search failed (unavailable). SearXNG answered 502."
    assert told == result(text, failed=True)
