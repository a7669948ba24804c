"""Where both programs of a package begin: ``pxbin``, and ``pxbin-engine`` with the parts that it runs as processes."""

import os
import sys
from pathlib import Path

from pxbin_engine.programs import run_part


def give_back(name: str) -> None:
    """Let processes that we start search libraries where the system does; the loader's path was for us alone."""
    before = os.environ.pop(f"{name}_ORIG", None)
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before


def main() -> int:
    """Start what the program's own name says."""
    give_back("LD_LIBRARY_PATH")
    if Path(sys.executable).stem == "pxbin":
        from pxbin_app.__main__ import main as app  # noqa: PLC0415  # the engine loads no Qt

        return app()
    if run_part(sys.argv[1:]):
        return 0
    from pxbin_engine.__main__ import main as engine  # noqa: PLC0415  # a part loads no engine

    return engine()


if __name__ == "__main__":
    sys.exit(main())
