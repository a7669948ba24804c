"""Filter words are understood or said; live rows are filtered as the database filters."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pxbin_app.pages.logs.query import fits, may_fit, parse
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestFilter
from tests.support.database import NOW, a_request

KEY, UPSTREAM = UUID(int=1), UUID(int=2)

WORDS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("glm", {"model": "glm"}),
    ("model:glm", {"model": "glm"}),
    ("Model:GLM key:laptop", {"model": "GLM", "key_name": "laptop"}),
    ('key:"my laptop"', {"key_name": "my laptop"}),
    ("key:'my laptop' glm", {"key_name": "my laptop", "model": "glm"}),
    ('key:"my', {"key_name": "my"}),
    ("client:codex upstream:z.ai", {"client_name": "codex", "upstream_name": "z.ai"}),
    ("session:abc", {"session_id": "abc"}),
    ("format:Responses", {"input_format": "openai-responses"}),
    ("format:openai-responses", {"input_format": "openai-responses"}),
    ("format:chat", {"input_format": "openai"}),
    ("format:messages glm", {"input_format": "anthropic", "model": "glm"}),
    ("format:gemini", {"input_format": "gemini"}),
    ("status:429", {"status_from": 429, "status_to": 429}),
    ("status:400", {"status_from": 400, "status_to": 400}),
    ("status:4xx", {"status_from": 400, "status_to": 499}),
    ("status:>=400", {"status_from": 400}),
    ("status:>400", {"status_from": 401}),
    ("status:<=299", {"status_to": 299}),
    ("status:<300", {"status_to": 299}),
]


@pytest.mark.parametrize(("text", "fields"), WORDS)
def test_words_that_are_understood(text: str, fields: dict[str, Any]) -> None:
    query = parse(text)
    assert query.conditions == RequestFilter(**fields)
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cost:>1", "“cost:” is no filter"),
        ("status:bad", "“status:bad” is no status"),
        ("status:9xx", "“status:9xx” is no status"),
        ("format:soap", "“format:soap” is no format"),
        ("model:", "needs a value"),
        ("glm model:gpt", "asks twice"),
    ],
)
def test_words_that_are_not_understood_are_said(text: str, said: str) -> None:
    (problem,) = parse(f"client:codex {text}").problems
    assert said in problem
    assert parse(f"client:codex {text}").conditions.client_name == "codex"


@dataclass
class Row:
    """Names the rows of the table below."""

    name: str
    values: dict[str, Any]


ROWS = [
    Row("a", {"llm_key_id": KEY, "key_name": "laptop", "model": "gpt-4o"}),
    Row("b", {"llm_key_id": KEY, "model": "claude", "upstream_id": UPSTREAM, "client_name": "Codex"}),
    Row("c", {"status_code": 404, "outcome": "refused", "model": "m_x"}),
    Row("d", {"status_code": 499, "outcome": "client_error", "input_format": "openai", "upstream_name": "Z.ai"}),
    Row("e", {"outcome": "cancelled", "session_id": "s1"}),
    Row("f", {"status_code": 500, "outcome": "upstream_error"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (RequestFilter(), "abcdef"),
        (RequestFilter(key_id=KEY), "ab"),
        (RequestFilter(upstream_id=UPSTREAM), "b"),
        (RequestFilter(model="GPT-4"), "a"),
        (RequestFilter(model="%"), ""),
        (RequestFilter(model_name="gpt-4"), ""),
        (RequestFilter(model_name="gpt-4o"), "a"),
        (RequestFilter(key_name="LAP"), "a"),
        (RequestFilter(client_name="codex"), "b"),
        (RequestFilter(upstream_name="z."), "d"),
        (RequestFilter(status_from=404), "cdf"),
        (RequestFilter(status_from=201, status_to=498), "c"),
        (RequestFilter(status_code=400), "cd"),
        (RequestFilter(status_code=404), "c"),
        (RequestFilter(errors_only=True), "cdf"),
        (RequestFilter(input_format="openai"), "d"),
        (RequestFilter(session_id="s1"), "e"),
        (RequestFilter(since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=3)), "bc"),
    ],
)
def test_live_rows_are_filtered_as_the_database_filters(
    where: RequestFilter, expected: str
) -> None:
    found = [
        row.name
        for place, row in enumerate(ROWS)
        if fits(where, a_request(at=NOW + timedelta(seconds=place), **row.values))
    ]
    assert "".join(found) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (RequestFilter(), True),
        (RequestFilter(since=NOW - timedelta(days=1)), True),
        (RequestFilter(model="GLM"), True),
        (RequestFilter(model_name="glm"), False),
        (RequestFilter(model_name="glm-4.6"), True),
        (RequestFilter(key_name="other"), False),
        (RequestFilter(client_name="code"), True),
        (RequestFilter(upstream_name="open"), False),
        (RequestFilter(status_from=200), False),
        (RequestFilter(errors_only=True), False),
        (RequestFilter(session_id="s"), False),
    ],
)
def test_a_request_in_flight_is_shown_where_it_may_fit(
    where: RequestFilter, expected: bool
) -> None:
    started = RequestStarted(
        id=UUID(int=9), timestamp=NOW, path="/v1/messages", model="glm-4.6", upstream_name="Z.ai", key_name="laptop",
        client_name="Claude Code", stream=True,
    )  # fmt: skip
    assert may_fit(where, started) is expected
    assert not may_fit(where, started, key_name="another key")
