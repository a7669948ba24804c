"""Delivery: one generation over its targets, until one of them has answered or the client is told why none did.

Each ``attempt`` says whether it may be repeated or followed by another; the order and the waits are ``fallback``'s.
"""

import asyncio

from pxbin_engine.gateway.attempt import Attempt, Errand
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.fallback import (
    Failure,
    NextTarget,
    Relearned,
    Retry,
    RetryPolicy,
    next_step,
)
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.schooling import Schooling
from pxbin_engine.gateway.searching import new_translation
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import FORMATS, dialect_for
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_input_tokens
from pxbin_engine.protocol.overflow import with_counts
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import Outcome


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
            tools.config.retry_max_attempts, tools.config.retry_base_delay_ms / 1000.0
        )
        self._reason = ""
        """Why the next attempt is made; empty for the first."""
        self._last_words = b""
        """See ``Attempt.last_words``: of the latest."""
        self._schooling = Schooling(tools.on_learned, exchange.timestamp)

    async def run(self, targets: tuple[Target, ...]) -> None:
        """Try the targets in order and answer the client.

        Raises:
            ProtocolError: the client's request is not what its dialect says; nothing was answered.
            ConnectionResetError: the client has gone.
        """
        failed = await self._try_all(targets)
        if failed is not None:
            await self._tell(*failed)

    async def _try_all(self, targets: tuple[Target, ...]) -> tuple[Failure, Translation] | None:
        told: tuple[Failure, Translation] | None = None
        for position, target in enumerate(targets, start=1):
            attempts, schooling = 0, self._schooling
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
                if told is None or failure.weight >= told[0].weight:
                    told = failure, translation
                step = next_step(
                    failure,
                    self._policy,
                    attempts=attempts,
                    targets_left=len(targets) - position,
                    jitter=self._tools.jitter(),
                    lesson=schooling.lesson_of(
                        failure, attempt.sent, verbatim=translation.verbatim
                    ),
                )
                if isinstance(step, Relearned):
                    schooling.take(step.lesson, failure)
                    self._reason = step.lesson.reason
                    continue
                if not isinstance(step, Retry):
                    self._reason = f"because {target.upstream.name} could not answer"
                    break
                self._reason = f"repeated after {step.delay:.1f} s"
                await asyncio.sleep(step.delay)
            if not isinstance(step, NextTarget):
                break
        return told

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
        )
        if self._reply.committed:
            translation.open()  # the client has its start of the stream already, from an earlier attempt
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
