"""The cases: what a client asks, what the upstream answers, and what both must see, in any pair of dialects.

``asks`` names a body that each client dialect has written down (``clients/*``), ``answers`` a turn below that each upstream
dialect spells (``upstreams/*``), a way in which its bytes are damaged (``script``), or one of its errors.
"""

import json

from tests.conformance.case import AnyOrder, Case, Tokens, Turn
from tests.conformance.material import (
    ANSWER,
    ANSWER_SCHEMA,
    DESCRIPTION,
    HELLO,
    OTHER_SCHEMA,
    OTHER_TOOL,
    PAGE_TITLE,
    PAGE_URL,
    PDF,
    PNG,
    SCHEMA,
    SEARCHED,
    STOP,
    SYSTEM,
    TEMPERATURE,
    TOOL,
    UNICODE,
)

TURNS = {
    "text": Turn((("text", ANSWER),)),
    "unicode": Turn((("text", UNICODE),)),
    "thinking": Turn((("thinking", "Let me see."), ("text", "Four."))),
    "call": Turn((("call", "call_1", TOOL, '{"path": "/tmp/ä b.txt"}'),), "calls"),
    "calls": Turn(
        (
            ("text", "Both."),
            ("call", "call_1", TOOL, '{"path": "/a", "limit": 5}'),
            ("call", "call_2", OTHER_TOOL, '{"path": "/"}'),
        ),
        "calls",
    ),
    "call_without_arguments": Turn((("call", "call_1", OTHER_TOOL, "{}"),), "calls"),
    "stop_sequence": Turn((("text", ANSWER),), "stop_sequence"),
    "length": Turn((("text", ANSWER),), "length"),
    "refusal": Turn((("text", ANSWER),), "refusal"),
    "cached": Turn((("text", ANSWER),), tokens=Tokens(100, 40, 10, 20)),
    "no_usage": Turn((("text", ANSWER),), tokens=None),
    "odd_order": Turn((("text", ANSWER),), odd=True),
    "empty": Turn(()),
    "json": Turn((("text", '{"city": "Bern", "population": 134591}'),)),
}

TOOLS = {
    TOOL: (DESCRIPTION, json.dumps(SCHEMA)),
    OTHER_TOOL: ("Lists it.", json.dumps(OTHER_SCHEMA)),
}
_WITH_STOPS = ("anthropic", "openai", "gemini")  # the Responses API has none

CASES: tuple[Case, ...] = (
    # what the upstream is asked
    Case("plain text", asked={"said": [("user", HELLO)]}, seen={"text": ANSWER}, stop="end"),
    Case("system text", "system", asked={"system": SYSTEM, "said": [("user", HELLO)]}),
    Case(
        "several turns",
        "turns",
        asked={"said": [("user", "One?"), ("assistant", "One."), ("user", "Two?")]},
    ),
    Case("temperature", "sampling", asked={"temperature": TEMPERATURE}),
    Case(
        "stop sequences asked",
        "stops",
        clients=_WITH_STOPS,
        upstreams=_WITH_STOPS,
        asked={"stops": [STOP]},
    ),
    Case(
        "thinking asked",
        "thinking",
        "thinking",
        asked={"thinks": True},
        seen={"thinking": "Let me see.", "text": "Four."},
        stop="end",
    ),
    Case("tools", "tools", asked={"tools": TOOLS, "said": [("user", HELLO)]}),
    Case("tool choice: auto", "choice_auto", asked={"choice": "auto", "tools": TOOLS}),
    Case("tool choice: any", "choice_any", "call", asked={"choice": "any", "tools": TOOLS}),
    Case("tool choice: none", "choice_none", asked={"choice": "none"}),
    Case("tool choice: named", "choice_named", "call", asked={"choice": TOOL, "tools": TOOLS}),
    Case(
        "one call at a time",
        "one_at_a_time",
        clients=("anthropic", "openai", "openai-responses"),
        upstreams=("anthropic", "openai", "openai-responses"),
        asked={"one_at_a_time": True, "tools": TOOLS},
    ),
    Case(
        "tool result",
        "tool_round",
        asked={
            "said": [
                ("user", "Read /a."),
                ("assistant", "I read it."),
                ("call", TOOL, {"path": "/a"}),
                ("result", {"path": "/a"}, "content of a", False),
                ("user", "Well?"),
            ],
            "tools": TOOLS,
        },
    ),
    Case(
        "parallel tool results",
        "parallel_round",
        asked={
            "said": [
                ("user", "Read both."),
                ("call", TOOL, {"path": "/a"}),
                ("call", TOOL, {"path": "/b"}),
                AnyOrder(
                    (
                        ("result", {"path": "/a"}, "content of a", False),
                        ("result", {"path": "/b"}, "content of b", False),
                    )
                ),
            ]
        },
    ),
    Case(
        "failed tool result",
        "failed_result",
        clients=("anthropic", "gemini"),
        asked={
            "said": [
                ("user", "Read /a."),
                ("call", TOOL, {"path": "/a"}),
                ("result", {"path": "/a"}, ..., True),
            ]
        },
    ),
    Case(
        "picture in a tool result",
        "image_result",
        clients=("anthropic", "openai-responses"),
        asked={
            "said": [
                ("user", "Read /a.png."),
                ("call", TOOL, {"path": "/a.png"}),
                ("result", {"path": "/a.png"}, ..., False),
                ...,
                ("image", "image/png", PNG),
            ]
        },
    ),
    Case(
        "picture",
        "image",
        asked={"said": [("user", "What is this?"), ("image", "image/png", PNG)]},
    ),
    Case(
        "document",
        "document",
        asked={"said": [("user", "Sum it up."), ("document", "application/pdf", PDF)]},
    ),
    Case(
        "JSON schema",
        "json_schema",
        "json",
        asked={"schema": ANSWER_SCHEMA},
        seen={"text": '{"city": "Bern", "population": 134591}'},
        stop="end",
    ),
    Case(
        "web search in the history",
        "web_search_history",
        clients=("anthropic",),
        asked={"said": [("user", "Which is the tallest tower?"), ..., ("user", "And the second?")]},
        holds=(SEARCHED, PAGE_TITLE, PAGE_URL, "The Burj Khalifa."),
        stop="end",
    ),
    Case(
        "web search without its pages",
        "web_search_history",
        clients=("openai-responses",),
        holds=(SEARCHED, "The Burj Khalifa."),
        asked={"said": [("user", "Which is the tallest tower?"), ..., ("user", "And the second?")]},
        stop="end",
    ),
    # what the client sees
    Case("a character cut in two", answers="split", seen={"text": UNICODE}, stop="end"),
    Case("tool call", "tools", "call", seen={"calls": [(TOOL, {"path": "/tmp/ä b.txt"})]}, stop="calls"),
    Case(
        "parallel tool calls",
        "tools",
        "calls",
        seen={
            "text": "Both.",
            "calls": [(TOOL, {"path": "/a", "limit": 5}), (OTHER_TOOL, {"path": "/"})],
        },
        stop="calls",
    ),
    Case(
        "tool call without arguments",
        "tools",
        "call_without_arguments",
        seen={"calls": [(OTHER_TOOL, {})]},
        stop="calls",
    ),
    Case(
        "stopped by a sequence",
        "stops",
        "stop_sequence",
        clients=_WITH_STOPS,
        upstreams=_WITH_STOPS,
        seen={"text": ANSWER},
        stop="stop_sequence",
    ),
    Case("stopped by length", answers="length", seen={"text": ANSWER}, stop="length"),
    Case("refused or filtered", answers="refusal", seen={"text": ANSWER}, stop="refusal"),
    Case("usage", stop="end", tokens={"": Tokens(12, output=7)}),
    Case(
        "usage with cache",
        answers="cached",
        tokens={"anthropic": Tokens(100, 40, 10, 20), "": Tokens(110, 40, 0, 20)},
    ),
    Case("no usage", answers="no_usage", seen={"text": ANSWER}, stop="end", deviant=True),
    Case("comments between events", answers="comments", stream=True, seen={"text": ANSWER}, stop="end", tokens={"": Tokens(12, output=7)}),
    Case("CRLF", answers="crlf", stream=True, seen={"text": ANSWER}, stop="end", tokens={"": Tokens(12, output=7)}),
    Case(
        "finish and usage in odd order",
        answers="odd_order",
        stream=True,
        seen={"text": ANSWER},
        stop="end",
        tokens={"": Tokens(12, output=7)},
        deviant=True,
    ),
    Case("empty answer", answers="empty", seen={"text": "", "calls": []}, stop="end", deviant=True),
    Case("JSON in place of a stream", answers="json_for_stream", stream=True, seen={"text": ANSWER}, stop="end", tokens={"": Tokens(12, output=7)}, deviant=True),
    # errors
    Case("error 400", answers="bad_request", error="invalid", error_says="temperature"),
    Case("error 401", answers="unauthorized", error="key"),
    Case("error 403", answers="forbidden", error="permission", error_says="may not use"),
    Case("error 404", answers="no_model", error="not_found"),
    Case("error 429 with retry-after", answers="rate_limited", error="rate_limit", error_says="Too many requests", retry_after="7"),
    Case("error 500", answers="broken", error="broken"),
    Case("error 529 or 503", answers="overloaded", error="overloaded"),
    Case("prompt too long", answers="overflow", error="overflow", error_says="210000"),
    Case("error in the middle", answers="midway", stream=True, error="broken_off", deviant=True),
    Case("error after the first words", answers="failed_at_once", stream=True, error="broken_off", deviant=True),
    Case("stream that ends early", answers="cut", stream=True, error="broken_off", deviant=True),
    Case("connection that breaks", answers="aborted", stream=True, error="broken_off", deviant=True),
    Case("HTML with status 200", answers="html", error="broken"),
    Case("nothing with status 200", answers="nothing", error="broken"),
    Case("unknown model", answers="no_model", error="not_found", known=False),
    Case("body that is no request", "bad_body", "bad_request", error="invalid"),
    # beside the answers
    Case("count of tokens", kind="count", stream=False, clients=("anthropic", "openai-responses", "gemini")),
    Case("list of models", kind="models", stream=False),
)  # fmt: skip


def case_named(name: str) -> Case:
    """The case of this name."""
    return next(case for case in CASES if case.name == name)
