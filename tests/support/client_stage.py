"""A presenter of client set-up on a fake engine and a home directory of its own; nothing waits for a thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pxbin_app.client_setup.operations import SetupOperations
from pxbin_app.client_setup.presenter import ClientSetupPresenter
from pxbin_app.client_setup.probe import Probed
from pxbin_app.clients import CLIENTS, Client, ClientSetup, Connection, Machine
from pxbin_app.engine_bridge import EngineBridge
from tests.support.fake_engine import FakeEngine, bridge_to
from tests.support.traffic import a_days_requests


async def at_once(work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """In place of a thread."""
    return work(*given, **named)


class ClientStage:
    """Two models, a machine on which nothing is, and a probe that answers as it is told."""

    def __init__(self, folder: Path, engine: FakeEngine | None = None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.engine = engine or FakeEngine()
        self.bridge: EngineBridge = bridge_to(self.engine)
        self.said: list[tuple[str, str]] = []
        machine = Machine(home=self.home, environment={}, platform="linux", root=folder / "root")
        self.setup = ClientSetup(folder / "clients", CLIENTS, machine)
        self.probed: list[tuple[str, Connection]] = []
        record = replace(a_days_requests(1)[0], outcome="ok", status_code=200)
        self.result = Probed(record=record)
        self.presenter = ClientSetupPresenter(
            self.bridge,
            lambda text, tone: self.said.append((text, tone)),
            operations=SetupOperations(
                self.bridge, setup=self.setup, ask=self._probe, in_thread=at_once
            ),
        )

    async def add_models(self, *names: str) -> None:
        """Models that clients can be given."""
        upstream = await self.engine.upstreams.create(
            name="Z", base_url="http://z", format="openai"
        )
        for name in names or ("glm-4.6", "glm-4.6-air"):
            await self.engine.models.create(name=name, upstream_id=upstream.id)

    def write(self, name: str, text: str) -> Path:
        """A file of the person's."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def _probe(self, _engine: object, client: Client, connection: Connection) -> Probed:
        self.probed.append((client.name, connection))
        return self.result
