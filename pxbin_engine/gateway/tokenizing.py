"""Counting with the tokenizer of a server that people run themselves: free, exact, and in no dialect's documentation.

The rules:

1. A server is asked where the preset of its upstream says how (``Quirks.tokenizer``).
2. Only text is asked about: pictures, documents and sound are not sent, and are estimated.
3. No client's call fails because of it: whatever goes wrong, or takes longer than ``PATIENCE``, leaves the estimate.
4. Every count teaches the estimate, for the time when the server is away.
"""

import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from pxbin_engine.errors import ProtocolError, UpstreamError, UpstreamTimeout
from pxbin_engine.gateway import failures
from pxbin_engine.gateway.count_call import HAS_NO_SUCH_CALL, post
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.patience import Tools
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.dialects import FORMATS, dialect_for
from pxbin_engine.protocol.json_patch import read_members
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks.fields import Tokenizer
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.tally import Tally, tally

logger = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds for all calls of a count together; a tokenizer needs milliseconds, and clients wait for counts."""

T = TypeVar("T")
Ask = Callable[[str, bytes], Awaitable[bytes]]
"""Posts a body to a path: the answer's body; raises ``UpstreamError`` where it is no success."""

_Count = Annotated[int, Meta(ge=0)]


class Prompt(Struct, frozen=True):
    """What is to be counted.

    Attributes:
        tally: what an estimate is made of.
        completion: the body of a Chat Completion with its text; None where the upstream has no tokenizer to call.
    """

    tally: Tally
    completion: bytes | None


def prompt_of(request: Request, target: Target, *, between: Callable[[], None]) -> Prompt:
    """Read a request once for both ways to count it; ``between`` as in ``tally``."""
    counted = tally(request, target.upstream_model, between=between)
    return Prompt(counted, _completion(request, target))


def _completion(request: Request, target: Target) -> bytes | None:
    if target.quirks.tokenizer is None or target.upstream.format != "openai":
        return None
    quirks = replace(target.quirks, text_only=True, documents=False)
    try:
        return dialect_for("openai").encode_request(
            request, model=target.upstream_model, quirks=quirks, losses=Losses()
        )
    except ProtocolError as error:
        logger.debug("tokenizer.unspeakable upstream=%s reason=%s", target, error.message)
        return None


async def count(
    tools: Tools, exchange: Exchange, inbound: Inbound, target: Target, prompt: Prompt
) -> int | None:
    """The tokens of the prompt, of which only media are estimated; None where the upstream does not say."""
    tokenizer, completion = target.quirks.tokenizer, prompt.completion
    if tokenizer is None or completion is None or failures.unusable(target, FORMATS) is not None:
        return None
    exchange.upstream = target.upstream
    exchange.output_format = target.upstream.format
    exchange.sent = tools.clock()
    try:
        ask = _asking(tools, exchange, inbound, target)
        tokens = await _in_time(tools, _WAYS[tokenizer](ask, completion))
    except UpstreamError as error:
        logger.info("tokenizer.failed upstream=%s reason=%s", target.upstream.name, error)
        return None
    finally:
        exchange.upstream_ended = tools.clock()
    place, media = (target.upstream.id, target.upstream_model), prompt.tally.media
    if tools.calibration.wants(place):
        tools.calibration.learn(place, replace(prompt.tally, media=0.0), tokens)
    return tokens + tools.calibration.estimate(place, Tally(media=media)) if media else tokens


def _asking(tools: Tools, exchange: Exchange, inbound: Inbound, target: Target) -> Ask:
    numbers = itertools.count(1)

    async def ask(path: str, body: bytes) -> bytes:
        status, _, content = await post(
            tools, exchange, inbound, target, path=path, body=body, attempt=next(numbers)
        )
        if status != 200:
            raise UpstreamError(f"{path} was answered {status}", status=status)
        return content

    return ask


async def _in_time(tools: Tools, counting: Awaitable[int]) -> int:
    watch = tools.deadlines.watch()
    try:
        return await watch.wait(counting, PATIENCE)
    except TimeoutError:
        raise UpstreamTimeout(f"no count within {PATIENCE:g} seconds") from None
    finally:
        watch.close()


# ------------------------------------------------------------------ llama.cpp


class _InputTokens(Struct):
    input_tokens: _Count


class _Rendered(Struct):
    prompt: str


class _Tokens(Struct):
    tokens: list[int]


async def _ask_llama_cpp(ask: Ask, completion: bytes) -> int:
    """Builds since June 2026 count a whole request; older ones render it, and cut up what was rendered.

    tools/server/README.md, "POST /apply-template" and "POST /tokenize" (``parse_special`` is its default); the first call
    as llama-server answers it. The template's own first token is left out of what is rendered, so it is added again.
    """
    try:
        answer = await ask("/v1/chat/completions/input_tokens", completion)
    except UpstreamError as error:
        if error.status not in HAS_NO_SUCH_CALL:
            raise
    else:
        return _read(answer, _InputTokens).input_tokens
    prompt = _read(await ask("/apply-template", completion), _Rendered).prompt
    body = msgspec.json.encode({"content": prompt, "add_special": True})
    return len(_read(await ask("/tokenize", body), _Tokens).tokens)


# ------------------------------------------------------------------ vLLM

_VLLMS_FIELDS = ("model", "messages", "tools", "chat_template_kwargs")


class _Counted(Struct):
    count: _Count


async def _ask_vllm(ask: Ask, completion: bytes) -> int:
    """vllm/entrypoints/serve/tokenize/protocol.py, ``TokenizeChatRequest`` and ``TokenizeResponse``."""
    members = read_members(completion)
    body: dict[str, Any] = {name: members[name] for name in _VLLMS_FIELDS if name in members}
    return _read(await ask("/tokenize", msgspec.json.encode(body)), _Counted).count


def _read(content: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamError(f"the answer is no count: {error}") from error


_WAYS: Mapping[Tokenizer, Callable[[Ask, bytes], Awaitable[int]]] = {
    "llama.cpp": _ask_llama_cpp,
    "vllm": _ask_vllm,
}
