"""The Vercel AI SDK by each of its providers, through pxbin to upstreams of every format; the program is ``ai_sdk.mjs``."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.model_speech import Call, Turn
from tests.support.node_clients import run_javascript
from tests.support.scripted_model import MODELS, ScriptedModel, Stage, running_stage

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

PROGRAM = Path(__file__).with_name("ai_sdk.mjs")
PROOF = "c2lnbmVkIGJ5IHRoZSB2ZW5kb3I="
CITIES = ("Oslo", "Rome")
PROVIDERS = {
    "anthropic": True,
    "openai responses": True,
    "google": True,
    "openai chat": False,
    "openai-compatible": False,
}
"""Whether a provider gives reasoning back as it came."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("data")) as stage:
        yield stage


def script(model: ScriptedModel) -> None:
    """Two loops of two calls in one turn and an answer, then an object."""
    calls = tuple(Call(f"call_{city}", "weather", {"city": city}) for city in CITIES)
    for _ in ("whole", "streamed"):
        model.script(Turn(thought="Both.", proof=PROOF, calls=calls), Turn("Rain in both."))
    model.script(Turn('{"animal": "cat"}'))


def check_loop(told: dict[str, Any], provider: str) -> None:
    assert told["text"] == "Rain in both."
    assert told["results"] == [f"rain in {city}" for city in CITIES]
    assert told["usage"] == [[1000, 20], [1000, 20]]
    assert told["finish"] == "stop"
    if provider != "openai chat":  # which knows no reasoning
        assert told["reasoning"] == "Both."


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_loops_of_tools_reasoning_objects_and_pictures(
    tmp_path: Path, stage: Stage, provider: str
) -> None:
    async with AsyncExitStack() as models:
        places = [await models.enter_async_context(stage.model(speaks)) for speaks in MODELS]
        for model in places:
            script(model)
        asked = {
            "base": stage.engine.base_url,
            "key": stage.key,
            "provider": provider,
            "models": [model.alias for model in places],
        }
        ran = await run_javascript(
            PROGRAM.read_text(), folder=tmp_path, environment={"ASKED": json.dumps(asked)}
        )
        assert ran.code == 0, ran
        told = json.loads(ran.out.splitlines()[-1])
        for model in places:
            check_loop(told[model.alias]["whole"], provider)
            check_loop(told[model.alias]["streamed"], provider)
            assert told[model.alias]["output"] == {"animal": "cat"}
            assert [len(model.results(number)) for number in range(5)] == [0, 2, 0, 2, 0]
            if PROVIDERS[provider] and model.speaks != "openai":
                assert model.proofs(1) == model.proofs(3) == [PROOF]
            picture = model.asked[4].body.decode()
            assert "iVBORw0KGgo" in picture
            assert '"animal"' in picture, "the schema of the object"
            rows = await stage.rows(model, 5)
            assert {row["status_code"] for row in rows} == {200}
            assert all(row["client_name"].startswith("AI SDK") for row in rows), rows[0]
