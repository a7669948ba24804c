"""Who may come in, and where to."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from msgspec import Raw
from msgspec.structs import replace
from multidict import CIMultiDict

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.door import Refused, admit, find_route, in_order, take_from_limits
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.limits import UNLIMITED, KeyLimits
from pxbin_engine.gateway.routing import EMPTY, Route, RoutingTable
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.records import AliasRecord, TargetRecord
from tests.support.gateway import KEY, NOW, key_record, model_record, upstream_record

SESSION = "01234567-89ab-cdef-0123-456789abcdef"


def asked(**fields: Any) -> tuple[Exchange, Inbound]:
    said = {
        "method": "POST",
        "path": "/v1/messages",
        "headers": {},
        "format": "anthropic",
        "timestamp": NOW,
        "arrived": 0.0,
        "received": 0.0,
    }
    inbound = Inbound(**said | fields)
    return Exchange(inbound), inbound


def table(*names: str, aliases: Sequence[AliasRecord] = ()) -> RoutingTable:
    upstream = upstream_record(1, "http://127.0.0.1:1", "openai")
    return RoutingTable.build(
        [model_record(name, [upstream], "there") for name in names], [upstream], {}, aliases
    )


def test_what_the_body_says() -> None:
    user_id = json.dumps({"session_id": SESSION})
    body = json.dumps({"model": "m", "stream": True, "metadata": {"user_id": user_id}}).encode()
    exchange, inbound = asked(body=body)
    wish = admit(exchange, inbound, paused=False)
    assert (wish.model, wish.stream) == ("m", True)
    assert (exchange.model, exchange.session_id) == ("m", SESSION)


def test_a_replay_names_what_it_repeats_and_belongs_to_no_session() -> None:
    body = json.dumps(
        {"model": "m", "metadata": {"user_id": f"user_0_account__session_{SESSION}"}}
    ).encode()
    headers = CIMultiDict({"X-Claude-Code-Session-Id": SESSION, "X-Claude-Code-Agent-Id": "a1"})
    for said in ({"body": body}, {"body": b'{"model": "m"}', "headers": headers}):
        exchange, inbound = asked(replay_of=UUID(int=7), **said)
        admit(exchange, inbound, paused=False)
        assert (exchange.session_id, exchange.agent_id) == (None, None)
        assert exchange.metadata == {"replay_of": str(UUID(int=7))}
        first, inbound = asked(**said)
        admit(first, inbound, paused=False)
        assert first.session_id == SESSION


def test_what_the_path_says_needs_no_body() -> None:
    exchange, inbound = asked(wish=Peek("m", stream=True), format="gemini", body=b"not read here")
    assert admit(exchange, inbound, paused=False) == inbound.wish
    assert exchange.model == "m"


def test_a_body_that_cannot_be_read() -> None:
    with pytest.raises(ProtocolError):
        admit(*asked(body=b"{"), paused=False)


def test_nobody_comes_in_while_it_is_paused() -> None:
    with pytest.raises(Refused) as refused:
        admit(*asked(body=b'{"model":"m"}'), paused=True)
    assert (refused.value.error.kind, refused.value.error.status) == ("overloaded", 503)


@pytest.mark.parametrize(
    ("limits", "said", "quota"),
    [
        ({"rate_limit": 1}, "1 requests a minute", "RequestsPerMinute"),
        ({"tokens_per_minute": 1}, "1 tokens a minute", "TokensPerMinute"),
        ({"max_concurrency": 1}, "1 requests running", "ConcurrentRequests"),
    ],
)
def test_a_limit_that_is_used_up_says_which_and_how_long_to_wait(
    limits: dict[str, int], said: str, quota: str
) -> None:
    keyed = KeyLimits(0, 0)
    body = b'{"model":"m","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}'
    exchange, inbound = asked(body=body, key=key_record(KEY, **limits))
    take_from_limits(exchange, keyed, inbound, FORMATS["anthropic"], 0.0)
    assert exchange.grant.excess is None
    exchange, inbound = asked(body=body, key=inbound.key)
    with pytest.raises(Refused, match="test key") as refused:
        take_from_limits(exchange, keyed, inbound, FORMATS["anthropic"], 0.0)
    error = refused.value.error
    assert (error.status, error.quota, said in error.message) == (429, quota, True)
    assert error.retry_after in {1, 60, 360}
    assert exchange.grant.excess is not None


@pytest.mark.parametrize("body", [b"{", b'{"model":"m","messages":7}'])
def test_a_body_that_cannot_be_read_counts_by_its_length(body: bytes) -> None:
    exchange, inbound = asked(body=body * 100, key=key_record(KEY, tokens_per_minute=1000))
    take_from_limits(exchange, KeyLimits(0, 0), inbound, FORMATS["anthropic"], 0.0)
    assert exchange.grant.standings[0].remaining == 1000 - len(body) * 25


def test_without_limits_nothing_is_read_or_kept() -> None:
    exchange, inbound = asked(body=b"{", key=key_record(KEY))
    take_from_limits(exchange, KeyLimits(0, 0), inbound, FORMATS["anthropic"], 0.0)
    assert exchange.grant is UNLIMITED


def test_the_exchange_learns_its_model() -> None:
    exchange, _ = asked()
    route = find_route(exchange, table("m"), "m")
    assert route.targets[0].upstream_model == "there"
    assert exchange.model_record == route.model


def test_another_name_of_a_model_is_told_as_its_own() -> None:
    exchange, _ = asked()
    find_route(exchange, table("glm"), "claude-glm")
    assert exchange.model == "glm"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((), "no models are set up yet"),
        (("a", "b"), r"There are: a, b\."),
        (tuple(f"m{number:03}" for number in range(60)), r"m049 and 10 more\."),
    ],
)
def test_an_unknown_model_names_those_that_there_are(names: tuple[str, ...], text: str) -> None:
    exchange, _ = asked()
    with pytest.raises(Refused, match=text) as refused:
        find_route(exchange, table(*names) if names else EMPTY, "other")
    assert (refused.value.error.status, refused.value.error.param) == (404, "model")


def test_a_model_whose_upstreams_are_switched_off() -> None:
    exchange, _ = asked()
    routes = RoutingTable.build([model_record("m", [], "there")], [], {})
    with pytest.raises(Refused, match="switched on"):
        find_route(exchange, routes, "m")


def an_alias(pattern: str, means: str, **fields: Any) -> AliasRecord:
    return AliasRecord(
        **{
            "id": UUID(int=5),
            "pattern": pattern,
            "model": means,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | fields
    )


CLAUDE_CODE = {"headers": {"User-Agent": "claude-cli/2.1.330 (external, cli)"}}


def test_an_alias_is_noted_with_the_name_that_was_said() -> None:
    exchange, _ = asked(**CLAUDE_CODE)
    routes = table("big", aliases=[an_alias("*opus*", "big", client="Claude Code")])
    assert find_route(exchange, routes, "claude-opus-5").model.name == "big"
    assert (exchange.model, exchange.asked_model) == ("big", "claude-opus-5")
    assert exchange.route_reason == "the alias *opus* of Claude Code"


def test_a_models_own_name_has_nothing_to_explain() -> None:
    exchange, _ = asked()
    find_route(exchange, table("m"), "claude-m")
    assert (exchange.asked_model, exchange.route_reason) == ("", "")


@pytest.mark.parametrize(
    ("pattern", "means", "text"),
    [
        ("opus", "gone", "The alias opus means 'gone', which does not exist."),
        ("*", "gone", "The alias * (the default model) means 'gone', which does not exist."),
        ("opus", "off", "The alias opus means 'off', which is switched off."),
    ],
)
def test_an_alias_that_leads_nowhere_says_so(pattern: str, means: str, text: str) -> None:
    off = replace(model_record("off", [], "x"), is_active=False)
    routes = RoutingTable.build([off], [], {}, [an_alias(pattern, means)])
    exchange, _ = asked()
    with pytest.raises(Refused) as refused:
        find_route(exchange, routes, "opus")
    assert (refused.value.error.status, refused.value.error.message) == (404, text)
    assert (exchange.model_record, exchange.asked_model) == (None, "opus")


def test_a_key_is_held_to_its_models_by_their_own_names() -> None:
    routes = table("big", "small", aliases=[an_alias("fast", "small"), an_alias("big2", "big")])
    key = key_record(KEY, name="laptop", allowed_models=("sm*", "fast"))
    assert find_route(asked(key=key)[0], routes, "fast").model.name == "small"
    exchange, _ = asked(key=key)
    with pytest.raises(Refused) as refused:
        find_route(exchange, routes, "big2")
    assert (refused.value.error.status, refused.value.error.kind) == (403, "permission")
    assert refused.value.error.message == (
        "The key 'laptop' may not use the model 'big' (asked for as 'big2'); it may use: sm*, fast."
    )
    assert exchange.model == "big"


def test_a_key_is_told_of_no_models_but_its_own() -> None:
    key = key_record(KEY, allowed_models=("small",))
    with pytest.raises(Refused, match=r"There are: small\.$"):
        find_route(asked(key=key)[0], table("big", "small"), "other")
    with pytest.raises(Refused, match="none that this key may use"):
        find_route(asked(key=key)[0], table("big"), "other")


def shared_by(count: int) -> Route:
    """A route to so many upstreams of one priority."""
    upstreams = [upstream_record(number, "http://u", "openai") for number in range(1, count + 1)]
    targets = tuple(TargetRecord(upstream_id=u.id, upstream_model="m") for u in upstreams)
    model = replace(model_record("m", [], "m"), targets=targets)
    route = RoutingTable.build([model], upstreams, {}).resolve("m")
    assert route is not None
    return route


def first_of(route: Route, chance: float = 0.5, *, metadata: Any = None, **fields: Any) -> str:
    """The upstream that is tried first."""
    exchange, _ = asked(**fields)
    wish = Peek("m", metadata=Raw(json.dumps(metadata).encode()) if metadata else Raw())
    return in_order(exchange, route, wish, lambda: chance)[0].upstream.name


def test_a_session_stays_where_it_is_whatever_chance_says() -> None:
    route = shared_by(5)
    for session in ("a", "b", "c"):
        said = {"headers": CIMultiDict({"X-Claude-Code-Session-Id": session})}
        assert len({first_of(route, chance / 10, **said) for chance in range(10)}) == 1
    assert len({first_of(route, chance / 10) for chance in range(10)}) > 1


def test_without_a_session_it_is_kept_by_what_its_client_caches_by() -> None:
    route, chances = shared_by(5), [chance / 10 for chance in range(10)]
    user = {"user_id": "somebody"}
    assert len({first_of(route, chance, metadata=user) for chance in chances}) == 1
    assert len({first_of(route, c, metadata=user, format="openai") for c in chances}) > 1
    keyed = set()
    for chance in chances:
        exchange, inbound = asked(body=b'{"model":"m","prompt_cache_key":"mine"}', format="openai")
        wish = admit(exchange, inbound, paused=False)
        keyed.add(in_order(exchange, route, wish, lambda now=chance: now)[0].upstream.name)
        assert exchange.affinity == '"mine"'
    assert len(keyed) == 1


@pytest.mark.parametrize("metadata", [b"null", b"{}"])
def test_what_says_nothing_keeps_nothing_together(metadata: bytes) -> None:
    exchange, _ = asked()
    in_order(exchange, shared_by(2), Peek("m", metadata=Raw(metadata)), lambda: 0.5)
    assert exchange.affinity == ""
    assert exchange.route_reason == "chance by weight, 2 targets of priority 0"


def test_both_reasons_are_told() -> None:
    exchange, _ = asked(headers=CIMultiDict({"X-Session-Id": "s"}))
    exchange.route_reason = "the alias fast"
    in_order(exchange, shared_by(2), Peek("m"), lambda: 0.5)
    assert exchange.route_reason == "the alias fast; session affinity, 2 targets of priority 0"
