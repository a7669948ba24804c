"""One call that asks an upstream to count: the client's headers, a key of the upstream, a whole answer."""

from collections.abc import Mapping

from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.key_pool import usable_of
from pxbin_engine.gateway.patience import Tools
from pxbin_engine.gateway.routing import Target

HAS_NO_SUCH_CALL = frozenset({404, 405, 501})
"""What a server answers that cannot count."""


async def post(
    tools: Tools,
    exchange: Exchange,
    inbound: Inbound,
    target: Target,
    *,
    path: str,
    body: bytes,
    query: str = "",
    attempt: int = 1,
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of the answer; no time limit.

    Args:
        target: with a key that can be read (``failures.unusable``).
        path: as ``addresses.endpoint`` takes it.
        attempt: under which the exchange's tape keeps it.

    Raises:
        UpstreamError: there is no answer.
    """
    # A count costs nothing: it may be asked for with a key that rests.
    key = (
        tools.health.keys.choose(target.keys, exchange.affinity, tools.clock())
        or usable_of(target.keys)[0]
    )
    answer = await tools.client.send(
        base_url=target.upstream.base_url,
        format=target.upstream.format,
        api_key=key.secret,
        path=path,
        query=query,
        body=body,
        client_headers=inbound.headers,
        auth_header=target.quirks.auth_header,
        tape=exchange.tape,
        attempt=attempt,
    )
    try:
        return answer.status, answer.headers, await answer.read_all()
    finally:
        answer.close()
