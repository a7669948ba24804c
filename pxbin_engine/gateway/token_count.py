"""``POST /v1/messages/count_tokens``: answered by an upstream that can count, else by an estimate.

An Anthropic upstream is asked, and what it says goes back as it is, its 404 too: clients then count by themselves. An
OpenAI upstream has no such endpoint, so the answer is the estimate that its usage would be compared with.
"""

from collections.abc import Mapping

import msgspec

from pxbin_engine.errors import ProtocolError, UpstreamError, UpstreamTimeout
from pxbin_engine.gateway import failures
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.fallback import Failure
from pxbin_engine.gateway.patience import Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.dialects import dialect_for
from pxbin_engine.protocol.estimate import estimate_input_tokens
from pxbin_engine.protocol.translation import Translation

PATH = "/v1/messages/count_tokens"
_JSON = {"content-type": "application/json"}


async def count_tokens(
    tools: Tools, exchange: Exchange, inbound: Inbound, reply: Reply, target: Target
) -> None:
    """Answer the client.

    Raises:
        ProtocolError: the client's request is not what its dialect says; nothing was answered.
    """
    exchange.upstream_model = target.upstream_model
    if target.upstream.format != "anthropic":
        exchange.metadata["estimated"] = True
        await reply.send(200, _JSON, _estimate(inbound.body))
        exchange.complete(200)
        return
    exchange.upstream = target.upstream
    exchange.output_format = target.upstream.format
    dialect = dialect_for("anthropic")
    translation = Translation(dialect, dialect, model=target.upstream_model)
    answered = await _ask(tools, exchange, inbound, target, translation)
    if isinstance(answered, Failure):
        encoded = translation.encode_error(answered.error, request_id=exchange.request_id)
        exchange.fail("upstream_error", answered.error, status=encoded.status)
        await reply.send_error(encoded)
        return
    await reply.send(200, _JSON, answered, read_at=exchange.upstream_ended)
    exchange.complete(200)


async def _ask(
    tools: Tools, exchange: Exchange, inbound: Inbound, target: Target, translation: Translation
) -> bytes | Failure:
    if (unusable := failures.unusable(target, {"anthropic"})) is not None:
        return unusable
    body = translation.request(inbound.body)
    exchange.sent = tools.clock()
    watch = tools.deadlines.watch()
    try:
        status, headers, content = await watch.wait(
            _send(tools, inbound, target, body), tools.config.upstream_timeout_seconds
        )
    except TimeoutError:
        return failures.from_exception(target, UpstreamTimeout("it did not count in time"))
    except UpstreamError as error:
        return failures.from_exception(target, error)
    finally:
        watch.close()
        exchange.upstream_ended = tools.clock()
    if status >= 400:
        return failures.from_answer(target, status, translation.error(status, headers, content))
    if status >= 300:
        return failures.redirected(target, status, headers.get("Location", ""))
    return content


async def _send(
    tools: Tools, inbound: Inbound, target: Target, body: bytes
) -> tuple[int, Mapping[str, str], bytes]:
    answer = await tools.client.send(
        base_url=target.upstream.base_url,
        format=target.upstream.format,
        api_key=target.api_key,
        path=PATH,
        query=inbound.query,
        body=body,
        client_headers=inbound.headers,
        auth_header=target.quirks.auth_header,
    )
    try:
        return answer.status, answer.headers, await answer.read_all()
    finally:
        answer.close()


def _estimate(body: bytes) -> bytes:
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise ProtocolError(f"The request body is not a JSON object: {error}") from error
    fields.setdefault("max_tokens", msgspec.Raw(b"1"))  # a count needs none, a request does
    request = dialect_for("anthropic").decode_request(msgspec.json.encode(fields))
    return msgspec.json.encode({"input_tokens": estimate_input_tokens(request)})
