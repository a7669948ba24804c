"""All controls of the filter make one; requests in flight are shown where they may fit."""

from datetime import timedelta
from uuid import UUID

import pytest

from pxbin_app.pages.logs.query import Choice, may_fit
from pxbin_engine.admin.log_query import parse
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestFilter
from tests.support.database import NOW


def said(text: str) -> RequestFilter:
    return parse(text, now=NOW).filter


def test_all_controls_hold_together() -> None:
    words = said("model:glm until:1h")
    choice = Choice(model="glm-4.6", key_id=str(UUID(int=1)), errors_only=True, period="7d")
    assert choice.conditions(words, NOW) == RequestFilter(
        model_name="glm-4.6",
        key_id=UUID(int=1),
        errors_only=True,
        since=NOW - timedelta(days=7),
        until=NOW - timedelta(hours=1),
        conditions=words.conditions,
    )


@pytest.mark.parametrize(
    ("words", "period", "days"), [("", "24h", 1), ("since:3d", "24h", 3), ("since:3d", "all", 3)]
)
def test_words_that_say_since_when_go_before_the_period(words: str, period: str, days: int) -> None:
    where = Choice(period=period).conditions(said(words), NOW)
    assert where.since == NOW - timedelta(days=days)


def test_any_time_is_any() -> None:
    assert Choice(period="all").conditions(RequestFilter(), NOW) == RequestFilter()
    assert not Choice(period="1h").narrow
    assert Choice(words="x").narrow


STARTED = RequestStarted(
    id=UUID(int=9), timestamp=NOW, path="/v1/messages", model="glm-4.6", upstream_name="Z.ai", key_name="laptop",
    client_name="Claude Code", stream=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("since:1d", True),
        ("until:1h", False),
        ("model:GLM", True),
        ("-model:GLM", False),
        ("model:gpt,glm", True),
        ("GLM", True),
        ("timed", False),
        ("-timed", True),
        ("key:lap client:code upstream:z. stream:yes", True),
        ("key:other", False),
        ("upstream:open", False),
        ("-upstream:open", True),
        ("stream:no", False),
        ("status:>=200", False),
        ("-status:>=200", False),
        ("session:s", False),
        ("cost:unknown", False),
    ],
)
def test_a_request_in_flight_is_shown_where_it_may_fit(text: str, expected: bool) -> None:
    where = said(text)
    assert may_fit(where, STARTED) is expected
    assert not may_fit(where, STARTED, key_name="another key")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (RequestFilter(model_name="glm"), False),
        (RequestFilter(model_name="glm-4.6"), True),
        (RequestFilter(model="GLM"), True),
        (RequestFilter(model="gpt"), False),
        (RequestFilter(errors_only=True), False),
        (RequestFilter(session_id="s"), False),
        (RequestFilter(status_code=200), False),
    ],
)
def test_the_other_controls_hold_for_it_too(where: RequestFilter, expected: bool) -> None:
    assert may_fit(where, STARTED) is expected
