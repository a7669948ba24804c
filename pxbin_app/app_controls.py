"""What of the app as a whole a page may change: its settings, its engine, its window. The application fills it in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pxbin_app.login_switch import LoginSwitch
from pxbin_app.settings import Settings
from pxbin_engine.config import EngineConfig
from pxbin_engine.config_file import ConfigFile

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget  # noqa: TID251  # only its name

    from pxbin_engine.maintenance.database_move import CopyReport, Target, Told

MoveDatabase = Callable[["Target", "Told"], Awaitable["CopyReport"]]


@dataclass(frozen=True, kw_only=True)
class AppControls:
    """The app's own handles.

    Attributes:
        file: the engine's settings as they lie on the disk.
        running: what the engine runs with.
        restart_engine: starts it anew with what ``file`` says.
        move_database: see ``EngineHost.move_database``.
        save_diagnostics: asks where to write an archive, over this widget.
        reset_window: see ``MainWindow.reset``.
    """

    settings: Settings
    file: ConfigFile
    login: LoginSwitch
    running: Callable[[], EngineConfig]
    restart_engine: Callable[[], Awaitable[None]]
    move_database: MoveDatabase
    save_diagnostics: Callable[["QWidget"], None]
    reset_window: Callable[[], None]
