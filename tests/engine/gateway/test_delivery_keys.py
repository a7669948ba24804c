"""One generation over the keys of an upstream."""

from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.events import KeyRested
from pxbin_engine.gateway import key_pool
from tests.support.gateway import (
    Proxy,
    Seen,
    anthropic_request,
    openai_request,
    upstream_record,
    with_keys,
)
from tests.support.upstream import (
    Answer,
    data_event,
    openai_error,
    openai_stream,
    sse_answer,
)

FIRST, SECOND, THIRD = UUID(int=1), UUID(int=101), UUID(int=201)
SECRETS: dict[UUID, Any] = {FIRST: "sk-first", SECOND: "sk-second", THIRD: "sk-third"}
REFUSALS = {
    "401": openai_error(401, "Incorrect API key provided"),
    "402": openai_error(402, "Insufficient Balance"),
    "403": openai_error(403, "Country not supported"),
    "429": openai_error(429, "slow down"),
    "429 without money": openai_error(429, "You exceeded your quota", code="insufficient_quota"),
    "in the stream": sse_answer(
        data_event({"error": {"message": "slow", "code": "rate_limit_exceeded"}})
    ),
}


def served(proxy: Proxy, *labels: str, **secrets: Any) -> None:
    """Let the first upstream have keys of these labels, and all others one."""
    first, *others = (
        upstream_record(number, upstream.url, "openai")
        for number, upstream in enumerate(proxy.upstreams, start=1)
    )
    records = [with_keys(first, *labels), *(with_keys(other) for other in others)]
    known = SECRETS | {other.id: "sk-other" for other in others}
    if secrets:
        known = known | {UUID(int=int(name[1:])): secret for name, secret in secrets.items()}
    proxy.serve(records, known)


def used(proxy: Proxy, upstream: int = 0) -> list[str]:
    return [
        request.headers["Authorization"].removeprefix("Bearer ")
        for request in proxy.upstreams[upstream].requests
    ]


async def asked(proxy: Proxy, *, session: str | None = None) -> Seen:
    headers = {"x_claude_code_session_id": session} if session else {}
    return await proxy.post("/v1/messages", anthropic_request(stream=True), **headers)


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_key_rests_and_the_same_target_is_tried_at_once_with_another(
    refusal: Answer,
) -> None:
    async with Proxy("openai", "openai") as proxy:
        served(proxy, "mine", "")
        rested: list[KeyRested] = []
        proxy.events.subscribe(KeyRested, rested.append)
        proxy.upstreams[0].script(refusal, *[openai_stream("Hello")] * 3)
        assert (await asked(proxy)).text == "Hello"
        assert (await asked(proxy)).text == "Hello"
        assert used(proxy) == ["sk-first", "sk-second", "sk-second"]
        assert not proxy.upstreams[1].requests
        attempts = proxy.rows[0].attempts
        assert [attempt.key_label for attempt in attempts] == ["mine", "key 2"]
        assert attempts[0].error
        assert attempts[1].reason == "with another key, for mine was refused"
        (event,) = rested
        assert (event.key_id, event.key_label, event.upstream_name) == (FIRST, "mine", "upstream-1")
        assert event.seconds == 60.0
        assert event.reason


async def test_a_conversation_keeps_to_one_key_and_others_take_turns() -> None:
    async with Proxy() as proxy:
        served(proxy, "a", "b", "c")
        proxy.upstreams[0].script(*[openai_stream("Hello")] * 8)
        for _ in range(4):
            await asked(proxy, session="3f0e4d7c-0000-4000-8000-000000000001")
        assert len(set(used(proxy))) == 1
        for _ in range(3):
            await asked(proxy)
        assert set(used(proxy)[4:]) == {"sk-first", "sk-second", "sk-third"}


async def test_an_only_key_is_repeated_with_a_pause_as_ever() -> None:
    async with Proxy(retry_max_attempts=2) as proxy:
        served(proxy, "mine")
        proxy.upstreams[0].script(openai_error(429, "slow down"), openai_stream("Hello"))
        assert (await asked(proxy)).text == "Hello"
        row = await proxy.finished()
        assert [attempt.key_label for attempt in row.attempts] == ["", ""]
        assert row.attempts[1].reason.startswith("repeated after")


async def test_where_all_keys_rest_the_next_target_answers() -> None:
    async with Proxy("openai", "openai", retry_max_attempts=3) as proxy:
        served(proxy, "a", "b")
        proxy.upstreams[0].script(*[openai_error(429, "slow down")] * 2)
        proxy.upstreams[1].script(*[openai_stream("Hello")] * 2)
        assert (await asked(proxy)).text == "Hello"
        assert len(used(proxy)) == 2
        assert (await asked(proxy)).text == "Hello"
        assert len(used(proxy)) == 2, "keys that rest are not asked"
        passed_over = proxy.rows[1].attempts[0]
        assert (passed_over.upstream_name, passed_over.status) == ("upstream-1", None)
        assert "slow down" in (passed_over.error or "")


@pytest.mark.parametrize(
    ("answers", "status", "text", "retry_after"),
    [
        (
            [openai_error(429, "slow", retry_after="20"), openai_error(429, "slower", retry_after="40")],
            429, "slow", 20.0,
        ),
        (
            [openai_error(429, "slow", retry_after="40"), openai_error(429, "slower", retry_after="20")],
            429, "slower", 20.0,
        ),
        ([openai_error(401, "bad key"), openai_error(401, "bad key too")], 403, "bad key", None),
        (
            [openai_error(401, "bad key"), openai_error(429, "slow", retry_after="30")],
            429, "slow", 30.0,
        ),
    ],
)  # fmt: skip
async def test_where_nobody_else_is_left_the_client_gets_what_was_really_said(
    answers: list[Answer], status: int, text: str, retry_after: float | None
) -> None:
    async with Proxy(retry_max_attempts=3) as proxy:
        served(proxy, "a", "b")
        proxy.upstreams[0].script(*answers)
        for times in (1, 2):  # the second is told by the keys that rest; nothing is sent
            seen = await asked(proxy)
            assert seen.status == status
            assert text in seen.json["error"]["message"]
            assert ("retry-after" in seen.headers) == (retry_after is not None)
            if retry_after is not None:
                assert float(seen.headers["retry-after"]) == pytest.approx(retry_after, abs=1.0)
            assert len(used(proxy)) == 2
            assert (await proxy.finished(times)).outcome == "upstream_error"


async def test_a_short_wait_for_the_first_free_key_is_made() -> None:
    async with Proxy(retry_max_attempts=2) as proxy:
        served(proxy, "a", "b")
        slow = openai_error(429, "slow", retry_after="1")
        proxy.upstreams[0].script(slow, slow, openai_stream("Hello"))
        assert (await asked(proxy)).text == "Hello"
        assert len(used(proxy)) == 3


async def test_keys_that_are_refused_in_turn_are_asked_once_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each may be free again by the time that the others have answered."""
    monkeypatch.setattr(key_pool, "SHORTEST_REST", 0.0)
    async with Proxy(retry_max_attempts=1, key_rest_seconds=0) as proxy:
        served(proxy, "a", "b", "c")
        proxy.upstreams[0].script(*[openai_error(401, "bad key")] * 9)
        assert (await asked(proxy)).status == 403
        assert sorted(used(proxy)) == ["sk-first", "sk-second", "sk-third"]


async def test_a_key_that_cannot_be_read_is_passed_over() -> None:
    async with Proxy() as proxy:
        served(proxy, "a", "b", _1=SecretStoreUnavailable("locked"))
        proxy.upstreams[0].script(*[openai_stream("Hello")] * 2)
        for _ in range(2):
            assert (await asked(proxy)).text == "Hello"
        assert used(proxy) == ["sk-second"] * 2
        served(
            proxy, "a", "b", _1=SecretStoreUnavailable("locked"), _101=SecretStoreUnavailable("x")
        )
        seen = await asked(proxy)
        assert (seen.status, len(used(proxy))) == (403, 2)
        assert "locked" in seen.json["error"]["message"]


async def test_the_requests_own_fault_is_no_fault_of_the_key() -> None:
    async with Proxy() as proxy:
        served(proxy, "a", "b")
        proxy.upstreams[0].script(openai_error(400, "temperature is too high"))
        assert (await proxy.post("/v1/chat/completions", openai_request())).status == 400
        assert len(used(proxy)) == 1
