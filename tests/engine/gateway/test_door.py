"""Who may come in, and where to."""

import json
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.door import Refused, admit, find_route, take_from_limits
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.limits import UNLIMITED, KeyLimits
from pxbin_engine.gateway.routing import EMPTY, RoutingTable
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.peek import Peek
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


def table(*names: str) -> RoutingTable:
    upstream = upstream_record(1, "http://127.0.0.1:1", "openai")
    return RoutingTable.build(
        [model_record(name, [upstream], "there") for name in names], [upstream], {}
    )


def test_what_the_body_says() -> None:
    user_id = json.dumps({"session_id": SESSION})
    body = json.dumps({"model": "m", "stream": True, "metadata": {"user_id": user_id}}).encode()
    exchange, inbound = asked(body=body)
    wish = admit(exchange, inbound, paused=False)
    assert (wish.model, wish.stream) == ("m", True)
    assert (exchange.model, exchange.session_id) == ("m", SESSION)


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
