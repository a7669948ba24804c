"""Delivery: one generation over its targets, until one of them has answered or the client is told why none did.

Each ``attempt`` says whether it may be repeated or followed by another; the order and the waits are ``fallback``'s.
"""

import asyncio

from msgspec.structs import replace

from pxbin_engine.gateway import failures
from pxbin_engine.gateway.attempt import Attempt
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.fallback import (
    Failure,
    GiveUp,
    NextTarget,
    OtherKey,
    Relearned,
    Retry,
    RetryPolicy,
    next_step,
)
from pxbin_engine.gateway.key_pool import KeyState
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.schooling import Schooling
from pxbin_engine.gateway.searching import new_translation
from pxbin_engine.gateway.sending import Errand
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import FORMATS, dialect_for
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_input_tokens
from pxbin_engine.protocol.overflow import with_counts
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import AttemptRecord, Outcome


class Delivery:
    """One generation.

    Args:
        source: what the client speaks, where it is not the dialect of its format.
    """

    def __init__(
        self,
        tools: Tools,
        exchange: Exchange,
        inbound: Inbound,
        reply: Reply,
        source: Dialect | None = None,
    ) -> None:
        self._tools = tools
        self._exchange = exchange
        self._inbound = inbound
        self._reply = reply
        self._source = source or dialect_for(inbound.format)
        self._errand = Errand(tools, exchange, inbound, reply, Patience(tools, exchange, reply))
        self._policy = RetryPolicy(
            tools.config.retry_max_attempts,
            tools.config.retry_base_delay_ms / 1000.0,
            tools.config.retry_max_seconds,
        )
        self._reason = ""
        """Why the next attempt is made; empty for the first."""
        self._last_words = b""
        """See ``Attempt.last_words``: of the latest."""
        self._told: tuple[Failure, Translation] | None = None
        """What the client is told where no target answers: the last failure that says something."""
        self._schooling = Schooling(tools.on_learned, exchange.timestamp)

    async def run(self, targets: tuple[Target, ...]) -> None:
        """Try the targets in order and answer the client.

        Raises:
            ProtocolError: the client's request is not what its dialect says; nothing was answered.
            ConnectionResetError: the client has gone.
        """
        for position, target in enumerate(targets, start=1):
            if not await self._within_budget(target):
                continue
            step = await self._try(target, targets_left=len(targets) - position)
            if step is None:
                return
            if not isinstance(step, NextTarget):
                break
        if self._told is not None:
            await self._tell(*self._told)

    async def _try(self, target: Target, *, targets_left: int) -> NextTarget | GiveUp | None:
        """Attempts at one target; None where the client has its answer."""
        attempts = other_keys = 0
        schooling = self._schooling
        schooling.begin(target)
        while True:
            attempts += 1
            translation = self._translation(target, schooling.quirks)
            attempt = Attempt(self._errand, target, translation, self._reason)
            failure = await attempt.run()
            self._last_words = attempt.last_words
            if failure is None:
                schooling.answered()
            if failure is None or self._reply.ended:
                return None
            other_key = False
            if attempt.key_refused:
                failure = self._with_shortest_wait(failure, target)
                left = len(target.keys) - 1 - other_keys
                other_key = left > 0 and self._key_state(target) == "ready"
            self._keep_for_telling(failure, translation)
            step = next_step(
                failure,
                self._policy,
                attempts=attempts,
                targets_left=targets_left,
                jitter=self._tools.jitter(),
                elapsed=self._tools.clock() - self._exchange.received,
                lesson=schooling.lesson_of(failure, attempt.sent, verbatim=translation.verbatim),
                other_key=other_key,
            )
            if isinstance(step, Relearned):
                schooling.take(step.lesson, failure)
                self._reason = step.lesson.reason
            elif isinstance(step, OtherKey):
                attempts, other_keys = attempts - 1, other_keys + 1
                self._reason = f"with another key, for {attempt.key_label} was refused"
            elif isinstance(step, Retry):
                self._reason = f"repeated after {step.delay:.1f} s"
                await asyncio.sleep(step.delay)
            else:
                self._reason = f"because {target.upstream.name} could not answer"
                return step

    async def _within_budget(self, target: Target) -> bool:
        """Whether the budgets of this upstream have room; where not, it is passed over, and that is noted."""
        budgets, exchange, name = self._tools.budgets, self._exchange, target.upstream.name
        refusal = await budgets.admit_target(exchange, name) if budgets.active else None
        if refusal is None:
            return True
        exchange.attempts.append(
            AttemptRecord(
                upstream_id=target.upstream.id,
                upstream_name=name,
                upstream_model=target.upstream_model,
                error=refusal.message,
                reason=self._reason,
                started_ms=exchange.ms_at(self._tools.clock()),
            )
        )
        if self._told is None or self._told[0].weight <= 1:
            failure = failures.over_budget(refusal)
            self._told = failure, self._translation(target, target.quirks)
        self._reason = f"because the budget of {name} is used up"
        return False

    def _keep_for_telling(self, failure: Failure, translation: Translation) -> None:
        if self._told is None or failure.weight >= self._told[0].weight:
            self._told = failure, translation

    def _key_state(self, target: Target) -> KeyState:
        return self._tools.health.keys.state(target.keys, self._tools.clock())

    def _with_shortest_wait(self, failure: Failure, target: Target) -> Failure:
        """Where all keys were asked to slow down, it is worth asking again when the first of them may be used."""
        if failure.error.kind != "rate_limit" or self._key_state(target) != "resting":
            return failure
        wait, _ = self._tools.health.keys.first_free(target.keys, self._tools.clock())
        return replace(failure, error=replace(failure.error, retry_after=wait))

    def _translation(self, target: Target, quirks: Quirks) -> Translation:
        upstream = target.upstream
        spoken = upstream.format if upstream.format in FORMATS else self._inbound.format
        translation = new_translation(
            self._tools.search,
            self._source,
            dialect_for(spoken),
            body=self._inbound.body,
            model=target.upstream_model,
            quirks=quirks,
            wish=self._inbound.wish,
            now=int(self._exchange.timestamp.timestamp()),
            answer_id=self._exchange.id.hex,
        )
        if self._reply.committed:
            translation.resume(self._inbound.body)
        return translation

    async def _tell(self, failure: Failure, translation: Translation) -> None:
        """No target answered: the client is told why, by the last failure that says something."""
        error = failure.error if translation.verbatim else self._with_counts(failure.error)
        if self._reply.committed:
            self._exchange.fail("stream_error", error, status=200)
            await self._reply.end(self._last_words or translation.interrupt(error))
            return
        of_client = failure.scope == "request" or failure.kind == "unknown_reference"
        outcome: Outcome = "client_error" if of_client else "upstream_error"
        if failure.kind == "over_budget":
            outcome = "refused"
        request_id = self._exchange.request_id
        encoded = translation.encode_error(error, request_id=request_id)
        self._exchange.fail(outcome, error, status=encoded.status)
        await self._reply.send_error(encoded)

    def _with_counts(self, error: ApiError) -> ApiError:
        """A prompt that was too long, told with its numbers, also where the upstream left them out."""
        model = self._exchange.model_record
        return with_counts(
            error,
            window=model.context_window if model else None,
            count=lambda: estimate_input_tokens(self._source.decode_request(self._inbound.body)),
        )
