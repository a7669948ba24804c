"""Which of several keys is used, with the clock in the test's hand."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.gateway.key_pool import (
    LONGEST_REST,
    SHORTEST_REST,
    KeyPool,
    UpstreamKey,
    keys_of,
)
from pxbin_engine.protocol.error import ApiError
from tests.support.gateway import NOW, upstream_record, with_keys

ONE, TWO, THREE = (
    UpstreamKey(id=UUID(int=number), secret=f"sk-{number}", label=f"key {number}", version=NOW)
    for number in (1, 2, 3)
)
ALL = (ONE, TWO, THREE)
REFUSED = ApiError("permission", 401, "no such key")
SLOW = ApiError("rate_limit", 429, "slow down")
SESSIONS = [f"session {number}" for number in range(300)]


def pool(rest_seconds: float = 60.0) -> KeyPool:
    return KeyPool(rest_seconds)


def chosen(keys: KeyPool, session: str, now: float = 0.0) -> UpstreamKey:
    key = keys.choose(ALL, session, now)
    assert key is not None
    return key


def test_a_conversation_keeps_to_its_key_and_they_are_spread() -> None:
    here, elsewhere = pool(), pool()
    first = {session: chosen(here, session) for session in SESSIONS}
    assert {session: chosen(elsewhere, session, 99.0) for session in SESSIONS} == first
    assert all(
        count > len(SESSIONS) / 5 for count in Counter(k.id for k in first.values()).values()
    )


def test_a_key_that_is_taken_away_moves_only_its_own_conversations() -> None:
    keys = pool()
    for session in SESSIONS:
        before = chosen(keys, session)
        after = keys.choose((ONE, TWO), session, 0.0)
        assert before in {after, THREE}


def test_requests_of_no_conversation_take_turns() -> None:
    keys = pool()
    assert [chosen(keys, "") for _ in range(4)] == [ONE, TWO, THREE, ONE]


def test_the_only_key_is_used_whatever_happened() -> None:
    keys = pool()
    keys.rest(ONE, REFUSED, 0.0)
    assert keys.choose((ONE,), "s", 0.0) == ONE
    assert keys.state((ONE,), 0.0) == "ready"


def test_a_refused_key_rests_and_comes_back() -> None:
    keys = pool(rest_seconds=10.0)
    session = next(s for s in SESSIONS if chosen(keys, s) == TWO)
    assert keys.rest(TWO, REFUSED, 100.0) == 10.0
    assert chosen(keys, session, 109.9) != TWO
    assert keys.resting(ALL, 109.9) == (TWO.id,)
    assert chosen(keys, session, 110.0) == TWO


def test_what_the_upstream_asks_for_is_how_long() -> None:
    keys = pool()
    assert keys.rest(ONE, replace(SLOW, retry_after=7.5), 0.0) == 7.5
    assert keys.rest(TWO, replace(SLOW, retry_after=0.0), 0.0) == SHORTEST_REST
    assert keys.rest(THREE, replace(SLOW, retry_after=10.0**9), 0.0) == 86_400.0


def test_each_refusal_in_a_row_doubles_the_rest_up_to_an_hour() -> None:
    keys, now, rests = pool(60.0), 0.0, []
    for _ in range(8):
        rests.append(keys.rest(ONE, REFUSED, now))
        now += rests[-1]
    assert rests[:3] == [60.0, 120.0, 240.0]
    assert rests[-1] == LONGEST_REST


def test_an_answer_ends_the_growth() -> None:
    keys = pool(60.0)
    keys.rest(ONE, REFUSED, 0.0)
    keys.worked(ONE, 30.0)  # a request that was under way when it was refused
    assert keys.is_resting(ONE, 30.0)
    keys.worked(ONE, 60.0)
    assert keys.rest(ONE, REFUSED, 61.0) == 60.0


def test_requests_that_were_under_way_do_not_lengthen_it() -> None:
    keys = pool(60.0)
    for moment in (0.0, 0.1, 0.2):
        keys.rest(ONE, REFUSED, moment)
    assert keys.is_resting(ONE, 60.1)
    assert not keys.is_resting(ONE, 60.3)


def test_long_ago_is_forgotten() -> None:
    keys = pool(60.0)
    keys.rest(ONE, REFUSED, 0.0)
    assert keys.rest(ONE, REFUSED, 60.0 + 3601.0) == 60.0


def test_a_changed_key_does_not_rest() -> None:
    keys = pool()
    keys.rest(ONE, REFUSED, 0.0)
    assert not keys.is_resting(replace(ONE, version=None), 1.0)


def test_where_all_rest_the_first_to_be_free_is_told_and_slowing_down_before_refusals() -> None:
    keys = pool(5.0)
    keys.rest(ONE, REFUSED, 0.0)
    keys.rest(TWO, replace(SLOW, retry_after=20.0), 0.0)
    keys.rest(THREE, replace(SLOW, message="slower", retry_after=40.0), 0.0)
    assert keys.choose(ALL, "s", 1.0) is None
    assert keys.state(ALL, 1.0) == "resting"
    wait, said = keys.first_free(ALL, 1.0)
    assert (wait, said.message) == (4.0, "slow down")
    assert keys.choose(ALL, "s", 5.0) == ONE


def test_a_key_that_cannot_be_read_is_passed_over() -> None:
    keys, unreadable = pool(), replace(TWO, secret=None, error="locked")
    assert {keys.choose((ONE, unreadable, THREE), s, 0.0) for s in SESSIONS} == {ONE, THREE}
    assert keys.choose((unreadable, unreadable), "s", 0.0) == unreadable
    assert keys.state((unreadable, unreadable), 0.0) == "key_unreadable"
    keys.rest(ONE, REFUSED, 0.0)
    assert keys.choose((ONE, unreadable), "s", 0.0) == ONE, "the only one that there is"


SECRETS: dict[UUID, Any] = {UUID(int=1): "sk-1", UUID(int=101): SecretStoreUnavailable("locked")}


@pytest.mark.parametrize(
    ("labels", "inactive", "keys"),
    [
        ((), (), [(None, "", None)]),
        (("",), (), [("sk-1", "", None)]),
        (("mine",), (), [("sk-1", "", None)]),
        (("mine", ""), (), [("sk-1", "mine", None), (None, "key 2", "locked")]),
        (("mine", ""), (0,), [(None, "", "locked")]),
        (("mine", ""), (1,), [("sk-1", "", None)]),
        (("mine",), (0,), [(None, "", "all its keys are switched off.")]),
        (("a", "b", "c"), (0, 1), [(None, "", "it has not been read yet.")]),
    ],
)
def test_the_keys_that_requests_may_use(
    labels: tuple[str, ...], inactive: tuple[int, ...], keys: list[Any]
) -> None:
    upstream = upstream_record(1, "http://u", "openai")
    if labels:
        upstream = with_keys(upstream, *labels)
    records = tuple(
        replace(key, is_active=number not in inactive) for number, key in enumerate(upstream.keys)
    )
    used = keys_of(replace(upstream, keys=records), SECRETS)
    assert [(key.secret, key.label, key.error) for key in used] == keys


def test_a_key_does_not_show_itself() -> None:
    assert "sk-1" not in repr(ONE)
