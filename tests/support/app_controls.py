"""The app's handles for a page under test: a settings file and an ``app.ini`` of its own, and calls that are remembered."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pxbin_app.app_controls import AppControls
from pxbin_app.login_item import LoginItem
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.settings import Settings
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.errors import PxbinError
from pxbin_engine.maintenance.database_move import CopyProgress, CopyReport, Target


class FakeApp:
    """What stands for the application: ``calls`` says what it was asked for."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.calls: list[object] = []
        self.failure: PxbinError | None = None
        self.steps: list[CopyProgress] = []
        self.settings = Settings(data_dir)
        self.file = ConfigFile(
            path=data_dir / "config.yaml",
            environment=environment or {},
            overrides={"data_dir": data_dir},
        )
        self.running = self.file.load()
        item = LoginItem(platform="linux", home=data_dir, environment={}, command=["pxbin"])
        self.login = LoginSwitch(self.settings, item=item)
        self.controls = AppControls(
            settings=self.settings,
            file=self.file,
            login=self.login,
            running=lambda: self.running,
            restart_engine=self._restart,
            move_database=self._move,
            save_diagnostics=lambda _parent: self.calls.append("diagnostics"),
            reset_window=lambda: self.calls.append("reset"),
        )

    async def _restart(self) -> None:
        self._reach("restart")
        self.running = self.file.load()

    async def _move(self, target: Target, told: Callable[[CopyProgress], Any]) -> CopyReport:
        self._reach(target)
        for step in self.steps:
            told(step)
        self.running = self.file.write(
            {"database_url": target.url or None, "database_schema": target.schema}
        )
        return CopyReport((("requests", 1234),))

    def _reach(self, call: object) -> None:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure
