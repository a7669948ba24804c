"""Prober: asks upstreams that nobody uses for their list of models, so that how they are is known before it matters.

1. An upstream is asked once nothing was seen of it for ``interval`` seconds, or since its last check where its circuit
   is not closed. Its first question comes soon after it is known, or was edited.
2. It costs nothing: a list of models, with a key that does not rest. Where no key can be used, nothing is asked.
3. One question at a time for each upstream, a few at a time in all; the times are spread, so that neither several
   upstreams nor several engines ask in step.
4. Nothing is asked while pxbin is paused.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID

from msgspec import Struct

from pxbin_engine.admin.discovery import Address, Discovery
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.key_pool import UpstreamKey
from pxbin_engine.records import UpstreamRecord
from pxbin_engine.tasks import spawn

_FIRST_WITHIN = 5.0
"""Seconds in which a new upstream is asked for the first time."""

_SPREAD = 0.2
"""The share of the interval by which a question may come later."""

_LOOK_SECONDS = 1.0
_AT_ONCE = 4

Askable = Callable[[], Iterable[tuple[UpstreamRecord, Sequence[UpstreamKey]]]]
"""The upstreams that are switched on, each with the keys that requests to it may use."""


class _Plan(Struct):
    """When an upstream, as it is now, is looked at next."""

    upstream: UpstreamRecord
    at: float


class Prober:
    """See the rules above.

    Args:
        clock: monotonic seconds.
        jitter: 0 to 1.
    """

    def __init__(
        self,
        discovery: Discovery,
        health: UpstreamHealth,
        askable: Askable,
        *,
        interval: float,
        is_paused: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._discovery = discovery
        self._health = health
        self._askable = askable
        self._interval = interval
        self._is_paused = is_paused
        self._clock = clock
        self._jitter = jitter
        self._plans: dict[UUID, _Plan] = {}
        self._asking: dict[UUID, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Ask for as long as this is not cancelled."""
        try:
            while True:
                if not self._is_paused():
                    for upstream, key in self.due(self._clock()):
                        self._ask(upstream, key)
                await asyncio.sleep(min(_LOOK_SECONDS, self._interval / 4))
        finally:
            for task in self._asking.values():
                task.cancel()

    def due(self, now: float) -> Iterator[tuple[UpstreamRecord, UpstreamKey]]:
        """Who is to be asked now, and with which key."""
        known, self._plans = self._plans, {}
        for upstream, keys in self._askable():
            plan = known.get(upstream.id)
            if plan is None or plan.upstream != upstream:
                plan = _Plan(upstream, now + self._jitter() * min(_FIRST_WITHIN, self._interval))
            self._plans[upstream.id] = plan
            if now < plan.at or upstream.id in self._asking:
                continue
            quiet = self._health.quiet_seconds(upstream, now)
            rest = 0.0 if quiet is None else self._interval - quiet
            plan.at = now + (rest if rest > 0 else self._interval) * (1 + _SPREAD * self._jitter())
            key = self._health.keys.choose(keys, str(upstream.id), now)
            if rest <= 0 and key is not None and key.error is None:
                yield upstream, key

    def _ask(self, upstream: UpstreamRecord, key: UpstreamKey) -> None:
        task = spawn(self._probe(upstream, key), name="upstream.probe")
        self._asking[upstream.id] = task
        task.add_done_callback(lambda _: self._asking.pop(upstream.id, None))

    async def _probe(self, upstream: UpstreamRecord, key: UpstreamKey) -> None:
        address = Address(
            base_url=upstream.base_url,
            format=upstream.format,
            api_key=key.secret,
            preset=upstream.preset,
        )
        async with self._turn:
            failure = await self._discovery.failure(address)
        plan = self._plans.get(upstream.id)
        if plan is not None and plan.upstream == upstream:  # not edited or deleted meanwhile
            self._health.checked(upstream, self._clock(), failure)
