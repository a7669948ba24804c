"""Upstreams and databases that fail under load: nothing is answered wrongly, nothing hangs, no row is lost."""

from pathlib import Path

import pytest

from tests.chaos.scenes import SCENES

REQUESTS = 160
_GROWTH = 40.0
"""Megabytes: what caches and pools of a young process take; a leak of each request's body would be many times that."""


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", [name for name in SCENES if name != "killed-engine"])
async def test_nothing_is_wrong_lost_or_endless(tmp_path: Path, name: str) -> None:
    report = await SCENES[name](tmp_path, REQUESTS)
    assert not report.problems, "\n".join(report.problems[:5])
    assert report.load.counts["answered"] > 0
    assert report.rows == report.load.sent
    assert report.before is not None
    assert report.after is not None
    assert report.after.megabytes - report.before.megabytes < _GROWTH
    assert report.after.threads <= report.before.threads + 4
    assert report.after.files <= report.before.files + 40


@pytest.mark.timeout(180)
async def test_a_killed_engine_has_a_row_of_every_request_that_ended(tmp_path: Path) -> None:
    report = await SCENES["killed-engine"](tmp_path, 120)
    assert not report.problems, "\n".join(report.problems[:5])
    ended = report.load.counts["answered"] + report.load.counts["told"]
    assert ended >= 60
    assert ended <= report.rows <= report.load.sent


def test_the_scenes_provoke_what_they_are_there_for() -> None:
    """A die that never fails would prove nothing."""
    from tests.chaos.upstream import FAULTS, ChaosUpstream, question
    from tests.support.upstream import Received

    body = b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "%s"}]}'
    asked = Received("POST", "/v1/chat/completions", "", {}, body % question(1).encode())
    chaos = ChaosUpstream(seed=1, share=1.0)
    answers = [chaos.play(asked) for _ in range(40 * len(FAULTS))]
    assert (
        len({(answer.status, repr(answer.before), repr(answer.steps[-1:])) for answer in answers})
        >= 8
    )
