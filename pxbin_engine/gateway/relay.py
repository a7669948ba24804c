"""Gateway: every client request's way through pxbin, from the door to its row.

The rules:

1. Whatever arrives becomes one exchange, and every exchange is finished exactly once, in ``_serving``.
2. The order of the checks at the ``door``: paused, readable, within its key's limits, routed, within its
   budgets. The first that fails is what is told.
3. Nothing here waits for the database: routes are an immutable snapshot that the engine swaps. Only a request for which too
   little of a budget is leased waits for more, for a second at most.
4. A client that leaves cancels the task that serves it; that task closes the upstream's answer on its way out.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from msgspec import structs

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import ProtocolError, UnknownReference
from pxbin_engine.events import EventBus, RequestStarted
from pxbin_engine.gateway import door, failures, routing
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.calibration import Calibration
from pxbin_engine.gateway.deadlines import Deadlines
from pxbin_engine.gateway.delivery import Delivery
from pxbin_engine.gateway.door import Refused
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.limits import KeyLimits
from pxbin_engine.gateway.own_answers import (
    answer_internal_error,
    dialect_of,
    encode_refusal,
    refuse,
)
from pxbin_engine.gateway.patience import OnLearned, Tools, learned_by_nobody
from pxbin_engine.gateway.present import GatewayPresent
from pxbin_engine.gateway.project_directory import ProjectDirectories
from pxbin_engine.gateway.recalling import recalled, remembering
from pxbin_engine.gateway.recording import RecordedResponder, Recorder
from pxbin_engine.gateway.reply import ClientStalled, Reply, Responder
from pxbin_engine.gateway.response_memory import ResponseMemory
from pxbin_engine.gateway.routing import Route, RoutingTable, Target, with_wide_window
from pxbin_engine.gateway.token_count import count_tokens, learn_from
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.dialect import Dialect, EncodedError
from pxbin_engine.protocol.dialects import COMPACTION
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import UpstreamHealthRecord
from pxbin_engine.search.provider import SearchProvider
from pxbin_engine.search.providers import provider_for

logger = logging.getLogger(__name__)


class Gateway:
    """The data plane of one engine.

    Args:
        on_finished: called once with each finished exchange; must return at once.
        on_learned: called with what an upstream's refusals taught; must return at once.
        clock: monotonic seconds.
        jitter: 0 to 1; spreads repetitions.

    Attributes:
        routing: the present snapshot; swapped, never changed.
        paused: refuses every request while it is set.
        stopping: says why requests are cancelled from now on.
        budgets: what may be spent, and what is.
        recorder: which requests are kept byte for byte.
        memory: what was answered in the Responses API, whose clients count on it.
    """

    def __init__(
        self,
        config: EngineConfig,
        client: UpstreamClient,
        events: EventBus,
        on_finished: Callable[[Exchange], None],
        *,
        on_learned: OnLearned = learned_by_nobody,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.routing: RoutingTable = routing.EMPTY
        self.paused = False
        self.stopping = False
        self.memory = ResponseMemory(config.responses_memory_mb * 1024 * 1024)
        health = UpstreamHealth(config, events)
        self.clock = clock
        self.recorder = Recorder(config, clock)
        self._events = events
        self._on_finished = on_finished
        self._limits = KeyLimits(config.rate_limit_rps, config.rate_limit_burst)
        search = provider_for(config, client.fetch)
        self.budgets = BudgetGate(clock)
        self._tools = Tools(
            config, client, health, Deadlines(), clock, jitter, search, on_learned,
            budgets=self.budgets,
        )  # fmt: skip
        self._projects = ProjectDirectories() if config.record_project_directory else None
        self._in_flight: dict[Exchange, asyncio.Task[Any]] = {}

    @property
    def search(self) -> SearchProvider | None:
        """Who searches the web where an upstream cannot."""
        return self._tools.search

    @property
    def in_flight(self) -> int:
        """How many requests are being served."""
        return len(self._in_flight)

    @property
    def present(self) -> GatewayPresent:
        """What would refuse a request now, and how targets are; see ``explain``."""
        return GatewayPresent(
            self.health, self._limits, self.budgets, self.clock, paused=self.paused
        )

    @property
    def health(self) -> UpstreamHealth:
        """How upstreams are."""
        return self._tools.health

    def upstream_health(self) -> tuple[UpstreamHealthRecord, ...]:
        """How each upstream that is switched on is, by name."""
        active = [upstream for upstream in self.routing.upstreams.values() if upstream.is_active]
        now = self.clock()
        return tuple(
            self.health.record(upstream, now)
            for upstream in sorted(active, key=lambda upstream: upstream.name)
        )

    @property
    def calibration(self) -> Calibration:
        """What true counts taught; to be kept over a restart."""
        return self._tools.calibration

    def replace_routing(self, table: RoutingTable, upstream_ids: Iterable[UUID]) -> None:
        """Route by ``table`` from now on; ``upstream_ids`` are all that there still are."""
        self.routing = table
        self._tools.health.keep(upstream_ids)

    async def compact(self, inbound: Inbound, responder: Responder) -> None:
        """Condense a conversation of the Responses API, by one call of whatever model serves it."""
        await self.handle(inbound, responder, COMPACTION)

    async def handle(
        self, inbound: Inbound, responder: Responder, source: Dialect | None = None
    ) -> None:
        """Serve a generation request: answer it, or tell the client in its dialect why not.

        Args:
            source: what the client speaks, where it is not the dialect of the path's format.
        """
        async with self._serving(inbound, responder) as (exchange, reply):
            wish = door.admit(exchange, inbound, paused=self.paused)
            exchange.stream = bool(wish.stream)
            speaks = source or dialect_of(inbound.format)
            door.take_from_limits(exchange, self._limits, inbound, speaks, self.clock())
            route = door.find_route(exchange, self.routing, wish.model)
            if route.wide:
                inbound = structs.replace(inbound, headers=with_wide_window(inbound.headers))
            targets = door.in_order(exchange, route, wish, self._tools.jitter)
            if self.budgets.active:
                await self._within_budgets(exchange, inbound, route)
            self._publish_started(exchange, targets[0])
            source = source or remembering(self.memory, inbound, exchange)
            inbound = recalled(self.memory, inbound)
            await Delivery(self._tools, exchange, inbound, reply, source).run(targets)
            learn_from(self._tools, exchange, inbound)

    async def count_tokens(self, inbound: Inbound, responder: Responder) -> None:
        """Serve a token count. It costs nothing and clients ask many at once, so no limit is taken from."""
        async with self._serving(inbound, responder) as (exchange, reply):
            wish = door.admit(exchange, inbound, paused=self.paused)
            route = door.find_route(exchange, self.routing, wish.model)
            targets = door.in_order(exchange, route, wish, self._tools.jitter)
            inbound = recalled(self.memory, inbound)
            await count_tokens(self._tools, exchange, inbound, reply, targets[0])

    async def refuse(self, inbound: Inbound, error: ApiError, responder: Responder) -> None:
        """Answer a request that goes no further than the door; it has its row all the same."""
        async with self._serving(inbound, responder):
            raise Refused(error)

    def refuse_unserved(self, inbound: Inbound, error: ApiError) -> EncodedError:
        """The answer to bytes that are no request, which the caller sends; they have their row."""
        exchange = Exchange(inbound)
        exchange.fail("refused", error, status=error.status)
        self._finish(exchange)
        encoded = encode_refusal(exchange, error)
        headers = encoded.headers | {"x-request-id": exchange.request_id}
        return structs.replace(encoded, headers=headers)

    def abandon(self, inbound: Inbound) -> None:
        """A client that left before its request had arrived; it has its row."""
        exchange = Exchange(inbound)
        exchange.cancel(self._why_cancelled())
        self._finish(exchange)

    async def drain(self, seconds: float) -> None:
        """Let what is in flight go on for so long, then cancel what is left, and wait until it is gone."""
        self.stopping = True
        try:
            if tasks := set(self._in_flight.values()):
                _, late = await asyncio.wait(tasks, timeout=seconds)
                for task in late:
                    task.cancel()
                if late:
                    await asyncio.wait(late)
        finally:
            self.stopping = False

    async def respond(self, inbound: Inbound, body: bytes, responder: Responder) -> None:
        """Answer a request with a JSON ``body`` that needs no upstream."""
        async with self._serving(inbound, responder) as (exchange, reply):
            await reply.send(200, {"content-type": "application/json"}, body)
            exchange.complete(200)

    # ------------------------------------------------------------------ from the first byte to the last

    @asynccontextmanager
    async def _serving(
        self, inbound: Inbound, responder: Responder
    ) -> AsyncIterator[tuple[Exchange, Reply]]:
        exchange = Exchange(inbound)
        if self.recorder.mode != "off":
            responder = self._recorded(exchange, inbound, responder)
        watch = self._tools.deadlines.watch()
        patience = self._tools.config.client_timeout_seconds
        reply = Reply(exchange, responder, self.clock, watch, patience=patience)
        self._in_flight[exchange] = _this_task()
        try:
            try:
                yield exchange, reply
            except Refused as refusal:
                await refuse(exchange, reply, refusal.error)
            except UnknownReference as error:
                await refuse(exchange, reply, failures.unknown_reference(error).error)
            except ProtocolError as error:
                await refuse(exchange, reply, ApiError("invalid_request", 400, error.message))
        except ClientStalled as stalled:
            exchange.cancel(str(stalled))
        except ConnectionResetError:
            exchange.cancel(self._why_cancelled())
        except asyncio.CancelledError:
            exchange.cancel(self._why_cancelled())
            raise
        except Exception:
            logger.exception("exchange.failed id=%s path=%s", exchange.id, exchange.path)
            await answer_internal_error(exchange, reply)
        finally:
            watch.close()
            del self._in_flight[exchange]
            if self._projects is not None:
                exchange.project = self._projects.told_by(exchange, inbound.body)
            self._finish(exchange)

    def _recorded(self, exchange: Exchange, inbound: Inbound, responder: Responder) -> Responder:
        exchange.tape = tape = self.recorder.begin(inbound, self.routing.secrets)
        return responder if tape is None else RecordedResponder(responder, tape)

    def _finish(self, exchange: Exchange) -> None:
        exchange.finish(self.clock())
        exchange.grant.end(exchange.limited_tokens, self.clock())
        logger.info(
            "exchange.finished id=%s status=%d outcome=%s model=%s upstream=%s ms=%.0f",
            exchange.id,
            exchange.status,
            exchange.outcome,
            exchange.model,
            exchange.upstream.name if exchange.upstream else "",
            exchange.latency_ms,
        )
        self._on_finished(exchange)

    def _why_cancelled(self) -> str:
        if self.stopping:
            return "pxbin was stopped before the answer was complete."
        return "The client closed the connection before the answer was complete."

    async def _within_budgets(self, exchange: Exchange, inbound: Inbound, route: Route) -> None:
        """Reserve what the request will probably cost. Raises ``Refused`` where a budget has too little left."""
        refusal = await self.budgets.admit(exchange, inbound, route.model)
        if refusal is not None:
            raise Refused(refusal)

    # ------------------------------------------------------------------ telling others

    def _publish_started(self, exchange: Exchange, target: Target) -> None:
        self._events.publish(
            RequestStarted(
                id=exchange.id,
                timestamp=exchange.timestamp,
                path=exchange.path,
                model=exchange.model,
                upstream_name=target.upstream.name,
                key_name=exchange.key.name if exchange.key else "",
                client_name=exchange.client_name,
                stream=exchange.stream,
                session_id=exchange.session_id,
                agent_id=exchange.agent_id,
            )
        )


def _this_task() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a request is served by a task")
    return task
