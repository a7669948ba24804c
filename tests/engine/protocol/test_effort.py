"""How much to think, from one way of saying it to the other."""

import pytest

from pxbin_engine.protocol.effort import nearest_effort, wished_effort
from pxbin_engine.protocol.request import Effort, Reasoning


@pytest.mark.parametrize(
    ("reasoning", "wish"),
    [
        (Reasoning(enabled=True, adaptive=True), None),
        (Reasoning(enabled=True, adaptive=True, effort="xhigh"), "xhigh"),
        (Reasoning(enabled=True, budget_tokens=1024), "low"),
        (Reasoning(enabled=True, budget_tokens=8000), "medium"),
        (Reasoning(enabled=True, budget_tokens=31999), "high"),
        (Reasoning(enabled=False), "none"),
    ],
)
def test_behaviour_17_an_effort_is_read_from_any_words(
    reasoning: Reasoning, wish: str | None
) -> None:
    assert wished_effort(reasoning) == wish


@pytest.mark.parametrize(
    ("wish", "known", "sent"),
    [
        ("xhigh", ("low", "medium", "high"), "high"),
        ("none", ("low", "medium", "high"), "low"),
        ("minimal", ("none", "low", "high"), "none"),
        ("medium", ("low", "medium"), "medium"),
        ("medium", (), None),
    ],
)
def test_behaviour_17_an_effort_is_clamped_to_what_the_model_knows(
    wish: Effort, known: tuple[Effort, ...], sent: str | None
) -> None:
    assert nearest_effort(wish, known) == sent
