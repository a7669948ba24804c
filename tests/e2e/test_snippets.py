"""What the window offers to paste, run as it stands, through pxbin to a scripted upstream; test_agents.py runs the agents'."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from pxbin_app.snippets import (
    Access,
    ai_sdk,
    anthropic_sdk,
    curl,
    openai_chat,
    openai_responses,
)
from tests.support.engine_process import running_engine
from tests.support.node_clients import run, run_javascript
from tests.support.upstream import FakeUpstream, openai_completion

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

MODEL = "gpt-5-mini"


class Setup(NamedTuple):
    """A running pxbin with one scripted model, and what a client is told of it."""

    access: Access
    upstream: FakeUpstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def setup(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setup]:
    async with (
        FakeUpstream() as upstream,
        running_engine(tmp_path_factory.mktemp("data")) as engine,
    ):
        upstream.always = openai_completion("Hello.")
        await engine.add_model(MODEL, await engine.add_upstream("scripted", upstream.url))
        yield Setup(Access(await engine.add_key(), engine.base_url, [MODEL]), upstream)


@pytest.mark.parametrize("snippet", [openai_responses, openai_chat, anthropic_sdk])
async def test_python(setup: Setup, tmp_path: Path, snippet: object) -> None:
    source = snippet(setup.access)  # type: ignore[operator]
    ran = await run([sys.executable, "-c", source], folder=tmp_path, environment={})
    assert (ran.code, ran.out) == (0, "Hello.\n"), ran


async def test_javascript(setup: Setup, tmp_path: Path) -> None:
    ran = await run_javascript(ai_sdk(setup.access), folder=tmp_path)
    assert (ran.code, ran.out) == (0, "Hello.\n"), ran


@pytest.mark.skipif(sys.platform == "win32", reason="there is no POSIX shell")
async def test_curl(setup: Setup, tmp_path: Path) -> None:
    ran = await run(["sh", "-c", curl(setup.access)], folder=tmp_path, environment={})
    assert ran.code == 0, ran
    assert '"Hello."' in ran.out
