"""Connections without a whole request head are cut after a while, and no others."""

import asyncio

from pxbin_engine.server.half_sent import HalfSent


class Connection:
    def __init__(self) -> None:
        self.closed = False

    def force_close(self) -> None:
        self.closed = True


async def test_only_what_is_late_is_cut() -> None:
    half_sent = HalfSent(0.1)
    late, done, young = Connection(), Connection(), Connection()
    half_sent.began(late)
    half_sent.began(done)
    await asyncio.sleep(0.06)
    half_sent.began(late)  # it goes on, but it began long ago
    half_sent.ended(done)
    half_sent.began(young)
    await asyncio.sleep(0.06)
    assert (late.closed, done.closed, young.closed) == (True, False, False)
    await asyncio.sleep(0.08)
    assert (young.closed, len(half_sent)) == (True, 0)


async def test_after_its_close_nothing_is_cut() -> None:
    half_sent, connection = HalfSent(0.01), Connection()
    half_sent.began(connection)
    half_sent.close()
    half_sent.ended(connection)
    await asyncio.sleep(0.03)
    assert not connection.closed
