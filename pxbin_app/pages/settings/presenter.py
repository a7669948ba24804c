"""What a person changes of the configuration and has not applied yet, and the switches that hold at once.

1. What is filled in is checked as it is typed; nothing is written before it is applied, and nothing bad ever is.
2. What the engine reads only at its start is applied together with a new start of it.
3. A setting that the environment decides is shown and cannot be changed.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from msgspec import structs
from PySide6.QtCore import QObject, Signal

from pxbin_app.app_controls import AppControls
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.settings.fields import SETTINGS, parsed
from pxbin_app.tasks import run_action
from pxbin_app.theme import Mode, Tone, current
from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import ConfigError

RecordingMode = Literal["off", "errors", "all"]
_LIVE = frozenset({"log_bodies"})
"""What the engine is told while it runs."""


class SettingsPresenter(QObject):
    """The draft of the page.

    Signals:
        changed: what is shown may be another now.
        busy: whether something is being applied.
        address_checked: whether the address that is filled in is free, as a sentence, and its tone.
    """

    changed = Signal()
    busy = Signal(bool)
    address_checked = Signal(str, str)

    def __init__(
        self, controls: AppControls, bridge: EngineBridge, notify: Callable[[str, Tone], None]
    ) -> None:
        super().__init__()
        self.controls = controls
        self.bridge = bridge
        self.notify = notify
        self.config: EngineConfig = controls.running()
        """As the file says."""
        self.draft: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.problem = ""
        """Why the file cannot be used; empty: it can."""

    # ------------------------------------------------------------------ what is shown

    def refresh(self) -> None:
        """Read the file again; what was filled in stays."""
        try:
            self.config = self.controls.file.load()
            self.problem = ""
        except ConfigError as error:
            self.problem = error.message
        self.changed.emit()

    def value(self, name: str) -> Any:
        """What is filled in, or what the file says."""
        return self.draft.get(name, getattr(self.config, name))

    def locked(self, name: str) -> str:
        """Why a setting cannot be changed; empty: it can."""
        return self.controls.file.locked.get(name, "")

    @property
    def pending(self) -> tuple[str, ...]:
        """What was filled in and is something else than the file says, or is not right."""
        changed = (n for n, value in self.draft.items() if value != getattr(self.config, n))
        return tuple(dict.fromkeys((*changed, *self.errors)))

    @property
    def outdated(self) -> tuple[str, ...]:
        """What the file says otherwise than the engine runs with: it was changed by hand."""
        running = self.controls.running()
        return tuple(
            field.name
            for field in structs.fields(EngineConfig)
            if field.name not in _LIVE
            and getattr(running, field.name) != getattr(self.config, field.name)
        )

    # ------------------------------------------------------------------ what is filled in

    def enter(self, name: str, text: str) -> None:
        """A text was filled in."""
        try:
            value = parsed(SETTINGS[name].kind, text)
            self.controls.file.check({name: value})
        except ValueError as error:
            self.draft.pop(name, None)
            self.errors[name] = str(error)
        except ConfigError as error:
            self.draft.pop(name, None)
            self.errors[name] = _sentence(error)
        else:
            self.errors.pop(name, None)
            self.draft[name] = value
        self.changed.emit()

    def switch(self, name: str, on: bool) -> None:
        """A switch of the configuration was set."""
        self.draft[name] = on
        self.changed.emit()

    def discard(self) -> None:
        """Forget what was filled in."""
        self.draft.clear()
        self.errors.clear()
        self.refresh()

    def apply(self) -> None:
        """Write what was filled in, and start the engine with it."""
        if self.errors:
            return
        changes = {name: self.draft[name] for name in self.pending}
        self._act(
            self._apply(changes), "settings.apply", "Settings applied; the engine runs with them"
        )

    async def _apply(self, changes: dict[str, Any]) -> None:
        if changes:
            self.config = self.controls.file.write(changes)
        self.draft.clear()
        await self.controls.restart_engine()

    def check_address(self) -> None:
        """Find out whether the address that is filled in can be listened at."""
        if "listen_addr" in self.errors:
            self.address_checked.emit(self.errors["listen_addr"], "err")
            return
        config = self.controls.file.check(self._drafted("listen_addr"))
        if self.bridge.ready and self.bridge.engine.address == f"{config.host}:{config.port}":
            self.address_checked.emit("pxbin listens there now.", "ok")
            return

        def done(problem: str) -> None:
            said = problem or "It is free."
            self.address_checked.emit(said, "err" if problem else "ok")

        run_action(
            asyncio.to_thread(_problem_of_address, config.host, config.port),
            name="settings.check_address",
            done=done,
            failed=lambda reason: self.address_checked.emit(reason, "err"),
        )

    def _drafted(self, name: str) -> dict[str, Any]:
        return {name: self.draft[name]} if name in self.draft else {}

    # ------------------------------------------------------------------ what holds at once

    def set_bodies(self, mode: RecordingMode) -> None:
        """Keep the bodies of these requests, from the next one on."""
        self._act(self._set_bodies(mode), "settings.bodies", "")

    async def _set_bodies(self, mode: RecordingMode) -> None:
        self.config = self.controls.file.write({"log_bodies": mode})
        if self.bridge.ready:
            self.bridge.engine.set_recording(mode)

    def set_theme(self, mode: Mode) -> None:
        """Dark, light, or as the system has it."""
        self.controls.settings.theme = mode
        current().set_mode(mode)

    def set_start_hidden(self, hidden: bool) -> None:
        """Come up in the tray alone when the person logs in."""
        self.controls.settings.start_hidden = hidden
        if self.controls.login.on:
            self.controls.login.set(True)

    def _act(self, work: Any, name: str, said: str) -> None:
        def done(_: object) -> None:
            if said:
                self.notify(said, "ok")

        def failed(reason: str) -> None:
            self.notify(reason, "err")

        def busy(on: bool) -> None:
            self.busy.emit(on)
            if not on:
                self.refresh()

        run_action(work, name=name, done=done, failed=failed, busy=busy)


def _sentence(error: ConfigError) -> str:
    """What is wrong, without the setting's own name: it stands under its field."""
    text = error.message.removeprefix(f"{error.key}: ")
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _problem_of_address(host: str, port: int) -> str:
    from pxbin_engine.maintenance.listening import problem_of_address  # noqa: PLC0415  # loads the engine's libraries

    return problem_of_address(host, port)
