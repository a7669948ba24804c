"""The checks at the door: whether a request may come in, and where it is to go; pure, the clock passed in."""

from pxbin_engine.gateway.exchange import Exchange, Inbound, session_in_metadata, storable_name
from pxbin_engine.gateway.limits import RateLimiter
from pxbin_engine.gateway.routing import Route, RoutingTable
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.peek import Peek, peek
from pxbin_engine.records import KeyRecord

_MODELS_SHOWN = 50


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
        raise Refused(ApiError("overloaded", 503, "pxbin is paused; resume it to be served."))
    wish = inbound.wish or peek(inbound.body)
    exchange.model = storable_name(wish.model)
    if exchange.session_id is None and inbound.format == "anthropic":
        exchange.session_id = session_in_metadata(wish.metadata)
    return wish


def take_from_limit(limiter: RateLimiter, key: KeyRecord, now: float) -> None:
    """Count one request of this key. Raises ``Refused`` where it has used up its limit."""
    wait = limiter.take(key.id, key.rate_limit, now)
    if wait is not None:
        message = f"The key {key.name!r} has used up its rate limit; next request in {wait:.1f} s."
        raise Refused(ApiError("rate_limit", 429, message, retry_after=max(1.0, round(wait, 1))))


def find_route(exchange: Exchange, table: RoutingTable, name: str) -> Route:
    """The model's route, with at least one target; the exchange learns which model it is.

    Raises:
        Refused: there is no such model, or no upstream of it is switched on.
    """
    route = table.resolve(name)
    if route is None:
        raise Refused(ApiError("not_found", 404, _unknown_model(table, name), param="model"))
    exchange.model_record = route.model
    exchange.model = route.model.name  # the client may have called it by another
    if not route.targets:
        message = f"The model {name!r} has no upstream that is switched on."
        raise Refused(ApiError("not_found", 404, message, param="model"))
    return route


def _unknown_model(table: RoutingTable, name: str) -> str:
    name = storable_name(name)
    names = [model.name for model in table.names]
    if not names:
        return f"There is no model {name!r}: no models are set up yet."
    more = f" and {len(names) - _MODELS_SHOWN} more" if len(names) > _MODELS_SHOWN else ""
    return f"There is no model {name!r}. There are: {', '.join(names[:_MODELS_SHOWN])}{more}."
