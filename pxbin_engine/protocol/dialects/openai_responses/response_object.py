"""The response object: the frame that a whole answer is, and that a stream repeats at its beginning and its end.

Source: OpenAI's API reference, "The response object". It tells the request's fields back, but for the instructions: they
would be sent three times with every stream, and no client reads them.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.dialects.openai_responses.error_encoder import encode_failure
from pxbin_engine.protocol.dialects.openai_responses.tools import encode_tool_choice, encode_tools
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME, encode_line
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import OutputFormat, Request
from pxbin_engine.protocol.response import StopKind, StopReason, Usage

Json = dict[str, Any]

_INCOMPLETE: dict[StopKind, str] = {
    "max_tokens": "max_output_tokens",
    "context_window": "max_output_tokens",
    "refusal": "content_filter",
}
_LONGEST_KEY = 40
"""Of a response's id in its items' ids: OpenAI takes ids of up to 64 characters back."""


class Place(Struct, frozen=True):
    """Where an answer stands in a conversation that is remembered.

    Attributes:
        response_id: the answer's, unlike any other's; empty for the upstream's own.
        previous: the response that the request went on from.
        keep: called with the answer as soon as it has ended, before its end leaves; None where it is not to be kept.
    """

    response_id: str = ""
    previous: str | None = None
    keep: Callable[[bytes], None] | None = None


NOWHERE = Place()
"""Nothing of it is remembered."""


class ResponseObject:
    """One response in its states; all but state, output and usage is encoded once.

    Attributes:
        id: ``resp_...``.
        key: what the ids of its items are made of.
    """

    def __init__(
        self,
        request: Request,
        *,
        response_id: str,
        model: str,
        now: int,
        place: Place = NOWHERE,
    ) -> None:
        self.id = encode_response_id(place.response_id or response_id)
        self.key = self.id.removeprefix("resp_")[-_LONGEST_KEY:]
        self._now = now
        frame = {
            "id": self.id,
            "object": "response",
            "created_at": now,
            "model": model,
            **_echo(request),
            "previous_response_id": place.previous,
            "store": place.keep is not None,
        }
        self._frame = encode_line(frame)[:-1]

    def in_progress(self) -> bytes:
        """At the beginning of a stream."""
        return self._encode(status="in_progress", output=())

    def ended(self, stop: StopReason, output: Sequence[bytes], usage: Usage | None) -> bytes:
        """Complete, or incomplete where the model was stopped."""
        reason = _INCOMPLETE.get(stop.unified)
        return self._encode(
            status="incomplete" if reason else "completed",
            output=output,
            incomplete_details={"reason": reason} if reason else None,
            completed_at=None if reason else self._now,
            usage=encode_usage(usage) if usage else None,
            **_tool_usage(usage),
        )

    def failed(self, error: ApiError, output: Sequence[bytes]) -> bytes:
        """Broken off."""
        return self._encode(status="failed", output=output, error=encode_failure(error))

    def _encode(self, *, status: str, output: Sequence[bytes], **more: Any) -> bytes:
        state = {
            "status": status,
            "error": None,
            "incomplete_details": None,
            "completed_at": None,
            "usage": None,
            **more,
        }
        return b'%b,"output":[%b],%b' % (
            self._frame,
            b",".join(output),
            msgspec.json.encode(state)[1:],
        )


def is_incomplete(stop: StopReason) -> bool:
    """Whether the model was stopped before it had ended."""
    return stop.unified in _INCOMPLETE


def encode_response_id(response_id: str) -> str:
    """The upstream's id in the form that OpenAI's clients know; a new one where it gave none."""
    if response_id.startswith("resp_"):
        return response_id
    return f"resp_{re.sub(r'[^a-zA-Z0-9_-]', '_', response_id) or secrets.token_hex(24)}"


def encode_usage(usage: Usage) -> Json:
    """OpenAI's counts: what was cached is inside ``input_tokens``, what was thought inside ``output_tokens``."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
    }


def _tool_usage(usage: Usage | None) -> Json:
    if usage is None or not usage.web_searches:
        return {}
    no_image = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    no_image_details = {"input_tokens_details": {"image_tokens": 0, "text_tokens": 0}}
    searches = {"num_requests": usage.web_searches}
    return {"tool_usage": {"image_gen": {**no_image, **no_image_details}, "web_search": searches}}


def _echo(request: Request) -> Json:
    """What the client asked for, as OpenAI repeats it."""
    own = (request.extensions or {}).get(NAME, {})
    reasoning = request.reasoning
    return {
        "background": False,
        "instructions": None,
        "max_output_tokens": request.max_output_tokens,
        "metadata": own.get("metadata", {}),
        "parallel_tool_calls": request.parallel_tools is not False,
        "prompt_cache_key": request.cache_key,
        "reasoning": {
            "effort": reasoning.effort if reasoning else None,
            "summary": reasoning.summary if reasoning else None,
        },
        "safety_identifier": request.user_id,
        "service_tier": request.service_tier or "default",
        "temperature": request.temperature,
        "text": {**own.get("text", {}), "format": _echo_format(request.output_format)},
        "tool_choice": encode_tool_choice(request.tool_choice, request.tools),
        "tools": encode_tools(request.tools),
        "top_p": request.top_p,
        "truncation": own.get("truncation", "disabled"),
    }


def _echo_format(wanted: OutputFormat | None) -> Json:
    if wanted is None:
        return {"type": "text"}
    if wanted.schema is None:
        return {"type": wanted.kind}
    name = wanted.name or "answer"
    return {"type": wanted.kind, "name": name, "schema": wanted.schema, "strict": wanted.strict}
