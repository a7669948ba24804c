"""The estimate of a text's tokens against true counts of four vocabularies."""

import json
import time
from pathlib import Path

import pytest

from pxbin_engine.protocol.text_tokens import (
    CL100K,
    O200K,
    QWEN,
    UNKNOWN,
    TextTokens,
    count_text,
    vocabulary_of,
)

CORPUS = Path(__file__).parents[2] / "corpus" / "token_counts"
TRUTH: dict[str, dict[str, int]] = json.loads((CORPUS / "counts.json").read_text())
SMALL: dict[str, int] = json.loads((CORPUS / "smollm2.json").read_text())
MARGIN = 1.05
"""That ``gateway.calibration`` puts on every estimate."""


def text(name: str) -> str:
    return (CORPUS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(TRUTH))
@pytest.mark.parametrize(
    ("truth", "model"), [("o200k", "gpt-5"), ("cl100k", "gpt-4-turbo"), ("qwen", "qwen3-coder")]
)
def test_a_first_estimate_is_within_90_and_125_percent(name: str, truth: str, model: str) -> None:
    counted = count_text([text(name)], vocabulary_of(model))
    assert 0.90 <= MARGIN * (counted.latin + counted.scripts) / TRUTH[name][truth] <= 1.25


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_latin_text_and_code_are_alike_in_a_vocabulary_that_was_not_fitted(name: str) -> None:
    counted = count_text([text(name)], vocabulary_of("mistral-large"))
    if counted.scripts < counted.latin / 20:
        assert 0.90 <= MARGIN * (counted.latin + counted.scripts) / TRUTH[name]["tekken"] <= 1.25


LATIN = sorted(
    name for name in TRUTH if (seen := count_text([text(name)], O200K)).scripts < seen.latin / 20
)
MOSTLY_DIGITS = {"directory_listing", "json_minified"}
TEMPLATE = 7
"""Tokens that ``tally`` adds for one message; SmolLM2's template has 37."""


@pytest.mark.parametrize("name", LATIN)
def test_an_unknown_name_stands_for_a_large_vocabulary_and_for_a_small_one(name: str) -> None:
    estimate = MARGIN * count_text([text(name)], vocabulary_of("my-model")).latin
    assert all(0.88 <= estimate / true <= 1.25 for true in TRUTH[name].values())
    if name not in MOSTLY_DIGITS:
        assert 0.90 <= (estimate + MARGIN * TEMPLATE) / SMALL[name] <= 1.25


@pytest.mark.parametrize(
    ("model", "vocabulary"),
    [
        ("gpt-4o-mini", O200K),
        ("gpt-4.1", O200K),
        ("gpt-5.2-codex", O200K),
        ("openai/o3", O200K),
        ("gpt-oss-120b", O200K),
        ("codex-mini-latest", O200K),
        ("gpt-4-turbo", CL100K),
        ("gpt-3.5-turbo", CL100K),
        ("Qwen/Qwen3-Coder", QWEN),
        ("gemini-3-pro", QWEN),
        ("anything else", UNKNOWN),
        ("olmo-2", UNKNOWN),
    ],
)
def test_the_vocabulary_is_known_by_the_models_name(model: str, vocabulary: object) -> None:
    assert vocabulary_of(model) is vocabulary


def test_nothing_is_nothing() -> None:
    assert count_text([], O200K) == count_text(["", ""], O200K) == TextTokens(0.0, 0.0)


def test_what_is_split_counts_as_what_is_whole() -> None:
    whole = text("python") * 40
    parts = [whole[at : at + 1000] for at in range(0, len(whole), 1000)]
    one, many = count_text([whole], O200K), count_text(parts, O200K)
    assert many.latin == pytest.approx(one.latin, rel=0.01)


def test_lone_surrogates_and_nul_are_text_too() -> None:
    assert count_text(["\ud800 \0 a"], O200K).latin > 0


def test_a_hundred_kilobytes_take_milliseconds() -> None:
    texts = [text("typescript") * 100]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        count_text(texts, O200K)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.02
