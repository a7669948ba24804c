"""Checks the body of a request against what ``generateContent`` takes.

Source: the API reference of ``generateContent`` and the refusals that it was seen to answer with.
"""

import re
from typing import Any

import msgspec

FIELDS = {
    "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "cachedContent",
    "serviceTier", "labels",
}  # fmt: skip
CONFIG = {
    "maxOutputTokens", "temperature", "topP", "topK", "seed", "presencePenalty", "frequencyPenalty", "stopSequences",
    "responseMimeType", "responseJsonSchema", "responseSchema", "thinkingConfig", "candidateCount", "responseModalities",
    "mediaResolution", "speechConfig", "imageConfig", "responseLogprobs", "logprobs",
}  # fmt: skip
DATA = {
    "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
    "toolCall", "toolResponse",
}  # fmt: skip
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\Z")


def check_request(body: bytes) -> dict[str, Any]:
    """Assert that Gemini would take this body; gives it back decoded."""
    request: dict[str, Any] = msgspec.json.decode(body)
    assert request.keys() <= FIELDS, f"unknown fields {request.keys() - FIELDS}"
    for part in request.get("systemInstruction", {}).get("parts", ()):
        assert part.keys() == {"text"}, f"{part} is no instruction"
        assert part["text"].strip(), "a blank instruction"
    declared = _check_tools(request)
    _check_contents(request["contents"])
    _check_choice(request, declared)
    _check_config(request.get("generationConfig", {}))
    return request


def _check_contents(contents: list[dict[str, Any]]) -> None:
    assert contents, "no contents"
    role, calls = "model", []
    for content in contents:
        assert content.keys() == {"role", "parts"}, content
        assert content["role"] == ("user" if role == "model" else "model"), "turns do not alternate"
        role = content["role"]
        assert content["parts"], "a turn without parts"
        for part in content["parts"]:
            _check_part(part, role)
        answers = [
            part["functionResponse"] for part in content["parts"] if "functionResponse" in part
        ]
        if role == "user":
            named = [(call.get("id"), call["name"]) for call in calls]
            assert [(answer.get("id"), answer["name"]) for answer in answers] == named
            first = content["parts"][: len(answers)]
            assert all("functionResponse" in part for part in first), "something before the results"
        calls = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
    assert not calls, "a call without a result"


def _check_part(part: dict[str, Any], role: str) -> None:
    kinds = part.keys() & DATA
    assert len(kinds) == 1, f"{part} is of {len(kinds)} kinds"
    kind = kinds.pop()
    if kind == "text":
        assert part["text"].strip() or part.get("thoughtSignature"), "a blank text"
    elif kind == "inlineData":
        assert part[kind].keys() == {"mimeType", "data"}
    elif kind == "fileData":
        assert part[kind]["fileUri"]
    elif kind == "functionCall":
        assert role == "model", "the user calls"
        assert NAME.match(part[kind]["name"])
        assert isinstance(part[kind]["args"], dict), "arguments that are no object"
    elif kind == "functionResponse":
        assert role == "user", "the model answers"
        assert isinstance(part[kind]["response"], dict)
        for inner in part[kind].get("parts", ()):
            assert inner.keys() == {"inlineData"}, f"{inner} in a result"


def _check_tools(request: dict[str, Any]) -> set[str]:
    names: list[str] = []
    own = 0
    for tool in request.get("tools", ()):
        assert tool, "an empty tool"
        own += len(tool.keys() - {"functionDeclarations"})
        for function in tool.get("functionDeclarations", ()):
            assert NAME.match(function["name"]), f"{function['name']} is no name"
            assert not ("parameters" in function and "parametersJsonSchema" in function)
            schema = function.get("parametersJsonSchema", {})
            assert schema.get("type") == "object", f"{function['name']} takes no object"
            names.append(function["name"])
    assert len(names) == len(set(names)), "a name twice"
    if names and own:
        assert request["toolConfig"]["includeServerSideToolInvocations"] is True
    return set(names)


def _check_choice(request: dict[str, Any], declared: set[str]) -> None:
    choice = request.get("toolConfig", {}).get("functionCallingConfig")
    if choice is None:
        return
    assert declared, "a choice without functions"
    assert choice["mode"] in {"AUTO", "ANY", "NONE", "VALIDATED"}
    assert set(choice.get("allowedFunctionNames", ())) <= declared
    assert "allowedFunctionNames" not in choice or choice["mode"] in {"ANY", "VALIDATED"}


def _check_config(config: dict[str, Any]) -> None:
    assert config.keys() <= CONFIG, f"unknown fields {config.keys() - CONFIG}"
    thinking = config.get("thinkingConfig", {})
    assert thinking.keys() <= {"thinkingBudget", "thinkingLevel", "includeThoughts"}
    assert not {"thinkingBudget", "thinkingLevel"} <= thinking.keys(), "a budget and a level"
    assert thinking.get("thinkingLevel") in {None, "MINIMAL", "LOW", "MEDIUM", "HIGH"}
    assert len(config.get("stopSequences", ())) <= 5
    if "responseJsonSchema" in config:
        assert config["responseMimeType"] == "application/json"
