"""Clients that count on the server's memory, as they are by default: the AI SDK's tool loops and OpenAI's SDK."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio

from tests.support.model_speech import Call, Turn
from tests.support.node_clients import run_javascript
from tests.support.scripted_model import Stage, running_stage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

FORMATS = ("openai", "anthropic", "openai-responses", "gemini")
PROOF = "cHJvb2Y="

LOOP = """
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const { base, key, model, streamed } = JSON.parse(process.env.ASKED);
const sent = [];
const openai = createOpenAI({
  baseURL: `${base}/v1`,
  apiKey: key,
  fetch: (url, init) => { sent.push(JSON.parse(init.body)); return fetch(url, init); },
});
const asked = {
  model: openai(model),
  prompt: "How is the weather in Oslo, then in Rome?",
  tools: {
    weather: tool({
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `rain in ${city}`,
    }),
  },
  stopWhen: stepCountIs(5),
  maxRetries: 0,
};
const result = streamed ? streamText({ ...asked, onError: ({ error }) => { throw error } }) : await generateText(asked);
if (streamed) await result.consumeStream();
const text = await result.text;
const references = sent.map(({ input }) => input.filter(({ type }) => type === "item_reference").length);
console.log(JSON.stringify({ text, references, store: sent.map(({ store }) => store ?? null) }));
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data")) as stage:
        yield stage


@pytest.mark.parametrize("streamed", [False, True], ids=["generateText", "streamText"])
@pytest.mark.parametrize("speaks", ["openai", "anthropic", "gemini"])
async def test_a_tool_loop_of_the_ai_sdk_as_it_is_by_default(
    tmp_path: Path, stage: Stage, speaks: str, streamed: bool
) -> None:
    alias = f"gpt-5-{speaks}-{streamed}"  # a name at which the SDK expects reasoning
    async with stage.model(speaks, alias=alias) as model:
        model.script(
            Turn(
                thought="Oslo first.",
                proof=PROOF,
                text="I look.",
                calls=(Call("call_1", "weather", {"city": "Oslo"}),),
            ),
            Turn(
                thought="Now Rome.",
                proof=PROOF,
                calls=(Call("call_2", "weather", {"city": "Rome"}),),
            ),
            Turn("Rain in both."),
        )
        asked = {
            "base": stage.engine.base_url,
            "key": stage.key,
            "model": alias,
            "streamed": streamed,
        }
        ran = await run_javascript(LOOP, folder=tmp_path, environment={"ASKED": json.dumps(asked)})
        assert ran.code == 0, ran
        came = json.loads(ran.out)
        assert came["text"] == "Rain in both."
        # Reasoning and texts; with Gemini also the proof of each call, which is an item of its own.
        assert came["references"] == ([0, 3, 5] if speaks == "gemini" else [0, 2, 3])
        assert came["store"] == [None] * 3

        last = json.dumps(model.bodies[2])
        for said in ("rain in Oslo", "rain in Rome", "I look."):
            assert said in last
        assert model.proofs(2) == ([] if speaks == "openai" else [PROOF, PROOF])
        assert [len(model.results(step)) for step in range(3)] == [0, 1, 2]
        rows = await stage.rows(model, 3)
        assert {row["status_code"] for row in rows} == {200}


@pytest.mark.parametrize("speaks", FORMATS)
async def test_openais_sdk_goes_on_from_the_previous_response(stage: Stage, speaks: str) -> None:
    async with (
        stage.model(speaks) as model,
        openai.AsyncOpenAI(
            base_url=f"{stage.engine.base_url}/v1", api_key=stage.key, max_retries=0
        ) as client,
    ):
        model.script(Turn("Your name is Ann."), Turn("Ann, as I said."))
        first = await client.responses.create(
            model=model.alias, input="I am Ann.", instructions="Be brief."
        )
        async with client.responses.stream(
            model=model.alias, input="My name?", previous_response_id=first.id
        ) as stream:
            second = await stream.get_final_response()
        assert second.output_text == "Ann, as I said."
        if speaks == "openai-responses":  # it has a memory of its own
            assert model.bodies[1]["previous_response_id"] == first.id
            assert model.bodies[1]["input"] == "My name?"
            return

        assert second.previous_response_id == first.id
        asked = json.dumps(model.bodies[1])
        assert "I am Ann." in asked
        assert "Your name is Ann." in asked
        assert "Be brief." not in asked

        again = await client.responses.retrieve(first.id)
        assert again.output_text == "Your name is Ann."
        items = client.responses.input_items.list(second.id, order="asc", limit=2)
        texts = [item.content[0].text async for item in items]  # type: ignore[union-attr]
        assert texts == ["I am Ann.", "Your name is Ann.", "My name?"]
        await client.responses.delete(first.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(first.id)
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(
                model=model.alias, input="And?", previous_response_id=first.id
            )
        assert refused.value.code == "previous_response_not_found"
