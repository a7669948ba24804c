"""A client's request of the Responses API -> the canonical request.

What points to something that only OpenAI stores (``conversation``, ``prompt``), or that is not remembered here any more
(``previous_response_id``), is refused with a word on how to do without: guessing would answer another question than the one
that was asked. What is remembered was put in its place before (``references``).
"""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError, UnknownReference
from pxbin_engine.protocol.dialects.openai_responses import wire
from pxbin_engine.protocol.dialects.openai_responses.asked_items import decode_items
from pxbin_engine.protocol.dialects.openai_responses.compaction import ask_for_summary
from pxbin_engine.protocol.dialects.openai_responses.references import unknown_response
from pxbin_engine.protocol.dialects.openai_responses.tools import decode_tool_choice, decode_tools
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.effort import EFFORTS
from pxbin_engine.protocol.json_patch import read_members
from pxbin_engine.protocol.request import OutputFormat, Part, Reasoning, Request, Text

Json = dict[str, Any]

_STORED = {
    "conversation": "this upstream keeps no conversations; send the whole conversation in `input`, or go on by "
    "`previous_response_id`",
    "prompt": "a prompt that is stored at OpenAI cannot be read here; send its text in `instructions`",
}
_CODEX_EFFORTS = {"ultra": "max"}
"""Levels that only Codex offers, and what they are to anybody else."""

_ALWAYS_INCLUDED = ("reasoning.encrypted_content", "web_search_call.action.sources")
_READ = frozenset(wire.Request.__struct_encode_fields__)


def decode_request(body: bytes) -> Request:
    """A client's body of ``POST /v1/responses``. Raises ``ProtocolError`` with a text that names the field."""
    try:
        asked = wire.request_decoder.decode(body)
        members = read_members(body)
        return _decode(asked, members)
    except wire.UNREADABLE as error:
        raise ProtocolError(f"The request body is not a request for a response: {error}") from error


def _decode(asked: wire.Request, members: dict[str, Raw]) -> Request:
    _refuse_stored(asked)
    if asked.input is None:
        raise ProtocolError("input: the field is missing")
    said = decode_items(asked.input)
    instructions: tuple[Part, ...] = (Text(asked.instructions),) if asked.instructions else ()
    tools = decode_tools(asked.tools or (), said.tools)
    tool_choice, tools = decode_tool_choice(asked.tool_choice, tools)
    extensions = _decode_extensions(members)
    request = Request(
        model=asked.model,
        messages=said.messages,
        system=instructions + said.system,
        tools=tools,
        tool_choice=tool_choice,
        parallel_tools=asked.parallel_tool_calls,
        stream=bool(asked.stream),
        max_output_tokens=asked.max_output_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        reasoning=_decode_reasoning(asked.reasoning),
        output_format=_decode_format(asked.text),
        user_id=asked.safety_identifier or asked.user,
        cache_key=asked.prompt_cache_key,
        service_tier=asked.service_tier,
        extensions={NAME: extensions} if extensions else None,
    )
    return ask_for_summary(request) if said.wants_compaction else request


def _refuse_stored(asked: wire.Request) -> None:
    if asked.previous_response_id:
        raise unknown_response(asked.previous_response_id)
    for name, reason in _STORED.items():
        if getattr(asked, name):
            raise UnknownReference(f"{name}: {reason}", param=name)
    if asked.background:
        reason = "this upstream cannot answer in the background; send the request without it"
        raise ProtocolError(f"background: {reason}")


def _decode_reasoning(asked: wire.Effort | None) -> Reasoning | None:
    if asked is None:
        return None
    summary = asked.summary or asked.generate_summary
    if asked.effort is None:
        return Reasoning(summary=summary) if summary else None
    wish = _CODEX_EFFORTS.get(asked.effort, asked.effort)
    effort = next((level for level in EFFORTS if level == wish), None)
    if effort is None:
        known = ", ".join(EFFORTS)
        raise ProtocolError(f"reasoning.effort: expected one of {known}, not {asked.effort!r}")
    return Reasoning(enabled=effort != "none", effort=effort, summary=summary)


def _decode_format(asked: wire.TextOptions | None) -> OutputFormat | None:
    wanted = asked.format if asked else None
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return OutputFormat("json_object")
    if wanted.type != "json_schema" or not bytes(wanted.schema):
        raise ProtocolError(
            "text.format: expected text, json_object, or json_schema with its schema"
        )
    return OutputFormat("json_schema", wanted.name, wanted.schema, wanted.strict)


def _decode_extensions(members: dict[str, Raw]) -> Json:
    """What the canonical request has no slot for; not what is so anyway, at every upstream."""
    own = {name: msgspec.json.decode(raw) for name, raw in members.items() if name not in _READ}
    if "text" in members:
        own["text"] = _rest(members["text"], "format")
    if "reasoning" in members:
        own["reasoning"] = _rest(members["reasoning"], "effort", "summary", "generate_summary")
    if isinstance(own.get("include"), list):
        own["include"] = [name for name in own["include"] if name not in _ALWAYS_INCLUDED]
    if isinstance(own.get("stream_options"), dict):
        own["stream_options"].pop("include_obfuscation", None)  # nothing here is padded
    if own.get("truncation") == "disabled":
        del own["truncation"]
    return {name: value for name, value in own.items() if value not in (None, False, {}, [])}


def _rest(member: Raw, *read: str) -> Json:
    fields = msgspec.json.decode(member, type=dict[str, Any] | None) or {}
    return {name: value for name, value in fields.items() if name not in read}
