"""``make chaos``: upstreams and databases fail under load; a line of figures for each scene, and what was wrong.

Exit code 1 where a request was answered wrongly, did not end, or has not exactly one row.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.scenes import SCENES


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--requests", type=int, default=3000, help="of each scene, at least")
    parser.add_argument("scenes", nargs="*", choices=[[], *SCENES], metavar="scene")
    options = parser.parse_args()
    return asyncio.run(_play(options.scenes or list(SCENES), options.requests))


async def _play(names: list[str], requests: int) -> int:
    problems = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="pxbin-chaos-") as folder:
            report = await SCENES[name](Path(folder), requests)
        print(report.line, flush=True)
        for problem in report.problems[:10]:
            print(f"  {problem}", flush=True)
        problems += len(report.problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
