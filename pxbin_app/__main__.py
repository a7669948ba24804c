"""``pxbin``: starts the desktop app, or, where there is no display, the same engine headless."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from pxbin_app.crash_reports import CrashReports
from pxbin_app.hand_over import hand_over
from pxbin_app.heap import keep_large_blocks_apart
from pxbin_engine.config import EngineConfig
from pxbin_engine.config_file import ConfigFile
from pxbin_engine.errors import ConfigError
from pxbin_engine.programs import engine_command

if TYPE_CHECKING:
    from pxbin_app.settings import Settings

logger = logging.getLogger("pxbin_app")

_LOG_BYTES = 5_000_000
_QT_LEVELS = {
    0: logging.DEBUG,
    1: logging.WARNING,
    2: logging.ERROR,
    3: logging.CRITICAL,
    4: logging.INFO,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the process's exit code: 0 ended, 2 the configuration is bad."""
    options = _parse(arguments)
    overrides = {"data_dir": options.data_dir} if options.data_dir else {}
    file = ConfigFile(overrides=overrides)
    try:
        config = file.load()
    except ConfigError as error:
        _say(error.message)
        return 2
    if not _has_display():
        return _run_headless(config)
    if hand_over(config.data_dir):
        return 0
    _write_logs(config)
    crashes = CrashReports(config.data_dir)
    _catch_what_is_left(crashes)
    keep_large_blocks_apart()
    if sys.platform == "linux":
        os.environ.setdefault(
            "QT_NO_GLIB", "1"
        )  # 5 to 10 % less for the loop; nothing of GLib is needed

    settings = _choose_language(config)

    from pxbin_app.application import Application  # noqa: PLC0415  # after the language: its modules have tables of words

    _log_qt_messages()
    return Application(
        config, file=file, hidden=options.hidden, crashes=crashes, settings=settings
    ).run()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pxbin", description="The control tower of your LLM traffic."
    )
    parser.add_argument("--hidden", action="store_true", help="start in the tray, without a window")
    parser.add_argument(
        "--data-dir", type=Path, help="where everything is stored (also PXBIN_DATA_DIR)"
    )
    parser.add_argument("--version", action="version", version=f"pxbin {version('pxbin')}")
    return parser.parse_args(arguments)


def _has_display() -> bool:
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _say(text: str) -> None:
    """Tell the person who started it in a terminal."""
    sys.stderr.write(f"pxbin: {text}\n")
    sys.stderr.flush()


def _run_headless(config: EngineConfig) -> int:
    """Become ``pxbin-engine serve``: the same engine, the same data, no window."""
    _say("there is no display, so the engine runs headless (pxbin-engine serve).")
    os.environ["PXBIN_DATA_DIR"] = str(config.data_dir)
    command = engine_command("serve")
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted


def _write_logs(config: EngineConfig) -> None:
    """Log to a file in the data directory: an app that was clicked has no terminal."""
    folder = config.data_dir / "logs"
    config.data_dir.mkdir(
        mode=0o700, parents=True, exist_ok=True
    )  # parents get no mode of their own
    folder.mkdir(mode=0o700, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "pxbin.log", maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler, logging.StreamHandler()])


def _catch_what_is_left(crashes: CrashReports) -> None:
    """An exception in a slot goes to ``sys.excepthook``: it is logged and kept, and the app lives on."""

    def log(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            logger.error("app.unhandled", exc_info=(kind, error, trace))
            crashes.write(error)

    def log_of_thread(lost: threading.ExceptHookArgs) -> None:
        logger.error("app.unhandled_in_thread", exc_info=lost.exc_value)
        if lost.exc_value is not None:
            crashes.write(lost.exc_value)

    sys.excepthook = log
    threading.excepthook = log_of_thread


def _choose_language(config: EngineConfig) -> "Settings":
    """Let the window speak as the person wants; gives the settings that say so."""
    from pxbin_app import qt_language  # noqa: PLC0415  # Qt must not load where there is no display
    from pxbin_app.settings import Settings  # noqa: PLC0415

    settings = Settings(config.data_dir)
    qt_language.choose(settings.language)
    return settings


def _log_qt_messages() -> None:
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler  # noqa: PLC0415

    qt = logging.getLogger("qt")

    def handle(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        qt.log(_QT_LEVELS.get(int(kind.value), logging.INFO), "%s", message)

    qInstallMessageHandler(handle)


if __name__ == "__main__":
    sys.exit(main())
