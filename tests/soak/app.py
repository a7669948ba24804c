"""The desktop app with an observer inside: ``python -m tests.soak.app SAMPLES [PHASE_SECONDS]``.

It is started as ``pxbin`` is, by its own ``main``. Each phase shows another page, or hides the window; every ten seconds
a line of JSON with what the process holds goes to SAMPLES.
"""

import asyncio
import json
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil

from pxbin_app import __main__ as pxbin
from pxbin_app import application
from pxbin_app.application import Application
from pxbin_app.page_list import PAGES

SAMPLE_SECONDS = 10.0
HIDDEN = "hidden"


class Observed(Application):
    """The app, shown and hidden in turn, and measured."""

    samples: Path
    phase_seconds: float

    async def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        self._phase = "start"
        observer = loop.create_task(self._observe(), name="soak.observe")
        director = loop.create_task(self._direct(), name="soak.direct")
        try:
            await super()._main(loop)
        finally:
            observer.cancel()
            director.cancel()
            await asyncio.wait([observer, director])

    async def _direct(self) -> None:
        """Logs first: its list is what holds most, and it fills only while it is seen."""
        pages = [page.name for page in PAGES]
        for phase in cycle([*pages[1::-1], *pages[2:], HIDDEN, *pages[:2], HIDDEN]):
            self._phase = phase
            if phase == HIDDEN:
                self.window.hide()
            else:
                self.window.show()
                self.window.show_page(phase)
            await asyncio.sleep(self.phase_seconds)

    async def _observe(self) -> None:
        process = psutil.Process()
        with self.samples.open("a", encoding="utf-8") as file:
            while True:
                file.write(json.dumps(self._sample(process)) + "\n")
                file.flush()
                await asyncio.sleep(SAMPLE_SECONDS)

    def _sample(self, process: psutil.Process) -> dict[str, Any]:
        times = process.cpu_times()
        connections = process.net_connections("tcp")
        return {
            "at": time.time(),
            "phase": self._phase,
            "megabytes": process.memory_info().rss / 1e6,
            "tasks": len(asyncio.all_tasks()),
            "in_flight": self.bridge.engine.in_flight if self.bridge.ready else 0,
            "threads": process.num_threads(),
            "files": process.num_fds(),
            "connections": sum(one.status == psutil.CONN_ESTABLISHED for one in connections),
            "cpu_seconds": times.user + times.system,
        }


def main() -> int:
    """See the module's text."""
    Observed.samples = Path(sys.argv[1])
    Observed.phase_seconds = float(sys.argv[2])
    application.Application = Observed  # type: ignore[misc]  # main() looks it up there
    return pxbin.main([])


if __name__ == "__main__":
    sys.exit(main())
