"""GuardedResolver: names of upstreams, resolved where they are connected to, so that no name leads where none may.

A name that was harmless when a person typed it can lead to pxbin itself, or to a cloud's credentials, a moment later (DNS
rebinding). What is judged here is what the connection is then made to; there is no second look-up in between.
"""

import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from pxbin_engine.errors import UpstreamMisconfigured


class GuardedResolver(AbstractResolver):
    """Resolves names.

    Args:
        objection: why nothing may be sent to an address and port, or an empty text.
        inner: who really resolves.
    """

    def __init__(
        self, objection: Callable[[str, int], str], inner: AbstractResolver | None = None
    ) -> None:
        self._objection = objection
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name to which something may be sent.

        Raises:
            UpstreamMisconfigured: it has others only.
            OSError: it has none.
        """
        found = await self._inner.resolve(host, port, family)
        allowed, reason = [], ""
        for each in found:
            if said := self._objection(each["host"], port):
                reason = f"{host} leads to {each['host']}, which {said}"
            else:
                allowed.append(each)
        if found and not allowed:
            raise UpstreamMisconfigured(reason)
        return allowed

    async def close(self) -> None:
        """Give up what is held."""
        await self._inner.close()
