"""The checks at the door: whether a request may come in, and where it is to go; pure, the clock passed in."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway import affinity
from pxbin_engine.gateway.aliases import spoken
from pxbin_engine.gateway.exchange import Exchange, Inbound, session_in_metadata, storable_name
from pxbin_engine.gateway.limits import Excess, KeyLimits, Limited
from pxbin_engine.gateway.name_pattern import may_use
from pxbin_engine.gateway.routing import Meaning, Route, RoutingTable, Target
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.estimate import estimate_soon, estimate_tokens
from pxbin_engine.protocol.peek import Peek, peek
from pxbin_engine.records import KeyRecord

PAUSED = ApiError("overloaded", 503, "pxbin is paused; resume it to be served.")

_MODELS_SHOWN = 50

_LONGEST_AFFINITY = 1024
"""Bytes that are kept of what a client caches by."""
_SAYING_NOTHING = frozenset({b"", b"null", b'""', b"{}"})


_QUOTAS: dict[Limited, str] = {
    "requests": "RequestsPerMinute",
    "tokens": "TokensPerMinute",
    "concurrency": "ConcurrentRequests",
}
"""Limit -> its name in ``ApiError.quota``."""


class Refused(Exception):
    """pxbin itself says no; never leaves the gateway."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error


def admit(exchange: Exchange, inbound: Inbound, *, paused: bool) -> Peek:
    """What the client wants; the exchange learns its model and session.

    Raises:
        Refused: pxbin is paused.
        ProtocolError: the body cannot be read.
    """
    if paused:
        raise Refused(PAUSED)
    wish = inbound.wish or peek(inbound.body)
    exchange.model = storable_name(wish.model)
    unsaid = exchange.session_id is None and inbound.replay_of is None
    if unsaid and inbound.format == "anthropic":
        exchange.session_id = session_in_metadata(wish.metadata)
    return wish


def take_from_limits(
    exchange: Exchange, limits: KeyLimits, inbound: Inbound, source: Dialect, now: float
) -> None:
    """Let the request in by its key's limits; what it is given is kept in ``exchange.grant``.

    Args:
        source: what the client speaks.

    Raises:
        Refused: one of the limits is used up.
    """
    key = inbound.key
    if key is None or not limits.apply_to(key):
        return
    tokens = 0 if key.tokens_per_minute is None else _estimate(inbound.body, source)
    exchange.grant = limits.enter(key, tokens, now)
    if (excess := exchange.grant.excess) is not None:
        raise Refused(over_limit(key, excess))


def over_limit(key: KeyRecord, excess: Excess) -> ApiError:
    """The 429 for a key that has used up a limit."""
    told = {
        "requests": f"has used up its {excess.limit} requests a minute",
        "tokens": f"has used up its {excess.limit} tokens a minute",
        "concurrency": f"has {excess.limit} requests running already, the most it may",
    }
    retry_after = max(1.0, math.ceil(excess.wait))
    message = f"The key {key.name!r} {told[excess.what]}; try again in {retry_after:g} s."
    return ApiError("rate_limit", 429, message, retry_after=retry_after, quota=_QUOTAS[excess.what])


def _estimate(body: bytes, source: Dialect) -> int:
    try:
        return estimate_soon(source.decode_request(body), body)
    except ProtocolError:  # it may be passed on as it is, or be refused later with better words
        return estimate_tokens(len(body))


def find_route(exchange: Exchange, table: RoutingTable, name: str) -> Route:
    """The route that the name means for this caller, with at least one target; the exchange learns which model it is.

    Raises:
        Refused: see ``routed``.
    """
    meaning = table.meaning(name, exchange.key.id if exchange.key else None, exchange.client_name)
    if meaning.route is not None:
        exchange.model_record = meaning.route.model
        exchange.model = meaning.route.model.name  # the client may have called it by another
    if meaning.alias is not None:
        exchange.asked_model = storable_name(name)
        exchange.route_reason = spoken(meaning.alias, exchange.key)
    return routed(table, meaning, name, exchange.key)


def routed(table: RoutingTable, meaning: Meaning, name: str, key: KeyRecord | None) -> Route:
    """The route that ``name`` means, where this key may take it.

    Raises:
        Refused: there is no such model, this key may not use it, or no upstream of it is switched on.
    """
    route = meaning.route
    if route is None:
        raise _no_model(404, _unknown_model(table, meaning, name, key))
    if key is not None and not may_use(key, route.model.name):
        raise _no_model(403, _not_allowed(route, name, key))
    if not route.targets:
        raise _no_model(404, f"The model {route.model.name!r} has no upstream that is switched on.")
    return route


def in_order(
    exchange: Exchange, route: Route, wish: Peek, chance: Callable[[], float]
) -> tuple[Target, ...]:
    """The route's targets as this conversation tries them; the exchange learns by what it is kept together.

    Args:
        chance: 0 to 1; decides where nothing keeps requests together.
    """
    exchange.affinity = exchange.session_id or _cached_by(exchange, wish)
    if len(route.targets) < 2 or not affinity.shared(route.targets):
        return route.targets
    targets = affinity.ranked(route.targets, exchange.affinity or repr(chance()))
    if sharing := affinity.sharing(targets, by_session=bool(exchange.affinity)):
        exchange.route_reason = "; ".join(filter(None, (exchange.route_reason, sharing)))
    return targets


def _cached_by(exchange: Exchange, wish: Peek) -> str:
    """What the client itself says its prompts are cached by, or who its user is; such a text as it came."""
    told = wish.metadata if exchange.input_format == "anthropic" else wish.prompt_cache_key
    text = bytes(told)[:_LONGEST_AFFINITY]
    return "" if text in _SAYING_NOTHING else text.decode("utf-8", "replace")


def _no_model(status: Literal[403, 404], message: str) -> Refused:
    kind: ErrorKind = "not_found" if status == 404 else "permission"
    return Refused(ApiError(kind, status, message, param="model"))


def _not_allowed(route: Route, name: str, key: KeyRecord) -> str:
    model = route.model.name
    meant = "" if name == model else f" (asked for as {storable_name(name)!r})"
    allowed = _listed(key.allowed_models)
    return f"The key {key.name!r} may not use the model {model!r}{meant}; it may use: {allowed}."


def _unknown_model(table: RoutingTable, meaning: Meaning, name: str, key: KeyRecord | None) -> str:
    if meaning.alias is not None:
        off = table.is_switched_off(meaning.alias.model)
        reason = "is switched off" if off else "does not exist"
        of_whom = spoken(meaning.alias, key)
        return f"{of_whom[0].upper()}{of_whom[1:]} means {meaning.alias.model!r}, which {reason}."
    name = storable_name(name)
    if not table.names:
        return f"There is no model {name!r}: no models are set up yet."
    names = [model.name for model in table.offered(key)]
    if not names:
        return f"There is no model {name!r}, and none that this key may use."
    return f"There is no model {name!r}. There are: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MODELS_SHOWN} more" if len(names) > _MODELS_SHOWN else ""
    return ", ".join(names[:_MODELS_SHOWN]) + more
