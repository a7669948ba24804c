"""What true counts teach: estimates come into the bounds within a few exchanges, for any vocabulary, and stay."""

import json
import random
from pathlib import Path
from uuid import UUID

import pytest

from pxbin_engine.gateway.calibration import (
    FIRST,
    MARGIN,
    MOST_MODELS,
    RARELY,
    Calibration,
)
from pxbin_engine.protocol.request import Message, Request, Text
from pxbin_engine.protocol.tally import Tally, tally

PLACE = (UUID(int=1), "m")
CORPUS = Path(__file__).parents[2] / "corpus" / "token_counts"
MIXED = {"hindi_thai_greek", "arabic_hebrew", "emoji_and_symbols"}
"""Several rare scripts in one text: a weight for all scripts together cannot fit each of them."""
TRUTH = json.loads((CORPUS / "counts.json").read_text())


def taught(calibration: Calibration, tally: Tally, true: int) -> None:
    if calibration.wants(PLACE):
        calibration.learn(PLACE, tally, true)


def test_an_unknown_model_is_estimated_with_the_margin_alone() -> None:
    assert Calibration().estimate(PLACE, Tally(latin=1000)) == 1000 * MARGIN
    assert Calibration().estimate(PLACE, Tally()) == 1


@pytest.mark.parametrize(
    ("kind", "factor"),
    [("latin", 0.6), ("latin", 1.35), ("scripts", 2.2), ("tools", 0.5), ("media", 3.0)],
)
def test_four_exchanges_correct_a_kind(kind: str, factor: float) -> None:
    calibration = Calibration()
    chance = random.Random(4)
    for _ in range(4):
        tokens = chance.uniform(500, 5000)
        taught(calibration, Tally(**{kind: tokens}, frame=10), round(tokens * factor) + 10)
    estimate = calibration.estimate(PLACE, Tally(**{kind: 2000.0}, frame=10))
    assert 0.90 <= estimate / (2000 * factor + 10) <= 1.25


def test_kinds_are_told_apart_although_only_sums_are_reported() -> None:
    calibration = Calibration()
    chance = random.Random(5)
    for _ in range(FIRST):
        latin, tools, scripts = (chance.uniform(0, 3000) for _ in range(3))
        true = 1.25 * latin + 0.6 * tools + 1.8 * scripts + 50
        taught(calibration, Tally(latin, scripts, tools, 0, 40), round(true))
    for tally_, true in (
        (Tally(latin=3000), 3750),
        (Tally(tools=3000), 1800),
        (Tally(scripts=3000), 5400),
    ):
        assert 0.90 <= calibration.estimate(PLACE, tally_) / true <= 1.25


def prompts(seed: int, count: int) -> list[list[str]]:
    chance = random.Random(seed)
    usual = sorted(TRUTH.keys() - MIXED)
    return [chance.sample(usual, chance.randint(2, 5)) for _ in range(count)]


def counted(names: list[str]) -> Tally:
    texts = [(CORPUS / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    return tally(Request("m", tuple(Message("user", (Text(text),)) for text in texts)), "unknown")


@pytest.mark.parametrize("vocabulary", ["o200k", "cl100k", "qwen", "tekken"])
def test_prompts_in_real_vocabularies_come_into_the_bounds(vocabulary: str) -> None:
    """Under a name that tells nothing; after six prompts the next thirty are within 90 and 125 percent."""
    calibration = Calibration()
    for number, names in enumerate(prompts(6, 36)):
        true = sum(TRUTH[name][vocabulary] + 4 for name in names) + 3
        if number >= 6:
            assert 0.90 <= calibration.estimate(PLACE, counted(names)) / true <= 1.25, names
        taught(calibration, counted(names), true)


def test_a_real_servers_counts_come_into_the_bounds() -> None:
    """llama.cpp's own for a small English vocabulary that no weight was fitted to; two prompts teach, each next is tested."""
    reported: dict[str, int] = json.loads((CORPUS / "smollm2.json").read_text())
    calibration = Calibration()
    latin = [name for name in reported if counted([name]).scripts == 0]
    assert len(latin) >= 10
    for number, name in enumerate(latin):
        if number >= 2:
            assert 0.90 <= calibration.estimate(PLACE, counted([name])) / reported[name] <= 1.25, (
                name
            )
        taught(calibration, counted([name]), reported[name])


def test_one_absurd_count_does_no_lasting_harm() -> None:
    calibration = Calibration()
    for true in (1000, 1000, 1_000_000, 1, 1000, 1000, 1000, 1000):
        taught(calibration, Tally(latin=1000), true)
    assert 0.90 <= calibration.estimate(PLACE, Tally(latin=1000)) / 1000 <= 1.25


@pytest.mark.parametrize("true", [0, -5])
def test_a_count_of_nothing_teaches_nothing(true: int) -> None:
    calibration = Calibration()
    taught(calibration, Tally(latin=100), true)
    taught(calibration, Tally(), 50)
    assert calibration.estimate(PLACE, Tally(latin=100)) == 105


def test_after_the_first_exchanges_few_are_looked_at() -> None:
    calibration = Calibration()
    wanted = [calibration.wants(PLACE) for _ in range(FIRST + 10 * RARELY)]
    assert all(wanted[:FIRST])
    assert sum(wanted[FIRST:]) == 10


def test_models_are_bounded_and_the_one_unused_longest_goes() -> None:
    calibration = Calibration()
    taught(calibration, Tally(latin=100), 200)
    for number in range(MOST_MODELS - 1):
        calibration.wants((UUID(int=2), str(number)))
    calibration.wants(PLACE)
    calibration.wants((UUID(int=2), "one more"))
    assert calibration.estimate(PLACE, Tally(latin=100)) > 105
    for number in range(MOST_MODELS):
        calibration.wants((UUID(int=3), str(number)))
    assert calibration.estimate(PLACE, Tally(latin=100)) == 105


def test_what_was_learned_survives_a_restart() -> None:
    before, after = Calibration(), Calibration()
    taught(before, Tally(latin=100), 150)
    assert before.changed
    after.load(before.dump())
    assert not before.changed
    assert after.estimate(PLACE, Tally(latin=100)) == before.estimate(PLACE, Tally(latin=100))


@pytest.mark.parametrize("dumped", [b"", b"{", b"[1]", b"\xff"])
def test_a_broken_file_is_said_to_be_so(dumped: bytes) -> None:
    with pytest.raises(ValueError, match="no calibration"):
        Calibration().load(dumped)


def test_a_file_of_another_version_is_left_out() -> None:
    calibration = Calibration()
    calibration.load(
        b'[["00000000-0000-0000-0000-000000000001","m",{"weight":[2],"covariance":[[1]]}]]'
    )
    assert calibration.estimate(PLACE, Tally(latin=100)) == 105
