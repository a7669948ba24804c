"""Names that lead where nothing may be sent."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pxbin_engine.errors import UpstreamMisconfigured
from pxbin_engine.gateway.resolver import GuardedResolver


class Names(AbstractResolver):
    """Gives what it was told; counts its closings."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.closed = addresses, 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        self.closed += 1


def _only_ten(address: str, port: int) -> str:
    return "" if address.startswith("10.") and port == 443 else "is forbidden."


async def test_what_is_allowed_is_left() -> None:
    resolver = GuardedResolver(_only_ten, Names("10.0.0.1", "169.254.0.1", "10.0.0.2"))
    found = await resolver.resolve("x.test", 443)
    assert [each["host"] for each in found] == ["10.0.0.1", "10.0.0.2"]


async def test_a_name_that_leads_nowhere_else_is_refused_with_the_reason() -> None:
    resolver = GuardedResolver(_only_ten, Names("169.254.0.1"))
    with pytest.raises(
        UpstreamMisconfigured, match=r"x\.test leads to 169\.254\.0\.1, which is forb"
    ):
        await resolver.resolve("x.test", 443)


async def test_a_name_that_leads_nowhere_at_all_is_the_callers_to_tell() -> None:
    inner = Names()
    resolver = GuardedResolver(_only_ten, inner)
    assert await resolver.resolve("x.test", 443) == []
    await resolver.close()
    assert inner.closed == 1
