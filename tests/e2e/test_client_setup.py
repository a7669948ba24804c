"""Real clients, by the settings that the window writes: a fresh home directory, and nothing in the environment that points them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from pxbin_app.clients import CLIENTS, Client, ClientSetup, Connection, Machine
from tests.support.engine_process import EngineProcess, running_engine
from tests.support.node_clients import (
    CLAUDE_QUIET,
    CODEX_QUIET,
    Ran,
    claude_binary,
    installed_clients,
    native_program,
    node,
    run,
)
from tests.support.upstream import FakeUpstream, openai_stream

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

MODELS = ("glm-4.6", "glm-4.6-air")
CLAUDE, CODEX, OPENCODE, GEMINI = CLIENTS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineProcess]:
    async with (
        FakeUpstream() as upstream,
        running_engine(tmp_path_factory.mktemp("data")) as engine,
    ):
        upstream.always = openai_stream("It ", "works.")
        upstream_id = await engine.add_upstream("scripted", upstream.url)
        for model in MODELS:
            await engine.add_model(model, upstream_id)
        yield engine


async def point(client: Client, folder: Path, engine: EngineProcess) -> ClientSetup:
    """Apply what the window would, in the home directory that ``run`` gives the client."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    setup = ClientSetup(folder / "pxbin", CLIENTS, Machine(home=home, root=folder / "root"))
    connection = Connection(
        base_url=engine.base_url,
        key=await engine.add_key(client.title),
        models=client.suggested(MODELS),
        offered=MODELS,
    )
    setup.apply(setup.plan(client, connection))
    return setup


async def check(client: Client, engine: EngineProcess, setup: ClientSetup, ran: Ran) -> None:
    """It got its answer by the key that was made for it; and its file goes back."""
    assert ran.code == 0, ran
    assert "It works." in ran.out
    rows = await rows_of(client, engine)
    assert {row["status_code"] for row in rows} == {200}
    assert "glm-4.6" in {row["model"] for row in rows}
    assert setup.status(client, engine.base_url).state == "connected"
    setup.undo(client)
    assert setup.status(client, engine.base_url).state != "connected"


async def rows_of(client: Client, engine: EngineProcess) -> list[dict[str, Any]]:
    """The client's rows, once that of its answer is there: they are written in batches, and its own title may come first."""
    deadline = time.monotonic() + 10
    while True:
        rows = [row for row in await engine.logs(1) if row["key_name"] == client.title]
        if "glm-4.6" in {row["model"] for row in rows} or time.monotonic() > deadline:
            return rows
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
async def test_what_the_window_asks_as_a_test_is_answered(
    client: Client, engine: EngineProcess
) -> None:
    key = await engine.add_key(f"test of {client.title}")
    models = client.suggested(MODELS)
    asked = client.probe(Connection(base_url=engine.base_url, key=key, models=models))
    async with (
        aiohttp.ClientSession(headers=asked.headers) as session,
        session.post(engine.base_url + asked.path, data=asked.body) as answer,
    ):
        told = await answer.text()
    assert answer.status == 200, told
    assert "works." in told
    assert answer.headers["x-request-id"]


def write(folder: Path, name: str, text: str) -> Path:
    """A file that the person has already; it keeps the client quiet."""
    path = folder / "home" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


async def test_claude_code(tmp_path: Path, engine: EngineProcess) -> None:
    program = claude_binary()
    quiet = json.dumps({"env": CLAUDE_QUIET}, indent=2)
    path = write(tmp_path, ".claude/settings.json", quiet)
    setup = await point(CLAUDE, tmp_path, engine)
    ran = await run([program, "-p", "Hi"], folder=tmp_path, environment={})
    await check(CLAUDE, engine, setup, ran)
    assert json.loads(path.read_text())["env"] == CLAUDE_QUIET


async def test_codex(tmp_path: Path, engine: EngineProcess) -> None:
    program = native_program("@openai/codex-{system}-{arch}/vendor/*/bin/codex*", {})
    write(
        tmp_path,
        ".codex/config.toml",
        f"# mine\ncheck_for_update_on_startup = false\n{CODEX_QUIET}",
    )
    setup = await point(CODEX, tmp_path, engine)
    command = [program, "exec", "--skip-git-repo-check", "Hi"]
    ran = await run(command, folder=tmp_path, environment={})
    await check(CODEX, engine, setup, ran)


async def test_opencode(tmp_path: Path, engine: EngineProcess) -> None:
    program = native_program("opencode-{system}-{arch}/bin/opencode*", {})
    quiet = '{\n  // mine\n  "autoupdate": false,\n  "share": "disabled",\n}\n'
    write(tmp_path, ".config/opencode/opencode.jsonc", quiet)
    setup = await point(OPENCODE, tmp_path, engine)
    offline = {
        f"OPENCODE_DISABLE_{what}": "1"
        for what in ("DEFAULT_PLUGINS", "LSP_DOWNLOAD", "MODELS_FETCH")
    }
    ran = await run(
        [program, "run", "Hi"],
        folder=tmp_path,
        environment={"npm_config_offline": "true", **offline},
    )
    await check(OPENCODE, engine, setup, ran)


async def test_gemini_cli(tmp_path: Path, engine: EngineProcess) -> None:
    program = installed_clients() / "@google" / "gemini-cli" / "bundle" / "gemini.js"
    quiet = {"general": {"enableAutoUpdate": False}, "privacy": {"usageStatisticsEnabled": False}}
    write(tmp_path, ".gemini/settings.json", json.dumps(quiet))
    write(tmp_path, ".gemini/trustedFolders.json", json.dumps({str(tmp_path): "TRUST_FOLDER"}))
    setup = await point(GEMINI, tmp_path, engine)
    ran = await run([node(), program, "-p", "Hi"], folder=tmp_path, environment={})
    await check(GEMINI, engine, setup, ran)
