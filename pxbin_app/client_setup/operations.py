"""What setting clients up takes of pxbin and of the disk: coroutines over the engine, and over files in a thread.

A key is made only when the person applies; where the file then cannot be written, that key is revoked again.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pxbin_app.client_setup.probe import Probed, probe
from pxbin_app.clients import (
    CLIENTS,
    PREVIEW_KEY,
    Client,
    ClientSetup,
    Connection,
    Plan,
    Status,
    Undone,
    local_url,
    setup_in,
)
from pxbin_app.clients.version import version_of
from pxbin_app.engine_bridge import EngineBridge
from pxbin_engine.records import KeyRecord

if TYPE_CHECKING:
    from pxbin_engine import Engine

Probe = Callable[["Engine", Client, Connection], Coroutine[Any, Any, Probed]]


@dataclass(frozen=True, slots=True)
class Known:
    """How the clients stand, which models can be given to them, and pxbin's keys that are in force."""

    statuses: Mapping[str, Status]
    models: tuple[str, ...]
    keys: tuple[KeyRecord, ...]

    def record_of(self, key: str) -> KeyRecord | None:
        """Of a plaintext; pxbin keeps its SHA-256 only."""
        held = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        return next((known for known in self.keys if known.key_hash == held), None)


NOTHING = Known({}, (), ())
"""Before anything was looked at."""


class SetupOperations:
    """Each is one thing that a person asks for.

    Args:
        setup: the clients' files; None: those of this machine, with the engine's data directory.
        ask: sends the test.
        in_thread: runs what waits for the disk.
    """

    def __init__(
        self,
        bridge: EngineBridge,
        *,
        setup: ClientSetup | None = None,
        ask: Probe = probe,
        in_thread: Callable[..., Coroutine[Any, Any, Any]] = asyncio.to_thread,
    ) -> None:
        self._bridge = bridge
        self._setup = setup
        self._ask = ask
        self._in_thread = in_thread

    @property
    def base_url(self) -> str:
        """Of this pxbin, for programs on this machine."""
        return local_url(self._bridge.engine.base_url)

    async def look(self) -> Known:
        """Look at the machine and at pxbin."""
        engine = self._bridge.engine
        models = tuple(model.name for model in await engine.models.list() if model.is_active)
        keys = tuple(key for key in await engine.keys.list("llm") if key.is_active)
        statuses = await self._in_thread(self._statuses, self.base_url)
        return Known({status.client.name: status for status in statuses}, models, keys)

    async def plan(self, client: Client, models: Mapping[str, str], known: Known) -> Plan:
        """What would change; with the key in the client's file where pxbin knows it, else with one to be made."""
        present = known.statuses[client.name].pointing.key
        connection = Connection(
            base_url=self.base_url,
            key=present if known.record_of(present) else PREVIEW_KEY,
            models=models,
            offered=known.models,
        )
        plan: Plan = await self._in_thread(self._clients.plan, client, connection)
        return plan

    async def apply(self, plan: Plan, known: Known) -> None:
        """Write what was planned."""
        record = known.record_of(plan.connection.key)
        if record is not None:
            await self._in_thread(self._clients.apply, plan, key_id=record.id)
            return
        keys = self._bridge.engine.keys
        made = await keys.create("llm", plan.client.title)
        try:
            final = await self._in_thread(self._clients.with_key, plan, made.key)
            await self._in_thread(self._clients.apply, final, key_id=made.record.id)
        except Exception:
            await keys.revoke(made.record.id)
            raise

    async def test(self, client: Client, known: Known) -> Probed:
        """Ask as the client would by what its files say now."""
        status = await self._in_thread(self._clients.status, client, self.base_url)
        connection = Connection(
            base_url=self.base_url,
            key=status.pointing.key,
            models=client.suggested(known.models) | dict(status.models),
            offered=known.models,
        )
        return await self._ask(self._bridge.engine, client, connection)

    async def undo(self, client: Client) -> Undone:
        """Take back what pxbin wrote."""
        undone: Undone = await self._in_thread(self._clients.undo, client)
        return undone

    async def version(self, program: Path) -> str:
        """Of a client's program; empty where it tells none."""
        version: str = await self._in_thread(version_of, program)
        return version

    def shown_path(self, path: Path) -> str:
        """A path as people write it."""
        return self._clients.machine.shown(path)

    @property
    def _clients(self) -> ClientSetup:
        if self._setup is None:
            self._setup = setup_in(self._bridge.engine.config.data_dir)
        return self._setup

    def _statuses(self, base_url: str) -> tuple[Status, ...]:
        return tuple(self._clients.status(client, base_url) for client in CLIENTS)
