"""A scripted model that speaks any upstream format, behind an engine that a whole test module shares.

::

    async with running_stage(folder) as stage, stage.model("gemini") as model:
        model.script(Turn(thought="Hm.", proof="sig", calls=(Call("call_1", "Bash", {"command": "ls"}),)), Turn("Done."))

Whether it streams is what each request asks for.
"""

import contextlib
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.engine_process import EngineProcess, running_engine
from tests.support.model_hearing import HEARD
from tests.support.model_speech import SPEECHES, Turn
from tests.support.upstream import Answer, FakeUpstream, Received, json_answer, sse_answer

Json = dict[str, Any]

MODELS = {
    "openai": "gpt-5-mini",
    "anthropic": "claude-sonnet-4-5",
    "openai-responses": "gpt-5.2",
    "gemini": "gemini-3-pro-preview",
}
"""Upstream formats, each with a name that a model has there."""


class ScriptedModel:
    """Answers requests at ``upstream`` turn by turn.

    Attributes:
        speaks: the upstream's.
        alias: the model's name for clients.
        asked: the requests that took a turn of the script.
        aside: what is said to a request without tools while an agent is scripted (titles); None: it takes a turn.
    """

    def __init__(
        self, speaks: str, upstream: FakeUpstream, alias: str, *, aside: Turn | None
    ) -> None:
        self.alias = alias
        self.speaks, self.upstream, self.aside = speaks, upstream, aside
        self.asked: list[Received] = []
        self._script: list[Turn | Answer] = []
        upstream.aside = self._answer

    def script(self, *turns: Turn | Answer) -> None:
        """Append to the script; an ``Answer`` is sent as it is."""
        self._script += turns

    @property
    def bodies(self) -> list[Json]:
        """What was asked."""
        return [received.json for received in self.asked]

    def results(self, request: int) -> list[str]:
        """The tool results in a request, each as JSON."""
        return list(map(json.dumps, HEARD[self.speaks].results(self.bodies[request])))

    def proofs(self, request: int) -> list[str]:
        """The proofs of reasoning in a request."""
        return list(HEARD[self.speaks].proofs(self.bodies[request]))

    def tools(self, request: int) -> set[str]:
        """The names of the tools that a request offers."""
        return set(HEARD[self.speaks].tools(self.bodies[request]))

    def _answer(self, received: Received) -> Answer | None:
        if self.aside is not None and not received.json.get("tools"):
            return _said(self.speaks, self.aside, received)
        if not self._script:
            return None
        self.asked.append(received)
        turn = self._script.pop(0)
        return turn if isinstance(turn, Answer) else _said(self.speaks, turn, received)


def _said(speaks: str, turn: Turn, received: Received) -> Answer:
    streamed = received.path.endswith(":streamGenerateContent") or received.json.get("stream")
    speech = SPEECHES[speaks]
    whole = speech.whole(turn)
    return sse_answer(b"".join(speech.events(whole))) if streamed else json_answer(whole)


class Stage:
    """A running engine, a key for it, and what would receive whatever a client sends to any other host."""

    def __init__(self, engine: EngineProcess, key: str, outside: FakeUpstream) -> None:
        self.engine, self.key, self.outside = engine, key, outside
        self._numbers = count(1)

    @property
    def environment(self) -> dict[str, str]:
        """For clients: a proxy for all but loopback."""
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), self.outside.url)
        return proxies | {"NO_PROXY": "127.0.0.1,localhost"}

    def check_loopback_only(self) -> None:
        """Nothing went elsewhere."""
        asked = [f"{got.method} {got.headers.get('Host')}" for got in self.outside.requests]
        assert not asked, asked

    @contextlib.asynccontextmanager
    async def model(
        self, speaks: str, *, alias: str = "", aside: Turn | None = None, **more: Any
    ) -> AsyncIterator[ScriptedModel]:
        """A model of its own at an upstream of its own, so that agents may run side by side.

        Args:
            alias: its name for clients, where that matters to them; once in a stage's life.
            more: fields of the model's record.
        """
        alias = alias or f"{MODELS[speaks]}-{next(self._numbers)}"
        async with FakeUpstream() as upstream:
            place = await self.engine.add_upstream(f"for {alias}", upstream.url, kind=speaks)
            targets = [{"upstream_id": place, "upstream_model": MODELS[speaks]}]
            await self.engine.add_model(alias, place, targets=targets, **more)
            yield ScriptedModel(speaks, upstream, alias, aside=aside)

    async def rows(self, model: ScriptedModel, at_least: int) -> list[Json]:
        """The log's rows of a model, newest first, once there are so many."""
        return await self.engine.logs(at_least, model=model.alias)


@contextlib.asynccontextmanager
async def running_stage(data_dir: Path, **settings: str) -> AsyncIterator[Stage]:
    """An engine, ended afterwards."""
    async with FakeUpstream() as outside, running_engine(data_dir, **settings) as engine:
        yield Stage(engine, await engine.add_key(), outside)
