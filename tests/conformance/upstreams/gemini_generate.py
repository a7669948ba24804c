"""An upstream that speaks Gemini's generateContent.

Source: ai.google.dev, "Generating content", "Function calling", "Thinking" and "Troubleshooting".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.conformance.case import Asked, Json, Tokens, Turn, data

_STOPS = {
    "end": "STOP",
    "length": "MAX_TOKENS",
    "calls": "STOP",
    "stop_sequence": "STOP",
    "refusal": "SAFETY",
}
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "bad_request": (400, "INVALID_ARGUMENT", "temperature: must be at most 1"),
    "unauthorized": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "forbidden": (403, "PERMISSION_DENIED", "Your key may not use this model."),
    "no_model": (404, "NOT_FOUND", "models/none-of-ours is not found for API version v1beta"),
    "rate_limited": (429, "RESOURCE_EXHAUSTED", "Too many requests."),
    "broken": (500, "INTERNAL", "An internal error has occurred."),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "overflow": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (210000) exceeds the maximum number of tokens allowed (200000).",
    ),
}
_RETRY = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
_BAD_KEY = [
    {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
    }
]
_PATH = re.compile(r"/v1beta/models/(?P<model>.+):(?P<method>\w+)$")


class GeminiUpstream:
    """See ``Upstream``."""

    format = "gemini"

    def wants_stream(self, path: str, body: Json) -> bool:
        """The method in the path says it."""
        del body
        return _parsed(path)["method"] == "streamGenerateContent"

    def model(self, path: str, body: Json) -> str:
        """It stands in the path."""
        del body
        return _parsed(path)["model"]

    def read(self, path: str, body: Json) -> Asked:
        """The fields of a content's request."""
        config = body.get("generationConfig", {})
        functions = [f for tool in body.get("tools", ()) for f in tool["functionDeclarations"]]
        system = body.get("systemInstruction", {}).get("parts", ())
        return Asked(
            model=self.model(path, body),
            stream=self.wants_stream(path, body),
            system="\n\n".join(part["text"] for part in system),
            said=_said(body["contents"]),
            tools={
                function["name"]: (
                    function.get("description", ""),
                    json.dumps(function["parametersJsonSchema"]),
                )
                for function in functions
            },
            choice=_choice(body.get("toolConfig", {}).get("functionCallingConfig", {})),
            max_tokens=config.get("maxOutputTokens"),
            temperature=config.get("temperature"),
            stops=config.get("stopSequences", []),
            thinks=config.get("thinkingConfig", {}).get("includeThoughts", False),
            schema=config.get("responseJsonSchema"),
        )

    def whole(self, turn: Turn) -> Json:
        """An answer."""
        return _chunk([_part(part) for part in turn.parts], turn.stop, turn.tokens)

    def events(self, turn: Turn) -> list[bytes]:
        """A stream; the odd one tells its usage after its finish."""
        chunks = [_chunk([_part(piece)]) for part in turn.parts for piece in _pieces(part)]
        if turn.odd:
            chunks += [_chunk([], turn.stop), _chunk([], None, turn.tokens)]
        else:
            chunks.append(_chunk([], turn.stop, turn.tokens))
        return [data(chunk) for chunk in chunks]

    def error(self, name: str) -> tuple[int, Mapping[str, str], Json]:
        """A ``google.rpc.Status``."""
        code, status, message = _ERRORS[name]
        error: Json = {"code": code, "message": message, "status": status}
        if name == "rate_limited":
            error["details"] = _RETRY
        if name == "unauthorized":
            error["details"] = _BAD_KEY
        return code, {}, {"error": error}

    def error_event(self) -> bytes:
        """As Google's server sends it."""
        return data({"error": {"code": 500, "message": "An error.", "status": "INTERNAL"}})


def _parsed(path: str) -> re.Match[str]:
    found = _PATH.match(path.partition("?")[0])
    assert found, f"no path of Gemini's: {path}"
    return found


def _choice(config: Json) -> str | None:
    names = config.get("allowedFunctionNames")
    mode = config.get("mode")
    return names[0] if names else mode.lower() if mode else None


def _said(contents: list[Json]) -> list[tuple[Any, ...]]:
    said: list[tuple[Any, ...]] = []
    calls: dict[str, Json] = {}
    unnamed: list[Json] = []
    for content in contents:
        role = "assistant" if content["role"] == "model" else "user"
        for part in content["parts"]:
            if "functionCall" in part:
                call = part["functionCall"]
                unnamed.append(call["args"])
                calls[call.get("id", "")] = call["args"]
                said.append(("call", call["name"], call["args"]))
            elif "functionResponse" in part:
                said += _read_result(part["functionResponse"], calls, unnamed)
            elif "inlineData" in part:
                said.append(_media(part["inlineData"]))
            elif part.get("text") and not part.get("thought"):
                said.append((role, part["text"]))
    return said


def _read_result(
    result: Json, calls: dict[str, Json], unnamed: list[Json]
) -> list[tuple[Any, ...]]:
    """Without an id, results answer calls by their order."""
    asked = calls[result["id"]] if result.get("id") else unnamed.pop(0)
    response = result["response"]
    failed = "error" in response
    text = response.get("error", response.get("output", response.get("result")))
    media = [_media(part["inlineData"]) for part in result.get("parts", ())]
    return [("result", asked, text if isinstance(text, str) else json.dumps(text), failed), *media]


def _media(found: Json) -> tuple[Any, ...]:
    kind = "image" if found["mimeType"].startswith("image/") else "document"
    return (kind, found["mimeType"], found["data"])


def _pieces(part: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Gemini tells calls whole, and texts in pieces of some size."""
    if part[0] == "call":
        return [part]
    text = part[1]
    return [(part[0], text[at : at + 8]) for at in range(0, len(text), 8)]


def _part(part: tuple[str, ...]) -> Json:
    match part:
        case ("thinking", text):
            return {"text": text, "thought": True}
        case ("call", call_id, name, arguments):
            return {"functionCall": {"id": call_id, "name": name, "args": json.loads(arguments)}}
    return {"text": part[1]}


def _chunk(parts: list[Json], stop: str | None = None, tokens: Tokens | None = None) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if stop:
        candidate["finishReason"] = _STOPS[stop]
    usage = {"usageMetadata": _usage(tokens)} if tokens else {}
    frame = {"modelVersion": "gemini-2.5-flash", "responseId": "up-1"}
    return {"candidates": [candidate], **usage, **frame}


def _usage(tokens: Tokens) -> Json:
    cached = {"cachedContentTokenCount": tokens.cached} if tokens.cached else {}
    return {
        "promptTokenCount": tokens.prompt,
        "candidatesTokenCount": tokens.output,
        "totalTokenCount": tokens.prompt + tokens.output,
        **cached,
    }
