"""One small whole answer per upstream dialect for each thing that a model or its vendor can say."""

from typing import Any

from tests.carriage.request_probes import PNG, URL, A, C, G, Json, R


def _message(*blocks: Json, **fields: Any) -> Json:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": list(blocks), "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 4}, **fields}  # fmt: skip


def _completion(finish: str = "stop", usage: Json | None = None, **message: Any) -> Json:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": "Yes.", **message}}  # fmt: skip
    used = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, **(usage or {})}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": used}  # fmt: skip


def _response(*items: Json, **fields: Any) -> Json:
    used = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    return {"id": "resp_1", "object": "response", "created_at": 0, "model": "m", "status": "completed", "output": list(items), "usage": used, **fields}  # fmt: skip


def _content(
    *parts: Json, finish: str = "STOP", usage: Json | None = None, **candidate: Any
) -> Json:
    used = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7, **(usage or {})}
    told = {"index": 0, "content": {"role": "model", "parts": list(parts)}, "finishReason": finish, **candidate}  # fmt: skip
    return {"candidates": [told], "usageMetadata": used, "modelVersion": "m", "responseId": "1"}


TEXT = {"type": "text", "text": "Yes."}
SAID: Json = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Yes.", "annotations": []}]}  # fmt: skip
PART = {"text": "Yes."}

BASE_ANSWERS: dict[str, Json] = {A: _message(TEXT), C: _completion(), R: _response(SAID), G: _content(PART)}  # fmt: skip


def _calls(number: int) -> dict[str, Json]:
    ids = [f"call_{i}" for i in range(number)]
    return {
        A: _message(*({"type": "tool_use", "id": i, "name": "get", "input": {"a": 1}} for i in ids), stop_reason="tool_use"),
        C: _completion("tool_calls", content=None, tool_calls=[{"id": i, "type": "function", "function": {"name": "get", "arguments": '{"a":1}'}} for i in ids]),
        R: _response(*({"id": f"fc_{i}", "type": "function_call", "status": "completed", "call_id": i, "name": "get", "arguments": '{"a":1}'} for i in ids)),
        G: _content(*({"functionCall": {"id": i, "name": "get", "args": {"a": 1}}} for i in ids)),
    }  # fmt: skip


_CITED = {"url": "https://a.example", "title": "A"}
_CITED_AT = {"type": "url_citation", "start_index": 0, "end_index": 4, **_CITED}

ANSWERS: dict[str, dict[str, Json]] = {
    "text": {A: _message({"type": "text", "text": "No."}), C: _completion(content="No."), R: _response({**SAID, "content": [{"type": "output_text", "text": "No.", "annotations": []}]}), G: _content({"text": "No."})},
    "thinking without a proof": {C: _completion(reasoning_content="Hm."), R: _response({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}, SAID), G: _content({"text": "Hm.", "thought": True}, PART)},
    "thinking that its vendor signed": {A: _message({"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}, TEXT), C: _completion(reasoning_details=[{"type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0}]), R: _response({"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "gAAA"}, SAID), G: _content({"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"}, PART)},
    "thinking that is encrypted": {A: _message({"type": "redacted_thinking", "data": "EqQB"}, TEXT), R: _response({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}, SAID)},
    "a proof of a call": {G: _content({"functionCall": {"id": "c", "name": "get", "args": {}}, "thoughtSignature": "c2ln"})},
    "a tool call": _calls(1),
    "parallel tool calls": _calls(2),
    "citations": {A: _message({**TEXT, "citations": [{"type": "web_search_result_location", "cited_text": "A.", "encrypted_index": "x", **_CITED}]}), C: _completion(annotations=[{"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 4, **_CITED}}]), R: _response({**SAID, "content": [{"type": "output_text", "text": "Yes.", "annotations": [_CITED_AT]}]}), G: _content(PART, groundingMetadata={"groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}], "groundingSupports": [{"segment": {"startIndex": 0, "endIndex": 4, "text": "Yes."}, "groundingChunkIndices": [0]}]})},
    "a search of the web": {A: _message({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "cats"}}, {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result", "encrypted_content": "x", "page_age": None, **_CITED}]}, TEXT), R: _response({"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "cats", "sources": [{"type": "url", "url": "https://a.example"}]}}, SAID), G: _content(PART, groundingMetadata={"webSearchQueries": ["cats"], "groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}]})},
    "a picture": {C: _completion(images=[{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]), R: _response({"id": "ig_1", "type": "image_generation_call", "status": "completed", "result": PNG}, SAID), G: _content(PART, {"inlineData": {"mimeType": "image/png", "data": PNG}})},
    "a picture's address": {C: _completion(images=[{"type": "image_url", "image_url": {"url": URL}}])},
    "code that the vendor ran": {A: _message({"type": "server_tool_use", "id": "s", "name": "code_execution", "input": {"code": "1"}}, TEXT), R: _response({"id": "ci_1", "type": "code_interpreter_call", "status": "completed", "code": "1", "container_id": "c", "outputs": []}, SAID), G: _content({"executableCode": {"language": "PYTHON", "code": "1"}}, PART)},
    "a refusal": {A: _message({"type": "text", "text": "I cannot."}, stop_reason="refusal"), C: _completion(content=None, refusal="I cannot."), R: _response({**SAID, "content": [{"type": "refusal", "refusal": "I cannot."}]}), G: _content(finish="SAFETY")},
    "stop: most tokens": {A: _message(TEXT, stop_reason="max_tokens"), C: _completion("length"), R: _response(SAID, status="incomplete", incomplete_details={"reason": "max_output_tokens"}), G: _content(PART, finish="MAX_TOKENS")},
    "stop: a stop sequence, and which": {A: _message(TEXT, stop_reason="stop_sequence", stop_sequence="END"), C: {**_completion(), "choices": [{**_completion()["choices"][0], "stop_reason": "END"}]}},
    "stop: content filter": {C: _completion("content_filter"), R: _response(SAID, status="incomplete", incomplete_details={"reason": "content_filter"}), G: _content(PART, finish="RECITATION")},
    "stop: pause": {A: _message(TEXT, stop_reason="pause_turn")},
    "stop: context is full": {A: _message(TEXT, stop_reason="model_context_window_exceeded")},
    "tokens: input, output": {A: _message(TEXT, usage={"input_tokens": 5, "output_tokens": 6}), C: _completion(usage={"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11}), R: _response(SAID, usage={"input_tokens": 5, "output_tokens": 6, "total_tokens": 11}), G: _content(PART, usage={"promptTokenCount": 5, "candidatesTokenCount": 6, "totalTokenCount": 11})},
    "tokens: read from a cache": {A: _message(TEXT, usage={"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 2}), C: _completion(usage={"prompt_tokens": 5, "total_tokens": 9, "prompt_tokens_details": {"cached_tokens": 2}}), R: _response(SAID, usage={"input_tokens": 5, "output_tokens": 4, "total_tokens": 9, "input_tokens_details": {"cached_tokens": 2}}), G: _content(PART, usage={"promptTokenCount": 5, "totalTokenCount": 9, "cachedContentTokenCount": 2})},
    "tokens: written to a cache": {A: _message(TEXT, usage={"input_tokens": 3, "output_tokens": 4, "cache_creation_input_tokens": 2}), C: _completion(usage={"prompt_tokens": 5, "total_tokens": 9, "prompt_tokens_details": {"cache_write_tokens": 2}})},
    "tokens: written for an hour": {A: _message(TEXT, usage={"input_tokens": 3, "output_tokens": 4, "cache_creation_input_tokens": 2, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 2}})},
    "tokens: thinking": {C: _completion(usage={"completion_tokens_details": {"reasoning_tokens": 2}}), R: _response(SAID, usage={"input_tokens": 3, "output_tokens": 4, "total_tokens": 7, "output_tokens_details": {"reasoning_tokens": 2}}), G: _content(PART, usage={"candidatesTokenCount": 2, "thoughtsTokenCount": 2})},
    "searches that were made": {A: _message(TEXT, usage={"input_tokens": 3, "output_tokens": 4, "server_tool_use": {"web_search_requests": 2}})},
    "id of the answer": {A: _message(TEXT, id="msg_2"), C: {**_completion(), "id": "chatcmpl-2"}, R: _response(SAID, id="resp_2"), G: {**_content(PART), "responseId": "2"}},
}  # fmt: skip
"""Feature -> the upstream's dialect -> an answer that has it; what differs from the base is what counts."""
