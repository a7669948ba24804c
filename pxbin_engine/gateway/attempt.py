"""Attempt: one generation sent to one target, once, and its answer passed on to the client.

The rules:

1. The status is held back until the upstream said something useful, so that a failure before that has a real status
   and leaves room for another target. After ``commit_delay_seconds`` without it, the stream is opened all the same
   and kept alive with pings; another target may still answer it, but a failure is then told inside the stream.
2. After the first useful byte there is no second attempt: the stream ends with an error event.
3. All that arrived in one read leaves in one write, the end of the stream included.
4. Whatever ends an attempt - answer, failure, a client that left - the upstream's answer is closed, the breaker and the
   pool of keys hear of it, and the exchange keeps what was learned.
"""

import asyncio
from collections.abc import Mapping

from pxbin_engine.errors import ProtocolError, UnknownReference, UpstreamError
from pxbin_engine.gateway import failures
from pxbin_engine.gateway.breaker import Breaker
from pxbin_engine.gateway.exchange import storable
from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.gateway.key_pool import UpstreamKey, usable_of
from pxbin_engine.gateway.redaction import bytes_without_secret
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.searching import in_rounds
from pxbin_engine.gateway.sending import Errand, Sending
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.records import AttemptRecord

LARGEST_EVENT = 64 << 20
"""Bytes of a stream that are held until an event ends, or says something."""

_ANSWER_HEADERS = ("anthropic-ratelimit-", "x-ratelimit-", "x-should-retry", "retry-after")
"""Headers of an upstream that mean something to a client of the same dialect."""


class Attempt:
    """One attempt; see the rules above.

    Args:
        reason: why it is made; empty for the first.

    Attributes:
        last_words: the error event that a failure left for a stream that was opened early.
        sent: the body as the upstream got it; empty where nothing was sent.
        key: of the upstream's keys, the one that was used; None where all of them rest.
        key_refused: whether it rests now, for what the upstream said to it.
    """

    def __init__(
        self, errand: Errand, target: Target, translation: Translation, reason: str
    ) -> None:
        self.last_words = b""
        self.sent = b""
        self.key: UpstreamKey | None = None
        self.key_refused = False
        self._errand = errand
        self._tools = errand.tools
        self._exchange = errand.exchange
        self._inbound = errand.inbound
        self._reply = errand.reply
        self._patience = errand.patience
        self._target = target
        self._translation = translation
        self._reason = reason
        self._started = errand.tools.clock()
        self._first_byte_ms: float | None = None

    @property
    def key_label(self) -> str:
        """What the key is called that was used; empty for an only one."""
        return self.key.label if self.key else ""

    async def run(self) -> Failure | None:
        """Send and pass on; None where the target answered. A failure in mid-stream was told to the client already.

        Raises:
            ProtocolError: the client's request is not what its dialect says; nothing was answered.
            ConnectionResetError: the client has gone.
        """
        exchange, target, translation = self._exchange, self._target, self._translation
        exchange.upstream = target.upstream
        exchange.upstream_model = target.upstream_model
        exchange.output_format = target.upstream.format
        if (unusable := failures.unusable(target, FORMATS)) is not None:
            return self._noted(unusable)
        try:
            body = translation.request(self._inbound.body)
        except UnknownReference as error:
            return self._noted(failures.unknown_reference(error))
        except ProtocolError as error:
            if not self._reply.committed:
                raise
            fault = Failure("answer", ApiError("invalid_request", 400, error.message), 400)
            return self._noted(fault)
        breaker = self._tools.health.of(target.upstream)
        if (refusal := self._not_now(breaker)) is not None:
            return self._noted(refusal)
        self.sent = body
        try:
            failure = await self._ask(body)
        except BaseException as error:
            breaker.release(self._started)
            left = isinstance(error, asyncio.CancelledError | ConnectionResetError)
            self._note(None, "cancelled" if left else type(error).__name__)
            raise
        else:
            self._tell_health(breaker, failure)
        finally:
            exchange.upstream_ended = self._tools.clock()
            exchange.learn(translation.usage, translation.stop, translation.losses)
        return self._noted(failure)

    def _not_now(self, breaker: Breaker) -> Failure | None:
        """Why the upstream is left alone; None where a key was chosen to ask it with."""
        target, health, now = self._target, self._tools.health, self._started
        if not breaker.allow(now):
            return failures.circuit_open(target, breaker.reason, breaker.retry_after(now))
        self.key = health.keys.choose(target.keys, self._exchange.affinity, now)
        if self.key is None:
            breaker.release(self._started)
            wait, said = health.keys.first_free(target.keys, now)
            return failures.keys_resting(target, said, wait)
        if breaker.state != "closed":
            health.publish_change(target.upstream, now)
        return None

    async def _ask(self, body: bytes) -> Failure | None:
        self._patience.ask(self._target.upstream)
        if self._exchange.sent is None:
            self._exchange.sent = self._patience.heard_at
        sending = Sending(self._errand, self._target, self.key, self._translation)
        try:
            answer = await sending.patiently(body)
        except UpstreamError as error:
            return failures.from_exception(self._target, error)
        self._patience.heard_headers()
        answer = in_rounds(answer, self._translation, self._tools.search, sending.request)
        try:
            return await self._take(answer)
        except UpstreamError as error:
            return await self._broken_off(error)
        finally:
            if (first_byte_at := self._patience.first_byte_at) is not None:
                self._first_byte_ms = self._exchange.ms_at(first_byte_at)
            answer.close()

    async def _take(self, answer: UpstreamAnswer) -> Failure | None:
        target, translation = self._target, self._translation
        if answer.status >= 600:
            return failures.bad_answer(target, f"{answer.status} is no status of HTTP.")
        if answer.status >= 400:
            content = await self._patience.read_all(translation, answer)
            error = translation.error(answer.status, answer.headers, content)
            return failures.from_answer(target, answer.status, error)
        if answer.status >= 300:
            return failures.redirected(target, answer.status, answer.headers.get("Location", ""))
        if self._exchange.stream:
            return await self._pump(answer)
        return await self._whole(answer)

    # ------------------------------------------------------------------ a streamed answer

    async def _pump(self, answer: UpstreamAnswer) -> Failure | None:
        translation, patience = self._translation, self._patience
        headers = _kept_headers(translation, answer)
        held = 0  # bytes read since something last left: events that do not end, or say nothing
        while True:
            chunk = await patience.read(translation, answer)
            data = translation.feed(chunk) if chunk else b""
            held = 0 if data else held + len(chunk)
            if held > LARGEST_EVENT:
                raise UpstreamError("it sent an event without end.")
            if translation.first_token:
                self._exchange.mark_first_token(patience.heard_at)
            if not chunk or translation.complete or translation.failure is not None:
                break
            if data:
                await self._reply.write(data, headers=headers, read_at=patience.heard_at)
        data += translation.close()
        if translation.first_token:
            self._exchange.mark_first_token(patience.heard_at)
        failure = self._failure_told()
        if failure is not None:
            data = bytes_without_secret(data, (self.key and self.key.secret) or "")
        if failure is not None and not translation.committed:
            self.last_words = data
            return failure
        if failure is None and not answer.at_end:
            answer.drain()
        await self._end_stream(failure, data, headers)
        return failure

    def _failure_told(self) -> Failure | None:
        """A failure that the stream itself told."""
        error = self._translation.failure
        return None if error is None else failures.from_answer(self._target, error.status, error)

    async def _end_stream(
        self, failure: Failure | None, data: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        if failure is not None:
            self._exchange.fail("stream_error", failure.error, status=200)
        await self._reply.end(data, headers=headers, read_at=self._patience.heard_at)
        if failure is None:
            self._exchange.complete(200)

    async def _broken_off(self, error: UpstreamError) -> Failure | None:
        """The connection broke, or went silent, in the middle of an answer."""
        failure = failures.from_exception(self._target, error)
        if self._exchange.stream and self._translation.useful:
            await self._end_stream(failure, self._translation.interrupt(failure.error))
        return failure

    # ------------------------------------------------------------------ a whole answer

    async def _whole(self, answer: UpstreamAnswer) -> Failure | None:
        translation = self._translation
        content = await self._patience.read_all(translation, answer)
        read_at = self._patience.heard_at
        try:
            body = translation.response(content)
        except ProtocolError as error:
            return failures.bad_answer(self._target, error.message)
        headers = {"content-type": "application/json"} | _kept_headers(translation, answer)
        await self._reply.send(200, headers, body, read_at=read_at)
        self._exchange.complete(200)
        return None

    # ------------------------------------------------------------------ what is noted

    def _tell_health(self, breaker: Breaker, failure: Failure | None) -> None:
        now, health, upstream = self._tools.clock(), self._tools.health, self._target.upstream
        if failure is not None and failure.counts_against_upstream:
            health.failed(upstream, breaker, self._started, now, failure.error.message)
        elif failure is None or failure.was_sent:
            health.succeeded(upstream, breaker, self._started, now)
        else:
            breaker.release(self._started)
        if self.key is None:
            return
        if failure is None:
            health.keys.worked(self.key, now)
        elif failure.is_about_key and len(usable_of(self._target.keys)) > 1:
            self.key_refused = True
            health.key_refused(upstream, self.key, failure.error, now)

    def _noted(self, failure: Failure | None) -> Failure | None:
        error = failure.error.message if failure else self._exchange.error_message
        status = (failure.status if failure else 200) or None
        self._note(status, error or "")
        return failure

    def _note(self, status: int | None, error: str) -> None:
        self._exchange.attempts.append(
            AttemptRecord(
                upstream_id=self._target.upstream.id,
                upstream_name=self._target.upstream.name,
                upstream_model=self._target.upstream_model,
                status=status,
                error=storable(error) or None,
                reason=self._reason,
                key_label=self.key_label,
                started_ms=self._exchange.ms_at(self._started),
                first_byte_ms=self._first_byte_ms,
                took_ms=(self._tools.clock() - self._started) * 1000.0,
            )
        )


def _kept_headers(translation: Translation, answer: UpstreamAnswer) -> dict[str, str]:
    if not translation.verbatim:
        return {}
    return {
        name.lower(): value
        for name, value in answer.headers.items()
        if name.lower().startswith(_ANSWER_HEADERS)
    }
