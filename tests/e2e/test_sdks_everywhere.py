"""The vendors' own Python SDKs through pxbin, each on upstreams of every format: tools with reasoning kept, objects, conversations."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2  # what Google's SDK stands on
import openai
import pytest
import pytest_asyncio
from google import genai
from google.genai import types
from pydantic import BaseModel

from tests.support.model_speech import Call, Turn
from tests.support.scripted_model import MODELS, ScriptedModel, Stage, running_stage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

PROOF = "c2lnbmVkIGJ5IHRoZSB2ZW5kb3I="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CALLS = tuple(Call(f"call_{city}", "weather", {"city": city}) for city in ("Oslo", "Rome"))
FIRST = Turn(thought="Both.", proof=PROOF, text="I look.", calls=CALLS)
SECOND = Turn("Rain in both.")


class Animal(BaseModel):
    """What a picture shows."""

    name: str
    legs: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data")) as stage:
        yield stage


@pytest_asyncio.fixture(params=MODELS, loop_scope="module")
async def model(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[ScriptedModel]:
    async with stage.model(request.param) as model:
        yield model


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def openai_client(stage: Stage) -> AsyncIterator[openai.AsyncOpenAI]:
    base = f"{stage.engine.base_url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=stage.key, max_retries=0) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def anthropic_client(stage: Stage) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        base_url=stage.engine.base_url, api_key=stage.key, max_retries=0
    ) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gemini_client(stage: Stage) -> AsyncIterator[genai.Client]:
    async with httpx2.AsyncClient() as http:
        options = types.HttpOptions(base_url=stage.engine.base_url, httpx_async_client=http)
        yield genai.Client(api_key=stage.key, http_options=options)


def check_round(model: ScriptedModel) -> None:
    """The model got both results, and its reasoning back as it came."""
    assert model.tools(0) == {"weather"}
    results = "".join(model.results(1))
    assert "rain in Oslo" in results
    assert "rain in Rome" in results
    if model.speaks != "openai":
        assert model.proofs(1) == [PROOF]


STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@STREAMED
async def test_openai_responses_keep_reasoning_through_a_tool_round(
    openai_client: openai.AsyncOpenAI, model: ScriptedModel, streamed: bool
) -> None:
    model.script(FIRST, SECOND)
    tool = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
    asked: dict[str, Any] = {
        "model": model.alias,
        "tools": [tool],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "medium", "summary": "auto"},
    }

    async def ask(turns: list[Any]) -> Any:
        if not streamed:
            return await openai_client.responses.create(input=turns, **asked)
        async with openai_client.responses.stream(input=turns, **asked) as stream:
            return await stream.get_final_response()

    turns: list[Any] = [{"role": "user", "content": "The weather?"}]
    first = await ask(turns)
    kinds = [item.type for item in first.output]
    assert kinds[0] == "reasoning"
    assert kinds.count("function_call") == 2
    assert first.output[0].summary[0].text == "Both."
    assert first.output_text == "I look."
    assert (first.usage.input_tokens, first.usage.output_tokens) == (1000, 20)
    turns += first.output
    for item in first.output:
        if item.type == "function_call":
            said = f"rain in {json.loads(item.arguments)['city']}"
            turns.append({"type": "function_call_output", "call_id": item.call_id, "output": said})
    assert (await ask(turns)).output_text == "Rain in both."
    check_round(model)


async def test_openai_responses_parse_an_object(
    openai_client: openai.AsyncOpenAI, model: ScriptedModel
) -> None:
    model.script(Turn('{"name": "cat", "legs": 4}'))
    answer = await openai_client.responses.parse(
        model=model.alias, input="What is it?", text_format=Animal
    )
    assert answer.output_parsed == Animal(name="cat", legs=4)
    assert b'"legs"' in model.asked[0].body


async def test_openai_responses_go_on_from_an_earlier_one(
    openai_client: openai.AsyncOpenAI, model: ScriptedModel
) -> None:
    model.script(Turn("I am Ada."), Turn("Ada, as I said."))
    first = await openai_client.responses.create(model=model.alias, input="Who are you?")
    second = await openai_client.responses.create(
        model=model.alias, input="Again?", previous_response_id=first.id
    )
    assert second.output_text == "Ada, as I said."
    again = model.asked[1]
    if model.speaks == "openai-responses":  # which remembers by itself
        assert again.json["previous_response_id"] == first.id
    else:
        assert b"Who are you?" in again.body
        assert b"I am Ada." in again.body


@STREAMED
async def test_openai_chat_runs_a_tool_round(
    openai_client: openai.AsyncOpenAI, model: ScriptedModel, streamed: bool
) -> None:
    model.script(FIRST, SECOND)
    function = {"name": "weather", "parameters": SCHEMA}
    asked: dict[str, Any] = {
        "model": model.alias,
        "tools": [{"type": "function", "function": function}],
        "reasoning_effort": "medium",
    }

    async def ask(turns: list[Any]) -> Any:
        if not streamed:
            return await openai_client.chat.completions.create(messages=turns, **asked)
        async with openai_client.chat.completions.stream(messages=turns, **asked) as stream:
            return await stream.get_final_completion()

    turns: list[Any] = [{"role": "user", "content": "The weather?"}]
    choice = (await ask(turns)).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "I look."
    turns.append(choice.message.model_dump(exclude_none=True, exclude={"parsed"}))
    for call in choice.message.tool_calls:
        said = f"rain in {json.loads(call.function.arguments)['city']}"
        turns.append({"role": "tool", "tool_call_id": call.id, "content": said})
    answer = await ask(turns)
    assert answer.choices[0].message.content == "Rain in both."
    check_round(model)


@STREAMED
async def test_anthropic_messages_keep_thinking_through_a_tool_round(
    anthropic_client: anthropic.AsyncAnthropic, model: ScriptedModel, streamed: bool
) -> None:
    model.script(FIRST, SECOND)
    asked: dict[str, Any] = {
        "model": model.alias,
        "max_tokens": 8000,
        "tools": [{"name": "weather", "input_schema": SCHEMA}],
        "thinking": {"type": "enabled", "budget_tokens": 2048},
    }

    async def ask(turns: list[Any]) -> Any:
        if not streamed:
            return await anthropic_client.messages.create(messages=turns, **asked)
        async with anthropic_client.messages.stream(messages=turns, **asked) as stream:
            return await stream.get_final_message()

    turns: list[Any] = [{"role": "user", "content": "The weather?"}]
    first = await ask(turns)
    assert first.stop_reason == "tool_use"
    assert "Both." in [block.thinking for block in first.content if block.type == "thinking"]
    assert (first.usage.input_tokens, first.usage.output_tokens) == (1000, 20)
    results = [
        {
            "type": "tool_result",
            "tool_use_id": block.id,
            "content": f"rain in {block.input['city']}",
        }
        for block in first.content
        if block.type == "tool_use"
    ]
    turns += [
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": results},
    ]
    answer = await ask(turns)
    assert answer.content[-1].text == "Rain in both."
    check_round(model)


@STREAMED
async def test_gemini_keeps_thought_signatures_through_a_tool_round(
    gemini_client: genai.Client, model: ScriptedModel, streamed: bool
) -> None:
    model.script(FIRST, SECOND)
    tool = {"name": "weather", "parameters_json_schema": SCHEMA}
    config = {
        "tools": [{"function_declarations": [tool]}],
        "thinking_config": {"include_thoughts": True, "thinking_budget": 2048},
    }

    async def ask(contents: list[Any]) -> list[types.Part]:
        asked: dict[str, Any] = {"model": model.alias, "contents": contents, "config": config}
        if not streamed:
            answer = await gemini_client.aio.models.generate_content(**asked)
            return list(answer.candidates[0].content.parts)
        stream = await gemini_client.aio.models.generate_content_stream(**asked)
        return [part async for chunk in stream for part in chunk.candidates[0].content.parts or ()]

    contents: list[Any] = [{"role": "user", "parts": [{"text": "The weather?"}]}]
    parts = await ask(contents)
    assert "".join(part.text for part in parts if part.thought and part.text) == "Both."
    responses = [
        types.Part.from_function_response(
            name="weather", response={"output": f"rain in {part.function_call.args['city']}"}
        )
        for part in parts
        if part.function_call
    ]
    contents += [
        types.Content(role="model", parts=parts),
        types.Content(role="user", parts=responses),
    ]
    answer = await ask(contents)
    assert "".join(part.text or "" for part in answer) == "Rain in both."
    check_round(model)
