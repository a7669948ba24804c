"""What lies over the pages, for ``tests.support.screens``: the palette, the keyboard map, the steps of the first run."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pxbin_app.client_setup.operations import SetupOperations
from pxbin_app.clients import CLIENTS, ClientSetup
from pxbin_app.first_run.steps import StepName
from pxbin_app.first_run.upstream_setup import Wanted
from pxbin_engine.records import DiscoveredModel
from tests.support.client_scenes import a_machine
from tests.support.log_scenes import send_requests


async def palette(stage: Any) -> None:
    await stage.show("upstreams")
    stage.overlays.palette.open()
    await asyncio.sleep(0.3)


async def palette_found(stage: Any) -> None:
    await send_requests(stage)
    await palette(stage)
    stage.overlays.palette.text.setText("clau")
    stage.overlays.palette.text.textEdited.emit("clau")


async def keyboard_map(stage: Any) -> None:
    stage.overlays.palette.close_overlay()
    await stage.show("upstreams")
    stage.overlays.help.open()


async def first_run_address(stage: Any) -> None:
    stage.overlays.help.close_overlay()
    await first_run_at(stage, "address")


async def first_run_at(stage: Any, step: StepName) -> None:
    await stage.show("upstreams")
    stage.overlays.first_run.open()
    overlay = stage.overlays.first_run.overlay
    assert overlay is not None
    folder = Path(tempfile.mkdtemp())
    setup = ClientSetup(folder / "clients", CLIENTS, a_machine(folder))
    stage.overlays.first_run.clients._operations = SetupOperations(stage.bridge, setup=setup)
    overlay.go_to(step)
    await asyncio.sleep(0.4)


async def first_run_upstream(stage: Any) -> None:
    await first_run_at(stage, "upstream")


async def first_run_models(stage: Any) -> None:
    await first_run_at(stage, "upstream")
    setup = stage.overlays.first_run.upstream
    stage.engine.upstream_models = [
        DiscoveredModel(id=f"glm-{n / 10}", context_window=131_072) for n in range(40, 49)
    ]
    setup.begin_another()
    setup.submit(
        Wanted(name=f"Vendor {len(await stage.engine.upstreams.list())}", base_url="https://api.example.com", format="openai", preset=None)
    )  # fmt: skip
    await asyncio.sleep(0.3)


async def first_run_refused(stage: Any) -> None:
    await first_run_at(stage, "upstream")
    setup = stage.overlays.first_run.upstream
    setup.begin_another()
    stage.engine.upstream_failure = "OpenAI answered 401: Incorrect API key provided."
    setup.submit(Wanted(name="x", base_url="https://api.example.com", format="openai", preset=None))
    await asyncio.sleep(0.3)
    stage.engine.upstream_failure = ""


async def first_run_client(stage: Any) -> None:
    await first_run_at(stage, "client")


async def first_run_request(stage: Any) -> None:
    await first_run_at(stage, "request")


async def first_run_arrived(stage: Any) -> None:
    await send_requests(stage)
    await first_run_at(stage, "request")


OVERLAY_SCENES: dict[str, Callable[[Any], Awaitable[None]]] = {
    "palette": palette,
    "palette-found": palette_found,
    "keyboard-map": keyboard_map,
    "first-run-address": first_run_address,
    "first-run-upstream": first_run_upstream,
    "first-run-models": first_run_models,
    "first-run-refused": first_run_refused,
    "first-run-client": first_run_client,
    "first-run-request": first_run_request,
    "first-run-arrived": first_run_arrived,
}
