"""A client of Gemini's generateContent, with bodies as Gemini CLI and Google's SDKs send them.

Source: ai.google.dev, "Generating content" and "Function calling"; errors as google.rpc.Status says.
"""

import json
from collections.abc import Mapping

from tests.conformance.case import Error, Json, Seen, Tokens, compact, read_events
from tests.conformance.material import (
    ANSWER_SCHEMA,
    DESCRIPTION,
    HELLO,
    MAX_TOKENS,
    OTHER_SCHEMA,
    OTHER_TOOL,
    PDF,
    PNG,
    SCHEMA,
    STOP,
    SYSTEM,
    TEMPERATURE,
    TOOL,
)
from tests.support.validators import gemini_generate as validator

_CONFIG: Json = {"maxOutputTokens": MAX_TOKENS}
_HELLO: Json = {
    "contents": [{"role": "user", "parts": [{"text": HELLO}]}],
    "generationConfig": _CONFIG,
}
_TOOLS = [
    {
        "functionDeclarations": [
            {"name": TOOL, "description": DESCRIPTION, "parametersJsonSchema": SCHEMA},
            {"name": OTHER_TOOL, "description": "Lists it.", "parametersJsonSchema": OTHER_SCHEMA},
        ]
    }
]


def _says(*contents: Json, **fields: object) -> Json:
    return {**_HELLO, "contents": list(contents), **fields}


def _user(*parts: Json) -> Json:
    return {"role": "user", "parts": list(parts)}


def _model(*parts: Json) -> Json:
    return {"role": "model", "parts": list(parts)}


def _text(text: str) -> Json:
    return {"text": text}


def _call(call_id: str, path: str) -> Json:
    return {"functionCall": {"id": call_id, "name": TOOL, "args": {"path": path}}}


def _result(call_id: str, response: Json) -> Json:
    return {"functionResponse": {"id": call_id, "name": TOOL, "response": response}}


def _choice(mode: str, **fields: object) -> Json:
    config = {"functionCallingConfig": {"mode": mode, **fields}}
    return {**_HELLO, "tools": _TOOLS, "toolConfig": config}


_BODIES: dict[str, Json] = {
    "hello": _HELLO,
    "system": {**_HELLO, "systemInstruction": {"parts": [_text(SYSTEM)]}},
    "turns": _says(_user(_text("One?")), _model(_text("One.")), _user(_text("Two?"))),
    "sampling": {**_HELLO, "generationConfig": {**_CONFIG, "temperature": TEMPERATURE}},
    "stops": {**_HELLO, "generationConfig": {**_CONFIG, "stopSequences": [STOP]}},
    "thinking": {
        **_HELLO,
        "generationConfig": {
            **_CONFIG,
            "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2048},
        },
    },
    "tools": {**_HELLO, "tools": _TOOLS},
    "choice_auto": _choice("AUTO"),
    "choice_any": _choice("ANY"),
    "choice_none": _choice("NONE"),
    "choice_named": _choice("ANY", allowedFunctionNames=[TOOL]),
    "tool_round": _says(
        _user(_text("Read /a.")),
        _model(_text("I read it."), _call("call_A", "/a")),
        _user(_result("call_A", {"output": "content of a"}), _text("Well?")),
        tools=_TOOLS,
    ),
    "parallel_round": _says(
        _user(_text("Read both.")),
        _model(_call("call_A", "/a"), _call("call_B", "/b")),
        _user(
            _result("call_B", {"output": "content of b"}),
            _result("call_A", {"output": "content of a"}),
        ),
        tools=_TOOLS,
    ),
    "failed_result": _says(
        _user(_text("Read /a.")),
        _model(_call("call_A", "/a")),
        _user(_result("call_A", {"error": "no such file"})),
        tools=_TOOLS,
    ),
    "image": _says(
        _user(_text("What is this?"), {"inlineData": {"mimeType": "image/png", "data": PNG}})
    ),
    "document": _says(
        _user(_text("Sum it up."), {"inlineData": {"mimeType": "application/pdf", "data": PDF}})
    ),
    "json_schema": {
        **_HELLO,
        "generationConfig": {
            **_CONFIG,
            "responseMimeType": "application/json",
            "responseJsonSchema": ANSWER_SCHEMA,
        },
    },
    "bad_body": {**_HELLO, "contents": 7},
}


class GeminiClient:
    """See ``Client``."""

    format = "gemini"
    bodies: Mapping[str, Json] = _BODIES
    count_path: str | None = "/v1beta/models/{model}:countTokens"
    stops: Mapping[str, tuple[str, ...]] = {
        "end": ("STOP",),
        "length": ("MAX_TOKENS",),
        "calls": ("STOP",),
        "stop_sequence": ("STOP",),
        "refusal": ("SAFETY", "PROHIBITED_CONTENT", "OTHER"),
    }
    errors: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
        "invalid": ((400,), ("INVALID_ARGUMENT",)),
        "key": ((400, 401, 403), ("INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED")),
        "permission": ((403,), ("PERMISSION_DENIED",)),
        "not_found": ((404,), ("NOT_FOUND",)),
        "rate_limit": ((429,), ("RESOURCE_EXHAUSTED",)),
        "overloaded": ((503,), ("UNAVAILABLE",)),
        "broken": ((500, 502, 503), ("INTERNAL", "UNAVAILABLE")),
        "overflow": ((400,), ("INVALID_ARGUMENT",)),
        "broken_off": ((200, 500, 502, 503), ("INTERNAL", "UNAVAILABLE")),
    }

    def path(self, model: str, *, stream: bool) -> str:
        """The model and the stream stand in the path."""
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/v1beta/models/{model}:{method}"

    def headers(self, key: str) -> dict[str, str]:
        """As Google's SDKs."""
        return {"x-goog-api-key": key}

    def body(self, name: str, model: str, *, stream: bool) -> bytes:
        """All that the path does not say."""
        del model, stream
        return compact(self.bodies[name])

    def read(self, body: bytes, *, stream: bool) -> Seen:
        """The first candidate, of all chunks."""
        if not stream:
            return _read_chunks([json.loads(body)])
        *events, rest = body.replace(b"\r\n", b"\n").split(b"\n\n")
        seen = _read_chunks(read_events(b"\n\n".join(events)))
        if rest.strip().startswith(b"{"):  # an error stands bare at the end of a stream
            seen.error = _error(json.loads(rest), None)
        return seen

    def read_error(self, status: int, headers: Mapping[str, str], body: bytes) -> Error:
        """``{"error": {"code", "message", "status"}}``; when to come back is one of the details."""
        told = json.loads(body)
        assert told["error"]["code"] == status
        return _error(told, headers.get("retry-after"))

    def validate(self, body: bytes, *, stream: bool) -> None:
        """Google's own types take it."""
        if stream:
            validator.check_stream(body)
        else:
            validator.check_response(body)

    def usage(self, tokens: Tokens) -> Json:
        """Cached tokens are a part of ``promptTokenCount``."""
        cached: Json = {"cachedContentTokenCount": tokens.cached}
        return {
            "promptTokenCount": tokens.prompt,
            "candidatesTokenCount": tokens.output,
            "totalTokenCount": tokens.prompt + tokens.output,
            **(cached if tokens.cached else {}),
        }

    def count(self, body: bytes) -> int:
        """``{"totalTokens": n}``."""
        return int(json.loads(body)["totalTokens"])


def _read_chunks(chunks: list[Json]) -> Seen:
    seen = Seen()
    for chunk in chunks:
        if "error" in chunk:
            seen.error = _error(chunk, None)
            break
        seen.model = chunk.get("modelVersion", seen.model)
        seen.usage = chunk.get("usageMetadata") or seen.usage
        for candidate in chunk.get("candidates", ()):
            seen.stop = candidate.get("finishReason") or seen.stop
            for part in candidate.get("content", {}).get("parts", ()):
                _read_part(seen, part)
    return seen


def _read_part(seen: Seen, part: Json) -> None:
    if part.get("thought"):
        seen.thinking += part.get("text", "")
    elif "functionCall" in part:
        seen.calls.append((part["functionCall"]["name"], part["functionCall"].get("args", {})))
    else:
        seen.text += part.get("text", "")


def _error(told: Json, retry_after: str | None) -> Error:
    error = told["error"]
    for detail in error.get("details", ()):
        if "retryDelay" in detail:
            retry_after = detail["retryDelay"].removesuffix("s")
    return Error(error["code"], error["status"], error["message"], retry_after)
