"""``make fuzz``: the checks over random cases, for as long as is asked; what breaks one is made smaller and kept.

    make fuzz ARGS="--minutes 10 --seed 7 --only stream/"
    make fuzz ARGS="--replay .cache/fuzz/<name>.json"

The same seed makes the same cases, in the same order. A case has ``SECONDS`` and the process ``MEMORY``: what takes more
is a finding like any other.
"""

import argparse
import hashlib
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.fuzz.cases import Case, read_case, write_case
from tests.fuzz.checks import CHECKS
from tests.fuzz.generation import make_case
from tests.fuzz.minimising import minimise

FOUND = Path(__file__).parents[2] / ".cache" / "fuzz"
SECONDS = 5
MEMORY = 4 << 30


def main() -> int:
    """Carry out the command line; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", default="", help="checks whose names begin so")
    parser.add_argument("--replay", type=Path, help="a case that was kept")
    given = parser.parse_args()
    _limit_memory()
    if given.replay:
        CHECKS[(case := read_case(given.replay.read_text())).check](case)
        print("nothing happens")
        return 0
    names = [name for name in CHECKS if name.startswith(given.only)]
    if not names:
        parser.error(f"no check is named {given.only}...; there are {', '.join(CHECKS)}")
    print(f"{len(names)} checks for {given.minutes:g} minutes, seed {given.seed}", flush=True)
    return 1 if _fuzz(names, Random(given.seed), time.monotonic() + given.minutes * 60) else 0


def _fuzz(names: list[str], random: Random, until: float) -> int:
    """The number of different findings."""
    known: set[str] = set()
    ran = 0
    while time.monotonic() < until:
        name = names[ran % len(names)]
        ran += 1
        case = make_case(name, random)
        if (failure := failure_of(case)) and failure not in known:
            known.add(failure)
            _keep(case, failure)
        if ran % 20_000 == 0:
            print(f"{ran} cases, {len(known)} findings", flush=True)
    print(f"{ran} cases, {len(known)} findings")
    return len(known)


def failure_of(case: Case) -> str:
    """Where and as what the check fails, empty where it does not: two cases with the same one are one finding."""
    try:
        with _time_limit():
            CHECKS[case.check](case)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
    return ""


@contextmanager
def _time_limit() -> Iterator[None]:
    """``TimeoutError`` after ``SECONDS``; not on Windows, which has no alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def _out_of_time(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def _limit_memory() -> None:
    """What wants more raises ``MemoryError``; not on Windows."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _keep(case: Case, failure: str) -> None:
    small = minimise(case, lambda tried: failure_of(tried) == failure)
    key = hashlib.sha256(failure.encode()).hexdigest()[:8]
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / f"{case.check.replace('/', '_').replace('>', '_to_')}_{key}.json"
    path.write_text(write_case(small))
    print(f"{case.check}: {failure} ({len(small.body)} bytes)")
    print(f'    make fuzz ARGS="--replay {path}"', flush=True)


if __name__ == "__main__":
    sys.exit(main())
