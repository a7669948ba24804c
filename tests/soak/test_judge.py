"""A soak that grows is a failure, and one that only breathes is none."""

import pytest

from tests.soak.judge import LIMITS, Sample, by_minute, problems, table


def samples(**grows: float) -> list[Sample]:
    """Half an hour; what is named grows by so much a minute."""
    start = {"megabytes": 200.0, "tasks": 12, "threads": 8, "files": 40, "connections": 16}
    return [
        {
            "at": 1000.0 + 10 * at,
            "phase": "logs" if at % 2 else "hidden",
            "in_flight": at % 3,
            "cpu_seconds": at / 10,
            **{name: value + grows.get(name, 0) * at / 6 + at % 2 for name, value in start.items()},
        }
        for at in range(180)
    ]


def test_what_only_breathes_is_no_growth() -> None:
    assert problems(samples()) == []


@pytest.mark.parametrize("what", LIMITS)
def test_what_grows_is_named(what: str) -> None:
    (problem,) = problems(samples(**{what: 2.0}))
    assert problem.startswith(f"{what} grew from")


def test_the_table_has_a_line_for_each_minute() -> None:
    taken = samples()
    assert [row["minute"] for row in by_minute(taken)] == list(range(30))
    assert len(table(taken).splitlines()) == 2 + 30
