"""``pxbin-engine``: serves headless, and offers the control plane on the command line.

Exit codes: 0 it worked, 1 it failed (one line on stderr says why), 2 the command line was not understood.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from pxbin_engine.cli import log_lines
from pxbin_engine.cli.answers import Answer, as_json
from pxbin_engine.cli.arguments import make_parser
from pxbin_engine.cli.workers import worker_of
from pxbin_engine.config import EngineConfig, load_config
from pxbin_engine.errors import PxbinError

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parsed = make_parser().parse_args(arguments)
    try:
        config = _configuration(parsed)
        worker = worker_of(parsed)
        number = worker.number if worker else None
        log_lines.set_up(config, quiet=parsed.command.name != "serve", worker=number)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            answer = runner.run(parsed.command.run(config, parsed))
    except PxbinError as error:
        sys.stderr.write(f"pxbin-engine: {error.message}\n")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    return _tell(answer, json=parsed.json)


def _configuration(parsed: Namespace) -> EngineConfig:
    """The configuration, with what the command line says laid over it."""
    given = {"listen_addr": getattr(parsed, "listen", None), "data_dir": parsed.data_dir}
    overrides = {key: value for key, value in given.items() if value is not None}
    return load_config(path=parsed.config, **overrides)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed (it does not exist for Windows), else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


def _tell(answer: Answer, *, json: bool) -> int:
    sys.stdout.write((as_json(answer.data) if json else answer.text) + "\n")
    if answer.note:
        sys.stderr.write(f"{answer.note}\n")
    return 1 if answer.failed else 0


if __name__ == "__main__":
    sys.exit(main())
