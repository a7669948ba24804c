"""Delivery: one generation over its targets, until one of them has answered or the client is told why none did.

The rules:

1. The status is held back until the upstream said something useful, so that a failure before that has a real status
   and leaves room for another target. After ``commit_delay_seconds`` without it, the stream is opened all the same
   and kept alive with pings; another target may still answer it, but a failure is then told inside the stream.
2. After the first useful byte there is no second attempt: the stream ends with an error event.
3. All that arrived in one read leaves in one write.
4. Whatever ends an attempt - answer, failure, a client that left - the upstream's answer is closed, the breaker hears
   of it, and the exchange keeps what was learned.
"""

import asyncio
from collections.abc import Awaitable, Mapping

from pxbin_engine.errors import ProtocolError, UpstreamError
from pxbin_engine.gateway import failures
from pxbin_engine.gateway.breaker import Breaker
from pxbin_engine.gateway.exchange import Exchange, Inbound, storable
from pxbin_engine.gateway.fallback import Failure, NextTarget, Retry, RetryPolicy, next_step
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.upstream import UpstreamAnswer
from pxbin_engine.protocol.dialects import dialect_for
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import quirks_for
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import AttemptRecord, Outcome
from pxbin_engine.tasks import spawn

UPSTREAM_PATHS: Mapping[str, str] = {
    "anthropic": "/v1/messages",
    "openai": "/v1/chat/completions",
}
"""Upstream's format -> where it is spoken, as its vendor documents it."""

_ANSWER_HEADERS = ("anthropic-ratelimit-", "x-ratelimit-", "x-should-retry", "retry-after")
"""Headers of an upstream that mean something to a client of the same dialect."""


class Delivery:
    """One generation; see the rules above."""

    def __init__(self, tools: Tools, exchange: Exchange, inbound: Inbound, reply: Reply) -> None:
        self._tools = tools
        self._exchange = exchange
        self._inbound = inbound
        self._reply = reply
        self._source = dialect_for(inbound.format)
        self._patience = Patience(tools, exchange, reply)
        self._policy = RetryPolicy(
            tools.config.retry_max_attempts, tools.config.retry_base_delay_ms / 1000.0
        )
        self._reason = ""
        """Why the present attempt is made; empty for the first."""
        self._last_words = b""
        """The error event that the latest failed attempt left for a stream that was opened early."""

    async def run(self, targets: tuple[Target, ...]) -> None:
        """Try the targets in order and answer the client.

        Raises:
            ProtocolError: the client's request is not what its dialect says; nothing was answered.
            ConnectionResetError: the client has gone.
        """
        try:
            failed = await self._try_all(targets)
            if failed is not None:
                await self._tell(*failed)
        finally:
            self._patience.close()

    async def _try_all(self, targets: tuple[Target, ...]) -> tuple[Failure, Translation] | None:
        told: tuple[Failure, Translation] | None = None
        for position, target in enumerate(targets, start=1):
            attempts = 0
            while True:
                attempts += 1
                translation = self._translation(target)
                failure = await self._attempt(target, translation)
                if failure is None or self._reply.ended:
                    return None
                # What an upstream said is worth more to the client than that one was not even asked.
                if told is None or failure.was_sent or not told[0].was_sent:
                    told = failure, translation
                step = next_step(
                    failure,
                    self._policy,
                    attempts=attempts,
                    targets_left=len(targets) - position,
                    jitter=self._tools.jitter(),
                )
                if not isinstance(step, Retry):
                    self._reason = f"because {target.upstream.name} could not answer"
                    break
                self._reason = f"repeated after {step.delay:.1f} s"
                await asyncio.sleep(step.delay)
            if not isinstance(step, NextTarget):
                break
        return told

    def _translation(self, target: Target) -> Translation:
        upstream = target.upstream
        spoken = upstream.format if upstream.format in UPSTREAM_PATHS else self._inbound.format
        translation = Translation(
            self._source,
            dialect_for(spoken),
            model=target.upstream_model,
            quirks=quirks_for(upstream.base_url, target.upstream_model),
        )
        if self._reply.committed:
            translation.open()  # the client has its start of the stream already, from an earlier attempt
        return translation

    # ------------------------------------------------------------------ one attempt

    async def _attempt(self, target: Target, translation: Translation) -> Failure | None:
        """Send to one target once; None where it answered. A failure in mid-stream was told to the client already."""
        exchange, clock = self._exchange, self._tools.clock
        exchange.upstream = target.upstream
        exchange.upstream_model = target.upstream_model
        exchange.output_format = target.upstream.format
        started = clock()
        self._last_words = b""
        if (unusable := failures.unusable(target, UPSTREAM_PATHS)) is not None:
            return self._noted(target, started, unusable)
        try:
            body = translation.request(self._inbound.body)
        except ProtocolError as error:
            if not self._reply.committed:
                raise
            fault = Failure("answer", ApiError("invalid_request", 400, error.message), 400)
            return self._noted(target, started, fault)
        breaker = self._tools.health.of(target.upstream)
        if not breaker.allow(started):
            refusal = failures.circuit_open(target, breaker.reason, breaker.retry_after(started))
            return self._noted(target, started, refusal)
        self._tools.health.publish_change(target.upstream)
        try:
            failure = await self._ask(target, translation, body)
        except BaseException as error:
            breaker.release()
            left = isinstance(error, asyncio.CancelledError | ConnectionResetError)
            self._note(target, started, None, "cancelled" if left else type(error).__name__)
            raise
        else:
            self._tell_breaker(target, breaker, failure)
        finally:
            exchange.upstream_ended = clock()
            exchange.learn(translation.usage, translation.stop, translation.losses)
        return self._noted(target, started, failure)

    async def _ask(self, target: Target, translation: Translation, body: bytes) -> Failure | None:
        self._patience.heard_at = self._tools.clock()
        if self._exchange.sent is None:
            self._exchange.sent = self._patience.heard_at
        try:
            answer = await self._send(target, translation, body)
        except UpstreamError as error:
            return failures.from_exception(target, error)
        self._patience.heard_at = self._tools.clock()
        try:
            return await self._take(target, translation, answer)
        except UpstreamError as error:
            return await self._broken_off(target, translation, error)
        finally:
            answer.close()

    async def _take(
        self, target: Target, translation: Translation, answer: UpstreamAnswer
    ) -> Failure | None:
        if answer.status >= 400:
            content = await self._patience.read_all(translation, answer)
            error = translation.error(answer.status, answer.headers, content)
            return failures.from_answer(target, answer.status, error)
        if answer.status >= 300:
            return failures.redirected(target, answer.status, answer.headers.get("Location", ""))
        if self._exchange.stream:
            return await self._pump(target, translation, answer)
        return await self._whole(target, translation, answer)

    # ------------------------------------------------------------------ a streamed answer

    async def _pump(
        self, target: Target, translation: Translation, answer: UpstreamAnswer
    ) -> Failure | None:
        headers = _kept_headers(translation, answer)
        ended = False
        while not ended:
            chunk = await self._patience.read(translation, answer)
            data = translation.feed(chunk) if chunk else b""
            ended = not chunk or translation.complete or translation.failure is not None
            if ended:
                data += translation.close()
            if translation.first_token:
                self._exchange.mark_first_token(self._patience.heard_at)
            if translation.failure is not None and not translation.useful:
                self._last_words = data
                return _reported(target, translation.failure)
            if data or (ended and not self._reply.committed):
                await self._reply.write(data, headers=headers, read_at=self._patience.heard_at)
        if translation.failure is not None:
            return await self._end_stream(_reported(target, translation.failure))
        if not answer.at_end:
            answer.drain()
        return await self._end_stream(None)

    async def _end_stream(self, failure: Failure | None) -> Failure | None:
        if failure is None:
            self._exchange.complete(200)
        else:
            self._exchange.fail("stream_error", failure.error, status=200)
        await self._reply.end()
        return failure

    async def _broken_off(
        self, target: Target, translation: Translation, error: UpstreamError
    ) -> Failure | None:
        """The connection broke, or went silent, in the middle of an answer."""
        failure = failures.from_exception(target, error)
        if not (self._exchange.stream and translation.useful):
            return failure
        await self._reply.write(translation.interrupt(failure.error))
        return await self._end_stream(failure)

    # ------------------------------------------------------------------ a whole answer

    async def _whole(
        self, target: Target, translation: Translation, answer: UpstreamAnswer
    ) -> Failure | None:
        content = await self._patience.read_all(translation, answer)
        read_at = self._patience.heard_at
        try:
            body = translation.response(content)
        except ProtocolError as error:
            return failures.bad_answer(target, error.message)
        headers = {"content-type": "application/json"} | _kept_headers(translation, answer)
        await self._reply.send(200, headers, body, read_at=read_at)
        self._exchange.complete(200)
        return None

    # ------------------------------------------------------------------ waiting

    async def _send(self, target: Target, translation: Translation, body: bytes) -> UpstreamAnswer:
        """Send; while the upstream is silent, a client that asked for a stream is kept alive."""
        if not self._exchange.stream:
            return await self._patience.wait(translation, lambda: self._request(target, body))
        # Interrupting the sending would lose it, so it has its own task; errors come back as values.
        sending = spawn(self._request_or_error(target, body), name="upstream.send")
        try:
            outcome = await self._patience.wait(translation, lambda: asyncio.shield(sending))
        except BaseException:
            _abandon(sending)
            raise
        if isinstance(outcome, UpstreamError):
            raise outcome
        return outcome

    async def _request_or_error(
        self, target: Target, body: bytes
    ) -> UpstreamAnswer | UpstreamError:
        try:
            return await self._request(target, body)
        except UpstreamError as error:
            return error

    def _request(self, target: Target, body: bytes) -> Awaitable[UpstreamAnswer]:
        upstream = target.upstream
        same = upstream.format == self._inbound.format
        return self._tools.client.send(
            base_url=upstream.base_url,
            format=upstream.format,
            api_key=target.api_key,
            path=UPSTREAM_PATHS[upstream.format],
            query=self._inbound.query if same else "",
            body=body,
            client_headers=self._inbound.headers,
        )

    # ------------------------------------------------------------------ the verdicts

    async def _tell(self, failure: Failure, translation: Translation) -> None:
        """No target answered: the client is told why, by the last failure that says something."""
        if self._reply.committed:
            await self._reply.write(self._last_words or translation.interrupt(failure.error))
            await self._end_stream(failure)
            return
        outcome: Outcome = "client_error" if failure.scope == "request" else "upstream_error"
        request_id = self._exchange.request_id
        encoded = translation.encode_error(failure.error, request_id=request_id)
        self._exchange.fail(outcome, failure.error, status=encoded.status)
        await self._reply.send_error(encoded)

    def _tell_breaker(self, target: Target, breaker: Breaker, failure: Failure | None) -> None:
        if failure is not None and failure.counts_against_upstream:
            breaker.failure(self._tools.clock(), failure.error.message)
        elif failure is None or failure.was_sent:
            breaker.success()
        else:
            breaker.release()
        self._tools.health.publish_change(target.upstream)

    def _noted(self, target: Target, started: float, failure: Failure | None) -> Failure | None:
        error = failure.error.message if failure else self._exchange.error_message
        status = (failure.status if failure else 200) or None
        self._note(target, started, status, error or "")
        return failure

    def _note(self, target: Target, started: float, status: int | None, error: str) -> None:
        self._exchange.attempts.append(
            AttemptRecord(
                upstream_id=target.upstream.id,
                upstream_name=target.upstream.name,
                upstream_model=target.upstream_model,
                status=status,
                error=storable(error) or None,
                reason=self._reason,
                started_ms=(started - self._exchange.arrived) * 1000.0,
                took_ms=(self._tools.clock() - started) * 1000.0,
            )
        )


def _reported(target: Target, error: ApiError) -> Failure:
    """A failure that the stream itself told."""
    return failures.from_answer(target, error.status, error)


def _kept_headers(translation: Translation, answer: UpstreamAnswer) -> dict[str, str]:
    if not translation.verbatim:
        return {}
    return {
        name.lower(): value
        for name, value in answer.headers.items()
        if name.lower().startswith(_ANSWER_HEADERS)
    }


def _abandon(sending: "asyncio.Task[UpstreamAnswer | UpstreamError]") -> None:
    """Nobody waits for this answer any more: cut the connection, whatever it had come to."""
    if not sending.done():
        sending.cancel()
    elif not sending.cancelled() and isinstance(outcome := sending.result(), UpstreamAnswer):
        outcome.close()
