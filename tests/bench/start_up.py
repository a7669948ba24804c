"""``python -m tests.bench.start_up``: how long a start takes, to the painted window and to the engine that serves.

Run it on a screen (a virtual one counts). Each start is a process of its own; the data directory is made by a first
start that does not count, so what is measured is a warm start with the embedded database, from before the first import.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def one_start(data_dir: str) -> None:
    """Start the app, note its times, end it. Prints ``{"painted_s", "serving_s"}``."""
    began = time.perf_counter()
    from PySide6.QtCore import QEvent, QObject

    from pxbin_app.application import Application
    from pxbin_engine.config import load_config
    from pxbin_engine.events import EngineStateChanged

    times: dict[str, float] = {}

    class FirstPaint(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                times.setdefault("painted_s", time.perf_counter() - began)
            return False

    def on_state(event: EngineStateChanged) -> None:
        if event.state == "running":
            times["serving_s"] = time.perf_counter() - began
            app.quit()

    app = Application(load_config({}, data_dir=Path(data_dir), listen_addr="127.0.0.1:0"))
    first_paint = FirstPaint()
    build_window = app._build_window

    def build_and_watch() -> None:
        build_window()
        app.window.installEventFilter(first_paint)

    app._build_window = build_and_watch  # type: ignore[method-assign]
    app.bridge.state.connect(on_state)
    app.run()
    print(json.dumps(times))


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.start_up")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one_start(options.one)
        return
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="pxbin-start-") as data_dir:
        for _ in range(options.runs + 1):
            command = [sys.executable, "-m", "tests.bench.start_up", "--one", data_dir]
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
            )
            found.append(json.loads(done.stdout.splitlines()[-1]))
    for name in ("painted_s", "serving_s"):
        values = [one[name] for one in found[1:]]
        print(
            f"{name}: median {statistics.median(values):.2f}, worst {max(values):.2f} of {options.runs}"
        )


if __name__ == "__main__":
    main()
