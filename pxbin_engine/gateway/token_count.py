"""Token counts: answered by an upstream that can count, else by an estimate that its own reports have corrected.

The rules:

1. An upstream that has an endpoint for it is asked: in the client's own words where both speak the same dialect (then what
   it says goes back as it is, errors too), else with the request translated.
2. One that has none (404, 405, 501), or cannot make anything of a translated request, does not keep the client from a
   count: it is made here, and the row says so.
3. One whose tokenizer can be called is asked before that (``tokenizing``).
4. The loop is not held: a body that takes more than a moment is read and counted in a thread, one after another, which
   offers the interpreter to the loop after each piece of text.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pxbin_engine.errors import ProtocolError, UpstreamError, UpstreamTimeout
from pxbin_engine.gateway import count_call, failures, tokenizing
from pxbin_engine.gateway.calibration import Place
from pxbin_engine.gateway.counting import ASKED, ENDPOINTS
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.gateway.patience import Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.dialects import FORMATS, dialect_for
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.tally import tally
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

LARGE_BODY = 16_384
"""Bytes from which a body is worked on in a thread."""

LARGEST_LESSON = 4 << 20
"""Bytes of a body that is kept after its exchange to be learned from."""

T = TypeVar("T")

_thread = ThreadPoolExecutor(1, thread_name_prefix="pxbin-count")
"""Starts with the first large count; more than one would only be in the loop's way."""

_NOT_ABOUT_THE_REQUEST = frozenset({401, 403, 408, 429})
_JSON = {"content-type": "application/json"}


async def count_tokens(
    tools: Tools, exchange: Exchange, inbound: Inbound, reply: Reply, target: Target
) -> None:
    """Answer the client.

    Raises:
        ProtocolError: the client's request is not what its dialect says; nothing was answered.
    """
    exchange.upstream_model = target.upstream_model
    if target.upstream.format in ENDPOINTS and target.upstream.format in FORMATS:
        exchange.upstream = target.upstream
        exchange.output_format = target.upstream.format
        translation = _translation(inbound, target)
        answer = await _ask(tools, exchange, inbound, target, translation)
        if isinstance(answer, Failure):
            encoded = translation.encode_error(answer.error, request_id=exchange.request_id)
            exchange.fail("upstream_error", answer.error, status=encoded.status)
            await reply.send_error(encoded)
            return
        if answer is not None:
            await reply.send(200, _JSON, answer, read_at=exchange.upstream_ended)
            exchange.complete(200)
            return
    asked = ASKED[inbound.format]
    prompt = await _off_loop(
        inbound, lambda body: tokenizing.prompt_of(asked.decode(body), target, between=_yield)
    )
    tokens = await tokenizing.count(tools, exchange, inbound, target, prompt)
    read_at = None if tokens is None else exchange.upstream_ended
    if tokens is None:
        place = target.upstream.id, target.upstream_model
        tokens = tools.calibration.estimate(place, prompt.tally)
    if read_at is None or prompt.tally.media:
        exchange.metadata["estimated"] = True
    await reply.send(200, _JSON, asked.encode(tokens), read_at=read_at)
    exchange.complete(200)


def learn_from(tools: Tools, exchange: Exchange, inbound: Inbound) -> None:
    """Let a generation that has ended teach what its prompt really had; returns at once, and mostly does nothing."""
    usage = exchange.usage
    if usage is None or usage.estimated or usage.web_searches or exchange.upstream is None:
        return  # what a search found was read too, and nobody knows how long it was
    place = (exchange.upstream.id, exchange.upstream_model)
    small = len(inbound.body) <= LARGEST_LESSON
    if small and exchange.outcome == "ok" and tools.calibration.wants(place):
        spawn(_learn(tools, inbound, place, usage.prompt_tokens), name="calibration.learn")


async def _learn(tools: Tools, inbound: Inbound, place: Place, true: int) -> None:
    try:
        request = dialect_for(inbound.format).decode_request
        counted = await _off_loop(
            inbound, lambda body: tally(request(body), place[1], between=_yield)
        )
    except ProtocolError as error:
        # It was answered all the same, being passed on as it was.
        logger.debug("calibration.unreadable path=%s reason=%s", inbound.path, error.message)
        return
    tools.calibration.learn(place, counted, true)


async def _off_loop(inbound: Inbound, work: Callable[[bytes], T]) -> T:
    """What ``work`` makes of the body; done in a thread where it would hold the loop."""
    if len(inbound.body) < LARGE_BODY:
        return work(inbound.body)
    return await asyncio.get_running_loop().run_in_executor(_thread, work, inbound.body)


def _yield() -> None:
    """Else whoever waits for the interpreter waits for the 5 ms of its switch interval."""
    time.sleep(0)


# ------------------------------------------------------------------ an upstream that counts


def _translation(inbound: Inbound, target: Target) -> Translation:
    return Translation(
        dialect_for(inbound.format),
        dialect_for(target.upstream.format),
        model=target.upstream_model,
        quirks=target.quirks,
        wish=inbound.wish,
    )


async def _ask(
    tools: Tools, exchange: Exchange, inbound: Inbound, target: Target, translation: Translation
) -> bytes | Failure | None:
    """The client's answer, or why there is none; None where the count must be made here."""
    if (unusable := failures.unusable(target, FORMATS)) is not None:
        return unusable
    endpoint = ENDPOINTS[target.upstream.format]
    body = await _off_loop(inbound, lambda asked: _body(asked, inbound, target))
    exchange.sent = tools.clock()
    watch = tools.deadlines.watch()
    try:
        status, headers, content = await watch.wait(
            count_call.post(
                tools,
                exchange,
                inbound,
                target,
                path=endpoint.path(target.upstream_model),
                body=body,
                query=inbound.query if target.upstream.format == inbound.format else "",
            ),
            tools.config.upstream_timeout_seconds,
        )
    except TimeoutError:
        return failures.from_exception(target, UpstreamTimeout("it did not count in time"))
    except UpstreamError as error:
        return failures.from_exception(target, error)
    finally:
        watch.close()
        exchange.upstream_ended = tools.clock()
    if _must_count_here(status, same=translation.verbatim):
        return None
    if status >= 400:
        return failures.from_answer(target, status, translation.error(status, headers, content))
    if status >= 300:
        return failures.redirected(target, status, headers.get("Location", ""))
    if translation.verbatim:
        return content
    count = endpoint.read(content)
    return None if count is None else ASKED[inbound.format].encode(count)


def _must_count_here(status: int, *, same: bool) -> bool:
    if status in count_call.HAS_NO_SUCH_CALL:
        return True
    return not same and 400 <= status < 500 and status not in _NOT_ABOUT_THE_REQUEST


def _body(body: bytes, inbound: Inbound, target: Target) -> bytes:
    model, losses = target.upstream_model, Losses()
    endpoint = ENDPOINTS[target.upstream.format]
    dialect = dialect_for(target.upstream.format)
    if inbound.format != target.upstream.format:
        request = ASKED[inbound.format].decode(body)
        generation = dialect.encode_request(
            request, model=model, quirks=target.quirks, losses=losses
        )
        return endpoint.body(generation, model)
    if endpoint.rename is not None:
        return endpoint.rename(body, model)
    return dialect.patch_request(body, model=model, quirks=target.quirks, losses=losses)
