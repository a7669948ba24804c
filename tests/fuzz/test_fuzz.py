"""The bounded part of ``make fuzz``: a few hundred random cases of every check, the same ones each time."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects import DIALECTS
from tests.fuzz import __main__ as driver
from tests.fuzz.cases import Case, read_case, write_case
from tests.fuzz.checks import CHECKS
from tests.fuzz.generation import make_case
from tests.fuzz.minimising import minimise
from tests.fuzz.mutation import HOSTILE, mutate_json, write

FOUND = sorted((Path(__file__).parent / "found").glob("*.json"))
"""Cases that broke something: those of the long runs, made small, and some thought of on the way."""

BOUNDED = settings(
    derandomize=True,
    database=None,
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # ``minimise`` is better at making these small
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.fuzz
@pytest.mark.parametrize("check", CHECKS)
@BOUNDED
@given(st.integers(0, 2**63))
def test_nothing_breaks_a_decoder_and_no_client_is_sent_what_it_cannot_read(
    check: str, seed: int
) -> None:
    case = make_case(check, Random(seed))
    failure = driver.failure_of(case)
    assert not failure, f"{failure}: {write_case(case)}"


@pytest.mark.parametrize("case", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_is_mended(case: Path) -> None:
    assert driver.failure_of(read_case(case.read_text("utf-8"))) == ""


def test_a_seed_makes_the_same_cases() -> None:
    first, second = ([make_case(check, Random(7)) for check in CHECKS] for _ in range(2))
    assert first == second


def test_most_cases_say_what_their_dialect_knows() -> None:
    """Nothing would be found in noise: most mutated requests are still requests."""
    dialect = DIALECTS["openai_chat"]
    random = Random(1)
    read = 0
    for _ in range(200):
        try:
            dialect.decode_request(make_case("request/openai_chat", random).body)
            read += 1
        except ProtocolError:
            pass
    assert 60 < read < 199


def test_a_case_can_be_kept_and_replayed() -> None:
    case = Case("sse", b"data: \xff\n\n", b"{}", (1, 3), 400, {"retry-after": "1"})
    assert read_case(write_case(case)) == case


def test_what_fails_is_made_small() -> None:
    case = Case("sse", b"a" * 500 + b"needle" + b"b" * 500, cuts=(1, 2, 3))
    small = minimise(case, lambda tried: b"needle" in tried.body)
    assert (small.body, small.cuts) == (b"needle", ())


def test_a_failure_is_named_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(_case: Case) -> None:
        raise KeyError("x")

    monkeypatch.setitem(CHECKS, "sse", check)
    assert driver.failure_of(Case("sse", b"")).startswith("KeyError at test_fuzz.py:")


def test_the_hostile_values_stay_what_they_are() -> None:
    before = [write(value) for value in HOSTILE]
    random = Random(3)
    for _ in range(500):
        mutate_json(b'{"a":[{"b":1},{"c":[2]}]}', [b'{"d":{"type":"text"}}'], random, times=6)
    assert [write(value) for value in HOSTILE] == before
