"""One small body per dialect for each thing that a client can ask; what a dialect cannot say is not there."""

from typing import Any

Json = dict[str, Any]
A, C, R, G = "anthropic_messages", "openai_chat", "openai_responses", "gemini_generate"

PNG = "iVBORw0KGgo="
URL = "https://a.example/cat.png"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}  # fmt: skip
MARK = {"type": "ephemeral"}

BASES: dict[str, Json] = {
    A: {"max_tokens": 1000, "messages": [{"role": "user", "content": "Hi"}]},
    C: {"messages": [{"role": "user", "content": "Hi"}]},
    R: {"input": [{"role": "user", "content": "Hi"}]},
    G: {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
}

TOOLS: dict[str, Json] = {
    A: {"tools": [{"name": "get", "description": "Gets.", "input_schema": SCHEMA}]},
    C: {"tools": [{"type": "function", "function": {"name": "get", "description": "Gets.", "parameters": SCHEMA}}]},
    R: {"tools": [{"type": "function", "name": "get", "description": "Gets.", "parameters": SCHEMA}]},
    G: {"tools": [{"functionDeclarations": [{"name": "get", "description": "Gets.", "parametersJsonSchema": SCHEMA}]}]},
}  # fmt: skip


def _turn(dialect: str, *parts: Any) -> Json:
    """A user's turn of these parts, after its text."""
    match dialect:
        case "anthropic_messages":
            content = [{"type": "text", "text": "Hi"}, *parts]
            return {"messages": [{"role": "user", "content": content}]}
        case "openai_chat":
            content = [{"type": "text", "text": "Hi"}, *parts]
            return {"messages": [{"role": "user", "content": content}]}
        case "openai_responses":
            content = [{"type": "input_text", "text": "Hi"}, *parts]
            return {"input": [{"role": "user", "content": content}]}
        case _:
            return {"contents": [{"role": "user", "parts": [{"text": "Hi"}, *parts]}]}


def _turns(**parts: Any) -> dict[str, Json]:
    names = {"a": A, "c": C, "r": R, "g": G}
    return {names[key]: _turn(names[key], part) for key, part in parts.items()}


def _rounds(calls: int = 1, *, results: Any = None, failed: bool = False) -> dict[str, Json]:
    """A conversation in which the model called tools and was answered."""
    ids = [f"call_{number}" for number in range(1, calls + 1)]
    content: dict[str, Any] = results or {
        A: "Sunny.",
        C: "Sunny.",
        R: "Sunny.",
        G: {"output": "Sunny."},
    }
    error = {"is_error": True} if failed else {}
    built = {
        A: {"messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": i, "name": "get", "input": {"city": "Bern"}} for i in ids]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": i, "content": content[A], **error} for i in ids]} if A in content else {},
        ]},
        C: {"messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": i, "type": "function", "function": {"name": "get", "arguments": '{"city":"Bern"}'}} for i in ids]},
            *({"role": "tool", "tool_call_id": i, "content": content.get(C)} for i in ids),
        ]},
        R: {"input": [
            {"role": "user", "content": "Hi"},
            *({"type": "function_call", "call_id": i, "name": "get", "arguments": '{"city":"Bern"}'} for i in ids),
            *({"type": "function_call_output", "call_id": i, "output": content.get(R)} for i in ids),
        ]},
        G: {"contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"functionCall": {"id": i, "name": "get", "args": {"city": "Bern"}}} for i in ids]},
            {"role": "user", "parts": [{"functionResponse": {"id": i, "name": "get", "response": content.get(G)}} for i in ids]},
        ]},
    }  # fmt: skip
    return {
        dialect: {**TOOLS[dialect], **body} for dialect, body in built.items() if dialect in content
    }


def _thought(**parts: Any) -> dict[str, Json]:
    """A conversation in which the model thought before it answered."""
    after = {"role": "user", "content": "And?"}
    names = {"a": A, "c": C, "r": R, "g": G}
    made: dict[str, Json] = {}
    for key, part in parts.items():
        match key:
            case "a":
                turn = {"role": "assistant", "content": [part, {"type": "text", "text": "Yes."}]}
                made[A] = {"messages": [{"role": "user", "content": "Hi"}, turn, after]}
            case "c":
                turn = {"role": "assistant", "content": "Yes.", **part}
                made[C] = {"messages": [{"role": "user", "content": "Hi"}, turn, after]}
            case "r":
                said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}  # fmt: skip
                made[R] = {"input": [{"role": "user", "content": "Hi"}, part, said, after]}
            case _:
                made[names[key]] = {"contents": [
                    {"role": "user", "parts": [{"text": "Hi"}]},
                    {"role": "model", "parts": [part, {"text": "Yes."}]},
                    {"role": "user", "parts": [{"text": "And?"}]},
                ]}  # fmt: skip
    return made


def _config(**fields: Any) -> Json:
    return {"generationConfig": fields}


def _choice(a: Json, c: Any, g: Json) -> dict[str, Json]:
    r = {"type": "function", "name": "get"} if isinstance(c, dict) else c
    added = {A: {"tool_choice": a}, C: {"tool_choice": c}, R: {"tool_choice": r}, G: {"toolConfig": {"functionCallingConfig": g}}}  # fmt: skip
    return {dialect: {**TOOLS[dialect], **fields} for dialect, fields in added.items()}


PROBES: dict[str, dict[str, Json]] = {
    "system text": {A: {"system": "Be brief."}, C: {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]}, R: {"instructions": "Be brief."}, G: {"systemInstruction": {"parts": [{"text": "Be brief."}]}}},
    "system text in the middle": {
        A: {"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."}]},
        C: {"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."}]},
        R: {"input": [{"role": "user", "content": "Hi"}, {"role": "developer", "content": "Be brief."}]},
    },
    "image, its bytes": _turns(a={"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}, c={"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}, r={"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}, g={"inlineData": {"mimeType": "image/png", "data": PNG}}),
    "image, its address": _turns(a={"type": "image", "source": {"type": "url", "url": URL}}, c={"type": "image_url", "image_url": {"url": URL}}, r={"type": "input_image", "image_url": URL, "detail": "auto"}, g={"fileData": {"mimeType": "image/png", "fileUri": URL}}),
    "image, how closely to look": _turns(c={"type": "image_url", "image_url": {"url": URL, "detail": "high"}}, r={"type": "input_image", "image_url": URL, "detail": "high"}),
    "image, an uploaded file": _turns(a={"type": "image", "source": {"type": "file", "file_id": "file_1"}}, r={"type": "input_image", "file_id": "file_1", "detail": "auto"}),
    "document, its bytes": _turns(a={"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}, c={"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}, r={"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}, g={"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}}),
    "document, its address": _turns(a={"type": "document", "source": {"type": "url", "url": "https://a.example/a.pdf"}}, r={"type": "input_file", "file_url": "https://a.example/a.pdf"}, g={"fileData": {"mimeType": "application/pdf", "fileUri": "https://a.example/a.pdf"}}),
    "document, plain text": _turns(a={"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hello."}, "title": "A"}),
    "sound": _turns(c={"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}, g={"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}),
    "video": _turns(g={"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}),
    "thinking without a proof": _thought(c={"reasoning_content": "Hm."}, g={"text": "Hm.", "thought": True}, r={"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}),
    "thinking that its vendor signed": _thought(a={"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}, r={"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "gAAA"}, g={"text": "Hm.", "thought": True, "thoughtSignature": "c2ln"}),
    "thinking that is encrypted": _thought(a={"type": "redacted_thinking", "data": "EqQB"}, r={"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}),
    "tools": TOOLS,
    "a strict tool": {A: {"tools": [{**TOOLS[A]["tools"][0], "strict": True}]}, C: {"tools": [{"type": "function", "function": {**TOOLS[C]["tools"][0]["function"], "strict": True}}]}, R: {"tools": [{**TOOLS[R]["tools"][0], "strict": True}]}},
    "a tool that takes a text": {C: {"tools": [{"type": "custom", "custom": {"name": "patch", "description": "Patches."}}]}, R: {"tools": [{"type": "custom", "name": "patch", "description": "Patches."}]}},
    "a tool call and its result": _rounds(),
    "parallel tool calls": _rounds(2),
    "a result that is an error": {A: _rounds(failed=True)[A]},
    "a result with a picture": _rounds(results={A: [{"type": "text", "text": "Look."}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}], R: [{"type": "input_text", "text": "Look."}, {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}]}),
    "web search": {A: {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, C: {"web_search_options": {}}, R: {"tools": [{"type": "web_search"}]}, G: {"tools": [{"googleSearch": {}}]}},
    "code run by the vendor": {A: {"tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}, R: {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}, G: {"tools": [{"codeExecution": {}}]}},
    "choice of tool: auto": _choice({"type": "auto"}, "auto", {"mode": "AUTO"}),
    "choice of tool: any": _choice({"type": "any"}, "required", {"mode": "ANY"}),
    "choice of tool: none": _choice({"type": "none"}, "none", {"mode": "NONE"}),
    "choice of tool: this one": _choice({"type": "tool", "name": "get"}, {"type": "function", "function": {"name": "get"}}, {"mode": "ANY", "allowedFunctionNames": ["get"]}),
    "no parallel calls": {A: {**TOOLS[A], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, C: {**TOOLS[C], "parallel_tool_calls": False}, R: {**TOOLS[R], "parallel_tool_calls": False}},
    "most tokens of the answer": {A: {"max_tokens": 2000}, C: {"max_completion_tokens": 2000}, R: {"max_output_tokens": 2000}, G: _config(maxOutputTokens=2000)},
    "temperature": {A: {"temperature": 0.5}, C: {"temperature": 0.5}, R: {"temperature": 0.5}, G: _config(temperature=0.5)},
    "top_p": {A: {"top_p": 0.5}, C: {"top_p": 0.5}, R: {"top_p": 0.5}, G: _config(topP=0.5)},
    "top_k": {A: {"top_k": 5}, G: _config(topK=5)},
    "seed": {C: {"seed": 5}, G: _config(seed=5)},
    "presence penalty": {C: {"presence_penalty": 0.5}, G: _config(presencePenalty=0.5)},
    "frequency penalty": {C: {"frequency_penalty": 0.5}, G: _config(frequencyPenalty=0.5)},
    "several answers": {C: {"n": 2}, G: _config(candidateCount=2)},
    "log probabilities": {C: {"logprobs": True, "top_logprobs": 2}, R: {"top_logprobs": 2}, G: _config(responseLogprobs=True, logprobs=2)},
    "logit bias": {C: {"logit_bias": {"5": 1}}},
    "stop sequences": {A: {"stop_sequences": ["END"]}, C: {"stop": ["END"]}, G: _config(stopSequences=["END"])},
    "effort": {A: {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}, C: {"reasoning_effort": "high"}, R: {"reasoning": {"effort": "high"}}, G: _config(thinkingConfig={"thinkingLevel": "high"})},
    "budget for thinking": {A: {"max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 4000}}, G: _config(thinkingConfig={"thinkingBudget": 4000})},
    "JSON object": {C: {"response_format": {"type": "json_object"}}, R: {"text": {"format": {"type": "json_object"}}}, G: _config(responseMimeType="application/json")},
    "JSON of a schema": {A: {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}, C: {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}}, R: {"text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}}}, G: _config(responseMimeType="application/json", responseJsonSchema=SCHEMA)},
    "end user's id": {A: {"metadata": {"user_id": "u1"}}, C: {"user": "u1"}, R: {"safety_identifier": "u1"}},
    "cache key": {C: {"prompt_cache_key": "k"}, R: {"prompt_cache_key": "k"}},
    "mark of what to cache": {A: {"system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}]}},
    "service tier": {A: {"service_tier": "standard_only"}, C: {"service_tier": "flex"}, R: {"service_tier": "flex"}, G: {"serviceTier": "flex"}},
    "metadata": {C: {"metadata": {"a": "b"}}, R: {"metadata": {"a": "b"}}, G: {"labels": {"a": "b"}}},
    "how long to write": {C: {"verbosity": "low"}, R: {"text": {"verbosity": "low"}}},
    "earlier answer by its id": {R: {"previous_response_id": "resp_1"}},
    "safety settings": {G: {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]}},
    "cached content": {G: {"cachedContent": "cachedContents/a"}},
    "pictures and sound as answer": {C: {"modalities": ["text", "audio"], "audio": {"voice": "a", "format": "wav"}}, G: _config(responseModalities=["TEXT", "IMAGE"])},
}  # fmt: skip
"""Feature -> dialect -> what the body has of it, beside the base."""

CONTEXTS = {
    "a strict tool": TOOLS,
    "choice of tool: auto": TOOLS,
    "choice of tool: any": TOOLS,
    "choice of tool: none": TOOLS,
    "choice of tool: this one": TOOLS,
    "no parallel calls": TOOLS,
    "a tool call and its result": TOOLS,
    "a result that is an error": _rounds(),
    "a result with a picture": _rounds(),
    "parallel tool calls": _rounds(),
    "image, how closely to look": _turns(c={"type": "image_url", "image_url": {"url": URL}}, r={"type": "input_image", "image_url": URL, "detail": "auto"}),
    "mark of what to cache": {A: {"system": [{"type": "text", "text": "Be brief."}]}},
}  # fmt: skip
"""What the body has without the feature, where that is more than the base: the difference is what counts."""
