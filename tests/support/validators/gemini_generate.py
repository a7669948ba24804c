"""Checks answers of ``generateContent`` as Google's own SDKs would read them: shape, order, nothing after the end."""

import base64
import json
from typing import Any

from google.genai import types

_DATA_FIELDS = {
    "codeExecutionResult",
    "executableCode",
    "fileData",
    "functionCall",
    "inlineData",
    "text",
    "toolCall",
    "toolResponse",
}
_FINISHES = {reason.value for reason in types.FinishReason}


def check_response(body: bytes) -> dict[str, Any]:
    """Assert that a client takes the whole answer; returns it decoded."""
    answer: dict[str, Any] = json.loads(body)
    candidate = _check_chunk(answer)
    assert candidate["finishReason"] in _FINISHES
    _check_usage(answer)
    return answer


def split_stream(stream: bytes) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The chunks, as Google's SDKs for Python, JavaScript and Go all find them, and the error at the end."""
    *events, rest = stream.split(b"\n\n")
    chunks = []
    for event in events:
        if event.strip():
            assert event.startswith(b"data: "), f"no SDK reads {event[:80]!r}"
            assert b"\n" not in event
            chunks.append(json.loads(event.removeprefix(b"data: ")))
    if not rest.strip():
        return chunks, None
    failed = json.loads(rest)
    check_error(failed)
    return chunks, failed


def check_error(body: dict[str, Any]) -> None:
    """Assert that the object is a ``google.rpc.Status`` in its envelope."""
    assert body.keys() == {"error"}
    status = body["error"]
    assert 400 <= status["code"] < 600
    assert isinstance(status["message"], str)
    assert status["message"]
    assert status["status"].isupper()
    for detail in status.get("details", ()):
        assert detail["@type"].startswith("type.googleapis.com/google.rpc.")


def check_stream(stream: bytes) -> dict[str, Any]:
    """The whole answer that the stream tells, or its error. Fails where a client could stumble."""
    chunks, failed = split_stream(stream)
    parts: list[dict[str, Any]] = []
    for position, chunk in enumerate(chunks):
        candidate = _check_chunk(chunk)
        parts += candidate["content"]["parts"]
        is_last = position == len(chunks) - 1 and failed is None
        assert ("finishReason" in candidate) == is_last, "the finish stands in the last chunk alone"
        assert (chunk["responseId"], chunk["modelVersion"]) == (
            chunks[0]["responseId"],
            chunks[0]["modelVersion"],
        )
    if failed is not None:
        return failed
    assert chunks, "an empty stream"
    last = chunks[-1]
    _check_usage(last)
    candidate = last["candidates"][0]
    assert candidate["finishReason"] in _FINISHES
    _check_call_ids(parts)
    return {**last, "candidates": [{**candidate, "content": {"role": "model", "parts": parts}}]}


def _check_chunk(chunk: dict[str, Any]) -> dict[str, Any]:
    """Google's own types refuse a field that they do not know."""
    types.GenerateContentResponse.model_validate_json(json.dumps(chunk))
    assert isinstance(chunk["responseId"], str)
    assert isinstance(chunk["modelVersion"], str)
    candidate: dict[str, Any]
    (candidate,) = chunk["candidates"]
    assert candidate["index"] == 0
    assert candidate["content"]["role"] == "model"
    for part in candidate["content"].get("parts", ()):
        _check_part(part)
    _check_call_ids(candidate["content"].get("parts", ()))
    _check_grounding(candidate.get("groundingMetadata", {}))
    return candidate


def _check_part(part: dict[str, Any]) -> None:
    assert len(part.keys() & _DATA_FIELDS) == 1, f"{part} has not one kind of data"
    if (call := part.get("functionCall")) is not None:
        assert call["name"]
        assert call["id"]
        assert isinstance(call["args"], dict)
    if (signature := part.get("thoughtSignature")) is not None:
        assert signature
        base64.b64decode(signature, validate=True)


def _check_call_ids(parts: Any) -> None:
    ids = [part["functionCall"]["id"] for part in parts if "functionCall" in part]
    assert len(ids) == len(set(ids)), "two calls of one id"


def _check_grounding(metadata: dict[str, Any]) -> None:
    pages = len(metadata.get("groundingChunks", ()))
    for support in metadata.get("groundingSupports", ()):
        assert all(0 <= index < pages for index in support["groundingChunkIndices"])
        segment = support["segment"]
        length = segment["endIndex"] - segment["startIndex"]
        assert length == len(segment["text"].encode())


def _check_usage(chunk: dict[str, Any]) -> None:
    usage = chunk.get("usageMetadata")
    if usage is None:
        return
    thoughts = usage.get("thoughtsTokenCount", 0)
    written = usage["candidatesTokenCount"] + thoughts
    assert usage["candidatesTokenCount"] >= 0
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + written
    assert usage.get("cachedContentTokenCount", 0) <= usage["promptTokenCount"]
